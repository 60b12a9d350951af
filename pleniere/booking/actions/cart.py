"""A cart: on the server from its first field, priced anew at each change, its rooms held for twenty minutes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F

from pleniere.accounts.models import Link, User
from pleniere.accounts.rights import Actor, require
from pleniere.catalogue.models import Rate
from pleniere.congress.models import Audience, Congress, Offer
from pleniere.congress.programme import Programme
from pleniere.stock.actions import Kind, Wanted, claim

from ..content import Content, content_of
from ..models import Booking, Charge, Line, LinePerson, Person
from ..selling import audience_of, line_nights
from .charging import charge_lines
from .frame import is_as_read, lock
from .stay_rules import hold_to_rules

HOLD = timedelta(minutes=20)
WARN = timedelta(minutes=5)
PROLONGATIONS = 3
State = Line.State
OPEN = (State.DRAFT, State.HELD)  # what is in a cart
PERSON_WORDS = ("first_name", "last_name", "institution", "title", "email", "is_unnamed", "is_minor")
PERSON_FIELDS = (*PERSON_WORDS, "audience", "is_proved", "position", "companion_of")


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
    audience: int | None = None  # one they say to be of; what is proved already stays
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
def set_persons(
    booking: Booking, people: Sequence[PersonFacts], *, by: Actor, at: datetime, read: Content | None = None
) -> list[Person]:
    """Make the booking's people these, in this order. Who is left out leaves the lines too; a line nobody is on goes.

    `read` here and below is the cart as the caller has just read it, if it has: not read again while nobody has changed it since.
    """
    require(by, "booking.cart", booking)
    with opened(booking, read) as cart:
        old = {person.pk: person for person in cart.persons}
        kept: list[Person] = []
        for position, facts in enumerate(people, start=1):
            person = old.pop(facts.pk, None) if facts.pk else None
            person = person or Person(booking=cart.booking)
            for name in PERSON_WORDS:
                setattr(person, name, getattr(facts, name))
            proved = cart.plan.audiences.get(person.audience_id) if person.is_proved and person.audience_id else None
            if proved is None or proved.kind != _kind(facts.companion_of):
                person.audience, person.is_proved = _by_ones_word(cart.plan, facts), False
            person.position = position
            person.companion_of = kept[facts.companion_of] if facts.companion_of is not None else None
            kept.append(person)
        _save_persons(kept)
        if old:
            _leave(cart, set(old), at=at)
            Person.objects.filter(pk__in=old).delete()
        cart.persons = kept
        price_cart(cart, at=at, by=by)
    return kept


@transaction.atomic
def prove_audience(
    booking: Booking, person: Person, code: str, *, by: Actor, at: datetime, read: Content | None = None
) -> Audience | None:
    """Give the person the audience of their kind whose secret is `code`, proved. None when none has it; nothing changes then."""
    require(by, "booking.cart", booking)
    with opened(booking, read) as cart:
        wanted, kind = code.strip().casefold(), _kind(person.companion_of_id)
        audiences = [a for a in cart.plan.audiences.values() if a.kind == kind]
        audience = next(
            (a for a in audiences if a.proof == Audience.Proof.CODE and a.secret and a.secret.casefold() == wanted), None
        )
        if audience is not None:
            Person.objects.filter(pk=person.pk, booking=booking).update(audience=audience, is_proved=True)
            for each in cart.persons:
                if each.pk == person.pk:
                    each.audience, each.is_proved = audience, True
            price_cart(cart, at=at, by=by)
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
    despite: str = "",
) -> list[Line]:
    """Put one offer in the cart for these people: `fill_cart` of one."""
    return fill_cart(booking, [Take(offer, rate, start, end, persons, apart)], despite=despite, by=by, at=at)


@transaction.atomic
def fill_cart(
    booking: Booking,
    takes: Sequence[Take],
    *,
    drop: Iterable[int] = (),
    despite: str = "",
    by: Actor,
    at: datetime,
    read: Content | None = None,
) -> list[Line]:
    """Put these in the cart, take the lines `drop` out, and hold what it then takes: one claim for all, so all or nothing.

    `despite`: why an agent sells a stay against its hotel's rule. Raises NotEnough, NotForThem, NotSold, NotThatStay, TooMany. A room is one line with all who sleep in it; of anything else each person
    has a line of their own, and who has it already keeps theirs.
    """
    require(by, "booking.cart", booking)
    with opened(booking, read, holds=at) as cart:
        for take in takes:
            _admit(cart, take, by=by)
        chosen = set(drop)
        gone = [line for line in cart.in_state(*OPEN) if line.pk in chosen]
        _erase(cart, gone)
        made = _add(cart, takes)
        hold_to_rules(cart.plan, cart.booking, made, cart.in_state(*OPEN), cart.on_line, despite=despite, by=by, at=at)
        _check_most(cart.in_state(*OPEN), {take.offer.pk for take in takes})
        _hold(cart, made=made, freed=gone, at=at)
        price_cart(cart, at=at, by=by)
    return made


@transaction.atomic
def drop_lines(booking: Booking, lines: Iterable[int] | None, *, by: Actor, at: datetime, read: Content | None = None) -> int:
    """Take lines (none: all) out of the cart (a cart has no history) and give back what they held. Returns how many went."""
    require(by, "booking.cart", booking)
    with opened(booking, read) as cart:
        chosen = None if lines is None else set(lines)
        gone = [line for line in cart.in_state(*OPEN) if chosen is None or line.pk in chosen]
        _delete(cart, gone, at=at)
        price_cart(cart, at=at, by=by)
    return len(gone)


def empty_cart(booking: Booking, *, by: Actor, at: datetime) -> int:
    return drop_lines(booking, None, by=by, at=at)


@transaction.atomic
def prolong_cart(booking: Booking, *, by: Actor, at: datetime) -> datetime:
    """Twenty minutes more, three times at most (NoMoreTime). What another took meanwhile raises NotEnough."""
    require(by, "booking.cart", booking)
    with opened(booking) as cart:
        if cart.booking.prolonged >= PROLONGATIONS:
            raise NoMoreTime
        Booking.objects.filter(pk=booking.pk).update(prolonged=cart.booking.prolonged + 1, held_until=at + HOLD)
        cart.booking.held_until = at + HOLD
        _hold(cart, at=at)
    return at + HOLD


@transaction.atomic
def hold_again(booking: Booking, *, by: Actor, at: datetime) -> None:
    """Hold anew what a cart whose time was over still names. Raises NotEnough: some of it is gone."""
    require(by, "booking.cart", booking)
    with opened(booking, holds=at) as cart:
        _hold(cart, at=at)
        price_cart(cart, at=at, by=by)


@contextmanager
def opened(booking: Booking, read: Content | None = None, *, holds: datetime | None = None) -> Iterator[Content]:
    """The cart, locked to be changed, its version moved. What was `read` is then as the cart is; its lists as they were, if it fails.

    `holds` is when something is about to be held in it: its time begins then, unless it runs. Raises AlreadyPlaced.
    """
    if read is not None and is_as_read(read, **_time(read.booking, holds)):
        cart = read.copy()
    else:
        booking = lock(booking)
        if booking.placed_at is not None:
            raise AlreadyPlaced(booking)
        Booking.objects.filter(pk=booking.pk).update(version=F("version") + 1, **_time(booking, holds))
        cart = content_of(booking)
    for name, value in _time(cart.booking, holds).items():
        setattr(cart.booking, name, value)
    yield cart
    if read is not None:
        vars(read).update(vars(cart))


def _time(booking: Booking, holds: datetime | None) -> dict[str, datetime]:
    """The end of its time, where that is over or never began."""
    runs = holds is None or (booking.held_until is not None and booking.held_until > holds)
    return {} if runs or holds is None else {"held_until": holds + HOLD}


def _admit(cart: Content, take: Take, *, by: Actor) -> None:
    """What is not on sale any more, or by the office alone, is for nobody who holds a link; nor is anything for who left the cart."""
    plan, persons = cart.plan, {person.pk: person for person in cart.persons}
    offer = plan.offers.get(take.offer.pk) or take.offer
    closed = isinstance(by, Link) and (offer.office_only or offer.pk not in plan.offers)
    admitted = set() if closed else {pk for pk, person in persons.items() if plan.admits(offer, audience_of(plan, person))}
    refused = [person for person in take.persons if person.pk not in admitted]
    if refused:
        raise NotForThem(refused)


def _by_ones_word(plan: Programme, facts: PersonFacts) -> Audience | None:
    """The audience somebody says to be of, when it is for their kind. Until it is proved they pay as its fall-back; a code's is not said."""
    audience = plan.audiences.get(facts.audience) if facts.audience else None
    return audience if audience and audience.proof != Audience.Proof.CODE and audience.kind == _kind(facts.companion_of) else None


