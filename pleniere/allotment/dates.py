"""A request's dates: reply deadline < cut-off ≤ first night, all before the congress is over. Each refusal says why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from pleniere.congress.models import Congress

MOST_NIGHTS = 31
AROUND = timedelta(days=14)  # nights before and after the congress that may still be asked


@dataclass(frozen=True)
class Problem:
    """What is wrong with one field, in words that name both dates."""

    field: str
    words: str


class BadDates(ValueError):
    """The dates do not stand in order. `problems` says why, field by field."""

    def __init__(self, problems: list[Problem]):
        self.problems = problems
        super().__init__(" ".join(problem.words for problem in problems))


def check(
    congress: Congress, *, arrival: date, departure: date, deadline: datetime, cutoff: date, at: datetime, is_new: bool = True
) -> None:
    """Raise BadDates naming everything that is wrong at once. `is_new`: a deadline already past is refused too."""
    found = [*_nights(congress, arrival, departure), *_deadline(congress, arrival, deadline, cutoff)]
    found += _cutoff(congress, arrival, cutoff)
    if is_new and deadline <= at:
        found.append(Problem("deadline", _("The reply deadline, %(day)s, is past.") % {"day": say_at(deadline, congress)}))
    if found:
        raise BadDates(found)


def say(day: date) -> str:
    return date_format(day, "j F Y")


def say_at(moment: datetime, congress: Congress) -> str:
    """A moment where the congress is: its day and hour."""
    local = timezone.localtime(moment, congress.zone)
    return _("%(day)s at %(hour)s") % {"day": date_format(local, "l j F Y"), "hour": f"{local:%H:%M}"}


def _nights(congress: Congress, arrival: date, departure: date) -> Iterator[Problem]:
    if departure <= arrival:
        yield Problem("departure", _("The departure comes after the first night, at least one day later."))
    elif (departure - arrival).days > MOST_NIGHTS:
        yield Problem("departure", _("At most %(nights)s nights can be asked at once.") % {"nights": MOST_NIGHTS})
    elif arrival < congress.starts - AROUND or departure > congress.ends + AROUND:
        words = _("The nights asked lie more than %(days)s days away from the congress, held from %(starts)s to %(ends)s.")
        yield Problem("arrival", words % {"days": AROUND.days, **_held(congress)})


def _deadline(congress: Congress, arrival: date, deadline: datetime, cutoff: date) -> Iterator[Problem]:
    day = congress.local_date(deadline)
    facts = {"day": say(day), "cutoff": say(cutoff), "arrival": say(arrival), **_held(congress)}
    if day >= congress.ends:
        yield Problem("deadline", _("The reply deadline, %(day)s, falls after the congress, over on %(ends)s.") % facts)
    elif day >= arrival:
        yield Problem("deadline", _("The reply deadline, %(day)s, does not come before the first night, %(arrival)s.") % facts)
    elif day >= cutoff:
        yield Problem("deadline", _("The reply deadline, %(day)s, does not come before the cut-off, %(cutoff)s.") % facts)


def _cutoff(congress: Congress, arrival: date, cutoff: date) -> Iterator[Problem]:
    facts = {"day": say(cutoff), "arrival": say(arrival), **_held(congress)}
    if cutoff >= congress.ends:
        words = _("The cut-off, %(day)s, falls after the congress, over on %(ends)s: no room would be left to give back.")
        yield Problem("cutoff", words % facts)
    elif cutoff > arrival:
        words = _("The cut-off, %(day)s, falls after the first night, %(arrival)s. At the latest: that very day.")
        yield Problem("cutoff", words % facts)


def _held(congress: Congress) -> dict[str, str]:
    return {"starts": say(congress.starts), "ends": say(congress.ends - timedelta(days=1))}
