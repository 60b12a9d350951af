"""A year of the planning: hotel × ISO week, each the busiest night of its week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import quote

from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from pleniere.catalogue.models import Supplier
from pleniere.common.nights import days
from pleniere.stock.queries import Whole

from .board import ROWS, Names, Shows, signed

WEEK = timedelta(days=7)
Picked = list[tuple[date, Whole] | None]


@dataclass(frozen=True)
class Week:
    """An ISO week; it belongs to the month of its Thursday, as to the year."""

    monday: date
    is_on: bool  # the congress is on

    @property
    def number(self) -> int:
        return self.monday.isocalendar().week

    @property
    def month(self) -> date:
        return (self.monday + timedelta(days=3)).replace(day=1)

    @property
    def words(self) -> str:
        return _("Week %(number)s, from %(day)s") % {"number": self.number, "day": date_format(self.monday, "j F Y")}


@dataclass
class Line:
    """A hotel with its rows, drawn."""

    supplier: Supplier
    rows: list[tuple[str, SafeString]]
    rates: SafeString


def span_of(year: int) -> tuple[date, date]:
    """The ISO year: from the Monday of its week 1 to that of the next year's."""
    return date.fromisocalendar(year, 1, 1), date.fromisocalendar(year + 1, 1, 1)


def weeks(year: int, starts: date, ends: date) -> list[Week]:
    first, end = span_of(year)
    mondays = [day for day in days(first, end) if day.weekday() == 0]
    return [Week(monday, starts < monday + WEEK and monday < ends) for monday in mondays]


def months(shown: list[Week]) -> list[tuple[str, int]]:
    """(name, how many weeks) of each month."""
    counts: dict[date, int] = {}
    for week in shown:
        counts[week.month] = counts.get(week.month, 0) + 1
    return [(capfirst(date_format(month, "F")), count) for month, count in counts.items()]


def busiest(nights: list[tuple[date, Whole]]) -> tuple[date, Whole] | None:
    """The night that matters of a week: overbooked first, then the most taken, then the least left."""
    return max(nights, key=lambda pair: (pair[1].short, pair[1].taken, -pair[1].free, -pair[0].toordinal()), default=None)


def lines(
    suppliers: list[Supplier],
    found: dict[tuple[int, date], Whole],
    shown: list[Week],
    *,
    shows: Shows,
    names: Names,
    tail: str,
) -> list[Line]:
    """Each week leads to its month at this hotel; `tail`: what else is filtered."""
    return [_line(supplier, picked(supplier, found, shown, shows), names, tail) for supplier in suppliers]


def picked(supplier: Supplier, found: dict[tuple[int, date], Whole], shown: list[Week], shows: Shows) -> Picked:
    picked = []
    for week in shown:
        there = [(day, found.get((supplier.pk, day))) for day in days(week.monday, week.monday + WEEK)]
        picked.append(busiest([(day, night) for day, night in there if night and shows(supplier.pk, day)]))
    return picked


def _line(supplier: Supplier, picked: Picked, names: Names, tail: str) -> Line:
    tail = f"&{tail}&q={quote(supplier.code)}".replace("&&", "&")
    rows = [(code, _row(code, picked, tail)) for code in ROWS]
    rates = []
    for each in picked:
        rate = names(supplier.pk, each[0]) if each else None
        rates.append(f'<td class="{"rt" if each else "off"}">{escape(rate.code) if rate else ""}')
    return Line(supplier, rows, mark_safe("".join(rates)))


def _row(code: str, picked: Picked, tail: str) -> SafeString:
    cells = []
    for each in picked:
        if each is None:
            cells.append('<td class="off">')
            continue
        day, night = each
        number, look = numbers(code, night)
        cells.append(f'<td><a class="cell {look}" href="?month={day:%Y-%m}{escape(tail)}">{signed(number)}</a>')
    return mark_safe("".join(cells))


def numbers(code: str, night: Whole) -> tuple[int, str]:
    if code == "FREE":
        number = -night.short if night.short else night.free
        return number, "is-cancelled" if night.short else "is-free" if number else "nil"
    if code == "OPTION":
        return night.optioned, "is-option" if night.optioned else "nil"
    return night.booked, "is-booked" if night.booked else "nil"
