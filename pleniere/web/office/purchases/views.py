"""What no delegate asked for and is paid all the same, and what is left of the congress when all is paid."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from pleniere.accounting.purchases import CannotEnter, enter_invoice, take_out_invoice
from pleniere.accounts.rights import can
from pleniere.booking.models import Line
from pleniere.common.money import total
from pleniere.congress.models import Congress
from pleniere.ledger.actions import MonthClosed
from pleniere.payout.actions import CannotPay, pay_advance
from pleniere.payout.models import Purchase
from pleniere.payout.purchases import CannotBuy, Order, buy, cancel, count, live_charges, margin_of, purchases_of, sum_of

from ..door import StaffRequest, acting, of_congress
from .forms import CountForm, DepositForm, InvoiceForm, PurchaseForm

ORDER = ("kind", "label", "day", "last", "persons", "per", "unit", "vat", "final_on", "note")


@of_congress
@require_http_methods(["GET", "POST"])
def index(request: StaffRequest, congress: Congress) -> HttpResponse:
    """The purchases, one more, and the margin supplier by supplier. A bureau's own figures: no organiser, no hotel reads them."""
    form = PurchaseForm(request.POST or None, initial={"day": congress.starts})
    if form.is_valid():
        said = form.cleaned_data
        order = Order(**{name: said[name] for name in ORDER})
        try:
            buy(congress, said["supplier"], order, key=said["key"], **acting(request))
            messages.success(request, _("Guaranteed: it is owed whoever comes."))
            return redirect("office-purchases", congress.code)
        except CannotBuy as error:
            form.add_error(None, str(error))
    return _page(request, congress, form=form)


@of_congress
@require_POST
def deposits(request: StaffRequest, congress: Congress) -> HttpResponse:
    """A draft of payout to the hotel, before any receipt."""
    form = DepositForm(request.POST, congress=congress)
    if form.is_valid():
        said = form.cleaned_data
        try:
            made = pay_advance(said["block"], said["amount"], kind=said["kind"], key=said["key"], **acting(request))
            return redirect("office-payout", congress.code, made.pk)
        except CannotPay as error:
            form.add_error(None, str(error))
    return _page(request, congress, deposit=form)


@of_congress
@require_http_methods(["GET", "POST"])
def purchase(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    """One purchase: its number, its invoice, its end."""
    row = get_object_or_404(purchases_of(congress), pk=pk)
    act = request.POST.get("act", "")
    counting = CountForm(request.POST if act == "count" else None, initial={"persons": row.persons})
    entering = InvoiceForm(request.POST if act == "enter" else None, initial={"on": row.invoice_on})
    form = {"count": counting, "enter": entering}.get(act, counting)
    try:
        if act in ("cancel", "out") or form.is_valid():
            _act(request, row, act, form)
            return redirect("office-purchase", congress.code, pk)
    except (CannotBuy, CannotEnter, MonthClosed) as error:
        if form.is_bound:
            form.add_error(None, str(error))
        else:
            messages.error(request, str(error))
            return redirect("office-purchase", congress.code, pk)
    facts: dict[str, Any] = {"congress": congress, "row": row, "counting": counting, "entering": entering}
    facts |= {"cost": total(charge.bought for charge in live_charges(row)), "gone": row.line.state == Line.State.CANCELLED}
    facts |= {"can_buy": can(request.user, "payout.buy", congress), "can_enter": can(request.user, "payout.enter", congress)}
    _may(request, congress)
    return render(request, "office/purchases/purchase.html", facts, status=422 if request.method == "POST" else 200)


def _act(request: StaffRequest, row: Purchase, act: str, form: Any) -> None:
    if act == "count":
        count(row, form.cleaned_data["persons"], **acting(request))
    elif act == "enter":
        enter_invoice(row, **form.cleaned_data, **acting(request))
    elif act == "out":
        take_out_invoice(row, why=request.POST.get("why", "")[:200].replace("\x00", ""), **acting(request))
    else:
        cancel(row, **acting(request))


def _may(request: StaffRequest, congress: Congress) -> None:
    if not can(request.user, "booking.see_money", congress):
        raise PermissionDenied


def _page(request: StaffRequest, congress: Congress, **forms: Any) -> HttpResponse:
    _may(request, congress)
    rows = list(purchases_of(congress))
    for row in rows:
        row.cost = total(charge.bought for charge in live_charges(row))  # type: ignore[attr-defined]
        row.gone = row.line.state == Line.State.CANCELLED  # type: ignore[attr-defined]
    margins = margin_of(congress)
    facts: dict[str, Any] = {
        "congress": congress,
        "rows": rows,
        "cost": total(row.cost for row in rows),  # type: ignore[attr-defined]
        "margins": margins,
        "sum": sum_of(margins),
        "form": PurchaseForm(initial={"day": congress.starts}),
        "deposit": DepositForm(congress=congress),
        "can_buy": can(request.user, "payout.buy", congress),
        "can_pay": can(request.user, "payout.prepare", congress),
    }
    refused = any(form.is_bound for form in forms.values())
    return render(request, "office/purchases/index.html", facts | forms, status=422 if refused else 200)
