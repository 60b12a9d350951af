"""The yes or the no to rooms offered."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from pleniere.accounts.rights import SYSTEM, Actor, require
from pleniere.booking.actions import Take, add_line, fill_cart
from pleniere.booking.actions.frame import lock, record
from pleniere.booking.models import Booking, Person
from pleniere.common.nights import days
from pleniere.stock.actions import Kind, Wanted, claim

from ..models import Proposal, Wish
from ..words import yes_of
from .frame import close, end_wish, lock_list, price_of, say_waited, set_state, spans, words


class TooLate(Exception):
    """The offer was answered, or its time is over."""


class PriceMoved(Exception):
    """The price is no longer the one shown: the proposal bears the new one, nothing was taken."""


@transaction.atomic
def answer(proposal: Proposal, nights: Collection[date], *, shown: Decimal, by: Actor, at: datetime) -> list[date]:
    """Take these nights of what was offered, refuse the others (none: all). The nights taken, once.

    A whole wish is taken whole or not at all. Raises TooLate, PriceMoved, NotThatStay; nothing has changed then but the price shown.
    """
    require(by, "waiting.answer", proposal)
    booking = lock(proposal.wish.booking)
    lock_list(booking.congress)
    related = ("wish__booking__congress", "wish__offer__service", "wish__rate")
    proposal = Proposal.objects.select_related(*related).get(pk=proposal.pk)
    wish = proposal.wish
    yes = {day: rooms for day, rooms in proposal.days if day in set(nights)}
    if proposal.state != Proposal.State.OPEN:
        if proposal.taken == [day.isoformat() for day in yes]:
            return list(yes)
        raise TooLate
    if proposal.until <= at:
        raise TooLate
    if wish.is_whole and len(yes) < len(proposal.nights):
        yes = {}
    people = list(wish.persons.all())
    if yes and price_of(wish, dict(proposal.days), people, at=at) != shown:
        raise PriceMoved
    close(proposal, Proposal.State.TAKEN if yes else Proposal.State.REFUSED, at=at, by=by, keep=yes)
    if yes:
        _take(booking, wish, proposal, yes, people, by=by, at=at)
    proposal.taken = [day.isoformat() for day in yes]
    proposal.save(update_fields=["taken"])
    # What was offered and not wanted is wanted no more; what was not yet offered still is.
    wish.left = {
        day: rooms - proposal.nights.get(day, 0) for day, rooms in wish.left.items() if rooms > proposal.nights.get(day, 0)
    }
    wish.save(update_fields=["left"])
    set_state(wish, Wish.State.WAITING if wish.left else Wish.State.MET if yes else Wish.State.ENDED, "" if yes else "refused")
    if yes:
        _end_others(wish, yes, at=at, by=by)
    record(booking, "wish.answered", by=by, at=at, after={**words(wish), "taken": proposal.taken})
    say_waited(booking.congress)
    return list(yes)


@transaction.atomic
def show_price(proposal: Proposal, *, at: datetime) -> Decimal:
    """The price has moved: the offer bears the one that holds, to be read before the yes. Raises NotSold."""
    people = list(proposal.wish.persons.all())
    proposal.total = price_of(proposal.wish, dict(proposal.days), people, at=at)
    Proposal.objects.filter(pk=proposal.pk, state=Proposal.State.OPEN).update(total=proposal.total)
    return proposal.total


def _take(
    booking: Booking, wish: Wish, proposal: Proposal, yes: dict[date, int], people: list[Person], *, by: Actor, at: datetime
) -> None:
    """The rooms kept become lines, under the lock of their rows: nobody comes between."""
    claim({proposal.owner: Wanted(Kind.KEPT, at, {})}, at=at, is_handed=True)
    runs = spans(yes)
    if booking.placed_at is None:
        takes = [Take(wish.offer, wish.rate, start, end, people) for start, end, _rooms in runs]
        fill_cart(booking, takes, by=by, at=at)
        return
    for start, end, rooms in runs:
        heads = len(people) if rooms == 1 else wish.rate.occupancy
        named = people if rooms == 1 else ()
        add_line(
            booking,
            wish.offer,
            wish.rate,
            start=start,
            end=end,
            persons=named,
            quantity=rooms,
            heads=heads,
            by=SYSTEM,
            at=at,
            despite=wish.despite,
            reason=yes_of(by),
        )


def _end_others(wish: Wish, yes: Iterable[date], *, at: datetime, by: Actor) -> None:
    """Other wishes of the booking for nights it has now: wishes for the same people were second choices."""
    taken = set(yes)
    people = set(wish.persons.values_list("pk", flat=True))
    for other in wish.booking.wishes.live().exclude(pk=wish.pk).prefetch_related("persons"):
        if taken & set(days(other.start, other.end)) and people & {person.pk for person in other.persons.all()}:
            end_wish(other, Wish.State.ENDED, "other", at=at, by=by)
