"""The planning laid out: a month of days, hotel by hotel, what is free, optioned and booked of each room type."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from pleniere.catalogue.models import Supplier
from pleniere.common.nights import days
from pleniere.congress.models import RateType
from pleniere.stock.models import StockDay
from pleniere.stock.queries import Track

ROWS = ("FREE", "OPTION", "BOOKED")
Shows = Callable[[int, date], bool]
Names = Callable[[int, date], RateType | None]


@dataclass
class Head:
    """A day of the head: its place in the week, whether the congress is on."""

    day: date
    css: str
    is_today: bool = False


@dataclass
class Band:
    """A service of a hotel with its rows, drawn: numbers, then the type of rate of each night."""

    track: Track
    rows: list[tuple[str, SafeString]]
    rates: SafeString

    @property
    def label(self) -> str:
        return str(self.track.service)

    @property
    def value(self) -> str:
        """By which a typed range names it."""
        return f"{self.track.pool.pk}:{self.track.service.pk}"


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


def heads(start: date, end: date, congress_days: Iterable[date], today: date) -> list[Head]:
    on = set(congress_days)
    return [Head(day, css_of(day, on), day == today) for day in days(start, end)]


def weeks(start: date, end: date) -> list[tuple[int, str]]:
    """(number, its days in words) of each week."""
    found = []
    for monday in days(start, end):
        if monday.weekday() == 0:
            sunday = monday + timedelta(days=6)
            found.append((monday.isocalendar().week, f"{date_format(monday, 'j N')} – {date_format(sunday, 'j N')}"))
    return found


def houses(tracks: Iterable[Track], shown: list[Head], *, shows: Shows, names: Names) -> list[House]:
    """Each hotel with its services, in the order they come."""
    found: dict[int, House] = {}
    held = _("held in carts")
    for track in tracks:
        supplier = track.service.supplier
        there = [row if (row := track.days.get(head.day)) and shows(supplier.pk, head.day) else None for head in shown]
        rows = [(code, _line(code, shown, there, held)) for code in ROWS]
        found.setdefault(supplier.pk, House(supplier)).bands.append(Band(track, rows, _rates(supplier.pk, shown, there, names)))
    return list(found.values())


def months(counts: Iterable[tuple[date, int, int]], here: date) -> list[Month]:
    """The twelve months of the year shown."""
    sums = {first: (granted, taken) for first, granted, taken in counts}
    firsts = [date(here.year, number, 1) for number in range(1, 13)]
    return [Month(first, *sums.get(first, (0, 0)), first == here) for first in firsts]


def css_of(day: date, on: set[date]) -> str:
    words = ["we"] if day.weekday() > 4 else []
    words += ["sunday"] if day.weekday() == 6 else []
    return " ".join([*words, *(["cg"] if day in on else [])])


def numbers(code: str, row: StockDay) -> tuple[int, int, str]:
    """(number, held in carts, look) of one row of the planning."""
    if code == "FREE":
        number = -row.short if row.short else row.free
        return number, 0, "is-cancelled" if row.short else "is-free" if number else "nil"
    if code == "OPTION":
        return row.optioned, row.held, "is-option" if row.optioned + row.held else "nil"
    return row.booked, 0, "is-booked" if row.booked else "nil"


def _line(code: str, shown: list[Head], rows: list[StockDay | None], held: str) -> SafeString:
    """The cells of one row. Drawn by hand: a template takes most of a page's time for a thousand of them."""
    return mark_safe("".join(_cell(code, head, row, held) for head, row in zip(shown, rows, strict=True)))


def _cell(code: str, head: Head, row: StockDay | None, held_words: str) -> str:
    if row is None or not (row.granted or row.taken):
        return f'<td class="{head.css} off">' if head.css else '<td class="off">'
    number, held, look = numbers(code, row)
    words = escape(held_words)
    more = f'<small class="cell__held" title="{words}">+{held}<span class="sr"> {words}</span></small>' if held else ""
    cell = f'<a class="cell {look}" href="{row.pk}/">{signed(number)}{more}</a>'
    return f'<td class="{head.css}">{cell}' if head.css else f"<td>{cell}"


def _rates(supplier: int, shown: list[Head], rows: list[StockDay | None], names: Names) -> SafeString:
    cells = []
    for head, row in zip(shown, rows, strict=True):
        found = names(supplier, head.day) if row else None
        css = f"{head.css} rt".strip() if row else f"{head.css} off".strip()
        cells.append(f'<td class="{css}">{escape(found.code) if found else ""}')
    return mark_safe("".join(cells))


def signed(number: int) -> str:
    """With a true minus sign."""
    return f"−{-number}" if number < 0 else str(number)
