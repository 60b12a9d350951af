"""What the payments desk asks for."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pleniere.booking.models import Payer
from pleniere.congress.models import Congress
from pleniere.payment.models import Receipt
from pleniere.payment.queries import PayerSums
from pleniere.web.forms import DayField, Form, KeyField, MoneyField
from pleniere.web.tables import FilterForm

Kind = Receipt.Kind
BY_HAND = [(kind.value, kind.label) for kind in (Kind.CHEQUE, Kind.TRANSFER, Kind.CASH)]


class PastDayField(DayField):
    """A day that has come: money is booked once it is there."""

    def __init__(self, *, today: date, **kwargs: Any):
        self.today = today
        super().__init__(initial=today, **kwargs)

    def clean(self, value: Any) -> date:
        day: date = super().clean(value)
        if day and day > self.today:
            raise ValidationError(_("That day has not come yet."))
        return day


class ReceiptFilter(FilterForm):
    """Which receipts of the list."""

    kind = forms.ChoiceField(label=_("Means"), required=False, choices=[("", _("all")), *Kind.choices])
    congress = forms.ChoiceField(label=_("Congress"), required=False)
    since = DayField(label=_("From"), required=False)
    until = DayField(label=pgettext_lazy("last day", "To"), required=False)

    def apply(self, rows: QuerySet[Any], facts: dict[str, Any]) -> QuerySet[Any]:
        wanted = {"kind": facts.get("kind"), "congress__code": facts.get("congress")}
        wanted |= {"on__gte": facts.get("since"), "on__lte": facts.get("until")}
        return rows.filter(**{name: value for name, value in wanted.items() if value})


def receipt_filter(actor: Any) -> type[ReceiptFilter]:
    """The filters, with the congresses this actor works in."""
    found = [(congress.code, str(congress)) for congress in Congress.objects.staffed_by(actor)]

    class Filter(ReceiptFilter):
        congress = forms.ChoiceField(label=_("Congress"), required=False, choices=[("", _("all")), *found])

    return Filter


class ReceiptForm(Form):
    """A cheque, transfer or cash that came. Without a payer it waits in suspense."""

    who = forms.CharField(
        label=_("Who pays"),
        required=False,
        max_length=200,
        help_text=_("Reference, booking number or name. Leave it empty if you do not know: the money waits for a name."),
    )
    kind = forms.ChoiceField(label=_("Means"), choices=BY_HAND)
    amount = MoneyField(label=_("Amount"), min_value=Decimal("0.01"))
    drawer = forms.CharField(label=_("Drawer or sender"), required=False, max_length=120)
    cheque_number = forms.CharField(label=_("Cheque number"), required=False, max_length=20)
    bank = forms.CharField(label=_("Bank"), required=False, max_length=80)
    note = forms.CharField(label=_("Wording of the transfer, or a note"), required=False, max_length=250)
    key = KeyField()

    def __init__(self, *args: Any, today: date, choices: list[tuple[Payer, PayerSums]] | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["on"] = PastDayField(label=_("Value date"), today=today)
        self.fields["on"].widget.attrs["class"] = "input"
        self.order_fields(["who", "kind", "amount", "on"])
        if choices:
            self.offer(choices)

    def offer(self, choices: list[tuple[Payer, PayerSums]]) -> None:
        """Several answer to what was typed: let one be chosen."""
        from pleniere.common.shown import money

        shown = [
            (
                str(payer.pk),
                _("%(reference)s, %(client)s: %(left)s left to pay")
                % {"reference": payer.reference, "client": payer.client, "left": money(sums.left)},
            )
            for payer, sums in choices
        ]
        self.fields["payer"] = forms.ChoiceField(
            label=_("Which of these?"), choices=shown, required=False, widget=forms.RadioSelect
        )
        self.order_fields(["who", "payer", "kind", "amount", "on"])

    @property
    def words(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("drawer", "bank", "cheque_number", "note")}


class UndoForm(Form):
    """Why a receipt goes back, and when."""

    reason = forms.CharField(label=_("Reason"), max_length=250)

    def __init__(self, *args: Any, today: date, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["on"] = PastDayField(label=_("On"), today=today)
        self.fields["on"].widget.attrs["class"] = "input"


class MatchForm(Form):
    """Parts of a receipt for the payers ticked."""

    q = forms.CharField(label=_("Search"), required=False, max_length=200)
    key = KeyField()

    def __init__(
        self,
        *args: Any,
        found: list[tuple[Payer, PayerSums]],
        rest: Decimal,
        ticked: bool = False,
        given: Any = None,
        **kwargs: Any,
    ):
        """`given`: what was ticked and typed before a search, to be shown again."""
        super().__init__(*args, **kwargs)
        self.found, left, given = found, rest, given or {}
        for payer, sums in found:
            pick, amount, part = f"pick_{payer.pk}", f"amount_{payer.pk}", min(sums.left, left)
            self.fields[pick] = forms.BooleanField(required=False, initial=bool(given.get(pick)) or (ticked and part > 0))
            self.fields[amount] = MoneyField(required=False, initial=given.get(amount) or part)
            self.fields[amount].widget.attrs["class"] = "input input--num"
            left -= part if ticked else Decimal(0)

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        for payer, _sums in self.found:
            if facts.get(f"pick_{payer.pk}") and not facts.get(f"amount_{payer.pk}") and f"amount_{payer.pk}" not in self.errors:
                self.add_error(f"amount_{payer.pk}", _("How much of it is for this payer?"))
        return facts

    @property
    def rows(self) -> list[tuple[Payer, PayerSums, Any, Any]]:
        return [(payer, sums, self[f"pick_{payer.pk}"], self[f"amount_{payer.pk}"]) for payer, sums in self.found]

    @property
    def parts(self) -> dict[Payer, Decimal]:
        facts = self.cleaned_data
        return {payer: facts[f"amount_{payer.pk}"] for payer, _sums in self.found if facts.get(f"pick_{payer.pk}")}


class SendBackForm(Form):
    """Money of nobody that goes back."""

    amount = MoneyField(label=_("Amount sent back"), min_value=Decimal("0.01"))
    key = KeyField()

    def __init__(self, *args: Any, today: date, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["on"] = PastDayField(label=_("Sent on"), today=today)
        self.fields["on"].widget.attrs["class"] = "input"


class RemitForm(Form):
    """What goes to the bank together."""

    receipts = forms.TypedMultipleChoiceField(
        coerce=int, required=False, error_messages={"invalid_choice": _("One of these has been remitted meanwhile: look again.")}
    )

    def __init__(self, *args: Any, today: date, receipts: list[Receipt], with_fees: bool = False, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["receipts"].choices = [(str(receipt.pk), "") for receipt in receipts]  # type: ignore[attr-defined]
        self.fields["on"] = PastDayField(label=_("Remitted on"), today=today)
        self.fields["on"].widget.attrs["class"] = "input"
        if with_fees:
            self.fields["fees"] = MoneyField(label=_("Fees the bank kept"), required=False)
            self.fields["fees"].widget.attrs["class"] = "input input--num"

    def clean_receipts(self) -> list[int]:
        chosen: list[int] = self.cleaned_data["receipts"]
        if not chosen:
            raise ValidationError(_("Tick what you take to the bank."))
        return chosen


class RefundForm(Form):
    """A refund: which payer, how much, how."""

    payer = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31)
    receipt = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2**31)
    amount = MoneyField(label=_("Amount"), min_value=Decimal("0.01"))
    key = KeyField()

    def __init__(self, *args: Any, today: date, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["on"] = PastDayField(label=_("Transfer made on"), today=today, required=False)
        self.fields["on"].widget.attrs["class"] = "input"


class OptionForm(Form):
    """What becomes of options that end."""

    booking = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31)
    act = forms.ChoiceField(choices=[("prolong", ""), ("confirm", ""), ("cancel", "")])
    until = DayField(label=_("Kept until the evening of"), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=250)

    def __init__(self, *args: Any, today: date, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.today = today

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if facts.get("act") == "prolong" and "until" not in self.errors and (facts.get("until") or date.min) <= self.today:
            self.add_error("until", _("Choose a day to come."))
        return facts
