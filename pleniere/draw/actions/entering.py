"""Who enters a draw, alone or with a group, and who leaves it before it closes."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max, Sum

from pleniere.accounts.models import Link
from pleniere.accounts.rights import Actor, require
from pleniere.booking.actions.frame import lock, record
from pleniere.booking.models import Booking, Person
from pleniere.booking.selling import audience_of
from pleniere.catalogue.models import Rate
from pleniere.common.nights import days
from pleniere.common.words import fold
from pleniere.congress.models import Offer
from pleniere.congress.programme import programme
from pleniere.waiting.actions import price_of
from pleniere.waiting.models import Wish

from ..models import Choice, Draw, Entry, EntryPerson
from .frame import lock_draw, mail

MOST_CHOICES = 6
MOST_ROOMS = 200
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that is read for another


class CannotEnter(Exception):
    """The draw takes no entry now, or not this one. `why`: CLOSED, CHOICE, PEOPLE, ROOMS, GROUP."""

    def __init__(self, why: str):
        self.why = why
        super().__init__(why)


class EnteredAlready(Exception):
    """This booking, or one of these people by name and address, is in the draw already."""


@dataclass(frozen=True)
class Wanted:
    """One choice: a room type by one rate, for these nights."""

    offer: Offer
    rate: Rate
    start: date
    end: date


@transaction.atomic
def enter(
    draw: Draw,
    booking: Booking,
    choices: Sequence[Wanted],
    *,
    persons: Sequence[Person],
    email: str,
    by: Actor,
    at: datetime,
    rooms: int = 1,
    join: str = "",
    waits_after: bool = True,
    time_zone: str = "",
) -> Entry:
    """Enter with these choices, the preferred first; or `join` a group by its code, and share its choices.

    Raises CannotEnter, EnteredAlready, NotSold; nothing has changed then.
    """
    require(by, "draw.enter", booking)
    draw = lock_draw(draw)
    booking = lock(booking)
    if draw.congress_id != booking.congress_id or not draw.takes_entries(at):
        raise CannotEnter("CLOSED")
    entries = Entry.objects.filter(draw=draw)
    if entries.live().filter(booking=booking).exists():
        raise EnteredAlready
    leader = _leader(draw, join) if join else None
    wanted = [Wanted(each.offer, each.rate, each.start, each.end) for each in leader.choices.all()] if leader else list(choices)
    _may_enter(draw, booking, wanted, persons, rooms=rooms, leader=leader, by=by)
    entry = Entry(draw=draw, booking=booking, group=leader, rooms=rooms, email=email, waits_after=waits_after)
    entry.number = (entries.aggregate(most=Max("number"))["most"] or 0) + 1
    entry.time_zone, entry.made_at, entry.made_by = time_zone or booking.congress.time_zone, at, str(by)[:160]
    entry.code = "" if leader else _new_code(draw)
    for each in wanted:
        price_of(_as_wish(entry, each), dict.fromkeys(days(each.start, each.end), rooms), persons, at=at)
    entry.save()
    _name(entry, persons)
    if leader is None:
        Choice.objects.bulk_create(
            Choice(entry=entry, rank=rank, offer=each.offer, rate=each.rate, start=each.start, end=each.end)
            for rank, each in enumerate(wanted, start=1)
        )
    record(booking, "draw.entered", by=by, at=at, after={"draw": str(draw), "entry": entry.number})
    mail(entry, booking, "entered", key=f"draw-in-{draw.pk}-{entry.number}", choices=wanted, leader=leader)
    return entry


@transaction.atomic
def withdraw(entry: Entry, *, by: Actor, at: datetime) -> bool:
    """Leave the draw before it closes. Of a group, the next who joined it keeps its choices. False if it was left already."""
    require(by, "draw.enter", entry)
    draw = lock_draw(entry.draw)
    booking = lock(entry.booking)
    entry = Entry.objects.get(pk=entry.pk)
    if entry.withdrawn_at:
        return False
    if not draw.takes_entries(at):
        raise CannotEnter("CLOSED")
    members = list(entry.members.filter(withdrawn_at=None).order_by("number"))
    code, entry.code, entry.withdrawn_at = entry.code, "", at
    entry.save(update_fields=["code", "withdrawn_at"])
    entry.people.all().delete()
    if members:
        heir = members[0]
        Entry.objects.filter(pk=heir.pk).update(group=None, code=code)
        Entry.objects.filter(pk__in=[each.pk for each in members[1:]]).update(group=heir)
        entry.choices.update(entry=heir)
    record(booking, "draw.left", by=by, at=at, before={"draw": str(draw), "entry": entry.number})
    return True


def _leader(draw: Draw, code: str) -> Entry:
    found = Entry.objects.live().filter(draw=draw, code=code.strip().upper()[:8]).exclude(code="").first()
    if found is None:
        raise CannotEnter("GROUP")
    return found


def _may_enter(
    draw: Draw,
    booking: Booking,
    wanted: Sequence[Wanted],
    persons: Sequence[Person],
    *,
    rooms: int,
    leader: Entry | None,
    by: Actor,
) -> None:
    if not persons or any(person.is_unnamed or person.booking_id != booking.pk for person in persons):
        raise CannotEnter("PEOPLE")
    if not 0 < rooms <= MOST_ROOMS or (rooms > 1 and booking.placed_at is None):  # a cart's rooms have each their people
        raise CannotEnter("ROOMS")
    together = rooms
    if leader:
        with_them = Entry.objects.live().filter(group=leader).aggregate(sum=Sum("rooms"))["sum"] or 0
        together += leader.rooms + with_them
    if not 0 < len(wanted) <= MOST_CHOICES or len(set(wanted)) < len(wanted):
        raise CannotEnter("CHOICE")
    plan, had = programme(booking.congress), {room.offer_id: room for room in draw.rooms.all()}
    for each in wanted:
        room, offer = had.get(each.offer.pk), plan.offers.get(each.offer.pk)
        if room is None or offer is None or not room.start <= each.start < each.end <= room.end:
            raise CannotEnter("CHOICE")
        if each.rate.service_id != offer.service_id or not each.rate.by_night or (isinstance(by, Link) and offer.office_only):
            raise CannotEnter("CHOICE")
        if not all(plan.admits(offer, audience_of(plan, person)) for person in persons):
            raise CannotEnter("PEOPLE")
        if together > room.rooms or (rooms == 1 and len(persons) > offer.service.persons_most):
            raise CannotEnter("ROOMS")


def _as_wish(entry: Entry, each: Wanted) -> Wish:
    return Wish(booking=entry.booking, offer=each.offer, rate=each.rate, start=each.start, end=each.end, rooms=entry.rooms)


def _name(entry: Entry, persons: Sequence[Person]) -> None:
    """Raises EnteredAlready for who is in the draw by another entry."""
    marks = {person.pk: _who(person, entry.email) for person in persons}
    if EntryPerson.objects.filter(draw=entry.draw, who__in=marks.values()).exists() or len(set(marks.values())) < len(marks):
        raise EnteredAlready
    if EntryPerson.objects.filter(draw=entry.draw, person__in=persons).exists():
        raise EnteredAlready
    EntryPerson.objects.bulk_create(
        EntryPerson(draw=entry.draw, entry=entry, person=person, who=marks[person.pk]) for person in persons
    )


def _who(person: Person, email: str) -> str:
    """The same for one name at one address, however written."""
    return hashlib.sha256(f"{fold(person.first_name, person.last_name)}|{email.strip().casefold()}".encode()).hexdigest()


def _new_code(draw: Draw) -> str:
    while True:
        code = "".join(secrets.choice(LETTERS) for _n in range(6))
        if not Entry.objects.filter(draw=draw, code=code).exists():
            return code
