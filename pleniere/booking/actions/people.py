"""People of a placed booking: one more joins it, and what else is said of it is kept."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pleniere.accounts.rights import Actor, require

from ..models import Booking, Person
from .cart import PersonFacts
from .frame import lock, record

NAMES = ("first_name", "last_name", "institution", "title", "email", "is_unnamed")


@transaction.atomic
def add_person(
    booking: Booking, facts: PersonFacts, *, companion_of: Person | None = None, seen: int | None = None, by: Actor, at: datetime
) -> Person:
    """One more person, a companion if it leans on somebody; what they take are lines of their own. Raises Outdated."""
    require(by, "booking.edit", booking)
    booking = lock(booking, seen=seen)
    last = booking.persons.order_by("-position").first()
    person = Person(booking=booking, position=(last.position if last else 0) + 1, companion_of=companion_of)
    for name in NAMES:
        setattr(person, name, getattr(facts, name))
    person.save()
    booking.search = booking.fold_search()
    Booking.objects.filter(pk=booking.pk).update(search=booking.search)
    record(booking, "person.added", by=by, at=at, after={"name": str(person)})
    return person


@transaction.atomic
def note(booking: Booking, comment: str, *, seen: int | None = None, by: Actor, at: datetime) -> None:
    """The comment on a booking, as it now stands. The same again changes nothing. Raises Outdated."""
    require(by, "booking.edit", booking)
    booking = lock(booking, seen=seen)
    if comment == booking.comment:
        return
    before = booking.comment
    Booking.objects.filter(pk=booking.pk).update(comment=comment)
    record(booking, "booking.noted", by=by, at=at, before={"comment": before}, after={"comment": comment})
