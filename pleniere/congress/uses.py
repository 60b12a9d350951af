"""What floors above know of a congress's use: its open carts, what is sold of an offer, whether its quote is accepted.

This floor asks before it changes anything; `config/wiring.py` says who answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime

from .models import Congress


class Uses:
    """Answers of one floor; what it does not know stays as here."""

    def carts(self, congress: Congress, at: datetime) -> int:
        """Carts whose time is not over, with something in them."""
        return 0

    def orders(self, congress: Congress) -> int:
        """Placed bookings."""
        return 0

    def lines(self, offers: Iterable[int]) -> Counter[int]:
        """Living lines of placed bookings, by offer."""
        return Counter()

    def named(self, offers: Iterable[int]) -> set[int]:
        """Offers that any line names, be it cancelled or in a cart: they can be retired, not removed."""
        return set()

    def outside(self, congress: Congress, starts: date, ends: date) -> int:
        """Living lines of placed bookings within the congress's dates that would lie outside these."""
        return 0

    def quote_accepted(self, congress: Congress) -> bool:
        return False

    def nights(self, congress: Congress) -> dict[tuple[int, int], set[date]]:
        """By pool and service, the nights on which there is a room to sell, sold already or not."""
        return {}


_SOURCES: list[Uses] = []


def register(source: Uses) -> None:
    """Let a floor above answer. Registered twice is once."""
    if type(source) not in {type(each) for each in _SOURCES}:
        _SOURCES.append(source)


def open_carts(congress: Congress, at: datetime) -> int:
    """How many carts an edit meets: each is priced anew at its next page, and told so."""
    return sum(source.carts(congress, at) for source in _SOURCES)


def orders(congress: Congress) -> int:
    return sum(source.orders(congress) for source in _SOURCES)


def sold(offers: Iterable[int]) -> Counter[int]:
    """Living lines by offer."""
    offers = list(offers)
    return sum((source.lines(offers) for source in _SOURCES), Counter[int]())


def named(offers: Iterable[int]) -> set[int]:
    offers = list(offers)
    return {pk for source in _SOURCES for pk in source.named(offers)}


def outside(congress: Congress, starts: date, ends: date) -> int:
    return sum(source.outside(congress, starts, ends) for source in _SOURCES)


def nights(congress: Congress) -> dict[tuple[int, int], set[date]]:
    return {key: found for source in _SOURCES for key, found in source.nights(congress).items()}


def quote_accepted(congress: Congress) -> bool:
    return any(source.quote_accepted(congress) for source in _SOURCES)
