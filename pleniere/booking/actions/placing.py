"""The order: a cart becomes a file, its prices freeze, its rooms become options (or wait for the card)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Case, DateTimeField, F, Value, When

from pleniere.accounts.models import Client
from pleniere.accounts.rights import Actor, require
from pleniere.common.money import total
from pleniere.congress.models import Congress, LegalText, Method
from pleniere.stock.actions import Kind, Wanted, claim
from pleniere.stock.models import StockDay

from ..content import Content, content_of
from ..models import Booking, Charge, Line, Payer
from ..reference import make
from ..selling import line_nights
from .cart import HOLD, OPEN, AlreadyPlaced
from .charging import charge_lines
from .frame import Outdated, is_as_read, lock, record
from .options import option_end, option_ends
from .settling import nothing_is_due

State = Line.State


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


@dataclass
class Placed:
    """An order just made, with what it is made of: nobody need read it again."""

    booking: Booking
    payer: Payer
    lines: list[Line]
    charges: list[Charge]
    firm: set[int]  # lines that nothing is due for

    @property
    def total(self) -> Decimal:
        return total(charge.total for charge in self.charges)

    @property
    def facts(self) -> dict[str, Any]:
        """As history tells it."""
        method = self.payer.method.kind if self.payer.method else ""
        return {"total": str(self.total), "lines": len(self.lines), "firm": len(self.firm), "method": method}


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
    read: Content | None = None,
    then: Callable[[Placed], dict[str, Any]] | None = None,
) -> Booking:
    """Place the cart. `shown` is the total the buyer said yes to; `address` the IP it came from.

    `read` is the cart as the caller has read it: not read again; raises Outdated if it, or what its congress sells, changed since.
    `then` is what a floor above does with the order in the same transaction; what it returns is told in the order's history.

    Raises PriceChanged, NotEnough (a hold was over and the room is gone), TooManyOptions, NothingToOrder, and AlreadyPlaced,
    which a repeat of the same order turns into the first result. Lines without a price are firm at once.
    """
    require(by, "booking.cart", booking)
    cart = _locked(booking, read)
    if not cart.lines:
        raise NothingToOrder
    payer = _payer(cart.booking, buyer, method=method, engagement=engagement)
    placed = _priced(cart, payer, by=by, at=at)
    if shown is not None and shown != placed.total:
        raise PriceChanged(shown, placed.total)
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


def _payer(booking: Booking, buyer: Buyer | Client, *, method: Method | None, engagement: str) -> Payer:
    """Who pays: its first, under the terms of the day of the order (a later edit is not theirs)."""
    client = buyer if isinstance(buyer, Client) else Client.objects.create(**asdict(buyer), language=booking.language)
    return Payer.objects.create(
        booking=booking,
        number=1,
        reference=make(_number(booking), 1),
        client=client,
        method=method,
        terms_id=booking.congress.terms_id,
        siret=client.siret,
        service_code=client.service_code,
        engagement=engagement,
    )


def _number(booking: Booking) -> str:
    return f"{booking.pk:08d}"


def _priced(cart: Content, payer: Payer, *, by: Actor, at: datetime) -> Placed:
    """The cart at today's prices, the payer's from now on."""
    lines, today = cart.in_state(*OPEN), cart.booking.congress.local_date(at)
    charges = charge_lines(cart.plan, lines, cart.on_line, payer=payer, on=today, by=by, at=at, had=cart.charges)
    return Placed(cart.booking, payer, lines, charges, {line.pk for line in lines if nothing_is_due(line, charges)})


def _check_caps(cart: Content, placed: Placed) -> None:
    """Of an order that waits for money; the bureau's own (for a client it knows) knows no cap."""
    if _by_money(placed.payer) and placed.total:
        persons = {person.pk for line in placed.lines for person in cart.on_line[line.pk]}
        check_caps(cart.booking.congress, placed.lines, persons=len(persons), email=placed.payer.client.email)


def _by_money(payer: Payer) -> Method | None:
    """Its method, if the rooms wait for it as options; a card's are held."""
    return payer.method if payer.method is not None and payer.method.kind != Method.Kind.CARD else None


def _ends(placed: Placed, *, at: datetime) -> dict[str, datetime]:
    """By key of line, until when it waits for its money."""
    method, congress = _by_money(placed.payer), placed.booking.congress
    if method is None:
        return dict.fromkeys((line.key for line in placed.lines), at + HOLD)
    return option_ends(congress, placed.lines, option_end(congress, method, at), terms_id=placed.payer.terms_id, at=at)


def _take(placed: Placed, *, at: datetime) -> None:
    """One claim for all: what nothing is due for is booked at once, the rest is an option or waits for the card."""
    ends, by_money = _ends(placed, at=at), _by_money(placed.payer) is not None
    kind, state = (Kind.OPTION, State.OPTION) if by_money else (Kind.CART, State.HELD)
    until = {line.key: None if line.pk in placed.firm else ends[line.key] for line in placed.lines}
    claim(
        {line.key: Wanted(kind if until[line.key] else Kind.BOOKED, until[line.key], line_nights(line)) for line in placed.lines},
        at=at,
    )
    for line in placed.lines:
        line.until, line.priced_on = until[line.key], placed.booking.congress.local_date(at)
        line.state = state if line.until else State.FIRM
    _write_states(placed.lines)
    placed.booking.held_until = min(ends.values())


def _write_states(lines: Sequence[Line]) -> None:
    """Their states, ends and the day of their price, in one statement."""
    rows = Line.objects.filter(pk__in=[line.pk for line in lines])
    waits = [line for line in lines if line.until]
    if not waits:
        rows.update(state=State.FIRM, until=None, priced_on=lines[0].priced_on)
        return
    usual = max(line.until for line in waits if line.until)  # the method's days, unless every line's terms are stricter
    firm = When(pk__in=[line.pk for line in lines if not line.until], then=None)
    apart = [When(pk=line.pk, then=Value(line.until, DateTimeField())) for line in waits if line.until != usual]
    rows.update(
        state=Case(When(pk__in=[line.pk for line in waits], then=Value(str(waits[0].state))), default=Value(str(State.FIRM))),
        until=Case(firm, *apart, default=Value(usual, DateTimeField()), output_field=DateTimeField()),
        priced_on=lines[0].priced_on,
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
    options = Line.objects.filter(
        congress=congress, state=State.OPTION, offer__service__kind="ROOM", booking__client__email__iexact=email
    )
    if (options.count() if email and rooms else 0) + len(rooms) > congress.option_cap_email:
        raise TooManyOptions("EMAIL")
    _check_night_cap(congress, rooms)


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
