"""Requests for rooms: made, addressed, previewed, sent, prolonged, closed; and the synthesis of what came back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pleniere.accounts.rights import can
from pleniere.allotment import letters, queries
from pleniere.allotment.actions import (
    CannotStep,
    NothingToSend,
    close_request,
    drop_request,
    edit_request,
    make_request,
    prolong,
    remind,
    send_request,
)
from pleniere.allotment.dates import BadDates
from pleniere.allotment.models import Invitation, Request
from pleniere.congress.models import Congress
from pleniere.messaging import outbox
from pleniere.web.typed import pk_of

from ..door import StaffRequest, of_congress
from . import sheet
from .forms import DeadlineForm, NeedsGrid, RequestForm, facts_of, first_of, nights_of
from .printed import printed
from .steps import StepsForm
from .workbook import workbook

EXPORTS = {"xlsx": workbook, "pdf": printed}


def find(request: StaffRequest, congress: Congress, number: str) -> Request:
    """The request of this number, of this congress, with the congress at hand; else 404."""
    asked = get_object_or_404(Request.objects.visible_to(request.user), congress=congress, number=number)
    asked.congress = congress
    return asked


def told(request: StaffRequest, words: str) -> None:
    """Say that it is sent; where no mail can leave, that it waits."""
    if outbox.can_leave(outbox.bureau()):
        messages.success(request, words)
    else:
        messages.warning(request, words + " " + _("But no mail server is set up: its mails wait in the outbox."))


@of_congress
@require_safe
def index(request: StaffRequest, congress: Congress) -> HttpResponse:
    found = queries.with_counts(Request.objects.visible_to(request.user).filter(congress=congress))
    unsent = queries.unsent_by_request(found)
    page = {"congress": congress, "requests": found, "at": timezone.now(), "unsent": unsent}
    return render(request, "office/requests/index.html", page)


@of_congress
@require_http_methods(["GET", "POST"])
def new(request: StaffRequest, congress: Congress) -> HttpResponse:
    return _edit(request, congress, None)


@of_congress
@require_http_methods(["GET", "POST"])
def edit(request: StaffRequest, congress: Congress, number: str) -> HttpResponse:
    asked = find(request, congress, number)
    if asked.state != Request.State.DRAFT:
        return redirect("office-request", congress.code, number)
    return _edit(request, congress, asked)


def _edit(request: StaffRequest, congress: Congress, asked: Request | None) -> HttpResponse:
    """`nights` shows the grid for the dates typed and saves nothing; else the draft is kept."""
    at = timezone.now()
    initial, known = (facts_of(asked), list(asked.needs.all())) if asked else first_of(congress, at)
    form = RequestForm(request.POST or None, congress=congress, initial=initial)
    steps = StepsForm(request.POST or None, known=asked.steps.all() if asked else ())
    form.is_valid()
    facts = form.cleaned_data if form.is_bound else initial
    grid = NeedsGrid(nights_of(facts.get("arrival"), facts.get("departure")), request.POST or None, known)
    if form.is_bound and "nights" in request.POST:
        form = RequestForm(initial={**initial, **_as_typed(request)}, congress=congress)
    elif form.is_valid() and steps.is_valid() and not grid.problems:
        try:
            kept = _keep(asked, congress, {**form.cleaned_data, "steps": steps.steps}, grid, request.user, at)
            return redirect("office-request-recipients", congress.code, kept.number)
        except BadDates as error:
            form.refuse(error)
        except CannotStep as error:
            steps.add_error("on_1", str(error))
    page = {"congress": congress, "asked": asked, "form": form, "grid": grid, "steps": steps}
    return render(request, "office/requests/edit.html", page, status=422 if form.is_bound else 200)


def _as_typed(request: StaffRequest) -> dict[str, Any]:
    """The words of the form, to show again without judging them."""
    typed = {name: request.POST.get(name, "") for name in RequestForm.base_fields if name != "with_breakfast"}
    return {**typed, "with_breakfast": "with_breakfast" in request.POST}


def _keep(asked: Request | None, congress: Congress, facts: dict[str, Any], grid: NeedsGrid, by: Any, at: Any) -> Request:
    if asked is None:
        return make_request(congress, **facts, needs=grid.needs, by=by, at=at)
    return edit_request(asked, **facts, needs=grid.needs, by=by, at=at)


@of_congress
@require_POST
def send(request: StaffRequest, congress: Congress, number: str) -> HttpResponse:
    asked = find(request, congress, number)
    try:
        sent = send_request(asked, by=request.user, at=timezone.now())
    except NothingToSend as error:
        messages.error(request, str(error))
        return redirect("office-request-recipients", congress.code, number)
    words = ngettext("The request is sent to %(n)s supplier.", "The request is sent to %(n)s suppliers.", len(sent))
    if outbox.can_leave(outbox.bureau()) or not any(row.email for row in sent):
        messages.success(request, words % {"n": len(sent)})
    else:
        words = ngettext(
            "The request is ready for %(n)s supplier, but its mail has not left: no mail server is set up.",
            "The request is ready for %(n)s suppliers, but their mails have not left: no mail server is set up.",
            len(sent),
        )
        messages.warning(request, words % {"n": len(sent)})
    return redirect("office-request", congress.code, number)


@of_congress
@require_safe
def synthesis(request: StaffRequest, congress: Congress, number: str) -> HttpResponse:
    asked = find(request, congress, number)
    if asked.state == Request.State.DRAFT:
        return redirect("office-request-edit", congress.code, number)
    table = queries.synthesis(asked)
    for row in table.rows:
        row.invitation.request, row.invitation.congress = asked, congress
    shown = sheet.Page(table, request.GET, window=request.GET.get("page", "1"))
    if export := EXPORTS.get(request.GET.get("export", "")):
        return export(shown)
    at = timezone.now()
    no_server = bool(table.unsent) and not outbox.can_leave(outbox.bureau())
    page = {
        "congress": congress,
        "asked": asked,
        "table": table,
        "unsent": [row for row in table.unsent if no_server or not row.is_leaving(at)],
        "page": shown,
        "is_open": asked.takes_answers(at),
        "may_retain": can(request.user, "allotment.retain", asked),
        "no_server": no_server,
        "at": at,
    }
    is_window = request.headers.get("HX-Request") == "true" and shown.window_number > 1
    return render(request, f"office/requests/{'_lines' if is_window else 'synthesis'}.html", page)


@of_congress
@require_POST
def reminders(request: StaffRequest, congress: Congress, number: str) -> HttpResponse:
    """Remind every silent hotel we still work with, or the one named, retired since or not."""
    asked = find(request, congress, number)
    rows = asked.invitations.silent()
    if one := request.POST.get("invitation", ""):
        if not pk_of(one):
            raise Http404
        rows = rows.filter(pk=pk_of(one))
    try:
        count = remind(rows, retired_too=bool(one), by=request.user, at=timezone.now())
        words = (
            ngettext("%(n)s reminder is sent.", "%(n)s reminders are sent.", count)
            if count
            else _("Nobody is left to remind today.")
        )
        told(request, words % {"n": count}) if count else messages.success(request, words)
    except NothingToSend as error:
        messages.error(request, str(error))
    return redirect("office-request", congress.code, number)


@of_congress
@require_http_methods(["GET", "POST"])
def deadline(request: StaffRequest, congress: Congress, number: str) -> HttpResponse:
    asked = find(request, congress, number)
    form = DeadlineForm(request.POST or None, congress=congress, initial={"deadline": facts_of(asked)["deadline"]})
    if form.is_valid():
        try:
            prolong(asked, deadline=form.cleaned_data["deadline"], by=request.user, at=timezone.now())
            messages.success(request, _("The deadline is moved; who has not answered is told."))
            return redirect("office-request", congress.code, number)
        except BadDates as error:
            form.refuse(error)
        except NothingToSend as error:
            form.add_error(None, str(error))
    waiting = asked.invitations.exclude(more_time_asked_at=None).select_related("supplier")
    page = {"congress": congress, "asked": asked, "form": form, "waiting": waiting, "silent": asked.invitations.silent().count()}
    return render(request, "office/requests/deadline.html", page, status=422 if form.is_bound else 200)


@of_congress
@require_http_methods(["GET", "POST"])
def closing(request: StaffRequest, congress: Congress, number: str) -> HttpResponse:
    """Close; thank those of whom nothing was retained, if wanted, with the words they will read."""
    asked = find(request, congress, number)
    if asked.state == Request.State.DRAFT:
        return redirect("office-request-edit", congress.code, number)
    if request.method == "POST":
        close_request(asked, tell_others="tell" in request.POST, by=request.user, at=timezone.now())
        messages.success(request, _("The request is closed: it takes no answer any more."))
        return redirect("office-request", congress.code, number)
    others = list(
        asked.invitations.filter(state=Invitation.State.ANSWERED)
        .exclude(Q(replies__blocks__isnull=False) | Q(email=""))
        .select_related("supplier")
    )
    for row in others:
        row.request, row.congress = asked, congress
    page = {
        "congress": congress,
        "asked": asked,
        "others": others,
        "mail": letters.preview_not_retained(others[0]) if others else None,
        "silent": asked.invitations.silent().count(),
    }
    return render(request, "office/requests/closing.html", page)


@of_congress
@require_POST
def removal(request: StaffRequest, congress: Congress, number: str) -> HttpResponse:
    asked = find(request, congress, number)
    try:
        drop_request(asked, by=request.user)
        messages.success(request, _("The draft is thrown away."))
    except NothingToSend as error:
        messages.error(request, str(error))
        return redirect("office-request", congress.code, number)
    return redirect("office-requests", congress.code)
