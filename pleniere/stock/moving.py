"""Rooms that change their row: into a pool cut from another, to a hotel that is named later, and back. A move is two signs.

Each room keeps the name of the block that granted it, so that its hotel's cut-off and its withdrawals find it wherever it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Max, Sum

from pleniere.catalogue.models import Service, Supplier

from .actions import Night, NotEnough, Wanted, claim, grant, keep_for_waiting, lock_nights
from .models import Grant, StockDay

BY_HAND = "by-hand:"  # rooms no block granted, in a placeholder's row: the service they came from


class Shift(NamedTuple):
    """So many rooms go from one row to another of the same day."""

    source: Night
    target: Night
    rooms: int


class CannotMove(ValueError):
    """A room enters only a service of the hotel that granted it, or a placeholder's, on the same day of the same congress."""


@transaction.atomic
def move(
    shifts: Sequence[Shift], *, key: str, by: object, at: datetime, congress_id: int, reason: str = "", is_handed: bool = False
) -> int:
    """Move free rooms between rows, once per `key` (70 characters). How many rows moved (0 on a repeat).

    What is free was granted last, so it goes with the youngest block. Raises NotEnough, and then nothing was changed.
    """
    shifts = [shift for shift in shifts if shift.rooms > 0]
    rows = _rows(shifts, congress_id=congress_id)
    lock_nights(rows)
    if not shifts or Grant.objects.filter(stock_day__in=rows.values(), key__startswith=f"{key}~").exists():
        return 0
    leaving: dict[str, dict[Night, int]] = defaultdict(lambda: defaultdict(int))
    entering: dict[str, dict[Night, int]] = defaultdict(lambda: defaultdict(int))
    parts = _Parts(rows)
    for shift in shifts:
        for here, there, rooms in parts.take(shift):
            leaving[here][shift.source] -= rooms
            entering[there][shift.target] += rooms
    said: dict[str, Any] = {"by": by, "at": at, "congress_id": congress_id, "reason": reason, "is_handed": is_handed}
    moved = 0
    for number, (block, rooms_by_night) in enumerate([*leaving.items(), *entering.items()]):
        moved += grant(rooms_by_night, key=f"{key}~{number}", block=block, **said)
    return moved


@transaction.atomic
def move_and_claim(
    wanted: Mapping[str, Wanted],
    shifts: Sequence[Shift],
    *,
    key: str,
    by: object,
    at: datetime,
    congress_id: int,
    reason: str = "",
) -> None:
    """Free what these owners have, move the rooms, and leave the owners with what is wanted: at once, nobody comes between.

    Raises NotEnough or CannotMove; nothing was changed then.
    """
    lock_nights(
        {*_rows(shifts, congress_id=congress_id), *(n for want in wanted.values() for n in want.rooms)}, owners=list(wanted)
    )
    had = list(StockDay.objects.filter(claims__owner__in=list(wanted)).distinct())
    claim({owner: Wanted(want.kind, want.until, {}) for owner, want in wanted.items()}, at=at, is_handed=True)
    move(shifts, key=key, by=by, at=at, congress_id=congress_id, reason=reason, is_handed=True)
    claim(wanted, at=at)
    keep_for_waiting([row.pk for row in had], at=at)


def _rows(shifts: Iterable[Shift], *, congress_id: int) -> dict[Night, int]:
    """Every row named, those entered made where they are not there yet."""
    shifts = list(shifts)
    for shift in shifts:
        if shift.source.day != shift.target.day or shift.source == shift.target:
            raise CannotMove(f"{shift.source} → {shift.target}")
    fresh = [
        StockDay(congress_id=congress_id, pool_id=n.pool, service_id=n.service, day=n.day)
        for n in sorted({s.target for s in shifts})
    ]
    StockDay.objects.bulk_create(fresh, ignore_conflicts=True)
    names = {night for shift in shifts for night in (shift.source, shift.target)}
    found = StockDay.objects.filter(
        congress=congress_id,
        pool__in={n.pool for n in names},
        service__in={n.service for n in names},
        day__in={n.day for n in names},
    )
    rows = {night: row.pk for row in found if (night := Night(row.pool_id, row.service_id, row.day)) in names}
    if missing := names - set(rows):
        raise NotEnough(missing)
    return rows


