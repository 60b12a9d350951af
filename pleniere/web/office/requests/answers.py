"""One hotel's answer: its versions, and what the office types in for it, from what and by whom."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pleniere.accounts import files
from pleniere.accounts.models import File, Link, subject_of
from pleniere.allotment import letters, queries, reading
from pleniere.allotment.actions import (
    AlreadyRetained,
    NothingToSend,
    NotUnderstood,
    Questions,
    end_link,
    record_decline,
    record_reply,
    send_link,
)
from pleniere.allotment.grid import grid
from pleniere.allotment.models import Invitation, Reply
from pleniere.allotment.versions import versions
from pleniere.catalogue.models import Contact
from pleniere.common.moves import IllegalMove
from pleniere.congress.models import Congress
from pleniere.web.forms import Form, KeyField
from pleniere.web.typed import pk_of

from ..door import StaffRequest, of_congress
from .views import find, told

HEAVIEST = 10 * 1024 * 1024
SOURCES = ("application/pdf", "image/jpeg", "image/png", "image/webp", "text/plain")


class SourceForm(Form):
    """From what the answer is taken."""

    via = forms.ChoiceField(
        label=gettext_lazy("It came"),
        choices=[(each.value, each.label) for each in Reply.Via if each != Reply.Via.LINK],
        widget=forms.RadioSelect,
    )
    source = forms.FileField(
        label=gettext_lazy("The mail or PDF itself"),
        required=False,
        help_text=gettext_lazy("kept with the answer; 10 MB at most"),
    )

    def clean_source(self) -> Any:
        upload = self.cleaned_data.get("source")
        if not upload:
            return None
        try:
            return upload.name, files.check(upload, kinds=SOURCES, most=HEAVIEST)
        except files.BadFile as error:
            raise forms.ValidationError(str(error)) from error


@of_congress
@require_http_methods(["GET", "POST"])
def answer(request: StaffRequest, congress: Congress, number: str, pk: int) -> HttpResponse:
    """What this hotel answered; below, the grid to type or correct it."""
    invitation = _find(request, congress, number, pk)
    asked = invitation.request
    replies = list(invitation.replies.filter(is_draft=False).prefetch_related("cells").select_related("source"))
    last = replies[-1] if replies else None
    words, problems, questions = (last.typed if last else {}), {}, []  # type: ignore[var-annotated]
    form = SourceForm(request.POST or None, request.FILES or None, initial={"via": Reply.Via.PHONE})
    if request.method == "POST":
        words = reading.clean(request.POST.dict())
        if form.is_valid():
            try:
                _record(request, invitation, form, words)
                messages.success(request, _("The answer is written down; the hotel is told what we understood."))
                return redirect("office-request", congress.code, number)
            except NotUnderstood as error:
                problems = error.problems
            except Questions as error:
                questions = error.questions
    needs = list(asked.needs.all())
    page = {
        "congress": congress,
        "asked": asked,
        "invitation": invitation,
        "replies": [(each.reply, letters.summary(each.reply), each.differences) for each in versions(replies)],
        "form": form,
        "grid": grid(asked, needs, words, problems),
        "nights": list(asked.stay),
        "words": words,
        "problems": problems,
        "questions": questions,
        "draft": invitation.replies.filter(is_draft=True).first(),
        "blocks": invitation.replies.filter(blocks__isnull=False).exists(),
        "links": links_of(invitation),
        "papers": invitation.papers.select_related("file"),
        "asking": queries.mails_of([invitation]).get(invitation.pk),
        "contacts": invitation.supplier.contacts.filter(left_at=None),
    }
    return render(request, "office/requests/answer.html", page, status=422 if request.method == "POST" else 200)


def _record(request: StaffRequest, invitation: Invitation, form: SourceForm, words: dict[str, str]) -> Reply:
    at = timezone.now()
    source: File | None = None
    if form.cleaned_data["source"]:
        name, content = form.cleaned_data["source"]
        source = files.keep(content, name=name, subject=invitation, by=request.user, at=at)
    return record_reply(
        invitation,
        via=form.cleaned_data["via"],
        typed=words,
        source=source,
        confirmed="confirmed" in request.POST,
        by=request.user,
        at=at,
    )


class LinkForm(Form):
    """To whom of the hotel its page goes again, and whether the links sent before end."""

    to = forms.ModelChoiceField(label=gettext_lazy("To"), queryset=Contact.objects.none(), empty_label=None)
    replace = forms.BooleanField(
        label=gettext_lazy("End the links sent before: they had gone round, or went to the wrong person"), required=False
    )
    key = KeyField()

    def __init__(self, *args: Any, invitation: Invitation, **kwargs: Any):
        people = invitation.supplier.contacts.filter(left_at=None).exclude(email="")
        last = people.filter(email__iexact=invitation.email).first() if invitation.email else None
        super().__init__(*args, initial={"to": last or people.first(), "key": uuid.uuid4()}, **kwargs)
        self.fields["to"].queryset = people  # type: ignore[attr-defined]
        self.fields["to"].label_from_instance = lambda who: f"{who.name or who.get_role_display()}, {who.email}"  # type: ignore[attr-defined]


@of_congress
@require_http_methods(["GET", "POST"])
def link(request: StaffRequest, congress: Congress, number: str, pk: int) -> HttpResponse:
    """Its link again, answered or not, with the letter that brings it."""
    invitation = _find(request, congress, number, pk)
    if "end" in request.POST:
        return _end(request, invitation)
    form = LinkForm(request.POST or None, invitation=invitation)
    to = form.cleaned_data["to"] if form.is_valid() else form.initial["to"]
    if form.is_valid() and "look" not in request.POST:
        facts = {name: form.cleaned_data[name] for name in ("to", "replace", "key")}
        try:
            send_link(invitation, **facts, by=request.user, at=timezone.now())
            told(request, _("The link of its page is on its way to %(to)s.") % {"to": to.email})
            return redirect("office-answer", congress.code, number, pk)
        except NothingToSend as error:
            form.add_error(None, str(error))
    if to:
        invitation.language = to.language
    page = {
        "congress": congress,
        "asked": invitation.request,
        "invitation": invitation,
        "form": form,
        "to": to,
        "mail": letters.preview_link(invitation, name=to.name) if to else None,
        "live": links_of(invitation),
    }
    refused = form.is_bound and not form.is_valid()
    return render(request, "office/requests/link.html", page, status=422 if refused else 200)


def _end(request: StaffRequest, invitation: Invitation) -> HttpResponse:
    """One link of the hotel's page ends; the others go on."""
    found = get_object_or_404(Link, pk=pk_of(request.POST["end"]) or 0, subject=subject_of(invitation))
    if end_link(invitation, found, by=request.user, at=timezone.now()):
        messages.success(request, _("This link no longer opens."))
    return redirect("office-answer-link", invitation.congress.code, invitation.request.number, invitation.pk)


