"""Who comes to a seminar: the names pasted from a spreadsheet, on the organiser's account, never through the form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from pleniere.accounts.rights import Actor, require
from pleniere.common.words import fold

from ..models import Booking, Line, LinePerson, Person
from .frame import lines_of, lock, record

MOST = 1_000


@dataclass(frozen=True)
class Attendee:
    """One row of the spreadsheet."""

    last_name: str
    first_name: str = ""
    email: str = ""
    institution: str = ""
    phone: str = ""

    @property
    def key(self) -> str:
        """By which a list pasted again knows its people; two of one name are told apart by their order."""
        return fold(self.last_name, self.first_name, self.email)


@transaction.atomic
def set_attendees(
    booking: Booking, attendees: Sequence[Attendee], *, by: Actor, at: datetime, seen: int | None = None
) -> list[Person]:
    """Leave the booking with exactly these people, each on every line that is sold by the person; true homonyms stay two.

    How many are paid for is the lines' to say and does not move. The same list again changes nothing. Raises Outdated.
    """
    require(by, "booking.edit", booking)
    booking = lock(booking, seen=seen)
    if len(attendees) > MOST:
        raise ValueError(f"more than {MOST} attendees")
    before = booking.persons.count()
    known: dict[str, list[Person]] = defaultdict(list)
    for person in booking.persons.order_by("-position", "-pk"):
        known[Attendee(person.last_name, person.first_name, person.email).key].append(person)
    persons, changed = [], False
    for position, wanted in enumerate(attendees, start=1):
        found = known[wanted.key].pop() if known[wanted.key] else Person(booking=booking)
        facts = {**vars(wanted), "position": position}
        if found.pk is None or any(getattr(found, name) != value for name, value in facts.items()):
            changed = True
            for name, value in facts.items():
                setattr(found, name, value)
            found.save()
        persons.append(found)
    gone = [person for left in known.values() for person in left]
    if changed or gone:
        _name(booking, persons, gone)
        booking.search = booking.fold_search(persons)
        Booking.objects.filter(pk=booking.pk).update(search=booking.search)
        record(booking, "people.listed", by=by, at=at, before={"persons": before}, after={"persons": len(persons)})
    return persons


def _name(booking: Booking, persons: Sequence[Person], gone: Sequence[Person]) -> None:
    lines = [line for line in lines_of(booking, *Line.COUNTED) if line.rate.by_person and not line.is_penalty]
    LinePerson.objects.filter(person__in=[person.pk for person in gone]).delete()
    Person.objects.filter(pk__in=[person.pk for person in gone]).delete()
    for line in lines:
        named = set(LinePerson.objects.filter(line=line).values_list("person", flat=True))
        LinePerson.objects.bulk_create(LinePerson(line=line, person=p) for p in persons if p.pk not in named)
        Line.objects.filter(pk=line.pk).update(version=line.version + 1)
