"""The first page of the desk: what waits."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from pleniere.congress.models import Congress

from ..door import StaffRequest, staff


@staff
@require_safe
def today(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    congresses = Congress.objects.staffed_by(request.user).exclude(state=Congress.State.OVER).order_by("starts")[:20]
    return render(request, "office/today/today.html", {"congresses": congresses, "now": now})
