"""Giving rooms back: by hand or at the cut-off. What somebody has is never given back; the rest is shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from pleniere.accounts.actions import trace
from pleniere.accounts.rights import Actor, require
from pleniere.catalogue.models import Service
from pleniere.stock.actions import Night, end_carts, grant
from pleniere.stock.models import Grant, StockDay

from .. import letters
from ..models import Block, Release


class NothingToRelease(ValueError):
    """Every room of the block is taken, or was given back already."""


@transaction.atomic
def release_block(
    block: Block,
    *,
    key: str,
    rooms: Mapping[tuple[int, date], int] | None = None,
    is_cutoff: bool = False,
    reason: str = "",
    by: Actor,
    at: datetime,
) -> Release:
    """Give back what is free of the block: `rooms` by (service, night), or all of it. The same `key` twice is one release.

    At the cut-off carts give way first, running or not; by hand they keep their rooms. Both sides are told, and the rest too.
    """
    require(by, "allotment.release", block)
    block = (
        Block.objects.select_for_update(of=["self"], no_key=True).select_related("congress", "supplier", "reply").get(pk=block.pk)
    )
    facts = {"at": at, "by": str(by)[:160], "is_by_hand": not is_cutoff, "reason": reason.replace("\0", "")[:250]}
    release, is_new = Release.objects.get_or_create(block=block, key=key[:64], defaults=facts)
    if not is_new:
        return release
    left = left_by_day(block)
    if is_cutoff:
        end_carts(nights=[_night(day) for day in left], expired_only=False, at=at)
        Block.objects.filter(pk=block.pk, released_at=None).update(released_at=at)
    free = StockDay.objects.select_for_update(no_key=True).filter(pk__in=[day.pk for day in left]).order_by("pk")
    free_now = {day.pk: day.free for day in free}
    given = {day: min(count, free_now[day.pk], _asked(day, rooms)) for day, count in left.items()}
    given = {day: count for day, count in given.items() if count > 0}
    if not given and not is_cutoff:
        raise NothingToRelease(_("Nothing of this block is free to be given back on these nights."))
    _give_back(block, release, given, by=by, at=at)
    trace(by, "allotment.released", block, at=at, reason=reason, after={"rooms": release.rooms})
    letters.released(
        release,
        invitation=block.reply.invitation if block.reply else None,
        rows=_rows(given),
        rest=sum(left.values()) - sum(given.values()),
    )
    return release


def _give_back(block: Block, release: Release, given: Mapping[StockDay, int], *, by: Actor, at: datetime) -> None:
    """Take the rooms off the stock, and write on the release which they were."""
    if given:
        facts: dict[str, Any] = {"block": block.grant_block, "congress_id": block.congress_id, "by": by, "at": at}
        grant({_night(day): -n for day, n in given.items()}, key=f"release-{release.pk}", reason="released", **facts)
    release.rooms = [[day.service_id, day.day.isoformat(), count] for day, count in given.items()]
    release.save(update_fields=["rooms"])


def left_by_day(block: Block) -> dict[StockDay, int]:
    """What the block still has: its grants less its releases, by row of stock, in order of night."""
    sums = Grant.objects.filter(block=block.grant_block).values("stock_day").annotate(rooms=Sum("rooms"))
    counts = {row["stock_day"]: row["rooms"] for row in sums if row["rooms"] > 0}
    days = StockDay.objects.filter(pk__in=list(counts)).select_related("service").order_by("day", "service")
    return {day: counts[day.pk] for day in days}


def _asked(day: StockDay, rooms: Mapping[tuple[int, date], int] | None) -> int:
    return 10**9 if rooms is None else max(0, rooms.get((day.service_id, day.day), 0))


def _night(day: StockDay) -> Night:
    return Night(day.pool_id, day.service_id, day.day)


def _rows(given: Mapping[StockDay, int]) -> list[dict[str, Any]]:
    return [
        {"label": Service.Room(day.service.room_type).label, "night": day.day, "rooms": count} for day, count in given.items()
    ]
