"""What is typed on the organiser's account: how many come, and their names."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from pleniere.booking.pasted import WIDEST
from pleniere.web.forms import Form


class NumberForm(Form):
    """The final number: the price follows, the line stays."""

    persons = forms.IntegerField(label=_("Persons"), min_value=1, max_value=5_000)
    days = forms.IntegerField(label=_("Days"), min_value=1, max_value=31)
    reason = forms.CharField(label=_("Why"), max_length=200, required=False)


class NamesForm(Form):
    names = forms.CharField(
        label=_("Names, pasted from a spreadsheet"),
        max_length=WIDEST,
        help_text=_("family name, first name, e-mail, organisation, phone; with or without headings"),
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
        strip=False,
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
