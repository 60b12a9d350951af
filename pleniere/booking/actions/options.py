"""Until when an option stands: its method's days, or the day its terms say it is lost unpaid, whichever comes first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta

from pleniere.catalogue.models import Clause
from pleniere.common.nights import DAY
from pleniere.congress.models import Congress, Method

from ..models import Line

LAPSE = Clause.Verb.LAPSE


def option_end(congress: Congress, method: Method, at: datetime) -> datetime:
    """Midnight, where the congress is, after the last day of the method's delay."""
    day = congress.local_date(at) + timedelta(days=method.hold_days + 1)
    return datetime.combine(day, time.min, congress.zone)


def option_ends(
    congress: Congress, lines: Sequence[Line], end: datetime, *, terms_id: int | None, at: datetime
) -> dict[str, datetime]:
    """By key of line: `end`, or when its terms (its offer's, else these, else the congress's) let it lapse unpaid, if that is before.

    Who orders after that day has the rest of the day: an option is never over before it was taken. One query, if there are terms.
    """
    lapses = lapse_times(congress, lines, terms_id=terms_id, at=at)
    return {line.key: min([end, *lapses.get(line.key, ())]) for line in lines}


def first_lapse(congress: Congress, lines: Sequence[Line], *, terms_id: int | None, at: datetime) -> datetime | None:
    """When the first of these lines would lapse by its terms, if any says so."""
    return min(
        (each for found in lapse_times(congress, lines, terms_id=terms_id, at=at).values() for each in found), default=None
    )


def lapse_times(congress: Congress, lines: Iterable[Line], *, terms_id: int | None, at: datetime) -> dict[str, list[datetime]]:
    """By key of line, when the LAPSE of its terms comes, ordered today."""
    which = [(line, line.offer.terms_id or terms_id or congress.terms_id) for line in lines]
    wanted = {terms for _line, terms in which if terms}
    clauses = list(Clause.objects.filter(terms__in=wanted, verb=LAPSE)) if wanted else []
    today = congress.local_date(at)
    tonight = datetime.combine(today + DAY, time.min, congress.zone)
    found: dict[str, list[datetime]] = {}
    for line, terms in which:
        for clause in clauses:
            if clause.terms_id == terms:
                day = clause.begins_on(order=today, start=line.start, end=line.end)
                begins = datetime.combine(day, time.min, congress.zone) + timedelta(hours=clause.hours)
                found.setdefault(line.key, []).append(max(begins, tonight))
    return found
