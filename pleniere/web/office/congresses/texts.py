"""The welcome, and the texts that bind."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pleniere.congress.actions import (
    edit_congress,
    write_legal_text,
)
from pleniere.congress.models import Congress, LegalText

from ..door import StaffRequest, of_congress
from .forms import (
    LegalForm,
    TextsForm,
)
from .frame import refusals, saved, show


@of_congress
@require_http_methods(["GET", "POST"])
def texts(request: StaffRequest, congress: Congress) -> HttpResponse:
    """The welcome, and the binding texts: each save of those is a new version, the former stays readable."""
    by: Any = request.user
    latest = {kind: congress.legal_texts.filter(kind=kind).order_by("-version").first() for kind in LegalText.Kind.values}
    words = {"welcome": congress.welcome, "practical": congress.practical}
    form = TextsForm(request.POST if "words" in request.POST or "welcome_fr" in request.POST else None, initial=words)
    legal = {kind: _legal_form(request, kind, row) for kind, row in latest.items()}
    typed = [each for each in (form, *legal.values()) if each.is_bound]
    if typed and all(each.is_valid() for each in typed):
        with refusals(form), transaction.atomic():
            if form.is_bound:
                edit_congress(congress, **form.cleaned_data, by=by, at=timezone.now())
            for kind, each in legal.items():
                if each.is_bound:
                    write_legal_text(congress, each.cleaned_data["text"], kind=kind, by=by, at=timezone.now())
            return saved(request, congress, "office-setup-texts")
    rows = [(kind, LegalText.Kind(kind).label, latest[kind], each) for kind, each in legal.items()]
    refused = request.method == "POST"
    reasons = [_("Nothing was asked: press the button of the text to save.")] if refused and not typed else []
    return show(request, congress, "texts", here="office-setup-texts", form=form, rows=rows, refused=refused, reasons=reasons)


def _legal_form(request: StaffRequest, kind: str, row: LegalText | None) -> LegalForm:
    """Bound if its own button was pressed, or if something was typed into it before another was."""
    form = LegalForm(request.POST or None, prefix=kind.lower(), initial={"text": row.text if row else {}})
    if request.POST and kind not in request.POST:
        said = {code: request.POST.get(f"{form.prefix}-text_{code}", "").replace("\r\n", "\n").strip() for code in ("fr", "en")}
        stands = {code: (row.text.get(code) or "").strip() if row else "" for code in said}
        if said == stands or not any(said.values()):
            return LegalForm(None, prefix=kind.lower(), initial=form.initial)
    return form
