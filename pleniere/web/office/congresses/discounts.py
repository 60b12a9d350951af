"""What is taken off: by itself or by a code, how much, on what, for whom, how often."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from pleniere.booking.models import Line
from pleniere.congress.actions import Refused, edit_discount, make_discount, retire_discount
from pleniere.congress.models import Congress, Discount

from ..door import StaffRequest, of_congress
from .audiences import code_of
from .forms import DiscountForm
from .frame import refusals, saved, show

HERE = "office-setup-discounts"


@of_congress
@require_http_methods(["GET", "POST"])
def discounts(request: StaffRequest, congress: Congress) -> HttpResponse:
    """All of them with how often each is used, and a form for one more."""
    form = DiscountForm(request.POST or None, congress=congress, initial={"kind": Discount.Kind.PERCENT})
    if form.is_valid():
        with refusals(form):
            code = code_of(congress.discounts.all(), form)
            make_discount(congress, code, **form.facts(), by=request.user, at=timezone.now())
            return saved(request, congress, HERE)
    return show(request, congress, "discounts", here=HERE, form=form, discounts=_used(congress))


@of_congress
@require_http_methods(["GET", "POST"])
def discount(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    row = get_object_or_404(Discount, congress=congress, pk=pk)
    if "retire" in request.POST:
        try:
            retire_discount(row, retired=row.retired_at is None, by=request.user, at=timezone.now())
        except Refused as error:
            messages.error(request, str(error))
            return redirect("office-setup-discount", congress.code, row.pk)
        return saved(request, congress, HERE)
    form = DiscountForm(request.POST or None, congress=congress, discount=row, initial=DiscountForm.of(row))
    if form.is_valid():
        with refusals(form):
            edit_discount(row, **form.facts(), by=request.user, at=timezone.now())
            return saved(request, congress, HERE)
    facts: dict[str, Any] = {"form": form, "discount": row}
    return show(request, congress, "discount", here=HERE, **facts)


def _used(congress: Congress) -> QuerySet[Discount]:
    living = Q(charges__struck_at=None, charges__line__state__in=Line.COUNTED)
    used = Count("charges__line", filter=living, distinct=True)
    return congress.discounts.annotate(used=used).prefetch_related("offers__service").order_by("retired_at", "pk")
