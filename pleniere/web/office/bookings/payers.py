"""Who pays what of a booking: one more payer, lines moved between payers with the effect shown before, what a payer is written."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from pleniere.accounts.models import Client
from pleniere.accounts.rights import can
from pleniere.booking.actions import Buyer, TooManyPayers, add_payer
from pleniere.booking.models import Booking, Payer
from pleniere.booking.queries import Row, rows
from pleniere.booking.sharing import Portion
from pleniere.common.identifiers import BadNumber, siret, vat_number
from pleniere.common.money import CENT, ZERO
from pleniere.common.sheets import download
from pleniere.congress.models import Method
from pleniere.congress.programme import programme
from pleniere.payment.actions import divide
from pleniere.payment.queries import PayerDue
from pleniere.registration.payers import payer_file, payer_pdf, preview_payer, send_payer
from pleniere.registration.telling import NoAddress
from pleniere.web.forms import Form, MoneyField

from ..door import StaffRequest, acting
from .deciding import decide
from .frame import frame, of_booking


class NewPayerForm(Form):
    """Another who pays: who, where its invoice goes, by what means."""

    kind = forms.ChoiceField(label=gettext_lazy("Client"), choices=Client.Kind.choices, initial=Client.Kind.COMPANY.value)
    company = forms.CharField(label=gettext_lazy("Company or institution"), required=False, max_length=160)
    first_name = forms.CharField(label=gettext_lazy("First name"), required=False, max_length=80)
    last_name = forms.CharField(label=gettext_lazy("Last name"), required=False, max_length=80)
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)
    address = forms.CharField(label=gettext_lazy("Address"), required=False, max_length=250)
    postcode = forms.CharField(label=gettext_lazy("Postcode"), required=False, max_length=12)
    town = forms.CharField(label=gettext_lazy("Town"), required=False, max_length=80)
    siret = forms.CharField(label=gettext_lazy("SIRET"), required=False, max_length=30)
    vat_number = forms.CharField(label=gettext_lazy("VAT number"), required=False, max_length=30)
    service_code = forms.CharField(label=gettext_lazy("Service code (Chorus Pro)"), required=False, max_length=100)
    engagement = forms.CharField(label=gettext_lazy("Order or engagement number"), required=False, max_length=50)
    method = forms.ChoiceField(label=gettext_lazy("Means of payment"))

    def __init__(self, *args: Any, methods: Sequence[Method], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.methods = {str(method.pk): method for method in methods}
        self.fields["method"].choices = [(pk, str(method)) for pk, method in self.methods.items()]  # type: ignore[attr-defined]

    def clean_siret(self) -> str:
        return _checked(siret, self.cleaned_data["siret"])

    def clean_vat_number(self) -> str:
        return _checked(vat_number, self.cleaned_data["vat_number"])

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if facts.get("kind") == Client.Kind.PERSON and not facts.get("last_name"):
            self.add_error("last_name", _("Which person?"))
        if facts.get("kind") in (Client.Kind.COMPANY, Client.Kind.PUBLIC) and not facts.get("company"):
            self.add_error("company", _("Which company or institution?"))
        return facts

    @property
    def buyer(self) -> Buyer:
        return Buyer(**{name: value for name, value in self.cleaned_data.items() if name not in ("method", "engagement")})


def _checked(check: Any, text: str) -> str:
    try:
        return str(check(text)) if text.strip() else ""
    except BadNumber as error:
        raise forms.ValidationError(str(error)) from error


class DivisionForm(Form):
    """Each line to one payer; of a payer's lines together no more than so much, the rest being the first payer's."""

    reason = forms.CharField(label=gettext_lazy("Reason"), required=False, max_length=500)

    def __init__(self, *args: Any, rows: Sequence[Row], payers: Sequence[PayerDue], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.rows, self.payers = rows, [each.payer for each in payers]
        self.first = self.payers[0]
        choices = [(str(payer.pk), f"{payer.number}. {payer.client}") for payer in self.payers]
        parts = _parts(rows)
        for row in rows:
            who = _of(row, self.first)
            label = _("Who pays %(what)s") % {"what": row.line.offer}
            self.fields[f"l{row.line.pk}"] = forms.ChoiceField(label=label, choices=choices, initial=str(who))
            self.fields[f"l{row.line.pk}"].widget.attrs |= {"class": "input", "aria-label": label}
        for payer in self.payers[1:]:
            label = _("%(payer)s pays at most") % {"payer": payer.client}
            self.fields[f"most{payer.pk}"] = MoneyField(label=label, required=False, min_value=CENT, initial=parts.get(payer.pk))
            self.fields[f"most{payer.pk}"].widget.attrs["class"] = "input input--num"

    def lines(self) -> list[tuple[Row, Any]]:
        return [(row, self[f"l{row.line.pk}"]) for row in self.rows]

    def caps(self) -> list[Any]:
        return [self[f"most{payer.pk}"] for payer in self.payers[1:]]

    @property
    def portions(self) -> dict[int, Portion]:
        facts = self.cleaned_data
        lines = {
            payer.pk: frozenset(r.line.pk for r in self.rows if facts[f"l{r.line.pk}"] == str(payer.pk)) for payer in self.payers
        }
        return {payer.pk: Portion(lines[payer.pk], facts[f"most{payer.pk}"]) for payer in self.payers[1:]}


def _of(row: Row, first: Payer) -> int:
    """Who a line is shown with: of one that two share, who pays an amount of it."""
    ones = {charge.payer_id for charge in row.charges if charge.payer_id}
    return min(ones - {first.pk}, default=first.pk)


def _parts(found: Sequence[Row]) -> dict[int, Decimal]:
    """By payer, what it pays of lines that it shares: the amount its cap was."""
    sums: dict[int, Decimal] = {}
    shares = {payer for row in found if len(ones := {c.payer_id for c in row.charges}) > 1 for payer in ones if payer}
    for row in found:
        for charge in row.charges:
            if charge.payer_id in shares and charge.mode != "DIRECT":
                sums[charge.payer_id or 0] = sums.get(charge.payer_id or 0, ZERO) + charge.total
    return sums


@of_booking
@require_http_methods(["GET", "POST"])
def division(request: StaffRequest, booking: Booking) -> HttpResponse:
    """Who pays each line; the effect on each payer before the yes."""
    if not can(request.user, "booking.edit", booking):
        raise PermissionDenied
    payers = frame(booking, "office-booking-payments")["payers"]
    if not payers:
        return redirect("office-booking-payments", booking.number)
    counted = [row for row in rows(booking) if row.line.is_counted and row.charges]
    form = DivisionForm(request.POST or None, rows=counted, payers=payers)

    def act(seen: int | None) -> Any:
        return divide(booking, form.portions, seen=seen, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now())

    return decide(request, booking, form, act, template="office/bookings/division.html", done=_("Each pays what you chose."))


@of_booking
@require_http_methods(["GET", "POST"])
def new(request: StaffRequest, booking: Booking) -> HttpResponse:
    """One more payer, who pays nothing until lines are given to it."""
    if not can(request.user, "booking.edit", booking):
        raise PermissionDenied
    form = NewPayerForm(request.POST or None, methods=programme(booking.congress).methods)
    if form.is_valid():
        facts = {"method": form.methods[form.cleaned_data["method"]], "engagement": form.cleaned_data["engagement"]}
        try:
            add_payer(booking, form.buyer, **facts, **acting(request))
        except TooManyPayers:
            form.add_error(None, _("This booking has as many payers as it may."))
        else:
            messages.success(request, _("Now say what they pay."))
            return redirect("office-booking-payers", booking.number)
    context = frame(booking, "office-booking-payments") | {
        "form": form,
        "title": _("One more payer"),
        "action": _("Add the payer"),
    }
    return render(request, "office/bookings/act.html", context, status=422 if form.is_bound else 200)


@of_booking
@require_http_methods(["GET", "POST"])
def mail(request: StaffRequest, booking: Booking, pk: int) -> HttpResponse:
    """What a payer is written, seen before it leaves: its part, its link, its paper."""
    payer = _payer(booking, pk)
    may_edit = can(request.user, "booking.edit", booking)
    if request.method == "POST":
        try:
            send_payer(payer, **acting(request))
            messages.success(request, _("On its way to %(email)s.") % {"email": payer.client.email})
        except NoAddress:
            messages.warning(request, _("This payer has no e-mail address: print the paper, or forward the link."))
        return redirect("office-booking-payments", booking.number)
    context = frame(booking, "office-booking-payments")
    context |= {"payer": payer, "mail": preview_payer(payer), "may_edit": may_edit}
    return render(request, "office/bookings/payer_mail.html", context)


@of_booking
@require_safe
def paper(request: StaffRequest, booking: Booking, pk: int) -> HttpResponse:
    """The pro forma of one payer, or the order it signs."""
    payer = _payer(booking, pk)
    return download(payer_pdf(payer), payer_file(payer), inline=True)


def _payer(booking: Booking, pk: int) -> Payer:
    return get_object_or_404(booking.payers.select_related("client", "method", "booking__congress", "booking__client"), pk=pk)
