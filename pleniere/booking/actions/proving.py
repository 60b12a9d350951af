"""An agent says whom a person of a placed booking pays as: a document seen, a word given. What it changes is priced anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from pleniere.accounts.rights import Actor, require
from pleniere.common.money import total
from pleniere.congress.models import Audience
from pleniere.congress.programme import programme

from ..discounting import discounts_by_line, priced
from ..models import Booking, Charge, Line, Person
from ..selling import charge_of, heads_by_rate
from ..sharing import as_shared
from .charging import PRICED
from .frame import facts, lines_of, lock, people_of, record

State = Line.State


class NotTheirs(Exception):
    """This audience is of another congress, or of another kind of person."""


@transaction.atomic
def say_audience(
    booking: Booking,
    person: Person,
    audience: Audience,
    *,
    proved: bool,
    seen: int | None = None,
    by: Actor,
    at: datetime,
    reason: str = "",
) -> list[Line]:
    """Make the person one of this audience, `proved` or not, and price what they have at the day it was ordered.

    Returns the lines whose price changed: their charges are struck and made. The same again changes nothing.
    Raises NotTheirs, NotSold (the audience has no price for what they have), Outdated.
    """
    require(by, "booking.edit", booking)
    booking = lock(booking, seen=seen)
    person = booking.persons.get(pk=person.pk)
    kind = Audience.Kind.COMPANION if person.companion_of_id else Audience.Kind.DELEGATE
    if audience.congress_id != booking.congress_id or audience.kind != kind:
        raise NotTheirs(audience)
    if (person.audience_id, person.is_proved) == (audience.pk, proved):
        return []
    before = {"audience": str(person.audience or ""), "proved": person.is_proved}
    person.audience, person.is_proved = audience, proved
    person.save(update_fields=["audience", "is_proved"])
    after = {"audience": str(audience), "proved": proved}
    record(booking, "person.audience", by=by, at=at, reason=reason, before=before, after={"name": str(person), **after})
    mine = [line for line, people in _with_people(booking) if people and people[0].pk == person.pk]
    return reprice(booking, mine, by=by, at=at, reason=reason)


def reprice(
    booking: Booking, lines: Sequence[Line], *, by: Actor, at: datetime, on: date | None = None, reason: str = ""
) -> list[Line]:
    """Price live lines at their day (or `on`): what now costs another sum is struck and made anew. Those whose price moved.

    The caller has locked the booking. Who pays part of a line keeps the amount they pay; who bears it, what changes. What an
    agent agreed beside the price (a difference borne by the house) stays, while there is a price to bear it.
    """
    plan, living = programme(booking.congress), lines_of(booking, *Line.COUNTED)
    people, heads = people_of(living), heads_by_rate(living)

    def day_of(line: Line) -> date:
        return (on if line.pk in moving else None) or line.priced_on or booking.congress.local_date(at)

    moving = {line.pk for line in lines}
    off = discounts_by_line(plan, booking, living, people, on=day_of, at=at)
    moved, first = [], booking.payers.first()
    for line in lines:
        living_charges = list(line.charges.live())
        agreed, had = [c for c in living_charges if c.is_by_hand], [c for c in living_charges if not c.is_by_hand]
        bears = line.payer or first
        if line.is_penalty or bears is None:
            continue
        sales = priced(plan, line, people[line.pk], off.get(line.pk, []), on=day_of(line), heads=heads[line.rate_id])
        made = as_shared([charge_of(line, sale, payer=bears, by=by, at=at) for sale in sales], had, rest=bears.pk)
        if sorted(map(_price_of, had), key=str) != sorted(map(_price_of, made), key=str):
            if total(charge.total for charge in [*made, *agreed]) < 0:
                agreed, had = [], living_charges
            _exchange(booking, line, people[line.pk], had, made, agreed, by=by, at=at, reason=reason)
            moved.append(line)
    return moved


def _exchange(
    booking: Booking,
    line: Line,
    people: Sequence[Person],
    had: Sequence[Charge],
    made: Sequence[Charge],
    agreed: Sequence[Charge],
    *,
    by: Actor,
    at: datetime,
    reason: str,
) -> None:
    Charge.objects.live().filter(pk__in=[charge.pk for charge in had]).update(struck_at=at, struck_by=str(by)[:160])
    Charge.objects.bulk_create(made)
    before, after = (facts(line, people, total(charge.total for charge in [*some, *agreed])) for some in (had, made))
    record(booking, "line.repriced", line=line, by=by, at=at, reason=reason, before=before, after=after)


def _price_of(charge: Charge) -> list[object]:
    """What the client sees of it: a commission set by hand is no other price."""
    return [charge.payer_id, *(getattr(charge, name) for name in PRICED if name not in ("label", "commission", "commission_vat"))]


def _with_people(booking: Booking) -> list[tuple[Line, list[Person]]]:
    lines = lines_of(booking, *Line.COUNTED)
    people = people_of(lines)
    return [(line, people[line.pk]) for line in lines]
