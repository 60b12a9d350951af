"""Draws of a congress: prepared, announced, drawn at their hour; what is published of them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pleniere.accounts.rights import require
from pleniere.congress.models import Congress
from pleniere.draw.actions import (
    CannotAnnounce,
    CannotDraw,
    NotYet,
    announce,
    cancel_draw,
    draw_now,
    drop_room,
    edit_draw,
    prepare_draw,
    put_room,
    rehearse_draw,
    say_word,
)
from pleniere.draw.models import Draw, DrawRoom
from pleniere.waiting.actions import rules_of
from pleniere.web.draws import listed, rooms_of

from ..door import StaffRequest, acting, of_congress
from .forms import CancelForm, DrawForm, RoomForm, WordForm

SHOWN = 500
FORM = ["GET", "HEAD", "POST"]


def draw_of(congress: Congress, number: int) -> Draw:
    return get_object_or_404(Draw.objects.filter(congress=congress).select_related("congress"), number=number)


@of_congress
@require_safe
def index(request: StaffRequest, congress: Congress) -> HttpResponse:
    require(request.user, "draw.see", congress)
    return render(request, "office/draws/index.html", {"congress": congress, "draws": Draw.objects.filter(congress=congress)})


@of_congress
@require_http_methods(FORM)
def new(request: StaffRequest, congress: Congress) -> HttpResponse:
    require(request.user, "draw.set", congress)
    with timezone.override(congress.zone):
        form = DrawForm(request.POST or None)
        if form.is_valid():
            draw = prepare_draw(congress, **acting(request), **form.cleaned_data)
            return redirect("office-draw", congress.code, draw.number)
        facts = {"congress": congress, "form": form}
        return render(request, "office/draws/form.html", facts, status=422 if form.is_bound else 200)


@of_congress
@require_http_methods(FORM)
def edit(request: StaffRequest, congress: Congress, draw: int) -> HttpResponse:
    require(request.user, "draw.set", congress)
    found = draw_of(congress, draw)
    with timezone.override(congress.zone):
        form = DrawForm.of(found, request.POST or None)
        if form.is_valid():
            try:
                edit_draw(found, **acting(request), **form.cleaned_data)
                return redirect("office-draw", congress.code, draw)
            except CannotAnnounce as error:
                form.add_error(None, str(error))
        facts = {"congress": congress, "form": form, "draw": found}
        return render(request, "office/draws/form.html", facts, status=422 if form.is_bound else 200)


@of_congress
@require_safe
def show(request: StaffRequest, congress: Congress, draw: int) -> HttpResponse:
    require(request.user, "draw.see", congress)
    return _page(request, draw_of(congress, draw))


@of_congress
@require_POST
def put(request: StaffRequest, congress: Congress, draw: int) -> HttpResponse:
    found, form = draw_of(congress, draw), RoomForm(request.POST, congress=congress)
    if not form.is_valid():
        return _page(request, found, form=form)
    try:
        put_room(found, form.offers[form.cleaned_data["offer"]], **form.facts(), **acting(request))
    except CannotAnnounce as error:
        messages.warning(request, str(error))
    return redirect("office-draw", congress.code, draw)


@of_congress
@require_POST
def drop(request: StaffRequest, congress: Congress, draw: int, pk: int) -> HttpResponse:
    room = get_object_or_404(DrawRoom.objects.select_related("draw__congress"), draw=draw_of(congress, draw), pk=pk)
    try:
        drop_room(room, **acting(request))
    except CannotAnnounce as error:
        messages.warning(request, str(error))
    return redirect("office-draw", congress.code, draw)


@of_congress
@require_http_methods(FORM)
def publish(request: StaffRequest, congress: Congress, draw: int) -> HttpResponse:
    """Announcing sets rooms aside and cannot be altered: it asks first."""
    require(request.user, "draw.set", congress)
    found = draw_of(congress, draw)
    if request.method == "POST":
        try:
            announce(found, **acting(request))
            messages.success(request, _("Announced: the rooms are set aside, and the page is public."))
        except CannotAnnounce as error:
            messages.warning(request, str(error))
        return redirect("office-draw", congress.code, draw)
    facts = {
        "title": _("Announce this draw?"),
        "consequence": _(
            "Its rooms are set aside at once. From then on neither its dates nor its rooms change: it is drawn as announced, or cancelled."
        ),
        "action": _("Announce it"),
    }
    return _ask(request, found, facts)


@of_congress
@require_POST
def word(request: StaffRequest, congress: Congress, draw: int) -> HttpResponse:
    found, form = draw_of(congress, draw), WordForm(request.POST)
    if not form.is_valid():
        return _page(request, found, word=form)
    if say_word(found, form.cleaned_data["word"], **acting(request)):
        messages.success(request, _("Noted: it is part of the draw."))
    else:
        messages.warning(request, _("It is typed once, after the entries have closed."))
    return redirect("office-draw", congress.code, draw)


@of_congress
@require_POST
def mails(request: StaffRequest, congress: Congress, draw: int) -> HttpResponse:
    """How the mails will read: by a made-up seed, and undone."""
    found = draw_of(congress, draw)
    try:
        written = rehearse_draw(found, **acting(request)) if found.state in ("ANNOUNCED", "CLOSED") else []
    except CannotDraw as error:
        messages.warning(request, _cannot(error))
        return redirect("office-draw", congress.code, draw)
    return render(request, "office/draws/mails.html", {"congress": congress, "draw": found, "mails": written})


@of_congress
@require_POST
def run(request: StaffRequest, congress: Congress, draw: int) -> HttpResponse:
    """What the worker does at the hour announced, asked by the office: once, and not before."""
    found = draw_of(congress, draw)
    try:
        if draw_now(found, **acting(request)):
            messages.success(request, _("Drawn: everybody is told, and the result is public."))
    except NotYet:
        messages.warning(request, _("Not yet: its hour has not come, or the public source has not spoken."))
    except CannotDraw as error:
        messages.warning(request, _cannot(error))
    return redirect("office-draw", congress.code, draw)


@of_congress
@require_http_methods(FORM)
def cancel(request: StaffRequest, congress: Congress, draw: int) -> HttpResponse:
    require(request.user, "draw.set", congress)
    found = draw_of(congress, draw)
    form = CancelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if cancel_draw(found, why=form.cleaned_data["why"], **acting(request)):
            messages.success(request, _("The draw is cancelled."))
        return redirect("office-draws", congress.code)
    entries = found.entries.live().count()
    facts = {
        "title": _("Cancel this draw?"),
        "consequence": _(
            "It will not be drawn. Its rooms go to those who wait, else back on sale. Entries told so by e-mail: %(n)s."
        )
        % {"n": entries},
        "action": _("Cancel the draw"),
        "form": form,
    }
    return _ask(request, found, facts)


def _cannot(error: CannotDraw) -> str:
    words = {"n": error.entry.number}
    return _("Nothing was drawn: entry %(n)s would get a room that has no price today, or no time to answer is left.") % words


def _ask(request: StaffRequest, draw: Draw, facts: dict[str, Any]) -> HttpResponse:
    back = reverse("office-draw", args=[draw.congress.code, draw.number])
    return render(request, "office/draws/ask.html", {"congress": draw.congress, "draw": draw, "back": back, **facts})


def _page(request: StaffRequest, draw: Draw, *, form: RoomForm | None = None, word: WordForm | None = None) -> HttpResponse:
    rooms, at = rooms_of(draw), timezone.now()
    entries = draw.entries.live().select_related("booking__client", "group").order_by("number")
    facts = {
        "congress": draw.congress,
        "draw": draw,
        "rooms": rooms,
        "lacks": draw.lacks(at),
        "entries": entries[:SHOWN],
        "count": entries.count(),
        "listed": listed(draw, rooms)[:SHOWN],
        "rules": rules_of(draw.congress),
        "form": form or RoomForm(congress=draw.congress),
        "word": word or WordForm(),
        "wants_word": draw.state == Draw.State.CLOSED and draw.public_source and not draw.public_word,
    }
    return render(request, "office/draws/show.html", facts, status=422 if form or word else 200)
