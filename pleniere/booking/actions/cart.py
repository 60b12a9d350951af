"""A cart: on the server from its first field, priced anew at each change, its rooms held for twenty minutes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from pleniere.accounts.models import User
from pleniere.accounts.rights import Actor, require
from pleniere.catalogue.models import Rate
from pleniere.congress.models import Audience, Congress, Offer
from pleniere.congress.programme import Programme, programme
from pleniere.stock.actions import Kind, Wanted, claim

from ..models import Booking, Charge, Line, LinePerson, Person
from ..selling import audience_of, charge_of, heads_by_rate, line_nights, sales_of
from .frame import lines_of, lock, name_people, people_of

HOLD = timedelta(minutes=20)
WARN = timedelta(minutes=5)
PROLONGATIONS = 3
State = Line.State


class NotForThem(Exception):
    """The offer is not open to these people. `persons` are those refused."""

    def __init__(self, persons: Sequence[Person]):
        self.persons = list(persons)
        super().__init__(", ".join(map(str, persons)))


class NoMoreTime(Exception):
    """The hold was prolonged as often as it may be."""


class AlreadyPlaced(Exception):
    """The cart became a file meanwhile: it changes by `changing`, no longer here."""


@dataclass(frozen=True)
class PersonFacts:
    """A person as the form gives it. `pk` none: a new one. `companion_of`: place in the list of the delegate it comes with."""

    first_name: str = ""
    last_name: str = ""
    institution: str = ""
    title: str = ""
    email: str = ""
    is_unnamed: bool = False
    companion_of: int | None = None
    pk: int | None = None


@transaction.atomic
def open_cart(
    congress: Congress, *, language: str, at: datetime, seller: User | None = None, kind: str = Booking.Kind.GUEST
) -> Booking:
    """A new, empty cart. Who may register is the congress's business (`is_open`), asked by the desk."""
    return Booking.objects.create(congress=congress, language=language, seller=seller, kind=kind)


@transaction.atomic
def set_persons(booking: Booking, people: Sequence[PersonFacts], *, by: Actor, at: datetime) -> list[Person]:
    """Make the booking's people these, in this order. Who is left out leaves the lines too; a line nobody is on goes."""
    require(by, "booking.cart", booking)
    booking = _open(booking)
    old = {person.pk: person for person in booking.persons.all()}
    kept: list[Person] = []
    for position, facts in enumerate(people, start=1):
        person = old.pop(facts.pk, None) if facts.pk else None
        person = person or Person(booking=booking)
        for name in ("first_name", "last_name", "institution", "title", "email", "is_unnamed"):
            setattr(person, name, getattr(facts, name))
        person.position = position
        person.companion_of = kept[facts.companion_of] if facts.companion_of is not None else None
        person.save()
        kept.append(person)
    if old:
        _leave(booking, list(old.values()), at=at)
        Person.objects.filter(pk__in=old).delete()
    _reprice(booking, at=at, by=by)
    return kept


@transaction.atomic
def prove_audience(booking: Booking, person: Person, code: str, *, by: Actor, at: datetime) -> Audience | None:
    """Give the person the audience whose secret is `code`, proved. None when no audience has it; nothing changes then."""
    require(by, "booking.cart", booking)
    booking = _open(booking)
    wanted = code.strip().casefold()
    audiences = programme(booking.congress).audiences.values()
    audience = next((a for a in audiences if a.proof == Audience.Proof.CODE and a.secret and a.secret.casefold() == wanted), None)
    if audience is not None:
        Person.objects.filter(pk=person.pk, booking=booking).update(audience=audience, is_proved=True)
        _reprice(booking, at=at, by=by)
    return audience


@transaction.atomic
def take_offer(
    booking: Booking,
    offer: Offer,
    rate: Rate,
    *,
    start: date,
    end: date,
    persons: Sequence[Person],
    by: Actor,
    at: datetime,
    apart: bool | None = None,
) -> list[Line]:
    """Put an offer in the cart for these people, and hold what it takes. All or nothing: NotEnough, NotForThem, NotSold.

    A room is one line with all who sleep in it; of anything else each has a line of their own. Who has it already keeps theirs.
    """
    require(by, "booking.cart", booking)
    booking = _open(booking)
    plan = programme(booking.congress)
    offer = plan.offers.get(offer.pk, offer)
    _admit(plan, offer, persons)
    together = offer.service.kind == "ROOM" if apart is None else not apart
    groups = [list(persons)] if together else [[person] for person in persons]
    if not together:
        has = set(
            LinePerson.objects.filter(line__booking=booking, line__offer=offer, line__start=start)
            .exclude(line__state=State.CANCELLED)
            .values_list("person", flat=True)
        )
        groups = [group for group in groups if group[0].pk not in has]
    lines = []
    for group in groups:
        line = Line.objects.create(
            congress_id=booking.congress_id, booking=booking, offer=offer, rate=rate, start=start, end=end, heads=len(group) or 1
        )
        name_people(line, group)
        lines.append(line)
    _reprice(booking, at=at, by=by)
    _hold(booking, lines_of(booking, State.DRAFT, State.HELD), at=at)
    return lines


