"""Payouts of a congress: what is owed, what is payable now, and what was made of it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pleniere.accounts.rights import can
from pleniere.allotment.models import BlockDue
from pleniere.catalogue.models import Supplier
from pleniere.common import sheets
from pleniere.common.money import total
from pleniere.congress.models import Congress
from pleniere.payout.actions import CannotPay, Prepared, approve, pay_deposit, prepare_payouts, prepare_tax
from pleniere.payout.models import Payout, TransferFile
from pleniere.payout.owed import snapshot
from pleniere.payout.queries import (
    ChargeRow,
    Selection,
    SupplierRow,
    accounts_of,
    charge_rows,
    deposits_of,
    select,
    supplier_rows,
    tax_rows,
    why_not,
)
from pleniere.web.forms import key_of
from pleniere.web.tables import Column, Listing
from pleniere.web.typed import pks_of

from ..door import StaffRequest, acting, of_congress
from .forms import MadeFilter, PrepareForm, SelectionForm, TaxForm
from .shared import href, state_pill, to_payout, who


@of_congress
@require_http_methods(["GET", "POST"])
def selection(request: HttpRequest, congress: Congress) -> HttpResponse:
    """The selection, two figures side by side, what stands in the way; and the drafts."""
    chosen_form = SelectionForm(congress, request.GET or None)
    chosen = chosen_form.selection()
    rows = _with_problems(supplier_rows(chosen))
    if request.GET.get("export") in sheets.FORMATS:
        return _export(request, congress, rows)
    form = PrepareForm(rows, request.POST or None)
    if request.method == "POST" and form.is_valid():
        facts = {"suppliers": form.chosen, "most": form.most, "codes": form.codes, "kind": form.cleaned_data["mode"]}
        facts["key"] = form.cleaned_data["key"]
        made = prepare_payouts(chosen, by=who(request), at=timezone.now(), **facts)
        _tell(request, made)
        return redirect("office-payouts-made" if made.payouts else "office-payouts", congress.code)
    context = {
        "congress": congress,
        "chosen_form": chosen_form,
        "form": form,
        "rows": [(row, *_fields(form, row)) for row in rows],
        "blocked": [(row, _cure(row)) for row in rows if row.problem and row.payable],
        "sums": _sums(rows),
        "ready": [row for row in rows if row.payable and not row.problem],
        "ready_sum": total(row.payable for row in rows if not row.problem),
        "may_prepare": can(request.user, "payout.prepare", congress),
        "waiting": Payout.objects.filter(congress=congress, state__in=["DRAFT", "APPROVED", "SENT"]).count(),
        "query": request.GET.urlencode(),
    }
    return render(request, "office/payouts/selection.html", context, status=422 if form.is_bound else 200)


def _with_problems(rows: list[SupplierRow]) -> list[SupplierRow]:
    accounts = accounts_of(row.supplier.pk for row in rows)
    for row in rows:
        row.problem = why_not(accounts[row.supplier.pk])
        row.waiting = next((each for each in accounts[row.supplier.pk] if each.approved_at is None), None)
    return rows


def _fields(form: PrepareForm, row: SupplierRow) -> list[Any]:
    return [form[f"{name}-{row.supplier.pk}"] if row.positive else None for name in ("pay", "amount", "code")]


def _cure(row: SupplierRow) -> dict[str, str]:
    """What stands in the way of a transfer to this supplier, and what mends it."""
    where = href("office-supplier-bank", row.supplier.pk) or href("office-supplier", row.supplier.pk)
    account = row.waiting
    words = {
        "MISSING": (
            _("no bank account"),
            _("Its IBAN is entered with a proof, then approved by a second person; or pay by cheque."),
            _("Enter it"),
        ),
        "WAITING": (
            _("the new IBAN waits for approval"),
            _("Entered by %(who)s. A second person must approve it, with the proof.") % {"who": account.proposed_by or "–"}
            if account
            else "",
            _("See it"),
        ),
        "HOLDER": (
            _("no legal holder of the account"),
            _("The bank compares the name with the IBAN; the trade name alone would be refused."),
            _("Complete"),
        ),
    }
    what, why, action = words[row.problem]
    return {"what": what, "why": why, "action": action, "href": where}


def _sums(rows: list[SupplierRow]) -> dict[str, Any]:
    names = ("paid", "bought", "commission", "owed", "payable")
    return {name: total(getattr(row, name) for row in rows) for name in names}


def _tell(request: HttpRequest, made: Prepared) -> None:
    if made.payouts:
        amount = total(payout.amount for payout in made.payouts)
        words = ngettext("%(n)d payout drafted, %(sum)s.", "%(n)d payouts drafted, %(sum)s.", len(made.payouts))
        messages.success(request, words % {"n": len(made.payouts), "sum": sheets.as_text(amount, sheets.MONEY)})
    for blocked in made.blocked:
        messages.warning(request, str(blocked))
    if not made.payouts and not made.blocked:
        messages.info(request, _("Nothing is payable any more: somebody else has just prepared it."))


COLUMNS = (
    sheets.Column(gettext_lazy("Code"), "supplier.code"),
    sheets.Column(gettext_lazy("Supplier"), "supplier.name"),
    sheets.Column(gettext_lazy("Type"), "supplier.get_kind_display"),
    sheets.Column(gettext_lazy("Amount paid"), "paid", sheets.MONEY, total=True),
    sheets.Column(gettext_lazy("Bought"), "bought", sheets.MONEY, total=True),
    sheets.Column(gettext_lazy("Commission"), "commission", sheets.MONEY, total=True),
    sheets.Column(gettext_lazy("Left to pay"), "owed", sheets.MONEY, total=True),
    sheets.Column(gettext_lazy("Payable now"), "payable", sheets.MONEY, total=True),
    sheets.Column(gettext_lazy("Operator code"), "operator_code"),
)


def _export(request: HttpRequest, congress: Congress, rows: list[SupplierRow]) -> HttpResponse:
    title = _("Payouts, %(congress)s") % {"congress": congress}
    language = getattr(request, "LANGUAGE_CODE", "fr")
    return sheets.export(request.GET["export"], COLUMNS, rows, title=title, name=f"{congress.code}-payouts", language=language)


CHARGES = (
    sheets.Column(gettext_lazy("Booking"), "charge.line.booking.number"),
    sheets.Column(gettext_lazy("Client"), lambda row: str(row.charge.line.booking.client or "")),
    sheets.Column(gettext_lazy("Service"), lambda row: str(row.charge.line.offer)),
    sheets.Column(gettext_lazy("From"), "charge.start", sheets.DATE),
    sheets.Column(
        gettext_lazy("Bought"), lambda row: row.standing.bought if row.standing.is_live else 0, sheets.MONEY, total=True
    ),
    sheets.Column(
        gettext_lazy("Commission"), lambda row: row.standing.commission if row.standing.is_live else 0, sheets.MONEY, total=True
    ),
    sheets.Column(gettext_lazy("Amount paid"), lambda row: row.standing.paid - row.standing.paid_back, sheets.MONEY, total=True),
    sheets.Column(gettext_lazy("Left to pay"), "standing.owed", sheets.MONEY, total=True),
    sheets.Column(gettext_lazy("Payable now"), "standing.payable", sheets.MONEY, total=True),
)


@of_congress
@require_safe
def supplier(request: HttpRequest, congress: Congress, pk: int) -> HttpResponse:
    """The charges behind a supplier's figures, booking by booking."""
    supplier = get_object_or_404(Supplier.objects.visible_to(request.user).exclude(kind=Supplier.Kind.HOUSE), pk=pk)
    base = SelectionForm(congress, request.GET or None).selection()
    chosen = Selection(**{**base.__dict__, "supplier": supplier.pk, "supplier_kind": ""})
    standings = [each for each in select(snapshot(congress), chosen) if not each.is_tax]
    rows = charge_rows(standings)
    title = _("%(supplier)s: what is owed") % {"supplier": supplier}
    if request.GET.get("export") in sheets.FORMATS:
        name = f"{congress.code}-{supplier.code}"
        return sheets.export(
            request.GET["export"], CHARGES, rows, title=title, name=name, language=getattr(request, "LANGUAGE_CODE", "fr")
        )
    found = next((row for row in supplier_rows(chosen)), None)
    context = {
        "congress": congress,
        "supplier": supplier,
        "rows": [(row, href("office-booking", row.charge.line.booking.number), _why(row)) for row in rows],
        "row": found,
        "deposits": [(each, uuid4().hex) for each in deposits_of(congress, supplier)],
        "may_prepare": can(request.user, "payout.prepare", congress),
        "payouts": _with_pills(
            congress, Payout.objects.filter(congress=congress, supplier=supplier).select_related("supplier")[:50]
        ),
        "sheet": href("office-supplier", supplier.pk),
        "query": request.GET.urlencode(),
    }
    return render(request, "office/payouts/supplier.html", context)


