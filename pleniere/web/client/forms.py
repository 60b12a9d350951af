"""What a buyer gives afterwards: a name for a place, a wish, an address to be written to."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from pleniere.common.identifiers import BadNumber, siret
from pleniere.web.forms import Form


class NameForm(Form):
    """The person a kept place was waiting for."""

    first_name = forms.CharField(label=_("First name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    last_name = forms.CharField(label=_("Last name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"}))


class WishForm(Form):
    """What is to be changed, in the buyer's words."""

    text = forms.CharField(label=_("What would you like to change?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))


class NumbersForm(Form):
    """What a public body's invoice must bear."""

    siret = forms.CharField(
        label=_("SIRET"),
        max_length=30,
        help_text=_("14 digits, spaces do no harm"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    service_code = forms.CharField(label=_("Service code"), max_length=100, required=False)
    engagement = forms.CharField(label=_("Engagement number"), max_length=50, required=False)

    def clean_siret(self) -> str:
        try:
            return siret(self.cleaned_data["siret"])
        except BadNumber as error:
            raise forms.ValidationError(str(error)) from error


class EmailForm(Form):
    """An address to write to."""

    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"})
    )
