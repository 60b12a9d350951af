"""Rooms more or fewer over a range of nights, typed in one line (« +5 du 12 au 15 juin »), and undone as a whole."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pleniere.accounts.actions import trace
from pleniere.accounts.rights import Actor, require
from pleniere.catalogue.models import Service
from pleniere.common.nights import DAY, days
from pleniere.common.words import fold
from pleniere.congress.models import Congress, Pool
from pleniere.stock.actions import Night, grant
from pleniere.stock.models import Grant, StockDay

from .. import dates
from .touching import touch

MOST_ROOMS, MOST_NIGHTS = 2_000, 62
MONTHS = (
    *(["janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre", "novembre", "decembre"]),
    *(["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"]),
)
LINE = re.compile(
    r"(?P<rooms>[+\-−]\s*\d{1,4})\s+(?:du |le |from |on )?\s*(?P<first>\d{1,2}[^-–]*?)(?:\s*(?: au | to |-|–)\s*(?P<last>\d{1,2}.*))?"
)


class NotUnderstoodRange(ValueError):
    """Said in words: what could not be read, or why it cannot be done."""


@dataclass(frozen=True)
class Range:
    """So many rooms more (or fewer) each night from `first` to `last`, included."""

    rooms: int
    first: date
    last: date


def read_range(words: str, *, near: date) -> Range:
    """« +5 du 12 au 15 juin », "-2 on 14/06/2027": the nights lie in the year nearest to `near` unless one is typed."""
    found = LINE.fullmatch(" ".join(words.replace("\0", "").strip().split())[:80])
    if found is None:
        raise NotUnderstoodRange(_("Type for instance: +5 du 12 au 15 juin"))
    rooms = int(re.sub(r"[−\s]", lambda m: "-" if m.group() == "−" else "", found["rooms"]))
    last = _day(found["last"] or found["first"], near, None)
    first = _day(found["first"], near, last) if found["last"] else last
    if not rooms or abs(rooms) > MOST_ROOMS:
        raise NotUnderstoodRange(_("How many rooms? From 1 to %(most)s.") % {"most": MOST_ROOMS})
    if not first <= last < first + MOST_NIGHTS * DAY:
        raise NotUnderstoodRange(_("The last night comes after the first, at most two months later."))
    return Range(rooms, first, last)


def _day(words: str, near: date, other: date | None) -> date:
    """A day; what it does not say (its month, its year) is that of the other end, else the nearest."""
    parts = [part for part in re.split(r"[\s/.]+", fold(words)) if part]
    month = other.month if other else near.month
    year = other.year if other else None
    try:
        if len(parts) > 1:
            month = MONTHS.index(parts[1]) % 12 + 1 if parts[1] in MONTHS else int(parts[1])
        if len(parts) > 2:
            year = int(parts[2])
        if len(parts) > 3 or (year is not None and not 2000 <= year < 2200):
            raise ValueError
        if year is not None:
            return date(year, month, int(parts[0]))
        return min(
            (date(y, month, int(parts[0])) for y in (near.year - 1, near.year, near.year + 1)), key=lambda d: abs(d - near)
        )
    except (ValueError, IndexError, OverflowError) as error:
        raise NotUnderstoodRange(_("This day is not understood: %(words)s") % {"words": words.strip()[:30]}) from error


@transaction.atomic
def edit_range(congress: Congress, pool: Pool, service: Service, wanted: Range, *, key: str, by: Actor, at: datetime) -> int:
    """Put rooms on sale, or take back those put on sale by hand, each night. The same `key` twice is once; how many nights moved.

    What hotels granted by a block goes back by its release. Raises NotUnderstoodRange in words, NotEnough if somebody has them.
    """
    require(by, "allotment.retain", congress)
    nights = {Night(pool.pk, service.pk, day): wanted.rooms for day in days(wanted.first, wanted.last + DAY)}
    rows = StockDay.objects.filter(congress=congress, pool=pool, service=service, day__range=(wanted.first, wanted.last))
    there = {row.day: row.pk for row in rows}
    if missing := [night.day for night in nights if night.day not in there]:
        raise NotUnderstoodRange(_("Nothing of this is on sale on %(day)s.") % {"day": dates.say(missing[0])})
    if wanted.rooms < 0 and not _is_done(key, there.values()):
        _check_by_hand(there, -wanted.rooms)
    moved = grant(nights, key=f"range-{key}"[:80], reason="by hand", by=by, at=at, congress_id=congress.pk)
    if moved:
        after = {"service": service.pk, "rooms": wanted.rooms, "first": str(wanted.first), "last": str(wanted.last)}
        trace(by, "allotment.range", congress, at=at, after=after)
        touch(congress)
    return moved


@transaction.atomic
def undo_range(congress: Congress, key: str, *, by: Actor, at: datetime) -> int:
    """Take back, or give again, exactly what the range of this key did. Twice is once. Raises NotEnough if somebody has them."""
    require(by, "allotment.retain", congress)
    done = Grant.objects.filter(key=f"range-{key}"[:80], stock_day__congress=congress)
    rows = done.values_list("stock_day__pool", "stock_day__service", "stock_day__day", "rooms")
    back = {Night(pool, service, day): -rooms for pool, service, day, rooms in rows}
    moved = grant(back, key=f"unrange-{key}"[:80], reason="undone", by=by, at=at, congress_id=congress.pk) if back else 0
    if moved:
        trace(by, "allotment.range_undone", congress, at=at, after={"key": key, "nights": moved})
        touch(congress)
    return moved


def _is_done(key: str, rows: object) -> bool:
    return Grant.objects.filter(key=f"range-{key}"[:80], stock_day__in=list(rows)).exists()  # type: ignore[call-overload]


def _check_by_hand(rows: dict[date, int], rooms: int) -> None:
    by_hand = Grant.objects.filter(stock_day__in=list(rows.values()), block="").values("stock_day").annotate(sum=Sum("rooms"))
    sums = {row["stock_day"]: row["sum"] for row in by_hand}
    for day, pk in rows.items():
        if sums.get(pk, 0) < rooms:
            by_hand_here = max(0, sums.get(pk, 0))
            words = ngettext(
                "%(day)s: %(n)s room was put on sale by hand; those a hotel granted go back from its block.",
                "%(day)s: %(n)s rooms were put on sale by hand; those a hotel granted go back from its block.",
                by_hand_here,
            )
            raise NotUnderstoodRange(words % {"day": dates.say(day), "n": by_hand_here})
