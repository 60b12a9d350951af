"""The page of a sub-block's contact, by a signed link: how many rooms, what is set apart, who comes. A GET asks and accepts nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from pleniere.accounts import links
from pleniere.accounts.models import Link
from pleniere.catalogue.models import Service
from pleniere.subblock import queries
from pleniere.subblock.actions import CannotAnswer, accept, ask, drop_guest, invite, name_guests
from pleniere.subblock.letters import register_url
from pleniere.subblock.models import Ask, Guest, SubBlock
from pleniere.web.forms import key_of
from pleniere.web.links import holds
from pleniere.web.typed import number, pk_of

from .views import _house

WORDS = 100_000  # characters of a pasted list


@require_http_methods(["GET", "HEAD", "POST"])
@holds(Link.Purpose.SUBBLOCK)
def page(request: HttpRequest, link: Link) -> HttpResponse:
    block = _of(link)
    typed: dict[str, Any] = {}
    if request.method == "POST":
        act = ACTS.get(request.POST.get("act", ""))
        try:
            if act is None:
                raise CannotAnswer(_("Choose what to do."))
            messages.success(request, act(request, block, link))
            return redirect("client-sub-block", links.token(link))
        except CannotAnswer as error:
            typed = {"error": str(error), "words": request.POST, "act": request.POST.get("act")}
            block = _of(link)
    return _show(request, link, block, typed)


@require_POST
@holds(Link.Purpose.SUBBLOCK)
def drop(request: HttpRequest, link: Link, pk: int) -> HttpResponse:
    guest = get_object_or_404(Guest.objects.select_related("sub_block"), pk=pk, sub_block=_of(link))
    drop_guest(guest, by=link, at=timezone.now())
    messages.success(request, _("%(guest)s is off the list.") % {"guest": guest})
    return redirect("client-sub-block", links.token(link))


def _of(link: Link) -> SubBlock:
    rows = SubBlock.objects.visible_to(link)
    return get_object_or_404(rows.select_related("congress", "pool__parent", "audience"))


def _ask(request: HttpRequest, block: SubBlock, link: Link) -> str:
    types, nights = queries.types_and_nights(block.pool.parent, block.congress)
    rooms = {}
    for code in types:
        for night in nights:
            words = request.POST.get(_name(code, night), "").strip()
            count = number(words or "0", digits=4)
            if count is None:
                raise CannotAnswer(_("%(words)s: a number of rooms, please.") % {"words": words[:20]})
            rooms[code, night] = count
    remark = request.POST.get("remark", "")
    ask(block, rooms, remark=remark, key=key_of(request.POST.get("key")), by=link, at=timezone.now())
    return _("Sent. The bureau looks for these rooms and writes to you.")


def _accept(request: HttpRequest, block: SubBlock, link: Link) -> str:
    accept(block, version=pk_of(request.POST.get("version")), by=link, at=timezone.now())
    return _("Accepted. Your guests can register now.")


def _guests(request: HttpRequest, block: SubBlock, link: Link) -> str:
    count = name_guests(block, request.POST.get("names", "")[:WORDS], by=link, at=timezone.now())
    return ngettext("%(n)s guest more.", "%(n)s guests more.", count) % {"n": count}


def _invite(request: HttpRequest, block: SubBlock, link: Link) -> str:
    count = invite(block, list(block.guests.all()), by=link, at=timezone.now())
    return ngettext("%(n)s guest is written to.", "%(n)s guests are written to.", count) % {"n": count}


ACTS: dict[str, Callable[[HttpRequest, SubBlock, Link], str]] = {
    "ask": _ask,
    "accept": _accept,
    "guests": _guests,
    "invite": _invite,
}


def _name(code: str, night: date) -> str:
    return f"{code}-{night.isoformat()}"


def _show(request: HttpRequest, link: Link, block: SubBlock, typed: dict[str, Any]) -> HttpResponse:
    asked = queries.last_ask(block)
    registered = queries.registered(block)
    grid = queries.grid(block, asked)
    types, nights = queries.types_and_nights(block.pool.parent, block.congress)
    facts: dict[str, Any] = {
        "congress": block.congress,
        "house": _house(),
        "token": links.token(link),
        "part": block,
        "asked": asked,
        "grid": grid,
        "hotels": [(track, [cell for cell in track.over(grid.nights) if cell.allocated or cell.taken]) for track in grid.hotels],
        "types": [(code, str(Service.Room(code).label).capitalize()) for code in types],
        "rows": _rows(types, nights, asked, typed.get("words") if typed.get("act") == "ask" else None),
        "registered": registered,
        "expected": queries.expected(block, registered),
        "register": register_url(block),
        "steps": [step for step in block.steps.all() if step.done_at is None],
        "error": typed.get("error", ""),
        "typed": typed.get("words", {}),
        "is_asking": typed.get("act") == "ask" or block.state == SubBlock.State.PREPARED,
        "key": key_of(typed.get("words", {}).get("key")),
    }
    return render(request, "client/sub_block.html", facts, status=422 if typed else 200)


def _rows(types: Sequence[str], nights: Sequence[date], asked: Ask | None, words: Any) -> list[dict[str, Any]]:
    """The grid of what is asked, a night a row; what was typed stays typed."""
    cells = asked.cells if asked else {}
    return [
        {
            "night": night,
            "cells": [
                {
                    "name": _name(code, night),
                    "label": str(Service.Room(code).label).capitalize(),
                    "value": words.get(_name(code, night), "")[:10] if words is not None else cells.get((code, night), ""),
                }
                for code in types
            ],
        }
        for night in nights
    ]
