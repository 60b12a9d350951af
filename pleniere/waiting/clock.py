"""When an offer may leave, how long it may be answered, and when the waiting ends. All in somebody's local time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from pleniere.allotment.models import Block, BlockStep
from pleniere.common.nights import DAY
from pleniere.congress.models import Congress

from .models import WaitingList, Wish

FAIR_HOURS = 4  # near the end of the list an offer may leave less time than announced, never less than this


def zone_of(wish: Wish) -> ZoneInfo:
    """Where its delegate is; the congress's zone when we were told none that exists."""
    name = wish.time_zone if wish.time_zone in available_timezones() else wish.booking.congress.time_zone
    return ZoneInfo(name)


def awake(rules: WaitingList, at: datetime, zone: ZoneInfo) -> datetime:
    """`at`, or the next moment at which people of `zone` are awake by the rules."""
    local = at.astimezone(zone)
    if rules.wakes <= local.hour < rules.sleeps:
        return at
    day = local.date() + (DAY if local.hour >= rules.sleeps else timedelta())
    return datetime.combine(day, time(rules.wakes), zone).astimezone(UTC)


def answer_by(rules: WaitingList, leaves: datetime, zone: ZoneInfo) -> datetime:
    """The end of the time to answer: never in the night, an hour after waking at the earliest."""
    end = leaves + timedelta(hours=rules.answer_hours)
    morning = awake(rules, end, zone)
    return end if morning == end else morning + timedelta(hours=1)


def asleep(rules: WaitingList, at: datetime, zone: ZoneInfo) -> datetime:
    """`at`, or the last moment before it at which people of `zone` were awake by the rules."""
    local = at.astimezone(zone)
    if rules.wakes <= local.hour < rules.sleeps:
        return at
    day = local.date() - (timedelta() if local.hour >= rules.sleeps else DAY)
    return (datetime.combine(day, time(), zone) + timedelta(hours=rules.sleeps)).astimezone(UTC)


def answer_until(rules: WaitingList, leaves: datetime, zone: ZoneInfo, closes: datetime) -> datetime | None:
    """The end of the time to answer, by day and before the waiting ends; None when that leaves no fair time."""
    end = answer_by(rules, leaves, zone)
    if end <= closes:
        return end
    last = asleep(rules, closes, zone)
    return last if last - leaves >= timedelta(hours=min(rules.answer_hours, FAIR_HOURS)) else None


def closings(congress: Congress, rules: WaitingList, wishes: Iterable[Wish]) -> dict[int, datetime]:
    """By wish, when its waiting ends: so many days before its hotel's next cut-off, and never after the day of arrival.

    A step that gives back a share is a cut-off too, until it is done.
    """
    blocks = Block.objects.filter(congress=congress, released_at=None)
    steps = BlockStep.objects.filter(block__in=blocks, done_at=None)
    cutoffs: dict[tuple[int | None, int], date] = {}
    dues = [*blocks.values_list("pool", "supplier", "cutoff"), *steps.values_list("block__pool", "block__supplier", "on")]
    for pool, supplier, cutoff in dues:
        cutoffs[pool, supplier] = min(cutoff, cutoffs.get((pool, supplier), cutoff))
    found = {}
    for wish in wishes:
        ends = cutoffs.get((wish.offer.pool_id, wish.offer.service.supplier_id))
        before = ends - timedelta(days=rules.closes_days) if ends else wish.start
        found[wish.pk] = datetime.combine(min(before, wish.start), time(), congress.zone).astimezone(UTC)
    return found
