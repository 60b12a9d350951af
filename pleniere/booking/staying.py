"""The stays of a booking held against its hotels' rules. Reads nothing, writes nothing; the rules: `congress/stays.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pleniere.catalogue.models import Service
from pleniere.congress.models import Offer
from pleniere.congress.programme import Programme
from pleniere.congress.stays import Broken, broken, say

from .models import Line, Person

People = Mapping[int, Sequence[Person]]


@dataclass(frozen=True)
class Wrong:
    """A line whose stay its hotel does not sell, and why."""

    offer: Offer
    start: date
    end: date
    why: tuple[Broken, ...]

    def __str__(self) -> str:
        return f"{self.offer.service.supplier}: {', '.join(say(each) for each in self.why)}"


class NotThatStay(Exception):
    """The hotel does not sell this stay. `wrong`: which, and why; its words are for who asked."""

    def __init__(self, wrong: Sequence[Wrong]):
        self.wrong = list(wrong)
        super().__init__("; ".join(dict.fromkeys(map(str, wrong))))


def stay_of(line: Line, lines: Iterable[Line], people: People) -> tuple[date, date]:
    """From when to when who sleeps in this line is in that hotel without a break: its nights and those of lines that touch them."""
    mine = {person.pk for person in people.get(line.pk, ())}
    near = [
        each
        for each in lines
        if each.offer.service.supplier_id == line.offer.service.supplier_id
        and _is_room(each)
        and mine & {person.pk for person in people.get(each.pk, ())}
    ]
    start, end, moved = line.start, line.end, True
    while moved:
        reach = [(each.start, each.end) for each in near if each.start <= end and each.end >= start]
        longer = min([start, *(s for s, _e in reach)]), max([end, *(e for _s, e in reach)])
        moved, (start, end) = longer != (start, end), longer
    return start, end


def wrong_stays(plan: Programme, lines: Sequence[Line], among: Iterable[Line], people: People) -> list[Wrong]:
    """Which of these rooms their hotels do not sell so; `among` are all of the booking's. What was sold despite a rule is right."""
    if not plan.stays:
        return []
    rooms, found = [line for line in among if _is_room(line)], []
    for line in lines:
        if _is_room(line) and not line.despite:
            start, end = stay_of(line, rooms, people)
            why = broken(plan.stays, line.offer, start, end)
            if why:
                found.append(Wrong(line.offer, start, end, tuple(why)))
    return found


def _is_room(line: Line) -> bool:
    return line.offer.service.kind == Service.Kind.ROOM and not line.is_penalty
