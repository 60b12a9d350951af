"""What every action on a booking shares: the lock, the lines with their people, the history row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F

from ..content import Content
from ..models import Booking, Change, Line, LinePerson, Person

# Written out, for each change of a cart begins with it: Django takes longer to compose it than the database to do it.
MOVED = """
UPDATE booking_booking SET version = version + 1{more}
WHERE id = %s AND version = %s AND placed_at IS NULL AND EXISTS (SELECT 1 FROM congress_congress WHERE id = %s AND version = %s)"""


class Outdated(Exception):
    """Somebody changed the booking since it was read. `changes` are theirs; what was typed is still the caller's."""

    def __init__(self, booking: Booking, seen: int):
        self.changes = list(booking.changes.order_by("-pk")[: max(1, booking.version - seen)])
        super().__init__(f"{booking}: version {booking.version}, not {seen}")


def lock(booking: Booking, *, seen: int | None = None) -> Booking:
    """The booking as it is now, locked until the transaction ends. Raises Outdated if `seen` is not its version."""
    fresh = Booking.objects.select_for_update(no_key=True, of=("self",)).select_related("congress").get(pk=booking.pk)
    if seen is not None and seen != fresh.version:
        raise Outdated(fresh, seen)
    return fresh


def is_as_read(read: Content, **facts: Any) -> bool:
    """Lock a cart and move its version, in one statement: True if it still is what was read, and its congress too.

    Then `read` can be trusted until the transaction ends, for each change of a booking's content moves its version. False: nothing
    is locked nor moved, somebody was faster, or it is a cart no longer. `facts` of the booking are written with it.
    """
    booking = read.booking
    fields = [field for field in Booking._meta.concrete_fields if field.name in facts]
    values = [field.get_db_prep_save(facts[field.name], connection) for field in fields]
    sql = MOVED.format(more="".join(f', "{field.column}" = %s' for field in fields))
    seen = [booking.pk, booking.version, booking.congress_id, booking.congress.version]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, *seen])
        if not cursor.rowcount:
            return False
    booking.version += 1
    return True


def lines_of(booking: Booking, *states: str) -> list[Line]:
    """The booking's lines in these states (none named: all), with offer, service and rate at hand."""
    lines = booking.lines.select_related("offer__service", "offer__contract", "rate")
    return list(lines.filter(state__in=states) if states else lines)


def people_of(lines: Iterable[Line]) -> dict[int, list[Person]]:
    """By line, who is named on it, in the booking's order; one query."""
    links = LinePerson.objects.filter(line__in=[line.pk for line in lines]).select_related("person")
    found: dict[int, list[Person]] = defaultdict(list)
    for link in sorted(links, key=lambda link: (link.person.position, link.person_id)):
        found[link.line_id].append(link.person)
    return found


def name_people(line: Line, persons: Iterable[Person]) -> None:
    LinePerson.objects.bulk_create([LinePerson(line=line, person=person) for person in persons], ignore_conflicts=True)


def record(
    booking: Booking,
    verb: str,
    *,
    by: object,
    at: datetime,
    line: Line | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
    moves: bool = True,
) -> Change:
    """One row of history, in the action's transaction; the booking's version moves with it (unless the caller moved it)."""
    if moves:
        Booking.objects.filter(pk=booking.pk).update(version=F("version") + 1)
        booking.version += 1
    return Change.objects.create(
        congress_id=booking.congress_id,
        booking=booking,
        line=line,
        verb=verb,
        by=str(by)[:160],
        at=at,
        reason=reason[:500],
        before=before or {},
        after=after or {},
    )


def facts(line: Line, persons: Iterable[Person] = (), total: object = None) -> dict[str, Any]:
    """A line as history tells it."""
    return {
        "offer": str(line.offer),
        "start": line.start.isoformat(),
        "end": line.end.isoformat(),
        "quantity": line.quantity,
        "state": line.state,
        "persons": [str(person) for person in persons],
        **({"total": str(total)} if total is not None else {}),
    }
