"""Who the bureau is, how it mails, which taxes hold."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from pleniere.accounts.models import Bureau
from pleniere.common import identifiers
from pleniere.web.forms import DayField, Form, MoneyField


class IdentityForm(Form):
    """What the law has printed on documents, mails and the public pages."""

    name = forms.CharField(label=_("Trade name"), max_length=120)
    legal_name = forms.CharField(label=_("Legal name"), max_length=120, required=False)
    legal_form = forms.CharField(
        label=_("Legal form"), max_length=80, required=False, help_text=_("As “association loi 1901”, “EPIC”, “SPL”.")
    )
    kind = forms.ChoiceField(
        label=_("What the bureau is"),
        choices=Bureau.Kind.choices,
        help_text=_("Decides the chart of accounts; can be changed until the first entry."),
    )
    siret = forms.CharField(label="SIRET", max_length=20, required=False)
    vat_number = forms.CharField(label=_("VAT no."), max_length=20, required=False)
    registration_number = forms.CharField(
        label=_("Travel operators’ register no."), max_length=20, required=False, help_text=_("As IM042100000.")
    )
    guarantor = forms.CharField(label=_("Financial guarantor, with address"), max_length=250, required=False)
    insurer = forms.CharField(label=_("Liability insurer, with address"), max_length=250, required=False)
    mediator = forms.CharField(label=_("Consumer mediator, with address"), max_length=250, required=False)
    address = forms.CharField(label=_("Address"), max_length=250, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    postcode = forms.CharField(label=_("Postcode"), max_length=10, required=False)
    town = forms.CharField(label=_("Town"), max_length=80, required=False)
    country = forms.CharField(label=_("Country (two letters)"), min_length=2, max_length=2)
    phone = forms.CharField(label=_("Phone"), max_length=30, required=False)
    email = forms.EmailField(label=_("E-mail shown to clients"), max_length=254, required=False)
    website = forms.URLField(label=_("Website"), max_length=200, required=False, assume_scheme="https")
    opening_hours = forms.CharField(label=_("Opening hours"), max_length=120, required=False)
    holiday_zone = forms.ChoiceField(
        label=_("Public holidays"),
        required=False,
        choices=[("", "France"), ("ALSACE_MOSELLE", "Alsace, Moselle")],
        help_text=_("Options never expire on such a day."),
    )
    fiscal_year_start = forms.TypedChoiceField(
        label=_("First month of the fiscal year"), coerce=int, choices=list(MONTHS.items())
    )
    tolerance = MoneyField(
        label=_("Shortfall that still makes a line firm, €"), help_text=_("For transfers a few cents short; the rest stays due.")
    )
    late_rate = forms.CharField(label=_("Late-payment rate printed on invoices"), max_length=120, required=False)

    def clean_siret(self) -> str:
        return _number(identifiers.siret, self.cleaned_data["siret"])

    def clean_vat_number(self) -> str:
        return _number(identifiers.vat_number, self.cleaned_data["vat_number"])

    def clean_country(self) -> str:
        return str(self.cleaned_data["country"]).upper()


def _number(check: Any, value: str) -> str:
    try:
        return str(check(value)) if value else ""
    except identifiers.BadNumber as error:
        raise forms.ValidationError(str(error)) from None


class MailForm(Form):
    sender = forms.EmailField(
        label=_("Sender of mails"), max_length=254, required=False, help_text=_("Your server must allow it.")
    )
    reply_to = forms.EmailField(label=_("Answers go to"), max_length=254, required=False)
    smtp_host = forms.CharField(label=_("SMTP server"), max_length=120, required=False, help_text=_("As smtp.example.org."))
    smtp_port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=587)
    smtp_security = forms.ChoiceField(
        label=_("Encryption"),
        choices=[("STARTTLS", "STARTTLS (587)"), ("TLS", "TLS (465)"), ("NONE", _("none, inside one machine only"))],
    )
    smtp_user = forms.CharField(
        label=_("User"), max_length=120, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    smtp_password = forms.CharField(
        label=_("Password"),
        max_length=200,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Kept sealed; left empty, the one we have stays."),
    )


class TestForm(Form):
    to = forms.EmailField(label=_("Send a test to"), max_length=254)


class VatForm(Form):
    code = forms.SlugField(
        label=_("Code"), max_length=16, help_text=_("standard, intermediate, reduced, super, none: what formulas name.")
    )
    since = DayField(label=_("From"))
    percent = forms.DecimalField(label=_("Rate, %"), max_digits=6, decimal_places=3, min_value=0, max_value=100, localize=True)
    label = forms.CharField(label=_("Words"), max_length=80, required=False)


class TouristTaxForm(Form):
    town = forms.CharField(label=_("Town"), max_length=80)
    lodging_class = forms.ChoiceField(
        label=_("Class"),
        choices=[*((str(n), "★" * n) for n in range(5, 0, -1)), ("none", _("not classified"))],
    )
    since = DayField(label=_("From"))
    amount = MoneyField(label=_("Per person and night, €"))
    exempt_under = forms.IntegerField(label=_("Free under the age of"), min_value=0, max_value=99, initial=18)


TAX = tuple(TouristTaxForm.base_fields)
