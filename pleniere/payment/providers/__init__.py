"""Card providers. Each is a folder with one `Provider`; what is enabled stands in `settings.PAYMENT_PROVIDERS`.

A provider speaks to the network; whoever calls it holds no transaction open meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from importlib import import_module
from typing import Any, Protocol

from django.conf import settings


class Status(StrEnum):
    """What a notice says of the payment or of a refund."""

    PAID = "PAID"
    REFUSED = "REFUSED"
    ABANDONED = "ABANDONED"
    REFUNDED = "REFUNDED"
    CHARGED_BACK = "CHARGED_BACK"


class Forged(Exception):
    """The notice does not bear the provider's signature: nothing in it is believed, nothing is kept."""


class Unreadable(Exception):
    """The provider signed it, and it is not in the form agreed."""


class Unavailable(Exception):
    """The provider cannot be reached, or is not enabled here: to try again."""


class Declined(Exception):
    """The provider refuses for good."""


@dataclass(frozen=True)
class Order:
    """What is asked of the card page: our reference, how much, for what, where the browser comes back."""

    ref: str
    amount: Decimal
    currency: str
    label: str
    email: str
    language: str
    return_url: str


@dataclass(frozen=True)
class Started:
    """The payment page the browser is sent to, and the provider's own name for the payment."""

    url: str
    provider_ref: str = ""


@dataclass(frozen=True)
class Said:
    """A notice whose signature is right. `event` names the telling, `transaction` the money: told twice it is one."""

    event: str
    ref: str
    status: Status
    amount: Decimal
    currency: str
    transaction: str
    payload: dict[str, Any]


class Provider(Protocol):
    """What Plénière asks of a card provider."""

    name: str

    @property
    def hosts(self) -> Sequence[str]:
        """The origins its card pages live on ("https://pay.example.com")."""

    def start(self, order: Order) -> Started:
        """Open the payment page. The same `ref` twice opens one payment. Raises Unavailable, Declined."""

    def read(self, body: bytes, headers: Mapping[str, str]) -> Said:
        """What a notice says, once its signature is verified. Raises Forged, Unreadable."""

    def refund(self, *, key: str, transaction: str, amount: Decimal, currency: str) -> str:
        """Send money back; the same `key` twice sends it once. Returns the refund's name. Raises Unavailable, Declined."""


def enabled() -> list[str]:
    """Names of the providers this installation may use."""
    return sorted(settings.PAYMENT_PROVIDERS)


def get(name: str) -> Provider:
    """The provider of this name. Raises Unavailable when it is not enabled."""
    if name not in settings.PAYMENT_PROVIDERS:
        raise Unavailable(name)
    provider: Provider = import_module(f"{__name__}.{name}").Provider(**settings.PAYMENT_PROVIDERS[name])
    return provider


def card_hosts() -> list[str]:
    """Where a browser may be sent on to with a form of ours: the origins of the card pages enabled here."""
    return sorted({host for name in enabled() for host in get(name).hosts})
