"""What pages, lists and floors above ask of bookings. Totals count held, option and firm lines, nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import QuerySet, Sum

from pleniere.common.money import ZERO, cents, total

from .models import Booking, Charge, Line, LinePerson, Person


@dataclass
class Row:
    """A line (C) with its charges (F) and its people, as the booking screen shows the pair."""

    line: Line
    charges: list[Charge] = field(default_factory=list)
    persons: list[Person] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        return total(charge.total for charge in self.charges if charge.struck_at is None) if self.line.is_counted else ZERO


@dataclass
class Group:
    """Rows of one supplier and pool, with their subtotal."""

    supplier: object
    pool: object
    rows: list[Row] = field(default_factory=list)

    @property
    def subtotal(self) -> Decimal:
        return total(row.total for row in self.rows)


def live_charges(booking: Booking) -> QuerySet[Charge]:
    """The charges in totals: not struck, of a line that counts."""
    return Charge.objects.live().filter(line__booking=booking, line__state__in=Line.COUNTED)


def booking_total(booking: Booking) -> Decimal:
    return cents(live_charges(booking).aggregate(sum=Sum("total"))["sum"] or ZERO)


def totals_by_booking(bookings: Iterable[int]) -> dict[int, Decimal]:
    """Sold per booking, in one query (each sum rounded: SQLite adds floats)."""
    rows = (
        Charge.objects.live()
        .filter(line__booking__in=list(bookings), line__state__in=Line.COUNTED)
        .values("line__booking")
        .annotate(sum=Sum("total"))
    )
    return {row["line__booking"]: cents(row["sum"]) for row in rows}


def totals_by_payer(bookings: Iterable[int]) -> dict[int, Decimal]:
    """What each payer of these bookings owes in all (without what is paid at the hotel), in one query."""
    rows = (
        Charge.objects.live()
        .filter(line__booking__in=list(bookings), line__state__in=Line.COUNTED)
        .exclude(mode="DIRECT")
        .values("payer")
        .annotate(sum=Sum("total"))
    )
    return {row["payer"]: cents(row["sum"]) for row in rows if row["payer"]}


def rows(booking: Booking, *, with_struck: bool = False) -> list[Row]:
    """Every line with its charges and people, in the order it was taken; three queries however many there are."""
    lines = booking.lines.select_related("offer__service__supplier", "offer__pool", "offer__step", "offer__contract", "rate")
    found = {line.pk: Row(line) for line in lines}
    charges = Charge.objects.filter(line__booking=booking).select_related("rate", "payer__client")
    for charge in charges:
        row = found[charge.line_id]
        if with_struck or charge.struck_at is None or row.line.state == Line.State.CANCELLED:
            row.charges.append(charge)
    links = LinePerson.objects.filter(line__booking=booking).select_related("person").order_by("person__position")
    for link in links:
        found[link.line_id].persons.append(link.person)
    return list(found.values())


def by_supplier_and_pool(found: Sequence[Row]) -> list[Group]:
    """The booking screen's groups, in the order of their first line; consecutive or not, one group each."""
    groups: dict[tuple[int, int | None], Group] = {}
    for row in found:
        offer = row.line.offer
        key = (offer.service.supplier_id, offer.pool_id)
        groups.setdefault(key, Group(offer.service.supplier, offer.pool)).rows.append(row)
    return list(groups.values())


@dataclass
class SupplierSums:
    """Per supplier of a booking: bought, commission and what is left to it (payouts not yet taken off)."""

    supplier: object
    bought: Decimal = ZERO
    commission: Decimal = ZERO

    @property
    def left(self) -> Decimal:
        return self.bought - self.commission


def supplier_sums(booking: Booking) -> list[SupplierSums]:
    """G2's table before payouts: the leaflet's 85.00 / 0 / 85.00 and 211.50 / 16.92 / 194.58."""
    sums: dict[int, SupplierSums] = {}
    for charge in live_charges(booking).select_related("supplier").order_by("line", "pk"):
        each = sums.setdefault(charge.supplier_id, SupplierSums(charge.supplier))
        each.bought += charge.bought
        each.commission += charge.commission
    return list(sums.values())


@dataclass(frozen=True)
class Margin:
    """G3: margin = sold − bought; its share of what is sold, None when nothing is."""

    sold: Decimal
    bought: Decimal
    commission: Decimal

    @property
    def margin(self) -> Decimal:
        return self.sold - self.bought

    @property
    def percent(self) -> Decimal | None:
        return cents(self.margin * 100 / self.sold) if self.sold else None

    @property
    def with_commission(self) -> Decimal:
        return self.margin + self.commission


def margin(booking: Booking) -> Margin:
    charges = list(live_charges(booking))
    return Margin(
        total(charge.total for charge in charges),
        total(charge.bought for charge in charges),
        total(charge.commission for charge in charges),
    )


def rows_by_step(booking: Booking) -> dict[int, list[Row]]:
    """The cart's rows by step, as C34 shows them."""
    steps: dict[int, list[Row]] = defaultdict(list)
    for row in rows(booking):
        if row.line.state != Line.State.CANCELLED:
            steps[row.line.offer.step_id].append(row)
    return dict(steps)
