"""Money at a booking: a payment received, an order signed, options prolonged or made firm."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from pleniere.booking.actions import make_firm, prolong_options
from pleniere.booking.models import Booking, Payer
from pleniere.ledger.actions import MonthClosed
from pleniere.payment.actions import NotAnAmount, sign_order
from pleniere.payment.actions import receive as take
from pleniere.payment.models import Receipt
from pleniere.web.forms import DayField, Form, KeyField, MoneyField

from ..door import StaffRequest
from .frame import REFUSALS, frame, in_words, of_booking

BY_HAND = [
    (kind.value, kind.label) for kind in (Receipt.Kind.CHEQUE, Receipt.Kind.TRANSFER, Receipt.Kind.CASH, Receipt.Kind.CARD)
]
FARTHEST = 400  # days an option is prolonged at most


class PayerForm(Form):
    payer = forms.ChoiceField(label=gettext_lazy("Payer"))

    def __init__(self, *args: Any, payers: list[Payer], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.payers = {str(payer.pk): payer for payer in payers}
        self.fields["payer"].choices = [(pk, str(payer)) for pk, payer in self.payers.items()]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> Payer:
        return self.payers[self.cleaned_data["payer"]]


class ReceiptForm(PayerForm):
    kind = forms.ChoiceField(label=gettext_lazy("By"), choices=BY_HAND)
    amount = MoneyField(label=gettext_lazy("Amount received"))
    on = DayField(label=gettext_lazy("Value date"))
    drawer = forms.CharField(label=gettext_lazy("Drawer or sender"), required=False, max_length=120)
    bank = forms.CharField(label=gettext_lazy("Bank"), required=False, max_length=80)
    cheque_number = forms.CharField(label=gettext_lazy("Cheque number"), required=False, max_length=20)
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=250)
    key = KeyField()


class OrderForm(PayerForm):
    on = DayField(label=gettext_lazy("Signed on"))
    engagement = forms.CharField(label=gettext_lazy("Order or engagement number"), required=False, max_length=50)


class OptionsForm(Form):
    """What becomes of the options chosen: more time, or firm without money."""

    act = forms.ChoiceField(
        label=gettext_lazy("What to do"),
        choices=[("prolong", gettext_lazy("give more time")), ("firm", gettext_lazy("make firm without money"))],
        widget=forms.RadioSelect,
    )
    until = DayField(label=gettext_lazy("Held until (included)"), required=False)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500)

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if facts.get("act") == "prolong":
            today = timezone.localdate()
            if not facts.get("until") and "until" not in self.errors:
                self.add_error("until", _("Until when?"))
            elif facts.get("until") and not today <= facts["until"] <= today + timedelta(days=FARTHEST):
                self.add_error("until", _("A day from today on, within a year or so."))
        return facts


@of_booking
@require_http_methods(["GET", "POST"])
def receive(request: StaffRequest, booking: Booking) -> HttpResponse:
    payers = list(booking.payers.select_related("client", "method"))
    context = frame(booking, "office-booking-payments")
    first = context["payers"][0] if context["payers"] else None
    kinds = dict(BY_HAND)
    method = first.payer.method.kind if first and first.payer.method else "TRANSFER"
    initial = {
        "payer": first and first.payer.pk,
        "amount": first and first.left,
        "on": booking.congress.local_date(timezone.now()),
        "kind": method if method in kinds else "TRANSFER",
    }
    form = ReceiptForm(request.POST or None, payers=payers, initial=initial)
    if form.is_valid():
        facts = {name: form.cleaned_data[name] for name in ("kind", "amount", "on", "drawer", "bank", "cheque_number", "note")}
        try:
            done = take(form.chosen, **facts, key=f"desk:{form.cleaned_data['key']}", by=request.user, at=timezone.now())
        except (NotAnAmount, MonthClosed) as error:
            form.add_error(None, str(error) or _("This is no amount that can be received."))
        else:
            messages.success(request, _("Receipt no. %(number)s was written.") % {"number": done.receipt.number})
            return redirect("office-booking-payments", booking.number)
    return _page(request, form, context, title=_("A payment received"), action=_("Write the receipt"))


@of_booking
@require_http_methods(["GET", "POST"])
def sign(request: StaffRequest, booking: Booking) -> HttpResponse:
    payers = list(booking.payers.select_related("client"))
    context = frame(booking, "office-booking-payments")
    initial = {
        "payer": payers[0].pk if payers else None,
        "on": booking.congress.local_date(timezone.now()),
        "engagement": payers[0].engagement if payers else "",
    }
    form = OrderForm(request.POST or None, payers=payers, initial=initial)
    if form.is_valid():
        sign_order(
            form.chosen,
            on=form.cleaned_data["on"],
            engagement=form.cleaned_data["engagement"],
            by=request.user,
            at=timezone.now(),
        )
        messages.success(request, _("The signed order is noted: its lines are firm, its money is due."))
        return redirect("office-booking-payments", booking.number)
    return _page(request, form, context, title=_("The signed order is here"), action=_("Make its lines firm"))


@of_booking
@require_http_methods(["GET", "POST"])
def options(request: StaffRequest, booking: Booking) -> HttpResponse:
    """All options of the booking: given more time, or made firm, with a reason."""
    context = frame(booking, "office-booking-payments")
    lines = list(booking.lines.filter(state__in=["OPTION", "HELD"]).values_list("pk", flat=True))
    form = OptionsForm(request.POST or None, initial={"act": "prolong"})
    if form.is_valid():
        facts = form.cleaned_data
        try:
            if facts["act"] == "firm":
                make_firm(booking, lines, reason=facts["reason"], by=request.user, at=timezone.now())
            else:
                until = datetime.combine(facts["until"] + timedelta(days=1), time.min, booking.congress.zone)
                prolong_options(booking, lines, until=until, reason=facts["reason"], by=request.user, at=timezone.now())
        except REFUSALS as error:
            form.add_error(None, in_words(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("office-booking-payments", booking.number)
    return _page(request, form, context, title=_("Options of this booking"), action=_("Save"))


def _page(request: StaffRequest, form: Form, context: dict[str, Any], *, title: str, action: str) -> HttpResponse:
    context |= {"form": form, "title": title, "action": action}
    return render(request, "office/bookings/act.html", context, status=422 if form.is_bound else 200)
