"""The table as .xlsx, written row by row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO
from typing import Any

import xlsxwriter
from django.utils import timezone
from django.utils.translation import gettext as _

from .cells import legal
from .columns import DATE, INT, MOMENT, MONEY, NUMBERS, PERCENT, TEXT, TIME, YES, Column, Totals

AS_TYPED = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}  # text stays text
MOST_DIGITS = Decimal(10) ** 15  # beyond, Excel rounds


def to_xlsx(
    columns: Sequence[Column],
    rows: Iterable[Any],
    *,
    title: str,
    sheet: str = "",
    totals: dict[str, Any] | None = None,
    intro: Sequence[str] = (),
    struck: Callable[[Any], bool] | None = None,
    more: Sequence[tuple[str, Sequence[Column], Iterable[Any]]] = (),
) -> bytes:
    """A workbook of one sheet, written row by row (flat memory at any length). `totals` overrides sums by column code.

    `struck` tells which rows are crossed out and left out of the sums; `more` adds sheets (name, columns, rows).
    """
    out = BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {
            "constant_memory": True,
            "in_memory": False,
            **AS_TYPED,
            "remove_timezone": True,
        },
    )
    book.set_properties({"title": legal(title)[:250], "created": timezone.now()})
    formats = _Formats(book)
    names: set[str] = set()
    _sheet(book, formats, _sheet_name(sheet or title, names), columns, rows, totals, intro, struck)
    for name, its_columns, its_rows in more:
        _sheet(book, formats, _sheet_name(name, names), its_columns, its_rows, None, (), struck)
    book.close()
    return out.getvalue()


class _Formats:
    """Cell formats of a workbook: one per kind and weight."""

    NUMBER = {
        MONEY: "#,##0.00",
        INT: "#,##0",
        PERCENT: '0.##"\xa0%"',
        DATE: "dd/mm/yyyy",
        TIME: "hh:mm",
        MOMENT: "dd/mm/yyyy hh:mm",
    }

    def __init__(self, book: Any):
        self.book, self.made = book, {}  # type: ignore[var-annotated]

    def get(self, kind: str = TEXT, look: str = "") -> Any:
        if (kind, look) not in self.made:
            facts: dict[str, Any] = {"valign": "top", "font_name": "Arial", "font_size": 10}
            if kind in self.NUMBER:
                facts["num_format"] = self.NUMBER[kind]
            if look in ("head", "total"):
                facts["bold"] = True
            if look == "head":
                facts.update(bottom=1, text_wrap=True, align="right" if kind in NUMBERS else "left", bg_color="#E2EEF0")
            if look == "total":
                facts["top"] = 1
            if look == "struck":
                facts.update(font_strikeout=True, font_color="#5C686E")
            self.made[kind, look] = self.book.add_format(facts)
        return self.made[kind, look]


def _sheet(
    book: Any,
    formats: _Formats,
    name: str,
    columns: Sequence[Column],
    rows: Iterable[Any],
    totals: dict[str, Any] | None,
    intro: Sequence[str],
    struck: Callable[[Any], bool] | None,
) -> None:
    page = book.add_worksheet(name)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    for i, column in enumerate(columns):
        page.set_column(i, i, min(column.characters, 60))
    top = 0
    for words in intro:
        page.write_string(top, 0, legal(words), formats.get())
        top += 1
    top += 1 if intro else 0
    for i, column in enumerate(columns):
        page.write_string(top, i, legal(column.title), formats.get(column.kind, "head"))
    page.freeze_panes(top + 1, 1 if len(columns) > 4 else 0)
    page.repeat_rows(top)
    at, sums = top + 1, Totals(columns, totals, _("Total"))
    for row in rows:
        values = [column.value(row) for column in columns]
        gone = bool(struck and struck(row))
        if not gone:
            sums.add(values)
        for i, (column, value) in enumerate(zip(columns, values, strict=True)):
            _write(page, at, i, value, column.kind, formats, "struck" if gone else "")
        at += 1
    if at > top + 1 and columns:
        page.autofilter(top, 0, at - 1, len(columns) - 1)
    if sums.wanted:
        for i, (column, value) in enumerate(zip(columns, sums.row(), strict=True)):
            kind = column.kind if not isinstance(value, str) else TEXT
            _write(page, at, i, value, kind, formats, "total")


def _write(page: Any, row: int, column: int, value: Any, kind: str, formats: _Formats, look: str) -> None:
    if value is None or value == "":
        page.write_blank(row, column, None, formats.get(kind, look))
    elif kind in NUMBERS and not isinstance(value, str) and abs(value) < MOST_DIGITS:
        page.write_number(row, column, float(value), formats.get(kind, look))
    elif isinstance(value, datetime) and value.year > 1900:
        page.write_datetime(row, column, timezone.localtime(value).replace(tzinfo=None), formats.get(MOMENT, look))
    elif (isinstance(value, date) and value.year > 1900) or isinstance(value, time):
        page.write_datetime(row, column, value, formats.get(DATE if isinstance(value, date) else TIME, look))
    elif kind == YES:
        page.write_string(row, column, _("yes") if value else _("no"), formats.get(TEXT, look))
    else:
        page.write_string(row, column, legal(value), formats.get(TEXT, look))


def _sheet_name(name: str, taken: set[str]) -> str:
    """At most 31 characters, none of []:*?/\\, unlike any other of the book."""
    base = re.sub(r"[\[\]:*?/\\]", " ", legal(name)).strip().strip("'")[:28] or "1"
    given, n = base, 1
    while given.casefold() in taken:
        n += 1
        given = f"{base} {n}"
    taken.add(given.casefold())
    return given