@of_congress
@require_safe
def paper(request: StaffRequest, congress: Congress, number: str, pk: int, paper: int) -> HttpResponse:
    """What the hotel added to its answer, for those who may see it."""
    file = get_object_or_404(_find(request, congress, number, pk).papers.select_related("file"), pk=paper).file
    response = FileResponse(file.content.open("rb"), content_type=file.content_type, as_attachment=True, filename=file.name)
    response["X-Content-Type-Options"] = "nosniff"
    return response  # type: ignore[return-value]


def links_of(invitation: Invitation) -> list[Link]:
    """Its links, the last first: ended ones tell since when."""
    return list(Link.objects.filter(subject=subject_of(invitation), purpose=Link.Purpose.ANSWER).order_by("-pk"))


@of_congress
@require_POST
def refusal(request: StaffRequest, congress: Congress, number: str, pk: int) -> HttpResponse:
    """The hotel said no by phone or mail."""
    invitation = _find(request, congress, number, pk)
    try:
        record_decline(invitation, reason=request.POST.get("reason", ""), by=request.user, at=timezone.now())
        messages.success(request, _("Written down: this hotel declines."))
    except AlreadyRetained:
        messages.error(request, _("Rooms of this hotel are retained: give them back first."))
    except IllegalMove:
        messages.error(request, _("This supplier has not been asked yet."))
    return redirect("office-request", congress.code, number)


@of_congress
@require_safe
def source(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    """The mail or PDF an answer was typed from: for those who may see the answer."""
    file = get_object_or_404(File, pk=pk, subject__startswith="allotment.Invitation:")
    number = file.subject.partition(":")[2]
    invitation = Invitation.objects.visible_to(request.user).filter(congress=congress, pk=int(number)).first()
    if invitation is None or file.subject != subject_of(invitation):
        raise Http404
    response = FileResponse(file.content.open("rb"), content_type=file.content_type, as_attachment=True, filename=file.name)
    response["X-Content-Type-Options"] = "nosniff"
    return response  # type: ignore[return-value]


def _find(request: StaffRequest, congress: Congress, number: str, pk: int) -> Invitation:
    asked = find(request, congress, number)
    rows = Invitation.objects.visible_to(request.user).select_related("supplier")
    invitation = get_object_or_404(rows, request=asked, pk=pk)
    invitation.request, invitation.congress = asked, congress
    return invitation
