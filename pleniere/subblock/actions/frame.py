"""What every act on a sub-block begins with: the congress locked, then the sub-block."""

from __future__ import annotations

from datetime import date
from typing import Any

from pleniere.congress.actions.frame import Refused
from pleniere.congress.models import Congress
from pleniere.stock.actions import Night
from pleniere.stock.models import StockDay
from pleniere.stock.moving import Shift

from ..letters import link_of
from ..models import SubBlock

__all__ = ["Refused", "link_of", "lock", "plain", "shifts_of"]


def lock(sub_block: SubBlock) -> SubBlock:
    """The sub-block as it is now, locked under its congress until the transaction ends."""
    Congress.objects.select_for_update(no_key=True).get(pk=sub_block.congress_id)
    rows = SubBlock.objects.select_for_update(of=["self"], no_key=True)
    return rows.select_related("congress", "pool__parent", "audience").get(pk=sub_block.pk)


def shifts_of(sub_block: SubBlock, rooms: dict[tuple[int, date], int]) -> list[Shift]:
    """Rooms by (service, night), into the sub-block where positive, back to its parent where negative."""
    parent, part = sub_block.pool.parent_id, sub_block.pool_id
    assert parent is not None
    found = []
    for (service, night), count in sorted(rooms.items()):
        outside, inside = Night(parent, service, night), Night(part, service, night)
        found.append(Shift(outside, inside, count) if count > 0 else Shift(inside, outside, -count))
    return [shift for shift in found if shift.rooms]


def rows_of(sub_block: SubBlock) -> list[StockDay]:
    """Its rows of stock, in order of night."""
    rows = StockDay.objects.filter(pool=sub_block.pool_id).select_related("service__supplier")
    return list(rows.order_by("day", "service__supplier__name", "service"))


def plain(words: str, most: int) -> str:
    return words.replace("\0", "").strip()[:most]


def as_json(rooms: dict[tuple[int, date], int]) -> list[list[Any]]:
    return [[service, night.isoformat(), count] for (service, night), count in sorted(rooms.items()) if count]
