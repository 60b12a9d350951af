"""A supplier's contacts and contracts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from pleniere.accounts.rights import require
from pleniere.catalogue import actions
from pleniere.catalogue.models import Contact, Supplier
from pleniere.congress.actions.people import open_supplier_account
from pleniere.web.forms import Form, add_errors

from ..door import acting, staff
from .forms import ContactForm, ContractForm, ReasonForm
from .views import context, supplier_of

CONTACT = tuple(ContactForm.base_fields)
CONTRACT = tuple(ContractForm.base_fields)


def _page(request: HttpRequest, supplier: Supplier, form: Form, heading: str, action: str, **facts: Any) -> HttpResponse:
    facts |= {"form": form, "heading": heading, "action": action, "back": reverse("office-supplier", args=[supplier.pk])}
    page = context(supplier, request, "sheet", **facts)
    return render(request, "office/suppliers/form.html", page, status=422 if form.is_bound else 200)


@staff
@require_http_methods(["GET", "POST"])
def new_contact(request: HttpRequest, pk: int) -> HttpResponse:
    supplier = supplier_of(request, pk)
    require(request.user, "catalogue.edit", supplier)
    form = ContactForm(request.POST or None)
    if form.is_valid():
        try:
            actions.make_contact(supplier, **form.cleaned_data, **acting(request))
            return redirect("office-supplier", supplier.pk)
        except ValidationError as error:
            add_errors(form, error)
    return _page(request, supplier, form, _("New contact, %(name)s") % {"name": supplier.name}, _("Add this contact"))


@staff
@require_http_methods(["GET", "POST"])
def contact(request: HttpRequest, pk: int, contact_pk: int) -> HttpResponse:
    supplier, contact = _contact_of(request, pk, contact_pk)
    require(request.user, "catalogue.edit", supplier)
    form = ContactForm(request.POST or None, initial={name: getattr(contact, name) for name in CONTACT})
    if form.is_valid():
        try:
            actions.edit_contact(contact, **form.cleaned_data, **acting(request))
            messages.success(request, _("Saved."))
            return redirect("office-supplier", supplier.pk)
        except ValidationError as error:
            add_errors(form, error)
    return _page(request, supplier, form, str(contact), _("Save"), contact=contact)


@staff
@require_http_methods(["GET", "POST"])
def leaving(request: HttpRequest, pk: int, contact_pk: int) -> HttpResponse:
    """Asked first: what ends with this person's leaving."""
    supplier, contact = _contact_of(request, pk, contact_pk)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        facts = acting(request) | {"reason": form.cleaned_data["reason"]}
        actions.leave(contact, **facts)
        messages.success(request, _("%(name)s works there no longer.") % {"name": contact})
        return redirect("office-supplier", supplier.pk)
    facts = {
        "supplier": supplier,
        "form": form,
        "title": _("Does %(contact)s work at %(name)s no longer?") % {"contact": contact, "name": supplier.name},
        "consequence": _(
            "Nothing is sent to them any more, their account opens this supplier’s pages no more, and the links they were sent for"
            " it end; whoever stays gets new ones. If they work elsewhere now, add them there."
        ),
        "action": _("They have left"),
        "back": reverse("office-supplier", args=[supplier.pk]),
    }
    return render(request, "office/suppliers/confirm.html", facts, status=422 if form.is_bound else 200)


@staff
@require_POST
def account(request: HttpRequest, pk: int, contact_pk: int) -> HttpResponse:
    """Open an account for this contact, or take theirs away from this supplier."""
    supplier, contact = _contact_of(request, pk, contact_pk)
    who = acting(request)
    try:
        if request.POST.get("act") == "take":
            actions.give_account(contact, None, **who)
            messages.success(request, _("This account opens the supplier’s pages no more."))
        else:
            is_new = open_supplier_account(contact, **who)
            messages.success(
                request, _("An invitation is on its way.") if is_new else _("Their account opens this supplier too.")
            )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("office-supplier", supplier.pk)


def _contact_of(request: HttpRequest, pk: int, contact_pk: int) -> tuple[Supplier, Contact]:
    supplier = supplier_of(request, pk)
    rows = supplier.contacts.select_related("supplier", "user")
    return supplier, get_object_or_404(rows, pk=contact_pk, left_at=None)


# Contracts


@staff
@require_http_methods(["GET", "POST"])
def new_contract(request: HttpRequest, pk: int) -> HttpResponse:
    supplier = supplier_of(request, pk)
    require(request.user, "catalogue.edit", supplier)
    form = ContractForm(request.POST or None)
    if form.is_valid():
        try:
            actions.make_contract(supplier, **form.cleaned_data, **acting(request))
            return redirect("office-supplier", supplier.pk)
        except ValidationError as error:
            add_errors(form, error)
    return _page(request, supplier, form, _("New contract, %(name)s") % {"name": supplier.name}, _("Make this contract"))


@staff
@require_http_methods(["GET", "POST"])
def contract(request: HttpRequest, pk: int, contract_pk: int) -> HttpResponse:
    supplier = supplier_of(request, pk)
    require(request.user, "catalogue.edit", supplier)
    contract = get_object_or_404(supplier.contracts.select_related("supplier"), pk=contract_pk)
    who = acting(request)
    if request.POST.get("act") in ("retire", "restore"):
        actions.retire_contract(contract, retired=request.POST["act"] == "retire", **who)
        return redirect("office-supplier", supplier.pk)
    form = ContractForm(request.POST or None, initial={name: getattr(contract, name) for name in CONTRACT})
    if form.is_valid():
        try:
            actions.edit_contract(contract, **form.cleaned_data, **who)
            messages.success(request, _("Saved. What is sold already keeps what was agreed then."))
            return redirect("office-supplier", supplier.pk)
        except ValidationError as error:
            add_errors(form, error)
    heading = _("Contract %(code)s, %(name)s") % {"code": contract.code, "name": supplier.name}
    return _page(request, supplier, form, heading, _("Save"), contract=contract, is_used=actions.is_used(contract))
