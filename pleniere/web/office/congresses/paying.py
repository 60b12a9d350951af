"""Means of payment, deposit and cancellation."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pleniere.catalogue.models import Clause
from pleniere.common.money import ZERO
from pleniere.common.words import LocalText
from pleniere.congress.actions import (
    Refused,
    set_method,
    set_terms,
)
from pleniere.congress.models import Congress, Method
from pleniere.congress.terms import PRESETS, ClauseFacts, clauses_of

from ..door import StaffRequest, of_congress
from .forms import (
    ClauseForm,
    MethodForm,
)
from .frame import guided, saved, show

BLANK_CLAUSES = 3
CARD = "sandbox"  # the one provider that is built in


@of_congress
@require_http_methods(["GET", "POST"])
def payment(request: StaffRequest, congress: Congress) -> HttpResponse:
    """Every means of payment with how long rooms wait for it."""
    stands = {method.kind: method for method in congress.methods.all()}
    kinds = Method.Kind
    forms = {k: MethodForm(request.POST or None, prefix=k.lower(), initial=MethodForm.of(stands.get(k))) for k in kinds.values}
    reasons: list[str] = []
    if request.POST and all(form.is_valid() for form in forms.values()):
        try:
            with transaction.atomic():
                _set_methods(congress, stands, forms, by=request.user, at=timezone.now())
            return saved(request, congress, "office-setup-payment")
        except Refused as error:
            reasons = error.reasons
    rows = [(kinds(kind).label, form) for kind, form in forms.items()]
    facts = {"rows": rows, "reasons": reasons, "refused": bool(request.POST)}
    return show(request, congress, "payment", here="office-setup-payment", **facts)


def _set_methods(congress: Congress, stands: dict[str, Method], forms: dict[str, MethodForm], *, by: Any, at: Any) -> None:
    wanted = sorted(forms.items(), key=lambda pair: not pair[1].cleaned_data["is_on"])  # first what is offered: one stays
    for kind, form in wanted:
        facts = {name: value for name, value in form.cleaned_data.items() if value is not None or name == "closes"}
        facts["text"] = form.cleaned_data["text"] or LocalText()
        if kind == Method.Kind.CARD and facts["is_on"] and not (kind in stands and stands[kind].provider):
            facts["provider"] = CARD
        if facts["is_on"] or kind in stands:
            set_method(congress, kind, **facts, by=by, at=at)


@of_congress
@require_http_methods(["GET", "POST"])
def terms(request: StaffRequest, congress: Congress) -> HttpResponse:
    """Deposit and cancellation: a ready-made scale to begin with, then a plain list of clauses."""
    by: Any = request.user
    preset = request.POST.get("preset", "")
    reasons: list[str] = []
    if preset in PRESETS:
        label, clauses = PRESETS[preset]
        try:
            set_terms(congress, clauses, name=str(label).partition(":")[0].strip()[:120], by=by, at=timezone.now())
            return redirect(reverse("office-setup-terms", args=[congress.code]) + guided(request))
        except Refused as error:
            reasons = error.reasons
    stands = clauses_of(congress.terms)
    count = min(60, len(stands) + BLANK_CLAUSES) if not request.POST else 60
    forms = [
        ClauseForm(
            request.POST if "save" in request.POST else None,
            prefix=f"c{n}",
            initial=_as_form(stands[n]) if n < len(stands) else {},
        )
        for n in range(count)
        if not request.POST or f"c{n}-verb" in request.POST or preset
    ]
    if "save" in request.POST and not [form for form in forms if not form.is_valid()]:
        wanted = [_as_clause(form.cleaned_data) for form in forms if form.cleaned_data.get("verb")]
        name = request.POST.get("name", "").replace("\x00", "").strip()[:120] or congress.code
        try:
            set_terms(congress, wanted, name=name, by=by, at=timezone.now())
            return saved(request, congress, "office-setup-terms")
        except Refused as error:
            reasons = error.reasons
    if request.method == "POST" and "save" not in request.POST and not preset:
        reasons = [_("Nothing was asked: save the clauses, or choose a ready-made scale.")]
    elif preset and preset not in PRESETS:
        reasons = [_("There is no such ready-made scale.")]
    typed = request.POST.get("name", congress.terms.name if congress.terms else "")
    facts = {"forms": forms, "presets": PRESETS.items(), "reasons": reasons, "refused": request.method == "POST", "name": typed}
    return show(request, congress, "terms", here="office-setup-terms", stands=stands, **facts)


def _as_form(clause: ClauseFacts) -> dict[str, Any]:
    facts = {name: getattr(clause, name) for name in ("verb", "amount", "base", "start", "on", "per")}
    facts["percent"] = f"{clause.percent.normalize():f}" if clause.percent is not None else None
    facts |= {"hours": clause.hours or None, "from_total": clause.from_total or None}
    return facts | {"days": abs(clause.days), "side": "before" if clause.days < 0 else "after"}


def _as_clause(said: dict[str, Any]) -> ClauseFacts:
    start = said["start"] or Clause.Start.ORDER
    days = said["days"] or 0
    days = -days if said["side"] == "before" and start in (Clause.Start.START, Clause.Start.END) else days
    facts = {"percent": said["percent"], "amount": said["amount"], "on": said["on"] if start == Clause.Start.DATE else None}
    facts |= {"per": said["per"], "hours": said["hours"] or 0, "from_total": said["from_total"] or ZERO}
    return ClauseFacts(
        said["verb"], start, 0 if start == Clause.Start.DATE else days, base=said["base"] or Clause.Base.TOTAL, **facts
    )
