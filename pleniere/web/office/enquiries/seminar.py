"""A small seminar from its enquiry: a venue's package, so many persons and days, one quote; the form is never met."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from pleniere.accounts.rights import can
from pleniere.catalogue.actions import package_price
from pleniere.catalogue.models import Rate
from pleniere.common.shown import money
from pleniere.common.words import fold
from pleniere.congress.actions import alike
from pleniere.congress.models import Congress, Enquiry
from pleniere.quote.actions import CannotQuote
from pleniere.quote.seminar import MOST_DAYS, MOST_PERSONS, Package, packages, seminar_from
from pleniere.web.forms import MoneyField

from ..congresses.frame import refusals
from ..door import StaffRequest, acting, staff
from .board import may
from .forms import CongressForm
from .views import find


class SeminarForm(CongressForm):
    package = forms.ModelChoiceField(
        Rate.objects.none(), label=gettext_lazy("Venue and package"), empty_label=None, widget=forms.RadioSelect
    )
    persons = forms.IntegerField(label=gettext_lazy("Persons"), min_value=1, max_value=MOST_PERSONS)
    days = forms.IntegerField(label=gettext_lazy("Days, or nights"), min_value=1, max_value=MOST_DAYS)
    unit = MoneyField(
        label=gettext_lazy("Price per person asked, VAT incl."),
        required=False,
        help_text=gettext_lazy("empty: the venue’s own price"),
    )
    fee = MoneyField(label=gettext_lazy("Our organisation fee, VAT incl."), required=False)
    field_order = ("package", "persons", "days", "dates", "unit", "fee", "organiser", "code")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["package"].queryset = packages()  # type: ignore[attr-defined]
        self.fields["package"].label_from_instance = _named  # type: ignore[attr-defined]


def _named(rate: Rate) -> str:
    venue = rate.service.supplier
    facts = {"venue": venue, "town": venue.town, "what": rate, "price": money(package_price(rate))}
    return (
        _("%(venue)s, %(town)s: %(what)s, %(price)s per person") % facts
        if venue.town
        else _("%(venue)s: %(what)s, %(price)s per person") % facts
    )


@staff
@require_http_methods(["GET", "POST"])
def seminar(request: StaffRequest, pk: int) -> HttpResponse:
    may(request)
    row = find(pk)
    facts: dict[str, Any] = {"enquiry": row, "clients": [] if row.organiser_id else alike(row)}
    form = SeminarForm(request.POST or None, initial=_start(row), **facts)
    if form.is_valid():
        said = form.cleaned_data
        package = Package(said["package"], said["persons"], said["days"], said["unit"])
        with refusals(form):
            try:
                quote = seminar_from(row, said["code"], package, fee=said["fee"], **form.facts(), **acting(request))
                return redirect("office-quote", quote.congress.code, quote.pk)
            except CannotQuote as error:
                form.add_error(None, str(error))
    page = {"enquiry": row, "form": form, "any": packages().exists(), "can_add": can(request.user, "catalogue.edit")}
    return render(request, "office/enquiries/seminar.html", page, status=422 if form.is_bound else 200)


def _start(row: Enquiry) -> dict[str, Any]:
    """As the enquiry says it: how many, how long, and a code nobody has."""
    days = (row.ends - row.starts).days if row.starts and row.ends else 1
    words = re.sub(r"[^a-z0-9]+", "-", fold(row.title)).strip("-")[:24].strip("-") or "seminar"
    code, n = words, 2
    while Congress.objects.filter(code=code).exists():
        code, n = f"{words}-{n}", n + 1
    return {"persons": row.heads, "days": days, "code": code}
