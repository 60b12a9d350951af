"""Nights: half-open ranges of dates. The 12th to the 14th is two nights, the 12th and the 13th."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True, order=True)
class Stay:
    """From `arrival` to `departure`, the latter no longer part of it. `night` is the evening's date."""

    arrival: date
    departure: date

    def __post_init__(self) -> None:
        if not self.arrival < self.departure:
            raise ValueError(f"{self.arrival} is not before {self.departure}")

    def __len__(self) -> int:
        return (self.departure - self.arrival).days

    def __iter__(self) -> Iterator[date]:
        return days(self.arrival, self.departure)

    def __contains__(self, day: date) -> bool:
        return self.arrival <= day < self.departure

    def __str__(self) -> str:
        return f"{self.arrival} – {self.departure}"


def days(start: date, end: date) -> Iterator[date]:
    """Every date from `start` up to, not including, `end`."""
    while start < end:
        yield start
        start += DAY
