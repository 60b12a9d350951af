"""Stock by hotel and night; each number leads to the lines behind it."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from pleniere.accounts.rights import can
from pleniere.allotment.actions import give_rooms
from pleniere.booking.models import Line
from pleniere.catalogue.models import Service, Supplier
from pleniere.common.nights import days
from pleniere.congress.models import Congress
from pleniere.stock.actions import NotEnough
from pleniere.stock.models import StockDay
from pleniere.stock.queries import by_month, tracks
from pleniere.web.forms import Form, KeyField

from ..door import StaffRequest, of_congress
from . import board

MOST_SHOWN = 120


class PlanningFilter(Form):
    """What of the stock is shown."""

    kind = forms.ChoiceField(label=gettext_lazy("Type of supplier"), required=False)
    supplier = forms.ChoiceField(label=gettext_lazy("Supplier"), required=False)
    what = forms.ChoiceField(
        label=gettext_lazy("Services"),
        required=False,
        choices=[("ROOM", gettext_lazy("rooms")), ("ALL", gettext_lazy("all that is counted"))],
    )
    empty = forms.BooleanField(label=gettext_lazy("Also suppliers without stock these days"), required=False)

    def __init__(self, *args: Any, suppliers: list[Supplier], **kwargs: Any):
        super().__init__(*args, **kwargs)
        kinds = {supplier.kind: supplier.get_kind_display() for supplier in suppliers}
        names = [(str(supplier.pk), f"{supplier.name} ({supplier.code})") for supplier in suppliers]
        self.fields["kind"].choices = [("", _("all")), *sorted(kinds.items())]  # type: ignore[attr-defined]
        self.fields["supplier"].choices = [("", _("all")), *names]  # type: ignore[attr-defined]


class GiveForm(Form):
    """More rooms by hand, from one day on."""

    key = KeyField()
    rooms = forms.IntegerField(label=gettext_lazy("Rooms more"), min_value=1, max_value=2_000)
    reason = forms.CharField(label=gettext_lazy("Why, for the history"), max_length=160)


@of_congress
@require_safe
def planning(request: StaffRequest, congress: Congress) -> HttpResponse:
    """A month; the congress's own to begin with. In as many queries for twenty hotels as for two."""
    stock = StockDay.objects.filter(congress=congress)
    suppliers = list(Supplier.objects.filter(pk__in=stock.values("service__supplier")).order_by("name"))
    form = PlanningFilter(request.GET or None, suppliers=suppliers)
    form.is_valid()
    facts = form.cleaned_data if form.is_bound else {}
    month = _month(request.GET.get("month", ""), congress)
    start, end = board.month_span(month)
    wanted = {
        s.pk for s in suppliers if facts.get("kind") in (None, "", s.kind) and facts.get("supplier") in (None, "", str(s.pk))
    }
    found = tracks(congress, start=start, end=end, suppliers=wanted)
    if facts.get("what", "ROOM") != "ALL":
        found = [track for track in found if track.service.kind == Service.Kind.ROOM]
    shown = board.heads(start, end, days(congress.starts, congress.ends))
    houses = board.houses(found, shown)
    there = {house.supplier.pk for house in houses}
    page = {
        "congress": congress,
        "form": form,
        "month": month,
        "months": board.months(by_month(congress), month),
        "weeks": board.weeks(start, end),
        "heads": shown,
        "houses": houses,
        "width": len(shown) + 1,
        "without": [s for s in suppliers if s.pk in wanted - there] if facts.get("empty") else [],
        "may_give": can(request.user, "allotment.retain", congress),
        "line": {name: request.GET.get(name, "")[:80] for name in ("room", "words")},
        "undo": request.GET.get("undo", "")[:36],
        "key": uuid.uuid4(),
        "previous": _step(month, -1),
        "next": _step(month, 1),
    }
    return render(request, "office/planning/planning.html", page)


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
