"""What is unsold goes back to the congress's own pool: by the worker on its day, or by hand; undone while it is still free there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.accounts.actions import trace
from pleniere.accounts.rights import Actor, require
from pleniere.stock.actions import Night, NotEnough, end_carts
from pleniere.stock.moving import move

from .. import letters
from ..models import Return, ReturnStep, SubBlock
from .frame import Refused, as_json, lock, plain, rows_of, shifts_of


class NothingToReturn(ValueError):
    """Every room of it is taken, or went back already."""


@transaction.atomic
def give_back(
    sub_block: SubBlock,
    rooms: Mapping[tuple[int, date], int] | None = None,
    *,
    reason: str = "",
    key: str,
    by: Actor,
    at: datetime,
) -> Return:
    """Give what is free (of these rooms, by service and night, or all) back by hand. Carts keep theirs. The same `key` twice is once."""
    require(by, "subblock.edit", sub_block)
    sub_block = lock(sub_block)
    known = sub_block.returns.filter(key=key[:64]).first()
    if known is not None:
        return known
    given = {
        (row.service_id, row.day): min(row.free, row.free if rooms is None else rooms.get((row.service_id, row.day), 0))
        for row in rows_of(sub_block)
    }
    if not any(count > 0 for count in given.values()):
        raise NothingToReturn(_("Nothing of it is free on these nights."))
    return _return(sub_block, given, key=key, is_by_hand=True, reason=plain(reason, 250), by=by, at=at)


@transaction.atomic
def do_step(step: ReturnStep, *, by: Actor, at: datetime) -> Return | None:
    """What the step says goes back, open carts giving way first. None where it is done already, or was taken away."""
    require(by, "subblock.edit", step.sub_block)
    sub_block = lock(step.sub_block)
    fresh = ReturnStep.objects.filter(pk=step.pk, done_at=None).first()
    if fresh is None:
        return None
    nights = [Night(row.pool_id, row.service_id, row.day) for row in rows_of(sub_block) if row.held]
    if nights:
        end_carts(nights=nights, expired_only=False, at=at)
    given = {(row.service_id, row.day): fresh.rooms(row.free) for row in rows_of(sub_block)}
    ReturnStep.objects.filter(pk=fresh.pk).update(done_at=at)
    return _return(sub_block, given, key=f"step-{fresh.pk}", is_by_hand=False, reason="", by=by, at=at)


def _return(
    sub_block: SubBlock, given: dict[tuple[int, date], int], *, key: str, by: Actor, at: datetime, **facts: Any
) -> Return:
    found = Return.objects.create(sub_block=sub_block, key=key[:64], rooms=as_json(given), at=at, by=str(by)[:160], **facts)
    shifts = shifts_of(sub_block, {cell: -count for cell, count in given.items()})
    said: dict[str, Any] = {"by": by, "at": at, "congress_id": sub_block.congress_id, "reason": f"back from {sub_block.code}"}
    move(shifts, key=f"sub-back-{found.pk}", **said)
    trace(by, "subblock.returned", sub_block, at=at, reason=facts.get("reason", ""), after={"rooms": found.rooms})
    if found.rooms:
        letters.returned(sub_block, found)
    return found


@transaction.atomic
def undo_return(given: Return, *, by: Actor, at: datetime) -> bool:
    """These rooms are the sub-block's again, all of them or none. True the first time. Refused once somebody has one of them."""
    require(by, "subblock.edit", given.sub_block)
    sub_block = lock(given.sub_block)
    given = Return.objects.get(pk=given.pk)
    if given.undone_at is not None:
        return False
    today = sub_block.congress.local_date(at)
    rooms = {(service, date.fromisoformat(night)): count for service, night, count in given.rooms}
    rooms = {cell: count for cell, count in rooms.items() if cell[1] >= today}
    if not rooms:
        raise Refused(_("Nothing of this can come back: these nights are past, or no room went."))
    said: dict[str, Any] = {"by": by, "at": at, "congress_id": sub_block.congress_id, "reason": f"again {sub_block.code}"}
    try:
        move(shifts_of(sub_block, rooms), key=f"sub-again-{given.pk}", **said)
    except NotEnough as error:
        raise Refused(_("Some of these rooms are no longer free in the congress’s own stock: allocate what is left.")) from error
    Return.objects.filter(pk=given.pk).update(undone_at=at, undone_by=str(by)[:160])
    trace(by, "subblock.return_undone", sub_block, at=at, after={"return": given.pk, "rooms": given.rooms})
    return True
