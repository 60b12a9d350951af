"""A cart: on the server from its first field, priced anew at each change, its rooms held for twenty minutes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from pleniere.accounts.models import Link, User
from pleniere.accounts.rights import Actor, require
from pleniere.catalogue.models import Rate
from pleniere.congress.models import Audience, Congress, Offer
from pleniere.congress.programme import Programme, programme
from pleniere.stock.actions import Kind, Wanted, claim

from ..models import Booking, Charge, Line, LinePerson, Person
from ..selling import audience_of, line_nights
from .charging import charge_lines
from .frame import lines_of, lock, people_of

HOLD = timedelta(minutes=20)
WARN = timedelta(minutes=5)
PROLONGATIONS = 3
State = Line.State
PERSON_WORDS = ("first_name", "last_name", "institution", "title", "email", "is_unnamed", "is_minor")
PERSON_FIELDS = (*PERSON_WORDS, "audience", "position", "companion_of")


class NotForThem(Exception):
    """The offer is not open to these people. `persons` are those refused."""

    def __init__(self, persons: Sequence[Person]):
        self.persons = list(persons)
        super().__init__(", ".join(map(str, persons)))


class TooMany(Exception):
    """More than one booking may take of `offer`."""

    def __init__(self, offer: Offer):
        self.offer = offer
        super().__init__(str(offer))


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
    is_minor: bool = False
    audience: int | None = None  # one that asks for no proof; what is proved already stays
    companion_of: int | None = None
    pk: int | None = None


@dataclass(frozen=True)
class Take:
    """An offer by one of its rates, from `start` up to `end`, for these people. `apart`: a line each (none: rooms together)."""

    offer: Offer
    rate: Rate
    start: date
    end: date
    persons: Sequence[Person]
    apart: bool | None = None

    @property
    def groups(self) -> list[list[Person]]:
        together = self.offer.service.kind == "ROOM" if self.apart is None else not self.apart
        return [list(self.persons)] if together else [[person] for person in self.persons]


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
        for name in PERSON_WORDS:
            setattr(person, name, getattr(facts, name))
        if not person.is_proved:
            person.audience = _by_ones_word(booking, facts)
        person.position = position
        person.companion_of = kept[facts.companion_of] if facts.companion_of is not None else None
        kept.append(person)
    _save_persons(kept)
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
    """Put one offer in the cart for these people: `fill_cart` of one."""
    return fill_cart(booking, [Take(offer, rate, start, end, persons, apart)], by=by, at=at)


@transaction.atomic
def fill_cart(booking: Booking, takes: Sequence[Take], *, drop: Iterable[int] = (), by: Actor, at: datetime) -> list[Line]:
    """Put these in the cart, take the lines `drop` out, and hold what it then takes: one claim for all, so all or nothing.

    Raises NotEnough, NotForThem, NotSold, TooMany. A room is one line with all who sleep in it; of anything else each person
    has a line of their own, and who has it already keeps theirs.
    """
    require(by, "booking.cart", booking)
    booking = _open(booking)
    plan = programme(booking.congress)
    for take in takes:
        _admit(plan, take.offer, take.persons, by=by)
    gone = _remove(booking, drop)
    has = _holders(booking, takes)
    wanted = [
        (take, group)
        for take in takes
        for group in take.groups
        if (len(take.groups) == 1 and take.offer.service.kind == "ROOM") or (group[0].pk, take.offer.pk, take.start) not in has
    ]
    made = Line.objects.bulk_create(
        Line(
            congress_id=booking.congress_id,
            booking=booking,
            offer=take.offer,
            rate=take.rate,
            start=take.start,
            end=take.end,
            heads=len(group) or 1,
        )
        for take, group in wanted
    )
    LinePerson.objects.bulk_create(
        LinePerson(line=line, person=person) for line, (_take, group) in zip(made, wanted, strict=True) for person in group
    )
    lines = lines_of(booking, State.DRAFT, State.HELD)
    _check_most(lines, {take.offer.pk for take in takes})
    _price(booking, lines, at=at, by=by)
    _hold(booking, lines, freed=gone, at=at)
    return made


@transaction.atomic
def drop_lines(booking: Booking, lines: Iterable[int], *, by: Actor, at: datetime) -> int:
    """Take lines out of the cart (a cart has no history) and give back what they held. Returns how many went."""
    require(by, "booking.cart", booking)
    booking = _open(booking)
    chosen = set(lines)
    gone = [line for line in lines_of(booking, State.DRAFT, State.HELD) if line.pk in chosen]
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


def _admit(plan: Programme, offer: Offer, persons: Sequence[Person], *, by: Actor) -> None:
    """What is not on sale any more, or by the office alone, is for nobody who holds a link."""
    offer = plan.offers.get(offer.pk) or offer
    closed = isinstance(by, Link) and (offer.office_only or offer.pk not in plan.offers)
    refused = [person for person in persons if closed or not plan.admits(offer, audience_of(plan, person))]
    if refused:
        raise NotForThem(refused)


def _by_ones_word(booking: Booking, facts: PersonFacts) -> Audience | None:
    """The audience somebody says to be of, when it asks for no proof and is for their kind."""
    kind = Audience.Kind.DELEGATE if facts.companion_of is None else Audience.Kind.COMPANION
    audience = programme(booking.congress).audiences.get(facts.audience) if facts.audience else None
    return audience if audience and audience.proof == Audience.Proof.NONE and audience.kind == kind else None


def _save_persons(persons: Sequence[Person]) -> None:
    """Delegates before the companions who lean on them; two statements a kind, however many they are."""
    for leans in (False, True):
        some = [person for person in persons if (person.companion_of is not None) == leans]
        for person in some:
            person.companion_of = person.companion_of  # its key is known by now
        new, known = [p for p in some if p.pk is None], [p for p in some if p.pk is not None]
        if new:
            Person.objects.bulk_create(new)
        if known:
            Person.objects.bulk_update(known, PERSON_FIELDS)


def _holders(booking: Booking, takes: Sequence[Take]) -> set[tuple[int, int, date]]:
    """(person, offer, start) of what the booking has of these offers already."""
    taken = LinePerson.objects.filter(line__booking=booking, line__offer__in={take.offer.pk for take in takes})
    taken = taken.exclude(line__state=State.CANCELLED)
    return set(taken.values_list("person", "line__offer", "line__start"))


def _check_most(lines: Sequence[Line], offers: set[int]) -> None:
    taken = Counter(line.offer_id for line in lines)
    for line in lines:
        if line.offer_id in offers and line.offer.most and taken[line.offer_id] > line.offer.most:
            raise TooMany(line.offer)


def _hold(booking: Booking, lines: Sequence[Line], *, freed: Sequence[Line] = (), at: datetime) -> None:
    """Claim what every line of the cart takes until the cart's time; begin that time if it is over or never began."""
    until = booking.held_until if booking.held_until and booking.held_until > at else at + HOLD
    wanted = {line.key: Wanted(Kind.CART, at, {}) for line in freed}
    claim(wanted | {line.key: Wanted(Kind.CART, until, line_nights(line)) for line in lines}, at=at)
    Line.objects.filter(pk__in=[line.pk for line in lines]).update(state=State.HELD, until=until)
    if until != booking.held_until:
        Booking.objects.filter(pk=booking.pk).update(held_until=until)


