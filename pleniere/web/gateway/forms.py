"""What a visitor of the sandbox bank may try."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from pleniere.web.forms import Form


class Trial(Form):
    """How the bank behaves: what it debits, and when it says so."""

    debits = forms.ChoiceField(
        label=_("Amount debited"),
        choices=[("asked", _("the amount asked")), ("less", _("ten euros less")), ("twice", _("twice the amount: two payments"))],
        initial="asked",
    )
    tells = forms.ChoiceField(
        label=_("The bank tells the merchant"),
        choices=[
            ("now", _("at once")),
            ("late", _("20 seconds after you are back")),
            ("expired", _("after 30 minutes, when the rooms are no longer held")),
            ("twice", _("twice")),
            ("never", _("never")),
        ],
        initial="now",
    )
