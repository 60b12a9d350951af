"""Pick-up: what is taken of the rooms kept, how fast, what past editions say will come, and what giving the rest back costs.

Of the office and of the organiser; what it says of money is the office's alone. Counts are the stock's, the days are the bookings'.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from pleniere.allotment.attrition import Held, Penalty, held
from pleniere.allotment.forecast import ALONE
from pleniere.allotment.models import Block, Edition
from pleniere.booking.pickup import Taken, at_days_before, by_days_before, taken
from pleniere.catalogue.models import Service
from pleniere.common.money import ZERO
from pleniere.congress.models import Congress
from pleniere.stock.models import StockDay

WEEK, FORTNIGHT = 7, 14
ENOUGH = Decimal("0.05")  # of its own final count: before that an edition says nothing of how it ended


@dataclass(frozen=True)
class Range:
    low: int
    mid: int
    high: int


@dataclass
class Night:
    """A night of a hotel: rooms granted, taken, taken in the last seven days; what is foreseen by its cut-off."""

    night: date
    granted: int = 0
    taken: int = 0
    week: int = 0
    foreseen: Range = Range(0, 0, 0)

    @property
    def free(self) -> int:
        return max(0, self.granted - self.taken)

    @property
    def is_full(self) -> bool:
        return bool(self.granted) and not self.free

    @property
    def runs_out(self) -> bool:
        return bool(self.granted) and bool(self.free) and self.foreseen.mid >= self.granted


@dataclass
class Threat:
    """The rest of a block, foreseen: how much goes back at its cut-off, what that costs, and what may go back free until when."""

    held: Held
    foreseen: Range  # room nights that go back at the cut-off: fewest, most likely, most
    free_now: int
    until: date | None  # the last day for it; none: nothing changes before the cut-off
    then: Penalty  # at the cut-off, as is most likely
    worst: Penalty

    @property
    def cutoff(self) -> date:
        return self.held.block.cutoff

    @property
    def threatens(self) -> bool:
        return self.then.beyond > 0

    def acts_by(self, today: date) -> date:
        """Until when something can be done about it."""
        return self.until or max(today, self.cutoff - timedelta(days=1))


@dataclass
class Hotel:
    pk: int
    name: str
    nights: list[Night] = field(default_factory=list)
    threats: list[Threat] = field(default_factory=list)

    @property
    def granted(self) -> int:
        return sum(night.granted for night in self.nights)

    @property
    def taken(self) -> int:
        return sum(night.taken for night in self.nights)

    @property
    def week(self) -> int:
        return sum(night.week for night in self.nights)

    @property
    def foreseen(self) -> Range:
        return _add(night.foreseen for night in self.nights)


@dataclass
class Past:
    """A past edition of ours: its room nights by days before its first day."""

    name: str
    curve: dict[int, int]

    @property
    def final(self) -> int:
        return at_days_before(self.curve, -10_000)

    def grows(self, now: int, then: int) -> Decimal | None:
        """By how much what it had taken `now` days before had grown `then` days before; none while it had too little."""
        had = at_days_before(self.curve, now)
        if had <= 0 or Decimal(had) < ENOUGH * self.final:
            return None
        return Decimal(at_days_before(self.curve, then)) / had


@dataclass
class Pickup:
    congress: Congress
    today: date
    hotels: list[Hotel]
    curve: dict[int, int]
    pasts: list[Past]
    by_editions: bool  # foreseen from past editions; else from the pace of the last fortnight

    @property
    def before(self) -> int:
        return (self.congress.starts - self.today).days

    @property
    def granted(self) -> int:
        return sum(hotel.granted for hotel in self.hotels)

    @property
    def taken(self) -> int:
        return sum(hotel.taken for hotel in self.hotels)

    @property
    def week(self) -> int:
        return sum(hotel.week for hotel in self.hotels)

    @property
    def foreseen(self) -> Range:
        return _add(hotel.foreseen for hotel in self.hotels)

    @property
    def threats(self) -> list[tuple[Hotel, Threat]]:
        found = [(hotel, threat) for hotel in self.hotels for threat in hotel.threats if threat.threatens]
        return sorted(found, key=lambda pair: (pair[1].acts_by(self.today), pair[0].name))

    @property
    def running_out(self) -> list[tuple[Hotel, list[Night]]]:
        """Hotels with their nights to come that run out."""
        found = [(hotel, [n for n in hotel.nights if n.runs_out and n.night >= self.today]) for hotel in self.hotels]
        return [(hotel, nights) for hotel, nights in found if nights]

    @property
    def penalty(self) -> Decimal:
        return sum((threat.then.amount or ZERO for _hotel, threat in self.threats), ZERO)


def pickups(congresses: Sequence[Congress], *, at: datetime, blocks: Sequence[Block] | None = None) -> list[Pickup]:
    """Of each congress; the same count of queries for one and for all. `blocks` if read already, with supplier and congress."""
    if blocks is None:
        blocks = list(Block.objects.filter(congress__in=congresses).select_related("supplier", "congress").order_by("pk"))
    sources = _sources(congresses)
    moves = taken({c.pk: c for c in [*congresses, *(past for found in sources.values() for past in found)]}.values())
    rows = StockDay.objects.filter(congress__in=congresses, service__kind=Service.Kind.ROOM).select_related("service__supplier")
    stock: dict[int, list[StockDay]] = defaultdict(list)
    for row in rows.order_by("service__supplier__name", "day", "pk"):
        stock[row.congress_id].append(row)
    kept: dict[int, list[Held]] = defaultdict(list)
    for each in held(block for block in blocks if block.released_at is None):
        kept[each.block.congress_id].append(each)
    found = []
    for congress in congresses:
        pasts = [Past(str(each), by_days_before(moves[each.pk], each.starts)) for each in sources[congress.pk]]
        foresight = _Foresight(congress, congress.local_date(at), moves[congress.pk], [past for past in pasts if past.curve])
        found.append(foresight.pickup(stock[congress.pk], kept[congress.pk]))
    return found


def _sources(congresses: Sequence[Congress]) -> dict[int, list[Congress]]:
    """Past congresses of ours that were chosen as editions, the earliest first; one query."""
    editions = Edition.objects.filter(congress__in=congresses).select_related("source").order_by("starts", "pk")
    found: dict[int, list[Congress]] = defaultdict(list)
    for edition in editions:
        if edition.source is not None:
            found[edition.congress_id].append(edition.source)
    return found


class _Foresight:
    """One congress on one day: what has moved, what past editions did from here on."""

    def __init__(self, congress: Congress, today: date, moves: list[Taken], pasts: list[Past]):
        self.congress, self.today, self.pasts = congress, today, pasts
        self.before = (congress.starts - today).days
        self.curve = by_days_before(moves, congress.starts)
        self.week: dict[tuple[int, date], int] = defaultdict(int)
        self.fortnight: dict[tuple[int, date], int] = defaultdict(int)
        for move in moves:
            if today - timedelta(days=FORTNIGHT) < move.day <= today:
                self.fortnight[move.supplier, move.night] += move.rooms
                if move.day > today - timedelta(days=WEEK):
                    self.week[move.supplier, move.night] += move.rooms
        self.by_editions = bool(self._growths(self.before))

    def pickup(self, rows: Sequence[StockDay], kept: Sequence[Held]) -> Pickup:
        ends: dict[int, date] = {}
        for each in kept:
            pk = each.block.supplier_id
            ends[pk] = max(each.block.cutoff, ends.get(pk, each.block.cutoff))
        hotels: dict[int, Hotel] = {}
        nights: dict[tuple[int, date], Night] = {}
        for row in rows:
            pk = row.service.supplier_id
            hotel = hotels.setdefault(pk, Hotel(pk, row.service.supplier.name))
            if (pk, row.day) not in nights:
                nights[pk, row.day] = Night(row.day, week=self.week[pk, row.day])
                hotel.nights.append(nights[pk, row.day])
            night = nights[pk, row.day]
            night.granted, night.taken = night.granted + row.granted, night.taken + row.taken
        for (supplier, day), night in nights.items():
            found = self.foresee(night.taken, supplier, day, ends.get(supplier, day))
            most = max(night.granted, night.taken)  # what there is not, nobody takes
            night.foreseen = Range(min(found.low, most), min(found.mid, most), min(found.high, most))
        for each in kept:
            if each.block.supplier_id in hotels:
                hotels[each.block.supplier_id].threats.append(self._threat(each, nights))
        shown = [hotel for hotel in hotels.values() if hotel.granted or hotel.taken]
        for hotel in shown:
            hotel.nights = [night for night in hotel.nights if night.granted or night.taken]
        return Pickup(self.congress, self.today, shown, self.curve, self.pasts, self.by_editions)

    def foresee(self, count: int, supplier: int, night: date, on: date) -> Range:
        """Rooms of a night that will be taken on a day: as past editions grew from here to there, else as the last fortnight went."""
        if on <= self.today:
            return Range(count, count, count)
        growths = self._growths((self.congress.starts - on).days)
        if growths:
            weights = range(1, len(growths) + 1)
            mean = sum((w * g for w, g in zip(weights, growths, strict=True)), Decimal(0)) / sum(weights)
            low, high = (min(growths), max(growths)) if len(growths) > 1 else (mean * (1 - ALONE), mean * (1 + ALONE))
            return Range(_whole(count * low), _whole(count * mean), _whole(count * high))
        more = Decimal(max(0, self.fortnight[supplier, night]) * (on - self.today).days) / FORTNIGHT
        return Range(count, count + _whole(more), count + _whole(2 * more))

    def _growths(self, then: int) -> list[Decimal]:
        found = [past.grows(self.before, then) for past in self.pasts]
        return [growth for growth in found if growth is not None]

    def _threat(self, each: Held, nights: dict[tuple[int, date], Night]) -> Threat:
        """What is free of the block goes back at its cut-off: less what is foreseen to be sold of it until then."""
        low = mid = high = 0
        for share in each.shares:
            whole = nights[each.block.supplier_id, share.day.day]
            sold = [self._part(share.sold, share.left, whole, count) for count in _counts(whole.foreseen)]
            low, mid, high = low + sold[0], mid + sold[1], high + sold[2]
        left, cutoff = each.left, max(each.block.cutoff, self.today)
        back = Range(left - high, left - mid, left - low)
        bounds = [day for day in each.bounds(self.today) if day <= cutoff]
        until = bounds[0] - timedelta(days=1) if bounds else None
        return Threat(each, back, each.free(self.today), until, each.penalty(back.mid, cutoff), each.penalty(back.high, cutoff))

    @staticmethod
    def _part(sold: int, left: int, whole: Night, count: int) -> int:
        """Its part of what the hotel's night gains or loses, never more than the block has."""
        share = Decimal(left) / whole.granted if whole.granted else Decimal(0)
        return max(0, min(left, sold + _whole((count - whole.taken) * share)))


def _counts(found: Range) -> tuple[int, int, int]:
    return found.low, found.mid, found.high


def _add(ranges: Iterable[Range]) -> Range:
    low = mid = high = 0
    for each in ranges:
        low, mid, high = low + each.low, mid + each.mid, high + each.high
    return Range(low, mid, high)


def _whole(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))