@of_congress
@require_POST
def deposit(request: StaffRequest, congress: Congress, pk: int, due: int) -> HttpResponse:
    """A draft of payout for a deposit agreed with a hotel."""
    agreed = BlockDue.objects.filter(block__congress=congress, block__supplier=pk).select_related("block__supplier")
    try:
        made = pay_deposit(get_object_or_404(agreed, pk=due), key=key_of(request.POST.get("key")), **acting(request))
    except CannotPay as error:
        messages.error(request, str(error))
        return redirect("office-payout-supplier", congress.code, pk)
    return redirect("office-payout", congress.code, made.pk)


def _why(row: ChargeRow) -> str:
    """Why what is owed on a charge is not payable now, or owed to us."""
    each = row.standing
    if not each.is_live and each.owed < 0:
        return _("cancelled after it was paid: taken off the next payout")
    if each.owed < 0:
        return _("owed to us: taken off the next payout")
    if each.owed == each.payable:
        return ""
    return _("waits for the client’s money") if each.is_firm else _("not firm yet")


def _with_pills(congress: Congress, payouts: Any) -> list[tuple[Payout, Any, str]]:
    return [(payout, state_pill(payout), to_payout(congress, payout)) for payout in payouts]


@of_congress
@require_http_methods(["GET", "POST"])
def tax(request: HttpRequest, congress: Congress) -> HttpResponse:
    """The tourist tax collected, by hotel, and its handing on."""
    rows = tax_rows(Selection(congress))
    form = TaxForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        to = Supplier.objects.filter(pk=form.cleaned_data["to"] or 0).first()
        _tell(
            request, prepare_tax(Selection(congress), to=to, kind=form.cleaned_data["mode"], by=who(request), at=timezone.now())
        )
        return redirect("office-payouts-made", congress.code)
    context = {"congress": congress, "rows": rows, "form": form, "payable": total(row.positive for row in rows)}
    return render(request, "office/payouts/tax.html", context, status=422 if form.is_bound else 200)


