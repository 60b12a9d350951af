"""What pages show of sub-blocks: asked, allocated, taken and free, by type and night; who registered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import F, Sum

from pleniere.booking.actions.frame import people_of
from pleniere.booking.models import Line
from pleniere.catalogue.models import Service, Supplier
from pleniere.common.nights import DAY
from pleniere.congress.models import Congress, Pool
from pleniere.stock.models import StockDay

from .models import Ask, SubBlock


@dataclass
class Cell:
    """A night of a type, or of one hotel's room: what was asked in all, what is there, what of it somebody has."""

    night: date
    asked: int = 0
    allocated: int = 0
    taken: int = 0

    @property
    def free(self) -> int:
        return max(0, self.allocated - self.taken)

    @property
    def lacks(self) -> int:
        return max(0, self.asked - self.allocated)


@dataclass
class Track:
    """A row of the table: a type over all hotels, or one hotel's room of it."""

    label: str
    code: str
    service: Service | None = None
    cells: dict[date, Cell] = field(default_factory=dict)
    outside: dict[date, int] = field(default_factory=dict)  # free in the congress's own pool

    def at(self, night: date) -> Cell:
        return self.cells.setdefault(night, Cell(night))

    def over(self, nights: Sequence[date]) -> list[Cell]:
        return [self.at(night) for night in nights]


@dataclass
class Grid:
    nights: list[date]
    types: list[Track]
    hotels: list[Track]

    @property
    def asked(self) -> int:
        return sum(cell.asked for track in self.types for cell in track.cells.values())

    @property
    def allocated(self) -> int:
        return sum(cell.allocated for track in self.types for cell in track.cells.values())

    @property
    def taken(self) -> int:
        return sum(cell.taken for track in self.types for cell in track.cells.values())

    @property
    def free(self) -> int:
        return self.allocated - self.taken if self.allocated > self.taken else 0


def last_ask(sub_block: SubBlock) -> Ask | None:
    return sub_block.asks.first()


def types_and_nights(pool: Pool | None, congress: Congress) -> tuple[list[str], list[date]]:
    """Room types the congress's own pool has, in the trade's order, and the nights of its stock; one query."""
    rows = StockDay.objects.filter(pool=pool, service__kind=Service.Kind.ROOM).values_list("service__room_type", "day").distinct()
    found = list(rows)
    types = {code for code, _day in found}
    nights = sorted({day for _code, day in found}) or [
        congress.starts + n * DAY for n in range(max(1, (congress.ends - congress.starts).days))
    ]
    return [code for code in Service.Room.values if code in types], nights


def grid(sub_block: SubBlock, asked: Ask | None, *, with_outside: bool = False) -> Grid:
    """Two queries whatever the size. `with_outside`: every room of the congress's own pool too, for who allocates."""
    pools = [sub_block.pool_id, sub_block.pool.parent_id] if with_outside else [sub_block.pool_id]
    rows = StockDay.objects.filter(pool__in=pools, service__kind=Service.Kind.ROOM).select_related("service__supplier")
    ordered = rows.order_by("service__supplier__name", "service__supplier", "service__code", "day")
    by_type: dict[str, Track] = {}
    by_service: dict[int, Track] = {}
    for row in ordered:
        code = row.service.room_type
        own = by_service.setdefault(row.service_id, Track(str(row.service.supplier), code, row.service))
        if row.pool_id != sub_block.pool_id:
            own.outside[row.day] = row.free
            own.at(row.day)
            continue
        for track in (own, _type(by_type, code)):
            cell = track.at(row.day)
            cell.allocated += row.granted
            cell.taken += row.taken
    for (code, night), count in (asked.cells if asked else {}).items():
        _type(by_type, code).at(night).asked = count
    nights = sorted({night for track in [*by_type.values(), *by_service.values()] for night in track.cells})
    types = [by_type[code] for code in Service.Room.values if code in by_type]
    hotels = list(by_service.values())
    if not with_outside:
        hotels = [track for track in hotels if any(cell.allocated or cell.taken for cell in track.cells.values())]
    return Grid(nights, types, hotels)


def _type(found: dict[str, Track], code: str) -> Track:
    label = str(Service.Room(code).label) if code in Service.Room.values else code
    return found.setdefault(code, Track(label.capitalize(), code))


@dataclass(frozen=True)
class Registered:
    """Somebody who took a room of it: names and nights, nothing of money, no phone."""

    names: str
    hotel: Supplier
    room: str
    start: date
    end: date
    state: str
    emails: frozenset[str]
    line: Line


def registered(sub_block: SubBlock) -> list[Registered]:
    """Who sleeps in its rooms, by name; two queries."""
    lines = Line.objects.filter(offer__pool=sub_block.pool_id, state__in=[Line.State.OPTION, Line.State.FIRM], is_penalty=False)
    found = list(lines.select_related("offer__service__supplier", "booking__client").order_by("start", "pk"))
    people = people_of(found)
    rows = []
    for line in found:
        named = people[line.pk]
        client = line.booking.client
        names = ", ".join(str(person) for person in named) or (str(client) if client else "–")
        emails = {person.email.casefold() for person in named if person.email}
        if client and client.email:
            emails.add(client.email.casefold())
        service = line.offer.service
        rows.append(
            Registered(names, service.supplier, str(service.name), line.start, line.end, line.state, frozenset(emails), line)
        )
    return sorted(rows, key=lambda row: (row.names.casefold(), row.start))


def expected(sub_block: SubBlock, rows: Iterable[Registered]) -> list[tuple[object, bool]]:
    """The guests its contact named, and whether each has registered: found by e-mail, or else by name."""
    rows = list(rows)
    emails = {email for row in rows for email in row.emails}
    names = {name.strip().casefold() for row in rows for name in row.names.split(",")}
    return [
        (guest, bool(guest.email and guest.email.casefold() in emails) or str(guest).casefold() in names)
        for guest in sub_block.guests.all()
    ]


def sums(congress: Congress) -> dict[int, tuple[int, int]]:
    """By pool of the congress's sub-blocks: room-nights allocated, and taken; one query."""
    rows = StockDay.objects.filter(congress=congress, pool__sub_block__isnull=False).values("pool")
    rows = rows.annotate(there=Sum("granted"), used=Sum(F("held") + F("optioned") + F("booked")))
    return {row["pool"]: (row["there"], row["used"]) for row in rows}


def asked_sums(blocks: Iterable[SubBlock]) -> dict[int, int]:
    """By sub-block, the room-nights its last ask is for; one query."""
    found: dict[int, int] = defaultdict(int)
    for each in Ask.objects.filter(sub_block__in=list(blocks)).order_by("pk"):
        found[each.sub_block_id] = sum(rooms for _code, _night, rooms in each.rooms)
    return dict(found)
