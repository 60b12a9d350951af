"""Congresses: the list of those one works in, and the home of each."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from pleniere.common import sheets
from pleniere.congress.models import Congress
from pleniere.web.tables import Column, Listing

from ..door import StaffRequest, of_congress, staff

COLUMNS = (
    Column(_("Congress"), str, is_name=True, href=lambda row: reverse("office-congress", args=[row.code])),
    Column(_("Code"), "code", sort="code"),
    Column(_("From"), "starts", sheets.DATE, sort="starts"),
    Column(_("Venue"), "venue", sort="venue"),
    Column(_("Organiser"), lambda row: str(row.organiser or "")),
    Column(_("State"), "get_state_display", sort="state"),
)


@staff
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    rows = Congress.objects.staffed_by(request.user).select_related("organiser")
    listing = Listing(request, rows, COLUMNS, title=str(_("Congresses")), name="congresses", sort="-starts", search="code")
    return listing.export() or render(request, "office/congresses/index.html", {"listing": listing})


@of_congress
@require_safe
def congress(request: StaffRequest, congress: Congress) -> HttpResponse:
    return render(request, "office/congresses/congress.html", {"congress": congress})
