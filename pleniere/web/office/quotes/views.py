"""Quotes of a congress: the versions, the draft that is written, the mail that will leave, what was answered."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pleniere.accounts import links
from pleniere.accounts.rights import can
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
    send_quote,
)
from pleniere.quote.letters import link_for, preview
from pleniere.quote.models import Quote
from pleniere.quote.papers import file_name, quote_pdf
from pleniere.quote.queries import differences, view_of

from ..door import StaffRequest, of_congress
from .forms import LineForm, QuoteForm

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
    stands = {line.pk: line for line in quote.lines.select_related("supplier")}
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
    facts |= {"can_edit": can(request.user, "quote.edit", quote)}
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
        fill_quote(quote, by=request.user, at=timezone.now())
        messages.success(request, _("Filled from what is retained; lines typed by hand stay."))
    except (CannotQuote, NotOpen) as error:
        messages.error(request, str(error) if isinstance(error, CannotQuote) else _("This version is no longer a draft."))
    return redirect("office-quote", congress.code, quote.pk)


@of_congress
@require_safe
def pdf(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    quote = _quote(congress, pk)
    headers = {"Content-Disposition": f'inline; filename="{file_name(quote)}"'}
    return HttpResponse(quote_pdf(quote), content_type="application/pdf", headers=headers)


def _read(request: StaffRequest, congress: Congress, quote: Quote) -> HttpResponse:
    link = link_for(quote) if can(request.user, "quote.edit", quote) else None
    before, found = differences(quote)
    facts: dict[str, Any] = {"congress": congress, "quote": quote, "view": view_of(quote), "before": before, "differences": found}
    facts |= {
        "url": links.url(link) if link else "",
        "openings": link.openings if link else 0,
        "past": is_past(quote, timezone.now()),
    }
    return render(request, "office/quotes/quote.html", facts)


def _line_forms(posted: Any, lines: list[Any]) -> list[LineForm]:
    """A form per line and some blanks; posted, as many as came."""
    if posted:
        return [LineForm(posted, prefix=f"l{n}") for n in range(MOST_LINES) if f"l{n}-label" in posted]
    count = len(lines) + BLANKS
    return [LineForm(prefix=f"l{n}", initial=LineForm.of(lines[n]) if n < len(lines) else {}) for n in range(count)]


def _quote(congress: Congress, pk: int) -> Quote:
    return get_object_or_404(congress.quotes.select_related("congress", "client"), pk=pk)
