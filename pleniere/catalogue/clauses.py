"""What clauses say on a day: which of a scale holds, what comes when, how much. Pure; the floors above bring days and sums."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal

from pleniere.common.money import ZERO, percent_of

from .models import Clause

Base = Clause.Base


@dataclass(frozen=True)
class When:
    """The days that clauses count from, where the congress is."""

    order: date
    start: date
    end: date
    zone: tzinfo

    def begins(self, clause: Clause) -> datetime:
        """Local midnight of its day, then its hours."""
        day = clause.begins_on(order=self.order, start=self.start, end=self.end)
        return datetime.combine(day, time.min, self.zone) + timedelta(hours=clause.hours)


@dataclass(frozen=True)
class Sums:
    """What a share or an amount is of. `total` bounds both; `rooms` × `nights` is what an amount by night is asked for."""

    total: Decimal
    night: Decimal = ZERO  # the first
    deposit: Decimal = ZERO
    rooms: int = 1
    nights: int = 1
    persons: int = 1


def reached(clauses: Iterable[Clause], verb: str, whole: Decimal = ZERO) -> list[Clause]:
    """Of one verb, the clauses of the highest `from_total` that an order of `whole` reaches: no others apply."""
    found = [clause for clause in clauses if clause.verb == verb and clause.from_total <= whole]
    most = max((clause.from_total for clause in found), default=ZERO)
    return [clause for clause in found if clause.from_total == most]


def holding(clauses: Iterable[Clause], verb: str, when: When, *, at: datetime, whole: Decimal = ZERO) -> Clause | None:
    """Of a scale (KEEP, SHRINK, RENAME, CONFIRM) the last begun: it has no hole and no overlap. None before the first."""
    begun = [each for each in coming(clauses, verb, when, whole=whole) if each[0] <= at]
    return begun[-1][1] if begun else None


def coming(clauses: Iterable[Clause], verb: str, when: When, *, whole: Decimal = ZERO) -> list[tuple[datetime, Clause]]:
    """The clauses of a verb with their moments, in order: DUE, RELEASE and LAPSE each happen once; a scale's next comes after its last."""
    dated = [(when.begins(clause), clause.pk or 0, clause) for clause in reached(clauses, verb, whole)]
    return [(begins, clause) for begins, _pk, clause in sorted(dated, key=lambda each: each[:2])]


def how_much(clause: Clause, sums: Sums) -> Decimal:
    """What a clause asks of these sums, never more than their total. An amount is for each room, night or person it names, else once."""
    if clause.percent is not None:
        of = {Base.NIGHT: sums.night, Base.DEPOSIT: sums.deposit}.get(Base(clause.base), sums.total)
        return min(sums.total, percent_of(of, clause.percent))
    times = {"ROOM": sums.rooms, "NIGHT": sums.rooms * sums.nights, "PERSON": sums.persons}.get(clause.per, 1)
    return min(sums.total, (clause.amount or ZERO) * times)


def how_many(clause: Clause, *, granted: int, left: int, unsold: int) -> int:
    """Rooms of a SHRINK or a RELEASE, rounded down: no more goes back than was agreed, nor than there is."""
    of = {Base.LEFT: left, Base.UNSOLD: unsold}.get(Base(clause.base), granted)
    return min(left, int(of * (clause.percent if clause.percent is not None else ZERO) / 100))
