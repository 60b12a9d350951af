"""The sandbox bank: a provider without a bank behind it, for demos, trials and tests. No money moves.

Its pages are `pleniere.web.gateway`; its notices are signed as a real provider signs them, so that nothing above knows the difference.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.core import signing

from .. import Declined, Forged, Order, Said, Started, Status, Unreadable

SIGNATURE = "X-Sandbox-Signature"
SALT = "pleniere.sandbox-bank"


class Provider:
    """Takes any card, refuses refunds of nothing, and keeps no book: an order travels signed in its own address."""

    name = "sandbox"

    @property
    def hosts(self) -> list[str]:
        """Its pages are ours; who came by another of our names (localhost for 127.0.0.1) is led there too."""
        return [settings.SITE_URL]

    def __init__(self, secret: str = "") -> None:
        self.secret = (secret or settings.SECRET_KEY).encode()

    def start(self, order: Order) -> Started:
        facts = {"amount": str(order.amount), "currency": order.currency, "label": order.label, "return": order.return_url}
        token = signing.dumps(facts, salt=f"{SALT}.{order.ref}", compress=True)
        return Started(f"{settings.SITE_URL}/sandbox-bank/{order.ref}/?order={token}", provider_ref=f"SB-{order.ref}")

    def order(self, ref: str, token: str) -> dict[str, str]:
        """The order a payment page was opened for. Raises Forged."""
        try:
            facts: dict[str, str] = signing.loads(token, salt=f"{SALT}.{ref}", max_age=86_400)
        except signing.BadSignature as error:
            raise Forged(ref) from error
        return facts

    def write(self, *, event: str, ref: str, status: str, amount: str, currency: str, transaction: str) -> tuple[bytes, str]:
        """A notice as this bank sends it: its body and its signature."""
        facts = {"event": event, "ref": ref, "status": status, "amount": amount, "currency": currency, "transaction": transaction}
        body = json.dumps(facts, sort_keys=True).encode()
        return body, self.sign(body)

    def sign(self, body: bytes) -> str:
        return hmac.new(self.secret, body, hashlib.sha256).hexdigest()

    def read(self, body: bytes, headers: Mapping[str, str]) -> Said:
        given = headers.get(SIGNATURE, "")
        if not hmac.compare_digest(given.encode(), self.sign(body).encode()):
            raise Forged(self.name)
        try:
            facts: dict[str, Any] = json.loads(body)
            amount = Decimal(facts["amount"])
            if not amount.is_finite():
                raise Unreadable(f"{amount}")
            words = {name: str(facts[name]) for name in ("event", "ref", "currency", "transaction")}
            return Said(**words, status=Status(facts["status"]), amount=amount, payload=facts)
        except (ValueError, KeyError, TypeError, InvalidOperation) as error:
            raise Unreadable(str(error)) from error

    def refund(self, *, key: str, transaction: str, amount: Decimal, currency: str) -> str:
        if not transaction or amount <= 0:
            raise Declined(f"{transaction} {amount}")
        return "SBR-" + hashlib.sha256(key.encode()).hexdigest()[:16]
