"""What is typed about the books."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from pleniere.accounting.queries import JOURNALS
from pleniere.ledger.models import EntryLine
from pleniere.web.forms import DayField, Form
from pleniere.web.tables import FilterForm


class JournalFilters(FilterForm):
    journal = forms.ChoiceField(
        label=_("Journal"), required=False, choices=[("", _("All")), *((code, name) for code, (name, _fr) in JOURNALS.items())]
    )
    account = forms.CharField(label=_("Account, first digits"), required=False, max_length=12)
    since = DayField(label=_("Dated since"), required=False)
    until = DayField(label=_("Dated until"), required=False)

    def apply(self, rows: QuerySet[Any], facts: dict[str, Any]) -> QuerySet[Any]:
        asked = {"journal": facts.get("journal"), "date__gte": facts.get("since"), "date__lte": facts.get("until")}
        rows = rows.filter(**{name: value for name, value in asked.items() if value})
        account = (facts.get("account") or "").replace("\x00", "").strip()
        if account:
            rows = rows.filter(pk__in=EntryLine.objects.filter(account__startswith=account).values("entry"))
        return rows


class AccountForm(Form):
    number = forms.CharField(
        label=_("Account"), max_length=12, help_text=_("Three digits first. What is written already keeps the number it has.")
    )
    label = forms.CharField(label=_("Label in the books"), max_length=80)
