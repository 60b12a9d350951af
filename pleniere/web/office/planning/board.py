"""The planning laid out: a month of days, hotel by hotel, what is free, optioned and booked of each room type."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils.formats import date_format

from pleniere.catalogue.models import Supplier
from pleniere.common.nights import days
from pleniere.stock.models import StockDay
from pleniere.stock.queries import Track


@dataclass
class Head:
    """A day of the head: its place in the week, whether the congress is on."""

    day: date
    css: str


@dataclass
class Cell:
    """One number of a row; `pk` none: no stock that day."""

    day: date
    css: str
    pk: int | None = None
    number: int = 0
    held: int = 0
    look: str = ""


@dataclass
class Band:
    """A service of a hotel with its three rows."""

    track: Track
    rows: list[tuple[str, list[Cell]]]

    @property
    def label(self) -> str:
        return str(self.track.service)

    @property
    def pk(self) -> str:
        return str(self.track.service.pk)


@dataclass
class House:
    supplier: Supplier
    bands: list[Band] = field(default_factory=list)


@dataclass
class Month:
    """A link to a month, and how much of its stock is taken."""

    first: date
    granted: int
    taken: int
    is_here: bool

    @property
    def percent(self) -> int:
        return round(100 * self.taken / self.granted) if self.granted else 0


def span(first: date, last: date) -> tuple[date, date]:
    """Whole weeks that hold these days."""
    start = first - timedelta(days=first.weekday())
    end = last + timedelta(days=7 - last.weekday())
    return start, end


def month_span(month: date) -> tuple[date, date]:
    return span(month, month.replace(day=monthrange(month.year, month.month)[1]))


def heads(start: date, end: date, congress_days: Iterable[date]) -> list[Head]:
    on = set(congress_days)
    return [Head(day, _css(day, on)) for day in days(start, end)]


def weeks(start: date, end: date) -> list[tuple[int, str]]:
    """(number, its days in words) of each week."""
    found = []
    for monday in days(start, end):
        if monday.weekday() == 0:
            sunday = monday + timedelta(days=6)
            found.append((monday.isocalendar().week, f"{date_format(monday, 'j b')} – {date_format(sunday, 'j b')}"))
    return found


def houses(tracks: Iterable[Track], shown: list[Head]) -> list[House]:
    """Each hotel with its services, in the order they come."""
    found: dict[int, House] = {}
    for track in tracks:
        supplier = track.service.supplier
        found.setdefault(supplier.pk, House(supplier)).bands.append(_band(track, shown))
    return list(found.values())


def months(counts: Iterable[tuple[date, int, int]], here: date) -> list[Month]:
    """The months that hold stock, and the one shown."""
    sums: dict[date, tuple[int, int]] = {here: (0, 0)}
    sums |= {first: (granted, taken) for first, granted, taken in counts}
    return [Month(first, granted, taken, first == here) for first, (granted, taken) in sorted(sums.items())]


def _band(track: Track, shown: list[Head]) -> Band:
    rows: list[tuple[str, list[Cell]]] = []
    for code in ("FREE", "OPTION", "BOOKED"):
        rows.append((code, [_cell(code, head, track.days.get(head.day)) for head in shown]))
    return Band(track, rows)


def _cell(code: str, head: Head, row: StockDay | None) -> Cell:
    if row is None or not (row.granted or row.taken):
        return Cell(head.day, f"{head.css} off")
    if code == "FREE":
        number = -row.short if row.short else row.free
        look = "is-cancelled" if row.short else "is-free" if number else "nil"
        return Cell(head.day, head.css, row.pk, number, look=look)
    if code == "OPTION":
        look = "is-option" if row.optioned + row.held else "nil"
        return Cell(head.day, head.css, row.pk, row.optioned, row.held, look)
    return Cell(head.day, head.css, row.pk, row.booked, look="is-booked" if row.booked else "nil")


def _css(day: date, on: set[date]) -> str:
    words = ["we"] if day.weekday() > 4 else []
    words += ["sunday"] if day.weekday() == 6 else []
    return " ".join([*words, *(["cg"] if day in on else [])])
