"""The hotel, or who had it on the phone, says what became of each stay; it waits for the office's agreement."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from pleniere.accounts.rights import Actor, require
from pleniere.congress.models import Congress

from ..models import Booking, Change, Line
from ..stays import VERB, Told, last_told, stays_of
from .acknowledging import House
from .frame import facts


class WrongStays(ValueError):
    """Some of what was said cannot be: `problems` by line, in sentences. Nothing was kept."""

    def __init__(self, problems: Mapping[int, str]):
        self.problems = dict(problems)
        super().__init__(" ".join(problems.values()))


@transaction.atomic
def tell_stays(house: House, told: Mapping[int, Told], *, by: Actor, at: datetime) -> int:
    """Keep what became of these stays of a hotel; returns how many are news. Raises WrongStays, and then keeps nothing.

    Only stays that have begun, and the hotel's own, are heard; others are passed over. What is agreed already stays as it is; saying
    otherwise afterwards waits anew. A repeat changes nothing.
    """
    require(by, "booking.tell_stay", house)
    congress = Congress.objects.get(pk=house.congress_id)
    own = {each.line.pk: each.line for each in stays_of(congress, congress.local_date(at), house.supplier_id)}
    heard = {pk: said for pk, said in sorted(told.items()) if pk in own}
    problems = {pk: why for pk, said in heard.items() if (why := said.wrong(own[pk]))}
    if problems:
        raise WrongStays(problems)
    bookings = {own[pk].booking_id for pk in heard}  # two who say at once say it one after the other
    list(Booking.objects.select_for_update(no_key=True).filter(pk__in=bookings).order_by("pk"))
    before = last_told(heard)
    news = {pk: said for pk, said in heard.items() if pk not in before or before[pk].asked != said.asked}
    stale = [before[pk].pk for pk in news if pk in before and before[pk].state == Change.State.PROPOSED]
    Change.objects.filter(pk__in=stale).update(state=Change.State.DROPPED)
    Change.objects.bulk_create(_change(own[pk], said, by, at) for pk, said in news.items())
    return len(news)


def _change(line: Line, said: Told, by: Actor, at: datetime) -> Change:
    """A row of history that waits; the booking's version stays, for nothing of it has changed for who edits it."""
    return Change(
        congress_id=line.congress_id,
        booking_id=line.booking_id,
        line=line,
        verb=VERB,
        state=Change.State.PROPOSED,
        by=str(by)[:160],
        at=at,
        reason=said.note[:500],
        before=facts(line),
        asked=said.asked,
    )
