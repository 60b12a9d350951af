"""Tables that leave the house. One list of columns serves the screen, .xlsx, .csv and PDF, so that all four say the same.

A cell typed by people is text for ever: no spreadsheet takes it for a formula.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

import xlsxwriter
from django.http import HttpResponse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import override

from . import paper, shown

TEXT, INT, MONEY, PERCENT, DATE, TIME, MOMENT, YES = "text", "int", "money", "percent", "date", "time", "moment", "yes"
NUMBERS = (INT, MONEY, PERCENT)
FORMATS = ("xlsx", "csv", "pdf")
LONGEST = 32_767  # characters Excel holds in a cell
MOST_DIGITS = Decimal(10) ** 15  # beyond, Excel rounds
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


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


class _Totals:
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
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "remove_timezone": True,
        },
    )
    book.set_properties({"title": _legal(title)[:250], "created": timezone.now()})
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
        page.write_string(top, 0, _legal(words), formats.get())
        top += 1
    top += 1 if intro else 0
    for i, column in enumerate(columns):
        page.write_string(top, i, _legal(column.title), formats.get(column.kind, "head"))
    page.freeze_panes(top + 1, 1 if len(columns) > 4 else 0)
    page.repeat_rows(top)
    at, sums = top + 1, _Totals(columns, totals, _("Total"))
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
        page.write_string(row, column, _legal(value), formats.get(TEXT, look))


def to_csv(
    columns: Sequence[Column],
    rows: Iterable[Any],
    language: str = "fr",
    *,
    totals: dict[str, Any] | None = None,
    struck: Callable[[Any], bool] | None = None,
) -> bytes:
    """UTF-8 with its mark, so that Excel reads the accents; `;` and decimal comma in French. Struck rows say so in a last column."""
    out = StringIO()
    french = language.startswith("fr")
    writer = csv.writer(out, delimiter=";" if french else ",", lineterminator="\r\n")
    with override(language):
        writer.writerow([_safe(c.title) for c in columns] + ([_("cancelled")] if struck else []))
        sums = _Totals(columns, totals, _("Total"))
        for row in rows:
            values = [column.value(row) for column in columns]
            gone = bool(struck and struck(row))
            if not gone:
                sums.add(values)
            cells = [_plain(v, c.kind, french) for v, c in zip(values, columns, strict=True)]
            writer.writerow(cells + ([_("yes") if gone else ""] if struck else []))
        if sums.wanted and totals is not None:
            writer.writerow([_plain(v, c.kind, french) for v, c in zip(sums.row(), columns, strict=True)])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def _plain(value: Any, kind: str, french: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or kind == YES:
        return _("yes") if value else _("no")
    if kind in NUMBERS and not isinstance(value, str):
        text = f"{Decimal(value):.2f}" if kind == MONEY else f"{Decimal(value).normalize():f}"
        return text.replace(".", ",") if french else text
    if isinstance(value, datetime):
        local = timezone.localtime(value)
        return f"{local:%d/%m/%Y %H:%M}" if french else f"{local:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}" if french else value.isoformat()
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return _safe(value)


def to_pdf(
    columns: Sequence[Column],
    rows: Iterable[Any],
    *,
    title: str,
    language: str = "fr",
    sender: str = "",
    intro: Sequence[str] = (),
    notes: Sequence[str] = (),
    foot: str = "",
    totals: dict[str, Any] | None = None,
    struck: Callable[[Any], bool] | None = None,
    more: Sequence[tuple[str, Sequence[Column], Iterable[Any]]] = (),
    at: datetime | None = None,
    currency: str = "EUR",
    wide: bool | None = None,
) -> bytes:
    """The same table on A4, upright up to six columns, else across; tagged, head repeated on every page."""
    with override(language):
        at = at or timezone.now()
        data = {
            "title": title,
            "sender": sender,
            "made": _("Made on %(moment)s") % {"moment": shown.moment(at)},
            "intro": list(intro),
            "notes": list(notes),
            "foot": foot or sender,
            "page": _("page {page} of {pages}"),
            "wide": len(columns) > 6 if wide is None else wide,
            **_table(columns, rows, totals, struck, currency),
            "tables": [{"title": name, **_table(cs, rs, None, struck, currency)} for name, cs, rs in more],
        }
    return paper.pdf("common/table", data, title=title, language=language, at=at)


def _table(
    columns: Sequence[Column],
    rows: Iterable[Any],
    totals: dict[str, Any] | None,
    struck: Callable[[Any], bool] | None,
    currency: str,
) -> dict[str, Any]:
    sums, lines = _Totals(columns, totals, _("Total")), []
    for row in rows:
        values = [column.value(row) for column in columns]
        gone = bool(struck and struck(row))
        if not gone:
            sums.add(values)
        cells = [as_text(v, c.kind, currency) for v, c in zip(values, columns, strict=True)]
        lines.append({"cells": cells, "gone": gone})
    texts = (c.kind if not isinstance(v, str) else TEXT for c, v in zip(columns, sums.row(), strict=True))
    foot = [[as_text(v, kind, currency) for v, kind in zip(sums.row(), texts, strict=True)]] if sums.wanted else []
    heads = [
        {"title": str(c.title), "right": c.is_number, "width": None if c.is_number else f"{max(c.characters, 4)}fr"}
        for c in columns
    ]
    return {"columns": heads, "rows": lines, "totals": foot}


def export(
    format: str, columns: Sequence[Column], rows: Iterable[Any], *, title: str, name: str = "", language: str = "fr", **facts: Any
) -> HttpResponse:
    """The table as a download: "xlsx", "csv" or "pdf" (anything else is xlsx), under a name every system can write."""
    if format not in FORMATS:
        format = "xlsx"
    with override(language):
        if format == "csv":
            content = to_csv(columns, rows, language, **_only(facts, "totals", "struck"))
        elif format == "pdf":
            content = to_pdf(columns, rows, title=title, language=language, **facts)
        else:
            content = to_xlsx(columns, rows, title=title, **_only(facts, "sheet", "totals", "intro", "struck", "more"))
    return download(content, f"{slugify(name or title) or 'export'}.{format}")


TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
    "txt": "text/plain; charset=utf-8",
}


def download(content: bytes, name: str, *, inline: bool = False) -> HttpResponse:
    """A file for the browser: never sniffed, never cached by others. `inline` shows a PDF rather than saving it."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip("-.") or "file"
    response = HttpResponse(content, content_type=TYPES.get(plain.rpartition(".")[2], "application/octet-stream"))
    response["Content-Disposition"] = f'{"inline" if inline else "attachment"}; filename="{plain}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _only(facts: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name in names}


def _legal(value: Any) -> str:
    """Text an .xlsx can hold: no control character, not too long."""
    return _CONTROL.sub(" ", str(value))[:LONGEST]


def _safe(value: Any) -> str:
    """Text no spreadsheet computes: `=1+1` becomes `'=1+1`. Spaces and wide forms before the sign do not help it through."""
    text = _legal(value)
    bare = unicodedata.normalize("NFKC", text).lstrip(" \u00a0\ufeff")
    return f"'{text}" if (text[:1] in "\t\r\n" and text) or (bare[:1] in tuple("=+-@|") and bare) else text


def _sheet_name(name: str, taken: set[str]) -> str:
    """At most 31 characters, none of []:*?/\\, unlike any other of the book."""
    base = re.sub(r"[\[\]:*?/\\]", " ", _legal(name)).strip().strip("'")[:28] or "1"
    given, n = base, 1
    while given.casefold() in taken:
        n += 1
        given = f"{base} {n}"
    taken.add(given.casefold())
    return given


def rows_of(query: Any, size: int = 2000) -> Iterator[Any]:
    """A queryset read by slices, so that an export of any length keeps a flat memory (prefetches included)."""
    yield from query.iterator(chunk_size=size)
