"""The organiser's desk: the quote to answer, by link or signed in; how many, how fast, which nights are full. Never what things cost us."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pleniere.accounts import links
from pleniere.accounts.models import Link, Role
from pleniere.accounts.rights import Actor, can
from pleniere.congress.models import Congress, Member
from pleniere.payout.statement import statement_name, statement_of, statement_pdf
from pleniere.quote.actions import CannotQuote, NotOpen, OtherVersion, accept_quote, is_past, refuse_quote
from pleniere.quote.asking import ask_question
from pleniere.quote.models import Quote
from pleniere.quote.papers import file_name, quote_pdf
from pleniere.quote.queries import amended, conversation, differences, view_of
from pleniere.web.links import holds

from .door import organiser
from .figures import situation
from .forms import AcceptForm, QuestionForm, RefuseForm
from .lists import granted


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The one congress one organises, or the choice."""
    own = Member.objects.filter(user=request.user, role=Role.ORGANISER).values("congress")  # type: ignore[misc]
    congresses = list(Congress.objects.filter(pk__in=own).order_by("-starts")[:100])
    if len(congresses) == 1:
        return redirect("organiser-congress", congresses[0].code)
    return render(request, "organiser/home.html", {"congresses": congresses})


@organiser
@require_safe
def dashboard(request: HttpRequest, congress: Congress) -> HttpResponse:
    quotes = Quote.objects.visible_to(request.user).filter(congress=congress).exclude(state=Quote.State.DRAFT)
    return render(
        request,
        "organiser/dashboard.html",
        {
            "congress": congress,
            "quotes": quotes.order_by("-version")[:20],
            "lists": granted(congress),
            **situation(congress, at=timezone.now()),
        },
    )


@organiser
@require_http_methods(["GET", "POST"])
def quote(request: HttpRequest, congress: Congress, pk: int) -> HttpResponse:
    quote = _sent(request, congress, pk)
    paper = reverse("organiser-congress-quote-pdf", args=[congress.code, quote.pk])
    return _answer(request, quote, by=request.user, paper=paper)  # type: ignore[arg-type]


@organiser
@require_safe
def quote_paper(request: HttpRequest, congress: Congress, pk: int) -> HttpResponse:
    return _paper(_sent(request, congress, pk))


@holds(Link.Purpose.QUOTE)
@require_http_methods(["GET", "POST"])
def by_link(request: HttpRequest, link: Link) -> HttpResponse:
    """The quote by its signed link. A GET shows; only a POST answers, and only that is counted."""
    quote = get_object_or_404(Quote.objects.visible_to(link).select_related("congress", "client"))
    if request.method == "POST":
        links.count_opening(link, at=timezone.now())
    paper = reverse("organiser-quote-pdf", args=[links.token(link)])
    return _answer(request, quote, by=link, paper=paper)


@holds(Link.Purpose.QUOTE)
@require_safe
def pdf_by_link(request: HttpRequest, link: Link) -> HttpResponse:
    return _paper(get_object_or_404(Quote.objects.visible_to(link).select_related("congress", "client")))


def _answer(request: HttpRequest, quote: Quote, *, by: Actor, paper: str) -> HttpResponse:
    """The quote with its two forms; what was already answered, expired or superseded says so instead."""
    yes, no, asks = "accept" in request.POST, "refuse" in request.POST, "ask" in request.POST
    accept = AcceptForm(request.POST if yes else None, initial={"seen": quote.sha256})
    refuse = RefuseForm(request.POST if no else None)
    question = QuestionForm(request.POST if asks else None)
    said = {"by": by, "at": timezone.now(), "address": request.META.get("REMOTE_ADDR") or None}
    try:
        if yes and accept.is_valid():
            facts = {name: accept.cleaned_data[name] for name in ("name", "function", "seen")}
            accept_quote(quote, **facts, **said)  # type: ignore[arg-type]
            return redirect(request.path)
        if no and refuse.is_valid():
            refuse_quote(quote, why=refuse.cleaned_data["why"], name=refuse.cleaned_data["by_name"], **said)  # type: ignore[arg-type]
            return redirect(request.path)
        if asks and question.is_valid():
            ask_question(quote, question.cleaned_data["question"], key=question.cleaned_data["key"], by=by, at=timezone.now())
            return redirect(request.path + "#questions")
    except CannotQuote as error:
        (accept if yes else question if asks else refuse).add_error(None, str(error))
    except OtherVersion:
        accept.add_error(None, _("This is not the version you read: look at it again, it stands below."))
    except NotOpen:
        return redirect(request.path)
    quote.refresh_from_db()
    before, found = differences(quote)
    facts = {
        "quote": quote,
        "congress": quote.congress,
        "view": view_of(quote),
        "before": before,
        "differences": found,
        "amends": amended(quote),
        "conversation": conversation(quote),
        "question": question,
        "may_ask": can(by, "quote.ask", quote),
        "accept": accept,
        "refuse": refuse,
        "paper": paper,
        "is_open": quote.state == Quote.State.SENT and not is_past(quote, timezone.now()),
        "newer": Quote.objects.filter(congress=quote.congress, version__gt=quote.version)
        .exclude(state=Quote.State.DRAFT)
        .exists(),
        "may_answer": can(by, "quote.answer", quote),
    }
    refused = (yes or no or asks) and (accept.errors or refuse.errors or question.errors)
    return render(request, "organiser/quote.html", facts, status=422 if refused else 200)


def _sent(request: HttpRequest, congress: Congress, pk: int) -> Quote:
    rows = Quote.objects.visible_to(request.user).exclude(state=Quote.State.DRAFT).select_related("congress", "client")
    return get_object_or_404(rows, congress=congress, pk=pk)


def _paper(quote: Quote) -> HttpResponse:
    with translation.override(quote.client.language):
        name = file_name(quote)
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return HttpResponse(quote_pdf(quote), content_type="application/pdf", headers=headers)


@organiser
@require_safe
def account(request: HttpRequest, congress: Congress) -> HttpResponse:
    """What the organiser pays, what is collected for it, what is left between us."""
    return render(request, "organiser/account.html", {"congress": congress, "statement": statement_of(congress)})


@organiser
@require_safe
def account_paper(request: HttpRequest, congress: Congress) -> HttpResponse:
    at = timezone.now()
    headers = {"Content-Disposition": f'inline; filename="{statement_name(congress)}"'}
    return HttpResponse(statement_pdf(congress, at=at), content_type="application/pdf", headers=headers)
