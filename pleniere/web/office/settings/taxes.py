"""VAT rates and tourist taxes, each from a day on."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from pleniere.catalogue import actions
from pleniere.catalogue.models import TouristTax, Vat
from pleniere.web.forms import add_errors

from ..door import acting, staff
from .forms import TAX, TouristTaxForm, VatForm
from .views import context


@staff
@require_http_methods(["GET", "POST"])
def vat(request: HttpRequest) -> HttpResponse:
    facts = context(request, "vat")
    form = VatForm(request.POST or None)
    if form.is_valid():
        try:
            actions.make_vat(**form.cleaned_data, **acting(request))
            messages.success(request, _("Saved. What is sold keeps the rate it was sold at."))
            return redirect("office-settings-vat")
        except ValidationError as error:
            add_errors(form, error)
    facts |= {"form": form, "rates": Vat.objects.order_by("code", "-since")}
    return render(request, "office/settings/vat.html", facts, status=422 if form.is_bound else 200)


@staff
@require_POST
def drop_vat(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        actions.drop_vat(get_object_or_404(Vat, pk=pk), **acting(request))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("office-settings-vat")


@staff
@require_http_methods(["GET", "POST"])
def tourist(request: HttpRequest) -> HttpResponse:
    facts = context(request, "tax")
    form = TouristTaxForm(request.POST or None, initial={"town": facts["bureau"].town})
    if form.is_valid():
        try:
            actions.make_tourist_tax(**form.cleaned_data, **acting(request))
            messages.success(request, _("Saved."))
            return redirect("office-settings-tax")
        except ValidationError as error:
            add_errors(form, error)
    facts |= {"form": form, "taxes": TouristTax.objects.order_by("town", "lodging_class", "-since")}
    return render(request, "office/settings/tourist_tax.html", facts, status=422 if form.is_bound else 200)


@staff
@require_http_methods(["GET", "POST"])
def tourist_tax(request: HttpRequest, pk: int) -> HttpResponse:
    facts = context(request, "tax")
    tax = get_object_or_404(TouristTax, pk=pk)
    if request.POST.get("act") == "drop":
        actions.drop_tourist_tax(tax, **acting(request))
        return redirect("office-settings-tax")
    form = TouristTaxForm(request.POST or None, initial={name: getattr(tax, name) for name in TAX})
    if form.is_valid():
        try:
            actions.edit_tourist_tax(tax, **form.cleaned_data, **acting(request))
            messages.success(request, _("Saved. What is sold keeps the amount it was sold at."))
            return redirect("office-settings-tax")
        except ValidationError as error:
            add_errors(form, error)
    facts |= {"form": form, "tax": tax, "taxes": TouristTax.objects.order_by("town", "lodging_class", "-since")}
    return render(request, "office/settings/tourist_tax.html", facts, status=422 if form.is_bound else 200)
