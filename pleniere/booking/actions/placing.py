"""The order: a cart becomes a file, its prices freeze, its rooms become options (or wait for the card)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db import connection, transaction
from django.db.models import BigIntegerField, Case, DateTimeField, F, Value, When

from pleniere.accounts.models import Client, Link
from pleniere.accounts.rights import Actor, require
from pleniere.common.money import total
from pleniere.congress.models import Congress, LegalText, Method
from pleniere.stock.actions import Kind, Wanted, claim
from pleniere.stock.models import StockDay

from ..content import Content, content_of
from ..dues import in_dues
from ..models import Booking, Charge, Line, Payer
from ..reference import make
from ..selling import line_nights
from ..sharing import PAYERS_MOST, Portion
from .cart import HOLD, OPEN, AlreadyPlaced
from .charging import charge_lines, share_charges
from .frame import Outdated, is_as_read, lock, record
from .options import lapse_times, option_end
from .settling import nothing_is_due
from .stay_rules import hold_to_rules

State = Line.State
OPTIONED = """
SELECT COUNT(*) FROM booking_line l JOIN booking_booking b ON b.id = l.booking_id JOIN accounts_client c ON c.id = b.client_id
JOIN congress_offer o ON o.id = l.offer_id JOIN catalogue_service s ON s.id = o.service_id
WHERE l.congress_id = %s AND l.state = 'OPTION' AND s.kind = 'ROOM' AND """


class PriceChanged(Exception):
    """The total is no longer the one that was shown: shown anew before any yes."""

    def __init__(self, shown: Decimal, now: Decimal):
        self.shown, self.now = shown, now
        super().__init__(f"{shown} → {now}")


class TooManyOptions(Exception):
    """Rooms without money are capped, per person, per e-mail and per night. `why` is PERSON, EMAIL or NIGHT."""

    def __init__(self, why: str):
        self.why = why
        super().__init__(why)


class DivisionChanged(Exception):
    """The total is as shown, but not what each payer pays of it: shown anew before any yes."""


class NothingToOrder(Exception):
    """The cart is empty."""


@dataclass(frozen=True)
class Buyer:
    """Who orders, as the coordinates page gives it: the fields of a Client."""

    kind: str
    last_name: str
    first_name: str = ""
    title: str = ""
    company: str = ""
    email: str = ""
    phone: str = ""
    mobile: str = ""
    address: str = ""
    postcode: str = ""
    town: str = ""
    country: str = "FR"
    siret: str = ""
    vat_number: str = ""
    service_code: str = ""


@dataclass(frozen=True)
class Share:
    """Another who pays beside who orders: these lines of the cart, at most `most` of them together (none: all).

    `shown` is what the buyer saw them asked.
    """

    buyer: Buyer | Client
    lines: frozenset[int]
    method: Method | None
    most: Decimal | None = None
    engagement: str = ""
    shown: Decimal | None = None


@dataclass
class Placed:
    """An order just made, with what it is made of: nobody need read it again."""

    booking: Booking
    payers: list[Payer]  # who orders first
    lines: list[Line]
    charges: list[Charge]
    firm: set[int]  # lines that nothing is due for

    @property
    def payer(self) -> Payer:
        """Who orders."""
        return self.payers[0]

    @property
    def total(self) -> Decimal:
        return total(charge.total for charge in self.charges)

    def payers_on(self, line: Line) -> list[Payer]:
        """Who owes us something of it."""
        return [payer for payer in self.payers if (line.pk, payer.pk) in self._owing]

    @cached_property
    def _owing(self) -> set[tuple[int, int | None]]:
        return {(charge.line_id, charge.payer_id) for charge in in_dues(self.charges) if charge.total}

    @property
    def facts(self) -> dict[str, Any]:
        """As history tells it."""
        method = self.payer.method.kind if self.payer.method else ""
        several = {"payers": [str(payer.client) for payer in self.payers]} if len(self.payers) > 1 else {}
        return {"total": str(self.total), "lines": len(self.lines), "firm": len(self.firm), "method": method, **several}


@transaction.atomic
def place_booking(
    booking: Booking,
    *,
    buyer: Buyer | Client,
    method: Method | None,
    terms: LegalText | None,
    shown: Decimal | None,
    by: Actor,
    at: datetime,
    comment: str = "",
    address: str | None = None,
    engagement: str = "",
    shares: Sequence[Share] = (),
    read: Content | None = None,
    then: Callable[[Placed], dict[str, Any]] | None = None,
) -> Booking:
    """Place the cart. `shown` is the total the buyer said yes to; `address` the IP it came from.

    `shares` are others who pay a part, the buyer what is left: as many statements for one of them as for five.

    `read` is the cart as the caller has read it: not read again; raises Outdated if it, or what its congress sells, changed since.
    `then` is what a floor above does with the order in the same transaction; what it returns is told in the order's history.

    Raises PriceChanged, DivisionChanged, NotThatStay, NotEnough (a hold was over and the room is gone), TooManyOptions, NothingToOrder,
    and AlreadyPlaced,
    which a repeat of the same order turns into the first result. Lines without a price are firm at once.
    """
    require(by, "booking.cart", booking)
    cart = _locked(booking, read)
    if not cart.lines:
        raise NothingToOrder
    if isinstance(by, Link):
        hold_to_rules(cart.plan, cart.booking, cart.in_state(*OPEN), cart.in_state(*OPEN), cart.on_line, by=by, at=at)
    payers = _payers(cart.booking, [Share(buyer, frozenset(), method, engagement=engagement), *shares])
    placed = _priced(cart, payers, shares, by=by, at=at)
    if shown is not None and shown != placed.total:
        raise PriceChanged(shown, placed.total)
    _check_shares(placed, shares)
    if isinstance(buyer, Buyer):
        _check_caps(cart, placed)
    _take(placed, at=at)
    facts: dict[str, Any] = {"comment": comment, "terms_accepted": terms}
    facts |= {"terms_accepted_at": at, "terms_accepted_from": address} if terms else {}
    _write(cart, placed, facts, at=at)
    after = placed.facts | (then(placed) if then else {})
    record(placed.booking, "booking.placed", by=by, at=at, after=after, moves=False)
    return placed.booking


def _locked(booking: Booking, read: Content | None) -> Content:
    """The cart, locked: as it was read, or read anew."""
    if read is not None and is_as_read(read):
        return read
    booking = lock(booking)
    if booking.placed_at is not None:
        raise AlreadyPlaced(booking)
    if read is not None:
        raise Outdated(booking, read.booking.version)
    Booking.objects.filter(pk=booking.pk).update(version=F("version") + 1)
    return content_of(booking)


def _payers(booking: Booking, shares: Sequence[Share]) -> list[Payer]:
    """Who pays, the first who orders, under the terms of the day of the order (a later edit is not theirs). Two statements."""
    if len(shares) > PAYERS_MOST:
        raise DivisionChanged
    clients = [share.buyer if isinstance(share.buyer, Client) else _client(share.buyer, booking) for share in shares]
    Client.objects.bulk_create([client for client in clients if client.pk is None])
    return Payer.objects.bulk_create(
        Payer(
            booking=booking,
            number=number,
            reference=make(_number(booking), number),
            client=client,
            method=share.method,
            terms_id=booking.congress.terms_id,
            siret=client.siret,
            service_code=client.service_code,
            engagement=share.engagement,
        )
        for number, (client, share) in enumerate(zip(clients, shares, strict=True), start=1)
    )


def _client(buyer: Buyer, booking: Booking) -> Client:
    client = Client(**asdict(buyer), language=booking.language)
    client.search = client.fold_search()
    return client


def _number(booking: Booking) -> str:
    return f"{booking.pk:08d}"


def _priced(cart: Content, payers: list[Payer], shares: Sequence[Share], *, by: Actor, at: datetime) -> Placed:
    """The cart at today's prices, its payers' from now on."""
    lines, today = cart.in_state(*OPEN), cart.booking.congress.local_date(at)
    first = None if shares else payers[0]
    charges = charge_lines(cart.booking, lines, cart.on_line, payer=first, on=today, by=by, at=at, had=cart.charges)
    if shares:
        portions = {payer.pk: Portion(each.lines, each.most) for payer, each in zip(payers[1:], shares, strict=True)}
        charges = share_charges(charges, portions, payers, by=by, at=at)
        _name_main(lines, charges, payers[0])
    return Placed(cart.booking, payers, lines, charges, {line.pk for line in lines if nothing_is_due(line, charges)})


def _name_main(lines: Sequence[Line], charges: Sequence[Charge], first: Payer) -> None:
    """Who bears a line: the only one who pays it, else who orders. Written with its state."""
    ones: dict[int, list[Payer | None]] = defaultdict(list)
    for charge in charges:
        ones[charge.line_id] += [] if charge.payer in ones[charge.line_id] else [charge.payer]
    for line in lines:
        only = ones[line.pk][0] if len(ones[line.pk]) == 1 else first
        line.payer = None if only == first else only


def _check_shares(placed: Placed, shares: Sequence[Share]) -> None:
    """Each other payer is asked something, and what was shown."""
    for payer, each in zip(placed.payers[1:], shares, strict=True):
        asked = total(charge.total for charge in in_dues(placed.charges) if charge.payer_id == payer.pk)
        if asked <= 0 or each.shown not in (None, asked):
            raise DivisionChanged


def _check_caps(cart: Content, placed: Placed) -> None:
    """Of an order that waits for money; the bureau's own (for a client it knows) knows no cap."""
    waiting = [line for line in placed.lines if any(_by_money(payer) for payer in placed.payers_on(line))]
    if waiting and placed.total:
        lines = placed.lines if len(placed.payers) == 1 else waiting
        persons = {person.pk for line in lines for person in cart.on_line[line.pk]}
        check_caps(cart.booking.congress, lines, persons=len(persons), email=placed.payer.client.email)


