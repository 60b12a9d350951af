"""Letters of matching: the lines of one owner's account that make zero together bear the same letter. Computed, never stored.

Read in the order of the journal, which only grows: a letter once given stays the same however much is written after.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal

from pleniere.common.money import ZERO
from pleniere.ledger.models import EntryLine


def letters() -> dict[int, tuple[str, date]]:
    """By entry line: its letter, and the day the lines it belongs to came to zero. Lines still open have none."""
    found: dict[int, tuple[str, date]] = {}
    open_: dict[tuple[str, str], list[int]] = defaultdict(list)
    sums: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    last: dict[tuple[str, str], date] = {}
    given: dict[tuple[str, str], int] = defaultdict(int)
    lines = EntryLine.objects.exclude(aux="").order_by("entry__number", "pk")
    rows = lines.values_list("pk", "role", "aux", "debit", "credit", "entry__date").iterator(2000)
    for pk, role, aux, debit, credit, on in rows:
        owner = role, aux
        open_[owner].append(pk)
        sums[owner] += debit - credit
        last[owner] = max(last.get(owner, on), on)
        if not sums[owner]:
            letter = letter_of(given[owner])
            found.update(dict.fromkeys(open_.pop(owner), (letter, last[owner])))
            given[owner] += 1
    return found


def letter_of(place: int) -> str:
    """A, B … Z, AA, AB …"""
    text = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        text = chr(ord("A") + rest) + text
    return text