@of_congress
@require_http_methods(["GET", "POST"])
def made(request: HttpRequest, congress: Congress) -> HttpResponse:
    """Every payout of the congress; the drafts are approved here, together or one by one."""
    if request.method == "POST":
        _approve(request, congress)
        return redirect("office-payouts-made", congress.code)
    rows = Payout.objects.visible_to(request.user).filter(congress=congress)
    rows = rows.select_related("supplier", "payer__client", "file")
    columns = (
        Column(
            gettext_lazy("Reference"), "end_to_end", sort="end_to_end", is_name=True, href=lambda row: to_payout(congress, row)
        ),
        Column(gettext_lazy("To"), "payee"),
        Column(gettext_lazy("Amount"), "amount", sheets.MONEY, sort="amount"),
        Column(gettext_lazy("Paid by"), "get_kind_display", sort="kind"),
        Column(gettext_lazy("State"), "get_state_display", sort="state", shown=state_pill),
        Column(gettext_lazy("Made"), "made_at", sheets.MOMENT, sort="made_at"),
        Column(gettext_lazy("File"), lambda row: str(row.file or ""), href=lambda row: _file_href(congress, row)),
        Column(gettext_lazy("Executed on"), "executed_on", sheets.DATE, sort="executed_on"),
        Column(gettext_lazy("Operator code"), "operator_code"),
    )
    facts: dict[str, Any] = {"title": _("Payouts made"), "name": f"{congress.code}-payouts-made", "filters": MadeFilter}
    listing = Listing(request, rows, columns, sort="-made_at", search="search", currency=congress.currency, **facts)
    export = listing.export()
    if export:
        return export
    drafts, approved = (rows.filter(state=state) for state in ("DRAFT", "APPROVED"))
    transfers = [payout for payout in approved if payout.kind == Payout.Kind.TRANSFER]
    context = {
        "congress": congress,
        "listing": listing,
        "drafts": list(drafts),
        "drafts_sum": total(payout.amount for payout in drafts),
        "transfers": transfers,
        "transfers_sum": total(payout.amount for payout in transfers),
        "cheques": [(payout, to_payout(congress, payout)) for payout in approved if payout.kind == Payout.Kind.CHEQUE],
        "sent": TransferFile.objects.filter(congress=congress, payouts__state__in=["FILED", "SENT"]).distinct(),
        "may_approve": can(request.user, "payout.approve", congress),
        "may_send": can(request.user, "payout.send", congress),
    }
    return render(request, "office/payouts/made.html", context)


def _file_href(congress: Congress, payout: Payout) -> str:
    return reverse("office-payout-file", args=[congress.code, payout.file_id]) if payout.file_id else ""


def _approve(request: HttpRequest, congress: Congress) -> None:
    """The drafts ticked, one by one: one that is held back does not stop the others."""
    pks = pks_of(request.POST.getlist("payout"))
    done = 0
    if not pks:
        messages.error(request, _("No draft was chosen."))
    for payout in Payout.objects.visible_to(request.user).filter(congress=congress, state="DRAFT", pk__in=pks).order_by("pk"):
        try:
            done += approve(payout, by=who(request), at=timezone.now())
        except CannotPay as error:
            messages.warning(request, str(error))
    if done:
        messages.success(request, ngettext("%(n)d payout approved.", "%(n)d payouts approved.", done) % {"n": done})