def _kind(companion_of: int | None) -> str:
    return Audience.Kind.DELEGATE if companion_of is None else Audience.Kind.COMPANION


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


def _add(cart: Content, takes: Sequence[Take]) -> list[Line]:
    """A line for each group that does not have its offer yet, held (the claim follows) and named."""
    wanted = _wanted(cart, takes)
    made = Line.objects.bulk_create(
        Line(
            congress_id=cart.booking.congress_id,
            booking=cart.booking,
            offer=cart.plan.offers.get(take.offer.pk, take.offer),
            rate=take.rate,
            start=take.start,
            end=take.end,
            heads=len(group) or 1,
            state=State.HELD,
            until=cart.booking.held_until,
        )
        for take, group in wanted
    )
    for line, (_take, group) in zip(made, wanted, strict=True):
        pks = {person.pk for person in group}
        cart.on_line[line.pk] = [person for person in cart.persons if person.pk in pks]
    LinePerson.objects.bulk_create(LinePerson(line=line, person=person) for line in made for person in cart.on_line[line.pk])
    cart.lines += made
    return made


def _wanted(cart: Content, takes: Sequence[Take]) -> list[tuple[Take, list[Person]]]:
    """A room is always one more; of anything else, only who does not have it yet."""
    has = {
        (person.pk, line.offer_id, line.start)
        for line in cart.lines
        if line.state != State.CANCELLED
        for person in cart.on_line[line.pk]
    }
    return [
        (take, group)
        for take in takes
        for group in take.groups
        if (len(take.groups) == 1 and take.offer.service.kind == "ROOM") or (group[0].pk, take.offer.pk, take.start) not in has
    ]


