"""Asking the solver: what is wished, hotels to keep or to leave out; and what it answers, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from pleniere.allotment import reading
from pleniere.allotment.actions import CannotChoose, ask_solver, make_scenario, stop_solver
from pleniere.allotment.actions.solving import job_key
from pleniere.allotment.models import Request, Scenario
from pleniere.allotment.queries import Row, synthesis
from pleniere.allotment.solving import Goal, Wishes
from pleniere.catalogue.models import Service
from pleniere.common import shown
from pleniere.congress.models import Congress
from pleniere.messaging.models import Job
from pleniere.web.forms import Form, MoneyField
from pleniere.web.typed import pk_of

from ..door import StaffRequest, of_congress
from .views import find


def of_request(asked: Request, pk: int) -> Scenario:
    scenario = get_object_or_404(asked.scenarios, pk=pk)
    scenario.request, scenario.congress = asked, asked.congress
    return scenario


def free_name(asked: Request) -> str:
    """“Scenario B” when there is an A."""
    taken = set(asked.scenarios.values_list("name", flat=True))
    letters = [*"ABCDEFGHIJKLMNOPQRSTUVWXYZ", *(f"Z{n}" for n in range(1, 100))]
    return next(name for letter in letters if (name := _("Scenario %(letter)s") % {"letter": letter}) not in taken)


class WishesForm(Form):
    """What the solver is asked for. The hotels to keep or to leave out stand beside it, one choice each."""

    name = forms.CharField(label=gettext_lazy("Name of the scenario"), max_length=80)
    goal = forms.ChoiceField(label=gettext_lazy("What matters"), choices=Goal.choices, widget=forms.RadioSelect)
    minimum = forms.IntegerField(
        label=gettext_lazy("Room nights at least in each hotel"), min_value=0, max_value=10_000, required=False
    )
    most_hotels = forms.IntegerField(label=gettext_lazy("Hotels at most"), min_value=0, max_value=1_000, required=False)
    most_km = forms.DecimalField(
        label=gettext_lazy("Within, km"),
        min_value=0,
        max_value=1000,
        max_digits=6,
        decimal_places=1,
        required=False,
        localize=True,
    )
    most_price = MoneyField(label=gettext_lazy("Room night at most"), required=False)
    partial = forms.BooleanField(label=gettext_lazy("If not every room can be found, cover as many as possible"), required=False)
    euro_km = MoneyField(
        label=gettext_lazy("Best mix: one km nearer is worth"), help_text=gettext_lazy("per room night"), required=False
    )
    euro_hotel = MoneyField(
        label=gettext_lazy("Best mix: one hotel fewer is worth"),
        help_text=gettext_lazy("contracts, lists and payments spared"),
        required=False,
    )
    seconds = forms.IntegerField(label=gettext_lazy("Seconds to search, at most"), min_value=1, max_value=120, required=False)

    def wishes(self, kept: tuple[int, ...], banned: tuple[int, ...]) -> Wishes:
        facts, usual = self.cleaned_data, Wishes()
        return Wishes(
            goal=facts["goal"],
            minimum=facts["minimum"] or 0,
            kept=kept,
            banned=banned,
            most_hotels=facts["most_hotels"] or 0,
            most_km=None if facts["most_km"] is None else float(facts["most_km"]),
            most_price="" if facts["most_price"] is None else str(facts["most_price"]),
            partial=facts["partial"],
            euro_km=usual.euro_km if facts["euro_km"] is None else float(facts["euro_km"]),
            euro_hotel=usual.euro_hotel if facts["euro_hotel"] is None else float(facts["euro_hotel"]),
            seconds=facts["seconds"] or usual.seconds,
        )


def typed_of(wishes: Wishes) -> dict[str, Any]:
    """Wishes as the form shows them."""
    return {
        "goal": wishes.goal,
        "minimum": wishes.minimum or None,
        "most_hotels": wishes.most_hotels or None,
        "most_km": wishes.most_km,
        "most_price": Decimal(wishes.most_price) if wishes.most_price else None,
        "partial": wishes.partial,
        "euro_km": Decimal(str(wishes.euro_km)),
        "euro_hotel": Decimal(str(wishes.euro_hotel)),
        "seconds": wishes.seconds,
    }


@of_congress
@require_http_methods(["GET", "POST"])
def solver(request: StaffRequest, congress: Congress, number: str) -> HttpResponse:
    """The wishes of a new scenario, or of one (`scenario`) to be computed again."""
    asked = find(request, congress, number)
    pk = pk_of((request.POST or request.GET).get("scenario", ""))
    known = of_request(asked, pk) if pk else None
    wishes = Wishes.of(known.wishes) if known and known.wishes else Wishes()
    rows = [row for row in synthesis(asked).rows if row.counts and not row.is_placeholder]
    initial = {"name": known.name if known else free_name(asked), **typed_of(wishes)}
    form = WishesForm(request.POST or None, initial=initial)
    choice = (
        _choice(request.POST, rows) if form.is_bound else dict.fromkeys(wishes.kept, "keep") | dict.fromkeys(wishes.banned, "ban")
    )
    if form.is_valid():
        try:
            kept, banned = (tuple(pk for pk, word in choice.items() if word == what) for what in ("keep", "ban"))
            scenario = _ask(request, asked, known, form, form.wishes(kept, banned))
            return redirect("office-scenario", congress.code, number, scenario.pk)
        except CannotChoose as error:
            form.add_error("name", str(error))
    page = {
        "congress": congress,
        "asked": asked,
        "scenario": known,
        "form": form,
        "hotels": [(row, choice.get(row.invitation.pk, "")) for row in rows],
    }
    return render(request, "office/requests/solver.html", page, status=422 if form.is_bound else 200)


def _ask(request: StaffRequest, asked: Request, known: Scenario | None, form: WishesForm, wishes: Wishes) -> Scenario:
    at = timezone.now()
    name = form.cleaned_data["name"]
    scenario = known or make_scenario(asked, name=name, by=request.user, at=at)
    return ask_solver(scenario, wishes, by=request.user, at=at)


def _choice(words: Mapping[str, str], rows: list[Row]) -> dict[int, str]:
    """By invitation: keep, ban, or nothing; of hotels that are not of this request nothing is read."""
    found = {row.invitation.pk: words.get(f"hotel:{row.invitation.pk}", "") for row in rows}
    return {pk: word for pk, word in found.items() if word in ("keep", "ban")}


@of_congress
@require_POST
def stop(request: StaffRequest, congress: Congress, number: str, pk: int) -> HttpResponse:
    asked = find(request, congress, number)
    try:
        stop_solver(of_request(asked, pk), by=request.user)
        messages.success(request, _("The search is stopped: the scenario holds what it held."))
    except CannotChoose as error:
        messages.error(request, str(error))
    return redirect("office-scenario", congress.code, number, pk)


@dataclass
class Answer:
    """What the solver was asked and says, for the page of a scenario."""

    asked: list[str]
    lines: list[str]
    is_running: bool
    percent: int
    gap: str
    has_failed: bool


def answer_of(scenario: Scenario, rows: list[Row]) -> Answer | None:
    """None: the solver was never asked."""
    if not scenario.wishes:
        return None
    wishes, said = Wishes.of(scenario.wishes), scenario.said or {}
    is_running = scenario.state == Scenario.State.SOLVING
    job = Job.objects.filter(key=job_key(scenario.pk, scenario.asked)).first() if is_running else None
    gap = number_format(Decimal(job.said), 2) if job and job.said else ""
    return Answer(
        asked=_asked(wishes, {row.invitation.pk: str(row.supplier) for row in rows}, scenario.congress.currency),
        lines=_said(said, scenario, wishes) if said else [],
        is_running=is_running,
        percent=job.progress if job else 0,
        gap=gap,
        has_failed=bool(job and job.failed_at),
    )


def _asked(wishes: Wishes, names: Mapping[int, str], currency: str) -> list[str]:
    words = [str(Goal(wishes.goal).label)]
    if wishes.minimum:
        words.append(
            ngettext("at least %(n)s room night per hotel", "at least %(n)s room nights per hotel", wishes.minimum)
            % {"n": wishes.minimum}
        )
    if wishes.most_hotels:
        words.append(ngettext("at most %(n)s hotel", "at most %(n)s hotels", wishes.most_hotels) % {"n": wishes.most_hotels})
    if wishes.most_km is not None:
        words.append(_("within %(km)s km") % {"km": number_format(wishes.most_km, 1)})
    if wishes.most_price:
        words.append(_("at most %(price)s a room night") % {"price": shown.money(Decimal(wishes.most_price), currency)})
    for pks, label in ((wishes.kept, _("kept: %(hotels)s")), (wishes.banned, _("left out: %(hotels)s"))):
        if pks:
            words.append(label % {"hotels": ", ".join(names.get(pk, "–") for pk in pks)})
    if wishes.partial:
        words.append(_("as many rooms as possible"))
    return words


RELAX = {
    "minimum": gettext_lazy("the minimum per hotel"),
    "kept": gettext_lazy("the hotels to keep"),
    "banned": gettext_lazy("the hotels left out"),
    "most_hotels": gettext_lazy("the number of hotels"),
    "most_km": gettext_lazy("the distance"),
    "most_price": gettext_lazy("the price of a room night"),
    "partial": gettext_lazy("that every room be found (cover as many as possible instead)"),
}


def _said(said: Mapping[str, Any], scenario: Scenario, wishes: Wishes) -> list[str]:
    seconds = number_format(said.get("seconds", 0), 1)
    lines = []
    missing = [
        _("%(type)s, %(night)s: %(n)s missing")
        % {
            "type": reading.type_name(code) if code in Service.Room.values else code,
            "night": shown.short_day(date.fromisoformat(night)),
            "n": count,
        }
        for code, night, count in said.get("missing", [])
    ]
    relax = said.get("relax", [])
    if scenario.state == Scenario.State.IMPOSSIBLE:
        if relax == ["need"]:
            lines.append(
                _("All hotels together do not offer what is needed. Ask others, need less, or cover as many as possible.")
            )
        elif said.get("together"):
            lines.append(
                _("No choice meets these wishes, and giving up one alone does not help. Together they stand in the way:")
            )
            lines += [f"– {RELAX[name]}" for name in relax if name in RELAX]
        else:
            lines.append(_("No choice meets these wishes. Giving up any one of these is enough:"))
            lines += [f"– {RELAX[name]}" for name in relax if name in RELAX]
    elif said.get("gap", 0) <= 0.01:
        lines.append(_("The best there is, proven in %(seconds)s s.") % {"seconds": seconds})
    else:
        facts = {"seconds": seconds, "gap": number_format(said["gap"], 2)}
        lines.append(_("The best found in %(seconds)s s: at most %(gap)s %% from the best there may be.") % facts)
    if missing:
        lines.append(" · ".join(missing[:12]) + (" …" if len(missing) > 12 else ""))
    return lines
