"""Who works on it, and its opening."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from pleniere.accounts.models import STAFF, Role
from pleniere.web.forms import Form


class MemberForm(Form):
    email = forms.EmailField(label=gettext_lazy("E-mail"))
    name = forms.CharField(label=gettext_lazy("Name, of somebody new"), max_length=120, required=False)
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles in this congress"),
        choices=[(role.value, role.label) for role in (*STAFF, Role.ORGANISER)],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


class OpeningForm(Form):
    override = forms.CharField(
        label=gettext_lazy("Why it opens before the quote is accepted"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("A team lead’s right; the reason is kept."),
    )


class ReasonForm(Form):
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=500, required=False)
