"""One enquiry's sheet: facts, needs, options of hotels, notes, its organiser, its end, and the congress made from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from pleniere.accounts.models import Client
from pleniere.accounts.queries import history_of
from pleniere.common.words import LocalText
from pleniere.congress.actions import (
    alike,
    close_enquiry,
    congress_from,
    drop_option,
    drop_reason,
    edit_enquiry,
    make_enquiry,
    make_reason,
    note_enquiry,
    put_option,
    reopen_enquiry,
    set_needs,
)
from pleniere.congress.models import Enquiry, EnquiryReason
from pleniere.web.typed import pk_of

from ..congresses.frame import refusals
from ..door import StaffRequest, acting, staff
from .board import LOOKS, dates_of, may
from .forms import ClosingForm, CongressForm, EnquiryForm, NeedsSheet, NoteForm, OptionForm, ReasonForm, needs_of


@staff
@require_http_methods(["GET", "POST"])
def new(request: StaffRequest) -> HttpResponse:
    may(request)
    form = EnquiryForm(request.POST or None, initial={"owner": request.user.pk})
    if form.is_valid():
        with refusals(form):
            made = make_enquiry(**form.facts(), **acting(request))
            messages.success(request, _("Saved."))
            return redirect("office-enquiry", made.pk)
    facts: dict[str, Any] = {"form": form, "heading": _("New enquiry"), "sources": _sources()}
    return render(request, "office/enquiries/enquiry.html", facts, status=422 if form.is_bound else 200)


@staff
@require_http_methods(["GET", "POST"])
def enquiry(request: StaffRequest, pk: int) -> HttpResponse:
    may(request)
    row = find(pk)
    form = EnquiryForm(request.POST or None, initial=EnquiryForm.of(row))
    if form.is_valid():
        with refusals(form):
            edit_enquiry(row, **form.facts(), **acting(request))
            messages.success(request, _("Saved."))
            return redirect("office-enquiry", row.pk)
    return _sheet(request, row, form=form)


@staff
@require_http_methods(["GET", "POST"])
def needs(request: StaffRequest, pk: int) -> HttpResponse:
    """Rooms by night, meeting rooms and meals by day; counted from the first day, so they hold for any of its dates."""
    may(request)
    row = find(pk)
    sheet = NeedsSheet(row, request.POST or None)
    form = NoteForm()  # carries what the action refuses
    if request.method == "POST" and not sheet.problems:
        form = NoteForm({"words": "-"})
        form.is_valid()
        with refusals(form):
            set_needs(row, sheet.wants(), **acting(request))
            messages.success(request, _("Saved."))
            return redirect("office-enquiry", pk)
    facts = {"enquiry": row, "sheet": sheet, "form": form}
    return render(request, "office/enquiries/needs.html", facts, status=422 if request.method == "POST" else 200)


@staff
@require_POST
def notes(request: StaffRequest, pk: int) -> HttpResponse:
    may(request)
    row = find(pk)

    def write(facts: dict[str, Any]) -> str:
        note_enquiry(row, facts["words"], **acting(request))
        return _place(row, "#history")

    return _said(request, row, write, note=NoteForm(request.POST))


@staff
@require_POST
def options(request: StaffRequest, pk: int) -> HttpResponse:
    """What a hotel keeps, and until when; `drop` names one that ended."""
    may(request)
    row = find(pk)
    if "drop" in request.POST:
        for gone in row.options.filter(pk=pk_of(request.POST["drop"])).select_related("supplier"):
            drop_option(gone, **acting(request))
        return redirect("office-enquiry", pk)

    def put(facts: dict[str, Any]) -> str:
        put_option(row, **facts, **acting(request))
        return _place(row, "#options")

    return _said(request, row, put, option=OptionForm(request.POST))


@staff
@require_POST
def organiser(request: StaffRequest, pk: int) -> HttpResponse:
    """It is this client: a person says so. Empty: none of them."""
    may(request)
    row = find(pk)
    chosen = Client.objects.filter(pk=pk_of(request.POST.get("client"))).first()
    edit_enquiry(row, organiser=chosen, **acting(request))
    return redirect("office-enquiry", pk)


@staff
@require_POST
def closing(request: StaffRequest, pk: int) -> HttpResponse:
    """Won, lost, or open again."""
    may(request)
    row = find(pk)

    def end(facts: dict[str, Any]) -> str:
        if "reopen" in request.POST:
            reopen_enquiry(row, **acting(request))
        else:
            close_enquiry(row, won="won" in request.POST, **facts, **acting(request))
        return _place(row)

    return _said(request, row, end, closing=ClosingForm(request.POST))


@staff
@require_POST
def congress(request: StaffRequest, pk: int) -> HttpResponse:
    """The congress it becomes; then the assistant takes over, or (`ask`) the request for rooms, filled with its needs."""
    may(request)
    row = find(pk)
    form = CongressForm(request.POST, enquiry=row, clients=alike(row))

    def make(facts: dict[str, Any]) -> str:
        made = congress_from(row, facts["code"], **form.facts(), **acting(request))
        if "ask" in request.POST:
            return reverse("office-request-new", args=[made.code])
        return reverse("office-setup-general", args=[made.code]) + "?guide=1"

    return _said(request, row, make, making=form)


@staff
@require_http_methods(["GET", "POST"])
def reasons(request: StaffRequest) -> HttpResponse:
    """The bureau's list of reasons; one in use is retired, the others go."""
    may(request)
    form = ReasonForm(request.POST if "fr" in request.POST else None)
    if request.method == "POST" and "drop" in request.POST:
        for row in EnquiryReason.objects.filter(pk=pk_of(request.POST["drop"])):
            drop_reason(row, **acting(request))
        return redirect("office-enquiry-reasons")
    if form.is_valid():
        with refusals(form):
            facts = form.cleaned_data
            make_reason(facts["outcome"], LocalText(fr=facts["fr"], en=facts["en"]), **acting(request))
            return redirect("office-enquiry-reasons")
    rows = EnquiryReason.objects.filter(retired_at=None)
    page = {"form": form, "rows": rows}
    return render(request, "office/enquiries/reasons.html", page, status=422 if request.method == "POST" else 200)


