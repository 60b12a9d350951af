"""What waits for somebody: to remit, announced, to give back, bounced, about to lapse, oddly told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, QuerySet, Sum

from pleniere.booking.models import Booking, Line, Payer
from pleniere.common.money import ZERO, cents
from pleniere.congress.models import Congress, Method

from ..models import Attempt, CardRefund, DepositSlip, Notice, Receipt
from .sums import PayerSums, booking_sums, payer_sums, with_money


def to_remit(actor: Any, kind: str = Receipt.Kind.CHEQUE) -> QuerySet[Receipt]:
    """Cheques (or cards, with what went back on them) not yet taken to the bank."""
    kinds = [kind, Receipt.Kind.REFUND] if kind == Receipt.Kind.CARD else [kind]
    found = Receipt.objects.visible_to(actor).filter(kind__in=kinds, deposit_slip=None, reverses=None, reversal=None)
    if kind == Receipt.Kind.CARD:
        found = found.exclude(kind=Receipt.Kind.REFUND, attempt=None)
    return found.select_related("payer__client", "payer__booking__congress").order_by("on", "number")


def announced(actor: Any) -> QuerySet[Attempt]:
    """Payments announced and not come: cheques, transfers, orders; the one expected first, first."""
    open_ = Attempt.objects.filter(state=Attempt.State.OPEN, congress__in=Congress.objects.staffed_by(actor))
    open_ = open_.exclude(kind=Method.Kind.CARD).select_related("payer__client", "payer__booking__congress")
    return open_.order_by(F("expected_by").asc(nulls_last=True), "pk")


def overpaid(actor: Any) -> list[tuple[Payer, PayerSums]]:
    """Payers to whom money is to go back: refunds proposed."""
    payers = Payer.objects.filter(booking__congress__in=Congress.objects.staffed_by(actor), receipts__isnull=False).distinct()
    payers = with_money(payers).filter(got__gt=F("owed")).select_related("client", "booking__congress").order_by("pk")
    sums = payer_sums({payer.booking_id for payer in payers})
    return [(payer, sums[payer.pk]) for payer in payers if sums[payer.pk].refundable > 0]


def bounced(actor: Any) -> list[tuple[Receipt, PayerSums]]:
    """Receipts that bounced, or were charged back, whose payer still owes."""
    back = Receipt.objects.visible_to(actor).filter(reverses__isnull=False, payer__isnull=False, is_correction=False)
    back = back.select_related("payer__client", "payer__booking__congress", "reverses").order_by("-number")
    sums = payer_sums({receipt.payer.booking_id for receipt in back if receipt.payer})
    return [(receipt, sums[receipt.payer_id]) for receipt in back if receipt.payer_id and sums[receipt.payer_id].left > 0]


def notices(actor: Any) -> QuerySet[Notice]:
    """What providers said of payments the actor may see, and of references nobody knows."""
    seen = Attempt.objects.filter(congress__in=Congress.objects.staffed_by(actor)).values("ref")
    return Notice.objects.filter(Q(ref__in=seen) | ~Q(ref__in=Attempt.objects.values("ref")))


def odd_notices(actor: Any) -> QuerySet[Notice]:
    """Those that did not land as expected, and nobody has looked at."""
    return notices(actor).filter(to_look_at=True, looked_by="").order_by("-at")


def slips(actor: Any) -> QuerySet[DepositSlip]:
    """Deposit slips, the last first."""
    seen = Receipt.objects.visible_to(actor).filter(deposit_slip__isnull=False).values("deposit_slip")
    return DepositSlip.objects.filter(pk__in=seen).order_by("-on", "-number")


@dataclass
class Ending:
    """A booking whose options end soon."""

    booking: Booking
    lines: list[Line]
    sums: PayerSums

    @property
    def until(self) -> datetime:
        return min(line.until for line in self.lines if line.until)

    @property
    def last_day(self) -> date:
        """Midnight ends the day before."""
        return self.booking.congress.local_date(self.until - timedelta(seconds=1))

    @property
    def listed_on(self) -> date | None:
        """Since when it stands on the list: it ends on a working day after that."""
        return min((line.expiring_since for line in self.lines if line.expiring_since), default=None)


def ending_options(actor: Any, *, at: datetime, within: timedelta = timedelta(days=7)) -> list[Ending]:
    """Options that end within a week, by booking, the first to end first."""
    lines = (
        Line.objects.filter(state=Line.State.OPTION, until__lte=at + within, booking__in=Booking.objects.visible_to(actor))
        .select_related("booking__congress", "booking__client", "offer__service__supplier", "rate")
        .order_by("until", "pk")
    )
    by_booking: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        by_booking[line.booking_id].append(line)
    sums = booking_sums(by_booking)
    return [Ending(found[0].booking, found, sums[pk]) for pk, found in by_booking.items()]


def card_refunds_under_way(actor: Any) -> QuerySet[CardRefund]:
    """Asked of the provider and not answered yet."""
    rows = CardRefund.objects.filter(state=CardRefund.State.ASKED, receipt__in=Receipt.objects.visible_to(actor))
    return rows.select_related("payer__client", "payer__booking").order_by("pk")


def card_payments(payers: Iterable[int]) -> dict[int, list[tuple[Receipt, Decimal]]]:
    """By payer, its card payments and how much of each can still go back on the card; two queries."""
    receipts = list(
        Receipt.objects.filter(
            payer__in=list(payers), kind=Receipt.Kind.CARD, reverses=None, reversal=None, attempt__isnull=False, amount__gt=0
        ).select_related("attempt")
    )
    live = CardRefund.objects.filter(receipt__in=receipts).exclude(state=CardRefund.State.REFUSED).order_by()
    gone = {row["receipt"]: cents(row["sum"]) for row in live.values("receipt").annotate(sum=Sum("amount"))}
    found: dict[int, list[tuple[Receipt, Decimal]]] = defaultdict(list)
    for receipt in receipts:
        left = receipt.amount - gone.get(receipt.pk, ZERO)
        if left > 0 and receipt.payer_id:
            found[receipt.payer_id].append((receipt, left))
    return found
