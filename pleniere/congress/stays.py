"""Which stays a hotel sells: minimum nights, days without arrival or departure, nights sold only with others. Pure, asks no table.

Of several rules for a day, those of the room type count, else those of its hotel, else those of all hotels; among equals all do.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.utils.translation import gettext as _

from pleniere.common.nights import DAY, Stay, days
from pleniere.common.shown import day as say_day

from .models import Offer, StayRule

NEAR = 5  # days a proposed stay may begin or end from those asked


class Why(StrEnum):
    SHORT = "SHORT"
    ARRIVAL = "ARRIVAL"
    DEPARTURE = "DEPARTURE"
    SHOULDER = "SHOULDER"


@dataclass(frozen=True)
class Broken:
    """What a stay breaks: on which day, of how many nights at least (of SHORT)."""

    why: Why
    day: date
    least: int = 1


def rules_on(rules: Sequence[StayRule], offer: Offer, day: date) -> list[StayRule]:
    """The rules that count for a day of an offer: those of the nearest level that says something of it."""
    own: list[StayRule] = []
    hotel: list[StayRule] = []
    every: list[StayRule] = []
    for rule in rules:
        if rule.holds(day):
            if rule.offer_id is not None:
                own += [rule] * (rule.offer_id == offer.pk)
            elif rule.supplier_id is not None:
                hotel += [rule] * (rule.supplier_id == offer.service.supplier_id)
            else:
                every.append(rule)
    return own or hotel or every


def least_nights(rules: Sequence[StayRule], offer: Offer, arrival: date) -> int:
    """How many nights one who arrives that day stays at least."""
    return max((rule.least for rule in rules_on(rules, offer, arrival)), default=1)


def broken(rules: Sequence[StayRule], offer: Offer, start: date, end: date) -> list[Broken]:
    """What a stay from `start` up to `end` breaks; nothing: it is sold."""
    if not rules:
        return []
    found = []
    on_arrival = rules_on(rules, offer, start)
    least = max((rule.least for rule in on_arrival), default=1)
    if (end - start).days < least:
        found.append(Broken(Why.SHORT, start, least))
    if any(rule.no_arrival for rule in on_arrival):
        found.append(Broken(Why.ARRIVAL, start))
    if any(rule.no_departure for rule in rules_on(rules, offer, end)):
        found.append(Broken(Why.DEPARTURE, end))
    if all(any(rule.is_shoulder for rule in rules_on(rules, offer, night)) for night in days(start, end)):
        found.append(Broken(Why.SHOULDER, start))
    return found


def nearest(
    rules: Sequence[StayRule], offer: Offer, asked: Stay, *, fits: Callable[[Stay], bool] = lambda _stay: True, most: int = 2
) -> list[Stay]:
    """The stays that are sold and fit, nearest to the one asked: fewest days moved, those that hold all of it first."""
    found: list[Stay] = []
    for before, after in _shifts():
        start, end = asked.arrival + before * DAY, asked.departure + after * DAY
        if start < end and not broken(rules, offer, start, end) and fits(Stay(start, end)):
            found.append(Stay(start, end))
            if len(found) == most:
                break
    return found


def sold_stays(rules: Sequence[StayRule], offer: Offer, nights: Collection[date]) -> Iterator[Stay]:
    """By arrival among these nights, the shortest stay that is sold within them."""
    for start in sorted(nights):
        end = start + DAY
        while end - DAY in nights:
            if not broken(rules, offer, start, end):
                yield Stay(start, end)
                break
            end += DAY


def say(each: Broken) -> str:
    """In words, as a reason for who asked."""
    facts = {"day": say_day(each.day), "n": each.least}
    if each.why == Why.SHORT:
        return _("who arrives on %(day)s stays at least %(n)d nights") % facts
    if each.why == Why.ARRIVAL:
        return _("no arrival on %(day)s") % facts
    if each.why == Why.DEPARTURE:
        return _("no departure on %(day)s") % facts
    return _("these nights are sold only with nights of the congress")


def _shifts() -> list[tuple[int, int]]:
    """How arrival and departure may move, the least first; longer before shorter, then earlier before later."""
    span = range(-NEAR, NEAR + 1)
    each = [(before, after) for before in span for after in span if before or after]
    return sorted(each, key=lambda pair: (abs(pair[0]) + abs(pair[1]), not (pair[0] <= 0 <= pair[1]), pair))
