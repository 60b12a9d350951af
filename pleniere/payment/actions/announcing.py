"""Before the money: said how it will come, or sent to the card page."""

from __future__ import annotations

import secrets
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from pleniere.accounts.models import File
from pleniere.accounts.rights import Actor
from pleniere.booking.actions import Placed, Settled
from pleniere.booking.models import Booking, Payer
from pleniere.common.money import ZERO, total
from pleniere.common.moves import move
from pleniere.congress.models import Method

from .. import providers
from ..models import Attempt
from ..queries import first_dues, payers_of, sums_of
from .frame import checked, locked, may, settle_booking, tell

State = Attempt.State
ORDER_PAID_WITHIN = timedelta(days=30)  # R2192-10 of the public procurement code


class NothingToPay(Exception):
    """This payer owes nothing (any more): its rooms lapsed, or it has paid."""


@transaction.atomic
def announce(payer: Payer, *, kind: str | None = None, amount: Decimal | None = None, by: Actor, at: datetime) -> Attempt:
    """A cheque, transfer or order to come, expected until its rooms' option ends. Counts for nothing until it is received.

    `kind` is else the payer's method, `amount` what is due now. A repeat returns the first. Raises NothingToPay.
    """
    may(by, "payment.announce", payer)
    booking = locked(payer)
    kind = kind or (payer.method.kind if payer.method else Method.Kind.TRANSFER)
    known = payer.attempts.filter(kind=kind, state=State.OPEN).first()
    if known is not None:
        return known
    due = next(each for each in payers_of(booking, at=at) if each.payer.pk == payer.pk)
    amount = checked(amount) if amount is not None else due.due_now or due.left
    if amount <= 0:
        raise NothingToPay(str(payer))
    attempt = _open(payer, booking, kind=kind, amount=amount, at=at, expected_by=due.by)
    tell(booking, "payment.announced", {"kind": kind, "amount": amount}, by=by, at=at)
    return attempt


def announce_order(placed: Placed, *, by: Actor, at: datetime) -> dict[str, str]:
    """The same for an order in its own transaction, from what it has just written: for `place_booking(then=…)`.

    Each payer's own, in one statement. Nothing to announce of a card, or where nothing is due: no facts then, else those for
    the order's row of history.
    """
    may(by, "payment.announce", placed.payer)
    opened = []
    for due in first_dues(placed.payers, lines=placed.lines, charges=placed.charges, at=at):
        method, amount = due.payer.method, due.due_now or due.left
        if method is not None and method.kind != Method.Kind.CARD and amount > 0:
            opened.append(_attempt(due.payer, placed.booking, kind=method.kind, amount=amount, at=at, expected_by=due.by))
    if not opened:
        return {}
    Attempt.objects.bulk_create(opened)
    return {"announced": str(total(attempt.amount for attempt in opened))}


def start_card(payer: Payer, *, amount: Decimal | None = None, return_url: str, by: Actor, at: datetime) -> str:
    """Open the card page for this payer: the address to send the browser to. `amount` is else what is due now.

    The network is asked outside any transaction. Raises NothingToPay, providers.Unavailable, providers.Declined.
    """
    attempt = open_card_attempt(payer, amount=amount, by=by, at=at)
    booking = payer.booking
    with override(booking.language):
        label = _("Booking %(number)s") % {"number": booking.number}
    started = providers.get(attempt.provider).start(
        providers.Order(
            ref=attempt.ref,
            amount=attempt.amount,
            currency=attempt.currency,
            label=label,
            email=payer.client.email,
            language=booking.language,
            return_url=return_url,
        )
    )
    Attempt.objects.filter(pk=attempt.pk).update(provider_ref=started.provider_ref[:80])
    return started.url


