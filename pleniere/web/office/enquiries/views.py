"""Enquiries: a board by state, the list by next step, one enquiry's sheet, and the congress made from it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pleniere.accounts.rights import can
from pleniere.common.money import total
from pleniere.congress.actions import close_enquiry, congress_from, edit_enquiry, make_enquiry, reopen_enquiry
from pleniere.congress.models import Enquiry

from ..congresses.frame import refusals
from ..door import StaffRequest, staff
from .forms import ClosingForm, CongressForm, EnquiryForm

SHOWN = 200  # of each column: what lies further back is found by its year's statistics, not by a board
LOOKS = {"OPEN": ("new", "plus"), "WON": ("ready", "check"), "LOST": ("late", "warn")}


@staff
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """By state, the open ones by what is to be done next."""
    _may(request)
    rows = Enquiry.objects.select_related("organiser").prefetch_related("congresses")
    columns = []
    for state in Enquiry.State:
        order = [F("next_on").asc(nulls_last=True), "-pk"] if state == Enquiry.State.OPEN else ["-pk"]
        found = list(rows.filter(state=state).order_by(*order)[:SHOWN])
        columns.append((state.label, *LOOKS[state.value], found))
    waiting = columns[0][3]
    facts = {"columns": columns, "waiting": waiting, "budget": total(row.budget for row in waiting if row.budget)}
    return render(request, "office/enquiries/index.html", facts)


@staff
@require_http_methods(["GET", "POST"])
def new(request: StaffRequest) -> HttpResponse:
    _may(request)
    form = EnquiryForm(request.POST or None)
    if form.is_valid():
        with refusals(form):
            made = make_enquiry(**form.facts(), by=request.user, at=timezone.now())
            messages.success(request, _("Saved."))
            return redirect("office-enquiry", made.pk)
    facts: dict[str, Any] = {"form": form, "heading": _("New enquiry")}
    return render(request, "office/enquiries/enquiry.html", facts, status=422 if form.is_bound else 200)


@staff
@require_http_methods(["GET", "POST"])
def enquiry(request: StaffRequest, pk: int) -> HttpResponse:
    _may(request)
    row = get_object_or_404(Enquiry, pk=pk)
    form = EnquiryForm(request.POST or None, initial=EnquiryForm.of(row))
    if form.is_valid():
        with refusals(form):
            edit_enquiry(row, **form.facts(), by=request.user, at=timezone.now())
            messages.success(request, _("Saved."))
            return redirect("office-enquiry", row.pk)
    return _sheet(request, row, form=form)


@staff
@require_POST
def closing(request: StaffRequest, pk: int) -> HttpResponse:
    """Won, lost, or open again."""
    _may(request)
    row = get_object_or_404(Enquiry, pk=pk)
    form = ClosingForm(request.POST)
    if form.is_valid():
        with refusals(form):
            said: dict[str, Any] = {"by": request.user, "at": timezone.now()}
            if "reopen" in request.POST:
                reopen_enquiry(row, **said)
            else:
                close_enquiry(row, won="won" in request.POST, why=form.cleaned_data["why"], **said)
            return redirect("office-enquiry", row.pk)
    return _sheet(request, row, closing=form)


@staff
@require_POST
def congress(request: StaffRequest, pk: int) -> HttpResponse:
    """The congress it becomes, with the usual steps; the assistant takes over."""
    _may(request)
    row = get_object_or_404(Enquiry, pk=pk)
    form = CongressForm(request.POST)
    if form.is_valid():
        with refusals(form):
            made = congress_from(row, form.cleaned_data["code"], by=request.user, at=timezone.now())
            return redirect(reverse("office-setup-general", args=[made.code]) + "?guide=1")
    return _sheet(request, row, making=form)


def _sheet(request: StaffRequest, row: Enquiry, **forms: Any) -> HttpResponse:
    facts: dict[str, Any] = {
        "enquiry": row,
        "heading": row.title,
        "form": EnquiryForm(initial=EnquiryForm.of(row)),
        "closing": ClosingForm(initial={"why": row.why}),
        "making": CongressForm(),
        "made": list(row.congresses.all()),
    }
    refused = any(form.is_bound for form in forms.values())
    return render(request, "office/enquiries/enquiry.html", facts | forms, status=422 if refused else 200)


def _may(request: StaffRequest) -> None:
    """Enquiries are the bureau's own: agents of one congress alone do not see what others ask for."""
    if not can(request.user, "enquiry.edit"):
        raise PermissionDenied
