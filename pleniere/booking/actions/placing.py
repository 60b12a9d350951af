"""The order: a cart becomes a file, its prices freeze, its rooms become options (or wait for the card)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Case, DateTimeField, Q, Value, When

from pleniere.accounts.models import Client
from pleniere.accounts.rights import Actor, require
from pleniere.common.money import total
from pleniere.congress.models import Congress, LegalText, Method
from pleniere.congress.programme import programme
from pleniere.stock.actions import Kind, Wanted, claim
from pleniere.stock.models import StockDay

from ..models import Booking, Line, Payer
from ..queries import people
from ..reference import make
from ..selling import line_nights
from .cart import HOLD, AlreadyPlaced
from .charging import charge_lines
from .frame import lines_of, lock, record
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
) -> Booking:
    """Place the cart. `shown` is the total the buyer said yes to; `address` the IP it came from.

    Raises PriceChanged, NotEnough (a hold was over and the room is gone), TooManyOptions, NothingToOrder, and AlreadyPlaced,
    which a repeat of the same order turns into the first result. Lines without a price are firm at once.
    """
    require(by, "booking.cart", booking)
    booking = lock(booking)
    if booking.placed_at is not None:
        raise AlreadyPlaced(booking)
    lines = lines_of(booking, State.DRAFT, State.HELD)
    if not lines:
        raise NothingToOrder
    congress = booking.congress
    client = buyer if isinstance(buyer, Client) else Client.objects.create(**asdict(buyer), language=booking.language)
    number = f"{booking.pk:08d}"
    payer = Payer.objects.create(
        booking=booking,
        number=1,
        reference=make(number, 1),
        client=client,
        method=method,
        terms_id=congress.terms_id,  # those of the day of the order: a later edit is not theirs
        siret=client.siret,
        service_code=client.service_code,
        engagement=engagement,
    )
    today = congress.local_date(at)
    everybody, on_line = people(booking)
    charges = charge_lines(programme(congress), lines, on_line, payer=payer, on=today, by=by, at=at)
    sum_ = total(charge.total for charge in charges)
    if shown is not None and shown != sum_:
        raise PriceChanged(shown, sum_)
    by_money = method is not None and method.kind != Method.Kind.CARD
    ends = dict.fromkeys((line.key for line in lines), at + HOLD)
    if by_money and method:
        ends = option_ends(congress, lines, option_end(congress, method, at), terms_id=payer.terms_id, at=at)
    firm = {line.pk for line in lines if nothing_is_due(line, charges)}
    if by_money and sum_ and isinstance(buyer, Buyer):
        check_caps(
            congress, lines, persons=len({person.pk for found in on_line.values() for person in found}), email=client.email
        )
    _take(lines, firm, State.OPTION if by_money else State.HELD, ends=ends, on=today, at=at)
    booking.number, booking.client, booking.placed_at, booking.held_until = number, client, at, min(ends.values())
    booking.confirmed_at = at if firm else None
    booking.comment, booking.terms_accepted = comment, terms
    booking.terms_accepted_at, booking.terms_accepted_from = (at, address) if terms else (None, None)
    booking.search = booking.fold_search(everybody)
    booking.version += 1
    booking.save()
    after = {"total": str(sum_), "lines": len(lines), "firm": len(firm), "method": method.kind if method else ""}
    record(booking, "booking.placed", by=by, at=at, after=after, moves=False)
    return booking


def _take(lines: list[Line], firm: set[int], state: State, *, ends: Mapping[str, datetime], on: date, at: datetime) -> None:
    """One claim for all: what nothing is due for is booked at once, the rest is an option or waits for the card."""
    kind = Kind.OPTION if state == State.OPTION else Kind.CART
    claim(
        {
            line.key: Wanted(Kind.BOOKED, None, line_nights(line))
            if line.pk in firm
            else Wanted(kind, ends[line.key], line_nights(line))
            for line in lines
        },
        at=at,
    )
    is_firm = Q(pk__in=firm)
    usual = max(ends.values())  # the method's days, unless every line's terms are stricter
    apart = [When(pk=line.pk, then=Value(ends[line.key], DateTimeField())) for line in lines if ends[line.key] != usual]
    Line.objects.filter(pk__in=[line.pk for line in lines]).update(
        state=Case(When(is_firm, then=Value(str(State.FIRM))), default=Value(str(state))),
        until=Case(When(is_firm, then=None), *apart, default=Value(usual, DateTimeField()), output_field=DateTimeField()),
        priced_on=on,
    )


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
