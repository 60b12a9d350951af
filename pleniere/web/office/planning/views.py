"""Stock by hotel and night; each number leads to the lines behind it."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from pleniere.accounts.rights import can
from pleniere.allotment.actions import give_rooms
from pleniere.booking.models import Line
from pleniere.catalogue.models import Service, Supplier
from pleniere.common.nights import days
from pleniere.congress.models import Congress
from pleniere.congress.seasons import calendar
from pleniere.stock.actions import NotEnough
from pleniere.stock.models import StockDay
from pleniere.stock.queries import bands, by_month, fill, whole_nights
from pleniere.web.forms import Form, KeyField
from pleniere.web.typed import number

from ..door import StaffRequest, of_congress
from . import board, exporting, year
from .filters import PlanningFilter

MOST_SHOWN = 120
BANDS_AT_ONCE, HOTELS_AT_ONCE = 8, 5  # a window stays under 100 KB
T = TypeVar("T")


class GiveForm(Form):
    """More rooms by hand, from one day on."""

    key = KeyField()
    rooms = forms.IntegerField(label=gettext_lazy("Rooms more"), min_value=1, max_value=2_000)
    reason = forms.CharField(label=gettext_lazy("Why, for the history"), max_length=160)


@of_congress
@require_safe
def planning(request: StaffRequest, congress: Congress) -> HttpResponse:
    """A month, the congress's own to begin with, or a year: a window of it at once, in as many queries whatever it holds."""
    suppliers = list(_counted(congress))
    filters = PlanningFilter(request.GET or None, congress=congress, calendar=calendar(congress), suppliers=suppliers)
    month = _month(request.GET.get("month", ""), congress)
    is_year = request.GET.get("view") == "year"
    window = number(request.GET.get("page", "1"), digits=4) or 1
    if request.GET.get("export") == "xlsx":
        return exporting.workbook(congress, filters, month, is_year=is_year)
    today = congress.local_date(timezone.now())
    page: dict[str, Any] = {"congress": congress, "form": filters, "month": month, "is_year": is_year, "today": today}
    page |= _year(filters, month, window) if is_year else _days(filters, month, window, today)
    if request.headers.get("HX-Request") == "true" and window > 1:
        return render(request, f"office/planning/_{'year' if is_year else 'month'}.html", page)
    page |= {
        "months": board.months(by_month(filters.rows().filter(day__year=month.year)), month),
        "may_give": can(request.user, "allotment.retain", congress),
        "line": {name: request.GET.get(name, "")[:80] for name in ("room", "words")},
        "undo": request.GET.get("undo", "")[:36],
        "key": uuid.uuid4(),
        "previous": _step(month, -12),
        "next": _step(month, 12),
    }
    return render(request, "office/planning/planning.html", page)


def _counted(congress: Congress) -> QuerySet[Supplier]:
    """Suppliers with stock in this congress. Asked service by service: a year of counters is not read for their names."""
    services = Service.objects.filter(Exists(StockDay.objects.filter(service=OuterRef("pk"), congress=congress)))
    return Supplier.objects.filter(pk__in=services.values("supplier")).order_by("name", "pk")


def _days(filters: PlanningFilter, month: date, window: int, today: date) -> dict[str, Any]:
    """The weeks of a month, a window of its bands."""
    start, end = board.month_span(month)
    congress = filters.congress
    rows = filters.rows().filter(day__gte=start, day__lt=end)
    found = bands(rows)
    shown = board.heads(start, end, days(congress.starts, congress.ends), today)
    mine, left = _window(found, window, BANDS_AT_ONCE)
    there = {track.service.supplier_id for track in found}
    return {
        "weeks": board.weeks(start, end),
        "heads": shown,
        "houses": board.houses(fill(mine, rows), shown, shows=filters.shows, names=filters.calendar.rate_type),
        "bands": found,
        "width": len(shown) + 1,
        "without": [s for s in filters.wanted if s.pk not in there] if filters.facts.get("empty") else [],
        "page_before": window - 1,
        "page_after": window + 1 if left else 0,
        "left": left,
    }