def _by_money(payer: Payer) -> Method | None:
    """Its method, if the rooms wait for it as options; a card's are held."""
    return payer.method if payer.method is not None and payer.method.kind != Method.Kind.CARD else None


def _ends(placed: Placed, waits: Mapping[str, Sequence[Method]], *, at: datetime) -> dict[str, datetime]:
    """By key of line, until when it waits for its money: the longest delay among the means of those who pay it."""
    congress = placed.booking.congress
    lines = [line for line in placed.lines if waits[line.key]]
    lapses = lapse_times(congress, lines, terms_id=placed.payer.terms_id, at=at) if lines else {}
    ends = dict.fromkeys((line.key for line in placed.lines), at + HOLD)
    for line in lines:
        longest = max(option_end(congress, method, at) for method in waits[line.key])
        ends[line.key] = min([longest, *lapses.get(line.key, ())])
    return ends


def _waits(placed: Placed) -> dict[str, list[Method]]:
    """By key of line, the means its payers' money comes by that it waits for as an option; none: held for the card."""
    found = {}
    for line in placed.lines:
        owing = placed.payers_on(line) if len(placed.payers) > 1 else placed.payers
        found[line.key] = [method for payer in owing or placed.payers[:1] if (method := _by_money(payer))]
    return found


def _take(placed: Placed, *, at: datetime) -> None:
    """One claim for all: what nothing is due for is booked at once, the rest is an option or waits for the card."""
    waits = _waits(placed)
    ends = _ends(placed, waits, at=at)
    until = {line.key: None if line.pk in placed.firm else ends[line.key] for line in placed.lines}
    wanted = {}
    for line in placed.lines:
        kind = Kind.OPTION if waits[line.key] else Kind.CART
        wanted[line.key] = Wanted(kind if until[line.key] else Kind.BOOKED, until[line.key], line_nights(line))
    claim(wanted, at=at)
    for line in placed.lines:
        line.until, line.priced_on = until[line.key], placed.booking.congress.local_date(at)
        line.state = (State.OPTION if waits[line.key] else State.HELD) if line.until else State.FIRM
    _write_states(placed.lines)
    placed.booking.held_until = min(ends.values())


