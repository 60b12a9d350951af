"""Rules of stay: minimum nights, days without arrival or departure, nights sold only with others."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pleniere.congress.actions import drop_stay_rule, edit_stay_rule, make_stay_rule
from pleniere.congress.checks import unsellable_stays
from pleniere.congress.models import Congress, StayRule

from ..door import StaffRequest, of_congress
from .forms import StayRuleForm
from .frame import refusals, saved, show

HERE = "office-setup-stays"


@of_congress
@require_http_methods(["GET", "POST"])
def stays(request: StaffRequest, congress: Congress) -> HttpResponse:
    """The rules of this congress, what they leave unsellable, and a form for one more."""
    form = StayRuleForm(request.POST or None, congress=congress)
    if form.is_valid():
        with refusals(form):
            make_stay_rule(congress, **form.facts(), by=request.user, at=timezone.now())
            return saved(request, congress, HERE)
    rules = congress.stays.select_related("supplier", "offer__service__supplier")
    facts = {"form": form, "rules": rules, "wrong": [words for words, _blocks in unsellable_stays(congress)]}
    return show(request, congress, "stays", here=HERE, **facts)


@of_congress
@require_http_methods(["GET", "POST"])
def stay(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    rule = get_object_or_404(StayRule.objects.select_related("supplier", "offer__service"), congress=congress, pk=pk)
    form = StayRuleForm(request.POST or None, congress=congress, initial=StayRuleForm.of(rule))
    if form.is_valid():
        with refusals(form):
            if "drop" in request.POST:
                drop_stay_rule(rule, by=request.user, at=timezone.now())
            else:
                edit_stay_rule(rule, **form.facts(), by=request.user, at=timezone.now())
            return saved(request, congress, HERE)
    facts = {"form": form, "heading": _("Rule of stay: %(what)s") % {"what": rule}, "drop": _("Remove this rule"), "back": HERE}
    return show(request, congress, "form", here=HERE, **facts)
