"""The versions of a hotel's answer beside each other: what each changed of the one before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from pleniere.catalogue.models import Service

from .models import Cell, Reply


@dataclass
class Difference:
    """A type over nights whose rooms or price changed alike; None where one of the versions says nothing."""

    label: str
    first: date
    last: date
    before: tuple[int | None, Decimal | None] | None
    after: tuple[int | None, Decimal | None] | None


@dataclass
class Version:
    """One answer as it was sent, and what it changed of the one before (the first changes nothing)."""

    reply: Reply
    differences: list[Difference] = field(default_factory=list)
    is_first: bool = False


def versions(replies: Sequence[Reply]) -> list[Version]:
    """The sent ones among these, the last first. Asks nothing: cells are prefetched."""
    sent = [reply for reply in replies if not reply.is_draft]
    found = [Version(reply, is_first=n == 0) for n, reply in enumerate(sent)]
    for n in range(1, len(sent)):
        found[n].differences = differences(sent[n - 1], sent[n])
    return found[::-1]


def differences(before: Reply, after: Reply) -> list[Difference]:
    """By type in the trade's order, then by night; neighbouring nights that changed alike are one."""
    old, new = _cells(before), _cells(after)
    found: list[Difference] = []
    order = Service.Room.values
    for code, night in sorted({*old, *new}, key=lambda key: (order.index(key[0]), key[1])):
        was, now = old.get((code, night)), new.get((code, night))
        if was == now:
            continue
        label = str(Service.Room(code).label)
        last = found[-1] if found else None
        if last and (last.label, last.before, last.after) == (label, was, now) and night - last.last == timedelta(days=1):
            last.last = night
        else:
            found.append(Difference(label, night, night, was, now))
    return found


def _cells(reply: Reply) -> dict[tuple[str, date], tuple[int | None, Decimal | None]]:
    cells: list[Cell] = list(reply.cells.all())
    return {(cell.room_type, cell.night): (cell.rooms, cell.price) for cell in cells}
