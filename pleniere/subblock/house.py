"""Run of house, read: what the hotels lent it, who is to be given a hotel, and which hotel is proposed to each. Writes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from pleniere.booking.models import Line
from pleniere.catalogue.models import Rate, Service, Supplier
from pleniere.common.money import total
from pleniere.common.nights import days
from pleniere.congress.models import Congress, Offer
from pleniere.congress.pricing import NotSold, price
from pleniere.congress.programme import Programme, programme
from pleniere.congress.stays import broken
from pleniere.stock.models import StockDay
from pleniere.stock.moving import came_from

PLACEHOLDER = Supplier.Kind.PLACEHOLDER
CHEAPEST, FILL, TOGETHER = "cheapest", "fill", "together"
WAYS = [
    (CHEAPEST, _("the cheapest hotel first")),
    (FILL, _("as few hotels as can be")),
    (TOGETHER, _("a booking’s stays in one hotel")),
]


def offers_of(congress: Congress) -> list[Offer]:
    """What is sold of hotels still to be named."""
    rows = Offer.objects.filter(congress=congress, service__supplier__kind=PLACEHOLDER, pool__isnull=False)
    return list(rows.select_related("service__supplier", "pool", "contract", "step").order_by("pk"))


def stays_of(congress: Congress) -> list[Line]:
    """Options and firm stays that have no hotel yet, the first to come first."""
    rows = Line.objects.filter(congress=congress, offer__service__supplier__kind=PLACEHOLDER, is_penalty=False)
    rows = rows.filter(state__in=[Line.State.OPTION, Line.State.FIRM])
    return list(rows.select_related("booking__client", "offer__service__supplier", "rate").order_by("start", "made_at", "pk"))


@dataclass
class Lent:
    """A hotel's room as run of house sees it: lent, and free in the hotel's own row, night by night."""

    service: Service
    lent: dict[date, int] = field(default_factory=dict)
    free: dict[date, int] = field(default_factory=dict)


@dataclass
class HouseGrid:
    offer: Offer
    nights: list[date]
    rows: list[Lent]
    there: dict[date, StockDay]


def grid(offer: Offer) -> HouseGrid:
    """The hotels of the same room type and pool, and what each has lent; constant queries."""
    same = StockDay.objects.filter(pool=offer.pool_id, service__room_type=offer.service.room_type, service__kind="ROOM")
    there: dict[date, StockDay] = {}
    found: dict[int, Lent] = {}
    for row in same.select_related("service__supplier").order_by("service__supplier__name", "service", "day"):
        if row.service_id == offer.service_id:
            there[row.day] = row
        elif row.service.supplier.kind != PLACEHOLDER:
            found.setdefault(row.service_id, Lent(row.service)).free[row.day] = row.free
    by_pk = {row.pk: day for day, row in there.items()}
    for pk, homes in came_from(there.values()).items():
        for service, rooms in homes.items():
            if service in found:
                found[service].lent[by_pk[pk]] = rooms
    nights = sorted({*there, *(day for each in found.values() for day in each.free)})
    return HouseGrid(offer, nights, list(found.values()), there)


@dataclass(frozen=True)
class Choice:
    """A hotel's room by one formula, that a stay could be given."""

    offer: Offer
    rate: Rate

    @property
    def key(self) -> str:
        return f"{self.offer.pk}:{self.rate.pk}"


def choices(congress: Congress, lines: Iterable[Line]) -> dict[str, Choice]:
    """Every room of the same type and for as many as some of these stays, in the same pool; by key."""
    plan = programme(congress)
    wanted = {(line.offer.pool_id, line.offer.service.room_type, line.rate.occupancy) for line in lines}
    found = [
        Choice(offer, rate)
        for offer in plan.offers.values()
        if offer.service.kind == Service.Kind.ROOM and offer.service.supplier.kind != PLACEHOLDER
        for rate in plan.rates.get(offer.service_id, [])
        if (offer.pool_id, offer.service.room_type, rate.occupancy) in wanted
    ]
    return {each.key: each for each in sorted(found, key=lambda c: (str(c.offer.service.supplier), c.offer.pk, c.rate.pk))}


@dataclass
class Proposed:
    """For one stay: its hotel; or none, and the nights each hotel could keep it: it would have to move in mid-stay."""

    line: Line
    choice: Choice | None
    would_move: bool = False


