"""The waiting list of a congress: night by night who waits and what is kept, what was offered and answered, and the rules."""

from __future__ import annotations

from datetime import datetime, time

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from pleniere.congress.models import Congress
from pleniere.stock.actions import Night, NotEnough
from pleniere.waiting.actions import keep_for_office, rehearse_run, rules_of, run_now, set_rules, withdraw
from pleniere.waiting.models import Proposal, Wish
from pleniere.waiting.queries import by_night, nights_with_rooms

from ..door import StaffRequest, acting, of_congress
from ..mails.views import messages_of
from .forms import KeepForm, RulesForm

SHOWN = 300


@of_congress
@require_safe
def index(request: StaffRequest, congress: Congress) -> HttpResponse:
    return _page(request, congress)


@of_congress
@require_POST
def rules(request: StaffRequest, congress: Congress) -> HttpResponse:
    form = RulesForm.of(rules_of(congress), request.POST)
    if not form.is_valid():
        return _page(request, congress, form=form)
    set_rules(congress, **acting(request), **form.cleaned_data)
    messages.success(request, _("These rules are announced to whoever waits from now on."))
    return redirect("office-waiting-list", congress.code)


@of_congress
@require_POST
def keep(request: StaffRequest, congress: Congress) -> HttpResponse:
    form = KeepForm(request.POST, rows=nights_with_rooms(congress))
    if form.is_valid():
        row = form.cleaned_data["night"]
        until = datetime.combine(row.day, time(), congress.zone)
        night = Night(row.pool_id, row.service_id, row.day)
        try:
            keep_for_office(night, form.cleaned_data["rooms"], congress=congress, until=until, **acting(request))
            messages.success(request, _("Kept: away from passers-by and from offers."))
            return redirect("office-waiting-list", congress.code)
        except NotEnough:
            form.add_error("rooms", _("So many are not free."))
    return _page(request, congress, keeping=form)


@of_congress
@require_POST
def now(request: StaffRequest, congress: Congress) -> HttpResponse:
    """What the worker does every five minutes, at once: by the same rules, for the same people. Every mail is read before the yes."""
    if "sure" not in request.POST:
        mails = rehearse_run(congress, **acting(request))
        return render(request, "office/waiting/now.html", {"congress": congress, "mails": mails})
    made = run_now(congress, **acting(request))
    messages.success(request, _("Offers made: %(n)s.") % {"n": made})
    return redirect("office-waiting-list", congress.code)


@of_congress
@require_POST
def leave(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    wish = get_object_or_404(Wish.objects.visible_to(request.user).filter(booking__congress=congress), pk=pk)
    withdraw(wish, **acting(request))
    return redirect("office-waiting-list", congress.code)


def _page(
    request: StaffRequest, congress: Congress, *, form: RulesForm | None = None, keeping: KeepForm | None = None
) -> HttpResponse:
    wishes = Wish.objects.filter(booking__congress=congress).select_related(
        "booking__client", "offer__service__supplier", "offer__pool", "rate"
    )
    found = Proposal.objects.filter(wish__booking__congress=congress).select_related(
        "wish__booking__client", "wish__offer__service__supplier"
    )
    proposals = list(found.order_by("-made_at", "-pk")[:SHOWN])
    told = dict(messages_of(request).filter(key__in=[each.mail_key for each in proposals]).values_list("key", "pk"))
    facts = {
        "congress": congress,
        "nights": by_night(congress),
        "wishes": wishes.live().order_by("made_at", "rank", "pk")[:SHOWN],
        "proposals": [(each, told.get(each.mail_key)) for each in proposals],
        "form": form or RulesForm.of(rules_of(congress)),
        "keeping": keeping or KeepForm(rows=nights_with_rooms(congress)),
    }
    return render(request, "office/waiting/index.html", facts, status=422 if form or keeping else 200)
