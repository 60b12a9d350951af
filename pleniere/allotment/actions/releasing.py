"""Giving rooms back: by hand, step by step or at the cut-off. What somebody has is never given back; the rest is shown."""

from __future__ import annotations

from collections import defaultdict
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
from ..cutoffs import shares_of
from ..models import Block, BlockStep, Release
from .stepping import CannotStep
from .touching import hold, touch


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
    return give_back(block, key=key, rooms=rooms, is_cutoff=is_cutoff, reason=reason, by=by, at=at)


@transaction.atomic
def release_step(step: BlockStep, *, by: Actor, at: datetime) -> Release | None:
    """Do a step of the block's cut-offs: its share of each night, carts giving way where they stand in it. Twice is once.

    None where the cut-off has been done, or the step taken away, meanwhile.
    """
    require(by, "allotment.release", step.block)
    block = Block.objects.select_for_update(no_key=True).get(pk=step.block_id)
    fresh = BlockStep.objects.filter(pk=step.pk).first()
    if fresh is None or block.released_at is not None:
        return None
    return give_back(block, key=f"step-{step.pk}", step=fresh, by=by, at=at)


def give_back(
    block: Block,
    *,
    key: str,
    rooms: Mapping[tuple[int, date], int] | None = None,
    is_cutoff: bool = False,
    step: BlockStep | None = None,
    reason: str = "",
    by: Actor,
    at: datetime,
) -> Release:
    """The release itself, for those whose right was asked already."""
    block = (
        Block.objects.select_for_update(of=["self"], no_key=True).select_related("congress", "supplier", "reply").get(pk=block.pk)
    )
    by_clause = is_cutoff or step is not None
    facts = {"at": at, "by": str(by)[:160], "is_by_hand": not by_clause, "reason": reason.replace("\0", "")[:250]}
    release, is_new = Release.objects.get_or_create(block=block, key=key[:64], defaults=facts)
    if not is_new:
        return release
    left = _locked(block)
    wanted = _by_clause(block, step, at=at) if by_clause else spread(block, left, rooms)
    if is_cutoff:
        Block.objects.filter(pk=block.pk, released_at=None).update(released_at=at)
    if step is not None:
        BlockStep.objects.filter(pk=step.pk, done_at=None).update(done_at=at)
    free = {day.pk: day.free for day in StockDay.objects.filter(pk__in=[day.pk for day in left])}
    given = {day: min(count, free[day.pk], wanted.get(day, 0)) for day, count in left.items()}
    given = {day: count for day, count in given.items() if count > 0}
    if not given and not by_clause:
        raise NothingToRelease(_("Nothing of this block is free to be given back on these nights."))
    _take_off(block, release, given, by=by, at=at)
    trace(by, "allotment.released", block, at=at, reason=reason, after={"rooms": release.rooms})
    letters.released(
        release,
        invitation=block.reply.invitation if block.reply else None,
        rows=_rows(given),
        rest=sum(left.values()) - sum(given.values()),
    )
    return release


@transaction.atomic
def undo_release(release: Release, *, reason: str, until: date | None = None, by: Actor, at: datetime) -> Release:
    """The hotel leaves these rooms with us after all: they are on sale again, at the price that stands. Twice is once.

    Of a block whose cut-off is done, `until` is the new one, without which the rooms stay for good. Raises CannotStep.
    """
    require(by, "allotment.release", release.block)
    hold(release.block.congress_id)
    block = Block.objects.select_for_update(of=["self"], no_key=True).select_related("congress", "supplier", "reply")
    kept = block.get(pk=release.block_id)
    release = Release.objects.select_for_update(no_key=True).get(pk=release.pk)
    if release.undone_at is not None:
        return release
    _check_until(kept, until, at=at)
    back: dict[Night, int] = defaultdict(int)  # what had been moved comes back to the block's own pool
    for service, day, rooms in release.rooms:
        if date.fromisoformat(day) >= kept.congress.local_date(at):
            back[Night(kept.pool_id, service, date.fromisoformat(day))] += rooms
    if not back:
        raise CannotStep(_("Nothing of this can come back: these nights are past, or no room went."))
    facts: dict[str, Any] = {"block": kept.grant_block, "congress_id": kept.congress_id, "by": by, "at": at}
    grant(back, key=f"again-{release.pk}", reason="given again", **facts)
    release.undone_at, release.undone_by, release.undone_why = at, str(by)[:160], reason.replace("\0", "").strip()[:250]
    release.save(update_fields=["undone_at", "undone_by", "undone_why"])
    if until is not None:
        Block.objects.filter(pk=kept.pk).update(cutoff=until, released_at=None)
        kept.cutoff = until
    touch(kept.congress)
    trace(by, "allotment.given_again", kept, at=at, reason=reason, after={"release": release.pk, "until": str(until or "")})
    rows = [{"label": label_of(night.service), "night": night.day, "rooms": rooms} for night, rooms in sorted(back.items())]
    release.block = kept
    letters.given_again(release, invitation=kept.reply.invitation if kept.reply else None, rows=rows, until=until)
    return release


