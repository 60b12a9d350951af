"""A hotel takes back rooms, sold or not. The entry is never refused: what is taken and no longer there stands as a shortfall."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.accounts.actions import trace
from pleniere.accounts.rights import Actor, require
from pleniere.stock.actions import end_carts, grant
from pleniere.stock.models import StockDay

from .. import letters
from ..models import Block, Release
from .releasing import _locked, _night, _rows, spread
from .touching import hold, touch


class CannotWithdraw(ValueError):
    """Said in words: more than the block has left, or nothing at all."""


@transaction.atomic
def withdraw_rooms(
    block: Block, rooms: Mapping[tuple[int, date], int], *, reason: str, key: str, by: Actor, at: datetime
) -> Release:
    """Take these rooms, by (service, night), off the stock, whoever has them. The same `key` twice is once.

    Open carts that stand in the way end first; what is optioned or booked beyond what is left is short, and waits to be moved.
    """
    require(by, "allotment.release", block)
    hold(block.congress_id)
    block = (
        Block.objects.select_for_update(of=["self"], no_key=True).select_related("congress", "supplier", "reply").get(pk=block.pk)
    )
    facts = {"at": at, "by": str(by)[:160], "is_by_hand": True, "is_withdrawal": True, "reason": _plain(reason)}
    release, is_new = Release.objects.get_or_create(block=block, key=key[:64], defaults=facts)
    if not is_new:
        return release
    left = _locked(block)
    _check_left(left, rooms)
    taken = {day: count for day, count in spread(block, left, rooms, sold_too=True).items() if count > 0}
    if not taken:
        raise CannotWithdraw(_("How many rooms, of which nights?"))
    in_the_way = [_night(day) for day, count in taken.items() if count > day.free and day.held]
    if in_the_way:
        end_carts(nights=in_the_way, expired_only=False, at=at)
    grants: dict[str, Any] = {"block": block.grant_block, "congress_id": block.congress_id, "by": by, "at": at}
    grant(
        {_night(day): -n for day, n in taken.items()},
        key=f"withdraw-{release.pk}",
        reason="withdrawn",
        may_overrun=True,
        **grants,
    )
    release.rooms = [[day.service_id, day.day.isoformat(), count] for day, count in taken.items()]
    release.save(update_fields=["rooms"])
    short = sum(StockDay.objects.filter(pk__in=[day.pk for day in taken]).values_list("short", flat=True))
    touch(block.congress)
    trace(by, "allotment.withdrawn", block, at=at, reason=reason, after={"rooms": release.rooms, "short": short})
    letters.withdrawn(release, invitation=block.reply.invitation if block.reply else None, rows=_rows(taken), short=short)
    return release


def _check_left(left: Mapping[StockDay, int], rooms: Mapping[tuple[int, date], int]) -> None:
    sums: dict[tuple[int, date], int] = defaultdict(int)
    for day, count in left.items():
        sums[day.service_id, day.day] += count
    for cell, asked in rooms.items():
        if cell in sums and asked > sums[cell]:
            raise CannotWithdraw(
                _("%(night)s: the hotel left us %(left)s rooms, and takes back %(rooms)s.")
                % {"night": cell[1].strftime("%d/%m"), "left": sums[cell], "rooms": asked}
            )


def _plain(words: str) -> str:
    return words.replace("\0", "").strip()[:250]
