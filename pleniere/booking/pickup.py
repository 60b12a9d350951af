"""How rooms were taken day by day: read from the lines and their history, so that no counter beside them can differ."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pleniere.catalogue.models import Service
from pleniere.common.nights import days
from pleniere.congress.models import Congress

from .models import Change, Line

State = Line.State
HISTORY = ("line.added", "line.changed", "line.cancelled")


@dataclass(frozen=True)
class Taken:
    """Rooms of a hotel taken (or, below zero, given up) for a night, on a day."""

    day: date
    supplier: int
    night: date
    rooms: int


def taken(congresses: Iterable[Congress]) -> dict[int, list[Taken]]:
    """By congress, each taking of a room in the order of days; two queries, however many congresses.

    A room counts from the day its booking was placed, or it was added, up to the day it was cancelled, lapsed or changed.
    Carts, waiting lines and who sleeps in somebody else's room take none.
    """
    zones = {congress.pk: congress for congress in congresses}
    rows = (
        Line.objects.filter(congress__in=list(zones), offer__service__kind=Service.Kind.ROOM, room_of=None, is_penalty=False)
        .exclude(booking__placed_at=None)
        .exclude(state__in=[State.DRAFT, State.WAITING])
        .order_by("pk")
    )
    facts = rows.values_list(
        "pk", "congress", "offer__service__supplier", "start", "end", "quantity", "state", "lapsed_at", "booking__placed_at"
    )
    history = _history(list(zones))
    found: dict[int, list[Taken]] = {pk: [] for pk in zones}
    for pk, congress, supplier, start, end, quantity, state, lapsed_at, placed_at in facts:
        spans = _spans(history.get(pk, []), (start, end, quantity), state, lapsed_at, placed_at)
        local = zones[congress].local_date
        for at, span, sign in spans:
            day = local(at)
            found[congress] += [Taken(day, supplier, night, sign * span[2]) for night in days(span[0], span[1])]
    for each in found.values():
        each.sort(key=lambda one: (one.day, one.night, one.supplier))
    return found


def _history(congresses: list[int]) -> dict[int, list[tuple[str, datetime, dict[str, Any], dict[str, Any]]]]:
    rows = Change.objects.filter(congress__in=congresses, verb__in=HISTORY, line__offer__service__kind=Service.Kind.ROOM)
    found: dict[int, list[Any]] = defaultdict(list)
    for line, *facts in rows.order_by("pk").values_list("line", "verb", "at", "before", "after"):
        found[line].append(facts)
    return found


Span = tuple[date, date, int]


def _spans(
    history: list[Any], now: Span, state: str, lapsed_at: datetime | None, placed_at: Any
) -> list[tuple[datetime, Span, int]]:
    """What a line took and gave up, each with its moment: from its first dates to those of now, then nothing if it ended."""
    begins, ended = placed_at, lapsed_at if state == State.CANCELLED else None
    turns: list[tuple[datetime, Span, Span]] = []
    for verb, at, before, after in history:
        if verb == "line.added":
            begins = max(begins, at)
        elif verb == "line.changed" and before and after:
            turns.append((at, _span(before, now), _span(after, now)))
        elif verb == "line.cancelled" and state == State.CANCELLED:
            if before.get("state") == State.WAITING:
                return []
            ended = at
    if state == State.CANCELLED and ended is None:
        return []
    moves = [(begins, turns[0][1] if turns else now, 1)]
    for at, before, after in turns:
        moves += [(at, before, -1), (at, after, 1)]
    return [*moves, (ended, now, -1)] if ended else moves


def _span(facts: Mapping[str, Any], now: Span) -> Span:
    """Dates and rooms as history tells them; what an old row does not tell is as now."""
    start, end = facts.get("start"), facts.get("end")
    return (
        date.fromisoformat(start) if start else now[0],
        date.fromisoformat(end) if end else now[1],
        int(facts.get("quantity") or now[2]),
    )


def by_days_before(found: Iterable[Taken], starts: date) -> dict[int, int]:
    """Room nights taken in all, by days before the first day (negative: after it); each day something moved."""
    moved: Counter[int] = Counter()
    for each in found:
        moved[(starts - each.day).days] += each.rooms
    so_far, curve = 0, {}
    for before in sorted(moved, reverse=True):
        so_far += moved[before]
        curve[before] = so_far
    return curve


def at_days_before(curve: Mapping[int, int], before: int) -> int:
    """Room nights taken by that many days before: the last step of the curve come by then."""
    reached = [day for day in curve if day >= before]
    return curve[min(reached)] if reached else 0
