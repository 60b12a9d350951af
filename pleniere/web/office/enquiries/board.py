"""All enquiries: a board by state, the list with its exports, what is to be expected of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, Min, QuerySet, Value
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from pleniere.accounts.rights import can
from pleniere.common import sheets
from pleniere.common.money import ZERO, total
from pleniere.common.shown import day, days
from pleniere.congress.actions import Refused, move_enquiry
from pleniere.congress.models import Enquiry
from pleniere.web.tables import Column, Listing
from pleniere.web.templatetags.ui import pill

from ..door import StaffRequest, acting, staff
from .forms import EnquiryFilter

SHOWN = 60  # tiles of a column under way
RECENT = 8  # of those won and lost: the rest stands in the list
FAR = date(9999, 12, 31)
LOOKS = {
    "NEW": ("new", "plus"),
    "QUALIFIED": ("option", "half"),
    "PROPOSED": ("booked", "full"),
    "WON": ("ready", "check"),
    "LOST": ("late", "warn"),
}


@dataclass
class Tile:
    """An enquiry on the board: its facts in three lines, and where it may be moved to."""

    row: Enquiry
    when: str
    note: str
    is_late: bool
    moves: list[tuple[str, str]] = field(default_factory=list)  # state, its word


@dataclass
class BoardColumn:
    state: str
    label: str
    look: str
    drawing: str
    count: int
    tiles: list[Tile]


@staff
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """By state, the open ones by what is to be done next; beneath, their list and what is to be expected."""
    may(request)
    today = timezone.localdate()
    waiting = list(_rows().under_way().order_by(F("next_on").asc(nulls_last=True), "pk"))
    counts = dict(Enquiry.objects.order_by().values_list("state").annotate(Count("pk")))
    closed = {state: list(_rows().filter(state=state).order_by("-closed_at", "-pk")[:RECENT]) for state in ("WON", "LOST")}
    columns = [
        BoardColumn(
            state.value,
            str(state.label),
            *LOOKS[state.value],
            counts.get(state.value, 0),
            [_tile(row, today) for row in closed.get(state.value, [r for r in waiting if r.state == state.value])[:SHOWN]],
        )
        for state in Enquiry.State
    ]
    listing = _listing(request, waiting_only=True)
    facts = {
        "columns": columns,
        "listing": listing,
        "forecast": list(forecast(waiting)),
        "lead": _lead(waiting),
        "moved": request.GET.get("moved", ""),
        "sums": _sums(waiting),
    }
    return listing.export() or render(request, "office/enquiries/index.html", facts)


@staff
@require_safe
def listed(request: StaffRequest) -> HttpResponse:
    """All of them, won and lost too: searched, filtered, sorted, exported."""
    may(request)
    listing = _listing(request)
    return listing.export() or render(request, "office/enquiries/list.html", {"listing": listing})


@staff
@require_POST
def state(request: StaffRequest, pk: int) -> HttpResponse:
    """A tile moved, by hand or by its buttons. Won and lost go through their reason first."""
    may(request)
    row = get_object_or_404(Enquiry, pk=pk)
    to = request.POST.get("to", "")
    if to in ("WON", "LOST") or not row.is_under_way:
        return redirect(reverse("office-enquiry", args=[pk]) + f"?closing={to}#closing")
    try:
        move_enquiry(row, to, **acting(request))
    except Refused as error:
        messages.error(request, str(error))
    return redirect(reverse("office-enquiries") + f"?moved={pk}")


def may(request: StaffRequest) -> None:
    """Enquiries are the bureau's own: agents of one congress alone do not see what others ask for."""
    if not can(request.user, "enquiry.edit"):
        raise PermissionDenied


@dataclass
class Expected:
    """A month of events: how many, for how much, and how much of it is likely."""

    month: date | None
    count: int
    budget: Decimal
    weighted: Decimal


def forecast(rows: Iterable[Enquiry]) -> Iterator[Expected]:
    """Budgets under way by the month of their first choice, weighted by their chance; those without dates last."""
    months: dict[date | None, list[Enquiry]] = defaultdict(list)
    for row in rows:
        months[row.starts.replace(day=1) if row.starts else None].append(row)
    for month in sorted(months, key=lambda each: each or FAR):
        found = months[month]
        budget = total(row.budget or ZERO for row in found)
        yield Expected(month, len(found), budget, total(row.weighted for row in found))


