"""What became of each stay, as the hotel's page and the office's read it typed: one choice a stay, and a day where it is another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from pleniere.booking.stays import Outcome, Stayed, Told


@dataclass
class Row:
    """A stay with what is typed of it, and why that cannot be."""

    stay: Stayed
    outcome: str
    departure: str
    note: str
    problem: str = ""

    @property
    def choices(self) -> list[tuple[str, str, bool]]:
        return [(value, str(label), value == self.outcome) for value, label in Outcome.choices]


def read(stays: Iterable[Stayed], typed: QueryDict) -> tuple[dict[int, Told], dict[int, str]]:
    """What is said of each stay, and what is not understood; a stay of which nothing is chosen is passed over.

    With the button "came as booked" every stay of which nothing is said, and nothing was, came.
    """
    told, problems = {}, {}
    for each in stays:
        pk = each.line.pk
        outcome = typed.get(f"outcome:{pk}", "")[:10]
        if not outcome and "rest" in typed and each.change is None:
            outcome = Outcome.CAME
        if not outcome:
            continue
        words, note = typed.get(f"departure:{pk}", "").strip()[:20], typed.get(f"note:{pk}", "").replace("\0", "").strip()[:200]
        try:
            departure = parse_date(words) if words else None
        except ValueError:
            departure = None
        if words and departure is None:
            problems[pk] = _("“%(words)s” is not a day.") % {"words": words}
        told[pk] = Told(outcome, departure, note)
    return told, problems


def rows(stays: Iterable[Stayed], typed: QueryDict | None = None, problems: Mapping[int, str] | None = None) -> list[Row]:
    found = []
    for each in stays:
        pk, told = each.line.pk, each.told
        outcome, departure, note = ("", "", "")
        if typed is not None:
            outcome, departure, note = (typed.get(f"{name}:{pk}", "")[:200] for name in ("outcome", "departure", "note"))
        elif told is not None:
            outcome, departure, note = told.outcome, told.departure.isoformat() if told.departure else "", told.note
        found.append(Row(each, outcome, departure, note, (problems or {}).get(pk, "")))
    return found
