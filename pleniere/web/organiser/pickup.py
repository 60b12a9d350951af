"""Pick-up for the organiser: counts, pace, what is foreseen and what may go back free. Never a price, a penalty or a commission."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pleniere.common import sheets
from pleniere.congress.models import Congress
from pleniere.web.pickup import pickups
from pleniere.web.pickup_drawn import drawn

from .door import organiser

Column = sheets.Column
COLUMNS = (
    Column(gettext_lazy("Hotel"), lambda row: row[0].name, width=34),
    Column(gettext_lazy("Night"), lambda row: row[1].night, sheets.DATE),
    Column(gettext_lazy("Rooms kept"), lambda row: row[1].granted, sheets.INT, total=True),
    Column(gettext_lazy("Rooms taken"), lambda row: row[1].taken, sheets.INT, total=True),
    Column(gettext_lazy("Last 7 days"), lambda row: row[1].week, sheets.INT, total=True),
    Column(gettext_lazy("Lowest"), lambda row: row[1].foreseen.low, sheets.INT, total=True),
    Column(gettext_lazy("Foreseen"), lambda row: row[1].foreseen.mid, sheets.INT, total=True),
    Column(gettext_lazy("Highest"), lambda row: row[1].foreseen.high, sheets.INT, total=True),
)


@organiser
@require_safe
def pickup(request: HttpRequest, congress: Congress) -> HttpResponse:
    found = pickups([congress], at=timezone.now())[0]
    if request.GET.get("export") in sheets.FORMATS:
        title = _("Pick-up, %(congress)s") % {"congress": congress}
        rows = [(hotel, night) for hotel in found.hotels for night in hotel.nights]
        facts = {"title": title, "name": f"pickup-{congress.code}", "language": get_language() or "fr"}
        return sheets.export(request.GET["export"], COLUMNS, rows, **facts)
    page = {
        "congress": congress,
        "pickup": found,
        "drawing": drawn(found),
        "past_names": [past.name for past in found.pasts],
        "threats": [(hotel, each) for hotel in found.hotels for each in hotel.threats],
    }
    return render(request, "organiser/pickup.html", page)
