"""Sold out: told before anything is asked, so that who comes too late costs one light page and loses no time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import QueryDict

from pleniere.catalogue.models import Service
from pleniere.congress.programme import Programme
from pleniere.stock.actions import Night
from pleniere.stock.queries import free
from pleniere.waiting.actions import rules_of

CODE = "code"  # an invitation code in the address a guest was given: the form's first page has it typed
MARK = "full"  # in the address of a form begun when no room was left: its first page then asks the counters again


def carried(asked: QueryDict, *, is_full: bool) -> str:
    """What goes along from the welcome to the form's first page, as the end of its address."""
    words = {MARK: "1"} if is_full else {}
    if code := asked.get(CODE, "").strip()[:40]:
        words[CODE] = code
    return f"?{urlencode(words)}" if words else ""


@dataclass(frozen=True)
class Full:
    """No room is left on any night. `has_list`: one may wait for what comes free."""

    has_list: bool


def full(plan: Programme, now: datetime, counts: Mapping[Night, int] | None = None) -> Full | None:
    """Is every room the public may take gone, on every night from today? One query of the counters, kept nowhere; two if it is so.

    `counts`: of what is free from today on, if they were read already. None too where a congress sells no room, has none counted yet, or sells some without counting them.
    """
    rooms = {
        (offer.pool_id, offer.service_id)
        for offer in plan.offers.values()
        if offer.service.kind == Service.Kind.ROOM and not offer.office_only
    }
    if not rooms or any(pool is None for pool, _service in rooms):
        return None
    if counts is None:
        counts = free(plan.congress, start=plan.congress.local_date(now), services={service for _pool, service in rooms})
    left = [count for night, count in counts.items() if (night.pool, night.service) in rooms]
    return Full(rules_of(plan.congress).is_open) if left and not any(left) else None
