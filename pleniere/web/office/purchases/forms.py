"""What is typed to buy what no delegate asks for, to say its number, to enter its invoice, to pay a hotel ahead."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from pleniere.allotment.models import Block
from pleniere.catalogue.models import Supplier
from pleniere.congress.models import Congress
from pleniere.payout.models import Payout, Purchase
from pleniere.web.forms import DayField, Form, KeyField, MoneyField

from ..suppliers.forms import vat_choices

MOST = 100_000


class PurchaseForm(Form):
    kind = forms.ChoiceField(label=_("What"), choices=Purchase.Kind.choices)
    label = forms.CharField(label=_("Its name"), max_length=120, help_text=_("as it stands on the supplier’s invoice"))
    supplier = forms.CharField(label=_("Supplier"), max_length=160, help_text=_("its code or its name"))
    day = DayField(label=_("Day"))
    last = DayField(label=_("Last day"), required=False)
    persons = forms.IntegerField(
        label=_("For how many"),
        min_value=1,
        max_value=MOST,
        help_text=_("covers: those beyond what delegates have booked, which their bookings buy"),
    )
    per = forms.IntegerField(
        label=_("One for"), min_value=1, max_value=MOST, required=False, help_text=_("a guide: 25, a coach: 50; covers: empty")
    )
    unit = MoneyField(label=_("Price of one, VAT incl."))
    vat = forms.ChoiceField(label=_("VAT"))
    final_on = DayField(label=_("Final number until"), required=False, help_text=_("covers: eight days before, if empty"))
    note = forms.CharField(label=_("Note"), max_length=250, required=False)
    key = KeyField()

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["vat"].choices = vat_choices()  # type: ignore[attr-defined]

    def clean_supplier(self) -> Supplier:
        words = self.cleaned_data["supplier"].strip().replace("\x00", "")
        rows = Supplier.objects.offered().exclude(kind__in=[Supplier.Kind.HOUSE, Supplier.Kind.PLACEHOLDER])
        found = list(rows.filter(code__iexact=words)[:1]) or list(rows.filter(name__iexact=words)[:2])
        found = found or list(rows.filter(name__icontains=words)[:2])
        if len(found) != 1:
            raise forms.ValidationError(now("No supplier, or several, bear this name: give the code."), code="supplier")
        return found[0]


class CountForm(Form):
    persons = forms.IntegerField(label=_("For how many"), min_value=1, max_value=MOST)


class InvoiceForm(Form):
    number = forms.CharField(label=_("Number of its invoice"), max_length=40)
    on = DayField(label=_("Dated"))


class DepositForm(Form):
    """A deposit to a hotel before any receipt: an advance, taken off what it is paid later."""

    block = forms.ModelChoiceField(Block.objects.none(), label=_("Rooms retained at"), empty_label=None)
    amount = MoneyField(label=_("Deposit"))
    kind = forms.ChoiceField(label=_("Paid by"), choices=Payout.Kind.choices)
    key = KeyField()

    def __init__(self, *args: Any, congress: Congress, **kwargs: Any):
        super().__init__(*args, **kwargs)
        blocks = Block.objects.filter(congress=congress).select_related("supplier").order_by("supplier__name", "pk")
        self.fields["block"].queryset = blocks  # type: ignore[attr-defined]
        self.fields["block"].label_from_instance = lambda block: str(block.supplier)  # type: ignore[attr-defined]