def _write_states(lines: Sequence[Line]) -> None:
    """Their states, ends, who bears them and the day of their price, in one statement."""
    rows = Line.objects.filter(pk__in=[line.pk for line in lines])
    borne = [When(pk=line.pk, then=Value(line.payer_id)) for line in lines if line.payer_id]
    facts: dict[str, Any] = {"payer": Case(*borne, default=Value(None), output_field=BigIntegerField())} if borne else {}
    waits = [line for line in lines if line.until]
    if not waits:
        rows.update(state=State.FIRM, until=None, priced_on=lines[0].priced_on, **facts)
        return
    usual = max(line.until for line in waits if line.until)  # the method's days, unless every line's terms are stricter
    if len(waits) == len(lines) and not borne and {(line.state, line.until) for line in lines} == {(lines[0].state, usual)}:
        rows.update(state=lines[0].state, until=usual, priced_on=lines[0].priced_on)
        return
    firm = When(pk__in=[line.pk for line in lines if not line.until], then=None)
    apart = [When(pk=line.pk, then=Value(line.until, DateTimeField())) for line in waits if line.until != usual]
    states = [
        When(pk__in=[line.pk for line in waits if line.state == state], then=Value(str(state)))
        for state in {line.state for line in waits}
    ]
    rows.update(
        state=Case(*states, default=Value(str(State.FIRM))),
        until=Case(firm, *apart, default=Value(usual, DateTimeField()), output_field=DateTimeField()),
        priced_on=lines[0].priced_on,
        **facts,
    )


