"""Documents: the list, what waits to be billed or credited, one document, and what undoes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from pleniere.accounts.actions import make_client
from pleniere.accounts.rights import can
from pleniere.booking.models import Booking, Charge
from pleniere.catalogue.models import Supplier
from pleniere.common import sheets
from pleniere.congress.models import Congress
from pleniere.invoicing import queries
from pleniere.invoicing.actions import (
    AlreadyInvoiced,
    NoHouse,
    NotACommission,
    NothingToCredit,
    credit,
    credit_struck,
    issue_commission_invoice,
    issue_deposit_invoice,
    issue_invoices,
    open_lines,
    override_commission,
    readdress,
)
from pleniere.invoicing.models import Invoice
from pleniere.invoicing.papers import file_name, invoice_pdf, paper_of
from pleniere.ledger.actions import MonthClosed
from pleniere.web.tables import Column, Listing
from pleniere.web.templatetags.ui import state
from pleniere.web.typed import pk_of, pks_of

from ..bookings.frame import frame, of_booking
from ..door import staff
from .forms import AddresseeForm, CommissionForm, CreditForm, InvoiceFilters

QUEUE = 200  # bookings shown, hence billed, at a time
REFUSALS = (MonthClosed, NoHouse, NothingToCredit, AlreadyInvoiced, NotACommission)

COLUMNS = (
    Column(gettext_lazy("Number"), "reference", is_name=True, href=lambda row: reverse("office-invoice", args=[row.pk])),
    Column(gettext_lazy("Kind of document"), "get_kind_display", sort="kind"),
    Column(gettext_lazy("Date"), "date", sheets.DATE, sort="date"),
    Column(gettext_lazy("Made out to"), lambda row: row.buyer_as["name"]),
    Column(gettext_lazy("Booking"), lambda row: row.buyer_as.get("booking", "")),
    Column(gettext_lazy("Congress"), "congress.code", sort="congress__code"),
    Column(gettext_lazy("Selling mode"), "get_mode_display", sort="mode"),
    Column(gettext_lazy("Total, VAT incl."), lambda row: row.effect * row.total, sheets.MONEY, sort="total", total=True),
    Column(gettext_lazy("Left to pay"), lambda row: row.left, sheets.MONEY, total=True),
    Column(gettext_lazy("Due"), "due_on", sheets.DATE, sort="due_on"),
    Column(gettext_lazy("State"), lambda row: row.standing[1], shown=lambda row: row.standing[0] and state(*row.standing)),
)


def _now(request: HttpRequest) -> dict[str, Any]:
    """Who and when, as every action asks."""
    return {"by": request.user, "at": timezone.now()}


def visible(request: HttpRequest) -> Any:
    return Invoice.objects.visible_to(request.user).select_related("series", "congress", "payer__client", "supplier")


def attach(rows: list[Invoice]) -> None:
    """What is left of each, and its state: two queries for a page."""
    paid = queries.paid_of_payers({row.payer_id for row in rows if row.payer_id})
    today = timezone.localdate()
    for row in rows:
        found = paid.get(row.pk)
        row.left = found.left if found else None  # type: ignore[attr-defined]
        row.standing = ("", "")  # type: ignore[attr-defined]
        if found:
            code = "PAID" if not found.left else "LATE" if row.due_on < today else "PART" if found.left < row.total else "DUE"
            words = {"PAID": _("Paid"), "LATE": _("Late"), "PART": _("Partly paid"), "DUE": _("To pay")}
            row.standing = (code, words[code])  # type: ignore[attr-defined]


@staff
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    listing = Listing(
        request,
        visible(request),
        COLUMNS,
        title=_("Invoices"),
        name="invoices",
        sort="-chain_number",
        filters=InvoiceFilters,
        attach=attach,
    )
    return listing.export() or render(request, "office/invoices/index.html", {"listing": listing, "here": "index"})


@staff
@require_http_methods(["GET", "POST"])
def queue(request: HttpRequest) -> HttpResponse:
    """Bookings with something to bill or to credit; those chosen are done one by one, and each that cannot be says why."""
    congresses = Congress.objects.staffed_by(request.user)
    refused: list[str] = []
    if request.method == "POST":
        chosen = Booking.objects.visible_to(request.user).filter(pk__in=pks_of(request.POST.getlist("booking")))
        made = sum(_settle(booking, request, refused) for booking in chosen.select_related("congress").order_by("pk")[:500])
        if not refused:
            messages.success(request, ngettext("%(n)d document made.", "%(n)d documents made.", made) % {"n": made})
            return redirect("office-invoices-queue")
    rows = queries.billing_queue(congresses, limit=QUEUE + 1)
    context = {"rows": rows[:QUEUE], "has_more": len(rows) > QUEUE, "refused": refused, "here": "queue"}
    return render(request, "office/invoices/queue.html", context, status=422 if refused else 200)


def _settle(booking: Booking, request: HttpRequest, refused: list[str]) -> int:
    """Credit what was struck, then bill what is new: how many documents and confirmations came of it."""
    made = 0
    try:
        if can(request.user, "invoicing.credit", booking):
            undone = credit_struck(booking, **_now(request))
            made += len(undone.invoices) + len(undone.confirmations)
        billed = issue_invoices(booking, **_now(request))
        made += len(billed.invoices) + len(billed.confirmations)
    except REFUSALS as error:
        refused.append(f"{booking} : {error}")
    return made


@staff
@require_http_methods(["GET", "POST"])
def commissions(request: HttpRequest) -> HttpResponse:
    """What each supplier is to be invoiced, by congress."""
    congresses = Congress.objects.staffed_by(request.user)
    refused: list[str] = []
    if request.method == "POST":
        made = 0
        for found, congress in [_due(value, congresses) for value in request.POST.getlist("due")[:500]]:
            try:
                made += len(issue_commission_invoice(found, congress, **_now(request)))
            except REFUSALS as error:
                refused.append(f"{found} : {error}")
        if not refused:
            messages.success(request, ngettext("%(n)d document made.", "%(n)d documents made.", made) % {"n": made})
            return redirect("office-commissions")
    charges = (
        queries.commissions_to_bill().filter(congress__in=congresses).select_related("supplier", "line__booking", "congress")
    )
    context = {
        "rows": queries.commission_queue(congresses),
        "charges": charges.order_by("supplier__name", "line__start", "pk")[:200],
        "may_override": can(request.user, "invoicing.commission"),
        "refused": refused,
        "here": "commissions",
    }
    return render(request, "office/invoices/commissions.html", context, status=422 if refused else 200)


def _due(value: str, congresses: QuerySet[Congress]) -> tuple[Supplier, Congress]:
    """What a box of the page says; all are read before the first document is made."""
    supplier, _at, code = value.partition("@")
    return get_object_or_404(Supplier, pk=pk_of(supplier)), get_object_or_404(congresses, code=code.replace("\x00", ""))


@staff
@require_http_methods(["GET", "POST"])
def commission(request: HttpRequest, pk: int) -> HttpResponse:
    """Another commission on one charge, until it is invoiced."""
    congresses = Congress.objects.staffed_by(request.user)
    charges = Charge.objects.filter(congress__in=congresses).select_related(
        "line__booking__client", "line__offer", "supplier", "congress"
    )
    charge = get_object_or_404(charges, pk=pk)
    form = CommissionForm(request.POST or None, initial={"amount": charge.commission})
    if form.is_valid():
        amount, reason = form.cleaned_data["amount"], form.cleaned_data["reason"]
        if _done(lambda: override_commission(charge, amount, reason=reason, **_now(request)), form):
            messages.success(request, _("Saved."))
            return redirect("office-commissions")
    context = {"charge": charge, "form": form, "congress": charge.congress}
    return render(request, "office/invoices/commission.html", context, status=422 if form.is_bound else 200)


@of_booking
@require_http_methods(["GET", "POST"])
def booking(request: HttpRequest, found: Booking) -> HttpResponse:
    """The documents of one booking, and what can be made of it now."""
    refused: list[str] = []
    if request.method == "POST":
        if request.POST.get("act") == "deposit":
            payer = get_object_or_404(found.payers, pk=pk_of(request.POST.get("payer")))
            made = len(_deposits(payer, request, refused))
        else:
            made = _settle(found, request, refused)
        if not refused:
            messages.success(request, ngettext("%(n)d document made.", "%(n)d documents made.", made) % {"n": made})
            return redirect("office-booking-documents", found.number)
    documents = list(queries.invoices_of(found))
    attach(documents)
    context = {
        **frame(found, "office-booking-documents"),
        "documents": documents,
        "to_bill": queries.to_bill().filter(line__booking=found).select_related("supplier", "payer__client", "line__offer"),
        "to_credit": queries.to_credit().filter(line__booking=found).select_related("supplier", "payer__client", "line__offer"),
        "deposits": [(payer, _deposit_of(payer)) for payer in found.payers.select_related("client")],
        "refused": refused,
        "may_credit": can(request.user, "invoicing.credit", found),
    }
    return render(request, "office/invoices/booking.html", context, status=422 if refused else 200)


def _deposit_of(payer: Any) -> Any:
    return sum(sum(queries.deposit_due(payer, mode).values()) for mode in ("OWN", "MARGIN"))


def _deposits(payer: Any, request: HttpRequest, refused: list[str]) -> list[Invoice]:
    try:
        return issue_deposit_invoice(payer, **_now(request))
    except REFUSALS as error:
        refused.append(str(error))
        return []


@staff
@require_safe
def invoice(request: HttpRequest, pk: int) -> HttpResponse:
    """One document as it reads on paper, what became of it, and what can be done with it."""
    found = get_object_or_404(visible(request).select_related("credit_of__series", "payer__booking"), pk=pk)
    attach([found])
    with translation.override(found.language):
        paper = paper_of(found)
    context = {
        "invoice": found,
        "paper": paper,
        "congress": found.congress,
        "credits": found.credits.select_related("series").order_by("chain_number"),
        "open_lines": _open_lines(found),
        "may_credit": can(request.user, "invoicing.credit", found),
        "may_see_books": can(request.user, "accounting.see"),
    }
    return render(request, "office/invoices/invoice.html", context)


@staff
@require_safe
def document(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(visible(request).select_related("credit_of__series"), pk=pk)
    response = HttpResponse(invoice_pdf(found), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{file_name(found)}"'
    return response


@staff
@require_http_methods(["GET", "POST"])
def credits(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks first: which lines, why; then the credit note is made."""
    found = get_object_or_404(visible(request), pk=pk)
    lines = _open_lines(found)
    form = CreditForm(request.POST or None, lines=lines)
    if form.is_valid():
        chosen = set(form.cleaned_data["charges"])
        whole = chosen == {value for value, _label in lines}
        charges = None if whole else list(Charge.objects.filter(pk__in=chosen - {"deposit"}))
        note: list[Invoice] = []
        reason = form.cleaned_data["reason"]
        if _done(lambda: note.append(credit(found, charges=charges, reason=reason, **_now(request))), form):
            messages.success(request, _("Credit note %(number)s is made.") % {"number": note[0].reference})
            return redirect("office-invoice", note[0].pk)
    context = {"invoice": found, "form": form, "congress": found.congress, "lines": lines}
    return render(request, "office/invoices/credit.html", context, status=422 if form.is_bound else 200)


