"""Draws, as one booking sees them: what is announced, its entry, what became of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pleniere.accounts import links
from pleniere.accounts.models import Link
from pleniere.booking.models import Booking
from pleniere.congress.pricing import NotSold
from pleniere.draw.actions import CannotEnter, EnteredAlready, enter, withdraw
from pleniere.draw.models import Draw, Entry
from pleniere.web.draws import EntryForm, of_entry, rooms_of, why_not
from pleniere.web.links import holds

from .views import _frame, _of


@require_safe
@holds(Link.Purpose.BOOKING)
def index(request: HttpRequest, link: Link) -> HttpResponse:
    """The congress's draws; straight to it where there is one."""
    found = _of(link)
    draws = list(Draw.objects.announced().filter(congress=found.congress).order_by("draws_at"))
    if len(draws) == 1:
        return redirect("client-draw", links.token(link), draws[0].number)
    return render(request, "client/draws.html", {**_frame(link, found), "draws": draws})


@require_http_methods(["GET", "HEAD", "POST"])
@holds(Link.Purpose.BOOKING)
def draw(request: HttpRequest, link: Link, draw: int) -> HttpResponse:
    """Enter, or read what became of the entry."""
    found = _of(link)
    drawn = _draw_of(found, draw)
    entry = Entry.objects.live().filter(draw=drawn, booking=found).select_related("group", "wish").first()
    form = EntryForm.of(drawn, found, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            enter(drawn, found, by=link, at=timezone.now(), **form.cleaned_data)
        except CannotEnter as error:
            form.add_error(None, why_not(error))
        except EnteredAlready:
            form.add_error(None, _("You are in this draw already: one entry a person."))
        except NotSold:
            form.add_error(None, _("These nights have no price today."))
        else:
            messages.success(request, _("You are in the draw. Your number is written to you."))
            return redirect("client-draw", links.token(link), draw)
    facts: dict[str, Any] = {
        **_frame(link, found),
        "draw": drawn,
        "rooms": rooms_of(drawn),
        "form": form,
        "is_open": drawn.takes_entries(timezone.now()),
        **(of_entry(entry) if entry else {}),
    }
    return render(request, "client/draw.html", facts, status=422 if request.method == "POST" else 200)


@require_POST
@holds(Link.Purpose.BOOKING)
def leave(request: HttpRequest, link: Link, draw: int) -> HttpResponse:
    found = _of(link)
    entry = get_object_or_404(Entry.objects.visible_to(link).live().select_related("draw", "booking"), draw=_draw_of(found, draw))
    try:
        if withdraw(entry, by=link, at=timezone.now()):
            messages.success(request, _("You have left the draw."))
    except CannotEnter as error:
        messages.warning(request, why_not(error))
    return redirect("client-draw", links.token(link), draw)


def _draw_of(booking: Booking, number: int) -> Draw:
    draws = Draw.objects.announced().filter(congress=booking.congress_id).select_related("congress")
    return get_object_or_404(draws, number=number)
