"""A hotel takes back rooms, sold or not: night by night, and the stock says what is short."""

from __future__ import annotations

import uuid

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from pleniere.accounts.rights import can
from pleniere.allotment import queries
from pleniere.allotment.actions import CannotWithdraw, withdraw_rooms
from pleniere.allotment.models import Block
from pleniere.congress.models import Congress
from pleniere.stock.models import StockDay
from pleniere.web.forms import Form, KeyField
from pleniere.web.typed import number

from ..door import StaffRequest, of_congress


class WithdrawForm(Form):
    key = KeyField()
    reason = forms.CharField(label=gettext_lazy("What the hotel said, and who"), max_length=250)


@of_congress
@require_http_methods(["GET", "POST"])
def withdrawal(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    """Nothing is refused for being sold: who has these rooms is then moved, from the planning."""
    rows = Block.objects.visible_to(request.user).select_related("supplier", "reply")
    block = get_object_or_404(rows, congress=congress, pk=pk)
    block.congress = congress
    form = WithdrawForm(request.POST or None, initial={"key": uuid.uuid4()})
    left = queries.left_of(block)
    typed = {day.name: request.POST.get(day.name, "").strip()[:8] for day in left}
    counts = {(day.service_id, day.night): number(typed[day.name]) if typed[day.name] else 0 for day in left}
    wrong = {day.name: _("a number, please") for day in left if counts[day.service_id, day.night] is None}
    if form.is_valid() and not wrong:
        try:
            rooms = {night: count for night, count in counts.items() if count}
            withdraw_rooms(block, rooms, **form.cleaned_data, by=request.user, at=timezone.now())
            return _then(request, congress, block)
        except CannotWithdraw as error:
            form.add_error(None, str(error))
    page = {
        "congress": congress,
        "kept": block,
        "form": form,
        "days": [(day, typed[day.name], wrong.get(day.name, "")) for day in left],
        "may": can(request.user, "allotment.release", block),
    }
    return render(request, "office/requests/withdrawal.html", page, status=422 if form.is_bound else 200)


def _then(request: StaffRequest, congress: Congress, block: Block) -> HttpResponse:
    short = StockDay.objects.filter(congress=congress, service__supplier=block.supplier_id, short__gt=0).order_by("day").first()
    if short is None:
        messages.success(request, _("These rooms are off sale; nobody had them. The hotel is told."))
        return redirect("office-blocks", congress.code)
    messages.warning(request, _("These rooms are off sale, and some of them were taken: move the stays that have none."))
    return redirect("office-planning-move", congress.code, short.pk)
