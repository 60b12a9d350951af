"""What a list shows: one row per room, or per person and service, and what became of it since the last sending.

No row knows a price. A phone number is read only when the list grants it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from pleniere.booking.models import Line, LinePerson, Person
from pleniere.catalogue.models import Service
from pleniere.common import shown
from pleniere.common.words import fold

from .models import ListDefinition

Kind = ListDefinition.Kind
NEW, AMENDED, CANCELLED = "NEW", "AMENDED", "CANCELLED"
WATCHED = ("name", "others", "label", "arrival", "departure", "rooms", "persons", "quantity")
SENT = (Line.State.OPTION, Line.State.FIRM)


@dataclass
class Row:
    """One line of a list. Dates are a stay's (departure not slept), `nights` are room nights. `key` finds it again next time."""

    key: str
    name: str
    booking: str
    label: str
    arrival: date
    departure: date
    others: str = ""  # who shares the room
    supplier: str = ""
    room_type: str = ""
    by_night: bool = False
    rooms: int = 0
    persons: int = 0
    nights: int = 0
    quantity: int = 0
    state: str = ""
    number: str = ""  # the supplier's own
    phone: str = ""
    change: str = ""
    was: str = ""

    @property
    def is_gone(self) -> bool:
        return self.change == CANCELLED

    @property
    def who(self) -> str:
        return f"{self.name}, {self.others}" if self.others else self.name

    @property
    def when(self) -> str:
        return shown.nights(self.arrival, self.departure) if self.by_night else shown.days(self.arrival, self.departure)

    def kept(self) -> dict[str, Any]:
        """As a run keeps it: plain, without the phone numbers nor what changed then."""
        facts = asdict(self) | {"arrival": self.arrival.isoformat(), "departure": self.departure.isoformat()}
        return {name: value for name, value in facts.items() if name not in ("phone", "change", "was")}


def from_kept(facts: dict[str, Any]) -> Row:
    dates = {name: date.fromisoformat(facts[name]) for name in ("arrival", "departure")}
    return Row(**{name: value for name, value in facts.items() if name in Row.__dataclass_fields__} | dates)


def rows_of(definition: ListDefinition) -> list[Row]:
    """The list as it stands, by name; two queries however long it is."""
    lines = list(lines_of(definition))
    people = _people(lines)
    make = _rooms if definition.kind == Kind.ROOMING else _services
    rows = list(make(definition, lines, people))
    return sorted(rows, key=lambda row: (fold(row.name), row.booking, row.arrival, row.key))


def lines_of(definition: ListDefinition) -> QuerySet[Line]:
    """The placed, live lines that the list is about: of its supplier, its offer, within its dates."""
    lines = Line.objects.filter(congress=definition.congress, state__in=SENT, is_penalty=False, booking__placed_at__isnull=False)
    if definition.supplier_id:
        lines = lines.filter(offer__service__supplier=definition.supplier_id)
    if definition.offer_id:
        lines = lines.filter(offer=definition.offer_id)
    if definition.kind == Kind.ROOMING:
        lines = lines.filter(offer__service__kind=Service.Kind.ROOM)
    elif definition.kind == Kind.COMPANIONS:
        lines = lines.exclude(offer__service__kind__in=[Service.Kind.ROOM, Service.Kind.FEE])
        lines = lines.filter(persons__companion_of__isnull=False).distinct()
    elif definition.kind == Kind.SERVICE and not definition.offer_id:
        lines = lines.exclude(offer__service__kind=Service.Kind.ROOM)
    if definition.night_from:
        lines = lines.filter(end__gt=definition.night_from)
    if definition.night_until:
        lines = lines.filter(start__lte=definition.night_until)
    return lines.select_related("booking", "offer__service__supplier", "rate").order_by("pk")


def _people(lines: Iterable[Line]) -> dict[int, list[Person]]:
    found: dict[int, list[Person]] = defaultdict(list)
    wanted = {line.pk for line in lines}
    if wanted:
        congress = next(iter(lines)).congress_id
        links = LinePerson.objects.filter(line__congress=congress).select_related("person")
        for link in links.order_by("person__position", "person"):
            if link.line_id in wanted:
                found[link.line_id].append(link.person)
    return found


def listed(person: Person) -> str:
    """Family name first, as lists are read; "NR" and the institution for a place not yet named."""
    if person.is_unnamed or not person.last_name:
        return str(person)
    return f"{person.last_name} {person.first_name}".strip()


