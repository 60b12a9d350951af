"""Scenarios of a request: side by side, then one at a time as a grid in which any cell is edited by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pleniere.accounts.rights import can
from pleniere.allotment.actions import (
    CannotChoose,
    drop_scenario,
    edit_scenario,
    make_scenario,
    renew_scenario,
    set_rooms,
)
from pleniere.allotment.comparing import Figures, compare
from pleniere.allotment.models import Request, Scenario
from pleniere.allotment.queries import synthesis
from pleniere.catalogue.models import Service
from pleniere.congress.models import Congress
from pleniere.web.forms import Form
from pleniere.web.typed import number, pk_of

from ..door import StaffRequest, of_congress
from . import sheet
from .retaining import ticked_in
from .solver import answer_of, free_name, of_request
from .views import find


class ScenarioForm(Form):
    name = forms.CharField(label=gettext_lazy("Name of the scenario"), max_length=80)
    markup = forms.DecimalField(
        label=gettext_lazy("Added to what we buy, %"),
        help_text=gettext_lazy("where we sell in our own name; elsewhere the commission is our margin"),
        min_value=0,
        max_value=500,
        max_digits=6,
        decimal_places=3,
        required=False,
        localize=True,
    )

    def clean_markup(self) -> Decimal:
        return self.cleaned_data["markup"] or Decimal(0)


@dataclass
class Box:
    """A cell that can be edited: its field, the words in it, what the hotel still offers, its price."""

    name: str
    words: str
    left: int
    price: Decimal | None
    css: str
    column: int
    is_beyond: bool


@dataclass
class Measure:
    """One figure of all scenarios: its name, its values, which of them are the best."""

    label: Any
    kind: str
    values: list[tuple[Any, bool]]


@of_congress
@require_http_methods(["GET", "POST"])
def index(request: StaffRequest, congress: Congress, number: str) -> HttpResponse:
    """Side by side; a POST makes one: empty, of what is ticked in the synthesis, or like another."""
    asked = find(request, congress, number)
    if request.method == "POST":
        return _make(request, asked)
    compared = compare(asked)
    page = {
        "congress": congress,
        "asked": asked,
        "compared": compared,
        "measures": measures(compared.figures),
        "hotels": [(row, [each.hotels.get(row.invitation.pk) for each in compared.figures]) for row in compared.hotels],
        "may": can(request.user, "allotment.retain", asked),
        "proposed": free_name(asked),
        "is_busy": any(each.scenario and each.scenario.state == Scenario.State.SOLVING for each in compared.figures),
    }
    return render(request, "office/requests/scenarios.html", page)


def _make(request: StaffRequest, asked: Request) -> HttpResponse:
    rooms: dict[tuple[int, str, date], int] = {}
    copy_of = of_request(asked, pk_of(request.POST.get("copy", ""))) if request.POST.get("copy") else None
    if request.POST.getlist("cell"):
        table = synthesis(asked)
        ticked = ticked_in(request.POST, table)
        rows = {row.invitation.pk: row for row in table.rows if row.counts}
        rooms = {(pk, *key): rows[pk].cells[key].left for pk, keys in ticked.items() if pk in rows for key in keys}
    try:
        name = request.POST.get("name", "").strip() or free_name(asked)
        scenario = make_scenario(asked, name=name, rooms=rooms, copy_of=copy_of, by=request.user, at=timezone.now())
    except CannotChoose as error:
        messages.error(request, str(error))
        return redirect("office-scenarios", asked.congress.code, asked.number)
    return redirect("office-scenario", asked.congress.code, asked.number, scenario.pk)


def measures(figures: list[Figures]) -> list[Measure]:
    """Each figure of every scenario; the best of a row is marked when there are several and they differ."""
    rows: list[tuple[Any, str, list[Any], int]] = [
        (_("Cost of the rooms"), "money", [each.cost for each in figures], -1),
        (_("At selling prices"), "money", [each.sold for each in figures], 0),
        (_("Our margin"), "money", [each.margin for each in figures], 1),
        (_("Hotels"), "int", [len(each.hotels) for each in figures], -1),
        (_("Room nights"), "int", [each.room_nights for each in figures], 0),
        (_("Mean distance"), "km", [each.mean_km for each in figures], -1),
        (_("Accessible rooms"), "percent", [each.accessible_share for each in figures], 1),
        (_("Nights uncovered"), "int", [each.nights_uncovered for each in figures], -1),
        (_("Rooms missing"), "int", [each.rooms_missing for each in figures], -1),
    ]
    whole = [each for each in figures if each.room_nights]
    found = []
    for label, kind, values, better in rows:
        known = [value for value, each in zip(values, figures, strict=True) if value is not None and each in whole]
        best = (max if better > 0 else min)(known) if better and len(set(known)) > 1 else None
        found.append(
            Measure(
                label,
                kind,
                [
                    (value, best is not None and value == best and each.room_nights > 0)
                    for value, each in zip(values, figures, strict=True)
                ],
            )
        )
    return found


@of_congress
@require_safe
def scenario(request: StaffRequest, congress: Congress, number: str, pk: int) -> HttpResponse:
    asked = find(request, congress, number)
    found = of_request(asked, pk)
    page = _page(request, asked, found)
    is_window = request.headers.get("HX-Request") == "true" and page["page"].window_number > 1
    return render(request, f"office/requests/{'_boxes' if is_window else 'scenario'}.html", page)


def _page(
    request: StaffRequest, asked: Request, found: Scenario, wrong: str = "", typed: Mapping[str, str] | None = None
) -> dict[str, Any]:
    compared = compare(asked, [found])
    figures = compared.figures[0]
    table = compared.table
    table.rows = [row for row in table.rows if row.counts or row.invitation.pk in figures.hotels]
    query = request.GET.copy()
    page = sheet.Page(table, query, window=request.GET.get("page", "1"))
    if request.GET.get("only") == "taken":
        page.lines = [line for line in page.lines if line.row.invitation.pk in figures.hotels]
    return {
        "congress": asked.congress,
        "asked": asked,
        "scenario": found,
        "figures": figures,
        "page": page,
        "lines": [(line, _boxes(line, figures, page, typed or {})) for line in page.window],
        "sums": _sums(page, figures),
        "form": ScenarioForm(initial={"name": found.name, "markup": found.markup.normalize()}),
        "may": can(request.user, "allotment.retain", asked) and found.state != Scenario.State.SOLVING,
        "wrong": wrong,
        "answer": answer_of(found, table.rows),
        "may_solve": can(request.user, "allotment.retain", asked),
    }


def _boxes(line: sheet.Line, figures: Figures, page: sheet.Page, typed: Mapping[str, str]) -> list[Box]:
    pk, boxes = line.row.invitation.pk, []
    for cell, (code, night) in zip(line.cells, page.columns, strict=True):
        key = (pk, code, night)
        count, offer = figures.rooms.get(key, 0), cell.offer if line.row.counts else None
        name = f"rooms:{pk}:{code}:{night}"
        words = typed.get(name, str(count) if count else "")
        boxes.append(
            Box(
                name,
                words,
                offer.left if offer else 0,
                offer.price if offer else None,
                cell.css,
                cell.column,
                key in figures.beyond,
            )
        )
    return boxes


def _sums(page: sheet.Page, figures: Figures) -> list[tuple[Any, list[int], bool]]:
    """Retained already, in this scenario, needed, and what is missing, per column."""
    kept = page.table.total("retained")
    taken: dict[Any, int] = dict.fromkeys(page.columns, 0)
    for (_pk, code, night), count in figures.rooms.items():
        if (code, night) in taken:
            taken[code, night] += count
    need = [page.table.need.get(key, 0) for key in page.columns]
    have = [kept.get(key, 0) + taken[key] for key in page.columns]
    return [
        (_("Retained already"), [kept.get(key, 0) for key in page.columns], False),
        (_("In this scenario"), [taken[key] for key in page.columns], False),
        (_("Need"), need, False),
        (_("Gap"), [each - wanted for each, wanted in zip(have, need, strict=True)], True),
    ]


@of_congress
@require_POST
def cells(request: StaffRequest, congress: Congress, number: str, pk: int) -> HttpResponse:
    """The numbers of one hotel (as soon as one is changed), or of all that are on the page."""
    asked = find(request, congress, number)
    found, wrong = of_request(asked, pk), ""
    words = {name: str(value).strip()[:8] for name, value in request.POST.items() if name.startswith("rooms:")}
    try:
        set_rooms(found, _numbers(words), by=request.user)
    except CannotChoose as error:
        wrong = str(error)
    if request.headers.get("HX-Request") == "true":
        page = _page(request, asked, of_request(asked, pk), wrong)
        return render(request, "office/requests/_figures.html", page, status=422 if wrong else 200)
    if wrong:
        page = _page(request, asked, of_request(asked, pk), wrong, words)
        return render(request, "office/requests/scenario.html", page, status=422)
    return redirect("office-scenario", congress.code, asked.number, pk)


def _numbers(words: Mapping[str, str]) -> dict[tuple[int, str, date], int]:
    rooms = {}
    for name, value in words.items():
        key = _place(name)
        count = number(value, digits=6) if value else 0
        if count is None:
            raise CannotChoose(_("“%(words)s” is not a number of rooms.") % {"words": value})
        if key is not None:
            rooms[key] = count
    return rooms


def _place(name: str) -> tuple[int, str, date] | None:
    """The cell of a field "rooms:PK:TYPE:night"; None: a field that is none of ours."""
    _rooms, pk, code, night = [*name.split(":"), "", "", ""][:4]
    try:
        day = date.fromisoformat(night)
    except ValueError:
        return None
    return (pk_of(pk), code, day) if pk_of(pk) and code in Service.Room.values else None


@of_congress
@require_POST
def settings(request: StaffRequest, congress: Congress, number: str, pk: int) -> HttpResponse:
    asked = find(request, congress, number)
    found = of_request(asked, pk)
    form = ScenarioForm(request.POST)
    if form.is_valid():
        try:
            edit_scenario(found, **form.cleaned_data, by=request.user)
            return redirect("office-scenario", congress.code, asked.number, pk)
        except CannotChoose as error:
            form.add_error("name", str(error))
    page = _page(request, asked, of_request(asked, pk)) | {"form": form}
    return render(request, "office/requests/scenario.html", page, status=422)


@of_congress
@require_POST
def renewal(request: StaffRequest, congress: Congress, number: str, pk: int) -> HttpResponse:
    asked = find(request, congress, number)
    try:
        lost = renew_scenario(of_request(asked, pk), by=request.user)
        words = ngettext("%(n)s room is no longer offered.", "%(n)s rooms are no longer offered.", lost) % {"n": lost}
        messages.success(request, _("Read in the last answers.") + (f" {words}" if lost else ""))
    except CannotChoose as error:
        messages.error(request, str(error))
    return redirect("office-scenario", congress.code, asked.number, pk)


@of_congress
@require_POST
def removal(request: StaffRequest, congress: Congress, number: str, pk: int) -> HttpResponse:
    asked = find(request, congress, number)
    try:
        drop_scenario(of_request(asked, pk), by=request.user, at=timezone.now())
        messages.success(request, _("The scenario is thrown away."))
    except CannotChoose as error:
        messages.error(request, str(error))
    return redirect("office-scenarios", congress.code, asked.number)