def _check_most(lines: Sequence[Line], offers: set[int]) -> None:
    taken = Counter(line.offer_id for line in lines)
    for line in lines:
        if line.offer_id in offers and line.offer.most and taken[line.offer_id] > line.offer.most:
            raise TooMany(line.offer)


def _hold(cart: Content, *, made: Sequence[Line] = (), freed: Sequence[Line] = (), at: datetime) -> None:
    """Claim until the cart's time what is `made`, and what its lines took until another; free what went."""
    until = cart.booking.held_until
    late = [line for line in cart.in_state(*OPEN) if (line.state, line.until) != (State.HELD, until)]
    wanted = {line.key: Wanted(Kind.CART, until, line_nights(line)) for line in [*late, *made]}
    if freed or any(each.rooms for each in wanted.values()):
        claim({line.key: Wanted(Kind.CART, at, {}) for line in freed} | wanted, at=at)
    if late:
        Line.objects.filter(pk__in=[line.pk for line in late]).update(state=State.HELD, until=until)
    for line in late:
        line.state, line.until = State.HELD, until


def price_cart(cart: Content, *, at: datetime, by: Actor) -> None:
    """Charges of a cart follow today's prices at each change."""
    lines = cart.in_state(*OPEN)
    if lines:
        today = cart.booking.congress.local_date(at)
        cart.charges = charge_lines(cart.booking, lines, cart.on_line, payer=None, on=today, by=by, at=at, had=cart.charges)


def _leave(cart: Content, persons: set[int], *, at: datetime) -> None:
    """People leave their lines; a line nobody is on any more goes, a room's heads are counted anew."""
    lines = cart.in_state(*OPEN)
    LinePerson.objects.filter(person__in=persons, line__in=lines).delete()
    for line in lines:
        cart.on_line[line.pk] = [person for person in cart.on_line[line.pk] if person.pk not in persons]
    _delete(cart, [line for line in lines if not cart.on_line[line.pk]], at=at)
    fewer = [line for line in cart.in_state(*OPEN) if line.heads != len(cart.on_line[line.pk])]
    for line in fewer:
        line.heads = len(cart.on_line[line.pk])
        Line.objects.filter(pk=line.pk).update(heads=line.heads)
    held = [(line, line.until) for line in fewer if line.state == State.HELD and line.until]
    # A place each, so fewer places; a hold that is over may have lost some already, and asks for none again.
    claim({line.key: Wanted(Kind.CART, until, line_nights(line) if until > at else {}) for line, until in held}, at=at)


def _delete(cart: Content, lines: Sequence[Line], *, at: datetime) -> None:
    claim({line.key: Wanted(Kind.CART, at, {}) for line in lines}, at=at)
    _erase(cart, lines)


def _erase(cart: Content, lines: Sequence[Line]) -> None:
    """Take lines out; what they claimed is freed apart."""
    pks = [line.pk for line in lines]
    if pks:
        Charge.objects.filter(line__in=pks).delete()
        LinePerson.objects.filter(line__in=pks).delete()
        Line.objects.filter(pk__in=pks).delete()
        cart.lose(lines)
