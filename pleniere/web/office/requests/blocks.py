"""Rooms retained, hotel by hotel: granted, given back, taken, left; and giving some back by hand."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pleniere.accounts import files
from pleniere.accounts.rights import can, require
from pleniere.allotment import agreements, queries
from pleniere.allotment.actions import (
    CannotPropose,
    NothingToRelease,
    accept_proposal,
    record_signature,
    refuse_proposal,
    release_block,
)
from pleniere.allotment.models import Block, Proposal
from pleniere.common.sheets import download
from pleniere.congress.models import Congress
from pleniere.web.forms import Form, KeyField
from pleniere.web.typed import number

from ..door import StaffRequest, of_congress
from .answers import HEAVIEST

PAPERS = ("application/pdf", "image/jpeg", "image/png")


class ReleaseForm(Form):
    key = KeyField()
    reason = forms.CharField(label=gettext_lazy("Why, for the history"), max_length=250, required=False)


@of_congress
@require_safe
def index(request: StaffRequest, congress: Congress) -> HttpResponse:
    blocks = Block.objects.visible_to(request.user).filter(congress=congress).prefetch_related("dues")
    proposals = Proposal.objects.visible_to(request.user).filter(congress=congress)
    page = {
        "congress": congress,
        "blocks": queries.block_sums(blocks),
        "today": congress.local_date(timezone.now()),
        "waiting": proposals.open().select_related("invitation__supplier").order_by("pk"),
        "answered": proposals.exclude(state=Proposal.State.OPEN).select_related("invitation__supplier")[:20],
        "may": can(request.user, "allotment.retain", congress),
    }
    return render(request, "office/requests/blocks.html", page)


@of_congress
@require_POST
def proposal(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    """Yes or no to what a hotel proposes of its rooms on sale."""
    found = get_object_or_404(Proposal.objects.visible_to(request.user), congress=congress, pk=pk)
    who: dict[str, Any] = {"by": request.user, "at": timezone.now()}
    try:
        if "accept" in request.POST:
            accept_proposal(found, **who)
            messages.success(request, _("Agreed; the hotel is told."))
        else:
            refuse_proposal(found, why=request.POST.get("why", ""), **who)
            messages.success(request, _("Refused; the hotel is told."))
    except CannotPropose as error:
        messages.error(request, str(error))
    return redirect("office-blocks", congress.code)


@of_congress
@require_http_methods(["GET", "POST"])
def release(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    """Which rooms go back, night by night; proposed: all that is free."""
    rows = Block.objects.visible_to(request.user).select_related("supplier", "reply")
    block = get_object_or_404(rows, congress=congress, pk=pk)
    block.congress = congress
    form = ReleaseForm(request.POST or None, initial={"key": uuid.uuid4()})
    left = queries.left_of(block)
    wrong: dict[str, str] = {}
    typed = {day.name: request.POST.get(day.name, str(day.free)).strip()[:8] for day in left}
    if form.is_valid():
        counts = {(day.service_id, day.night): _number(typed[day.name]) for day in left}
        again = block.releases.filter(key=form.cleaned_data["key"]).exists()
        wrong = {day.name: why for day in left if (why := _wrong(counts[day.service_id, day.night], day.free))}
        if again or not wrong:
            try:
                given = release_block(
                    block,
                    key=form.cleaned_data["key"],
                    rooms={night: count or 0 for night, count in counts.items()},
                    reason=form.cleaned_data["reason"],
                    by=request.user,
                    at=timezone.now(),
                )
                count = sum(rooms for _service, _night, rooms in given.rooms)
                messages.success(request, _("%(n)s room nights are given back; the hotel is told.") % {"n": count})
                return redirect("office-blocks", congress.code)
            except NothingToRelease as error:
                form.add_error(None, str(error))
    page = {
        "congress": congress,
        "kept": block,
        "form": form,
        "days": [(day, typed[day.name], wrong.get(day.name, "")) for day in left],
        "releases": block.releases.all(),
        "steps": block.steps.all(),
        "may": can(request.user, "allotment.release", block),
    }
    return render(request, "office/requests/release.html", page, status=422 if form.is_bound else 200)


def _wrong(count: int | None, free: int) -> str:
    if count is None:
        return _("a number, please")
    return _("%(n)s are free") % {"n": free} if count > free else ""


def _number(words: str) -> int | None:
    if not words:
        return 0
    return number(words)


class SignedForm(Form):
    """The agreement as the hotel has sent it back."""

    paper = forms.FileField(label=gettext_lazy("The signed agreement"), help_text=gettext_lazy("PDF, JPEG or PNG, at most 10 MB"))

    def clean_paper(self) -> tuple[str, bytes]:
        upload = self.cleaned_data["paper"]
        try:
            return upload.name, files.check(upload, kinds=PAPERS, most=HEAVIEST)
        except files.BadFile as error:
            raise forms.ValidationError(str(error)) from None


def _block(request: StaffRequest, congress: Congress, pk: int) -> Block:
    rows = Block.objects.visible_to(request.user).select_related(
        "supplier", "contract", "terms", "signed", "reply__invitation__request"
    )
    block = get_object_or_404(rows.exclude(reply=None), congress=congress, pk=pk)
    block.congress = congress
    return block


@of_congress
@require_http_methods(["GET", "POST"])
def agreement(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    """What was agreed with the hotel, as it reads it; a POST keeps the paper it has signed."""
    block = _block(request, congress, pk)
    form = SignedForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        at, (name, content) = timezone.now(), form.cleaned_data["paper"]
        require(request.user, "allotment.retain", block)
        file = files.keep(content, name=name, subject=block, by=request.user, at=at)
        record_signature(block, file, by=request.user, at=at)
        messages.success(request, _("The signed agreement is kept."))
        return redirect("office-block-agreement", congress.code, pk)
    page = {
        "congress": congress,
        "kept": block,
        "form": form,
        "dues": block.dues.all(),
        "may": can(request.user, "allotment.retain", block),
    }
    return render(request, "office/requests/agreement.html", page, status=422 if form.is_bound else 200)


@of_congress
@require_safe
def agreement_pdf(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    block = _block(request, congress, pk)
    assert block.reply is not None
    invitation = block.reply.invitation
    invitation.congress = congress
    dues = [(due.on, due.amount) for due in block.dues.all()]
    return download(agreements.agreement(block, invitation, dues), agreements.file_name(block, invitation), inline=True)


@of_congress
@require_safe
def signed(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    """The paper itself."""
    file = _block(request, congress, pk).signed
    if file is None:
        raise Http404
    return HttpResponse(
        file.content.read(),
        content_type=file.content_type,
        headers={
            "Content-Disposition": content_disposition_header(True, file.name),
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )
