"""The planning as a workbook, laid out as on the screen: one column a night, or a week."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from pleniere.common import sheets
from pleniere.common.nights import days
from pleniere.congress.models import Congress
from pleniere.stock.queries import bands, fill, whole_nights

from . import board, year
from .filters import PlanningFilter

Row = dict[str, Any]


def workbook(congress: Congress, filters: PlanningFilter, month: date, *, is_year: bool) -> HttpResponse:
    """All that the filters leave of this month or year. A night without stock is an empty cell."""
    words = {"FREE": _("Free"), "OPTION": _("Option"), "BOOKED": _("Booked"), "RATE": _("Type of rate")}
    if is_year:
        shown = year.weeks(month.year, congress.starts, congress.ends)
        heads = [week.words for week in shown]
        rows, title = _of_year(filters, shown, month.year), _("Planning, year %(year)s") % {"year": month.year}
    else:
        start, end = board.month_span(month)
        heads = [date_format(day, "D j b") for day in days(start, end)]
        rows, title = _of_month(filters, start, end), _("Planning, %(month)s") % {"month": date_format(month, "F Y")}
    columns = [
        sheets.Column(_("Supplier"), "supplier"),
        sheets.Column(_("Code"), "code", width=14),
        *([] if is_year else [sheets.Column(_("Service"), "service"), sheets.Column(_("Stock"), "pool", width=10)]),
        sheets.Column(_("Row"), lambda row: words[row["row"]], width=14),
        *(sheets.Column(head, _nth(place), sheets.INT) for place, head in enumerate(heads)),
    ]
    name = f"planning-{congress.code}-{month.year if is_year else f'{month:%Y-%m}'}"
    return sheets.download(sheets.to_xlsx(columns, rows, title=title), f"{name}.xlsx")


def _nth(place: int) -> Callable[[Row], Any]:
    return lambda row: row["cells"][place]


def _of_month(filters: PlanningFilter, start: date, end: date) -> Iterator[Row]:
    rows = filters.rows().filter(day__gte=start, day__lt=end)
    for track in fill(bands(rows), rows):
        supplier = track.service.supplier
        there = [row if (row := track.days.get(day)) and filters.shows(supplier.pk, day) else None for day in days(start, end)]
        said = {"supplier": supplier.name, "code": supplier.code, "service": str(track.service), "pool": track.pool.code}
        for code in board.ROWS:
            yield {**said, "row": code, "cells": [board.numbers(code, row)[0] if row else None for row in there]}
        rates = [
            filters.calendar.rate_type(supplier.pk, day) if row else None
            for day, row in zip(days(start, end), there, strict=True)
        ]
        yield {**said, "row": "RATE", "cells": [rate.code if rate else None for rate in rates]}


def _of_year(filters: PlanningFilter, shown: list[year.Week], number: int) -> Iterator[Row]:
    start, end = year.span_of(number)
    found = whole_nights(filters.rows().filter(day__gte=start, day__lt=end))
    with_stock = {supplier for supplier, _day in found}
    for supplier in filters.wanted:
        if supplier.pk not in with_stock:
            continue
        nights = year.picked(supplier, found, shown, filters.shows)
        said = {"supplier": supplier.name, "code": supplier.code}
        for code in board.ROWS:
            yield {**said, "row": code, "cells": [year.numbers(code, each[1])[0] if each else None for each in nights]}
        rates = [filters.calendar.rate_type(supplier.pk, each[0]) if each else None for each in nights]
        yield {**said, "row": "RATE", "cells": [rate.code if rate else None for rate in rates]}
