"""The outbox: every mail as it leaves, its state, once more or not at all; and the work that failed."""

from __future__ import annotations

from functools import partial
from typing import Any

from csp.decorators import csp_replace, csp_update
from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from pleniere.accounts.rights import can, require
from pleniere.common import sheets
from pleniere.common.moves import IllegalMove
from pleniere.congress.models import Congress
from pleniere.messaging import actions
from pleniere.messaging.models import Job, Message
from pleniere.web.forms import Form, KeyField
from pleniere.web.tables import Column, FilterForm, Listing
from pleniere.web.templatetags.ui import pill

from ..door import acting, staff

LOOKS = {
    "QUEUED": ("waiting", "glass"),
    "HELD": ("option", "half"),
    "SENT": ("ready", "check"),
    "FAILED": ("late", "warn"),
    "BOUNCED": ("late", "warn"),
    "DROPPED": ("cancelled", "cross"),
}


def messages_of(request: HttpRequest) -> QuerySet[Message]:
    return Message.objects.visible_to(request.user, Congress.objects.staffed_by(request.user).values("pk"))


def _state(row: Message) -> str:
    return pill(*LOOKS[row.state], row.get_state_display())


class MailFilter(FilterForm):
    state = forms.ChoiceField(
        label=gettext_lazy("State"), required=False, choices=[("", gettext_lazy("all")), *Message.State.choices]
    )
    congress = forms.ModelChoiceField(
        label=gettext_lazy("Congress"), required=False, queryset=Congress.objects.none(), to_field_name="code"
    )

    def __init__(self, *args: Any, congresses: QuerySet[Congress], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["congress"].queryset = congresses.order_by("-starts")  # type: ignore[attr-defined]

    def apply(self, rows: QuerySet[Any], facts: dict[str, Any]) -> QuerySet[Any]:
        if facts.get("state"):
            rows = rows.filter(state=facts["state"])
        if facts.get("congress"):
            rows = rows.filter(congress_id=facts["congress"].pk)
        return rows


COLUMNS = (
    Column(gettext_lazy("Queued on"), "queued_at", sheets.MOMENT, sort="queued_at"),
    Column(gettext_lazy("To"), "to", sort="to"),
    Column(
        gettext_lazy("Subject"),
        "subject",
        sort="subject",
        is_name=True,
        width=50,
        href=lambda row: reverse("office-mail", args=[row.pk]),
    ),
    Column(gettext_lazy("State"), "get_state_display", shown=_state),
    Column(gettext_lazy("Sent on"), "sent_at", sheets.MOMENT, sort="sent_at"),
    Column(gettext_lazy("Error"), "error", on_screen=False),
)


@staff
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    rows = messages_of(request).defer("text", "html")
    filters = partial(MailFilter, congresses=Congress.objects.staffed_by(request.user))
    listing = Listing(request, rows, COLUMNS, title=_("Mails"), name="mails", sort="-queued_at", filters=filters)
    failed = Job.objects.visible_to(request.user).failed().count()
    return listing.export() or render(request, "office/mails/index.html", {"listing": listing, "failed": failed})


class AgainForm(Form):
    to = forms.EmailField(label=gettext_lazy("To"), max_length=254)
    key = KeyField()


@csp_update({"frame-src": ["'self'"]})
@staff
@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _message(request, pk))


def _page(request: HttpRequest, message: Message, form: AgainForm | None = None) -> HttpResponse:
    facts = {
        "message": message,
        "state": _state(message),
        "files": message.attachments.defer("content"),
        "congress_of": Congress.objects.filter(pk=message.congress_id).first() if message.congress_id else None,
        "form": form or AgainForm(initial={"to": message.to}),
        "may_send": can(request.user, "outbox.send", message) and not message.is_secret,
        "may_drop": can(request.user, "outbox.send", message) and message.state in ("QUEUED", "HELD", "FAILED"),
    }
    return render(request, "office/mails/mail.html", facts, status=422 if form is not None else 200)


@csp_replace({"script-src": ["'none'"], "style-src": ["'unsafe-inline'"], "img-src": ["data:"], "frame-ancestors": ["'self'"]})
@xframe_options_sameorigin
@staff
@require_safe
def html(request: HttpRequest, pk: int) -> HttpResponse:
    """The mail's own page, for the frame of its preview: no script, no address outside, nothing of ours around it."""
    message = _message(request, pk)
    if message.is_secret or not message.html:
        raise Http404
    framed = message.html.replace("<head>", '<head><base target="_blank">', 1)  # a link followed in the frame would load there
    response = HttpResponse(framed)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@staff
@require_safe
def attachment(request: HttpRequest, pk: int, file_pk: int) -> HttpResponse:
    message = _message(request, pk)
    if message.is_secret:
        raise Http404
    file = get_object_or_404(message.attachments, pk=file_pk)
    return sheets.download(bytes(file.content), file.name)


@csp_update({"frame-src": ["'self'"]})
@staff
@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """The same mail once more, to the same address or a mended one."""
    message = _message(request, pk)
    form = AgainForm(request.POST)
    if not form.is_valid():
        return _page(request, message, form)
    try:
        copy = actions.send_again(message, **form.cleaned_data, **acting(request))
    except actions.CannotSend:
        messages.error(request, _("What this mail held is for its recipient alone: it is not sent again."))
        return redirect("office-mail", pk)
    messages.success(request, _("It is on its way once more."))
    return redirect("office-mail", copy.pk)


@staff
@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        actions.drop(_message(request, pk), **acting(request))
        messages.success(request, _("It will not be sent."))
    except IllegalMove:
        messages.error(request, _("It has left already."))
    return redirect("office-mail", pk)


def _message(request: HttpRequest, pk: int) -> Message:
    return get_object_or_404(messages_of(request), pk=pk)


# Work that failed


@staff
@require_safe
def jobs(request: HttpRequest) -> HttpResponse:
    rows = Job.objects.visible_to(request.user).failed().order_by("-failed_at")[:100]
    facts = {"jobs": rows, "may_retry": can(request.user, "jobs.retry")}
    return render(request, "office/mails/jobs.html", facts)


@staff
@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    require(request.user, "jobs.retry")
    job = get_object_or_404(Job.objects.visible_to(request.user), pk=pk)
    if actions.retry_job(job, **acting(request)):
        messages.success(request, _("It is tried again."))
    return redirect("office-jobs")
