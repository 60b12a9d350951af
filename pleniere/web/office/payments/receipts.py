"""Receipts: the list, one of them, a new one, and its undoing."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from pleniere.accounts.models import subject_of
from pleniere.booking.models import Booking, Payer
from pleniere.common import sheets
from pleniere.common.shown import money
from pleniere.ledger.actions import MonthClosed
from pleniere.ledger.models import Entry
from pleniere.payment import actions, queries
from pleniere.payment.models import Receipt
from pleniere.web.tables import Column, Listing
from pleniere.web.typed import pk_of

from ..door import staff
from .forms import ReceiptForm, UndoForm, receipt_filter
from .frame import page

Kind = Receipt.Kind


def _who(receipt: Receipt) -> str:
    if receipt.payer:
        return str(receipt.payer.client)
    return str(receipt.supplier) if receipt.supplier else _("of nobody yet")


COLUMNS = (
    Column(
        gettext_lazy("No."),
        "number",
        sort="number",
        is_name=True,
        href=lambda r: reverse("office-payment", args=[r.pk]),
    ),
    Column(gettext_lazy("Value date"), "on", sheets.DATE, sort="on"),
    Column(gettext_lazy("Means"), "get_kind_display", sort="kind"),
    Column(gettext_lazy("Payer"), _who),
    Column(gettext_lazy("Booking"), "payer.booking.number"),
    Column(gettext_lazy("Drawer or sender"), "drawer", sort="drawer"),
    Column(gettext_lazy("Cheque number"), "cheque_number", on_screen=False),
    Column(gettext_lazy("Reference"), "payer.reference", on_screen=False),
    Column(gettext_lazy("Congress"), "congress.code", sort="congress__code"),
    Column(gettext_lazy("Amount"), "amount", sheets.MONEY, sort="amount", total=True),
)


@staff
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    rows = Receipt.objects.visible_to(request.user).select_related(
        "payer__client", "payer__booking", "supplier", "congress", "reversal"
    )
    listing = Listing(
        request,
        rows,
        COLUMNS,
        title=_("Receipts"),
        name="receipts",
        sort="-number",
        filters=receipt_filter(request.user),
        struck=lambda row: bool(row.reverses_id or hasattr(row, "reversal")),
    )
    return listing.export() or render(request, "office/payments/index.html", page(request, "office-payments", listing=listing))


@staff
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Write down what came: for a payer found by reference, number or name, else in suspense."""
    asked = request.GET if request.method == "GET" else request.POST
    who, chosen = asked.get("who", ""), _payer(request, asked.get("payer", ""))
    found = [(chosen, queries.sums_of(chosen))] if chosen and request.method == "GET" else _found(request, who)
    choices = found if len(found) > 1 or chosen else None
    form = ReceiptForm(request.POST or None, today=timezone.localdate(), choices=choices, initial=_initial(found))
    if form.is_valid():
        payer = chosen or (found[0][0] if len(found) == 1 else None)
        if who.strip() and payer is None:
            form.add_error("payer" if choices else "who", _("Choose one of these.") if choices else _("Nobody answers to that."))
        else:
            try:
                return _written(request, form, payer)
            except MonthClosed as error:
                form.add_error("on", str(error))
            except actions.NotAnAmount:
                form.add_error("amount", _("This is not an amount that can be received."))
    return render(
        request, "office/payments/new.html", page(request, "", form=form, found=found), status=422 if form.is_bound else 200
    )


def _found(request: HttpRequest, who: str) -> list[Any]:
    return queries.find_payers(request.user, who[:200], most=12) if who.strip() else []


def _payer(request: HttpRequest, pk: str) -> Payer | None:
    """A payer this actor may see, by its number in the address or the form."""
    found = pk_of(pk)
    if not found:
        return None
    payers = Payer.objects.filter(booking__in=Booking.objects.visible_to(request.user).placed())
    return payers.select_related("client", "booking__congress", "method").filter(pk=found).first()


def _initial(found: list[Any]) -> dict[str, Any]:
    """What an announced payment, or what is left, lets us expect."""
    if len(found) != 1:
        return {}
    payer, sums = found[0]
    attempt = payer.attempts.filter(state="OPEN").exclude(kind="CARD").first()
    kind = attempt.kind if attempt and attempt.kind in (Kind.CHEQUE, Kind.TRANSFER) else Kind.TRANSFER
    facts = {"who": payer.reference, "payer": str(payer.pk), "kind": kind, "drawer": str(payer.client)}
    return facts | ({"amount": attempt.amount if attempt else sums.left} if sums.left else {})


