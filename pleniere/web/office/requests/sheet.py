"""The synthesis laid out: hotel × (night × type), the same on the screen and in the workbook."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import xlsxwriter
from django.http import HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from pleniere.allotment import reading
from pleniere.allotment.queries import Offer, Row, Synthesis
from pleniere.common.sheets import download
from pleniere.common.sheets.workbook import AS_TYPED
from pleniere.common.shown import short_day


@dataclass
class Cell:
    """One cell of a hotel's row."""

    offer: Offer | None
    value: str  # what its box sends: "invitation:TYPE:night"
    words: str  # hotel, night, type: what a screen reader needs
    begins: bool  # the first type of its night


@dataclass
class Line:
    """A hotel's row as the screen shows it."""

    row: Row
    cells: list[Cell]
    state: str  # answered, declined, silent, office (assigned by the bureau), waiting


@dataclass
class Sum:
    label: Any
    cells: list[tuple[int, bool]]
    total: int
    is_gap: bool = False


@dataclass
class Page:
    """What the template walks through."""

    table: Synthesis
    hide_silent: bool = False
    lines: list[Line] = field(init=False)
    hidden: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        lines = [Line(row, self._cells(row), state_of(row)) for row in self.table.rows]
        order = {"answered": 0, "office": 1, "declined": 2, "silent": 3, "waiting": 4}
        lines.sort(key=lambda line: order[line.state])
        self.lines = [line for line in lines if not (self.hide_silent and line.state == "silent")]
        self.hidden = len(lines) - len(self.lines)

    @property
    def nights(self) -> list[tuple[date, int]]:
        return [(night, len(self.table.types)) for night in self.table.nights]

    @property
    def heads(self) -> list[tuple[str, bool]]:
        first = self.table.types[0] if self.table.types else ""
        return [(reading.type_name(code), code == first) for code, _night in self.table.columns]

    @property
    def width(self) -> int:
        return len(self.table.columns)

    @property
    def sums(self) -> list[Sum]:
        return [self._sum(label, numbers, is_gap) for label, numbers, is_gap in totals(self.table)]

    @property
    def fullest(self) -> tuple[date, int, int, int] | None:
        """The night of which most rooms are offered: night, offered, needed, retained."""
        offered, need, retained = (self.table.by_night(what) for what in ("rooms", "need", "retained"))
        if not offered:
            return None
        night = max(offered, key=lambda day: (offered[day], need[day]))
        return night, offered[night], need[night], retained[night]

    def _sum(self, label: Any, numbers: list[int], is_gap: bool) -> Sum:
        cells = [(number, begins) for number, (_head, begins) in zip(numbers, self.heads, strict=True)]
        return Sum(label, cells, sum(numbers), is_gap)

    def _cells(self, row: Row) -> list[Cell]:
        first = self.table.types[0] if self.table.types else ""
        return [
            Cell(
                row.cells.get((code, night)),
                f"{row.invitation.pk}:{code}:{night}",
                f"{row.supplier}, {date_format(night, 'D j F')}, {reading.type_name(code)}",
                code == first,
            )
            for code, night in self.table.columns
        ]


def state_of(row: Row) -> str:
    if row.is_placeholder:
        return "office"
    if row.counts:
        return "answered"
    if row.invitation.state == "DECLINED":
        return "declined"
    return "silent" if row.is_silent else "waiting"


def totals(table: Synthesis) -> list[tuple[Any, list[int], bool]]:
    """Offered, retained, need and the gap, per column."""
    offered, retained = table.total("rooms"), table.total("retained")
    need = [table.need.get(key, 0) for key in table.columns]
    kept = [retained[key] for key in table.columns]
    gap = [have - wanted for have, wanted in zip(kept, need, strict=True)]
    return [
        (_("Offered"), [offered[key] for key in table.columns], False),
        (_("Retained"), kept, False),
        (_("Need"), need, False),
        (_("Gap between retained and need"), gap, True),
    ]


WORDS: dict[str, Callable[[], str]] = {
    "declined": lambda: _("declined"),
    "silent": lambda: _("no answer"),
    "office": lambda: _("assigned by the bureau"),
    "waiting": lambda: _("not sent"),
}


def workbook(table: Synthesis) -> HttpResponse:
    """The same layout as .xlsx: two columns per night and type (rooms, price), frozen heads, sums as formulas of ours alone."""
    out = BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "remove_timezone": True, **AS_TYPED})
    book.set_properties({"title": _("Synthesis of request %(number)s") % {"number": table.request}, "created": timezone.now()})
    _Sheet(book, table).write()
    book.close()
    return download(out.getvalue(), f"{_('synthesis')}-{table.request.number}.xlsx")


