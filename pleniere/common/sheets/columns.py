"""A column says where a row keeps its value and what it is; every format reads the same one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from .. import shown

TEXT, INT, MONEY, PERCENT, DATE, TIME, MOMENT, YES = "text", "int", "money", "percent", "date", "time", "moment", "yes"
NUMBERS = (INT, MONEY, PERCENT)


@dataclass(frozen=True)
class Column:
    """One column: its title, where a row keeps its value (a path "booking.number", a key, or a function), what it is."""

    title: Any  # text, or lazy text: read in the language of the export
    get: str | Callable[[Any], Any]
    kind: str = TEXT
    width: int = 0  # in characters; none: by kind
    total: bool = False  # summed at the foot
    code: str = ""  # its name for people who choose columns

    def value(self, row: Any) -> Any:
        if callable(self.get):
            return self.get(row)
        value = row
        for step in self.get.split("."):
            value = value.get(step) if isinstance(value, dict) else getattr(value, step, None)
            if value is None:
                return None
        return value() if callable(value) else value

    @property
    def is_number(self) -> bool:
        return self.kind in NUMBERS

    @property
    def characters(self) -> int:
        return self.width or {INT: 9, MONEY: 13, PERCENT: 9, DATE: 12, TIME: 8, MOMENT: 17, YES: 6}.get(self.kind, 24)

    def text(self, row: Any, *, currency: str = "EUR") -> str:
        """The value as the screen and the PDF show it."""
        return as_text(self.value(row), self.kind, currency)


def as_text(value: Any, kind: str, currency: str = "EUR") -> str:
    if value is None or value == "":
        return ""
    if kind == MONEY:
        return shown.money(Decimal(value), currency)
    if kind == INT:
        return shown.number(value)
    if kind == PERCENT:
        return shown.percent(Decimal(value))
    if kind == YES:
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return shown.short_day(value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return str(value)


class Totals:
    """Sums the columns that ask for it while the rows go by."""

    def __init__(self, columns: Sequence[Column], given: dict[str, Any] | None, label: str):
        self.columns, self.given, self.label = columns, given or {}, label
        self.sums: list[Any] = [Decimal(0) if c.total else None for c in columns]
        self.wanted = bool(given) or any(c.total for c in columns)

    def add(self, values: Sequence[Any]) -> None:
        for i, value in enumerate(values):
            if self.sums[i] is not None and value not in (None, ""):
                self.sums[i] += value

    def row(self) -> list[Any]:
        cells = [self.given.get(c.code or str(c.get), s) for c, s in zip(self.columns, self.sums, strict=True)]
        if cells and cells[0] is None:
            cells[0] = self.label
        return cells


def rows_of(query: Any, size: int = 2000) -> Iterator[Any]:
    """A queryset read by slices, so that an export of any length keeps a flat memory (prefetches included)."""
    yield from query.iterator(chunk_size=size)
