"""What a payer owes, has paid, and is to be given back. The same count of queries for one and for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, OuterRef, QuerySet, Subquery, Sum, TextChoices
from django.db.models.functions import Coalesce, Round
from django.utils.translation import gettext_lazy as _

from pleniere.booking.actions import booking_dues
from pleniere.booking.dues import deposit, in_dues, later, together
from pleniere.booking.models import Booking, Charge, Line, Payer
from pleniere.booking.queries import totals_by_payer
from pleniere.common.money import ZERO, cents, total

from ..models import CardRefund, Receipt


class PayerState(TextChoices):
    """Where a payer stands."""

    DUE = "DUE", _("to pay")
    PART = "PART", _("part paid")
    PAID = "PAID", _("paid")
    OVERPAID = "OVERPAID", _("overpaid")


@dataclass(frozen=True)
class PayerSums:
    """One payer's money: what it owes in all, what came, what is on its way back."""

    payer_id: int
    total: Decimal = ZERO
    received: Decimal = ZERO
    under_way: Decimal = ZERO

    @property
    def paid(self) -> Decimal:
        """Receipts less refunds under way."""
        return self.received - self.under_way

    @property
    def left(self) -> Decimal:
        return max(ZERO, self.total - self.paid)

    @property
    def refundable(self) -> Decimal:
        """Receipts − live charges that are not paid at the hotel − refunds under way."""
        return max(ZERO, self.paid - self.total)

    @property
    def state(self) -> PayerState:
        return state_of(self.total, self.paid)


def state_of(owed: Decimal, paid: Decimal) -> PayerState:
    if paid > owed:
        return PayerState.OVERPAID
    if paid == owed:
        return PayerState.PAID
    return PayerState.PART if paid > 0 else PayerState.DUE


RefundSource = Callable[[Collection[int]], Mapping[int, Decimal]]
_REFUNDS: list[RefundSource] = []


def refund_source(source: RefundSource) -> RefundSource:
    """Register where a higher floor keeps refunds: `source(payers)` gives the amounts (positive) still under way."""
    _REFUNDS.append(source)
    return source


def refunds_under_way(payers: Collection[int]) -> dict[int, Decimal]:
    """By payer, what has been decided to go back and has not left yet: card refunds asked, payouts not executed."""
    found: dict[int, Decimal] = defaultdict(lambda: ZERO)
    rows = CardRefund.objects.filter(payer__in=list(payers), state=CardRefund.State.ASKED).order_by()
    for row in rows.values("payer").annotate(sum=Sum("amount")):
        found[row["payer"]] += cents(row["sum"])
    for source in _REFUNDS:
        for payer, amount in source(payers).items():
            found[payer] += amount
    return dict(found)


def received_by_payer(payers: Collection[int]) -> dict[int, Decimal]:
    """By payer, the sum of its receipts (refunds are negative ones)."""
    rows = Receipt.objects.filter(payer__in=list(payers)).order_by().values("payer").annotate(sum=Sum("amount"))
    return {row["payer"]: cents(row["sum"]) for row in rows}


def payer_sums(bookings: Iterable[int]) -> dict[int, PayerSums]:
    """The money of every payer of these bookings, by payer; a fixed number of queries."""
    bookings = list(bookings)
    return _sums_by_payer(bookings, list(Payer.objects.filter(booking__in=bookings).values_list("pk", flat=True)))


def _sums_by_payer(bookings: list[int], payers: list[int]) -> dict[int, PayerSums]:
    owed, received, under_way = totals_by_payer(bookings), received_by_payer(payers), refunds_under_way(payers)
    return {pk: PayerSums(pk, owed.get(pk, ZERO), received.get(pk, ZERO), under_way.get(pk, ZERO)) for pk in payers}


def sums_of(payer: Payer) -> PayerSums:
    return payer_sums([payer.booking_id])[payer.pk]


def booking_sums(bookings: Iterable[int]) -> dict[int, PayerSums]:
    """The same, all payers of a booking together (`payer_id` is the booking's): what a list of bookings shows."""
    sums = {pk: PayerSums(pk) for pk in bookings}
    payers = list(with_money(Payer.objects.filter(booking__in=list(sums))).order_by().values_list("pk", "booking", "owed", "got"))
    back = refunds_under_way([pk for pk, *_rest in payers])
    for pk, booking, owed, got in payers:
        each = sums[booking]
        under_way = each.under_way + back.get(pk, ZERO)
        sums[booking] = PayerSums(booking, each.total + cents(owed), each.received + cents(got), under_way)
    return sums


