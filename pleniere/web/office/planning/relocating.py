"""A row that is short: n named stays chosen, where to, who bears the difference; shown with its letters, then done."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from pleniere.accounts.rights import can
from pleniere.booking.actions import GUEST, HOUSE, Move
from pleniere.booking.actions.frame import people_of
from pleniere.booking.models import Line
from pleniere.catalogue.models import Rate
from pleniere.congress.models import Congress, Offer
from pleniere.congress.programme import programme
from pleniere.stock.models import Claim, StockDay
from pleniere.stock.queries import free
from pleniere.web.forms import Form
from pleniere.web.typed import pks_of

from ..door import StaffRequest, of_congress
from ..moving import move

MOST = 120


class RelocationForm(Form):
    """Where the chosen stays go, who pays what is dearer there, and the words the guests read first."""

    to = forms.ChoiceField(label=gettext_lazy("They go to"))
    bears = forms.ChoiceField(
        label=gettext_lazy("What is dearer there is borne by"),
        choices=[
            (HOUSE, gettext_lazy("the bureau: the guest never pays more than before")),
            (GUEST, gettext_lazy("the guest: the price of the new room")),
        ],
        widget=forms.RadioSelect,
        initial=HOUSE,
    )
    reason = forms.CharField(label=gettext_lazy("Reason, for the history"), max_length=250)
    word = forms.CharField(
        label=gettext_lazy("What the guests read first"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )


@of_congress
@require_http_methods(["GET", "POST"])
def relocation(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    """Nothing moves before it was shown: each price, who bears what, every mail."""
    rows = StockDay.objects.filter(congress=congress).select_related("service__supplier", "pool")
    row = get_object_or_404(rows, pk=pk)
    stays = list(_stays(row)[:MOST])
    people = people_of(stays)
    targets = _targets(congress, row)
    word = _("Your hotel could not keep your room. We have booked you another one, for the same nights; please find it below.")
    form = RelocationForm(request.POST or None, initial={"word": word, "reason": _("rooms withdrawn by the hotel")})
    form.fields["to"].choices = [(f"{o.pk}:{r.pk}", words) for o, r, words in targets]  # type: ignore[attr-defined]
    chosen = set(pks_of(request.POST.getlist("line")))
    page: dict[str, Any] = {
        "congress": congress,
        "row": row,
        "form": form,
        "stays": [(line, people[line.pk], line.pk in chosen) for line in stays],
        "targets": targets,
        "may": can(request.user, "booking.edit", congress),
    }
    if form.is_valid():
        lines = [line for line in stays if line.pk in chosen]
        to = {f"{offer.pk}:{rate.pk}": (offer, rate) for offer, rate, _words in targets}[form.cleaned_data["to"]]
        if not lines:
            form.add_error(None, _("Tick the stays that move; they may have moved already."))
        elif answer := _act(request, page, form, [Move(line, *to) for line in lines]):
            return answer
    return render(request, "office/planning/relocation.html", page, status=422 if form.errors or "differs" in page else 200)


def _act(request: StaffRequest, page: dict[str, Any], form: RelocationForm, moves: list[Move]) -> HttpResponse | None:
    facts: dict[str, Any] = {name: form.cleaned_data[name] for name in ("bears", "reason", "word")}
    has_moved = move(request, page, form, moves, words=_moved, by=request.user, at=timezone.now(), **facts)
    return redirect("office-planning-cell", page["congress"].code, page["row"].pk) if has_moved else None


def _moved(count: int) -> str:
    return ngettext("%(n)s stay has moved.", "%(n)s stays have moved.", count) % {"n": count}


def _stays(row: StockDay) -> QuerySet[Line]:
    """Options and firm stays that have a room of this row, the last come first: who booked first moves last."""
    owners = row.claims.filter(kind__in=[Claim.Kind.OPTION, Claim.Kind.BOOKED]).values("owner")
    lines = Line.objects.filter(congress=row.congress_id, key__in=owners).order_by("-made_at", "-pk")
    return lines.select_related("booking__client", "offer__service__supplier", "rate")


def _targets(congress: Congress, row: StockDay) -> list[tuple[Offer, Rate, str]]:
    """Rooms of the congress that are free that night, of the same type first."""
    plan = programme(congress)
    there = free(congress, start=row.day, end=row.day.fromordinal(row.day.toordinal() + 1))
    found = []
    for offer in plan.offers.values():
        left = sum(n for night, n in there.items() if (night.pool, night.service) == (offer.pool_id, offer.service_id))
        if offer.service.kind != "ROOM" or offer.service_id == row.service_id or not left:
            continue
        for rate in plan.rates.get(offer.service_id, []):
            words = _("%(hotel)s, %(room)s, %(rate)s: %(n)s free that night")
            facts = {"hotel": offer.service.supplier, "room": offer, "rate": rate, "n": left}
            found.append(
                (offer.service.room_type != row.service.room_type, str(offer.service.supplier), offer, rate, words % facts)
            )
    return [(offer, rate, words) for *_order, offer, rate, words in sorted(found, key=lambda f: (f[0], f[1], f[3].occupancy))]
