"""The curve of a pick-up as a drawing: this edition's room nights, past ones' on the same days before, what is granted, what is foreseen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from pleniere.booking.pickup import at_days_before

from .pickup import Pickup

WIDTH, HEIGHT, LEFT, TOP, FOOT, RIGHT = 900, 280, 52, 20, 236, 846
LONGEST, AFTER = 400, 3  # days before the first day that are drawn, and after it


@dataclass
class Drawing:
    now: str
    pasts: list[tuple[str, str]]  # name, points
    steps: list[tuple[float, int]]  # y, room nights
    granted: float
    foreseen: tuple[float, float, float, float] | None  # x, lowest, most likely, highest
    weeks: list[tuple[date, int, list[int]]]  # the same as a table: monday, this edition, each past one
    first: date
    starts: float
    today: float


def drawn(found: Pickup) -> Drawing | None:
    """None while nobody has taken a room, in this edition or another."""
    curves = [found.curve, *(past.curve for past in found.pasts)]
    first = min(LONGEST, max((day for curve in curves for day in curve), default=0))
    if first <= 0:
        return None
    here = max(found.before, -AFTER)
    most = max(found.granted, found.foreseen.high, *(max(curve.values(), default=0) for curve in curves)) or 1
    top = _round_up(most)

    def x(before: int) -> float:
        return round(LEFT + (RIGHT - LEFT) * (first - before) / (first + AFTER), 1)

    def y(count: int) -> float:
        return round(FOOT - (FOOT - TOP) * count / top, 1)

    def line(curve: Mapping[int, int], until: int) -> str:
        days = [first, *sorted((day for day in curve if until < day < first), reverse=True), until]
        points: list[str] = []
        for n, day in enumerate(days):
            if n:
                points.append(f"{x(day)},{points[-1].partition(',')[2]}")
            points.append(f"{x(day)},{y(at_days_before(curve, day))}")
        return " ".join(points)

    ahead = found.foreseen
    return Drawing(
        line(found.curve, here) if here < first else "",
        [(past.name, line(past.curve, -AFTER)) for past in found.pasts],
        [(y(top * n // 4), top * n // 4) for n in range(5)],
        y(found.granted),
        (x(0), y(ahead.low), y(ahead.mid), y(ahead.high)) if found.before > 0 else None,
        _weeks(found, first),
        found.congress.starts - timedelta(days=first),
        x(0),
        x(here) if 0 < here < first else 0.0,
    )


def _weeks(found: Pickup, first: int) -> list[tuple[date, int, list[int]]]:
    rows = []
    for before in range(first - first % 7, -1, -7):
        day = found.congress.starts - timedelta(days=before)
        if day <= found.today:
            rows.append((day, at_days_before(found.curve, before), [at_days_before(past.curve, before) for past in found.pasts]))
    return rows[-60:]


def _round_up(count: int) -> int:
    """The top of the scale: four equal whole steps."""
    step = next(step for step in (1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 25_000, 10**9) if step * 4 >= count)
    return step * 4
