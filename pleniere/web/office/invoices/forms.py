"""What is typed about documents."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from pleniere.accounts.models import Client
from pleniere.catalogue.models import Contract
from pleniere.invoicing.models import Invoice
from pleniere.web.forms import DayField, Form, MoneyField
from pleniere.web.tables import FilterForm

ALL = [("", _("All"))]


class InvoiceFilters(FilterForm):
    congress = forms.CharField(label=_("Congress, code"), required=False, max_length=32)
    kind = forms.ChoiceField(label=_("Kind of document"), required=False, choices=[*ALL, *Invoice.Kind.choices])
    mode = forms.ChoiceField(label=_("Selling mode"), required=False, choices=[*ALL, *Contract.Mode.choices])
    since = DayField(label=_("Issued since"), required=False)
    until = DayField(label=_("Issued until"), required=False)

    def apply(self, rows: QuerySet[Any], facts: dict[str, Any]) -> QuerySet[Any]:
        asked = {
            "congress__code": facts.get("congress"),
            "kind": facts.get("kind"),
            "mode": facts.get("mode"),
            "date__gte": facts.get("since"),
            "date__lte": facts.get("until"),
        }
        return rows.filter(**{name: value for name, value in asked.items() if value})


class CreditForm(Form):
    """Which lines, and why; none chosen is none."""

    charges = forms.MultipleChoiceField(
        label=_("Lines to credit"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one line.")},
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=250, required=False, help_text=_("Printed on the credit note; may stay empty.")
    )

    def __init__(self, *args: Any, lines: list[tuple[str, str]], **kwargs: Any):
        super().__init__(*args, **kwargs)
        field = self.fields["charges"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = lines
        field.initial = [value for value, _label in lines]


class AddresseeForm(Form):
    """Whom the invoice should have been made out to."""

    kind = forms.ChoiceField(label=_("Who it is"), choices=Client.Kind.choices)
    company = forms.CharField(label=_("Company or institution"), max_length=160, required=False)
    first_name = forms.CharField(label=_("First name"), max_length=80, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=80, required=False)
    address = forms.CharField(label=_("Address"), max_length=250, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    postcode = forms.CharField(label=_("Postcode"), max_length=12, required=False)
    town = forms.CharField(label=_("Town"), max_length=80, required=False)
    country = forms.RegexField(
        label=_("Country, two letters"),
        regex=r"^[A-Z]{2}$",
        max_length=2,
        error_messages={"invalid": _("Two capital letters: FR, BE, CH …")},
    )
    email = forms.EmailField(label=_("E-mail"), required=False, max_length=254)
    siret = forms.CharField(label=_("SIRET"), max_length=20, required=False)
    vat_number = forms.CharField(label=_("VAT number"), max_length=20, required=False)
    service_code = forms.CharField(label=_("Service code (Chorus Pro)"), max_length=100, required=False)
    reason = forms.CharField(
        label=_("Reason"), max_length=250, required=False, help_text=_("Printed on the credit note; may stay empty.")
    )

    @property
    def client(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "reason"}


class CommissionForm(Form):
    amount = MoneyField(label=_("Commission, VAT incl."))
    reason = forms.CharField(label=_("Reason"), max_length=250)
