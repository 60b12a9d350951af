"""What every movement of money shares: who may, the lock, the chained row, its entry in the books, what it makes of lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from pleniere.accounts.models import Link, subject_of
from pleniere.accounts.rights import ANYWHERE, Actor, require
from pleniere.booking.actions import Settled, settle
from pleniere.booking.actions.frame import lock, record
from pleniere.booking.models import Booking, Change, Line, Payer
from pleniere.booking.selling import line_nights
from pleniere.common.money import MOST, ZERO, cents
from pleniere.ledger import actions as books
from pleniere.ledger import chains
from pleniere.ledger.chart import BANK, CARDS, CASH, CHEQUES, CLIENTS, SUSPENSE
from pleniere.messaging.words import one_line
from pleniere.stock.actions import lock_nights

from ..models import Receipt
from ..queries import received_by_payer, refunds_under_way

Kind = Receipt.Kind
WHERE = {  # kind: the account its money lies on, the journal it is written in
    Kind.TRANSFER: (BANK, "BQ"),
    Kind.CHEQUE: (CHEQUES, "CH"),
    Kind.CARD: (CARDS, "CB"),
    Kind.CASH: (CASH, "OD"),
    Kind.MATCH: (SUSPENSE, "OD"),
    Kind.REFUND: (BANK, "BQ"),
}
SIZES = {"drawer": 120, "bank": 80, "cheque_number": 20, "note": 250}


class NotAnAmount(Exception):
    """Money moves by amounts above zero that a column can hold."""


class Received(NamedTuple):
    """A receipt and what came of it: lines made firm, lines brought back after a lapse, money nothing asks for."""

    receipt: Receipt
    firm: int = 0
    revived: int = 0
    spare: Decimal = ZERO


def may(by: Actor, verb: str, payer: Payer) -> None:
    """A link holds the payer or its booking; staff is asked about the booking, which carries its congress."""
    require(by, verb, payer if isinstance(by, Link) else payer.booking)


def may_anywhere(by: Actor, verb: str) -> None:
    """Money of nobody is the whole bureau's."""
    require(by, verb, ANYWHERE)


def checked(amount: Decimal) -> Decimal:
    """The amount to the cent, or NotAnAmount."""
    if not amount.is_finite() or not ZERO < amount <= MOST or cents(amount) <= 0:
        raise NotAnAmount(f"{amount}")
    return cents(amount)


def locked(payer: Payer) -> Booking:
    """The payer's booking, locked, then the payer itself: its sums can be trusted until the transaction ends."""
    booking = lock(payer.booking)
    Payer.objects.select_for_update(no_key=True).get(pk=payer.pk)
    return booking


def lock_all(payers: Iterable[Payer]) -> None:
    """Several bookings in one transaction: bookings, payers, then every stock row they may touch, each kind by key.

    `settle` claims booking by booking; two transfers for many bookings would else wait for each other's rows.
    """
    payers = sorted(payers, key=lambda payer: payer.pk)
    bookings = {payer.booking_id for payer in payers}
    list(Booking.objects.select_for_update(no_key=True).filter(pk__in=bookings).order_by("pk"))
    list(Payer.objects.select_for_update(no_key=True).filter(pk__in=[payer.pk for payer in payers]).order_by("pk"))
    lines = Line.objects.filter(booking__in=bookings).select_related("offer", "rate")
    lines = lines.filter(state__in=[Line.State.OPTION, Line.State.HELD]) | lines.filter(lapsed_at__isnull=False)
    lock_nights(night for line in lines for night in line_nights(line))


def settle_booking(
    booking: Booking,
    more: Mapping[int, Decimal],
    *,
    by: Actor,
    at: datetime,
    priced_on: date | None = None,
    paid_on: date | None = None,
) -> Settled:
    """Tell the booking what its payers have paid, `more` being about to be written, and whose order is signed."""
    payers = list(booking.payers.select_related("method"))
    pks = [payer.pk for payer in payers]
    received, under_way = received_by_payer(pks), refunds_under_way(pks)
    paid = {pk: received.get(pk, ZERO) - under_way.get(pk, ZERO) + more.get(pk, ZERO) for pk in pks}
    signed = [payer.pk for payer in payers if payer.order_signed_on and payer.method and payer.method.firm_by_order]
    return settle(booking, paid=paid, signed=signed, by=by, at=at, priced_on=priced_on, paid_on=paid_on)


def tell(booking: Booking, verb: str, receipt_facts: Mapping[str, Any], *, by: Actor, at: datetime, reason: str = "") -> Change:
    """One row of the booking's history."""
    after = {name: value if isinstance(value, int) else str(value) for name, value in receipt_facts.items() if value != ""}
    return record(booking, verb, by=by, at=at, after=after, reason=reason)


def of_payer(payer: Payer, amount: Decimal) -> books.Posting:
    """The payer's side of a receipt."""
    return books.Posting(CLIENTS, credit=amount, aux=f"P:{payer.reference}", aux_label=str(payer.client))


def of_nobody(amount: Decimal) -> books.Posting:
    return books.Posting(SUSPENSE, credit=amount)


def write(
    *,
    key: str,
    kind: str,
    amount: Decimal,
    on: date,
    facing: books.Posting,
    label: str,
    by: Actor,
    at: datetime,
    lies_on: str = "",
    entry_on: date | None = None,
    **facts: Any,
) -> Receipt:
    """Append one receipt to the chain and post its entry: last of all in its transaction, since it locks the chains.

    A receipt written meanwhile under the same key is that one. The money lies on its kind's account, or `lies_on`;
    `facing` is the side it is owed to. Raises MonthClosed.
    """
    chains.lock(chains.RECEIPTS)
    first = Receipt.objects.filter(key=key).first()
    if first is not None:
        return first
    words = {name: one_line(str(facts.get(name, "")), size) for name, size in SIZES.items()}
    receipt = Receipt(**{**facts, **words}, key=key, kind=kind, amount=amount, on=on, by=str(by)[:160], at=at)
    receipt.number, receipt.previous_hash, receipt.hash = books.append(chains.RECEIPTS, payload(receipt))
    receipt.search = receipt.fold_search()
    receipt.save()
    role, journal = WHERE[Kind(kind)]
    books.post(
        f"receipt:{key}"[:120],
        journal=journal,
        date=entry_on or on,
        label=label,
        piece=f"R{receipt.number}",
        piece_date=on,
        lines=[books.Posting(lies_on or role, debit=amount), facing],
        about=subject_of(receipt),
        by=by,
        at=at,
    )
    return receipt


def payload(receipt: Receipt) -> dict[str, Any]:
    """What of a receipt never changes, as its hash holds it. The slip it is remitted on comes later, hence not in it."""
    ids = ("congress", "payer", "supplier", "attempt", "reverses", "source", "charge", "block", "statement_line")
    plain = ("key", "kind", "amount", "on", *SIZES, "is_correction", "by", "at")
    return {name: getattr(receipt, f"{name}_id") for name in ids} | {name: getattr(receipt, name) for name in plain}


@chains.reader(chains.RECEIPTS)
def chained_receipts() -> Iterable[chains.Chained]:
    for receipt in Receipt.objects.order_by("number").iterator(500):
        yield chains.Chained(receipt.number, receipt.previous_hash, receipt.hash, payload(receipt))
