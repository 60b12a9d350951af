"""VAT on the margin: the periods posted, the one that comes next, and what each figure is made of, down to the bookings."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pleniere.accounting.actions import PostedAlready, post_margin_vat
from pleniere.accounting.margin import Figures, PartRow, by_congress, figures, last_period, next_first, part_rows, usual_basis
from pleniere.accounting.models import MarginPeriod
from pleniere.accounts.rights import can, require
from pleniere.common import sheets
from pleniere.ledger.actions import MonthClosed, MonthNotOver, is_closed, next_month
from pleniere.ledger.models import Entry
from pleniere.web.tables import PAGE
from pleniere.web.typed import number

from ..door import staff
from .views import FIRST, LAST, reader

BOOKINGS = (
    sheets.Column(gettext_lazy("Booking"), "booking"),
    sheets.Column(gettext_lazy("Congress"), "congress"),
    sheets.Column(gettext_lazy("Client"), "client"),
    sheets.Column(gettext_lazy("Sold"), "sold", sheets.MONEY, total=True),
    sheets.Column(gettext_lazy("Bought"), "bought", sheets.MONEY, total=True),
    sheets.Column(gettext_lazy("Margin"), "margin", sheets.MONEY, total=True),
)


@staff
@require_safe
def periods(request: HttpRequest) -> HttpResponse:
    """What was posted, the latest first, and the month that comes next."""
    reader(request)
    today = timezone.localdate()
    first = next_first(today)
    context = {
        "periods": MarginPeriod.objects.all()[:60],
        "next": first,
        "is_over": first is not None and today >= next_month(first),
        "here": "margin",
    }
    return render(request, "office/books/margin.html", context)


@staff
@require_http_methods(["GET", "POST"])
def period(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """A month as it was posted, or as it would be now: its sums, by congress, by booking; and the act itself."""
    reader(request)
    if not (FIRST <= year <= LAST and 1 <= month <= 12):
        raise Http404
    first, refused = date(year, month, 1), ""
    basis = _basis(request)
    if request.method == "POST":
        require(request.user, "accounting.close")
        try:
            made = post_margin_vat(first, basis=basis, by=request.user, at=timezone.now(), today=timezone.localdate())  # type: ignore[arg-type]
            messages.success(request, _("The VAT on the margin of %(month)s is posted.") % {"month": f"{made.first:%m/%Y}"})
            return redirect("office-margin-period", year, month)
        except (MonthNotOver, MonthClosed, PostedAlready) as error:
            refused = str(error)
    known = MarginPeriod.objects.filter(first=first).first()
    found = known or figures(first, basis)
    rows = part_rows(found.parts.all() if isinstance(found, MarginPeriod) else found.parts)
    wanted, congress = request.GET.get("export", ""), request.GET.get("congress", "")
    chosen = [row for row in rows if row.congress == congress] if congress else rows
    if wanted in sheets.FORMATS:
        title = f"{_('VAT on the margin')} {first:%m/%Y}"
        return sheets.export(wanted, BOOKINGS, chosen, title=title, name="margin", language=get_language() or "fr")
    context = {**_shown(request, found, known), **_drawn(request, rows, chosen, congress), "refused": refused}
    return render(request, "office/books/margin_period.html", context, status=422 if refused else 200)


def _basis(request: HttpRequest) -> str:
    asked = (request.POST if request.method == "POST" else request.GET).get("basis", "")
    return asked if asked in MarginPeriod.Basis.values else usual_basis()


def _shown(request: HttpRequest, found: Figures | MarginPeriod, known: MarginPeriod | None) -> dict[str, Any]:
    last = last_period()
    comes = known is None and (last is None or found.first > last.first)
    over, closed = timezone.localdate() >= next_month(found.first), is_closed(found.first)
    return {
        "first": found.first,
        "found": found,
        "known": known,
        "basis": MarginPeriod.Basis(found.basis),
        "bases": MarginPeriod.Basis.choices,
        "is_over": over,
        "is_closed": closed,
        "comes": comes,
        "last": last,
        "may_post": comes and over and not closed and can(request.user, "accounting.close"),
        "entry": Entry.objects.filter(key=known.entry_key).first() if known else None,
        "here": "margin",
    }


def _drawn(request: HttpRequest, rows: list[PartRow], chosen: list[PartRow], congress: str) -> dict[str, Any]:
    """By congress, and the bookings of one of them (or of the only one), a page at a time."""
    groups = by_congress(rows)
    if not congress and len(groups) == 1:
        congress = groups[0].code
    page = Paginator(chosen if congress else [], PAGE).get_page(number(request.GET.get("page", "1"), digits=5) or 1)
    return {"groups": groups, "chosen": congress, "page": page}
