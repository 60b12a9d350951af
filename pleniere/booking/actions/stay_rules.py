"""The rules of stay at the door of a booking: kept by all, set aside by an agent who says why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pleniere.accounts.rights import Actor, require
from pleniere.congress.programme import Programme, programme

from ..models import Booking, Line, Person
from ..staying import NotThatStay, People, wrong_stays
from .frame import lines_of, people_of, record

LONG = 200  # characters of a reason


def hold_to_rules(
    plan: Programme,
    booking: Booking,
    lines: Sequence[Line],
    among: Iterable[Line],
    people: People,
    *,
    despite: str = "",
    by: Actor,
    at: datetime,
) -> None:
    """Raises NotThatStay when a hotel does not sell one of these stays. `despite`: the reason an agent sells it all the same, kept on the line and told."""
    wrong = wrong_stays(plan, lines, among, people)
    if not wrong:
        return
    if not despite.strip():
        raise NotThatStay(wrong)
    require(by, "booking.override", booking)
    offers = {each.offer.pk for each in wrong}
    for line in lines:
        if line.offer_id in offers:
            line.despite = despite.strip()[:LONG]
            Line.objects.filter(pk=line.pk).update(despite=line.despite)
    for each in wrong:
        said = {"offer": str(each.offer), "start": each.start.isoformat(), "end": each.end.isoformat()}
        said["broken"] = [why.why.value for why in each.why]  # type: ignore[assignment]
        record(booking, "stay.overridden", by=by, at=at, reason=despite, after=said, moves=False)


def hold_among(
    booking: Booking, lines: Sequence[Line], people: Mapping[int, Sequence[Person]], *, despite: str, by: Actor, at: datetime
) -> None:
    """The same for lines of a placed booking as they are about to be, among the others of it. `people`: who sleeps in these."""
    plan = programme(booking.congress)
    if plan.stays:
        mine = {line.pk for line in lines}
        others = [each for each in lines_of(booking, *Line.COUNTED) if each.pk not in mine]
        sleeping: dict[int, Sequence[Person]] = {**people_of(others), **people}
        hold_to_rules(plan, booking, lines, [*others, *lines], sleeping, despite=despite, by=by, at=at)
