"""What ends by time: carts, card holds, options. All run by the worker; running twice or late is harmless."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, time

from django.db import transaction
from django.db.models import F, Q

from pleniere.accounts.actions import the_bureau
from pleniere.accounts.models import Bureau
from pleniere.accounts.rights import SYSTEM, Actor, require
from pleniere.common.workdays import is_working_day
from pleniere.congress.models import Congress
from pleniere.stock.actions import Kind, Wanted, claim

from ..models import Booking, Charge, Line, LineQuerySet
from ..selling import line_nights
from .frame import facts, lines_of, lock, record

State = Line.State
LAPSES_AT = time(9)


def end_carts(*, at: datetime) -> int:
    """Give back what carts held whose time is over; their words and lines stay, as drafts. Returns how many ended."""
    carts = Booking.objects.filter(placed_at=None, held_until__lte=at, lines__state=State.HELD).distinct()
    return sum(_end_cart(cart, at=at) for cart in carts)


def end_card_holds(*, at: datetime) -> int:
    """Placed, sent to the card page, never paid in time: the lines lapse, and a late payment may bring them back."""
    lines = Line.objects.filter(booking__placed_at__isnull=False, state=State.HELD, until__lte=at)
    return _lapse(lines.values_list("booking", "pk"), by=SYSTEM, at=at)


@transaction.atomic
def end_card_hold(booking: Booking, *, at: datetime) -> int:
    """The same for one booking: its money came late, or a cut-off took its room meanwhile; the room may be gone already."""
    held = booking.lines.filter(state=State.HELD)
    over = set(held.filter(until__lte=at).values_list("pk", flat=True)) or set(held.values_list("pk", flat=True))
    return end_lines(booking, over, by=SYSTEM, at=at)


def list_expiring(*, at: datetime) -> int:
    """On a working day, put the options that end today or before on the agent's "expiring" list. Returns how many are new."""
    listed = 0
    for congress in Congress.objects.filter(pk__in=_ending(at).values("congress")):
        today = congress.local_date(at)
        if is_working_day(today, _zone()):
            tomorrow = datetime.combine(today, time.max, congress.zone)
            fresh = Line.objects.filter(congress=congress, state=State.OPTION, until__lte=tomorrow, expiring_since=None)
            listed += fresh.update(expiring_since=today)
    return listed


def lapse_options(*, at: datetime) -> int:
    """At nine on a working day, end the options that stood on the list since an earlier working day.

    A server that was off for a weekend finds nothing listed: it lists first, and nothing ends before the next working day.
    """
    lapsed = 0
    for congress in Congress.objects.filter(pk__in=_ending(at).values("congress")):
        local = at.astimezone(congress.zone)
        if is_working_day(local.date(), _zone()) and local.time() >= LAPSES_AT:
            lines = Line.objects.filter(congress=congress, state=State.OPTION, until__lte=at, expiring_since__lt=local.date())
            lapsed += _lapse(lines.values_list("booking", "pk"), by=SYSTEM, at=at)
    return lapsed


@transaction.atomic
def prolong_options(
    booking: Booking, lines: Iterable[int], *, until: datetime, reason: str, by: Actor, at: datetime
) -> list[Line]:
    """An agent gives options more time; they leave the list."""
    require(by, "booking.edit", booking)
    booking = lock(booking)
    chosen = [line for line in lines_of(booking, State.OPTION) if line.pk in set(lines)]
    claim({line.key: Wanted(Kind.OPTION, until, line_nights(line)) for line in chosen}, at=at)
    Line.objects.filter(pk__in=[line.pk for line in chosen]).update(until=until, expiring_since=None)
    record(booking, "options.prolonged", by=by, at=at, after={"until": until.isoformat(), "lines": len(chosen)}, reason=reason)
    return chosen


@transaction.atomic
def _end_cart(cart: Booking, *, at: datetime) -> bool:
    cart = lock(cart)
    if cart.placed_at is not None or cart.held_until is None or cart.held_until > at:
        return False
    held = lines_of(cart, State.HELD)
    claim({line.key: Wanted(Kind.CART, at, {}) for line in held}, at=at)
    Line.objects.filter(pk__in=[line.pk for line in held]).update(state=State.DRAFT, until=None)
    Booking.objects.filter(pk=cart.pk).update(held_until=None, prolonged=0, version=F("version") + 1)
    return bool(held)


def _lapse(found: Iterable[tuple[int, int]], *, by: Actor, at: datetime) -> int:
    by_booking: dict[int, set[int]] = defaultdict(set)
    for booking, line in found:
        by_booking[booking].add(line)
    return sum(end_lines(Booking(pk=pk), lines, by=by, at=at) for pk, lines in sorted(by_booking.items()))


@transaction.atomic
def end_lines(booking: Booking, pks: set[int], *, by: Actor, at: datetime) -> int:
    """Options and card holds whose time is over lapse, and what was free with them. Returns how many lines did.

    Who got more time, or became firm, since the caller looked stays.
    """
    booking = lock(booking)
    lines = lines_of(booking, State.OPTION, State.HELD, State.FIRM)
    gone = [line for line in lines if line.pk in pks and line.state != State.FIRM and line.until and line.until <= at]
    left = [line for line in lines if line not in gone]
    if gone and left and not Charge.objects.live().filter(line__in=[line.pk for line in left], total__gt=0).exists():
        gone, left = lines, []  # what was free came with what was not paid
    claim({line.key: Wanted(Kind.OPTION, at, {}) for line in gone}, at=at)
    Charge.objects.live().filter(line__in=[line.pk for line in gone]).update(struck_at=at, struck_by=str(by))
    for line in gone:
        Line.objects.filter(pk=line.pk).update(
            state=State.CANCELLED, lapsed_at=at, until=None, expiring_since=None, version=line.version + 1
        )
    if gone:
        record(booking, "lines.lapsed", by=by, at=at, before={"lines": [facts(line) for line in gone]})
    return len(gone)


def _ending(at: datetime) -> LineQuerySet:
    """Options with an end near enough for today's list, whatever the zone."""
    return Line.objects.filter(state=State.OPTION, until__isnull=False).filter(Q(until__lte=at) | Q(until__date__lte=at.date()))


def _zone() -> str:
    try:
        return the_bureau().holiday_zone
    except Bureau.DoesNotExist:
        return ""
