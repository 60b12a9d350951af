"""Money that comes: of a payer, of nobody yet, of a supplier; and what is taken from suspense for those it was meant for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from pleniere.accounts.rights import Actor, require
from pleniere.allotment.models import Block
from pleniere.booking.models import Booking, Charge, Payer
from pleniere.catalogue.models import Contract, Supplier
from pleniere.common.money import ZERO, total
from pleniere.ledger import actions as books
from pleniere.ledger.chart import ADVANCES, PRINCIPALS, SUPPLIERS
from pleniere.messaging import jobs

from ..models import Attempt, Receipt, StatementLine
from ..queries import rest_of
from .announcing import close_attempts
from .frame import Kind, Received, checked, lock_all, locked, may, may_anywhere, of_nobody, of_payer, settle_booking, tell, write


class NotThatMuch(Exception):
    """More would be taken than there is. `rest` is what there is."""

    def __init__(self, rest: Decimal):
        self.rest = rest
        super().__init__(f"{rest}")


class NotOfNobody(Exception):
    """Only money of nobody can be matched or sent back from suspense."""


@transaction.atomic
def receive(
    payer: Payer,
    *,
    kind: str,
    amount: Decimal,
    on: date,
    key: str,
    by: Actor,
    at: datetime,
    attempt: Attempt | None = None,
    drawer: str = "",
    bank: str = "",
    cheque_number: str = "",
    note: str = "",
    statement_line: StatementLine | None = None,
    entry_on: date | None = None,
) -> Received:
    """Money of one payer, of value date `on`: chained, posted, told to the booking, whose covered lines become firm.

    The same `key` twice is one receipt. A line that lapsed comes back if its rooms remain, at the price of the day its attempt
    was opened; else the money is spare, and a refund is proposed. Raises NotAnAmount, books.MonthClosed.
    """
    may(by, "payment.receive", payer)
    amount = checked(amount)
    booking = locked(payer)
    first = Receipt.objects.filter(key=key).first()
    if first is not None:
        return Received(first)
    step = _settle(payer, booking, kind=kind, amount=amount, attempt=attempt, reason=note, on=on, by=by, at=at)
    words = {"drawer": drawer, "bank": bank, "cheque_number": cheque_number, "note": note, "statement_line": statement_line}
    return _write(step, kind=kind, on=on, key=key, entry_on=entry_on, by=by, at=at, **words)


@transaction.atomic
def receive_from_nobody(
    *,
    kind: str,
    amount: Decimal,
    on: date,
    key: str,
    by: Actor,
    at: datetime,
    drawer: str = "",
    bank: str = "",
    cheque_number: str = "",
    note: str = "",
    statement_line: StatementLine | None = None,
    entry_on: date | None = None,
) -> Receipt:
    """Money whose payer is not known (yet): it waits in suspense, 471, until it is matched or sent back."""
    may_anywhere(by, "payment.receive")
    words = {"drawer": drawer, "bank": bank, "cheque_number": cheque_number, "note": note}
    amount = checked(amount)
    label = _("Receipt to identify: %(who)s") % {"who": drawer or note or "?"}
    return write(
        key=key,
        kind=kind,
        amount=amount,
        on=on,
        facing=of_nobody(amount),
        label=label,
        by=by,
        at=at,
        entry_on=entry_on,
        statement_line=statement_line,
        **words,
    )


@transaction.atomic
def match(receipt: Receipt, parts: Mapping[Payer, Decimal], *, key: str, by: Actor, at: datetime) -> list[Received]:
    """Take from suspense for each of these payers its part: one transfer for fourteen bookings. What is left stays there.

    The same `key` twice is one matching. Raises NotThatMuch, NotOfNobody, NotAnAmount.
    """
    may_anywhere(by, "payment.match")
    for payer in parts:
        may(by, "payment.match", payer)
    receipt = _locked_nobody(receipt)
    keys = {payer: f"match:{receipt.pk}:{key}"[:100] + f":{payer.pk}" for payer in parts}
    done = list(Receipt.objects.filter(key__in=keys.values()))
    if done:
        return [Received(each) for each in done]
    amounts = {payer: checked(amount) for payer, amount in parts.items()}
    rest = rest_of(receipt)
    if total(amounts.values()) > rest:
        raise NotThatMuch(rest)
    lock_all(parts)
    steps = []
    for payer, amount in sorted(amounts.items(), key=lambda pair: pair[0].pk):
        booking = Booking.objects.select_related("congress").get(pk=payer.booking_id)
        steps.append(
            _settle(
                payer, booking, kind=Kind.MATCH, amount=amount, attempt=None, reason=receipt.drawer, on=receipt.on, by=by, at=at
            )
        )
    words: dict[str, Any] = {"drawer": receipt.drawer, "source": receipt, "entry_on": books.open_date(timezone.localdate(at))}
    return [_write(s, kind=Kind.MATCH, on=receipt.on, key=keys[s.payer], by=by, at=at, **words) for s in steps]


@transaction.atomic
def send_back(receipt: Receipt, *, amount: Decimal, on: date, key: str, by: Actor, at: datetime, note: str = "") -> Receipt:
    """Money of nobody, sent back to its sender on `on`: 471 / 512. Raises NotThatMuch, NotOfNobody, NotAnAmount."""
    may_anywhere(by, "payment.refund")
    receipt = _locked_nobody(receipt)
    first = Receipt.objects.filter(key=key).first()
    if first is not None:
        return first
    amount, rest = checked(amount), rest_of(receipt)
    if amount > rest:
        raise NotThatMuch(rest)
    label = _("Sent back: %(who)s") % {"who": receipt.drawer or receipt.note or receipt.number}
    facts: dict[str, Any] = {"source": receipt, "drawer": receipt.drawer, "note": note}
    return write(key=key, kind=Kind.REFUND, amount=-amount, on=on, facing=of_nobody(-amount), label=label, by=by, at=at, **facts)


@transaction.atomic
def receive_from_supplier(
    supplier: Supplier,
    parts: Mapping[Charge, Decimal],
    *,
    on: date,
    key: str,
    by: Actor,
    at: datetime,
    advances: Mapping[Block, Decimal] | None = None,
    kind: str = Kind.TRANSFER,
    note: str = "",
) -> list[Receipt]:
    """A supplier pays us back, charge by charge (what we paid too much, a commission on what was paid at the hotel), or an advance.

    Posts on the account of the charge's mode: 401, 467; 4091 for an advance. The same `key` twice is one.
    """
    things: list[tuple[Charge | Block, Decimal]] = [*parts.items(), *(advances or {}).items()]
    for thing, _amount in things:
        require(by, "payment.receive", thing)
    Supplier.objects.select_for_update(no_key=True).get(pk=supplier.pk)
    amounts = [(thing, checked(amount)) for thing, amount in things]
    return [_pay_back(supplier, thing, amount, on=on, key=key, kind=kind, note=note, by=by, at=at) for thing, amount in amounts]


def _pay_back(
    supplier: Supplier,
    thing: Charge | Block,
    amount: Decimal,
    *,
    on: date,
    key: str,
    kind: str,
    note: str,
    by: Actor,
    at: datetime,
) -> Receipt:
    what: dict[str, Any]
    if isinstance(thing, Charge):
        role = SUPPLIERS if thing.mode in (Contract.Mode.OWN, Contract.Mode.MARGIN) else PRINCIPALS
        what = {"charge": thing}
    else:
        role, what = ADVANCES, {"block": thing}
    return write(
        key=f"{key}:{thing._meta.model_name}:{thing.pk}",
        kind=kind,
        amount=amount,
        on=on,
        facing=books.Posting(role, credit=amount, aux=f"S:{supplier.code}", aux_label=supplier.name),
        label=_("Paid back by %(supplier)s") % {"supplier": supplier},
        by=by,
        at=at,
        congress_id=thing.congress_id,
        supplier=supplier,
        note=note,
        **what,
    )


class _Step(NamedTuple):
    """A payment told to its booking, not yet written."""

    payer: Payer
    booking: Booking
    attempt: Attempt | None
    amount: Decimal
    firm: int
    revived: int
    spare: Decimal


def _settle(
    payer: Payer,
    booking: Booking,
    *,
    kind: str,
    amount: Decimal,
    attempt: Attempt | None,
    reason: str,
    on: date,
    by: Actor,
    at: datetime,
) -> _Step:
    """Lines, attempts and history; the chains are locked later, last of all."""
    attempt = close_attempts(payer, kind=kind, attempt=attempt, amount=amount, at=at)
    opened = booking.congress.local_date(attempt.opened_at) if attempt else None
    settled = settle_booking(booking, {payer.pk: amount}, by=by, at=at, priced_on=opened, paid_on=on)
    spare = settled.spare.get(payer.pk, ZERO)
    said = {"kind": kind, "amount": amount, "payer": payer.reference, "spare": spare or "", "revived": len(settled.revived) or ""}
    tell(booking, "payment.received", said, by=by, at=at, reason=reason)
    return _Step(payer, booking, attempt, amount, len(settled.firm), len(settled.revived), spare)


def _write(
    step: _Step, *, kind: str, on: date, key: str, entry_on: date | None, by: Actor, at: datetime, **words: Any
) -> Received:
    what = {"kind": Kind(kind).label, "booking": step.booking.number, "number": words.get("cheque_number") or ""}
    receipt = write(
        key=key,
        kind=kind,
        amount=step.amount,
        on=on,
        facing=of_payer(step.payer, step.amount),
        label=" ".join((_("Payment of booking %(booking)s, %(kind)s %(number)s") % what).split()),
        by=by,
        at=at,
        entry_on=entry_on,
        congress_id=step.booking.congress_id,
        payer=step.payer,
        attempt=step.attempt,
        **words,
    )
    jobs.enqueue("pleniere.payment.tasks.tell_payer", key=f"received-{receipt.pk}", receipt=receipt.pk, by=by)
    return Received(receipt, step.firm, step.revived, step.spare)


def _locked_nobody(receipt: Receipt) -> Receipt:
    receipt = Receipt.objects.select_for_update(no_key=True).get(pk=receipt.pk)
    if receipt.payer_id or receipt.supplier_id or receipt.source_id or receipt.reverses_id:
        raise NotOfNobody(str(receipt))
    return receipt
