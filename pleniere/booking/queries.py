"""What pages, lists and floors above ask of bookings. Totals count held, option and firm lines, nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Sum

from pleniere.common.money import ZERO, cents, total

from .content import Content
from .models import Booking, Change, Charge, Line, LinePerson, LineQuerySet, Person


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


def people(booking: Booking) -> tuple[list[Person], dict[int, list[Person]]]:
    """Everybody of the booking in its order, and by line who is on it: one query for both."""
    everybody: dict[int, Person] = {}
    on_line: dict[int, list[Person]] = defaultdict(list)
    for each in booking.persons.annotate(on_line=F("lineperson__line_id")):
        person = everybody.setdefault(each.pk, each)
        if each.on_line is not None:
            on_line[each.on_line].append(person)
    return list(everybody.values()), on_line


def rows_in(content: Content) -> list[Row]:
    """The same as `rows` of content that is read already, without what is struck."""
    charges = defaultdict(list)
    for charge in content.charges:
        if charge.struck_at is None or charge.line.state == Line.State.CANCELLED:
            charges[charge.line_id].append(charge)
    return [Row(line, charges[line.pk], content.on_line[line.pk]) for line in content.lines]


def rows(booking: Booking, *, with_struck: bool = False, on_line: Mapping[int, list[Person]] | None = None) -> list[Row]:
    """Every line with its charges and people, in the order it was taken; three queries however many there are.

    One less for whom `people` has told who is on which line, and one alone while nothing is taken.
    """
    lines = booking.lines.select_related("offer__service__supplier", "offer__pool", "offer__step", "offer__contract", "rate")
    found = {line.pk: Row(line) for line in lines}
    if not found:
        return []
    charges = Charge.objects.filter(line__booking=booking).select_related("rate", "payer__client")
    for charge in charges:
        row = found[charge.line_id]
        if with_struck or charge.struck_at is None or row.line.state == Line.State.CANCELLED:
            row.charges.append(charge)
    if on_line is None:
        _everybody, on_line = people(booking)
    for row in found.values():
        row.persons = on_line.get(row.line.pk, [])
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
    """Per supplier of a booking: bought, commission and what is left to it (payouts not yet taken off). The tourist tax is no price of its."""

    supplier: object
    bought: Decimal = ZERO
    commission: Decimal = ZERO

    @property
    def left(self) -> Decimal:
        return self.bought - self.commission


def supplier_sums(booking: Booking) -> list[SupplierSums]:
    """G2's table before payouts: the leaflet's 85.00 / 0 / 85.00 and 211.50 / 16.92 / 194.58."""
    sums: dict[int, SupplierSums] = {}
    for charge in live_charges(booking).exclude(kind=Charge.Kind.TAX).select_related("supplier").order_by("line", "pk"):
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


@dataclass
class SupplierLine:
    """A line as its supplier reads it: who, which nights, what of it is news. No phone, no mail, no price of ours."""

    line: Line
    persons: list[Person] = field(default_factory=list)
    before: dict[str, Any] | None = None  # as it was last taken in

    @property
    def state(self) -> str:
        return self.line.towards_supplier

    @property
    def nights(self) -> int:
        return (self.line.end - self.line.start).days * self.line.quantity

    @property
    def is_counted(self) -> bool:
        return self.line.is_counted

    @property
    def name(self) -> str:
        return ", ".join(str(person) for person in self.persons[:1]) or str(self.line.booking)

    @property
    def changes(self) -> dict[str, Any]:
        """What differs from the last taking in: {field: old value}."""
        if self.before is None:
            return {}
        now = snapshot(self)
        return {name: self.before[name] for name in now if name in self.before and self.before[name] != now[name]}


def snapshot(row: SupplierLine) -> dict[str, Any]:
    """The facts a supplier takes in, as history keeps them."""
    line = row.line
    service = line.offer.service
    return {
        "room": service.room_type or service.code,
        "start": line.start.isoformat(),
        "end": line.end.isoformat(),
        "quantity": line.quantity,
        "state": line.state,
        "persons": [str(person) for person in row.persons],
    }


def supplier_lines(congress: int, supplier: int | None = None) -> list[SupplierLine]:
    """What a supplier has of a congress: optioned and firm lines, and those cancelled after it took them in; four queries.

    Without a supplier named, the rooms of all hotels, by hotel. Who sleeps in a room taken by somebody else stands with that room.
    """
    told = _told().filter(congress=congress)
    whose = told.filter(offer__service__kind="ROOM") if supplier is None else told.filter(offer__service__supplier=supplier)
    order = ("offer__service__supplier__name", "offer__service__supplier") if supplier is None else ()
    lines = whose.select_related("booking", "offer__service__supplier", "rate").order_by(*order, "start", "booking__number", "pk")
    found = {line.pk: SupplierLine(line) for line in lines}
    sleepers = dict(
        Line.objects.filter(room_of__in=list(found)).exclude(state=Line.State.CANCELLED).values_list("pk", "room_of_id")
    )
    named = LinePerson.objects.filter(line__in=[*found, *sleepers]).select_related("person")
    for link in named.order_by("person__position", "person__pk"):
        found[sleepers.get(link.line_id, link.line_id)].persons.append(link.person)
    taken = Change.objects.filter(line__in=list(found), verb="line.acknowledged").order_by("pk")
    for line_id, after in taken.values_list("line", "after"):
        if line_id is not None:
            found[line_id].before = after
    return list(found.values())


def supplier_news(suppliers: Iterable[int]) -> dict[tuple[int, int], int]:
    """By (congress, supplier), how many lines have not been taken in as they are now; one query."""
    rows = _told().filter(offer__service__supplier__in=list(suppliers)).exclude(seen_version=F("version"))
    counts = rows.values("congress", "offer__service__supplier").annotate(count=Count("pk"))
    return {(row["congress"], row["offer__service__supplier"]): row["count"] for row in counts}


def late_news(congresses: Any, *, since: datetime, arriving: date) -> list[dict[str, Any]]:
    """By congress and hotel, stays as they are since before `since` that it has not taken in: all it knew otherwise, new ones by
    `arriving`. Ordered by the first arrival; one query."""
    rows = _told().filter(congress__in=congresses, offer__service__kind="ROOM").exclude(seen_version=F("version"))
    pressing = rows.filter(Q(seen_version__gt=0) | Q(start__lte=arriving))
    moved = Change.objects.filter(line=OuterRef("pk"), at__gt=since)
    late = pressing.filter(~Exists(moved), booking__placed_at__lte=since)
    hotels = late.values("congress__code", "offer__service__supplier__name", "offer__service__supplier")
    counts = hotels.annotate(stays=Count("pk"), gone=Count("pk", filter=Q(state=Line.State.CANCELLED)), first=Min("start"))
    return [dict(row) for row in counts.order_by("first", "offer__service__supplier__name")]


def _told() -> LineQuerySet:
    """Lines that are their supplier's business."""
    known = ~Q(state=Line.State.CANCELLED) | Q(seen_version__gt=0)
    rows = Line.objects.filter(known, state__in=[Line.State.OPTION, Line.State.FIRM, Line.State.CANCELLED])
    return rows.filter(is_penalty=False, room_of=None).exclude(booking__placed_at=None)
