"""A quote's draft: its words, its last day, its lines as a plain list."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pleniere.accounts import files
from pleniere.quote.models import Quote, QuoteLine
from pleniere.quote.retained import LineFacts
from pleniere.web.forms import DayField, Form, KeyField, MoneyField

PAPERS = ("application/pdf", "image/jpeg", "image/png", "image/webp", "text/plain")
PAYING = [
    (QuoteLine.Who.ORGANISER.value, gettext_lazy("the organiser")),
    (QuoteLine.Who.DELEGATES.value, gettext_lazy("the participants")),
]
HEAVIEST = 10 * 1024 * 1024


class QuoteForm(Form):
    text = forms.CharField(
        label=gettext_lazy("Words to the organiser"), max_length=8000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    valid_until = DayField(label=gettext_lazy("Valid until"))


class AcceptanceForm(Form):
    """A yes that did not come by the quote's page."""

    via = forms.ChoiceField(
        label=gettext_lazy("It came"),
        choices=[(each.value, each.label) for each in Quote.Via if each != Quote.Via.LINK],
        widget=forms.RadioSelect,
        initial=Quote.Via.PAPER,
    )
    name = forms.CharField(label=gettext_lazy("Who accepts"), max_length=120)
    function = forms.CharField(label=gettext_lazy("In what function"), max_length=120)
    on = DayField(label=gettext_lazy("Accepted on"), help_text=gettext_lazy("the date on the paper or the mail"))
    file = forms.FileField(
        label=gettext_lazy("The paper signed, or the mail"),
        required=False,
        help_text=gettext_lazy("kept with the quote; PDF or picture, 10 MB at most"),
    )

    def clean_file(self) -> Any:
        upload = self.cleaned_data.get("file")
        if not upload:
            return None
        try:
            return upload.name, files.check(upload, kinds=PAPERS, most=HEAVIEST)
        except files.BadFile as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        facts: dict[str, Any] = super().clean() or self.cleaned_data
        if facts.get("via") == Quote.Via.PAPER and not facts.get("file") and "file" not in self.errors:
            self.add_error("file", _("What was signed on paper is kept: scan it, or take a picture of it."))
        return facts


class AnswerForm(Form):
    answer = forms.CharField(label=gettext_lazy("Our answer"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    key = KeyField()


class LineForm(Form):
    """One line; without a label it is none."""

    group = forms.CharField(label=gettext_lazy("Heading"), max_length=120, required=False)
    label = forms.CharField(label=gettext_lazy("Item"), max_length=250, required=False)
    quantity = forms.IntegerField(label=gettext_lazy("Quantity"), min_value=1, max_value=1_000_000, required=False)
    days = forms.IntegerField(label=gettext_lazy("× days"), min_value=1, max_value=366, required=False)
    unit = MoneyField(label=gettext_lazy("Unit, VAT incl."), required=False)
    vat = forms.DecimalField(
        label=gettext_lazy("VAT, %"), min_value=Decimal(0), max_value=Decimal(100), max_digits=5, decimal_places=2, required=False
    )
    buy = MoneyField(label=gettext_lazy("Purchase, unit"), required=False)
    who = forms.ChoiceField(label=gettext_lazy("Who pays"), choices=PAYING, required=False)
    source = forms.IntegerField(required=False, widget=forms.HiddenInput)  # the row it was: its supplier stays

    def facts(self, stands: dict[int, QuoteLine]) -> LineFacts:
        said = self.cleaned_data
        row = stands.get(said["source"] or 0)
        return LineFacts(
            label=said["label"],
            unit=said["unit"] if said["unit"] is not None else Decimal(0),
            quantity=(said["quantity"] or 1) * (said["days"] or 1),
            days=said["days"] or 1,
            rate=row.rate if row else None,
            vat=said["vat"] if said["vat"] is not None else Decimal(20),
            who=said["who"] or QuoteLine.Who.ORGANISER,
            group=said["group"],
            supplier=row.supplier if row else None,
            buy=said["buy"],
            margin=row.margin if row else False,
        )

    @staticmethod
    def of(line: QuoteLine) -> dict[str, object]:
        names = ("group", "label", "days", "unit", "buy", "who")
        facts = {name: getattr(line, name) for name in names} | {"quantity": line.each_day}
        return facts | {"vat": f"{line.vat.normalize():f}", "source": line.pk}