@transaction.atomic
def open_card_attempt(payer: Payer, *, amount: Decimal | None = None, by: Actor, at: datetime) -> Attempt:
    """A card payment tried. The same amount twice is one attempt; another amount abandons the one before. Raises NothingToPay."""
    may(by, "payment.announce", payer)
    booking = locked(payer)
    due = next(each for each in payers_of(booking, at=at) if each.payer.pk == payer.pk)
    amount = checked(amount) if amount is not None else due.due_now or due.left
    if amount <= 0 or due.left <= 0:
        raise NothingToPay(str(payer))
    open_ = list(payer.attempts.filter(kind=Method.Kind.CARD, state=State.OPEN))
    for attempt in open_:
        if attempt.amount == amount:
            return attempt
        move(attempt, State.ABANDONED, Attempt.MOVES, ended_at=at)
    provider = payer.method.provider if payer.method else ""
    if not provider:
        found = booking.congress.methods.filter(kind=Method.Kind.CARD, is_on=True).first()
        provider = found.provider if found else ""
    return _open(payer, booking, kind=Method.Kind.CARD, amount=amount, at=at, provider=provider)


@transaction.atomic
def sign_order(payer: Payer, *, on: date, engagement: str = "", file: File | None = None, by: Actor, at: datetime) -> Settled:
    """The public body's signed order is here: its lines are firm, its money due within thirty days. A repeat changes nothing."""
    may(by, "payment.sign_order", payer)
    booking = locked(payer)
    facts = {
        "order_signed_on": on,
        "engagement": engagement.strip()[:50] or payer.engagement,
        "order_file": file or payer.order_file,
    }
    if any(getattr(payer, name) != value for name, value in facts.items()):
        for name, value in facts.items():
            setattr(payer, name, value)
        payer.save(update_fields=list(facts))
        payer.attempts.filter(kind=Method.Kind.ORDER, state=State.OPEN).update(expected_by=on + ORDER_PAID_WITHIN)
        tell(booking, "order.signed", {"on": on.isoformat(), "engagement": payer.engagement}, by=by, at=at)
    return settle_booking(booking, {}, by=by, at=at)


def close_attempts(payer: Payer, *, kind: str, attempt: Attempt | None, amount: Decimal, at: datetime) -> Attempt | None:
    """Which announced payment `amount` answers; the payer's others end once nothing is left to pay (a late one still counts)."""
    open_ = list(payer.attempts.filter(state=State.OPEN))
    if attempt is None:
        alike = [each for each in open_ if each.kind in ANSWERS.get(kind, ())]
        attempt = next((each for each in alike if each.amount == amount), alike[0] if alike else None)
    sums = sums_of(payer)
    is_paid = sums.left - amount <= ZERO
    if attempt is not None and (is_paid or attempt.kind == Method.Kind.CARD or amount >= attempt.amount):
        move(attempt, State.PAID, Attempt.MOVES, ended_at=at)
    if is_paid:
        for other in open_:
            if other != attempt and other.kind != Method.Kind.CARD:
                move(other, State.ABANDONED, Attempt.MOVES, ended_at=at)
    return attempt


ANSWERS = {  # a receipt of this kind may be what an attempt of these kinds announced
    "CHEQUE": (Method.Kind.CHEQUE, Method.Kind.ORDER),
    "TRANSFER": (Method.Kind.TRANSFER, Method.Kind.ORDER),
    "MATCH": (Method.Kind.TRANSFER, Method.Kind.ORDER, Method.Kind.CHEQUE),
}


def _open(payer: Payer, booking: Booking, **facts: Any) -> Attempt:
    attempt = _attempt(payer, booking, **facts)
    attempt.save(force_insert=True)
    return attempt


def _attempt(
    payer: Payer,
    booking: Booking,
    *,
    kind: str,
    amount: Decimal,
    at: datetime,
    provider: str = "",
    expected_by: date | None = None,
) -> Attempt:
    return Attempt(
        congress=booking.congress,
        payer=payer,
        ref=secrets.token_hex(8).upper(),
        kind=kind,
        provider=provider,
        amount=amount,
        currency=booking.congress.currency,
        opened_at=at,
        expected_by=expected_by,
    )
