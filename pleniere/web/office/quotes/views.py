"""Quotes of a congress: the versions, the draft that is written, the mail that will leave, what was answered."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pleniere.accounts import files, links
from pleniere.accounts.rights import can, require
from pleniere.allotment.models import Scenario
from pleniere.booking.models import Booking
from pleniere.congress.models import Congress
from pleniere.quote.actions import (
    MOST_LINES,
    CannotQuote,
    NotOpen,
    drop_draft,
    edit_quote,
    fill_quote,
    is_past,
    make_quote,
    record_acceptance,
    send_quote,
)
from pleniere.quote.asking import answer_question
from pleniere.quote.letters import link_for, preview
from pleniere.quote.models import Quote
from pleniere.quote.papers import file_name, quote_pdf
from pleniere.quote.queries import amended, conversation, differences, view_of
from pleniere.web.typed import pk_of

from ..door import StaffRequest, acting, of_congress
from .forms import AcceptanceForm, AnswerForm, LineForm, QuoteForm

BLANKS = 4


@of_congress
@require_http_methods(["GET", "POST"])
def quotes(request: StaffRequest, congress: Congress) -> HttpResponse:
    """Every version; a POST begins the next one."""
    if request.method == "POST":
        try:
            quote = make_quote(congress, by=request.user, at=timezone.now())
            return redirect("office-quote", congress.code, quote.pk)
        except CannotQuote as error:
            messages.error(request, str(error))
    rows = [view_of(quote) for quote in congress.quotes.select_related("client").prefetch_related("lines")]
    has_draft = any(view.quote.state == Quote.State.DRAFT for view in rows)
    facts = {"congress": congress, "rows": rows, "has_draft": has_draft, "can_edit": can(request.user, "quote.edit", congress)}
    return render(request, "office/quotes/quotes.html", facts, status=422 if request.method == "POST" else 200)


@of_congress
@require_http_methods(["GET", "POST"])
def quote(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    """A draft is written here; a version that is sent is read."""
    quote = _quote(congress, pk)
    if quote.state != Quote.State.DRAFT:
        return _read(request, congress, quote)
    stands = {line.pk: line for line in quote.lines.select_related("supplier", "rate__service")}
    posted = request.POST or None
    form = QuoteForm(posted, initial={"text": quote.text, "valid_until": quote.valid_until})
    forms = _line_forms(posted, list(stands.values()))
    if posted and form.is_valid() and not [each for each in forms if not each.is_valid()]:
        lines = [each.facts(stands) for each in forms if each.cleaned_data.get("label")]
        try:
            edit_quote(quote, lines=lines, **form.cleaned_data, by=request.user, at=timezone.now())
            messages.success(request, _("Saved."))
            return redirect("office-quote", congress.code, quote.pk)
        except (CannotQuote, ValidationError) as error:
            form.add_error(None, str(error) if isinstance(error, CannotQuote) else error)
        except NotOpen:
            return redirect("office-quote", congress.code, quote.pk)
    facts = {"congress": congress, "quote": quote, "form": form, "forms": forms, "view": view_of(quote), "mail": preview(quote)}
    facts |= {"can_edit": can(request.user, "quote.edit", quote), "scenarios": congress.scenarios.select_related("request")[:50]}
    facts |= {"amends": amended(quote)}
    return render(request, "office/quotes/draft.html", facts, status=422 if posted else 200)


@of_congress
@require_POST
def sending(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    quote = _quote(congress, pk)
    try:
        send_quote(quote, by=request.user, at=timezone.now())
        messages.success(request, _("Sent to %(who)s.") % {"who": quote.client.email})
    except CannotQuote as error:
        messages.error(request, str(error))
    except NotOpen:
        messages.error(request, _("This version is no longer a draft."))
    return redirect("office-quote", congress.code, quote.pk)


@of_congress
@require_POST
def draft(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    """The draft filled anew from what is retained, or dropped."""
    quote = _quote(congress, pk)
    try:
        if "drop" in request.POST:
            drop_draft(quote, by=request.user, at=timezone.now())
            return redirect("office-quotes", congress.code)
        scenario = None
        if wanted := request.POST.get("scenario", ""):
            rows = Scenario.objects.visible_to(request.user)
            scenario = get_object_or_404(rows, congress=congress, pk=pk_of(wanted))
        fill_quote(quote, scenario=scenario, by=request.user, at=timezone.now())
        messages.success(request, _("Filled anew; lines typed by hand stay."))
    except (CannotQuote, NotOpen) as error:
        messages.error(request, str(error) if isinstance(error, CannotQuote) else _("This version is no longer a draft."))
    return redirect("office-quote", congress.code, quote.pk)


@of_congress
@require_http_methods(["GET", "POST"])
def acceptance(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    """The organiser said yes on paper, by mail or by phone: who, as what, when, and the paper."""
    quote = _quote(congress, pk)
    require(request.user, "quote.edit", quote)
    form = AcceptanceForm(request.POST or None, request.FILES or None, initial={"on": congress.local_date(timezone.now())})
    if form.is_valid():
        facts = {name: form.cleaned_data[name] for name in ("name", "function", "on", "via")}
        try:
            _record(request, quote, facts, form.cleaned_data["file"])
            messages.success(request, _("Accepted; what the organiser pays stands on its account."))
            return redirect("office-quote", congress.code, quote.pk)
        except CannotQuote as error:
            form.add_error(None, str(error))
        except NotOpen:
            messages.error(request, _("This version no longer waits for an answer."))
            return redirect("office-quote", congress.code, quote.pk)
    page = {"congress": congress, "quote": quote, "form": form, "view": view_of(quote)}
    return render(request, "office/quotes/acceptance.html", page, status=422 if form.is_bound else 200)


@transaction.atomic
def _record(request: StaffRequest, quote: Quote, facts: dict[str, Any], upload: tuple[str, bytes] | None) -> None:
    """The paper is kept only with the yes that it proves."""
    at = timezone.now()
    file = files.keep(upload[1], name=upload[0], subject=quote, by=request.user, at=at) if upload else None
    record_acceptance(quote, **facts, file=file, by=request.user, at=at)


@of_congress
@require_safe
def paper(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    """What was signed, for the office alone."""
    quote = _quote(congress, pk)
    if quote.answered_file is None:
        raise Http404
    file = quote.answered_file
    response = FileResponse(file.content.open("rb"), content_type=file.content_type, as_attachment=True, filename=file.name)
    response["X-Content-Type-Options"] = "nosniff"
    return response  # type: ignore[return-value]


@of_congress
@require_safe
def pdf(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    quote = _quote(congress, pk)
    headers = {"Content-Disposition": f'inline; filename="{file_name(quote)}"'}
    return HttpResponse(quote_pdf(quote), content_type="application/pdf", headers=headers)


@of_congress
@require_POST
def answers(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    """The bureau answers a question, on the page the organiser reads."""
    quote = _quote(congress, pk)
    form = AnswerForm(request.POST)
    if form.is_valid():
        try:
            answer_question(quote, form.cleaned_data["answer"], key=form.cleaned_data["key"], **acting(request))
            return redirect(reverse("office-quote", args=[congress.code, pk]) + "#questions")
        except CannotQuote as error:
            form.add_error(None, str(error))
    return _read(request, congress, quote, answer=form)


def _read(request: StaffRequest, congress: Congress, quote: Quote, *, answer: AnswerForm | None = None) -> HttpResponse:
    link = link_for(quote) if can(request.user, "quote.edit", quote) else None
    before, found = differences(quote)
    facts: dict[str, Any] = {"congress": congress, "quote": quote, "view": view_of(quote), "before": before, "differences": found}
    open_ = quote.state in (Quote.State.SENT, Quote.State.EXPIRED)
    facts |= {"conversation": conversation(quote), "answer": answer or AnswerForm(), "amends": amended(quote)}
    facts |= {
        "can_record": open_ and can(request.user, "quote.edit", quote),
        "account": congress.bookings.filter(kind=Booking.Kind.MASTER).first(),
        "url": links.url(link) if link else "",
        "openings": link.openings if link else 0,
        "past": is_past(quote, timezone.now()),
    }
    facts["can_answer"] = can(request.user, "quote.edit", quote)
    return render(request, "office/quotes/quote.html", facts, status=422 if answer is not None else 200)


def _line_forms(posted: Any, lines: list[Any]) -> list[LineForm]:
    """A form per line and some blanks; posted, as many as came."""
    if posted:
        return [LineForm(posted, prefix=f"l{n}") for n in range(MOST_LINES) if f"l{n}-label" in posted]
    count = len(lines) + BLANKS
    forms = [LineForm(prefix=f"l{n}", initial=LineForm.of(lines[n]) if n < len(lines) else {}) for n in range(count)]
    for form, line in zip(forms, lines, strict=False):
        if line.margin:
            form.fields["vat"].help_text = _("on the margin: not shown")
    return forms


def _quote(congress: Congress, pk: int) -> Quote:
    return get_object_or_404(congress.quotes.select_related("congress", "client"), pk=pk)