def dates_of(row: Enquiry) -> str:
    """The first choice, then the others: "10–12 or 17–19 October"."""
    first = [days(row.starts, row.ends)] if row.starts and row.ends else [day(row.starts)] if row.starts else []
    others = [days(other.starts, other.ends) for other in row.other_dates.all()]
    return _(" or ").join([*first, *others]) or row.alternates


def _rows() -> Any:
    rows = Enquiry.objects.select_related("organiser", "owner", "reason").prefetch_related("other_dates")
    return rows.annotate(held=Min("options__until"))


def _tile(row: Enquiry, today: date) -> Tile:
    held = row.held  # type: ignore[attr-defined]
    note = row.because if not row.is_under_way else row.next_step
    if row.is_under_way and held:
        note = _("hotels hold rooms until %(day)s") % {"day": day(held)}
    late = row.is_under_way and bool((row.next_on and row.next_on < today) or (held and held <= today))
    words = {state.value: str(state.label) for state in Enquiry.State}
    moves = [(to, words[to]) for to in Enquiry.State.values if to != row.state] if row.is_under_way else []
    return Tile(row, dates_of(row), note, late, moves)


def _sums(rows: list[Enquiry]) -> dict[str, Decimal]:
    return {"budget": total(row.budget or ZERO for row in rows), "weighted": total(row.weighted for row in rows)}


def _lead(waiting: list[Enquiry]) -> str:
    begins = timezone.localtime().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    closed = Enquiry.objects.filter(closed_at__gte=begins).order_by().values_list("state").annotate(Count("pk"))
    counts: dict[str, int] = dict(closed)
    words = ngettext("%(n)d under way", "%(n)d under way", len(waiting)) % {"n": len(waiting)}
    facts = {"won": counts.get("WON", 0), "lost": counts.get("LOST", 0)}
    return f"{words}. " + _("This month: %(won)d won, %(lost)d lost.") % facts


def _state(row: Enquiry) -> SafeString:
    return pill(*LOOKS[row.state], str(row.get_state_display()).capitalize())


COLUMNS = (
    Column(
        gettext_lazy("Enquiry"), "title", sort="title", is_name=True, href=lambda row: reverse("office-enquiry", args=[row.pk])
    ),
    Column(gettext_lazy("Dates"), dates_of, sort="starts"),
    Column(gettext_lazy("Contact"), lambda row: str(row.organiser or row.contact)),
    Column(gettext_lazy("Persons"), "heads", sheets.INT, sort="heads"),
    Column(gettext_lazy("Chance, %"), "chance", sheets.INT, sort="probability"),
    Column(gettext_lazy("Budget"), "budget", sheets.MONEY, sort="budget"),
    Column(gettext_lazy("Weighted"), "weighted", sheets.MONEY),
    Column(gettext_lazy("State"), "get_state_display", sort="state", shown=_state),
    Column(gettext_lazy("Next step"), lambda row: row.next_step or row.because),
    Column(gettext_lazy("On"), "next_on", sheets.DATE, sort="soon"),
    Column(gettext_lazy("Who"), lambda row: str(row.owner or ""), sort="owner__name"),
    Column(gettext_lazy("E-mail"), "email", on_screen=False),
    Column(gettext_lazy("Phone"), "phone", on_screen=False),
    Column(gettext_lazy("How they found us"), "source", on_screen=False),
    Column(gettext_lazy("Why"), "because", on_screen=False),
    Column(gettext_lazy("Asked on"), lambda row: row.made_at.date(), sheets.DATE, on_screen=False),
)


def _listing(request: StaffRequest, *, waiting_only: bool = False) -> Listing:
    rows: QuerySet[Enquiry] = _rows().annotate(soon=Coalesce("next_on", Value(FAR)))
    return Listing(
        request,
        rows.under_way() if waiting_only else rows,  # type: ignore[attr-defined]
        COLUMNS,
        title=_("Enquiries"),
        name="enquiries",
        sort="soon",
        filters=partial(EnquiryFilter, today=timezone.localdate()),
    )