@transaction.atomic
def drop_lines(booking: Booking, lines: Iterable[int], *, by: Actor, at: datetime) -> int:
    """Take lines out of the cart (a cart has no history) and give back what they held. Returns how many went."""
    require(by, "booking.cart", booking)
    booking = _open(booking)
    gone = [line for line in lines_of(booking, State.DRAFT, State.HELD) if line.pk in set(lines)]
    _delete(gone, at=at)
    _reprice(booking, at=at, by=by)
    return len(gone)


@transaction.atomic
def empty_cart(booking: Booking, *, by: Actor, at: datetime) -> int:
    return drop_lines(booking, booking.lines.values_list("pk", flat=True), by=by, at=at)


@transaction.atomic
def prolong_cart(booking: Booking, *, by: Actor, at: datetime) -> datetime:
    """Twenty minutes more, three times at most (NoMoreTime). What another took meanwhile raises NotEnough."""
    require(by, "booking.cart", booking)
    booking = _open(booking)
    if booking.prolonged >= PROLONGATIONS:
        raise NoMoreTime
    Booking.objects.filter(pk=booking.pk).update(prolonged=booking.prolonged + 1, held_until=at + HOLD)
    booking.held_until = at + HOLD
    _hold(booking, lines_of(booking, State.DRAFT, State.HELD), at=at)
    return at + HOLD


def hold_again(booking: Booking, *, by: Actor, at: datetime) -> None:
    """Hold anew what a cart whose time was over still names. Raises NotEnough: some of it is gone."""
    with transaction.atomic():
        require(by, "booking.cart", booking)
        booking = _open(booking)
        _reprice(booking, at=at, by=by)
        _hold(booking, lines_of(booking, State.DRAFT, State.HELD), at=at)


def _open(booking: Booking) -> Booking:
    booking = lock(booking)
    if booking.placed_at is not None:
        raise AlreadyPlaced(booking)
    return booking


def _admit(plan: Programme, offer: Offer, persons: Sequence[Person]) -> None:
    refused = [person for person in persons if not plan.admits(offer, audience_of(plan, person))]
    if refused:
        raise NotForThem(refused)


def _hold(booking: Booking, lines: Sequence[Line], *, at: datetime) -> None:
    """Claim what every line of the cart takes until the cart's time; begin that time if it is over or never began."""
    until = booking.held_until if booking.held_until and booking.held_until > at else at + HOLD
    claim({line.key: Wanted(Kind.CART, until, line_nights(line)) for line in lines}, at=at)
    Line.objects.filter(pk__in=[line.pk for line in lines]).update(state=State.HELD, until=until)
    if until != booking.held_until:
        Booking.objects.filter(pk=booking.pk).update(held_until=until)


def _reprice(booking: Booking, *, at: datetime, by: Actor) -> None:
    """Charges of a cart are made anew at each change, by today's prices."""
    lines = lines_of(booking, State.DRAFT, State.HELD)
    plan, people, heads = programme(booking.congress), people_of(lines), heads_by_rate(lines)
    today = booking.congress.local_date(at)
    Charge.objects.filter(line__in=[line.pk for line in lines]).delete()
    Charge.objects.bulk_create(
        charge_of(line, sale, payer=None, by=by, at=at)
        for line in lines
        for sale in sales_of(plan, line, people[line.pk], on=today, heads=heads[line.rate_id])
    )


def _leave(booking: Booking, persons: Sequence[Person], *, at: datetime) -> None:
    """People leave their lines; a line nobody is on any more goes, a room's heads are counted anew."""
    lines = lines_of(booking, State.DRAFT, State.HELD)
    LinePerson.objects.filter(person__in=persons, line__in=lines).delete()
    people = people_of(lines)
    _delete([line for line in lines if not people[line.pk]], at=at)
    fewer = [line for line in lines if people[line.pk] and line.heads != len(people[line.pk])]
    for line in fewer:
        line.heads = len(people[line.pk])
        Line.objects.filter(pk=line.pk).update(heads=line.heads)
    held = [(line, line.until) for line in fewer if line.state == State.HELD and line.until]
    # A place each, so fewer places; a hold that is over may have lost some already, and asks for none again.
    claim({line.key: Wanted(Kind.CART, until, line_nights(line) if until > at else {}) for line, until in held}, at=at)


def _delete(lines: Sequence[Line], *, at: datetime) -> None:
    claim({line.key: Wanted(Kind.CART, at, {}) for line in lines}, at=at)
    pks = [line.pk for line in lines]
    Charge.objects.filter(line__in=pks).delete()
    LinePerson.objects.filter(line__in=pks).delete()
    Line.objects.filter(pk__in=pks).delete()
