"""A line typed over the planning: rooms more or fewer, each night of a range, and its undoing."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from pleniere.allotment.actions.ranging import NotUnderstoodRange, edit_range, read_range, undo_range
from pleniere.congress.models import Congress
from pleniere.stock.actions import NotEnough
from pleniere.stock.models import StockDay
from pleniere.web.forms import Form, KeyField
from pleniere.web.typed import pk_of

from ..door import StaffRequest, of_congress


class KeyForm(Form):
    key = KeyField()


@of_congress
@require_POST
def change(request: StaffRequest, congress: Congress) -> HttpResponse:
    """Do what the line says; what is not understood is said, and stays in the field."""
    form = KeyForm(request.POST)
    pool, _colon, service = request.POST.get("what", "").partition(":")
    rows = StockDay.objects.filter(congress=congress, pool=pk_of(pool), service=pk_of(service))
    row = get_object_or_404(rows.select_related("pool", "service").order_by("pk")[:1])
    words = request.POST.get("words", "")[:80]
    back = {"room": request.POST.get("what", ""), "month": f"{congress.starts:%Y-%m}"}
    try:
        wanted = read_range(words, near=congress.starts)
        back["month"] = f"{wanted.first:%Y-%m}"
        if form.is_valid():
            key = str(form.cleaned_data["key"])
            moved = edit_range(congress, row.pool, row.service, wanted, key=key, by=request.user, at=timezone.now())
            messages.success(request, ngettext("%(n)s night changed.", "%(n)s nights changed.", moved) % {"n": moved})
            back["undo"] = key
    except NotUnderstoodRange as error:
        messages.error(request, str(error))
        back["words"] = words
    except NotEnough:
        messages.error(request, _("Some of these rooms are taken: nothing was changed."))
        back["words"] = words
    return redirect(f"{reverse('office-planning', args=[congress.code])}?{urlencode(back)}")


@of_congress
@require_POST
def undo(request: StaffRequest, congress: Congress) -> HttpResponse:
    """What the last line did is undone, whole."""
    form = KeyForm(request.POST)
    if form.is_valid():
        try:
            undo_range(congress, str(form.cleaned_data["key"]), by=request.user, at=timezone.now())
            messages.success(request, _("Undone."))
        except NotEnough:
            messages.error(request, _("Some of these rooms are taken: nothing was changed."))
    return redirect("office-planning", congress.code)
