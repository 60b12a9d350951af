"""Who pays what, and when."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pleniere.booking.models import Person
from pleniere.common.words import fold
from pleniere.congress.actions import (
    drop_audience,
    drop_window,
    edit_audience,
    edit_window,
    make_audience,
    make_window,
)
from pleniere.congress.actions.frame import free_code
from pleniere.congress.models import Audience, Congress, Window

from ..door import StaffRequest, of_congress
from .forms import (
    AudienceForm,
    WindowForm,
)
from .frame import refusals, saved, show, windows


@of_congress
@require_http_methods(["GET", "POST"])
def audiences(request: StaffRequest, congress: Congress) -> HttpResponse:
    """Who pays what, and when: the audiences and the sale periods, with a form for one more of each."""
    is_window = "window" in request.POST
    audience = AudienceForm(
        request.POST if request.POST and not is_window else None, congress=congress, initial={"shows": "GROSS"}
    )
    window = WindowForm(request.POST if is_window else None, prefix="w")
    form: AudienceForm | WindowForm = window if is_window else audience
    if form.is_valid():
        with refusals(form):
            said: dict[str, Any] = {"by": request.user, "at": timezone.now()}
            if isinstance(form, WindowForm):
                make_window(congress, code_of(congress.windows.all(), form), **form.facts(), **said)
            else:
                make_audience(congress, code_of(congress.audiences.all(), form), **form.cleaned_data, **said)
            return saved(request, congress, "office-setup-audiences")
    facts = {"form": audience, "window_form": window, "audiences": _with_people(congress)}
    return show(request, congress, "audiences", here="office-setup-audiences", windows=windows(congress), **facts)


@of_congress
@require_http_methods(["GET", "POST"])
def audience(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    row = get_object_or_404(Audience, congress=congress, pk=pk)
    form = AudienceForm(request.POST or None, congress=congress, audience=row, initial=AudienceForm.of(row))
    if form.is_valid():
        with refusals(form):
            if "drop" in request.POST:
                drop_audience(row, by=request.user, at=timezone.now())
            else:
                edit_audience(row, **form.cleaned_data, by=request.user, at=timezone.now())
            return saved(request, congress, "office-setup-audiences")
    facts = {"form": form, "heading": str(row), "drop": _("Remove this audience"), "back": "office-setup-audiences"}
    return show(request, congress, "form", here="office-setup-audiences", **facts)


@of_congress
@require_http_methods(["GET", "POST"])
def window(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    row = get_object_or_404(Window, congress=congress, pk=pk)
    form = WindowForm(request.POST or None, initial=WindowForm.of(row))
    if form.is_valid():
        with refusals(form):
            if "drop" in request.POST:
                drop_window(row, by=request.user, at=timezone.now())
            else:
                edit_window(row, **form.facts(), by=request.user, at=timezone.now())
            return saved(request, congress, "office-setup-audiences")
    facts = {"form": form, "heading": str(row), "drop": _("Remove this period"), "back": "office-setup-audiences"}
    return show(request, congress, "form", here="office-setup-audiences", **facts)


def _with_people(congress: Congress) -> QuerySet[Audience]:
    """Each with how many of those who ordered are of it, so that what a code gave is found when it leaks."""
    people = Person.objects.filter(audience=OuterRef("pk"), booking__placed_at__isnull=False).order_by()
    has = Subquery(people.values("audience").annotate(n=Count("pk")).values("n"))
    return congress.audiences.select_related("falls_back_to").annotate(has=has)


def code_of(rows: Any, form: Any) -> str:
    stem = slugify(fold(form.cleaned_data["name"].in_language("en")))[:16] or "x"
    return free_code(rows, stem)