@staff
@require_http_methods(["GET", "POST"])
def addressee(request: HttpRequest, pk: int) -> HttpResponse:
    """The wrong addressee: a credit note, and a new invoice to the client typed here."""
    found = get_object_or_404(visible(request).filter(payer__isnull=False, kind=Invoice.Kind.INVOICE), pk=pk)
    client = found.payer.client
    initial = {name: getattr(client, name) for name in AddresseeForm.base_fields if name != "reason"}
    form = AddresseeForm(request.POST or None, initial=initial)
    if form.is_valid():
        made: list[Invoice] = []

        def act() -> None:
            other = make_client(**form.client, language=client.language, **_now(request))
            made.append(readdress(found, client=other, reason=form.cleaned_data["reason"], **_now(request)))

        if _done(act, form):
            messages.success(request, _("Invoice %(number)s is made.") % {"number": made[0].reference})
            return redirect("office-invoice", made[0].pk)
    context = {"invoice": found, "form": form, "congress": found.congress}
    return render(request, "office/invoices/addressee.html", context, status=422 if form.is_bound else 200)


def _open_lines(found: Invoice) -> list[tuple[str, str]]:
    """Lines not credited yet, as choices."""
    return [
        (str(line.charge_id or "deposit"), f"{line.label}, {sheets.as_text(line.total, sheets.MONEY)}")
        for line in open_lines(found)
    ]


def _done(act: Callable[[], object], form: Any) -> bool:
    """Do it all or not at all; a refusal becomes the form's error."""
    try:
        with transaction.atomic():
            act()
    except REFUSALS as error:
        form.add_error(None, str(error))
    except ValidationError as error:
        for name, words in getattr(error, "message_dict", {"__all__": error.messages}).items():
            form.add_error(name if name in form.fields else None, words)
    else:
        return True
    return False
