"""What goes to the bank, what goes back to payers, and what came back unpaid."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pleniere.booking.models import Booking, Payer
from pleniere.common.money import ZERO, total
from pleniere.common.shown import money
from pleniere.ledger.actions import MonthClosed
from pleniere.payment import actions, queries
from pleniere.payment.models import DepositSlip, Receipt
from pleniere.payment.papers import slip_pdf
from pleniere.web.typed import pk_of

from ..door import staff
from .forms import RefundForm, RemitForm
from .frame import page

CHEQUE, CARD = DepositSlip.Kind.CHEQUE, DepositSlip.Kind.CARD


@staff
@require_http_methods(["GET", "POST"])
def remit(request: HttpRequest) -> HttpResponse:
    """Cheques onto a slip, cards as the bank paid them."""
    today, kind = timezone.localdate(), request.POST.get("kind", "")
    waiting = {each: list(queries.to_remit(request.user, each)) for each in (CHEQUE, CARD)}
    forms = {
        each: RemitForm(
            request.POST if kind == each else None,
            today=today,
            receipts=waiting[each],
            with_fees=each == CARD,
            auto_id=f"{each}_%s",
        )
        for each in (CHEQUE, CARD)
    }
    form = forms.get(kind)  # type: ignore[call-overload]
    if form is not None and form.is_valid():
        done = _remitted(request, kind, form)
        if done is not None:
            return done
    facts = {
        "cheques": waiting[CHEQUE],
        "cards": waiting[CARD],
        "cheques_sum": total(each.amount for each in waiting[CHEQUE]),
        "cards_sum": total(each.amount for each in waiting[CARD]),
        "cheque_form": forms[CHEQUE],
        "card_form": forms[CARD],
        "slips": queries.slips(request.user)[:50],
        "account": _account(),
    }
    facts["ticked"] = (
        set(form.data.getlist("receipts")) if form else {str(each.pk) for each in (*waiting[CHEQUE], *waiting[CARD])}
    )
    return render(
        request, "office/payments/bank.html", page(request, "office-payments-bank", **facts), status=422 if form else 200
    )


def _remitted(request: HttpRequest, kind: str, form: RemitForm) -> HttpResponse | None:
    facts: dict[str, Any] = {"on": form.cleaned_data["on"], "by": request.user, "at": timezone.now()}
    try:
        if kind == CARD:
            slip = actions.remit_cards(form.cleaned_data["receipts"], fees=form.cleaned_data["fees"] or ZERO, **facts)
        else:
            slip = actions.make_deposit_slip(form.cleaned_data["receipts"], **facts)
    except MonthClosed as error:
        form.add_error("on", str(error))
    except actions.NothingToRemit:
        form.add_error(None, _("These have been remitted already."))
    except actions.NoBankAccount:
        form.add_error(None, _("The bureau has no approved bank account yet: see its settings."))
    except actions.NotAnAmount:
        form.add_error(None, _("The fees cannot be more than what was paid."))
    else:
        messages.success(request, _("Slip %(slip)s: %(sum)s remitted.") % {"slip": slip, "sum": money(slip.total)})
        return redirect("office-payments-bank")
    return None


def _account() -> Any:
    try:
        return actions.house_account()
    except actions.NoBankAccount:
        return None


@staff
@require_safe
def slip(request: HttpRequest, pk: int) -> HttpResponse:
    """The paper that goes with the cheques; only to who may see every one of them."""
    slip = get_object_or_404(DepositSlip.objects.select_related("bank_account"), pk=pk, kind=CHEQUE)
    seen = Receipt.objects.visible_to(request.user).filter(deposit_slip=slip).count()
    if not seen or seen != slip.receipts.count():
        raise Http404
    answer = HttpResponse(slip_pdf(slip), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{_("deposit-slip")}-{slip}.pdf"'
    return answer


@staff
@require_http_methods(["GET", "POST"])
def refunds(request: HttpRequest) -> HttpResponse:
    """Money to give back, refunds under way, what came back unpaid, notices to look at."""
    act = request.POST.get("act", "")
    form = RefundForm(request.POST if act in ("card", "transfer") else None, today=timezone.localdate())
    if act == "look":
        return _looked(request)
    if form.is_valid():
        done = _refunded(request, act, form)
        if done is not None:
            return done
    proposed = queries.overpaid(request.user)
    cards = queries.card_payments([payer.pk for payer, _sums in proposed])
    facts = {
        "proposed": [(payer, sums, _on_card(cards.get(payer.pk, []), sums.refundable), uuid4().hex) for payer, sums in proposed],
        "sum": total(sums.refundable for _payer, sums in proposed),
        "under_way": queries.card_refunds_under_way(request.user),
        "bounced": queries.bounced(request.user),
        "notices": queries.odd_notices(request.user)[:50],
        "form": form,
    }
    return render(
        request,
        "office/payments/refunds.html",
        page(request, "office-payments-refunds", **facts),
        status=422 if form.is_bound else 200,
    )


def _on_card(cards: list[tuple[Receipt, Decimal]], rest: Decimal) -> list[tuple[Receipt, Decimal, str]]:
    """How much of what is to go back may go on each card, and the key of asking so once."""
    return [(receipt, min(left, rest), uuid4().hex) for receipt, left in cards]


def _refunded(request: HttpRequest, act: str, form: RefundForm) -> HttpResponse | None:
    facts = form.cleaned_data
    payers = Payer.objects.filter(booking__in=Booking.objects.visible_to(request.user)).select_related(
        "booking__congress", "client"
    )
    payer = get_object_or_404(payers, pk=facts["payer"])
    who: dict[str, Any] = {"amount": facts["amount"], "key": f"refund:{facts['key']}", "by": request.user, "at": timezone.now()}
    try:
        if act == "card":
            receipt = get_object_or_404(Receipt.objects.visible_to(request.user), pk=facts["receipt"], payer=payer)
            actions.refund_card(payer, receipt=receipt, **who)
            said = _("%(amount)s asked of the card’s bank.")
        elif facts["on"] is None:
            form.add_error("on", _("On which day did it leave?"))
            return None
        else:
            actions.refund_by_transfer(payer, on=facts["on"], **who)
            said = _("%(amount)s written as sent back.")
    except actions.NotThatMuch as error:
        form.add_error("amount", _("Only %(rest)s may go back.") % {"rest": money(error.rest)})
    except MonthClosed as error:
        form.add_error("on", str(error))
    except actions.NotACard:
        form.add_error(None, _("This was not paid by card."))
    else:
        messages.success(request, said % {"amount": money(facts["amount"])})
        return redirect("office-payments-refunds")
    return None


def _looked(request: HttpRequest) -> HttpResponse:
    notice = get_object_or_404(queries.notices(request.user), pk=pk_of(request.POST.get("notice")))
    who: dict[str, Any] = {"by": request.user}
    actions.look_at_notice(notice, **who)
    return redirect("office-payments-refunds")
