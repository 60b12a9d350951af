"""An enquiry as it is written down."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pleniere.common.nights import DAY
from pleniere.congress.models import CODE, Enquiry
from pleniere.web.forms import DayField, Form, MoneyField


class EnquiryForm(Form):
    title = forms.CharField(label=gettext_lazy("Event"), max_length=160)
    contact = forms.CharField(label=gettext_lazy("Contact, organisation"), max_length=160, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=30, required=False)
    starts = DayField(label=gettext_lazy("First day"), required=False)
    last = DayField(label=gettext_lazy("Last day"), required=False)
    alternates = forms.CharField(label=gettext_lazy("Other dates"), max_length=250, required=False)
    heads = forms.IntegerField(label=gettext_lazy("How many persons"), min_value=1, max_value=1_000_000, required=False)
    budget = MoneyField(label=gettext_lazy("Budget"), required=False)
    needs = forms.CharField(
        label=gettext_lazy("Needs"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    source = forms.CharField(label=gettext_lazy("How they found us"), max_length=80, required=False)
    next_step = forms.CharField(label=gettext_lazy("Next step"), max_length=160, required=False)
    next_on = DayField(label=gettext_lazy("On"), required=False)

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if facts.get("starts") and facts.get("last") and facts["last"] < facts["starts"]:
            self.add_error("last", _("The last day lies before the first."))
        return facts

    def facts(self) -> dict[str, Any]:
        facts = dict(self.cleaned_data)
        last = facts.pop("last")
        return facts | {"ends": last + DAY if last else None}

    @staticmethod
    def of(enquiry: Enquiry) -> dict[str, Any]:
        names = [name for name in EnquiryForm.base_fields if name != "last"]
        last = enquiry.ends - DAY if enquiry.ends else None
        return {name: getattr(enquiry, name) for name in names} | {"last": last}


class ClosingForm(Form):
    why = forms.CharField(label=gettext_lazy("Why"), max_length=250, required=False)


class CongressForm(Form):
    code = forms.CharField(label=gettext_lazy("Code of the congress"), max_length=32, validators=[CODE])
