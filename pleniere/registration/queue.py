"""The queue before the form: announced, light, fair. One joins by a POST; one's page asks again by itself, and is let in at its turn.

Who joined before the hour is ordered by lot, who comes later by arrival. So many are inside at once (`Congress.queue_places`); a place
comes free when its order is placed or its time is over. A turn whose page asks no more holds nobody up, and finds its place again.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from pleniere.accounts import links
from pleniere.accounts.models import Link
from pleniere.booking.models import Booking
from pleniere.congress.models import Congress

from .models import Turn

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that is read for another
LOTS = 1 << 40  # places by lot lie below, those by arrival from here on
TO_BEGIN = timedelta(minutes=5)  # how long a place waits for who is let in
TO_ORDER = timedelta(minutes=30)  # how long a cart counts as being inside
LATE = timedelta(seconds=30)  # how late a page's question may come without its turn counting as away
KEPT = timedelta(days=7)  # how long a place that asks no more is known
SLOWEST, SPREAD = 60, 8  # seconds between two questions of a page; those of the opening are spread over some
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NotYourTurn(Exception):
    """One queues here, and this turn has not come, or there is none."""


@dataclass(frozen=True)
class Standing:
    """Where a turn stands: `ahead` of it, people whose pages ask too; `inside`, those who register now."""

    turn: Turn
    congress: Congress
    ahead: int
    inside: int

    def is_next(self) -> bool:
        return self.ahead + self.inside < self.congress.queue_places

    def asks_in(self, at: datetime) -> int:
        """Seconds until its page asks again: the farther from the door, the later; at the opening not all at once."""
        opens = self.congress.opens_at
        if opens is not None and at < opens:
            left = (opens - at).total_seconds()
            return SLOWEST if left > SLOWEST else int(left) + 1 + self.turn.place % SPREAD
        return min(SLOWEST // 2, 5 + self.ahead // 20)


@transaction.atomic
def join(congress: Congress, *, at: datetime) -> Turn:
    """A place in the queue: by lot before the hour, behind everybody after it."""
    opens = congress.opens_at or EPOCH
    place = secrets.randbelow(LOTS) if at < opens else LOTS + (at - opens) // timedelta(microseconds=1)
    code = "".join(secrets.choice(LETTERS) for _n in range(8))
    here = at + timedelta(seconds=2 * SLOWEST)
    return Turn.objects.create(congress=congress, code=code, place=place, joined_at=at, here_until=here)


def standing(code: str, congress: str, *, at: datetime) -> Standing | None:
    """Of the turn of this code, in one statement; None for none of this congress."""
    turn = _by_code(code, congress, at).first()
    return Standing(turn, turn.congress, vars(turn)["ahead"], vars(turn)["inside"]) if turn else None


def ask(found: Standing, *, at: datetime) -> Standing:
    """What its page's question does: it is here still; and it is let in if that is its turn. Else one statement, often none."""
    turn, each = found.turn, timedelta(seconds=found.asks_in(at))
    if turn.booking_id or turn.is_inside(at):
        return found
    if found.congress.is_open(at) and found.is_next():
        return _let_in(found, at=at)
    if turn.here_until < at + each + LATE:  # it would count as away before it asks again
        turn.here_until = at + 2 * each + LATE
        Turn.objects.filter(pk=turn.pk).update(here_until=turn.here_until)
    return found


@transaction.atomic
def _let_in(found: Standing, *, at: datetime) -> Standing:
    """Under the congress's lock the count holds: never more inside than there are places."""
    Congress.objects.select_for_update(no_key=True).get(pk=found.congress.pk)
    fresh = standing(found.turn.code, found.congress.code, at=at)
    if fresh is None or fresh.turn.is_inside(at) or not fresh.is_next():
        return fresh or found
    fresh.turn.inside_until = at + TO_BEGIN
    fresh.turn.here_until = max(fresh.turn.here_until, fresh.turn.inside_until)
    fresh.turn.save(update_fields=["inside_until", "here_until"])
    return fresh


def enter_by(turn: Turn | None, make: Callable[[], tuple[Booking, Link]], *, at: datetime) -> tuple[Booking, Link]:
    """The one cart of this turn, made if it has none. Raises NotYourTurn."""
    locked = _locked(turn)
    if locked.booking is not None:
        return locked.booking, links.make(Link.Purpose.BOOKING, locked.booking)
    if not locked.is_inside(at):
        raise NotYourTurn
    booking, link = make()
    _bind(locked, booking, at=at)
    return booking, link


@transaction.atomic
def lets_through(booking: Booking, code: str, *, at: datetime) -> bool:
    """May this cart be filled now? Where one queues only by a turn; one begun before the queue takes the turn of `code`, if it has come."""
    if not booking.congress.queue_places or booking.placed_at or booking.seller_id:
        return True
    if Turn.objects.filter(booking=booking).exists():
        return True
    turn = Turn.objects.filter(code=code, congress=booking.congress_id).first() if code else None
    if turn is None:
        return False
    locked = _locked(turn)
    if locked.booking_id or not locked.is_inside(at):
        return False
    _bind(locked, booking, at=at)
    return True


def is_spent(turn: Turn) -> bool:
    """Its cart is ordered: who registers somebody else takes another place."""
    return turn.booking_id is not None and Booking.objects.filter(pk=turn.booking_id).exclude(placed_at=None).exists()


def forget(*, at: datetime) -> int:
    """Drop the turns nobody can use any more: of a congress that is over, ordered, or not asked for in a week of its being open."""
    old = at - KEPT
    is_open = Q(congress__opens_at=None) | Q(congress__opens_at__lt=old)
    is_idle = Q(booking=None) | Q(booking__placed_at__lt=old)
    done = Turn.objects.filter(is_open & is_idle & Q(here_until__lt=old) | Q(congress__ends__lt=old.date()))
    return Turn.objects.filter(pk__in=done.values("pk")).delete()[0]


def counts(congress: Congress, *, at: datetime) -> dict[str, int]:
    """How many wait, and how many are inside."""
    turns = Turn.objects.filter(congress=congress)
    return turns.aggregate(waiting=Count("pk", filter=_waiting(at)), inside=Count("pk", filter=_inside(at)))


def _locked(turn: Turn | None) -> Turn:
    if turn is None:
        raise NotYourTurn
    return Turn.objects.select_for_update(no_key=True, of=("self",)).select_related("booking").get(pk=turn.pk)


def _bind(turn: Turn, booking: Booking, *, at: datetime) -> None:
    turn.booking, turn.inside_until = booking, at + TO_ORDER
    turn.save(update_fields=["booking", "inside_until"])


def _waiting(at: object) -> Q:
    return Q(booking=None, here_until__gt=at) & (Q(inside_until=None) | Q(inside_until__lte=at))


def _inside(at: object) -> Q:
    return Q(inside_until__gt=at) & (Q(booking=None) | Q(booking__placed_at=None))


def _by_code(code: str, congress: str, at: datetime) -> QuerySet[Turn]:
    others = Turn.objects.filter(congress=OuterRef("congress")).order_by().values("congress")
    ahead = others.filter(_waiting(at), place__lt=OuterRef("place")).annotate(n=Count("pk")).values("n")
    inside = others.filter(_inside(at)).annotate(n=Count("pk")).values("n")
    found = Turn.objects.filter(code=code, congress__code=congress).select_related("congress")
    return found.annotate(ahead=Coalesce(Subquery(ahead), 0), inside=Coalesce(Subquery(inside), 0))
