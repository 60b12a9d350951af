"""The books: journal, trial balance, chart, months, FEC, audit."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pleniere.accounting import fec, queries
from pleniere.accounting.actions import NotAnAccount, ask_for_audit, close_month, edit_account
from pleniere.accounting.margin import next_first
from pleniere.accounting.tasks import run_audit
from pleniere.accounting.years import FiscalYear, fiscal_years, year_closing_in
from pleniere.accounts.rights import can, require
from pleniere.common import sheets
from pleniere.ledger.actions import MonthNotOver, is_closed, next_month
from pleniere.ledger.chart import ROLES
from pleniere.ledger.models import Account, Entry, EntryLine
from pleniere.messaging.jobs import name_of
from pleniere.messaging.models import Job
from pleniere.payment.models import Receipt
from pleniere.web.forms import key_of
from pleniere.web.tables import Column, Listing

from ..door import staff
from .forms import AccountForm, JournalFilters

ENTRIES = (
    Column(
        gettext_lazy("Entry"),
        "number",
        sheets.INT,
        sort="number",
        is_name=True,
        href=lambda row: reverse("office-entry", args=[row.pk]),
    ),
    Column(gettext_lazy("Journal"), "journal", sort="journal"),
    Column(gettext_lazy("Date"), "date", sheets.DATE, sort="date"),
    Column(gettext_lazy("Label"), "label"),
    Column(gettext_lazy("Document"), "piece", sort="piece"),
    Column(gettext_lazy("Amount"), "amount", sheets.MONEY, sort="amount", total=True),
    Column(gettext_lazy("By"), "by"),
)
BALANCE = (
    sheets.Column(gettext_lazy("Account"), "account"),
    sheets.Column(gettext_lazy("Label"), "label"),
    sheets.Column(gettext_lazy("Whose"), "aux_label"),
    sheets.Column(gettext_lazy("Debit"), "debit", sheets.MONEY, total=True),
    sheets.Column(gettext_lazy("Credit"), "credit", sheets.MONEY, total=True),
    sheets.Column(gettext_lazy("Balance"), "balance", sheets.MONEY, total=True),
)
FIRST, LAST = 1950, 2150


def reader(request: HttpRequest) -> None:
    """The books are the bureau's: an accountant, a team lead or an administrator of it."""
    require(request.user, "accounting.see")


class Journal(Listing):
    """Searched in labels, pieces and names as they are written."""

    def _filtered(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        for word in self.facts.get("q", "").replace("\x00", "").split()[:8]:
            whose = EntryLine.objects.filter(aux_label__icontains=word).values("entry")
            rows = rows.filter(Q(label__icontains=word) | Q(piece__icontains=word) | Q(pk__in=whose))
        return self.form.apply(rows, self.facts) if self.facts else rows


@staff
@require_safe
def journal(request: HttpRequest) -> HttpResponse:
    reader(request)
    facts: dict[str, Any] = {"title": _("Journal"), "name": "journal", "sort": "-number", "filters": JournalFilters}
    listing = Journal(request, queries.journal(), ENTRIES, **facts)
    return listing.export() or render(request, "office/books/journal.html", {"listing": listing, "here": "journal"})


@staff
@require_safe
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    """One entry, its lines, and what it is about."""
    reader(request)
    found = get_object_or_404(queries.journal(), pk=pk)
    about, href = _about(found)
    context = {
        "entry": found,
        "lines": found.lines.order_by("pk"),
        "journal": queries.JOURNALS.get(found.journal, (found.journal,))[0],
        "about": about,
        "href": href,
        "before": Entry.objects.filter(number=found.number - 1).first(),
        "after": Entry.objects.filter(number=found.number + 1).first(),
    }
    return render(request, "office/books/entry.html", context)


def _about(found: Entry) -> tuple[str, str]:
    """What an entry says it is about, in words, and the page that shows it where there is one."""
    label, _colon, pk = found.about.partition(":")
    words = {
        "invoicing.Invoice": _("The document %(piece)s"),
        "invoicing.Confirmation": _("The confirmation of booking %(piece)s"),
        "payment.Receipt": _("The receipt %(piece)s"),
        "payment.DepositSlip": _("The deposit slip %(piece)s"),
        "payout.Payout": _("The payout %(piece)s"),
        "accounting.MarginPeriod": _("The VAT on the margin of %(month)s"),
    }
    text = words[label] % {"piece": found.piece, "month": f"{found.date:%m/%Y}"} if label in words else ""
    try:
        if label == "invoicing.Invoice":
            return text, reverse("office-invoice", args=[int(pk)])
        if label == "invoicing.Confirmation":
            return text, reverse("office-booking-documents", args=[found.piece])
        if label == "payment.Receipt":
            receipt = Receipt.objects.filter(pk=pk, payer__isnull=False).select_related("payer__booking").first()
            return text, reverse(
                "office-booking-payments", args=[receipt.payer.booking.number]
            ) if receipt and receipt.payer else ""
        if label == "payout.Payout":
            return text, reverse("office-payout", args=[int(pk)])
        if label == "accounting.MarginPeriod":
            return text, reverse("office-margin-period", args=[found.date.year, found.date.month])
    except NoReverseMatch:
        pass
    return text, ""


@staff
@require_safe
def balance(request: HttpRequest) -> HttpResponse:
    """Debits, credits and balance by account, or by owner, of a fiscal year or of all."""
    reader(request)
    today = timezone.localdate()
    years = fiscal_years(today)
    asked = request.GET.get("year", years[0].code)
    year = next((each for each in years if each.code == asked), None)
    by_aux = request.GET.get("by") == "owner"
    span = (year.start, year.end) if year else (None, None)
    rows = queries.trial_balance(*span, by_aux=by_aux)
    wanted = request.GET.get("export", "")
    if wanted in sheets.FORMATS:
        title = f"{_('Trial balance')} {year or ''}".strip()
        columns = BALANCE if by_aux else [column for column in BALANCE if column.get != "aux_label"]
        return sheets.export(wanted, columns, rows, title=title, name="balance", language=get_language() or "fr")
    debit, credit = queries.balance_totals(rows)
    context = {"rows": rows, "years": years, "year": year, "by_aux": by_aux, "debit": debit, "credit": credit, "here": "balance"}
    return render(request, "office/books/balance.html", context)


@staff
@require_safe
def chart(request: HttpRequest) -> HttpResponse:
    reader(request)
    rows = [(account, ROLES[account.role][0] if account.role in ROLES else account.role) for account in queries.chart()]
    context = {"rows": rows, "may_edit": can(request.user, "accounting.close"), "here": "chart"}
    return render(request, "office/books/chart.html", context)


@staff
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest, pk: int) -> HttpResponse:
    require(request.user, "accounting.close")
    found = get_object_or_404(Account, pk=pk)
    form = AccountForm(request.POST or None, initial={"number": found.number, "label": found.label})
    if form.is_valid():
        try:
            edit_account(found, **form.cleaned_data, by=request.user, at=timezone.now())  # type: ignore[arg-type]
            messages.success(request, _("Saved."))
            return redirect("office-chart")
        except NotAnAccount as error:
            form.add_error("number", str(error))
    context = {"account": found, "role": ROLES[found.role][0] if found.role in ROLES else found.role, "form": form}
    return render(request, "office/books/account.html", context, status=422 if form.is_bound else 200)


