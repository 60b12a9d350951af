"""What a step sells: offers, their prices, their retirement."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from pleniere.catalogue.actions import make_rate, make_service
from pleniere.catalogue.models import Rate, Service
from pleniere.common.words import LocalText, fold
from pleniere.congress import uses
from pleniere.congress.actions import (
    PriceRow,
    Refused,
    drop_offer,
    edit_offer,
    make_offer,
    retire_offer,
    set_prices,
)
from pleniere.congress.actions.frame import free_code
from pleniere.congress.models import Congress, Offer
from pleniere.stock.actions import NotEnough
from pleniere.stock.places import places_of, set_places
from pleniere.web.typed import pk_of

from ..door import StaffRequest, of_congress
from .forms import (
    NewOfferForm,
    OfferForm,
)
from .frame import guided, refusals, saved, show, windows
from .prices import grids

K = Service.Kind
SOLD_IN = {"fee": K.FEE, "meals": K.MEAL, "evenings": K.EVENING, "visits": K.VISIT}  # what a ready-made step sells


@of_congress
@require_http_methods(["GET", "POST"])
def new_offer(request: StaffRequest, congress: Congress) -> HttpResponse:
    """Something to sell: of the catalogue, or made here with its formula; with its price for all and its places."""
    step = congress.steps.filter(pk=pk_of(request.GET.get("step"))).first()
    initial = {"step": step, "basis": "GROSS", "kind": SOLD_IN.get(step.code) if step else None}
    form = NewOfferForm(request.POST or None, congress=congress, initial=initial)
    if form.is_valid():
        with refusals(form):
            try:
                offer = _make_offer(congress, form, by=request.user, at=timezone.now())
                return saved(request, congress, "office-setup-offer", offer.pk)
            except NotEnough:
                form.add_error("places", _("More than these are taken already."))
    facts = {"form": form, "heading": _("Add an offer"), "back": "office-setup-steps"}
    return show(request, congress, "form", here="office-setup-steps", **facts)


@transaction.atomic
def _make_offer(congress: Congress, form: NewOfferForm, *, by: Any, at: Any) -> Offer:
    """The service if it is new, the offer, its price, its places: all or nothing."""
    said, facts = form.cleaned_data, form.facts()
    step = facts.pop("step")
    service = said["service"] or _make_service(said, by=by, at=at)
    contract = (
        said["contract"] if not said["service"] or (said["contract"] and said["contract"].supplier == service.supplier) else None
    )
    counted = said["places"] is not None or service.kind == Service.Kind.ROOM
    rate = service.rates.first()
    if rate is None:
        raise Refused(_("“%(what)s” has no formula yet: give it one among the suppliers first.") % {"what": service})
    offer = make_offer(step, service, contract=contract, counted=counted, **facts, by=by, at=at)
    if said["amount"] is not None:
        row = PriceRow(said["amount"], basis=said["basis"] or "GROSS")
        set_prices(congress, rate, [row], by=by, at=at)
    if said["bought"] is not None:
        set_prices(congress, rate, [PriceRow(said["bought"])], side="BUY", by=by, at=at)
    if said["places"] is not None:
        set_places(offer, said["places"], key=f"places-{said['key']}", by=by, at=at)
    return offer


def _make_service(said: dict[str, Any], *, by: Any, at: Any) -> Service:
    supplier = said["contract"].supplier
    stem = slugify(fold(said["name"].in_language("fr"))).upper().replace("-", "")[:14] or said["kind"]
    name = LocalText(said["name"])
    code = free_code(supplier.services.all(), stem)
    service = make_service(supplier, code=code, kind=said["kind"] or Service.Kind.EXTRA, name=name, by=by, at=at)
    make_rate(service, code=code, name=name, vat=said["vat"] or "standard", unit=Rate.Unit.PIECE, by=by, at=at)
    return service


@of_congress
@require_http_methods(["GET", "POST"])
def offer(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    """An offer: its words and rules, and beside them the grid of its prices."""
    offers = congress.offers.select_related("service__supplier", "contract", "pool", "step")
    offer = get_object_or_404(offers, pk=pk)
    row = places_of([offer]).get(offer.pk)
    sold = uses.sold([offer.pk])[offer.pk]
    form = OfferForm(
        request.POST or None, congress=congress, initial=OfferForm.of(offer) | {"places": row.granted if row else None}
    )
    if offer.service.kind == Service.Kind.ROOM:
        for name in ("day", "places", "starts_at", "ends_at"):
            del form.fields[name]
    if form.is_valid():
        with refusals(form):
            try:
                _edit_offer(congress, offer, form, by=request.user, at=timezone.now())
                return saved(request, congress, "office-setup-offer", offer.pk)
            except NotEnough:
                form.add_error("places", _("More than these are taken already."))
    facts = {"form": form, "offer": offer, "row": row, "sold": sold, "grids": grids(congress, offer)}
    return show(request, congress, "offer", here="office-setup-steps", windows=windows(congress), **facts)


@transaction.atomic
def _edit_offer(congress: Congress, offer: Offer, form: OfferForm, *, by: Any, at: Any) -> None:
    names = [name for name in form.fields if name not in ("places", "key")]
    facts = {name: form.cleaned_data[name] for name in names}
    places = form.cleaned_data.get("places")
    if places is not None and offer.pool is None:
        facts["pool"] = congress.pools.order_by("pk").first()
    offer = edit_offer(offer, **facts, by=by, at=at)
    if places is not None:
        set_places(offer, places, key=f"places-{form.cleaned_data['key']}", by=by, at=at)


@of_congress
@require_POST
def prices(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    """The whole grid at once: every formula of the offer, sold and bought."""
    offer = get_object_or_404(congress.offers.select_related("service__supplier", "contract", "pool", "step"), pk=pk)
    found = grids(congress, offer, request.POST)
    reasons = [error for grid in found for error in grid.errors]
    if not reasons:
        try:
            with transaction.atomic():
                for grid in found:
                    for side, rows in grid.wanted.items():
                        set_prices(congress, grid.rate, rows, side=side, by=request.user, at=timezone.now())
            return saved(request, congress, "office-setup-offer", offer.pk)
        except Refused as error:
            reasons = error.reasons
    form = OfferForm(congress=congress, initial=OfferForm.of(offer))
    facts = {"form": form, "offer": offer, "grids": found, "reasons": reasons, "refused": True}
    return show(request, congress, "offer", here="office-setup-steps", windows=windows(congress), **facts)


@of_congress
@require_POST
def retire(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    """Retired, offered again, or removed: what somebody took is never removed."""
    offer = get_object_or_404(congress.offers.select_related("service"), pk=pk)
    try:
        if "drop" in request.POST:
            drop_offer(offer, by=request.user, at=timezone.now())
            return saved(request, congress, "office-setup-steps")
        retire_offer(offer, retired="restore" not in request.POST, by=request.user, at=timezone.now())
    except Refused as error:
        messages.error(request, str(error))
    return redirect(reverse("office-setup-offer", args=[congress.code, offer.pk]) + guided(request))
