"""The set-up desk: the frame and the steps of a congress, each page saved by itself."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db.models import Max, Min
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from pleniere.congress import uses
from pleniere.congress.actions import (
    Refused,
    drop_step,
    edit_congress,
    edit_step,
    make_step,
    order_steps,
)
from pleniere.congress.models import Congress, Price
from pleniere.stock.places import places_of

from ..door import StaffRequest, of_congress
from .forms import (
    GeneralForm,
    StepForm,
)
from .frame import guided, refusals, saved, show


@of_congress
@require_http_methods(["GET", "POST"])
def general(request: StaffRequest, congress: Congress) -> HttpResponse:
    form = GeneralForm(request.POST or None, congress=congress, by=request.user, initial=GeneralForm.of(congress))
    if form.is_valid():
        with refusals(form):
            edit_congress(congress, **form.facts(), by=request.user, at=timezone.now())
            return saved(request, congress, "office-setup-general")
    return show(request, congress, "form", here="office-setup-general", form=form, heading=_("General"))


@of_congress
@require_http_methods(["GET", "POST"])
def steps(request: StaffRequest, congress: Congress) -> HttpResponse:
    """The steps in their order, each with what it sells; a new one at the end."""
    form = StepForm(request.POST or None)
    if form.is_valid():
        with refusals(form):
            make_step(congress, **form.cleaned_data, by=request.user, at=timezone.now())
            return saved(request, congress, "office-setup-steps")
    offers = list(congress.offers.select_related("service__supplier", "contract", "step").prefetch_related("audiences"))
    places, sold, asked = places_of(offers), uses.sold(offer.pk for offer in offers), _asked(congress)
    by_step: dict[int, list[dict[str, Any]]] = {}
    for offer in offers:
        facts = {"offer": offer, "places": places.get(offer.pk), "sold": sold[offer.pk], "price": asked.get(offer.service_id)}
        by_step.setdefault(offer.step_id, []).append(facts)
    rows = [(step, by_step.get(step.pk, [])) for step in congress.steps.all()]
    return show(request, congress, "steps", here="office-setup-steps", form=form, rows=rows)


def _asked(congress: Congress) -> dict[int, tuple[Decimal, bool]]:
    """By service, the least it is sold for, and whether it has other prices too (an audience, a window, a formula…)."""
    prices = congress.prices.filter(side=Price.Side.SELL).values_list("rate__service")
    found = prices.annotate(least=Min("amount"), most=Max("amount")).order_by("rate__service")
    return {service: (least, most != least) for service, least, most in found}


@of_congress
@require_http_methods(["GET", "POST"])
def step(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    step = get_object_or_404(congress.steps, pk=pk)
    form = StepForm(request.POST or None, initial={name: getattr(step, name) for name in StepForm.base_fields})
    if form.is_valid():
        with refusals(form):
            if "drop" in request.POST:
                drop_step(step, by=request.user, at=timezone.now())
            else:
                edit_step(step, **form.cleaned_data, by=request.user, at=timezone.now())
            return saved(request, congress, "office-setup-steps")
    facts = {"form": form, "heading": str(step), "drop": _("Remove this step"), "back": "office-setup-steps"}
    return show(request, congress, "form", here="office-setup-steps", **facts)


@of_congress
@require_POST
def move_step(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    """One place up or down."""
    order = [step.pk for step in congress.steps.all()]
    if pk in order:
        here = order.index(pk)
        there = here - 1 if "up" in request.POST else here + 1
        if 0 <= there < len(order):
            order[here], order[there] = order[there], order[here]
            try:
                order_steps(congress, order, by=request.user, at=timezone.now())
            except Refused as error:
                messages.error(request, str(error))
    return redirect(reverse("office-setup-steps", args=[congress.code]) + guided(request))
