"""The synthesis as .xlsx: the screen's layout, with formulas that live.

Two sheets of one shape: the answers (rooms and price of each night and type), and what is retained of them. Whoever types
another number of rooms on the second sees totals, gaps and the commitment follow on the first.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

import xlsxwriter
from django.http import HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from pleniere.allotment import reading
from pleniere.allotment.queries import Row
from pleniere.common.sheets import download
from pleniere.common.sheets.cells import legal
from pleniere.common.sheets.workbook import AS_TYPED
from pleniere.common.shown import short_day, stay

from .sheet import WORDS, Line, Page, totals

LEFT = 6  # hotel, code, town, stars, km, answer
TOP = 3


def workbook(page: Page) -> HttpResponse:
    out = BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "remove_timezone": True, **AS_TYPED})
    asked = page.table.request
    book.set_properties({"title": _("Synthesis of request %(number)s") % {"number": asked}, "created": timezone.now()})
    _Book(book, page).write()
    book.close()
    return download(out.getvalue(), f"{_('synthesis')}-{asked.number}.xlsx")


class _Book:
    """Writes both sheets; words typed by people are text, and each formula is ours."""

    def __init__(self, book: Any, page: Page):
        base = {"font_name": "Arial", "font_size": 10, "valign": "top"}
        self.given, self.asked, self.columns, self.lines = page, page.table.request, page.columns, page.lines
        self.answers, self.kept = book.add_worksheet(_("Synthesis")), book.add_worksheet(_("Retained"))
        self.kept_name = "'" + _("Retained").replace("'", "''") + "'"
        self.text = book.add_format({**base, "text_wrap": True})
        self.quiet = book.add_format({**base, "font_color": "#5C686E", "italic": True})
        self.number = book.add_format({**base, "num_format": "#,##0"})
        self.price = book.add_format({**base, "num_format": "#,##0.00"})
        self.km = book.add_format({**base, "num_format": "0.0"})
        head = {**base, "bold": True, "bottom": 1, "bg_color": "#E2EEF0"}
        self.head, self.middle = book.add_format(head), book.add_format({**head, "align": "center"})
        self.sum = book.add_format({**base, "bold": True, "top": 1, "num_format": "#,##0"})
        self.money_sum = book.add_format({**base, "bold": True, "top": 1, "num_format": "#,##0.00"})
        self.red = book.add_format({"font_color": "#9C1F17", "bg_color": "#FDEBE8"})

    # Where things stand: in the answers two columns (rooms, price) per night and type, in the retained one.

    @property
    def last(self) -> int:
        return LEFT + 2 * len(self.columns)

    @property
    def below(self) -> int:
        return TOP + max(1, len(self.lines))

    def _rooms(self, i: int) -> str:
        column = xl_col_to_name(LEFT + 2 * i)
        return f"{column}{TOP + 1}:{column}{self.below}"

    def _kept(self, i: int) -> str:
        column = xl_col_to_name(LEFT + i)
        return f"{self.kept_name}!{column}{TOP + 1}:{column}{self.below}"

    def write(self) -> None:
        for page, width in ((self.answers, 2), (self.kept, 1)):
            self._heads(page, width)
            page.freeze_panes(TOP, 1)
            page.repeat_rows(1, 2)
            page.set_landscape()
            page.set_paper(8)  # A3
            page.fit_to_pages(1, 0)
        for n, line in enumerate(self.lines):
            self._answer(TOP + n, line)
            self._retained(TOP + n, line)
        self._sums()
        self._sums_of_kept()
        if self.lines:
            self.answers.autofilter(2, 0, self.below - 1, self.last + 2)
            for i in range(len(self.columns)):
                scale = {"type": "3_color_scale", "min_color": "#E2F3E7", "mid_color": "#FFFFFF", "max_color": "#FDEBE8"}
                column = LEFT + 2 * i + 1
                self.answers.conditional_format(TOP, column, self.below - 1, column, scale)

    def _heads(self, page: Any, width: int) -> None:
        facts = {
            "number": self.asked.number,
            "congress": self.asked.congress,
            "stay": stay(self.asked.arrival, self.asked.departure),
        }
        words = _("Request %(number)s, %(congress)s: %(stay)s") % facts
        page.write_string(0, 0, legal(words), self.text)
        for column, title in enumerate([_("Hotel"), _("Code"), _("Town"), _("Stars"), _("km"), _("Answer")]):
            page.write_string(1, column, "", self.head)
            page.write_string(2, column, title, self.head)
        page.set_column(0, 0, 34)
        page.set_column(1, LEFT - 1, 11)
        at = LEFT
        for night in self.given.nights:
            self._merge(page, 1, at, width * night.width, date_format(night.night, "D j F Y"))
            at += width * night.width
        for i, (code, _night) in enumerate(self.columns):
            page.write_string(2, LEFT + width * i, reading.type_name(code), self.head)
            if width == 2:
                page.write_string(2, LEFT + 2 * i + 1, _("Price"), self.head)
        tail = [_("Offered"), _("Retained"), _("Commitment"), _("Remarks")] if width == 2 else [_("Retained")]
        for n, title in enumerate(tail):
            page.write_string(1, at + n, "", self.head)
            page.write_string(2, at + n, title, self.head)
        page.set_column(LEFT, at + len(tail) - 1, 9)
        if width == 2:
            page.set_column(at + 3, at + 3, 50)

    def _merge(self, page: Any, row: int, left: int, width: int, words: str) -> None:
        if width > 1:
            page.merge_range(row, left, row, left + width - 1, words, self.middle)
        else:
            page.write_string(row, left, words, self.middle)

    def _who(self, page: Any, at: int, line: Line) -> None:
        row, supplier = line.row, line.row.supplier
        for column, words in enumerate([supplier.name, supplier.code, supplier.town, "★" * (supplier.stars or 0)]):
            page.write_string(at, column, legal(words), self.text)
        if row.km is not None:
            page.write_number(at, 4, round(row.km, 1), self.km)
        answered = row.reply.sent_at if row.reply and row.reply.sent_at else None
        told = short_day(answered.astimezone(self.asked.congress.zone).date()) if answered else ""
        page.write_string(
            at, 5, told if line.state == "answered" else WORDS[line.state](), self.text if row.counts else self.quiet
        )

    def _answer(self, at: int, line: Line) -> None:
        row, page = line.row, self.answers
        self._who(page, at, line)
        for i, key in enumerate(self.columns):
            offer = row.cells.get(key)
            if offer is not None and row.counts and offer.rooms is not None:
                page.write_number(at, LEFT + 2 * i, offer.rooms, self.number)
            if offer is not None and row.counts and offer.price is not None:
                page.write_number(at, LEFT + 2 * i + 1, float(offer.price), self.price)
        rooms = ",".join(xl_rowcol_to_cell(at, LEFT + 2 * i) for i in range(len(self.columns)))
        page.write_formula(at, self.last, f"=SUM({rooms})" if rooms else "=0", self.number, self._offered(row))
        first, final = xl_rowcol_to_cell(at, LEFT), xl_rowcol_to_cell(at, LEFT + len(self.columns) - 1)
        page.write_formula(at, self.last + 1, f"=SUM({self.kept_name}!{first}:{final})", self.number, self._kept_of(row))
        paid = "+".join(
            f"{self.kept_name}!{xl_rowcol_to_cell(at, LEFT + i)}*{xl_rowcol_to_cell(at, LEFT + 2 * i + 1)}"
            for i, key in enumerate(self.columns)
            if row.counts and (offer := row.cells.get(key)) is not None and offer.price is not None
        )
        page.write_formula(at, self.last + 2, f"={paid or 0}", self.price, float(self._paid(row)))
        remarks = (row.reply.remarks if row.reply else "") or row.invitation.decline_reason
        page.write_string(at, self.last + 3, legal(remarks), self.text)

    def _retained(self, at: int, line: Line) -> None:
        self._who(self.kept, at, line)
        for i, key in enumerate(self.columns):
            offer = line.row.cells.get(key)
            if offer is not None and offer.retained:
                self.kept.write_number(at, LEFT + i, offer.retained, self.number)
        first, final = xl_rowcol_to_cell(at, LEFT), xl_rowcol_to_cell(at, LEFT + len(self.columns) - 1)
        self.kept.write_formula(at, LEFT + len(self.columns), f"=SUM({first}:{final})", self.number, self._kept_of(line.row))

    def _offered(self, row: Row) -> int:
        return sum((row.cells[key].rooms or 0) for key in self.columns if key in row.cells) if row.counts else 0

    def _kept_of(self, row: Row) -> int:
        return sum(row.cells[key].retained for key in self.columns if key in row.cells)

    def _paid(self, row: Row) -> Any:
        cells = [row.cells[key] for key in self.columns if key in row.cells] if row.counts else []
        return sum(offer.retained * offer.price for offer in cells if offer.price is not None)

    def _sums(self) -> None:
        """Offered, retained, need, gap; each but the need is a formula over the rows above."""
        page, below = self.answers, self.below
        for n, (label, _numbers, _is_gap) in enumerate(totals(self.given.table, self.columns)):
            page.write_string(below + n, 0, str(label), self.sum)
            for column in range(1, LEFT):
                page.write_blank(below + n, column, None, self.sum)
        shown = self._shown()
        for i in range(len(self.columns)):
            column = LEFT + 2 * i
            retained, need = xl_rowcol_to_cell(below + 1, column), xl_rowcol_to_cell(below + 2, column)
            page.write_formula(below, column, f"=SUM({self._rooms(i)})", self.sum, shown[0][i])
            page.write_formula(below + 1, column, f"=SUM({self._kept(i)})", self.sum, shown[1][i])
            page.write_number(below + 2, column, shown[2][i], self.sum)
            page.write_formula(below + 3, column, f"={retained}-{need}", self.sum, shown[1][i] - shown[2][i])
        if not self.columns:
            return
        rows = f"{TOP + 1}:{{0}}{below}"
        for column, sum_, format_ in (
            (self.last, sum(shown[0]), self.sum),
            (self.last + 1, sum(shown[1]), self.sum),
            (self.last + 2, float(sum(self._paid(line.row) for line in self.lines)), self.money_sum),
        ):
            letter = xl_col_to_name(column)
            page.write_formula(below, column, f"=SUM({letter}{rows.format(letter)})", format_, sum_)
        red = {"type": "cell", "criteria": "<", "value": 0, "format": self.red}
        page.conditional_format(below + 3, LEFT, below + 3, self.last - 1, red)

    def _sums_of_kept(self) -> None:
        self.kept.write_string(self.below, 0, _("Retained"), self.sum)
        for i, number in enumerate(self._shown()[1]):
            column = xl_col_to_name(LEFT + i)
            formula = f"=SUM({column}{TOP + 1}:{column}{self.below})"
            self.kept.write_formula(self.below, LEFT + i, formula, self.sum, number)

    def _shown(self) -> list[list[int]]:
        """What the formulas give when the file is opened: the sums of the rows written, and the need."""
        rows = [line.row for line in self.lines]
        cells = [[row.cells[key] for row in rows if key in row.cells and row.counts] for key in self.columns]
        kept = [[row.cells[key] for row in rows if key in row.cells] for key in self.columns]
        return [
            [sum(offer.rooms or 0 for offer in found) for found in cells],
            [sum(offer.retained for offer in found) for found in kept],
            [self.given.table.need.get(key, 0) for key in self.columns],
        ]