def _year(filters: PlanningFilter, month: date, window: int) -> dict[str, Any]:
    """The ISO weeks of a year, a window of its hotels."""
    congress = filters.congress
    shown = year.weeks(month.year, congress.starts, congress.ends)
    start, end = year.span_of(month.year)
    rows = filters.rows().filter(day__gte=start, day__lt=end)
    named = Supplier.objects.filter(Exists(rows.filter(service__supplier=OuterRef("pk"))), pk__in=[s.pk for s in filters.wanted])
    there = set(named.values_list("pk", flat=True))
    mine, left = _window([s for s in filters.wanted if s.pk in there], window, HOTELS_AT_ONCE)
    nights = whole_nights(rows.filter(service__supplier__in=[s.pk for s in mine]))
    tail = urlencode({name: value for name, value in filters.facts.items() if name not in ("q", "kind", "empty")})
    return {
        "shown": shown,
        "months_above": year.months(shown),
        "lines": year.lines(mine, nights, shown, shows=filters.shows, names=filters.calendar.rate_type, tail=tail),
        "without": [s for s in filters.wanted if s.pk not in there] if filters.facts.get("empty") else [],
        "width": len(shown) + 1,
        "page_before": window - 1,
        "page_after": window + 1 if left else 0,
        "left": left,
    }


def _window(rows: list[T], window: int, size: int) -> tuple[list[T], int]:
    """(those of this window, how many come after)."""
    return rows[(window - 1) * size : window * size], max(0, len(rows) - window * size)


@of_congress
@require_safe
def behind(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    """Why the counters of one day stand as they do: the lines that claim it, the grants that made it."""
    return _behind(request, congress, pk, GiveForm(initial={"key": uuid.uuid4()}))


def _behind(request: StaffRequest, congress: Congress, pk: int, form: GiveForm) -> HttpResponse:
    rows = StockDay.objects.filter(congress=congress).select_related("service__supplier", "pool")
    row = get_object_or_404(rows, pk=pk)
    claims = list(row.claims.order_by("kind", "until", "pk")[: MOST_SHOWN + 1])
    lines = {
        line.key: line
        for line in Line.objects.filter(key__in=[claim.owner for claim in claims], congress=congress).select_related(
            "booking__client"
        )
    }
    page = {
        "congress": congress,
        "row": row,
        "claims": [(claim, lines.get(claim.owner)) for claim in claims[:MOST_SHOWN]],
        "has_more": len(claims) > MOST_SHOWN,
        "grants": row.grants.order_by("pk"),
        "may_give": can(request.user, "allotment.retain", congress),
        "form": form,
    }
    return render(request, "office/planning/behind.html", page, status=422 if form.is_bound else 200)


@of_congress
@require_POST
def give(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    """More rooms at the price agreed, by hand."""
    row = get_object_or_404(StockDay.objects.filter(congress=congress).select_related("service", "pool"), pk=pk)
    form = GiveForm(request.POST)
    if not form.is_valid():
        return _behind(request, congress, pk, form)
    try:
        give_rooms(congress, row, **form.cleaned_data, by=request.user, at=timezone.now())
        messages.success(request, _("These rooms are on sale now."))
    except NotEnough:
        messages.error(request, _("Nothing was changed: look again."))
    return redirect("office-planning-cell", congress.code, pk)


def _month(words: str, congress: Congress) -> date:
    try:
        month = date.fromisoformat(f"{words}-01") if len(words) == 7 else congress.starts.replace(day=1)
    except ValueError:
        month = congress.starts.replace(day=1)
    return month if 1900 < month.year < 2199 else congress.starts.replace(day=1)


def _step(month: date, by: int) -> date:
    year, index = divmod(month.year * 12 + month.month - 1 + by, 12)
    return date(year, index + 1, 1)
