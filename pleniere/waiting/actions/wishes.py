"""Who wants nights that are full waits for them, or waits no longer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from pleniere.accounts.models import Link
from pleniere.accounts.rights import Actor, require
from pleniere.booking.actions import NotThatStay, Take, fill_cart
from pleniere.booking.actions.frame import lock, record
from pleniere.booking.content import Content
from pleniere.booking.models import Booking, Line, Person
from pleniere.booking.selling import audience_of, nights_of
from pleniere.catalogue.models import Rate
from pleniere.common.nights import days
from pleniere.congress.models import Offer
from pleniere.congress.programme import programme
from pleniere.stock.actions import lock_nights

from ..clock import closings
from ..models import WaitingList, Wish, mark_of
from .frame import end_wish, lock_list, price_of, say_waited, words, wrong_nights

MOST_WISHES = 20  # of one booking
MOST_ROOMS = 200
MOST_NIGHTS = 30


class CannotWait(Exception):
    """This cannot be wished: the list is closed, the hotel's cut-off too near, the offer not counted or not for them."""


@transaction.atomic
def make_wish(
    booking: Booking,
    offer: Offer,
    rate: Rate,
    *,
    start: date,
    end: date,
    persons: Sequence[Person],
    email: str,
    by: Actor,
    at: datetime,
    rooms: int = 1,
    is_whole: bool = True,
    rank: int = 1,
    time_zone: str = "",
    despite: str = "",
) -> Wish:
    """Wait for these nights; `despite`: why an agent waits against its hotel's rule of stay. The same wish of the same people twice is one.

    Raises CannotWait, NotSold, NotThatStay.
    """
    require(by, "waiting.wish", booking)
    if despite:
        require(by, "booking.override", booking)
    booking = lock(booking)
    rules, plan = lock_list(booking.congress), programme(booking.congress)
    offer = plan.offers.get(offer.pk, offer)
    same = {"booking": booking, "offer": offer, "rate": rate, "start": start, "end": end, "who": mark_of(persons)}
    known = Wish.objects.live().filter(**same).first()
    if known:
        return known
    _may_wait(rules, booking, offer, rate, persons, rooms=rooms, start=start, end=end, by=by)
    wish = Wish(**same, rooms=rooms, is_whole=is_whole, rank=rank)
    wish.left = {day.isoformat(): rooms for day in days(start, end)}
    wish.time_zone, wish.email = time_zone or booking.congress.time_zone, email
    wish.made_at, wish.made_by, wish.despite = at, str(by)[:160], despite.strip()[:200]
    if closings(booking.congress, rules, [wish])[wish.pk] <= at:
        raise CannotWait
    price_of(wish, _nights(wish.left), persons, at=at)
    wrong = wrong_nights(wish, _nights(wish.left), persons)
    if wrong:
        raise NotThatStay(wrong)
    wish.save()
    wish.persons.set(persons)
    record(booking, "wish.made", by=by, at=at, reason=wish.despite, after=words(wish))
    say_waited(booking.congress)
    return wish


@transaction.atomic
def take_and_wait(
    booking: Booking,
    takes: Sequence[Take],
    waits: Sequence[Take],
    *,
    email: str,
    by: Actor,
    at: datetime,
    read: Content | None = None,
) -> tuple[list[Line], list[Wish]]:
    """Put rooms in a cart and wait for others, all of it or nothing: a stay patched over hotels, and the night that none has.

    Raises what `fill_cart` and `make_wish` raise. One lock of every row first, for the claim and the list each lock theirs.
    """
    if waits:
        booking_ = lock(booking)
        lock_list(booking_.congress)
        asked = Wish.objects.filter(booking__congress=booking_.congress, state=Wish.State.WAITING).select_related("offer")
        rows = {night for wish in asked for night in wish.wanted}
        rows |= {night for each in [*takes, *waits] for night in nights_of(each.offer, each.rate, **_span(each))}
        lock_nights(rows)
    made = fill_cart(booking, takes, by=by, at=at, read=read) if takes else []
    return made, [_wait(booking, each, email=email, by=by, at=at) for each in waits]


def _span(take: Take) -> dict[str, Any]:
    return {"start": take.start, "end": take.end, "quantity": 1, "heads": len(take.persons) or 1}


def _wait(booking: Booking, take: Take, *, email: str, by: Actor, at: datetime) -> Wish:
    said: dict[str, Any] = {"start": take.start, "end": take.end, "persons": take.persons}
    return make_wish(booking, take.offer, take.rate, **said, email=email, by=by, at=at)


def _may_wait(
    rules: WaitingList,
    booking: Booking,
    offer: Offer,
    rate: Rate,
    persons: Sequence[Person],
    *,
    rooms: int,
    start: date,
    end: date,
    by: Actor,
) -> None:
    plan = programme(booking.congress)
    is_link = isinstance(by, Link)
    is_sold = offer.pool_id is not None and rate.by_night and rate.service_id == offer.service_id and offer.pk in plan.offers
    is_theirs = all(plan.admits(offer, audience_of(plan, person)) for person in persons) and not (is_link and offer.office_only)
    is_sane = 0 < rooms <= MOST_ROOMS and 0 < (end - start).days <= MOST_NIGHTS and bool(persons)
    is_sane = is_sane and (rooms == 1 or booking.placed_at is not None)  # a cart's rooms have each their people
    if not (rules.is_open and is_sold and is_theirs and is_sane and booking.wishes.count() < MOST_WISHES):
        raise CannotWait


@transaction.atomic
def withdraw(wish: Wish, *, by: Actor, at: datetime) -> bool:
    """It waits no longer; what was kept for it goes to the next. False if it had ended already."""
    require(by, "waiting.wish", wish)
    booking = lock(wish.booking)
    lock_list(booking.congress)
    wish = Wish.objects.select_related("booking__congress", "offer").get(pk=wish.pk)
    if wish.state not in (Wish.State.WAITING, Wish.State.OFFERED):
        return False
    end_wish(wish, Wish.State.WITHDRAWN, "", at=at, by=by)
    record(booking, "wish.withdrawn", by=by, at=at, before=words(wish))
    say_waited(booking.congress)
    return True


def _nights(left: dict[str, int]) -> dict[date, int]:
    return {date.fromisoformat(day): rooms for day, rooms in left.items()}