def _rooms(definition: ListDefinition, lines: list[Line], people: dict[int, list[Person]]) -> Iterable[Row]:
    """One row a room (or several under one name): who sleeps there with it stands beside."""
    by_pk = {line.pk for line in lines}
    guests: dict[int, list[Person]] = defaultdict(list)
    for line in lines:
        if line.room_of_id in by_pk:
            guests[line.room_of_id] += people[line.pk]
    for line in lines:
        if line.room_of_id in by_pk:
            continue
        sleepers = [*people[line.pk], *guests[line.pk]]
        names = [listed(person) for person in sleepers] or ["NR"]
        rooms, heads = line.quantity, max(len(sleepers), line.heads * line.quantity)
        yield Row(
            **_shared(definition, line, line.key, sleepers[:1]),
            name=names[0],
            others=", ".join(names[1:]),
            rooms=rooms,
            persons=heads,
            nights=(line.end - line.start).days * rooms,
        )


def _services(definition: ListDefinition, lines: list[Line], people: dict[int, list[Person]]) -> Iterable[Row]:
    """One row per person and service; places without a person are one row, « NR », with their number."""
    for line in lines:
        persons = people[line.pk]
        if definition.kind == Kind.COMPANIONS:
            persons = [person for person in persons if person.companion_of_id]
        is_room = line.offer.service.kind == Service.Kind.ROOM
        nights = (line.end - line.start).days if line.rate.by_night else 0
        rooms = line.quantity if is_room else 0
        for n, person in enumerate(persons):
            facts: dict[str, Any] = {
                "quantity": 1,
                "persons": 1,
                "rooms": 0 if n else rooms,
                "nights": 0 if n else nights * line.quantity,
            }
            yield Row(**_shared(definition, line, f"{line.key}:{person.pk}", [person]), name=listed(person), **facts)
        spare = 0 if definition.kind == Kind.COMPANIONS else max(0, line.quantity * line.heads - len(persons))
        if spare:
            first = not persons
            facts = {
                "quantity": spare,
                "persons": spare,
                "rooms": rooms if first else 0,
                "nights": nights * line.quantity if first else 0,
            }
            yield Row(**_shared(definition, line, f"{line.key}:nr", []), name="NR", **facts)


def _shared(definition: ListDefinition, line: Line, key: str, persons: list[Person]) -> dict[str, Any]:
    service = line.offer.service
    phone = next((person.phone for person in persons if person.phone), "") if definition.shows_phone else ""
    room = service.get_room_type_display() if service.room_type else ""
    return {
        "key": key,
        "booking": line.booking.number or "",
        "label": f"{room}, {line.rate}" if room else str(line.offer),
        "room_type": service.room_type,
        "supplier": str(service.supplier),
        "arrival": line.start,
        "departure": line.end,
        "by_night": line.rate.by_night,
        "state": line.state,
        "number": line.supplier_number,
        "phone": phone,
    }


def compare(rows: list[Row], before: list[dict[str, Any]] | None) -> list[Row]:
    """The rows with what became of each since `before`; those that left stand struck. The first sending has nothing new."""
    if before is None:
        return rows
    known = {facts["key"]: facts for facts in before}
    for row in rows:
        old = known.pop(row.key, None)
        row.change, row.was = (NEW, "") if old is None else _difference(old, row)
    gone = [from_kept(facts) for facts in known.values()]
    for row in gone:
        row.change = CANCELLED
    return sorted([*rows, *gone], key=lambda row: (fold(row.name), row.booking, row.arrival, row.key))


def _difference(old: dict[str, Any], row: Row) -> tuple[str, str]:
    """AMENDED and the words of it, when something that the recipient acts on differs."""
    new = row.kept()
    if all(old.get(name) == new[name] for name in WATCHED):
        return "", ""
    before = from_kept(old)
    said = []
    if (before.arrival, before.departure) != (row.arrival, row.departure):
        said.append(before.when)
    if before.who != row.who:
        said.append(before.who)
    if before.label != row.label:
        said.append(before.label)
    if (before.rooms, before.persons, before.quantity) != (row.rooms, row.persons, row.quantity):
        said.append(_("%(rooms)d room(s), %(persons)d person(s)") % {"rooms": before.rooms, "persons": before.persons})
    return AMENDED, _("before: %(what)s") % {"what": "; ".join(said)}


@dataclass
class Nights:
    """Rooms of one type, night by night."""

    label: str
    rooms: dict[date, int]


def rooms_by_night(rows: Iterable[Row]) -> tuple[list[date], list[Nights]]:
    """How many rooms of each type are slept in each night, without those that left."""
    counts: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        night = row.arrival
        while night < row.departure and not row.is_gone and row.rooms:
            counts[row.room_type][night] += row.rooms
            night += timedelta(days=1)
    nights = sorted({night for found in counts.values() for night in found})
    order = [code for code in Service.Room.values if code in counts]
    return nights, [Nights(str(Service.Room(code).label), dict(counts[code])) for code in order]