def _reprice(booking: Booking, *, at: datetime, by: Actor) -> None:
    _price(booking, lines_of(booking, State.DRAFT, State.HELD), at=at, by=by)


def _price(booking: Booking, lines: Sequence[Line], *, at: datetime, by: Actor) -> None:
    """Charges of a cart follow today's prices at each change."""
    if lines:
        today = booking.congress.local_date(at)
        charge_lines(programme(booking.congress), lines, people_of(lines), payer=None, on=today, by=by, at=at)


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


def _remove(booking: Booking, pks: Iterable[int]) -> list[Line]:
    """Take lines out; what they claimed is freed by the claim that follows. Returns them."""
    chosen = set(pks)
    gone = [line for line in lines_of(booking, State.DRAFT, State.HELD) if line.pk in chosen] if chosen else []
    _erase(gone)
    return gone


def _delete(lines: Sequence[Line], *, at: datetime) -> None:
    claim({line.key: Wanted(Kind.CART, at, {}) for line in lines}, at=at)
    _erase(lines)


def _erase(lines: Sequence[Line]) -> None:
    pks = [line.pk for line in lines]
    if pks:
        Charge.objects.filter(line__in=pks).delete()
        LinePerson.objects.filter(line__in=pks).delete()
        Line.objects.filter(pk__in=pks).delete()
