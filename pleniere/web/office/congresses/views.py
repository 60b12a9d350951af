"""Congresses: the list, a new one, the overview of each, its preview, its opening, its people."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pleniere.accounts.models import Role, User
from pleniere.accounts.rights import can
from pleniere.common import sheets
from pleniere.common.nights import DAY
from pleniere.congress import uses
from pleniere.congress.actions import (
    NotReady,
    Refused,
    close_registration,
    end_congress,
    make_congress,
    open_registration,
)
from pleniere.congress.actions.people import invite, set_member_roles
from pleniere.congress.checks import starts_of
from pleniere.congress.models import Congress, Member, Offer, Step
from pleniere.congress.opening import QUOTE, what_is_missing
from pleniere.congress.pricing import NotSold, from_price, price
from pleniere.congress.programme import Programme, programme
from pleniere.registration.queue import counts
from pleniere.stock.places import places_of
from pleniere.web.tables import Column, Listing

from ..door import StaffRequest, of_congress, staff
from .forms import MemberForm, NewCongressForm, OpeningForm, ReasonForm
from .frame import cure, refusals, saved, show

COLUMNS = (
    Column(gettext_lazy("Congress"), str, is_name=True, href=lambda row: reverse("office-congress", args=[row.code])),
    Column(gettext_lazy("Code"), "code", sort="code"),
    Column(gettext_lazy("From"), "starts", sheets.DATE, sort="starts"),
    Column(gettext_lazy("Venue"), "venue", sort="venue"),
    Column(gettext_lazy("Organiser"), lambda row: str(row.organiser or "")),
    Column(gettext_lazy("State"), "get_state_display", sort="state"),
)


@staff
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    rows = Congress.objects.staffed_by(request.user).select_related("organiser")
    listing = Listing(request, rows, COLUMNS, title=str(_("Congresses")), name="congresses", sort="-starts", search="code")
    facts = {"listing": listing, "can_make": can(request.user, "congress.make")}
    return listing.export() or render(request, "office/congresses/index.html", facts)


@staff
@require_http_methods(["GET", "POST"])
def new(request: StaffRequest) -> HttpResponse:
    """The assistant's first page. Everything after it is saved in the congress itself."""
    if not can(request.user, "congress.make"):
        raise PermissionDenied
    form = NewCongressForm(request.POST or None)
    if form.is_valid():
        with refusals(form):
            facts = form.facts()
            made = make_congress(form.cleaned_data["code"], **facts, by=request.user, at=timezone.now())
            return redirect(reverse("office-setup-steps", args=[made.code]) + "?guide=1")
    return render(request, "office/congresses/new.html", {"form": form}, status=422 if form.is_bound else 200)


@of_congress
@require_safe
def congress(request: StaffRequest, congress: Congress) -> HttpResponse:
    now = timezone.now()
    figures = {"orders": uses.orders(congress), "open": uses.open_carts(congress, now), "offers": congress.offers.count()}
    public = settings.SITE_URL + reverse("public-welcome", args=[congress.code])
    facts = {
        "missing": _missing(congress),
        "figures": figures,
        "can_open": can(request.user, "congress.open", congress),
        "may_see_clients": can(request.user, "clients.see"),
        "address": public if congress.state == Congress.State.OPEN else "",
        "queue": counts(congress, at=now) if congress.queue_places else None,
    }
    return show(request, congress, "congress", here="office-congress", **facts)


@of_congress
@require_safe
def preview(request: StaffRequest, congress: Congress) -> HttpResponse:
    """The public form as one of its audiences will see it, step by step; nothing in it can be touched."""
    plan = programme(congress)
    asked = request.GET.get("audience", "")
    audience = plan.audience(asked) or next(iter(plan.audiences.values()), None)
    step = next((step for step in plan.steps if step.code == request.GET.get("step")), plan.steps[0] if plan.steps else None)
    places = places_of(plan.offers.values())
    offers = [_shown(plan, offer, audience, places) for offer in plan.offers_of(step)] if step else []
    facts = {"plan": plan, "audience": audience, "step": step, "offers": [each for each in offers if each]}
    return show(request, congress, "preview", here="office-setup-preview", **facts)


