"""A person, company or public body we sell to."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pleniere.accounts.models import Client
from pleniere.web.forms import Form
from pleniere.web.tables import FilterForm


class ClientFilter(FilterForm):
    kind = forms.ChoiceField(label=_("Type"), required=False, choices=[("", _("all")), *Client.Kind.choices])

    def apply(self, rows: QuerySet[Any], facts: dict[str, Any]) -> QuerySet[Any]:
        return rows.filter(kind=facts["kind"]) if facts.get("kind") else rows


class ClientForm(Form):
    kind = forms.ChoiceField(label=_("Type"), choices=Client.Kind.choices)
    title = forms.CharField(label=pgettext_lazy("of a person", "title"), max_length=20, required=False)
    first_name = forms.CharField(label=_("First name"), max_length=80, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=80, required=False)
    company = forms.CharField(label=_("Company or institution"), max_length=160, required=False)
    email = forms.EmailField(label=_("E-mail"), max_length=254, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=30, required=False)
    mobile = forms.CharField(label=_("Mobile phone"), max_length=30, required=False)
    address = forms.CharField(label=_("Address"), max_length=250, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    postcode = forms.CharField(label=_("Postcode"), max_length=12, required=False)
    town = forms.CharField(label=_("Town"), max_length=80, required=False)
    country = forms.CharField(label=_("Country (two letters)"), min_length=2, max_length=2, initial="FR")
    siret = forms.CharField(label="SIRET", max_length=20, required=False)
    vat_number = forms.CharField(label=_("VAT no."), max_length=20, required=False)
    service_code = forms.CharField(label=_("Service code (Chorus Pro)"), max_length=100, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=[("fr", "Français"), ("en", "English")])

    def clean_country(self) -> str:
        return str(self.cleaned_data["country"]).upper()
