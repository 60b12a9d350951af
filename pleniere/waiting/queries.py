"""What the office asks of the waiting list. Readers only."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Sum

from pleniere.congress.models import Congress
from pleniere.stock.models import RESERVE, Claim, StockDay

from . import owners
from .models import Wish


@dataclass
class Waited:
    """A night of a room type where somebody waits or something is kept."""

    row: StockDay
    bookings: int = 0
    rooms: int = 0
    reserve: int = 0  # came free while people waited, not offered yet
    offered: int = 0
    office: int = 0


def nights_with_rooms(congress: Congress) -> list[StockDay]:
    """Every night of every room type there is stock of."""
    rows = StockDay.objects.filter(congress=congress, service__kind="ROOM").select_related("service__supplier", "pool")
    return list(rows.order_by("service__supplier__name", "service__code", "day", "pool"))


def has_kept(congress: Congress) -> bool:
    """Does the office keep rooms for itself, on any night?"""
    return Claim.objects.filter(stock_day__congress=congress, owner__startswith=owners.OFFICE).exists()


def by_night(congress: Congress) -> list[Waited]:
    """Night by night who waits and what is kept for them; in as many queries for 20 wishes as for 2."""
    asked: dict[tuple[int | None, int, date], list[int]] = defaultdict(list)
    for wish in Wish.objects.filter(booking__congress=congress).live().select_related("offer"):
        for night, count in wish.wanted.items():
            asked[night].append(count)
    kept: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    claims = Claim.objects.filter(stock_day__congress=congress, kind=Claim.Kind.KEPT).values_list("owner", "stock_day")
    for owner, stock_day, count in claims.annotate(sum=Sum("rooms")):
        if sort := owners.sort_of(owner):  # a draw's rooms, a change's are others' business
            kept[stock_day][sort] += count
    found = []
    for row in nights_with_rooms(congress):
        rooms, has = asked.get((row.pool_id, row.service_id, row.day), []), kept[row.pk]
        if rooms or has:
            found.append(Waited(row, len(rooms), sum(rooms), has[RESERVE], has[owners.OFFERED], has[owners.OFFICE]))
    return found
