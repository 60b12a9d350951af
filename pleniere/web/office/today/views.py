"""The first page of the desk: what waits."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from pleniere.accounts.models import Bureau
from pleniere.accounts.rights import can
from pleniere.congress.models import Congress

from ..door import StaffRequest, staff
from . import figures
from .waiting import section, sections

MOST = 20  # congresses under way that the first page sums up


@staff
@require_safe
def today(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    congresses = _under_way(request)
    waiting = sections(request.user, at=now)
    facts = {
        "now": now,
        "congresses": [(congress, (congress.starts - congress.local_date(now)).days) for congress in congresses],
        "sections": waiting,
        "count": sum(section.count for section in waiting),
        "figures": figures.figures(figures.rows(request.user, congresses, at=now)),
        "deadlines": figures.deadlines(congresses, at=now),
        "can_make": can(request.user, "congress.make"),
        "lacks": can(request.user, "bureau.edit") and any(bureau.missing() for bureau in Bureau.objects.filter(pk=1)),
    }
    return render(request, "office/today/today.html", facts)


def _under_way(request: StaffRequest) -> list[Congress]:
    rows = Congress.objects.staffed_by(request.user).exclude(state=Congress.State.OVER).select_related("organiser")
    return list(rows.order_by("starts")[:MOST])


@staff
@require_safe
def waiting(request: StaffRequest, name: str) -> HttpResponse:
    """All of one section of the first page."""
    found = section(request.user, name, at=timezone.now())
    if found is None:
        raise Http404
    return render(request, "office/today/waiting.html", {"section": found})


@staff
@require_safe
def parts(request: StaffRequest) -> HttpResponse:
    """What the figures of the first page are made of, congress by congress."""
    rows = figures.rows(request.user, _under_way(request), at=timezone.now())
    sums = {name: sum(getattr(row, name) for row in rows) for name in ("bookings", "fresh", "taken", "retained")}
    sums["sold"] = figures.sold_in_words(rows) if all(row.sold is not None for row in rows) else ""
    return render(request, "office/today/figures.html", {"rows": rows, "sums": sums})