def propose(congress: Congress, lines: Sequence[Line], way: str) -> list[Proposed]:
    """A hotel for each of these stays, all its nights in one; who fits in none is shown, never split. Constant queries, nothing written."""
    return _Search(congress, lines).run(way)


class _Search:
    """Rooms are counted down as they are proposed: those the hotel lent to run of house, then its own free ones."""

    def __init__(self, congress: Congress, lines: Sequence[Line]):
        self.plan: Programme = programme(congress)
        self.congress, self.lines = congress, lines
        self.all = list(choices(congress, lines).values())
        self.room: dict[tuple[int, date], int] = defaultdict(int)
        self.used: dict[int, int] = defaultdict(int)
        for offer in {line.offer_id: line.offer for line in lines}.values():
            for lent in grid(offer).rows:
                for night in {*lent.free, *lent.lent}:
                    self.room[lent.service.pk, night] = lent.free.get(night, 0) + lent.lent.get(night, 0)

    def run(self, way: str) -> list[Proposed]:
        found: dict[int, Proposed] = {}
        for group in self._groups(way):
            choice = self._best(group, way) if len(group) > 1 else None
            for line in group:
                mine = choice if choice and choice.rate.occupancy == line.rate.occupancy else self._best([line], way)
                found[line.pk] = Proposed(line, mine, mine is None and self._is_there_each_night(line))
                if mine:
                    self._take(mine, line)
        return [found[line.pk] for line in self.lines]

    def _groups(self, way: str) -> list[list[Line]]:
        if way != TOGETHER:
            return [[line] for line in self.lines]
        groups: dict[int, list[Line]] = defaultdict(list)
        for line in self.lines:
            groups[line.booking_id].append(line)
        return sorted(groups.values(), key=lambda group: -len(group))

    def _best(self, group: Sequence[Line], way: str) -> Choice | None:
        fits = [each for each in self.all if self._fits(each, group)]
        fits = [each for each in fits if self._price(each, group[0]) is not None]
        fits = [
            each for each in fits if self._sells(each, group)
        ] or fits  # against a rule of stay only where nothing else is left
        if way == FILL:
            return min(fits, key=lambda c: (-self.used[c.offer.service_id], -self._spare(c, group[0]), c.offer.pk), default=None)
        return min(fits, key=lambda c: (self._price(c, group[0]) or Decimal(0), c.offer.pk, c.rate.pk), default=None)

    def _fits(self, choice: Choice, group: Sequence[Line]) -> bool:
        """Room for all of them on each of their nights, and the same kind of room for the same number."""
        wanted: dict[date, int] = defaultdict(int)
        for line in group:
            same = line.offer.service.room_type == choice.offer.service.room_type and line.offer.pool_id == choice.offer.pool_id
            if not same or (line.rate.occupancy != choice.rate.occupancy and len(group) == 1):
                return False
            for night in days(line.start, line.end):
                wanted[night] += line.quantity
        return all(self.room[choice.offer.service_id, night] >= rooms for night, rooms in wanted.items())

    def _sells(self, choice: Choice, group: Sequence[Line]) -> bool:
        return not any(broken(self.plan.stays, choice.offer, line.start, line.end) for line in group)

    def _is_there_each_night(self, line: Line) -> bool:
        """Could it sleep somewhere each night, though nowhere all of them?"""
        services = {each.offer.service_id for each in self.all if each.rate.occupancy == line.rate.occupancy}
        return all(any(self.room[s, night] >= line.quantity for s in services) for night in days(line.start, line.end))

    def _price(self, choice: Choice, line: Line) -> Decimal | None:
        on = line.priced_on or line.start
        try:
            quoted = price(self.plan, choice.rate, start=line.start, end=line.end, on=on, pool=choice.offer.pool_id)
        except NotSold:
            return None
        return total(each.total for each in quoted)

    def _spare(self, choice: Choice, line: Line) -> int:
        return min((self.room[choice.offer.service_id, night] for night in days(line.start, line.end)), default=0)

    def _take(self, choice: Choice, line: Line) -> None:
        for night in days(line.start, line.end):
            self.room[choice.offer.service_id, night] -= line.quantity
        self.used[choice.offer.service_id] += 1
