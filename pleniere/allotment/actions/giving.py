"""More of what is already on sale, agreed by word of mouth: put on sale by hand, at the price that stands."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pleniere.accounts.actions import trace
from pleniere.accounts.rights import Actor, require
from pleniere.congress.models import Congress
from pleniere.stock.actions import Night, grant
from pleniere.stock.models import StockDay

from .touching import hold, touch


@transaction.atomic
def give_rooms(congress: Congress, day: StockDay, *, rooms: int, reason: str, key: str, by: Actor, at: datetime) -> bool:
    """Add `rooms` to a row of stock that exists already. The same `key` twice adds once; True the first time."""
    require(by, "allotment.retain", congress)
    hold(congress.pk)
    night = Night(day.pool_id, day.service_id, day.day)
    words = reason.replace("\0", "").strip()[:160]
    if not grant({night: rooms}, key=f"given-{key}"[:80], reason=words, by=by, at=at, congress_id=congress.pk):
        return False
    trace(by, "allotment.given", congress, at=at, reason=words, after={"stock": day.pk, "day": str(day.day), "rooms": rooms})
    touch(congress)
    return True
