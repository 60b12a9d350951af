"""Run of house: what is sold before its hotel is known, the rooms hotels lend it, and the hotel given to each stay."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from pleniere.accounts.rights import can
from pleniere.booking.actions import GUEST, KEEP, Move
from pleniere.booking.actions.frame import people_of
from pleniere.booking.models import Line
from pleniere.catalogue.actions.services import SLEEPS
from pleniere.catalogue.models import Service
from pleniere.congress.models import Congress
from pleniere.subblock import house
from pleniere.subblock.actions import Refused, TooFew, fill_house, make_house
from pleniere.web.forms import Form, MoneyField, add_errors, key_of
from pleniere.web.typed import number

from ..door import StaffRequest, acting, of_congress
from ..moving import move

MOST = 200


class HouseForm(Form):
    """A type of room sold in a hotel named later, and its price."""

    room_type = forms.ChoiceField(label=gettext_lazy("Type of room"))
    amount = MoneyField(label=gettext_lazy("Price a night, VAT included"))

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        types = [(code, label) for code, label in Service.Room.choices if code in SLEEPS]
        self.fields["room_type"].choices = types  # type: ignore[attr-defined]
        self.fields["room_type"].initial = "DOUBLE"


class AssignForm(Form):
    """What the guests read first, and whether the price agreed stays."""

    bears = forms.ChoiceField(
        label=gettext_lazy("The price"),
        choices=[
            (KEEP, gettext_lazy("stays as it was agreed: dearer or cheaper is the bureau’s")),
            (GUEST, gettext_lazy("becomes the hotel’s own")),
        ],
        widget=forms.RadioSelect,
        initial=KEEP,
    )
    word = forms.CharField(
        label=gettext_lazy("What the guests read first"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


@of_congress
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: StaffRequest, congress: Congress) -> HttpResponse:
    """What is sold so, and which hotels lend to it, night by night. Typed numbers are what each lends in all."""
    form = HouseForm(request.POST if request.POST.get("act") == "make" else None)
    error = ""
    if form.is_valid():
        try:
            make_house(congress, form.cleaned_data["room_type"], form.cleaned_data["amount"], **acting(request))
            messages.success(request, _("On sale as soon as hotels lend it rooms."))
            return redirect("office-run-of-house", congress.code)
        except (Refused, ValidationError) as refused:
            add_errors(form, refused) if isinstance(refused, ValidationError) else form.add_error(None, str(refused))
    offers = house.offers_of(congress)
    grids = [house.grid(offer) for offer in offers]
    if request.POST.get("act") == "lend":
        try:
            found = next((each for each in grids if str(each.offer.pk) == request.POST.get("offer")), None)
            rooms = _typed(request, found) if found else {}
            if found:
                fill_house(found.offer, rooms, key=key_of(request.POST.get("key")), **acting(request))
                messages.success(request, _("The rooms have moved."))
            return redirect("office-run-of-house", congress.code)
        except (Refused, TooFew) as refused:
            error = str(refused)
    facts = {
        "congress": congress,
        "grids": [(each, _rows(request, each)) for each in grids],
        "form": form,
        "error": error,
        "key": key_of(request.POST.get("key")),
        "waiting": len(house.stays_of(congress)),
        "may": can(request.user, "subblock.assign", congress),
    }
    return render(request, "office/subblocks/house.html", facts, status=422 if error or form.errors else 200)


def _name(offer: int, service: int, night: date) -> str:
    return f"h{offer}-{service}-{night.isoformat()}"


def _typed(request: StaffRequest, grid: house.HouseGrid) -> dict[tuple[int, date], int]:
    found = {}
    for lent in grid.rows:
        for night in {*lent.free, *lent.lent}:
            words = request.POST.get(_name(grid.offer.pk, lent.service.pk, night))
            if words is not None:
                count = number(words.strip() or "0", digits=4)
                if count is None:
                    raise Refused(_("%(words)s: a number of rooms, please.") % {"words": words[:20]})
                found[lent.service.pk, night] = count
    return found


def _rows(request: StaffRequest, grid: house.HouseGrid) -> list[dict[str, Any]]:
    rows = []
    for lent in grid.rows:
        cells: list[dict[str, Any] | None] = []
        for night in grid.nights:
            if night not in lent.free and night not in lent.lent:
                cells.append(None)
                continue
            name, value = _name(grid.offer.pk, lent.service.pk, night), lent.lent.get(night, 0)
            cells.append({"name": name, "value": request.POST.get(name, value), "night": night, "free": lent.free.get(night, 0)})
        rows.append({"lent": lent, "cells": cells})
    return rows


@of_congress
@require_http_methods(["GET", "HEAD", "POST"])
def assign(request: StaffRequest, congress: Congress) -> HttpResponse:
    """Stays to hotels, by hand or as proposed; every price and every mail is shown before the yes."""
    stays = house.stays_of(congress)[:MOST]
    choices = house.choices(congress, stays)
    way = request.POST.get("way") or request.GET.get("way", "")
    proposed = house.propose(congress, stays, way) if way in dict(house.WAYS) else []
    by_line = {each.line.pk: each for each in proposed}
    chosen = _chosen(request, stays, choices, by_line)
    word = _("Your hotel is now known; please find it below, with your nights and what is due.")
    form = AssignForm(request.POST if "bears" in request.POST else None, initial={"word": word, "bears": KEEP})
    people = people_of(stays)
    page: dict[str, Any] = {
        "congress": congress,
        "form": form,
        "ways": house.WAYS,
        "way": way,
        "choices": choices.values(),
        "may": can(request.user, "subblock.assign", congress),
        "rows": [
            {
                "line": line,
                "people": people[line.pk],
                "choice": chosen.get(line.pk),
                "would_move": line.pk in by_line and by_line[line.pk].would_move,
                "nowhere": line.pk in by_line and by_line[line.pk].choice is None and not by_line[line.pk].would_move,
            }
            for line in stays
        ],
    }
    if form.is_bound and form.is_valid():
        moves = [Move(line, chosen[line.pk].offer, chosen[line.pk].rate) for line in stays if line.pk in chosen]
        if not moves:
            form.add_error(None, _("Choose a hotel for one stay at least."))
        elif answer := _act(request, page, form, moves):
            return answer
    status = 422 if form.errors or "differs" in page else 200
    return render(request, "office/subblocks/assign.html", page, status=status)


def _chosen(
    request: StaffRequest, stays: list[Line], choices: dict[str, house.Choice], by_line: dict[int, house.Proposed]
) -> dict[int, house.Choice]:
    """By hand: one hotel for all that are ticked, or each its own; else what is proposed."""
    ticked, to_all = set(request.POST.getlist("line")), choices.get(request.POST.get("to", ""))
    found = {}
    for line in stays:
        by_hand = choices.get(request.POST.get(f"to-{line.pk}", ""))
        proposal = by_line.get(line.pk)
        if to_all is not None and str(line.pk) in ticked:
            by_hand = to_all
        if by_hand is not None:
            found[line.pk] = by_hand
        elif proposal is not None and proposal.choice is not None and f"to-{line.pk}" not in request.POST:
            found[line.pk] = proposal.choice
    return found


def _act(request: StaffRequest, page: dict[str, Any], form: AssignForm, moves: list[Move]) -> HttpResponse | None:
    facts: dict[str, Any] = {name: form.cleaned_data[name] for name in ("bears", "word")}
    facts |= {"reason": _("run of house: the hotel is named"), "by": request.user, "at": timezone.now()}
    has_moved = move(request, page, form, moves, words=_named, **facts)
    return redirect("office-run-of-house", page["congress"].code) if has_moved else None


def _named(count: int) -> str:
    return ngettext("%(n)s stay has its hotel.", "%(n)s stays have their hotel.", count) % {"n": count}
