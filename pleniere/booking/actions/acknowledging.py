"""The supplier says what it has taken into its own system; from then on only what changes later is news to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from django.db import transaction

from pleniere.accounts.rights import Actor, require

from ..models import Change, Line
from ..queries import snapshot, supplier_lines

VERB = "line.acknowledged"
LONGEST_NUMBER = 40


class House(Protocol):
    """Whose lines, of which congress: a request's invitation (then its link may act), or a block."""

    supplier_id: int
    congress_id: int


@transaction.atomic
def acknowledge(
    house: House, seen: Mapping[int, int], *, numbers: Mapping[int, str] | None = None, by: Actor, at: datetime
) -> list[int]:
    """Take these lines in, each at the version that was shown, and keep the supplier's own numbers. Returns the lines that were not.

    A line that has changed since is left as news: what was not read is never acknowledged. A number may come alone. A repeat
    changes nothing.
    """
    require(by, "booking.acknowledge", house)
    numbers = {pk: words.replace("\0", "").strip()[:LONGEST_NUMBER] for pk, words in (numbers or {}).items()}
    late, history = [], []
    for row in sorted(supplier_lines(house.congress_id, house.supplier_id), key=lambda each: each.line.pk):
        line = row.line
        number = numbers.get(line.pk, line.supplier_number)
        is_taken = line.pk in seen and not line.seen_version == line.version == seen[line.pk]
        if is_taken and not Line.objects.filter(pk=line.pk, version=seen[line.pk]).update(seen_version=seen[line.pk]):
            late.append(line.pk)
            continue
        if number != line.supplier_number:
            Line.objects.filter(pk=line.pk).update(supplier_number=number)
        if is_taken:
            after = {**snapshot(row), "version": seen[line.pk], "supplier_number": number}
            history.append(_change(house, line, VERB, by, at, after))
        elif number != line.supplier_number:
            history.append(_change(house, line, "line.numbered", by, at, {"supplier_number": number}))
    Change.objects.bulk_create(history)
    return late


def _change(house: House, line: Line, verb: str, by: Actor, at: datetime, after: dict[str, Any]) -> Change:
    """A row of history; the booking's version stays, for nothing of it has changed for who edits it."""
    facts = {"verb": verb, "by": str(by)[:160], "at": at, "after": after}
    return Change(congress_id=house.congress_id, booking_id=line.booking_id, line=line, **facts)
