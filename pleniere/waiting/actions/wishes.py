"""Who wants nights that are full waits for them, or waits no longer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from pleniere.accounts.models import Link
from pleniere.accounts.rights import Actor, require
from pleniere.booking.actions.frame import lock, record
from pleniere.booking.models import Booking, Person
from pleniere.booking.selling import audience_of
from pleniere.catalogue.models import Rate
from pleniere.common.nights import days
from pleniere.congress.models import Offer
from pleniere.congress.programme import programme

from ..clock import closings
from ..models import WaitingList, Wish, mark_of
from .frame import end_wish, lock_list, price_of, say_waited, words

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
) -> Wish:
    """Wait for these nights. The same wish of the same people twice is one. Raises CannotWait, NotSold."""
    require(by, "waiting.wish", booking)
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
    wish.made_at, wish.made_by = at, str(by)[:160]
    if closings(booking.congress, rules, [wish])[wish.pk] <= at:
        raise CannotWait
    price_of(wish, _nights(wish.left), persons, at=at)
    wish.save()
    wish.persons.set(persons)
    record(booking, "wish.made", by=by, at=at, after=words(wish))
    say_waited(booking.congress)
    return wish


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
