"""Sub-blocks of a congress: who has one, what was asked, what is there, who took it, what goes back."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pleniere.accounts import links
from pleniere.accounts.rights import can
from pleniere.catalogue.models import Rate
from pleniere.congress.models import Congress, Offer, Price
from pleniere.subblock import queries
from pleniere.subblock.actions import (
    CannotAnswer,
    NothingToReturn,
    Refused,
    TooFew,
    allocate,
    edit_sub_block,
    give_back,
    invite,
    link_of,
    make_sub_block,
    name_guests,
    propose,
    set_price,
    set_steps,
    undo_return,
)
from pleniere.subblock.letters import register_url
from pleniere.subblock.models import Return, SubBlock
from pleniere.web.forms import add_errors, key_of
from pleniere.web.typed import number

from ..door import StaffRequest, acting, of_congress
from .forms import PriceForm, ReturnForm, SubBlockForm

SHOWN_WHOLE = 30  # rows of the allocation; beyond, only rooms of the types asked, and those it has


def _block(request: StaffRequest, congress: Congress, part: str) -> SubBlock:
    rows = SubBlock.objects.visible_to(request.user).filter(congress=congress)
    return get_object_or_404(rows.select_related("congress", "pool__parent", "audience", "client"), pool__code=part)


@of_congress
@require_safe
def index(request: StaffRequest, congress: Congress) -> HttpResponse:
    blocks = list(congress.sub_blocks.select_related("pool", "audience").prefetch_related("steps"))
    sums, asked = queries.sums(congress), queries.asked_sums(blocks)
    rows = [
        {
            "block": block,
            "asked": asked.get(block.pk, 0),
            "there": sums.get(block.pool_id, (0, 0))[0],
            "taken": sums.get(block.pool_id, (0, 0))[1],
            "next": next((step for step in block.steps.all() if step.done_at is None), None),
        }
        for block in blocks
    ]
    facts = {"congress": congress, "rows": rows, "may": can(request.user, "subblock.edit", congress)}
    return render(request, "office/subblocks/index.html", facts)


@of_congress
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: StaffRequest, congress: Congress) -> HttpResponse:
    form = SubBlockForm(request.POST or None, congress=congress)
    if form.is_valid():
        said = form.cleaned_data
        names = {name: said[name] for name in ("name", "secret", "purpose", "pays_as")}
        facts = {"contact": form.contact, "steps": form.steps, "also": said.get("also", ()), **names, **acting(request)}
        try:
            block = make_sub_block(congress, said["code"].upper(), **facts)
        except (Refused, ValidationError) as error:
            add_errors(form, error) if isinstance(error, ValidationError) else form.add_error(None, str(error))
        else:
            messages.success(request, _("Made. The contact has been written to; rooms come by allocating them."))
            return redirect("office-sub-block", congress.code, block.code)
    return render(request, "office/subblocks/form.html", {"congress": congress, "form": form}, status=422 if form.errors else 200)


@of_congress
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: StaffRequest, congress: Congress, part: str) -> HttpResponse:
    block = _block(request, congress, part)
    form = SubBlockForm(request.POST or None, congress=congress, block=block, initial=SubBlockForm.words_of(block))
    if form.is_valid():
        said = form.cleaned_data
        names = {name: said[name] for name in ("name", "secret", "purpose")}
        try:
            with transaction.atomic():  # both, or neither
                set_steps(block, form.steps, **acting(request))
                edit_sub_block(block, contact=form.contact, also=said.get("also", ()), **names, **acting(request))
        except (Refused, ValidationError) as error:
            add_errors(form, error) if isinstance(error, ValidationError) else form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("office-sub-block", congress.code, block.code)
    facts = {"congress": congress, "form": form, "part": block}
    return render(request, "office/subblocks/form.html", facts, status=422 if form.errors else 200)


@of_congress
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: StaffRequest, congress: Congress, part: str) -> HttpResponse:
    """What there is of it. Its guests may be named and invited here too, for the contact."""
    block = _block(request, congress, part)
    typed, error = "", ""
    if request.method == "POST":
        try:
            _guests(request, block)
            return redirect("office-sub-block", congress.code, block.code)
        except CannotAnswer as refused:
            error = str(refused)
            typed = request.POST.get("names", "")[:20_000]
    asked = queries.last_ask(block)
    registered = queries.registered(block)
    grid = queries.grid(block, asked)
    facts: dict[str, Any] = {
        "congress": congress,
        "part": block,
        "asked": asked,
        "grid": grid,
        "types": [(track, track.over(grid.nights)) for track in grid.types],
        "hotels": [(track, track.over(grid.nights)) for track in grid.hotels],
        "registered": registered,
        "expected": queries.expected(block, registered),
        "returns": block.returns.all()[:50],
        "steps": block.steps.all(),
        "typed": typed,
        "error": error,
        "may": can(request.user, "subblock.edit", congress),
        "link": links.url(link_of(block)),
        "register": register_url(block),
    }
    return render(request, "office/subblocks/page.html", facts, status=422 if error else 200)


def _guests(request: StaffRequest, block: SubBlock) -> None:
    if request.POST.get("act") == "invite":
        count = invite(block, list(block.guests.all()), **acting(request))
        messages.success(request, ngettext("%(n)s guest is written to.", "%(n)s guests are written to.", count) % {"n": count})
        return
    count = name_guests(block, request.POST.get("names", "")[:100_000], **acting(request))
    messages.success(request, ngettext("%(n)s guest more.", "%(n)s guests more.", count) % {"n": count})


@of_congress
@require_http_methods(["GET", "HEAD", "POST"])
def allocation(request: StaffRequest, congress: Congress, part: str) -> HttpResponse:
    """Rooms night by night, hotel by hotel; `?propose=1` fills it from what was asked and is free. Nothing moves before the yes."""
    block = _block(request, congress, part)
    asked = queries.last_ask(block)
    grid = queries.grid(block, asked, with_outside=True)
    cells = asked.cells if asked else {}
    found: dict[tuple[int, date], int] = propose(block, cells) if request.GET.get("propose") and cells else {}
    errors: list[str] = []
    if request.method == "POST":
        found, errors = _typed(request, grid)
        if not errors:
            try:
                allocate(block, found, key=key_of(request.POST.get("key")), tell="tell" in request.POST, **acting(request))
                messages.success(request, _("Allocated. These rooms are now for its guests alone."))
                return redirect("office-sub-block", congress.code, block.code)
            except (TooFew, Refused) as error:
                errors = [str(error)]
    facts = {
        "congress": congress,
        "part": block,
        "grid": grid,
        "asked": asked,
        "types": [(track, track.over(grid.nights)) for track in grid.types if asked],
        "rows": _rows(request, grid, found, {code for code, _night in cells}),
        "errors": errors,
        "key": key_of(request.POST.get("key")),
        "may": can(request.user, "subblock.edit", congress),
        "proposed": bool(request.GET.get("propose")) and bool(cells),
        "is_typed": request.method == "POST",
    }
    return render(request, "office/subblocks/allocation.html", facts, status=422 if errors else 200)


def _name(service: int, night: date) -> str:
    return f"r-{service}-{night.isoformat()}"


def _typed(request: StaffRequest, grid: queries.Grid) -> tuple[dict[tuple[int, date], int], list[str]]:
    found, errors = {}, []
    for track in grid.hotels:
        assert track.service is not None
        for night in track.cells:
            words = request.POST.get(_name(track.service.pk, night))
            if words is None:
                continue
            count = number(words.strip() or "0", digits=4)
            if count is None or count > 2000:
                errors.append(_("%(words)s: a number of rooms, please.") % {"words": words[:20]})
            else:
                found[track.service.pk, night] = count
    return found, errors[:3]


def _rows(request: StaffRequest, grid: queries.Grid, found: dict[tuple[int, date], int], types: set[str]) -> list[dict[str, Any]]:
    shown = [track for track in grid.hotels if any(track.outside.values()) or any(c.allocated for c in track.cells.values())]
    if len(shown) > SHOWN_WHOLE and types and not request.GET.get("all"):
        shown = [track for track in shown if track.code in types or any(c.allocated for c in track.cells.values())]
    rows = []
    for track in shown:
        assert track.service is not None
        cells: list[dict[str, Any] | None] = []
        for night in grid.nights:
            cell = track.cells.get(night)
            if cell is None:
                cells.append(None)
                continue
            value = found.get((track.service.pk, night), cell.allocated)
            words = request.POST.get(_name(track.service.pk, night), value) if request.method == "POST" else value
            cells.append(
                {"name": _name(track.service.pk, night), "value": words, "cell": cell, "free": track.outside.get(night, 0)}
            )
        rows.append({"track": track, "cells": cells})
    return rows


@of_congress
@require_http_methods(["GET", "HEAD", "POST"])
def prices(request: StaffRequest, congress: Congress, part: str) -> HttpResponse:
    """Each formula of its rooms, at everybody's price unless one is typed here."""
    block = _block(request, congress, part)
    offers = Offer.objects.filter(pool=block.pool_id, retired_at=None).values("service")
    rates = list(
        Rate.objects.filter(service__in=offers).select_related("service__supplier").order_by("service__supplier__name", "pk")
    )
    own = dict(Price.objects.filter(pool=block.pool_id, audience=block.audience_id, side="SELL").values_list("rate", "amount"))
    forms = [
        (rate, PriceForm(request.POST or None, prefix=f"r{rate.pk}", initial={"amount": own.get(rate.pk)})) for rate in rates
    ]
    may = can(request.user, "subblock.edit", congress)
    valid = [form.is_valid() for _rate, form in forms]  # each: every one says what is wrong with it
    if request.method == "POST" and all(valid):
        try:
            for rate, form in forms:
                if form.cleaned_data["amount"] != own.get(rate.pk):
                    set_price(block, rate, form.cleaned_data["amount"], **acting(request))
        except Refused as error:
            forms[0][1].add_error(None, str(error))
        else:
            messages.success(request, _("Saved. What is sold already keeps its price."))
            return redirect("office-sub-block", congress.code, block.code)
    wrong = any(form.errors for _rate, form in forms)
    facts = {"congress": congress, "part": block, "forms": forms, "may": may}
    return render(request, "office/subblocks/prices.html", facts, status=422 if wrong else 200)


