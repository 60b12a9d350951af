"""Suppliers: the list, the sheet, its history and its pictures."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from pleniere.accounts.files import BadFile
from pleniere.accounts.queries import history_of
from pleniere.accounts.rights import can
from pleniere.catalogue import actions
from pleniere.catalogue.models import BankAccount, Contract, Photo, Supplier, TouristTax
from pleniere.common import sheets
from pleniere.web.forms import add_errors
from pleniere.web.tables import Column, Listing
from pleniere.web.templatetags.ui import pill, stars

from ..door import acting, staff
from .forms import CaptionForm, PhotoForm, ReasonForm, SupplierFilter, SupplierForm

MODES = {
    "OWN": gettext_lazy("own"),
    "AGENT": gettext_lazy("agent"),
    "MARGIN": gettext_lazy("margin"),
    "DIRECT": gettext_lazy("direct"),
}
FIELDS = tuple(SupplierForm.base_fields)


def supplier_of(request: HttpRequest, pk: int) -> Supplier:
    return get_object_or_404(Supplier.objects.visible_to(request.user), pk=pk)


def context(supplier: Supplier, request: HttpRequest, tab: str, **facts: Any) -> dict[str, Any]:
    """What every tab of the sheet shows."""
    return {
        "supplier": supplier,
        "tab": tab,
        "may_edit": can(request.user, "catalogue.edit", supplier),
        "waiting": supplier.bank_accounts.waiting().first(),
        "counts": {"services": supplier.services.filter(retired_at=None).count(), "photos": supplier.photos.count()},
        **facts,
    }


# The list


def _attach(rows: list[Supplier]) -> None:
    """Contracts and waiting accounts of a page of suppliers, in two queries."""
    pks = [row.pk for row in rows]
    modes: dict[int, list[str]] = {}
    for supplier, mode, commission in (
        Contract.objects.filter(supplier__in=pks, retired_at=None)
        .order_by("supplier", "code")
        .values_list("supplier", "mode", "commission")
    ):
        percent = f" {commission.normalize():f}\u00a0%" if commission else ""
        modes.setdefault(supplier, []).append(f"{MODES[mode]}{percent}")
    waiting = set(BankAccount.objects.waiting().filter(supplier__in=pks).values_list("supplier", flat=True))
    live = set(BankAccount.objects.live().filter(supplier__in=pks).values_list("supplier", flat=True))
    for row in rows:
        row.sold = ", ".join(modes.get(row.pk, []))  # type: ignore[attr-defined]
        row.bank = "waiting" if row.pk in waiting else "live" if row.pk in live else ""  # type: ignore[attr-defined]


def _bank(row: Any) -> str:
    return {"waiting": _("to approve"), "live": _("approved"), "": ""}[row.bank]


def _bank_pill(row: Any) -> str:
    look = {"waiting": ("option", "half"), "live": ("ready", "check")}.get(row.bank)
    return pill(*look, _bank(row)) if look else "–"


def _state(row: Supplier) -> str:
    return _("retired") if row.retired_at else ""


COLUMNS = (
    Column(
        gettext_lazy("Name"),
        "name",
        sort="name",
        is_name=True,
        href=lambda row: reverse("office-supplier", args=[row.pk]),
        width=36,
    ),
    Column(gettext_lazy("Code"), "code", sort="code", width=16),
    Column(gettext_lazy("Type"), "get_kind_display", sort="kind"),
    Column(gettext_lazy("Stars"), "stars", sheets.INT, sort="stars", shown=lambda row: stars(row.stars)),
    Column(gettext_lazy("Postcode"), "postcode", sort="postcode", width=10),
    Column(gettext_lazy("Town"), "town", sort="town"),
    Column(gettext_lazy("Rooms"), "rooms", sheets.INT, sort="rooms"),
    Column(gettext_lazy("Capacity"), "capacity", sheets.INT, sort="capacity"),
    Column(gettext_lazy("Contracts"), "sold"),
    Column(gettext_lazy("Bank account"), _bank, shown=_bank_pill),
    Column(gettext_lazy("Address"), "address", on_screen=False, width=36),
    Column(gettext_lazy("Phone"), "phone", on_screen=False, width=16),
    Column(gettext_lazy("Website"), "website", on_screen=False),
    Column("SIRET", "siret", on_screen=False, width=16),
    Column(gettext_lazy("Classified on"), "classified_on", sheets.DATE, on_screen=False),
    Column(gettext_lazy("State"), _state, on_screen=False, width=10),
)


@staff
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    rows = Supplier.objects.visible_to(request.user).defer("imported", "description")
    shown = request.GET.get("shown", "")
    if shown == "retired":
        rows = rows.exclude(retired_at=None)
    elif shown == "iban":
        rows = rows.filter(pk__in=BankAccount.objects.waiting().values("supplier"))
    elif shown != "all":
        rows = rows.filter(retired_at=None)
    listing = Listing(
        request,
        rows,
        COLUMNS,
        title=_("Suppliers"),
        name="suppliers",
        sort="name",
        filters=SupplierFilter,
        attach=_attach,
        struck=lambda row: row.retired_at is not None,
    )
    facts = {
        "listing": listing,
        "may_edit": can(request.user, "catalogue.edit"),
        "may_import": can(request.user, "catalogue.import"),
    }
    return listing.export() or render(request, "office/suppliers/index.html", facts)


# The sheet


@staff
@require_safe
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    supplier = supplier_of(request, pk)
    contacts = supplier.contacts.select_related("user").order_by("left_at", "role", "name", "pk")
    contracts = supplier.contracts.order_by("retired_at", "code")
    tax = None
    if supplier.town and supplier.kind in (Supplier.Kind.HOTEL, Supplier.Kind.RESIDENCE, Supplier.Kind.LODGING):
        lodging = str(supplier.stars or "none")
        taxes = TouristTax.objects.filter(town__iexact=supplier.town, lodging_class=lodging, since__lte=timezone.localdate())
        tax = taxes.order_by("-since").first()
    facts = {
        "contacts": sorted(contacts, key=lambda contact: contact.left_at is not None),
        "contracts": sorted(contracts, key=lambda contract: contract.retired_at is not None),
        "live": supplier.bank_accounts.live().first(),
        "tax": tax,
        "classified_until": _five_years(supplier.classified_on),
    }
    return render(request, "office/suppliers/sheet.html", context(supplier, request, "sheet", **facts))


def _five_years(day: date | None) -> date | None:
    """An official class lasts five years."""
    if day is None:
        return None
    try:
        return day.replace(year=day.year + 5)
    except ValueError:  # 29 February
        return day.replace(year=day.year + 5, day=28)


@staff
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    form = SupplierForm(request.POST or None)
    if form.is_valid():
        try:
            supplier = actions.make_supplier(**form.cleaned_data, **acting(request))
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("%(name)s is in the file.") % {"name": supplier.name})
            return redirect("office-supplier", supplier.pk)
    facts = {"form": form, "heading": _("New supplier"), "back": reverse("office-suppliers"), "action": _("Make this supplier")}
    return render(request, "office/suppliers/form.html", facts, status=422 if form.is_bound else 200)


@staff
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    supplier = supplier_of(request, pk)
    if supplier.kind == Supplier.Kind.HOUSE:
        return redirect("office-settings")
    form = SupplierForm(request.POST or None, initial={name: getattr(supplier, name) for name in FIELDS})
    if form.is_valid():
        facts = form.cleaned_data | {"code": form.cleaned_data["code"] or supplier.code}
        try:
            actions.edit_supplier(supplier, **facts, **acting(request))
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("office-supplier", supplier.pk)
    facts = context(supplier, request, "sheet", form=form, heading=supplier.name, action=_("Save"))
    facts["back"] = reverse("office-supplier", args=[supplier.pk])
    return render(request, "office/suppliers/form.html", facts, status=422 if form.is_bound else 200)


@staff
@require_http_methods(["GET", "POST"])
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    supplier = supplier_of(request, pk)
    retired = supplier.retired_at is None
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        facts = acting(request) | {"reason": form.cleaned_data["reason"]}
        actions.retire_supplier(supplier, retired=retired, **facts)
        messages.success(request, _("Retired: it is offered no more.") if retired else _("It is offered again."))
        return redirect("office-supplier", supplier.pk)
    consequence = (
        _(
            "It is offered no more: to no request, no congress, no search. What was asked of it, its answers, bookings and money stay."
        )
        if retired
        else _("It is offered again to requests and congresses.")
    )
    facts = {
        "supplier": supplier,
        "form": form,
        "title": (_("Retire %(name)s?") if retired else _("Call %(name)s back?")) % {"name": supplier.name},
        "consequence": consequence,
        "action": _("Retire this supplier") if retired else _("Call it back"),
        "back": reverse("office-supplier", args=[supplier.pk]),
    }
    return render(request, "office/suppliers/confirm.html", facts, status=422 if form.is_bound else 200)


@staff
@require_safe
def history(request: HttpRequest, pk: int) -> HttpResponse:
    supplier = supplier_of(request, pk)
    rows = history_of(supplier, limit=200)
    return render(request, "office/suppliers/history.html", context(supplier, request, "history", rows=rows))


# Pictures


@staff
@require_http_methods(["GET", "POST"])
def photos(request: HttpRequest, pk: int) -> HttpResponse:
    supplier = supplier_of(request, pk)
    form = PhotoForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        facts = {"caption": form.cleaned_data["caption"], **acting(request)}
        try:
            actions.add_photo(supplier, form.cleaned_data["file"], **facts)
        except BadFile as error:
            form.add_error("file", str(error))
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The picture is on the sheet."))
            return redirect("office-supplier-photos", supplier.pk)
    facts = context(supplier, request, "photos", form=form, photos=supplier.photos.select_related("file"))
    return render(request, "office/suppliers/photos.html", facts, status=422 if form.is_bound else 200)


@staff
@require_http_methods(["GET", "POST"])
def photo(request: HttpRequest, pk: int, photo_pk: int) -> HttpResponse:
    supplier = supplier_of(request, pk)
    photo = get_object_or_404(supplier.photos.select_related("supplier", "file"), pk=photo_pk)
    who = acting(request)
    act = request.POST.get("act", "")
    if act == "first":
        actions.put_first(photo, **who)
    elif act == "drop":
        actions.drop_photo(photo, **who)
        messages.success(request, _("The picture is off the sheet."))
    else:
        return _caption(request, photo)
    return redirect("office-supplier-photos", supplier.pk)


def _caption(request: HttpRequest, photo: Photo) -> HttpResponse:
    form = CaptionForm(request.POST or None, initial={"caption": photo.caption})
    if form.is_valid():
        actions.edit_photo(photo, **form.cleaned_data, **acting(request))
        messages.success(request, _("Saved."))
        return redirect("office-supplier-photos", photo.supplier_id)
    facts = context(photo.supplier, request, "photos", form=form, photo=photo, heading=photo.supplier.name, action=_("Save"))
    facts["back"] = reverse("office-supplier-photos", args=[photo.supplier_id])
    return render(request, "office/suppliers/form.html", facts, status=422 if form.is_bound else 200)


@staff
@require_safe
def picture(request: HttpRequest, pk: int, photo_pk: int) -> HttpResponse:
    """The picture itself, of a type told by its content when it came."""
    photo = get_object_or_404(supplier_of(request, pk).photos.select_related("file"), pk=photo_pk)
    with photo.file.content.open("rb") as file:
        response = HttpResponse(file.read(), content_type=photo.file.content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=86400"
    return response
