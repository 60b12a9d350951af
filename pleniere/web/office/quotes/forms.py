"""A quote's draft: its words, its last day, its lines as a plain list."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy

from pleniere.quote.models import QuoteLine
from pleniere.quote.retained import LineFacts
from pleniere.web.forms import DayField, Form, MoneyField


class QuoteForm(Form):
    text = forms.CharField(
        label=gettext_lazy("Words to the organiser"), max_length=8000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    valid_until = DayField(label=gettext_lazy("Valid until"))


class LineForm(Form):
    """One line; without a label it is none."""

    group = forms.CharField(label=gettext_lazy("Heading"), max_length=120, required=False)
    label = forms.CharField(label=gettext_lazy("Item"), max_length=250, required=False)
    quantity = forms.IntegerField(label=gettext_lazy("Quantity"), min_value=1, max_value=1_000_000, required=False)
    unit = MoneyField(label=gettext_lazy("Unit, VAT incl."), required=False)
    vat = forms.DecimalField(
        label=gettext_lazy("VAT, %"), min_value=Decimal(0), max_value=Decimal(100), max_digits=5, decimal_places=2, required=False
    )
    who = forms.ChoiceField(label=gettext_lazy("Who pays"), choices=QuoteLine.Who.choices, required=False)
    source = forms.IntegerField(required=False, widget=forms.HiddenInput)  # the row it was: its supplier stays

    def facts(self, stands: dict[int, QuoteLine]) -> LineFacts:
        said = self.cleaned_data
        row = stands.get(said["source"] or 0)
        return LineFacts(
            label=said["label"],
            unit=said["unit"] if said["unit"] is not None else Decimal(0),
            quantity=said["quantity"] or 1,
            vat=said["vat"] if said["vat"] is not None else Decimal(20),
            who=said["who"] or QuoteLine.Who.ORGANISER,
            group=said["group"],
            supplier=row.supplier if row else None,
        )

    @staticmethod
    def of(line: QuoteLine) -> dict[str, object]:
        names = ("group", "label", "quantity", "unit", "who")
        return {name: getattr(line, name) for name in names} | {"vat": f"{line.vat.normalize():f}", "source": line.pk}
