"""What the cut-offs will give back, before they do; their steps; and what a hotel leaves with us after all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from pleniere.accounts.rights import can
from pleniere.allotment import cutoffs, letters
from pleniere.allotment.actions import CannotStep, set_steps, undo_release
from pleniere.allotment.cutoffs import Felt, Moment
from pleniere.allotment.models import Block, Release
from pleniere.booking.models import Booking, Line
from pleniere.congress.models import Congress
from pleniere.messaging.outbox import Rendered
from pleniere.stock.actions import NotEnough
from pleniere.web.forms import DayField, Form
from pleniere.web.typed import pk_of

from ..door import StaffRequest, of_congress
from .steps import StepsForm

MOST_MET = 60


class DateForm(Form):
    """Up to which day, of which hotel."""

    on = DayField(label=gettext_lazy("Up to"), required=False)
    block = forms.ChoiceField(label=gettext_lazy("Hotel"), required=False)


class UndoForm(Form):
    reason = forms.CharField(label=gettext_lazy("Who agreed, and when"), max_length=250)
    until = DayField(
        label=gettext_lazy("The new cut-off"), required=False, help_text=gettext_lazy("none: these rooms stay for good")
    )


@dataclass
class Met:
    """A booking that a step meets: how many room nights, from which to which, kept until when at the earliest."""

    booking: Booking | None
    felt: list[Felt]

    @property
    def room_nights(self) -> int:
        return sum(felt.rooms for felt in self.felt)

    @property
    def first(self) -> date:
        return min(felt.night for felt in self.felt)

    @property
    def last(self) -> date:
        return max(felt.night for felt in self.felt)

    @property
    def until(self) -> datetime | None:
        return min((felt.until for felt in self.felt if felt.until), default=None)


@dataclass
class Shown:
    """A step with the people whom it meets and its letters."""

    moment: Moment
    carts: list[Met]
    options: list[Met]
    letters: list[Rendered]


@of_congress
@require_safe
def simulation(request: StaffRequest, congress: Congress) -> HttpResponse:
    """Nothing is done here: what would go back up to a day, who would feel it, what both sides would read."""
    rows = Block.objects.visible_to(request.user).filter(congress=congress)
    blocks = list(rows.select_related("supplier", "reply__invitation__request", "reply__invitation__supplier").order_by("pk"))
    for block in blocks:
        block.congress = congress
        if block.reply:
            block.reply.invitation.congress = congress
    today = congress.local_date(timezone.now())
    form = DateForm(request.GET or None)
    names = [(str(block.pk), f"{block.supplier} ({block.pk})") for block in blocks]
    form.fields["block"].choices = [("", _("all")), *names]  # type: ignore[attr-defined]
    form.is_valid()
    facts = form.cleaned_data if form.is_bound else {}
    one = pk_of(facts["block"]) if facts.get("block") else None
    chosen = [block for block in blocks if one in (None, block.pk)]
    on = facts.get("on") or cutoffs.horizon(chosen, today)
    moments = cutoffs.simulate(chosen, on)
    shown = _shown(moments, with_letters=one is not None)
    page = {
        "congress": congress,
        "form": form,
        "on": on,
        "shown": shown,
        "goes": sum(moment.goes for moment in moments),
        "one": one,
        "today": today,
    }
    return render(request, "office/requests/simulation.html", page)


def _shown(moments: list[Moment], *, with_letters: bool) -> list[Shown]:
    """The letters are set for one hotel at a time: they are long."""
    owners = {felt.owner for moment in moments for felt in (*moment.carts, *moment.options)}
    lines = {line.key: line for line in Line.objects.filter(key__in=owners).select_related("booking__client")}

    def whose(felts: list[Felt]) -> list[Met]:
        found: dict[int | str, Met] = {}
        for felt in felts:
            line = lines.get(felt.owner)
            met = found.setdefault(line.booking_id if line else felt.owner, Met(line.booking if line else None, []))
            met.felt.append(felt)
        return list(found.values())[:MOST_MET]

    found = []
    for moment in moments:
        about: dict[str, Any] = {"rows": moment.rows, "rest": moment.stays}
        mails = letters.preview_released(moment.due.block, **about) if with_letters else []
        found.append(Shown(moment, whose(moment.carts), whose(moment.options), mails))
    return found


@of_congress
@require_http_methods(["GET", "POST"])
def steps(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    """The steps still to come of one block, as agreed with its hotel."""
    block = get_object_or_404(Block.objects.visible_to(request.user).select_related("supplier"), congress=congress, pk=pk)
    block.congress = congress
    form = StepsForm(request.POST or None, known=block.steps.filter(done_at=None))
    if request.method == "POST" and form.is_valid():
        try:
            set_steps(block, form.steps, by=request.user, at=timezone.now())
            messages.success(request, _("These are its steps now."))
            return redirect("office-block-release", congress.code, block.pk)
        except CannotStep as error:
            form.add_error(None, str(error))
    page = {"congress": congress, "kept": block, "form": form, "may": can(request.user, "allotment.release", block)}
    return render(request, "office/requests/steps.html", page, status=422 if form.is_bound else 200)


@of_congress
@require_http_methods(["GET", "POST"])
def undo(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    """The hotel agreed: what was given back is ours again."""
    rows = Release.objects.filter(block__in=Block.objects.visible_to(request.user).filter(congress=congress))
    release = get_object_or_404(rows.select_related("block__supplier", "block__reply__invitation__request"), pk=pk)
    release.block.congress = congress
    form = UndoForm(request.POST or None)
    if release.block.released_at is None:
        del form.fields["until"]
    if form.is_valid():
        try:
            undo_release(release, **form.cleaned_data, by=request.user, at=timezone.now())
            messages.success(request, _("These rooms are on sale again; the hotel is told."))
            return redirect("office-block-release", congress.code, release.block_id)
        except (CannotStep, NotEnough) as error:
            form.add_error(None, str(error))
    page = {"congress": congress, "release": release, "kept": release.block, "form": form, "mail": _again(release)}
    return render(request, "office/requests/undo.html", page, status=422 if form.is_bound else 200)


def _again(release: Release) -> Rendered | None:
    invitation = release.block.reply.invitation if release.block.reply else None
    return letters.preview_given_again(release, invitation) if invitation and invitation.email else None
