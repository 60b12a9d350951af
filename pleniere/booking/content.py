"""A booking with its people, lines and charges, read in one statement: what a page shows and what an action starts from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from pleniere.catalogue.models import Rate
from pleniere.common.rows import Prepared, Rows, objects
from pleniere.congress.models import Offer
from pleniere.congress.programme import OFFERED, Programme, programme

from .models import Booking, Charge, Line, LinePerson, Person


@dataclass
class Content:
    """All of one moment. `lines` have their offer and rate at hand; an action that is given one leaves it as the booking then is."""

    booking: Booking
    persons: list[Person]
    lines: list[Line]
    on_line: defaultdict[int, list[Person]]  # by line, in the booking's order
    charges: list[Charge]  # struck ones too

    @property
    def plan(self) -> Programme:
        return programme(self.booking.congress)

    def in_state(self, *states: str) -> list[Line]:
        return [line for line in self.lines if line.state in states]

    def copy(self) -> Content:
        """To be changed apart: the same objects in lists of its own."""
        return Content(self.booking, [*self.persons], [*self.lines], self.on_line.copy(), [*self.charges])

    def lose(self, gone: Iterable[Line]) -> None:
        """These lines are no more, nor what they cost."""
        pks = {line.pk for line in gone}
        self.lines = [line for line in self.lines if line.pk not in pks]
        self.charges = [charge for charge in self.charges if charge.line_id not in pks]
        for pk in pks:
            self.on_line.pop(pk, None)


def with_content(bookings: QuerySet[Booking]) -> QuerySet[Booking]:
    """Bookings that bring all their content with them, for `content`."""
    of_line = "line_id IN (SELECT id FROM booking_line WHERE booking_id = %(expressions)s)"
    return bookings.select_related("congress", "client").annotate(
        persons_=Rows(Person, "booking_id = %(expressions)s"),
        lines_=Rows(Line, "booking_id = %(expressions)s"),
        charges_=Rows(Charge, of_line),
        on_line_=Rows(LinePerson, of_line),
    )


def content(booking: Booking) -> Content:
    """Of one that `with_content` has read."""
    read = vars(booking)
    persons = sorted(objects(Person, read["persons_"]), key=lambda person: (person.position, person.pk))
    lines = sorted(objects(Line, read["lines_"]), key=lambda line: line.pk)
    charges = sorted(objects(Charge, read["charges_"]), key=lambda charge: (charge.line_id, charge.pk))
    taken = {(each.line_id, each.person_id) for each in objects(LinePerson, read["on_line_"])}
    on_line = defaultdict(list, {line.pk: [person for person in persons if (line.pk, person.pk) in taken] for line in lines})
    found = Content(booking, persons, lines, on_line, charges)
    _join(found)
    return found


def content_of(booking: Booking) -> Content:
    """As it is now, in one statement."""
    found = BY_PK.first(booking.pk)
    if found is None:
        raise Booking.DoesNotExist
    return content(found)


BY_PK = Prepared(lambda pk: with_content(Booking.objects.filter(pk=pk)))


def _join(found: Content) -> None:
    """Each line its booking, offer and rate: the programme's, or read apart where it is not sold any more."""
    plan = found.plan
    offers = plan.offers | _retired({line.offer_id for line in found.lines} - plan.offers.keys())
    known = {rate.pk: rate for each in plan.rates.values() for rate in each}
    unknown = {line.rate_id for line in found.lines} - known.keys()
    rates = known | (Rate.objects.select_related("service").in_bulk(unknown) if unknown else {})
    by_pk = {line.pk: line for line in found.lines}
    for line in found.lines:
        line.booking, line.offer, line.rate = found.booking, offers[line.offer_id], rates[line.rate_id]
    for charge in found.charges:
        charge.line = by_pk[charge.line_id]
        if charge.rate_id in rates:
            charge.rate = rates[charge.rate_id]


def _retired(pks: set[int]) -> dict[int, Offer]:
    return Offer.objects.select_related(*OFFERED).in_bulk(pks) if pks else {}