def _check_until(block: Block, until: date | None, *, at: datetime) -> None:
    if until is None:
        return
    first = min((share.day.day for share in shares_of([block])[block.grant_block]), default=block.congress.ends)
    if block.released_at is None:
        raise CannotStep(_("Its cut-off is still to come: it stays as it is."))
    if not block.congress.local_date(at) < until <= max(first, block.congress.starts):
        raise CannotStep(_("The new cut-off lies after today and not after the first night."))


def _by_clause(block: Block, step: BlockStep | None, *, at: datetime) -> dict[StockDay, int]:
    """What the clause gives back of each locked row; the carts that stand in its way end first."""
    wanted = {share.day: share.wanted(step) for share in shares_of([block])[block.grant_block]}
    in_the_way = [_night(day) for day, count in wanted.items() if count > day.free and day.held]
    if in_the_way:
        end_carts(nights=in_the_way, expired_only=False, at=at)
    return wanted


def _take_off(block: Block, release: Release, given: Mapping[StockDay, int], *, by: Actor, at: datetime) -> None:
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


def _locked(block: Block) -> dict[StockDay, int]:
    """What the block still has, its rows locked in the order of the house, read anew: a move or a reduction came before or waits."""
    rows = Grant.objects.filter(block=block.grant_block).values("stock_day")
    list(StockDay.objects.select_for_update(no_key=True).filter(pk__in=rows).order_by("pk"))
    return left_by_day(block)


def spread(
    block: Block, left: Mapping[StockDay, int], rooms: Mapping[tuple[int, date], int] | None, *, sold_too: bool = False
) -> dict[StockDay, int]:
    """Where the rooms asked by (service, night) are taken: a night of a block may lie in several pools, its own is the first.

    All of it when none are named. `sold_too`: what is free nowhere is taken from whoever has it.
    """
    if rooms is None:
        return dict(left)
    asked, taken = dict(rooms), dict.fromkeys(left, 0)
    order = sorted(left, key=lambda day: (day.day, day.service_id, day.pool_id != block.pool_id, day.pk))
    for only_free in (True, False) if sold_too else (True,):
        for day in order:
            here = min(left[day], day.free) if only_free else left[day]
            part = max(0, min(asked.get((day.service_id, day.day), 0), here - taken[day]))
            taken[day] += part
            asked[day.service_id, day.day] = asked.get((day.service_id, day.day), 0) - part
    return taken


def _night(day: StockDay) -> Night:
    return Night(day.pool_id, day.service_id, day.day)


def label_of(service: int) -> str:
    return str(Service.Room(Service.objects.get(pk=service).room_type).label)


def _rows(given: Mapping[StockDay, int]) -> list[dict[str, Any]]:
    """As the letter lists them: by type and night, in whatever pool they lay."""
    sums: dict[tuple[str, date], int] = defaultdict(int)
    for day, count in given.items():
        sums[day.service.room_type, day.day] += count
    return [{"label": Service.Room(code).label, "night": night, "rooms": count} for (code, night), count in sums.items()]