@staff
@require_safe
def months(request: HttpRequest) -> HttpResponse:
    """The months of a fiscal year, which are closed, and the file of the year."""
    reader(request)
    today = timezone.localdate()
    years = fiscal_years(today)
    year = next((each for each in years if each.code == request.GET.get("year")), years[0])
    try:
        name = fec.file_name(year)
        missing = ""
    except fec.NoSiren as error:
        name, missing = "", str(error)
    context = {
        "years": years,
        "year": year,
        "rows": queries.months(year, today),
        "file_name": name,
        "missing": missing,
        "may_close": can(request.user, "accounting.close"),
        "may_export": can(request.user, "accounting.export"),
        "here": "months",
    }
    return render(request, "office/books/months.html", context)


@staff
@require_http_methods(["GET", "POST"])
def closing(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """Asks first: what closing means, and what is in that month."""
    require(request.user, "accounting.close")
    if not (FIRST <= year <= LAST and 1 <= month <= 12):
        raise Http404
    first, refused = date(year, month, 1), ""
    if request.method == "POST":
        try:
            close_month(first, by=request.user, at=timezone.now(), today=timezone.localdate())  # type: ignore[arg-type]
            messages.success(request, _("%(month)s is closed.") % {"month": f"{first:%m/%Y}"})
            return redirect("office-months")
        except MonthNotOver as error:
            refused = str(error)
    within = Entry.objects.filter(date__gte=first, date__lt=next_month(first)).count()
    due = next_first(timezone.localdate())
    context = {
        "first": first,
        "within": within,
        "is_closed": is_closed(first),
        "refused": refused,
        "margin": due if due is not None and due <= first else None,
    }
    return render(request, "office/books/closing.html", context, status=422 if refused else 200)


@staff
@require_safe
def fec_file(request: HttpRequest, year: int) -> HttpResponse:
    require(request.user, "accounting.export")
    found = _year(year)
    try:
        name = fec.file_name(found)
    except fec.NoSiren as error:
        messages.error(request, str(error))
        return redirect("office-months")
    response = HttpResponse(fec.export(found), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@staff
@require_safe
def fec_fields(request: HttpRequest, year: int) -> HttpResponse:
    """The description of the fields that goes with the file."""
    require(request.user, "accounting.export")
    response = HttpResponse(fec.description(_year(year)), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="FEC-{year}-description.txt"'
    return response


def _year(year: int) -> FiscalYear:
    if not FIRST <= year <= LAST:
        raise Http404
    return year_closing_in(year)


@staff
@require_http_methods(["GET", "POST"])
def audit(request: HttpRequest) -> HttpResponse:
    """Ask for an audit, and find the last ones."""
    require(request.user, "accounting.audit")
    if request.method == "POST":
        job = ask_for_audit(key=key_of(request.POST.get("key")), by=request.user)  # type: ignore[arg-type]
        return redirect("office-audit-report", job.pk)
    context = {"jobs": _audits()[:20], "key": uuid.uuid4().hex, "here": "audit"}
    return render(request, "office/books/audit.html", context)


@staff
@require_safe
def audit_report(request: HttpRequest, pk: int) -> HttpResponse:
    require(request.user, "accounting.audit")
    job = get_object_or_404(_audits(), pk=pk)
    return render(request, "office/books/audit_report.html", {"job": job, "here": "audit"})


def _audits() -> QuerySet[Job]:
    return Job.objects.filter(task=name_of(run_audit)).order_by("-pk")
