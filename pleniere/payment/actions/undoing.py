"""What came and did not stay: a cheque that bounced, a card charged back, a receipt typed by mistake. Undone by its opposite."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.accounts.actions import the_bureau
from pleniere.accounts.rights import Actor
from pleniere.booking.models import Booking
from pleniere.ledger.chart import BANK
from pleniere.messaging import outbox

from ..models import Receipt
from ..queries import going_back
from .frame import WHERE, Kind, lock_all, may, may_anywhere, of_nobody, of_payer, tell, write


class CannotUndo(Exception):
    """A reversal, a refund, a supplier's payment, or a receipt of another kind than said."""


@transaction.atomic
def bounce_cheque(receipt: Receipt, *, on: date, reason: str, by: Actor, at: datetime) -> Receipt:
    """The bank gives a cheque back unpaid: its receipt is reversed, even after its slip, even after the supplier was paid.

    The lines stay as they are; the payer owes again, and whoever sold is told by mail. A repeat returns the first reversal.
    What was matched from it goes back first. Raises CannotUndo if it is no cheque.
    """
    return _undo(receipt, kind=Kind.CHEQUE, verb="payment.bounce", on=on, reason=reason, by=by, at=at)


@transaction.atomic
def charge_back(receipt: Receipt, *, on: date, reason: str, by: Actor, at: datetime) -> Receipt:
    """The card's bank takes the money back: as a cheque that bounces."""
    return _undo(receipt, kind=Kind.CARD, verb="payment.bounce", on=on, reason=reason, by=by, at=at)


@transaction.atomic
def correct_receipt(receipt: Receipt, *, on: date, reason: str, by: Actor, at: datetime) -> Receipt:
    """A receipt typed or matched by mistake is reversed; nothing had bounced, so nobody is warned."""
    return _undo(receipt, kind=None, verb="payment.undo", on=on, reason=reason, by=by, at=at)


def _undo(receipt: Receipt, *, kind: str | None, verb: str, on: date, reason: str, by: Actor, at: datetime) -> Receipt:
    receipt = Receipt.objects.select_for_update(no_key=True).get(pk=receipt.pk)
    if receipt.payer is None:
        may_anywhere(by, verb)
    else:
        may(by, verb, receipt.payer)
    if receipt.kind == Kind.REFUND or receipt.reverses_id or receipt.supplier_id or (kind and receipt.kind != kind):
        raise CannotUndo(str(receipt))
    known = Receipt.objects.filter(reverses=receipt).first()
    if known is not None:
        return known
    matches = list(receipt.matches.filter(reversal=None, reverses=None, kind=Kind.MATCH).select_related("payer__booking"))
    if receipt.matches.filter(kind=Kind.REFUND).exists() or any(going_back([receipt.pk]).values()):
        raise CannotUndo(str(receipt))  # part of it went back to its sender, or is about to: drop that payout first
    whole = [*matches, receipt]
    lock_all(each.payer for each in whole if each.payer)
    for each in whole:
        if each.payer:
            _tell(each, is_correction=kind is None, reason=reason, by=by, at=at)
    for each in whole:
        undone = _reverse(each, is_correction=kind is None, on=on, reason=reason, by=by, at=at)
    return undone


def _tell(receipt: Receipt, *, is_correction: bool, reason: str, by: Actor, at: datetime) -> None:
    assert receipt.payer is not None
    booking = Booking.objects.select_related("congress", "seller").get(pk=receipt.payer.booking_id)
    facts = {"kind": receipt.kind, "amount": receipt.amount, "payer": receipt.payer.reference, "number": receipt.cheque_number}
    tell(booking, "payment.corrected" if is_correction else "payment.bounced", facts, by=by, at=at, reason=reason)
    if is_correction:
        return
    bureau = the_bureau()
    outbox.queue(
        "payment/bounced",
        to=booking.seller.email if booking.seller else bureau.email or bureau.sender,
        key=f"bounced-{receipt.pk}",
        language=booking.seller.language if booking.seller else "fr",
        about=f"booking.Booking:{booking.pk}",
        congress_id=booking.congress_id,
        booking=booking,
        receipt=receipt,
        payer=receipt.payer,
        reason=reason,
    )


def _reverse(receipt: Receipt, *, is_correction: bool, on: date, reason: str, by: Actor, at: datetime) -> Receipt:
    role, _journal = WHERE[Kind(receipt.kind)]
    facing = of_payer(receipt.payer, -receipt.amount) if receipt.payer else of_nobody(-receipt.amount)
    label = _("Undone: receipt %(number)s") if is_correction else _("Returned unpaid: receipt %(number)s")
    return write(
        key=f"undone:{receipt.pk}",
        kind=receipt.kind,
        amount=-receipt.amount,
        on=on,
        facing=facing,
        label=label % {"number": receipt.number},
        by=by,
        at=at,
        lies_on=BANK if receipt.deposit_slip_id else role,
        congress_id=receipt.congress_id,
        payer=receipt.payer,
        attempt=receipt.attempt,
        source=receipt.source,
        reverses=receipt,
        drawer=receipt.drawer,
        bank=receipt.bank,
        cheque_number=receipt.cheque_number,
        note=reason,
        is_correction=is_correction,
    )