class _Sheet:
    """Writes one synthesis; a cell typed by people is written as text, never as a formula."""

    LEFT = 5  # hotel, code, town, stars, answer

    def __init__(self, book: Any, table: Synthesis):
        base = {"font_name": "Arial", "font_size": 10, "valign": "top"}
        self.table, self.page = table, book.add_worksheet(_("Synthesis"))
        self.text = book.add_format({**base, "text_wrap": True})
        self.quiet = book.add_format({**base, "font_color": "#5C686E", "italic": True})
        self.number, self.price = (
            book.add_format({**base, "num_format": "#,##0"}),
            book.add_format({**base, "num_format": "#,##0.00"}),
        )
        head = {**base, "bold": True, "bottom": 1, "bg_color": "#E2EEF0"}
        self.head, self.middle = book.add_format(head), book.add_format({**head, "align": "center"})
        self.sum = book.add_format({**base, "bold": True, "top": 1, "num_format": "#,##0"})

    def write(self) -> None:
        self._heads()
        at = 3
        for row in self.table.rows:
            self._row(at, row)
            at += 1
        self._sums(at)
        self.page.freeze_panes(3, 1)
        self.page.repeat_rows(1, 2)
        self.page.set_landscape()
        self.page.set_paper(9)
        self.page.fit_to_pages(1, 0)

    def _heads(self) -> None:
        asked = self.table.request
        words = _("Request %(number)s, %(congress)s") % {"number": asked.number, "congress": asked.congress}
        self.page.write_string(0, 0, words, self.text)
        titles = [_("Hotel"), _("Code"), _("Town"), _("Stars"), _("Answer")]
        for column, title in enumerate(titles):
            self.page.merge_range(1, column, 2, column, title, self.head)
        self.page.set_column(0, 0, 34)
        self.page.set_column(1, 4, 13)
        width = 2 * len(self.table.types)
        for i, night in enumerate(self.table.nights):
            left = self.LEFT + i * width
            self.page.merge_range(1, left, 1, left + width - 1, date_format(night, "D j F Y"), self.middle)
        for i, (code, _night) in enumerate(self.table.columns):
            self.page.write_string(2, self.LEFT + 2 * i, reading.type_name(code), self.head)
            self.page.write_string(2, self.LEFT + 2 * i + 1, _("Price"), self.head)
        last = self._last
        self.page.set_column(self.LEFT, last, 9)
        self.page.merge_range(1, last, 2, last, _("Retained"), self.head)
        self.page.merge_range(1, last + 1, 2, last + 1, _("Remarks"), self.head)
        self.page.set_column(last + 1, last + 1, 50)

    @property
    def _last(self) -> int:
        return self.LEFT + 2 * len(self.table.columns)

    def _row(self, at: int, row: Row) -> None:
        supplier, state = row.supplier, state_of(row)
        for column, words in enumerate([supplier.name, supplier.code, supplier.town, "★" * (supplier.stars or 0)]):
            self.page.write_string(at, column, words, self.text)
        answered = row.reply.sent_at if row.reply and row.reply.sent_at else None
        told = short_day(answered.astimezone(self.table.request.congress.zone).date()) if answered else ""
        self.page.write_string(at, 4, told if state == "answered" else WORDS[state](), self.text if row.counts else self.quiet)
        for i, key in enumerate(self.table.columns):
            offer = row.cells.get(key)
            if offer is not None and row.counts and offer.rooms is not None:
                self.page.write_number(at, self.LEFT + 2 * i, offer.rooms, self.number)
            if offer is not None and row.counts and offer.price is not None:
                self.page.write_number(at, self.LEFT + 2 * i + 1, float(Decimal(offer.price)), self.price)
        self.page.write_number(at, self._last, row.retained, self.number)
        remarks = (row.reply.remarks if row.reply else "") or row.invitation.decline_reason
        self.page.write_string(at, self._last + 1, remarks, self.text)

    def _sums(self, at: int) -> None:
        for label, numbers, _is_gap in totals(self.table):
            self.page.write_string(at, 0, str(label), self.sum)
            for i, number in enumerate(numbers):
                self.page.write_number(at, self.LEFT + 2 * i, number, self.sum)
            self.page.write_number(at, self._last, sum(numbers), self.sum)
            at += 1
