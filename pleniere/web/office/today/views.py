"""The first page of the desk: what waits."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from pleniere.accounts.models import Bureau
from pleniere.accounts.rights import can
from pleniere.congress.models import Congress

from ..door import StaffRequest, staff
from .waiting import deadlines, figures, sections


@staff
@require_safe
def today(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    rows = Congress.objects.staffed_by(request.user).exclude(state=Congress.State.OVER).select_related("organiser")
    congresses = list(rows.order_by("starts")[:20])
    waiting = sections(request.user, at=now)
    facts = {
        "now": now,
        "congresses": [(congress, (congress.starts - congress.local_date(now)).days) for congress in congresses],
        "sections": waiting,
        "count": sum(section.count for section in waiting),
        "figures": figures(request.user, congresses, at=now),
        "deadlines": deadlines(congresses, at=now),
        "can_make": can(request.user, "congress.make"),
        "lacks": can(request.user, "bureau.edit") and any(bureau.missing() for bureau in Bureau.objects.filter(pk=1)),
    }
    return render(request, "office/today/today.html", facts)
