"""Documents for what was paid, and a first transfer to two suppliers."""

from __future__ import annotations

from pleniere.booking.models import Booking
from pleniere.invoicing.actions import issue_commission_invoice, issue_invoices
from pleniere.payment.queries import PayerState, booking_sums
from pleniere.payout.actions import approve, execute, make_file, mark_sent, prepare_payouts
from pleniere.payout.queries import Selection

from .stage import Stage

INVOICED = 25


def settle(stage: Stage) -> None:
    at = stage.ago(2, 17)
    bookings = list(Booking.objects.placed().filter(congress=stage.here).order_by("pk"))
    sums = booking_sums([booking.pk for booking in bookings])
    paid = [booking for booking in bookings if sums[booking.pk].state == PayerState.PAID and sums[booking.pk].total]
    for booking in paid[:INVOICED]:
        issue_invoices(booking, by=stage.accountant, at=at)
    hotel = stage.suppliers["IBISGARE"]
    issue_commission_invoice(hotel, stage.here, by=stage.accountant, at=at)
    _pay(stage, "IBISGARE", done=True)
    _pay(stage, "GOLF", done=False)


def _pay(stage: Stage, code: str, *, done: bool) -> None:
    at = stage.ago(1, 11)
    chosen = Selection(stage.here, supplier=stage.suppliers[code].pk)
    prepared = prepare_payouts(chosen, by=stage.accountant, at=at)
    for payout in prepared.payouts:
        approve(payout, by=stage.lead, at=at)
    if done and prepared.payouts:
        file = make_file(stage.here, [payout.pk for payout in prepared.payouts], on=stage.now.date(), by=stage.accountant, at=at)
        mark_sent(file, by=stage.accountant, at=at)
        for payout in prepared.payouts:
            execute(payout, on=stage.now.date(), by=stage.accountant, at=stage.now)