def _written(request: HttpRequest, form: ReceiptForm, payer: Payer | None) -> HttpResponse:
    facts = form.cleaned_data
    what: dict[str, Any] = {name: facts[name] for name in ("kind", "amount", "on")} | form.words
    what |= {"key": f"desk:{facts['key']}", "by": request.user, "at": timezone.now()}
    if payer is None:
        receipt = actions.receive_from_nobody(**what)
        messages.success(request, _("%(amount)s wait for a name.") % {"amount": money(receipt.amount)})
        return redirect("office-payments-match", receipt.pk)
    result = actions.receive(payer, **what)
    messages.success(request, outcome(result))
    return redirect("office-payment", result.receipt.pk)


def outcome(result: actions.Received) -> str:
    """What a receipt changed, in one sentence."""
    said = [_("%(amount)s received.") % {"amount": money(result.receipt.amount)}]
    if result.revived:
        said.append(ngettext("%(n)d line came back.", "%(n)d lines came back.", result.revived) % {"n": result.revived})
    if result.firm:
        said.append(ngettext("%(n)d line is firm now.", "%(n)d lines are firm now.", result.firm) % {"n": result.firm})
    if result.spare:
        said.append(_("%(amount)s too much: a refund is proposed.") % {"amount": money(result.spare)})
    return " ".join(said)


@staff
@require_safe
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    receipt = _one(request, pk)
    entries = Entry.objects.filter(about=subject_of(receipt)).prefetch_related("lines").order_by("number")
    facts = {
        "receipt": receipt,
        "who": _who(receipt),
        "entries": entries,
        "matches": receipt.matches.select_related("payer__client", "payer__booking").order_by("number"),
        "is_of_nobody": receipt.payer is None
        and receipt.supplier is None
        and receipt.source is None
        and receipt.reverses is None,
        "undo": undo_word(receipt),
    }
    return render(request, "office/payments/receipt.html", page(request, "", **facts))


def _one(request: HttpRequest, pk: int) -> Receipt:
    related = (
        "payer__client",
        "payer__booking",
        "supplier",
        "congress",
        "reversal",
        "reverses",
        "deposit_slip",
        "attempt",
        "source",
    )
    return get_object_or_404(Receipt.objects.visible_to(request.user).select_related(*related), pk=pk)


def undo_word(receipt: Receipt) -> str:
    """What undoing this receipt is called; nothing when it cannot be undone."""
    if receipt.reverses_id or hasattr(receipt, "reversal") or receipt.kind == Kind.REFUND or receipt.supplier_id:
        return ""
    words = {Kind.CHEQUE: _("The cheque bounced"), Kind.CARD: _("The card was charged back")}
    return words.get(Kind(receipt.kind), _("Undo this receipt"))


@staff
@require_http_methods(["GET", "POST"])
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """A bounced cheque, a card charged back, or a mistake: said why, confirmed, reversed. `?mistake=1` for what was mistyped."""
    receipt = _one(request, pk)
    if not undo_word(receipt):
        raise Http404
    mistake = bool(request.GET.get("mistake")) or receipt.kind not in (Kind.CHEQUE, Kind.CARD)
    form = UndoForm(request.POST or None, today=timezone.localdate())
    if form.is_valid():
        try:
            undone = _undo(receipt, mistake, on=form.cleaned_data["on"], reason=form.cleaned_data["reason"], by=request.user)
            messages.success(request, _("%(amount)s taken back.") % {"amount": money(receipt.amount)})
            return redirect("office-payment", undone.pk)
        except MonthClosed as error:
            form.add_error("on", str(error))
        except actions.CannotUndo:
            form.add_error(
                None, _("Part of this money went back to its sender, or a payout is about to send it: it cannot be undone.")
            )
    facts = {"receipt": receipt, "form": form, "mistake": mistake, "who": _who(receipt)}
    return render(request, "office/payments/undo.html", page(request, "", **facts), status=422 if form.is_bound else 200)


def _undo(receipt: Receipt, mistake: bool, *, on: date, reason: str, by: Any) -> Receipt:
    act = actions.correct_receipt if mistake else actions.charge_back if receipt.kind == Kind.CARD else actions.bounce_cheque
    return act(receipt, on=on, reason=reason, by=by, at=timezone.now())