@of_congress
@require_http_methods(["GET", "POST"])
def opening(request: StaffRequest, congress: Congress) -> HttpResponse:
    form = OpeningForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            open_registration(congress, by=request.user, at=timezone.now(), override=form.cleaned_data["override"])
            return saved(request, congress, "office-congress")
        except NotReady as error:
            form.add_error(None, _("Not yet: what is missing stands below."))
            if any(each.code == QUOTE for each in error.missing) and len(error.missing) == 1:
                form.add_error("override", _("Say why, or have the quote accepted."))
        except Refused as error:
            form.add_error(None, str(error))
    missing = _missing(congress)
    facts = {
        "form": form,
        "missing": missing,
        "blocks": sum(each.blocks for each, _url in missing),
        "without_quote": any(each.code == QUOTE for each, _url in missing),
        "can_override": can(request.user, "congress.override", congress),
        "can_open": can(request.user, "congress.open", congress),
        "is_past": congress.local_date(timezone.now()) >= congress.ends,
    }
    return show(request, congress, "opening", here="office-setup-opening", **facts)


@of_congress
@require_POST
def closing(request: StaffRequest, congress: Congress) -> HttpResponse:
    """Registration closes, or the congress is over."""
    form = ReasonForm(request.POST)
    if form.is_valid():
        with refusals(form):
            if "end" in request.POST:
                end_congress(congress, by=request.user, at=timezone.now())
            else:
                close_registration(congress, by=request.user, at=timezone.now(), reason=form.cleaned_data["reason"])
            return saved(request, congress, "office-congress")
    return show(request, congress, "form", here="office-setup-opening", form=form, heading=_("Opening"))


@of_congress
@require_http_methods(["GET", "POST"])
def members(request: StaffRequest, congress: Congress) -> HttpResponse:
    """Who works in this congress, who follows it; a new address is invited."""
    form = MemberForm(request.POST or None)
    if form.is_valid():
        with refusals(form):
            said, at = form.cleaned_data, timezone.now()
            user = User.objects.filter(email__iexact=said["email"]).first()
            if user is None and not said["name"]:
                form.add_error("name", _("This address is new here: what is their name?"))
            else:
                _set_roles(congress, user, said, by=request.user, at=at)
                return saved(request, congress, "office-setup-members")
    people: dict[User, list[str]] = {}
    for member in Member.objects.filter(congress=congress).select_related("user").order_by("user__name", "role"):
        people.setdefault(member.user, []).append(str(Role(member.role).label))
    facts = {"form": form, "people": list(people.items()), "may": can(request.user, "congress.members", congress)}
    return show(request, congress, "members", here="office-setup-members", **facts)


def _set_roles(congress: Congress, user: User | None, said: dict[str, Any], *, by: Any, at: Any) -> None:
    if user is None:
        invite(said["email"], name=said["name"], by=by, at=at, memberships={congress: said["roles"]})
    else:
        set_member_roles(congress, user, said["roles"], by=by, at=at)


def _missing(congress: Congress) -> list[tuple[Any, str]]:
    return [(each, cure(congress, each)) for each in what_is_missing(congress, at=timezone.now())]


def _shown(plan: Programme, offer: Offer, audience: Any, places: dict[int, Any]) -> dict[str, Any] | None:
    """An offer as its audience sees it; None when it is not for them, or has no price for them today."""
    if not plan.admits(offer, audience) or offer.office_only:
        return None
    on = plan.congress.local_date(timezone.now())
    least = None
    for rate in plan.rates.get(offer.service_id, []):
        for start in starts_of(plan, offer, rate):
            asked = {"start": start, "end": start + DAY, "on": on, "audience": audience}
            try:
                found = from_price(price(plan, rate, pool=offer.pool_id, **asked))
            except NotSold:
                continue
            least = found if least is None else min(least, found)
    row = places.get(offer.pk)
    return {"offer": offer, "price": least, "left": row.free if row else None, "is_room": offer.step.kind == Step.Kind.LODGING}