def refundable(payer: Payer) -> Decimal:
    """What may go back to this payer. Lock the payer before you trust it."""
    return sums_of(payer).refundable


@dataclass
class PayerDue:
    """One payer as its papers show it: sums, and what is due now and by when."""

    payer: Payer
    sums: PayerSums
    due_now: Decimal
    by: date | None  # until when its rooms are held
    later: list[tuple[date, Decimal]] = field(default_factory=list)  # the rest, by the day it falls due

    @property
    def total(self) -> Decimal:
        return self.sums.total

    @property
    def paid(self) -> Decimal:
        return self.sums.paid

    @property
    def left(self) -> Decimal:
        return self.sums.total - self.sums.paid

    @property
    def state(self) -> PayerState:
        return self.sums.state


def payers_of(
    booking: Booking, *, at: datetime, lines: Sequence[Line] | None = None, charges: Sequence[Charge] | None = None
) -> list[PayerDue]:
    """Every payer of the booking: total, paid, due now (dues whose date has come, or each line's first), until when rooms wait, the rest by day.

    A page that has read the counted lines and their live charges gives them, and they are not read again.
    """
    if lines is None or charges is None:
        lines = list(booking.lines.counted().select_related("offer"))
        charges = list(Charge.objects.live().filter(line__in=[line.pk for line in lines]))
    payers = list(booking.payers.select_related("client", "method"))
    received = received_by_payer([payer.pk for payer in payers])
    back = refunds_under_way([payer.pk for payer in payers]) if received else {}  # what never came cannot go back
    return _dues_of(booking, payers, lines, charges, received, back, at=at)


def first_dues(payers: Sequence[Payer], *, lines: Sequence[Line], charges: Sequence[Charge], at: datetime) -> list[PayerDue]:
    """The same of the payers of an order just made, from what it is made of: nothing can have been received yet."""
    return _dues_of(payers[0].booking, payers, lines, charges, {}, {}, at=at)


def _dues_of(
    booking: Booking,
    payers: Sequence[Payer],
    lines: Sequence[Line],
    charges: Sequence[Charge],
    received: Mapping[int, Decimal],
    back: Mapping[int, Decimal],
    *,
    at: datetime,
) -> list[PayerDue]:
    dues = booking_dues(booking, lines, charges, payers=payers)
    today = booking.congress.local_date(at)
    found = []
    for payer in payers:
        mine = [due for due in dues if due.payer_id == payer.pk]
        sums = PayerSums(
            payer.pk,
            total(charge.total for charge in in_dues(charges) if charge.payer_id == payer.pk),
            received.get(payer.pk, ZERO),
            back.get(payer.pk, ZERO),
        )
        now = max(ZERO, deposit(mine, today=today) - sums.paid)
        by = held_until(booking, [due.line for due in mine if due.amount] if len(payers) > 1 else lines)
        found.append(PayerDue(payer, sums, now, by, together(later(mine, sums.paid, today=today))))
    return found


def held_until(booking: Booking, lines: Iterable[Line]) -> date | None:
    """The last day the first of these lines still waits for its money; none when none waits."""
    ends = [line.until for line in lines if line.until and line.state in (Line.State.OPTION, Line.State.HELD)]
    return booking.congress.local_date(min(ends) - timedelta(seconds=1)) if ends else None


def with_money(payers: QuerySet[Payer]) -> QuerySet[Any]:
    """Payers with `owed` and `got`, to filter and sort by (a fraction of a cent apart on SQLite: hence rounded)."""
    owed = (
        Charge.objects.live()
        .filter(payer=OuterRef("pk"), line__state__in=Line.COUNTED)
        .exclude(mode="DIRECT")
        .order_by()
        .values("payer")
        .annotate(sum=Sum("total"))
        .values("sum")
    )
    got = Receipt.objects.filter(payer=OuterRef("pk")).order_by().values("payer").annotate(sum=Sum("amount")).values("sum")
    return payers.annotate(owed=rounded(owed), got=rounded(got))


def rounded(sums: QuerySet[Any]) -> Round:
    money = DecimalField(max_digits=12, decimal_places=2)
    return Round(Coalesce(Subquery(sums, output_field=money), ZERO, output_field=money), 2)