def find(pk: int) -> Enquiry:
    """The enquiry; else 404."""
    return get_object_or_404(Enquiry.objects.select_related("organiser", "owner", "reason"), pk=pk)


def _sources() -> list[str]:
    """What was typed before: the same words are chosen again."""
    rows = Enquiry.objects.exclude(source="").order_by("source").values_list("source", flat=True)
    return list(rows.distinct()[:50])


def _place(row: Enquiry, anchor: str = "") -> str:
    return reverse("office-enquiry", args=[row.pk]) + anchor


def _said(request: StaffRequest, row: Enquiry, act: Callable[[dict[str, Any]], str], **named: forms.Form) -> HttpResponse:
    """One form of the sheet: `act` does what it says and tells where that is read; refused, the sheet comes back with it."""
    (form,) = named.values()
    if form.is_valid():
        with refusals(form):
            return redirect(act(form.cleaned_data))
    return _sheet(request, row, **named)


def _sheet(request: StaffRequest, row: Enquiry, **forms: Any) -> HttpResponse:
    clients = [] if row.organiser_id else alike(row)
    facts: dict[str, Any] = {
        "enquiry": row,
        "heading": row.title,
        "when": dates_of(row),
        "look": LOOKS[row.state],
        "form": EnquiryForm(initial=EnquiryForm.of(row)),
        "closing": ClosingForm(initial={"why": row.why, "reason": row.reason_id}),
        "asked_to": request.GET.get("closing", ""),
        "making": CongressForm(enquiry=row, clients=clients),
        "note": NoteForm(),
        "option": OptionForm(),
        "options": list(row.options.select_related("supplier")),
        "needs": needs_of(row),
        "alike": clients,
        "made": list(row.congresses.all()),
        "rows": history_of(row, limit=50),
        "sources": _sources(),
    }
    refused = any(form.is_bound for form in forms.values())
    return render(request, "office/enquiries/enquiry.html", facts | forms, status=422 if refused else 200)
