"""A stay that no hotel has whole: the best patch of several, and the nights that nobody has. Pure, asks no table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pleniere.common.money import ZERO
from pleniere.common.nights import DAY
from pleniere.congress.models import StayRule
from pleniere.congress.stays import broken

from .search import Choice, Hotel

Option = tuple[Hotel, Choice]
Key = tuple[int, int]  # an offer and its rate


@dataclass(frozen=True)
class Leg:
    """Neighbouring nights in one room."""

    hotel: Hotel
    choice: Choice
    start: date
    end: date
    total: Decimal


@dataclass(frozen=True)
class Patch:
    """The legs in order, and the nights without a bed."""

    legs: tuple[Leg, ...] = ()
    missing: tuple[date, ...] = ()

    @property
    def total(self) -> Decimal:
        return sum((leg.total for leg in self.legs), ZERO)

    @property
    def rank(self) -> tuple[int, int, Decimal]:
        """As few nights without a bed as can be, then as few moves, then the lowest price."""
        return len(self.missing), len(self.legs), self.total


def key_of(choice: Choice) -> Key:
    return choice.offer.pk, choice.rate.pk


def patch(nights: Mapping[date, Sequence[Option]], rules: Sequence[StayRule]) -> Patch:
    """The best patch of these nights, each with what is priced on it (a choice of one night); every leg is a stay its hotel sells."""
    days = sorted(nights)
    open_ = [{key_of(each[1]): each for each in nights[day] if each[1].left > 0} for day in days]
    best = [Patch()]  # of the first n nights
    for n, day in enumerate(days, start=1):
        before = best[n - 1]
        found = Patch(before.legs, (*before.missing, day))
        for first in range(n):
            leg = _leg(open_[first:n], days[first], day + DAY, rules)
            if leg is not None:
                found = min(found, Patch((*best[first].legs, leg), best[first].missing), key=lambda each: each.rank)
        best.append(found)
    return best[-1]


def _leg(nights: Sequence[Mapping[Key, Option]], start: date, end: date, rules: Sequence[StayRule]) -> Leg | None:
    """The cheapest room that is free on all of these nights and sold for just them."""
    found = None
    for key, (hotel, choice) in nights[0].items():
        if all(key in night for night in nights) and not broken(rules, choice.offer, start, end):
            amount = sum((night[key][1].total for night in nights), ZERO)
            if found is None or (amount, key) < (found.total, key_of(found.choice)):
                found = Leg(hotel, choice, start, end, amount)
    return found
