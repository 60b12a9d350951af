"""Means of payment, terms, texts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy, pgettext_lazy

from pleniere.catalogue.models import Clause
from pleniere.congress.models import Method
from pleniere.congress.terms import EACH
from pleniere.web.forms import DayField, Form, LocalField, MoneyField


class MethodForm(Form):
    is_on = forms.BooleanField(label=pgettext_lazy("means of payment", "Offered"), required=False)
    hold_days = forms.IntegerField(label=gettext_lazy("Rooms held for, days"), min_value=1, max_value=120, required=False)
    closes = DayField(label=gettext_lazy("No longer offered from"), required=False)
    text = LocalField(label=gettext_lazy("What the payer must know"), rows=2, required=False, max_length=4000)

    @staticmethod
    def of(method: Method | None) -> dict[str, Any]:
        if method is None:
            return {"hold_days": 10}
        return {name: getattr(method, name) for name in MethodForm.base_fields}


class ClauseForm(Form):
    """A line of the terms: what, how much, from when."""

    verb = forms.ChoiceField(label=gettext_lazy("What"), choices=[("", "–"), *Clause.Verb.choices], required=False)
    percent = forms.DecimalField(label=gettext_lazy("Share, %"), required=False, max_digits=6, decimal_places=3)
    amount = MoneyField(label=gettext_lazy("or amount"), required=False)
    base = forms.ChoiceField(label=gettext_lazy("Of"), choices=Clause.Base.choices, required=False)
    days = forms.IntegerField(label=gettext_lazy("Days"), required=False, min_value=0, max_value=1000)
    side = forms.ChoiceField(
        label=gettext_lazy("before or after"),
        required=False,
        choices=[("before", gettext_lazy("before")), ("after", gettext_lazy("after"))],
    )
    start = forms.ChoiceField(label=gettext_lazy("The moment"), choices=Clause.Start.choices, required=False)
    on = DayField(label=gettext_lazy("Date"), required=False)
    hours = forms.IntegerField(
        label=gettext_lazy("Hours"),
        help_text=gettext_lazy("from midnight of that day; −48: two days before"),
        required=False,
        min_value=-1000,
        max_value=1000,
    )
    per = forms.ChoiceField(
        label=gettext_lazy("Amount for each"), choices=[("", gettext_lazy("service")), *EACH.items()], required=False
    )
    from_total = MoneyField(
        label=gettext_lazy("Orders from"),
        help_text=gettext_lazy("none: all; else these clauses alone, from this total on"),
        required=False,
    )


class TextsForm(Form):
    welcome = LocalField(label=gettext_lazy("Welcome text"), rows=5, required=False, max_length=20_000)
    practical = LocalField(label=gettext_lazy("Practical information"), rows=5, required=False, max_length=20_000)


class LegalForm(Form):
    text = LocalField(label=gettext_lazy("Text"), rows=12, max_length=20_000)
