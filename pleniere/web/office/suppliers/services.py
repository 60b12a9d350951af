"""What one can take of a supplier, and its formulas."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pleniere.accounts.rights import require
from pleniere.catalogue import actions
from pleniere.catalogue.models import Service, Supplier
from pleniere.web.forms import Form, add_errors

from ..door import acting, staff
from .forms import RateForm, ServiceForm, vat_choices
from .views import context, supplier_of

SERVICE = tuple(ServiceForm.base_fields)
RATE = tuple(RateForm.base_fields)


def _page(request: HttpRequest, supplier: Supplier, form: Form, heading: str, action: str, **facts: Any) -> HttpResponse:
    facts |= {"form": form, "heading": heading, "action": action, "back": reverse("office-supplier-services", args=[supplier.pk])}
    page = context(supplier, request, "services", **facts)
    return render(request, "office/suppliers/form.html", page, status=422 if form.is_bound else 200)


@staff
@require_safe
def index(request: HttpRequest, pk: int) -> HttpResponse:
    supplier = supplier_of(request, pk)
    services = supplier.services.prefetch_related("rates").order_by("kind", "code")
    ordered = sorted(services, key=lambda service: service.retired_at is not None)
    facts = context(supplier, request, "services", services=ordered, vats=dict(vat_choices()))
    return render(request, "office/suppliers/services.html", facts)


@staff
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, pk: int) -> HttpResponse:
    supplier = supplier_of(request, pk)
    require(request.user, "catalogue.edit", supplier)
    form = ServiceForm(request.POST or None)
    if form.is_valid():
        try:
            service = actions.make_service(supplier, **form.cleaned_data, **acting(request))
            messages.success(request, _("The service is there; give it a formula: for how many, by night or by piece."))
            return redirect("office-rate-new", supplier.pk, service.pk)
        except ValidationError as error:
            add_errors(form, error)
    return _page(request, supplier, form, _("New service, %(name)s") % {"name": supplier.name}, _("Add this service"))


@staff
@require_http_methods(["GET", "POST"])
def service(request: HttpRequest, pk: int, service_pk: int) -> HttpResponse:
    supplier, service = _service_of(request, pk, service_pk)
    who = acting(request)
    if request.POST.get("act") in ("retire", "restore"):
        actions.retire_service(service, retired=request.POST["act"] == "retire", **who)
        return redirect("office-supplier-services", supplier.pk)
    form = ServiceForm(request.POST or None, initial={name: getattr(service, name) for name in SERVICE})
    if form.is_valid():
        try:
            actions.edit_service(service, **form.cleaned_data, **who)
            messages.success(request, _("Saved."))
            return redirect("office-supplier-services", supplier.pk)
        except ValidationError as error:
            add_errors(form, error)
    return _page(request, supplier, form, f"{service.code}, {service}", _("Save"), service=service)


@staff
@require_http_methods(["GET", "POST"])
def new_rate(request: HttpRequest, pk: int, service_pk: int) -> HttpResponse:
    supplier, service = _service_of(request, pk, service_pk)
    form = RateForm(request.POST or None, initial=_usual(service))
    if form.is_valid():
        try:
            actions.make_rate(service, **form.cleaned_data, **acting(request))
            return redirect("office-supplier-services", supplier.pk)
        except ValidationError as error:
            add_errors(form, error)
    return _page(request, supplier, form, _("New formula of %(service)s") % {"service": service}, _("Add this formula"))


@staff
@require_http_methods(["GET", "POST"])
def rate(request: HttpRequest, pk: int, service_pk: int, rate_pk: int) -> HttpResponse:
    supplier, service = _service_of(request, pk, service_pk)
    rate = get_object_or_404(service.rates.select_related("service__supplier"), pk=rate_pk)
    form = RateForm(request.POST or None, initial={name: getattr(rate, name) for name in RATE})
    if form.is_valid():
        try:
            actions.edit_rate(rate, **form.cleaned_data, **acting(request))
            messages.success(request, _("Saved."))
            return redirect("office-supplier-services", supplier.pk)
        except ValidationError as error:
            add_errors(form, error)
    return _page(request, supplier, form, f"{rate.code}, {rate}", _("Save"))


def _service_of(request: HttpRequest, pk: int, service_pk: int) -> tuple[Supplier, Service]:
    supplier = supplier_of(request, pk)
    require(request.user, "catalogue.edit", supplier)
    return supplier, get_object_or_404(supplier.services.select_related("supplier"), pk=service_pk)


def _usual(service: Service) -> dict[str, Any]:
    """What most formulas of such a service are."""
    if service.kind == Service.Kind.ROOM:
        return {"unit": "NIGHT", "vat": "intermediate", "board": "BREAKFAST"}
    return {"unit": "PERSON", "vat": "intermediate" if service.kind == Service.Kind.MEAL else "standard", "board": "NONE"}