class _Parts:
    """What each row has of each block, counted down as it is taken."""

    def __init__(self, rows: Mapping[Night, int], names: Iterable[Night] = ()):
        self.rows = rows
        self.services = Service.objects.select_related("supplier").in_bulk({night.service for night in [*rows, *names]})
        sums = Grant.objects.filter(stock_day__in=rows.values()).values("stock_day", "block")
        self.left: dict[int, dict[str, int]] = defaultdict(dict)
        for row in sums.annotate(rooms=Sum("rooms"), last=Max("pk")).order_by("-last"):
            self.left[row["stock_day"]][row["block"]] = row["rooms"]
        self.homes = homes_of({block for blocks in self.left.values() for block in blocks})

    def take(self, shift: Shift) -> Iterable[tuple[str, str, int]]:
        """(its name where it leaves, its name where it enters, rooms): all of the shift, or NotEnough."""
        parts = list(self.part(shift))
        if sum(rooms for _here, _there, rooms in parts) < shift.rooms:
            raise NotEnough([shift.source])
        return parts

    def part(self, shift: Shift) -> Iterable[tuple[str, str, int]]:
        """The same as far as rooms go, the youngest block first; counted down as it is read."""
        wanted, left = shift.rooms, self.left[self.rows[shift.source]]
        for block, rooms in left.items():
            name = self._name(block, shift) if rooms > 0 and wanted else None
            if name is not None:
                part = min(rooms, wanted)
                left[block] -= part
                wanted -= part
                yield block, name, part

    def _name(self, block: str, shift: Shift) -> str | None:
        """What the room's block is called where it goes; None: this room may not go there."""
        source, target = self.services[shift.source.service], self.services[shift.target.service]
        if source.pk == target.pk:
            return block
        if is_placeholder(target):
            return block if block or is_placeholder(source) else f"{BY_HAND}{source.pk}"
        if block.startswith(BY_HAND):
            return "" if block == f"{BY_HAND}{target.pk}" else None
        if is_placeholder(source):
            is_home = target.pk in self.homes.get(block, ()) and target.room_type == source.room_type
            return block if is_home else None
        return block if source.supplier_id == target.supplier_id else None


def is_placeholder(service: Service) -> bool:
    return service.supplier.kind == Supplier.Kind.PLACEHOLDER


def homes_of(blocks: Iterable[str]) -> dict[str, set[int]]:
    """By block, the services it granted rooms of: a room that was moved to a placeholder's row goes back to one of them, of its type."""
    rows = Grant.objects.filter(block__in=[block for block in blocks if block]).exclude(
        stock_day__service__supplier__kind=Supplier.Kind.PLACEHOLDER
    )
    found: dict[str, set[int]] = defaultdict(set)
    for block, service in rows.values_list("block", "stock_day__service").distinct():
        found[block].add(service)
    return dict(found)


def homeward(shifts: Sequence[Shift]) -> list[Shift]:
    """Of these ways out of a placeholder's rows, those that rooms there can go: as many as came from the hotel they lead to.

    For who frees a stay there and claims it at the hotel: what is lacking is taken from the hotel's own free rooms.
    """
    names = {night for shift in shifts for night in (shift.source, shift.target)}
    if not any(
        is_placeholder(each) for each in Service.objects.select_related("supplier").filter(pk__in={n.service for n in names})
    ):
        return []
    rows = StockDay.objects.filter(
        pool__in={n.pool for n in names}, service__in={n.service for n in names}, day__in={n.day for n in names}
    )
    parts = _Parts({night: row.pk for row in rows if (night := Night(row.pool_id, row.service_id, row.day)) in names}, names)
    found = []
    for shift in shifts:
        if is_placeholder(parts.services[shift.source.service]) and shift.source in parts.rows:
            rooms = sum(part for _here, _there, part in parts.part(shift))
            found += [shift._replace(rooms=rooms)] if rooms else []
    return found


def came_from(rows: Iterable[StockDay]) -> dict[int, dict[int, int]]:
    """Of placeholders' rows, how many rooms of each hotel's service moved into them: by row, by service. Three queries."""
    rows = list(rows)
    sums = Grant.objects.filter(stock_day__in=[row.pk for row in rows]).values("stock_day", "block")
    rooms = {(r["stock_day"], r["block"]): r["sum"] for r in sums.annotate(sum=Sum("rooms")).filter(sum__gt=0)}
    blocks = {block for _row, block in rooms}
    homes = homes_of(blocks)
    by_hand = {block: int(block.removeprefix(BY_HAND)) for block in blocks if block.startswith(BY_HAND)}
    services = {row.pk: row.service_id for row in rows}
    named = {*services.values(), *(home for each in homes.values() for home in each)}
    types = dict(Service.objects.filter(pk__in=named).values_list("pk", "room_type"))
    found: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for (row, block), count in rooms.items():
        own = [home for home in homes.get(block, ()) if types[home] == types[services[row]]]
        home = by_hand[block] if block in by_hand else min(own, default=0)
        found[row][home] += count
    return {row: dict(each) for row, each in found.items()}