def _write(cart: Content, placed: Placed, facts: Mapping[str, Any], *, at: datetime) -> None:
    """The cart is a file: numbered, whose, when. Its version has moved with the lock."""
    booking, payer = placed.booking, placed.payer
    booking.number, booking.client, booking.placed_at = _number(booking), payer.client, at
    booking.confirmed_at = at if placed.firm else None
    for name, value in facts.items():
        setattr(booking, name, value)
    booking.search = booking.fold_search(cart.persons)
    booking.save(update_fields=[*facts, "number", "client", "placed_at", "held_until", "confirmed_at", "search"])


def check_caps(congress: Congress, lines: list[Line], *, persons: int, email: str) -> None:
    """Rooms optioned without money: so many per person, per e-mail, and never more than a share of a night."""
    rooms = [line for line in lines if line.offer.service.kind == "ROOM"]
    if len(rooms) > congress.option_cap_person * max(1, persons):
        raise TooManyOptions("PERSON")
    if (_optioned(congress, email) if email and rooms else 0) + len(rooms) > congress.option_cap_email:
        raise TooManyOptions("EMAIL")
    _check_night_cap(congress, rooms)


def _optioned(congress: Congress, email: str) -> int:
    """Rooms that wait for money under this address, however it is written: an eighth of an order when Django composes it."""
    theirs = f"{connection.ops.lookup_cast('iexact') % 'c.email'} {connection.operators['iexact']}"  # type: ignore[attr-defined]
    with connection.cursor() as cursor:
        cursor.execute(OPTIONED + theirs, [congress.pk, connection.ops.prep_for_iexact_query(email)])
        return int(cursor.fetchone()[0])


def _check_night_cap(congress: Congress, rooms: list[Line]) -> None:
    wanted = {night: count for line in rooms for night, count in line_nights(line).items()}
    if not wanted or congress.option_cap_night >= 100:
        return
    days = {night.day for night in wanted}
    services = {night.service for night in wanted}
    for row in StockDay.objects.filter(congress=congress, day__in=days, service__in=services):
        asked = sum(count for night, count in wanted.items() if night == (row.pool_id, row.service_id, row.day))
        if asked and row.optioned + asked > max(asked, row.granted * congress.option_cap_night // 100):
            raise TooManyOptions("NIGHT")