@of_congress
@require_http_methods(["GET", "HEAD", "POST"])
def returning(request: StaffRequest, congress: Congress, part: str) -> HttpResponse:
    """What would go back now, night by night, before the yes; and what each step to come would take if it were today."""
    block = _block(request, congress, part)
    form = ReturnForm(request.POST or None)
    if form.is_valid():
        try:
            given = give_back(block, reason=form.cleaned_data["reason"], key=form.cleaned_data["key"], **acting(request))
            count = given.room_nights
            words = ngettext("%(n)s room night went back.", "%(n)s room nights went back.", count) % {"n": count}
            messages.success(request, words)
            return redirect("office-sub-block", congress.code, block.code)
        except NothingToReturn as error:
            form.add_error(None, str(error))
    grid = queries.grid(block, None)
    steps = [step for step in block.steps.all() if step.done_at is None]
    rows = [
        (track, cell, [(step, step.rooms(cell.free)) for step in steps])
        for track in grid.hotels
        for cell in track.over(grid.nights)
        if cell.allocated
    ]
    facts = {
        "congress": congress,
        "part": block,
        "form": form,
        "rows": rows,
        "steps": steps,
        "free": sum(cell.free for _track, cell, _steps in rows),
        "may": can(request.user, "subblock.edit", congress),
    }
    return render(request, "office/subblocks/return.html", facts, status=422 if form.errors else 200)


@of_congress
@require_POST
def undo(request: StaffRequest, congress: Congress, part: str, pk: int) -> HttpResponse:
    block = _block(request, congress, part)
    given = get_object_or_404(Return.objects.select_related("sub_block"), pk=pk, sub_block=block)
    try:
        if undo_return(given, **acting(request)):
            messages.success(request, _("These rooms are the sub-block’s again."))
    except Refused as error:
        messages.error(request, str(error))
    return redirect("office-sub-block", congress.code, block.code)
