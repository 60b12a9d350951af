"""Seminar packages of a venue: what a person gets for a half day, a day, a day and its night."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pleniere.accounts.rights import require
from pleniere.catalogue.actions import PACKAGES, Part, package_price, set_package
from pleniere.catalogue.models import Rate, Service
from pleniere.common.words import LocalText
from pleniere.web.forms import add_errors

from ..door import acting, staff
from .forms import PackageForm, PartForm
from .views import context, supplier_of

BLANKS = 2
USUAL = {  # what a package usually holds: French, English, VAT
    "DEMI": [("Salle de réunion", "Meeting room", "standard"), ("Pause", "Break", "intermediate")],
    "JOUR": [
        ("Salle de réunion", "Meeting room", "standard"),
        ("Déjeuner", "Lunch", "intermediate"),
        ("Deux pauses", "Two breaks", "intermediate"),
    ],
    "RESID": [
        ("Salle de réunion", "Meeting room", "standard"),
        ("Déjeuner et pauses", "Lunch and breaks", "intermediate"),
        ("Dîner", "Dinner", "intermediate"),
        ("Nuit et petit déjeuner", "Night and breakfast", "intermediate"),
    ],
}


@staff
@require_http_methods(["GET", "POST"])
def index(request: HttpRequest, pk: int) -> HttpResponse:
    """Three packages, each a form of its parts; a part without a price is none."""
    supplier = supplier_of(request, pk)
    require(request.user, "catalogue.edit", supplier)
    rates = {
        rate.code: rate
        for rate in Rate.objects.filter(service__supplier=supplier, service__kind=Service.Kind.PACKAGE).prefetch_related(
            "components"
        )
    }
    sent = request.POST.get("package", "")
    if request.method == "POST" and sent not in PACKAGES:
        raise Http404
    found: list[dict[str, Any]] = []
    for code, name in PACKAGES.items():
        forms, whole = _forms(request, code, rates.get(code)), PackageForm(request.POST if code == sent else None)
        if code == sent and all(form.is_valid() for form in forms) and whole.is_valid():
            try:
                set_package(supplier, code, [part for form in forms if (part := _part(form))], **acting(request))
                messages.success(request, _("Saved."))
                return redirect("office-supplier-packages", supplier.pk)
            except ValidationError as error:
                add_errors(whole, error)
        rate = rates.get(code)
        found.append({"code": code, "name": name, "forms": forms, "whole": whole, "price": package_price(rate) if rate else None})
    facts = context(supplier, request, "services", packages=found)
    return render(request, "office/suppliers/packages.html", facts, status=422 if request.method == "POST" else 200)


def _forms(request: HttpRequest, code: str, rate: Rate | None) -> list[PartForm]:
    known = [{"fr": c.name.get("fr", ""), "en": c.name.get("en", ""), "vat": c.vat, "share": c.share} for c in _components(rate)]
    if not known:
        known = [{"fr": fr, "en": en, "vat": vat} for fr, en, vat in USUAL[code]]
    data = request.POST if request.POST.get("package") == code else None
    rows: list[dict[str, Any]] = [*known, *({} for _n in range(BLANKS))]
    return [PartForm(data, prefix=f"{code}-{n}", initial=row) for n, row in enumerate(rows)]


def _components(rate: Rate | None) -> list[Any]:
    return list(rate.components.all()) if rate else []


def _part(form: PartForm) -> Part | None:
    said = form.cleaned_data
    share: Decimal | None = said["share"]
    if not said["fr"] or not share:
        return None
    name = LocalText(fr=said["fr"]) if not said["en"] else LocalText(fr=said["fr"], en=said["en"])
    return Part(name, said["vat"], share)
