"""The cut-off steps as they are typed: of a request before it is sent, of a block as agreed with its hotel."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pleniere.allotment.actions import StepFacts
from pleniere.allotment.models import Step
from pleniere.web.forms import DayField, Form

ROWS = range(1, 5)


class StepsForm(Form):
    """Up to four steps before the cut-off; a row without date is no step."""

    def __init__(self, *args: Any, known: Iterable[Step] = (), **kwargs: Any):
        super().__init__(*args, **kwargs)
        shown = dict(zip(ROWS, known, strict=False))
        for n in ROWS:
            step = shown.get(n)
            self.fields[f"on_{n}"] = DayField(label=_("On"), required=False, initial=step.on if step else None)
            self.fields[f"percent_{n}"] = forms.DecimalField(
                label=_("Share, %"),
                required=False,
                min_value=1,
                max_value=100,
                decimal_places=2,
                localize=True,
                initial=step.percent.normalize() if step else None,
            )
            self.fields[f"base_{n}"] = forms.ChoiceField(
                label=_("Of what"), choices=Step.Base.choices, required=False, initial=step.base if step else Step.Base.UNSOLD
            )
        for field in self.fields.values():
            field.widget.attrs.setdefault("class", "input")

    @property
    def rows(self) -> list[list[forms.BoundField]]:
        return [[self[f"{name}_{n}"] for name in ("on", "percent", "base")] for n in ROWS]

    @property
    def steps(self) -> list[StepFacts]:
        """Those typed, once valid: no share is all of what is unsold."""
        facts = self.cleaned_data
        return [
            StepFacts(facts[f"on_{n}"], facts[f"percent_{n}"] or Decimal(100), facts[f"base_{n}"] or Step.Base.UNSOLD)
            for n in ROWS
            if facts.get(f"on_{n}")
        ]

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or self.cleaned_data
        for n in ROWS:
            if facts.get(f"percent_{n}") and not facts.get(f"on_{n}") and f"on_{n}" not in self.errors:
                self.add_error(f"on_{n}", _("On which day?"))
        return facts
