"""The announced rules of a waiting list, and rooms kept for the office."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pleniere.stock.models import StockDay
from pleniere.waiting.models import WaitingList
from pleniere.web.forms import Form


class RulesForm(Form):
    """What is announced to who waits."""

    is_open = forms.BooleanField(label=_("Wishes are taken"), required=False)
    answer_hours = forms.IntegerField(label=_("Hours to answer an offer"), min_value=1, max_value=240)
    wakes = forms.IntegerField(label=_("Offers leave from (hour)"), min_value=0, max_value=23)
    sleeps = forms.IntegerField(label=_("Offers leave until (hour)"), min_value=1, max_value=24)
    closes_days = forms.IntegerField(label=_("Ends so many days before the hotel’s cut-off"), min_value=0, max_value=60)

    @classmethod
    def of(cls, rules: WaitingList, typed: Any = None) -> RulesForm:
        return cls(typed, initial={name: getattr(rules, name) for name in cls.base_fields})

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if "wakes" in said and "sleeps" in said and said["wakes"] >= said["sleeps"]:
            self.add_error("sleeps", _("After the first hour."))
        return said


class KeepForm(Form):
    """How many rooms of a night no passer-by and no offer takes."""

    night = forms.ModelChoiceField(label=_("Night"), queryset=StockDay.objects.none())
    rooms = forms.IntegerField(label=_("Rooms kept for the office"), min_value=0, max_value=1000)

    def __init__(self, *args: Any, rows: list[StockDay], **kwargs: Any):
        super().__init__(*args, **kwargs)
        field: Any = self.fields["night"]
        field.queryset = StockDay.objects.filter(pk__in=[row.pk for row in rows])
        field.choices = [(row.pk, f"{row.service.supplier}, {row.service}, {row.day:%d/%m/%Y}") for row in rows]
