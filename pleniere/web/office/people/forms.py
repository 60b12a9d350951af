"""Whom one invites, and what they may do."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pleniere.accounts.models import STAFF, Role
from pleniere.congress.models import Congress
from pleniere.web.forms import Form

LANGUAGES = [("fr", "Français"), ("en", "English")]
OVER_ALL = [(role.value, role.label) for role in STAFF]
IN_ONE = [(role.value, role.label) for role in (*STAFF, Role.ORGANISER)]


class ProfileForm(Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)


class RolesForm(Form):
    """Roles over the whole bureau, hence in every congress."""

    roles = forms.MultipleChoiceField(
        label=_("Over the whole bureau"), required=False, choices=OVER_ALL, widget=forms.CheckboxSelectMultiple
    )


class MembershipForm(Form):
    """Roles in one congress."""

    congress = forms.ModelChoiceField(label=_("Congress"), queryset=Congress.objects.none(), empty_label="–")
    roles = forms.MultipleChoiceField(
        label=_("In this congress"),
        required=False,
        choices=IN_ONE,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: they leave this congress."),
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["congress"].queryset = Congress.objects.order_by("-starts")  # type: ignore[attr-defined]


class InvitationForm(Form):
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    name = forms.CharField(label=_("Name"), max_length=120)
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    bureau_roles = forms.MultipleChoiceField(
        label=_("Over the whole bureau"), required=False, choices=OVER_ALL, widget=forms.CheckboxSelectMultiple
    )
    congress = forms.ModelChoiceField(
        label=_("Or in one congress"), queryset=Congress.objects.none(), required=False, empty_label="–"
    )
    congress_roles = forms.MultipleChoiceField(
        label=_("In this congress"), required=False, choices=IN_ONE, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["congress"].queryset = Congress.objects.order_by("-starts")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        facts: dict[str, Any] = super().clean() or {}
        if bool(facts.get("congress")) != bool(facts.get("congress_roles")):
            self.add_error("congress_roles", _("A congress and a role in it go together."))
        elif not facts.get("bureau_roles") and not facts.get("congress"):
            self.add_error("bureau_roles", _("Give at least one role: without any, they see nothing."))
        return facts
