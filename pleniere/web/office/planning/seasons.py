"""Seasons and types of rate: what the nights of the planning are called."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from pleniere.accounts.rights import can
from pleniere.catalogue.models import Supplier
from pleniere.common.nights import DAY
from pleniere.common.words import fold
from pleniere.congress import actions
from pleniere.congress.actions.frame import free_code
from pleniere.congress.models import CODE, Congress, RateType, Season
from pleniere.stock.models import StockDay
from pleniere.web.forms import DayField, Form, LocalField

from ..congresses.frame import refusals
from ..door import StaffRequest, of_congress

HERE = "office-planning-seasons"


class RateTypeForm(Form):
    code = forms.CharField(
        label=gettext_lazy("Sign on the planning"),
        help_text=gettext_lazy("four characters at most: CG, BS, HS"),
        max_length=4,
        validators=[CODE],
    )
    name = LocalField(label=gettext_lazy("Name"), max_length=200)


class SeasonForm(Form):
    name = LocalField(label=gettext_lazy("Name"), max_length=200)
    starts = DayField(label=gettext_lazy("First night"))
    last = DayField(label=gettext_lazy("Last night"))
    rate_type = forms.ModelChoiceField(label=gettext_lazy("Type of rate"), queryset=RateType.objects.none(), required=False)
    supplier = forms.ModelChoiceField(
        label=gettext_lazy("Of one supplier only"),
        help_text=gettext_lazy("its own season comes before everybody’s"),
        queryset=Supplier.objects.none(),
        required=False,
    )

    def __init__(self, *args: Any, congress: Congress, **kwargs: Any):
        super().__init__(*args, **kwargs)
        counted = StockDay.objects.filter(congress=congress).values("service__supplier")
        named = congress.seasons.values("supplier")
        suppliers = Supplier.objects.filter(pk__in=counted) | Supplier.objects.filter(pk__in=named)
        self.fields["rate_type"].queryset = congress.rate_types.all()  # type: ignore[attr-defined]
        self.fields["supplier"].queryset = suppliers.order_by("name", "code")  # type: ignore[attr-defined]
        self.fields["supplier"].empty_label = _("all suppliers")  # type: ignore[attr-defined]

    @staticmethod
    def of(season: Season) -> dict[str, Any]:
        facts = {name: getattr(season, name) for name in ("name", "starts", "rate_type", "supplier")}
        return {**facts, "last": season.until - DAY}

    def facts(self) -> dict[str, Any]:
        facts = dict(self.cleaned_data)
        facts["until"] = facts.pop("last") + DAY
        return facts


@of_congress
@require_http_methods(["GET", "POST"])
def seasons(request: StaffRequest, congress: Congress) -> HttpResponse:
    """The seasons and the types of rate of this congress, with a form for one more of each."""
    is_rate = "rate" in request.POST
    season = SeasonForm(request.POST if request.POST and not is_rate else None, congress=congress)
    rate = RateTypeForm(request.POST if is_rate else None, prefix="r")
    form: Form = rate if is_rate else season
    if form.is_valid():
        with refusals(form):
            said: dict[str, Any] = {"by": request.user, "at": timezone.now()}
            if isinstance(form, SeasonForm):
                stem = slugify(fold(form.cleaned_data["name"].in_language("fr")))[:16] or "x"
                actions.make_season(congress, free_code(congress.seasons.all(), stem), **form.facts(), **said)
            else:
                actions.make_rate_type(congress, **form.cleaned_data, **said)
            messages.success(request, _("Saved."))
            return redirect(HERE, congress.code)
    page = {
        "congress": congress,
        "season_form": season,
        "rate_form": rate,
        "seasons": congress.seasons.select_related("supplier", "rate_type"),
        "rate_types": congress.rate_types.all(),
        "can_edit": can(request.user, "congress.edit", congress),
    }
    return render(request, "office/planning/seasons.html", page, status=422 if form.is_bound else 200)


@of_congress
@require_http_methods(["GET", "POST"])
def season(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    row = get_object_or_404(Season, congress=congress, pk=pk)
    form = SeasonForm(request.POST or None, congress=congress, initial=SeasonForm.of(row))
    if form.is_valid():
        with refusals(form):
            if "drop" in request.POST:
                actions.drop_season(row, by=request.user, at=timezone.now())
            else:
                actions.edit_season(row, **form.facts(), by=request.user, at=timezone.now())
            messages.success(request, _("Saved."))
            return redirect(HERE, congress.code)
    return _one(request, congress, form, str(row), _("Remove this season"))


@of_congress
@require_http_methods(["GET", "POST"])
def rate_type(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    row = get_object_or_404(RateType, congress=congress, pk=pk)
    form = RateTypeForm(request.POST or None, initial={"code": row.code, "name": row.name})
    if form.is_valid():
        with refusals(form):
            if "drop" in request.POST:
                actions.drop_rate_type(row, by=request.user, at=timezone.now())
            else:
                actions.edit_rate_type(row, **form.cleaned_data, by=request.user, at=timezone.now())
            messages.success(request, _("Saved."))
            return redirect(HERE, congress.code)
    return _one(request, congress, form, str(row), _("Remove this type of rate"))


def _one(request: StaffRequest, congress: Congress, form: Form, heading: str, drop: str) -> HttpResponse:
    page = {
        "congress": congress,
        "form": form,
        "heading": heading,
        "drop": drop,
        "can_edit": can(request.user, "congress.edit", congress),
    }
    return render(request, "office/planning/season.html", page, status=422 if form.is_bound else 200)
