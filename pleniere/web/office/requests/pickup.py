"""Pick-up, pace and attrition of a congress: the curve, hotel by night with what is foreseen, what giving the rest back costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pleniere.common import sheets
from pleniere.congress.models import Congress
from pleniere.web.pickup import Hotel, Night, Pickup, pickups
from pleniere.web.pickup_drawn import drawn

from ..door import StaffRequest, of_congress

Column = sheets.Column
COLUMNS = (
    Column(gettext_lazy("Hotel"), "hotel.name", width=34),
    Column(gettext_lazy("Night"), "night.night", sheets.DATE),
    Column(gettext_lazy("Rooms kept"), "night.granted", sheets.INT, total=True),
    Column(gettext_lazy("Rooms taken"), "night.taken", sheets.INT, total=True),
    Column(gettext_lazy("Last 7 days"), "night.week", sheets.INT, total=True),
    Column(gettext_lazy("Lowest"), "night.foreseen.low", sheets.INT, total=True),
    Column(gettext_lazy("Foreseen"), "night.foreseen.mid", sheets.INT, total=True),
    Column(gettext_lazy("Highest"), "night.foreseen.high", sheets.INT, total=True),
    Column(gettext_lazy("Penalty foreseen, of the hotel"), "penalty", sheets.MONEY, total=True),
    Column(gettext_lazy("Penalty on"), "penalty_on", sheets.DATE),
)


@dataclass
class Row:
    """A night of a hotel as it is exported; what the hotel's penalty is stands on its first night."""

    hotel: Hotel
    night: Night
    penalty: Decimal | None = None
    penalty_on: date | None = None


@of_congress
@require_safe
def pickup(request: StaffRequest, congress: Congress) -> HttpResponse:
    found = pickups([congress], at=timezone.now())[0]
    if request.GET.get("export") in sheets.FORMATS:
        title = _("Pick-up, %(congress)s") % {"congress": congress}
        facts = {"title": title, "name": f"pickup-{congress.code}", "language": get_language() or "fr"}
        return sheets.export(request.GET["export"], COLUMNS, rows_of(found), **facts)
    page = {
        "congress": congress,
        "pickup": found,
        "drawing": drawn(found),
        "past_names": [past.name for past in found.pasts],
        "threats": [(hotel, each) for hotel in found.hotels for each in hotel.threats],
    }
    return render(request, "office/requests/pickup.html", page)


def rows_of(found: Pickup) -> list[Row]:
    rows = []
    for hotel in found.hotels:
        asked = [threat.then for threat in hotel.threats if threat.then.amount]
        for n, night in enumerate(hotel.nights):
            due = asked if n == 0 else []
            whole = sum((each.amount or Decimal(0) for each in due), Decimal(0)) if due else None
            rows.append(Row(hotel, night, whole, min((each.on for each in due), default=None)))
    return rows
