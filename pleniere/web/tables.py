"""A list as its address asks for it: searched, filtered, sorted, cut to a page, or exported whole.

One list of columns serves the screen and the exports (`common.sheets`), so that both say the same. The count of queries
does not grow with the rows: what a page needs beside its rows is attached to all of them at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from pleniere.common import sheets
from pleniere.common.words import fold
from pleniere.web.typed import number

from .forms import Form

PAGE = 50
COUNTED = 1_000  # beyond, the page says "more than": an exact count costs more than the page
CHUNK = 1_000


@dataclass(frozen=True)
class Column(sheets.Column):
    """A column of a list: beside what it exports, how the screen shows it."""

    sort: str = ""  # the field that orders by it
    href: Callable[[Any], str] | None = None
    shown: Callable[[Any], str | SafeString] | None = None  # what the screen shows instead of the plain value
    on_screen: bool = True
    is_name: bool = False  # heads the row for screen readers

    @property
    def tags(self) -> tuple[str, str]:
        """What a cell begins and ends with."""
        look = ' class="r nowrap"' if self.is_number else ""
        return (f'<th scope="row"{look}>', "</th>") if self.is_name else (f"<td{look}>", "</td>")

    def cell(self, row: Any) -> str | SafeString:
        return self.shown(row) if self.shown else self.text(row)


class FilterForm(Form):
    """Filters of a list. A subclass says what each chosen value does, in `apply`."""

    q = forms.CharField(required=False, max_length=200)

    def apply(self, rows: QuerySet[Any], facts: dict[str, Any]) -> QuerySet[Any]:
        return rows


class Listing:
    """Give it all rows the actor may see; it shows those that are asked for. `attach` completes a page of rows in place."""

    def __init__(
        self,
        request: HttpRequest,
        rows: QuerySet[Any],
        columns: Sequence[Column],
        *,
        title: str,
        name: str,
        sort: str,
        filters: Callable[..., FilterForm] = FilterForm,
        search: str = "search",
        attach: Callable[[list[Any]], None] | None = None,
        struck: Callable[[Any], bool] | None = None,
        per_page: int = PAGE,
        currency: str = "EUR",
    ):
        self.request, self.columns, self.title, self.name = request, list(columns), title, name
        self.attach, self.struck, self.per_page, self.currency, self.search = attach, struck, per_page, currency, search
        self.default_sort = sort
        self.form = filters(request.GET or None)
        self.all = self._sorted(self._filtered(rows))

    # -- what is asked

    @property
    def is_filtered(self) -> bool:
        return any(self.facts.get(name) not in (None, "", [], False) for name in self.form.fields)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """The filters that were understood; a value nobody offers filters nothing."""
        return self.form.cleaned_data if self.form.is_bound and (self.form.is_valid() or True) else {}

    @property
    def sort(self) -> str:
        asked = self.request.GET.get("sort", "")
        known = {column.sort for column in self.columns if column.sort}
        return asked if asked.removeprefix("-") in known else self.default_sort

    def heads(self) -> Iterator[tuple[Column, str, str]]:
        """Each column of the screen with its `aria-sort` and the sort that a click asks for."""
        for column in self.columns:
            if column.on_screen:
                up = self.sort == column.sort
                down = self.sort == f"-{column.sort}"
                yield column, ("ascending" if up else "descending" if down else ""), (f"-{column.sort}" if up else column.sort)

    def _filtered(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        for word in fold(self.facts.get("q", "").replace("\x00", "")).split()[:8]:
            rows = rows.filter(**{f"{self.search}__contains": word})
        return self.form.apply(rows, self.facts) if self.facts else rows

    def _sorted(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.order_by(self.sort, "-pk" if self.sort.startswith("-") else "pk")

    # -- the page

    @cached_property
    def number(self) -> int:
        asked = self.request.GET.get("page", "1")
        return min(max(1, number(asked, digits=5) or 1), 10_000)

    @cached_property
    def _window(self) -> list[Any]:
        begin = (self.number - 1) * self.per_page
        rows = list(self.all[begin : begin + self.per_page + 1])
        if self.attach:
            self.attach(rows[: self.per_page])
        return rows

    @property
    def rows(self) -> list[Any]:
        return self._window[: self.per_page]

    @property
    def has_next(self) -> bool:
        return len(self._window) > self.per_page

    @property
    def next_number(self) -> int:
        return self.number + 1

    @property
    def previous_number(self) -> int:
        return self.number - 1

    @property
    def body(self) -> SafeString:
        """The table's rows, drawn without a template: a page has hundreds of cells."""
        drawn = []
        for _row, gone, cells in self.screen:
            drawn.append('<tr class="struck">' if gone else "<tr>")
            for column, text, href in cells:
                open_, close = column.tags
                words = f'<a href="{escape(href)}">{conditional_escape(text)}</a>' if href else conditional_escape(text)
                drawn += open_, words, close
            drawn.append("</tr>")
        return mark_safe("".join(drawn))

    @property
    def screen(self) -> Iterator[tuple[Any, bool, list[tuple[Column, str, str]]]]:
        """Rows as the generic table shows them: row, struck?, its cells (column, text, link)."""
        columns = [column for column in self.columns if column.on_screen]
        for row in self.rows:
            cells = [(c, c.cell(row), c.href(row) if c.href else "") for c in columns]
            yield row, bool(self.struck and self.struck(row)), cells

    @cached_property
    def count(self) -> int:
        """How many there are, up to COUNTED + 1."""
        return len(self.all.order_by().values_list("pk", flat=True)[: COUNTED + 1])

    @property
    def is_counted(self) -> bool:
        return self.count <= COUNTED

    # -- the export

    def export(self) -> HttpResponse | None:
        """The file that `?export=xlsx|csv|pdf` asks for: every row of the list, not of the page alone."""
        wanted = self.request.GET.get("export", "")
        if wanted not in sheets.FORMATS:
            return None
        facts: dict[str, Any] = {"title": self.title, "name": self.name, "struck": self.struck, "currency": self.currency}
        return sheets.export(wanted, self.columns, self._in_chunks(), language=get_language() or "fr", **facts)

    def _in_chunks(self) -> Iterator[Model]:
        begin = 0
        while chunk := list(self.all[begin : begin + CHUNK]):
            if self.attach:
                self.attach(chunk)
            yield from chunk
            begin += CHUNK
