"""The waiting list, as one booking sees it: its wishes, what is offered to it, its answers. A GET takes and refuses nothing."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from pleniere.accounts import links
from pleniere.accounts.models import Link
from pleniere.booking.actions import NotThatStay
from pleniere.booking.models import Booking
from pleniere.congress.pricing import NotSold
from pleniere.congress.programme import programme
from pleniere.draw.queries import announced
from pleniere.stock.actions import NotEnough
from pleniere.waiting.actions import CannotWait, PriceMoved, TooLate, answer, make_wish, rules_of, show_price, withdraw
from pleniere.waiting.models import Proposal, Wish
from pleniere.web.links import holds
from pleniere.web.waiting import WaitForm

from .views import _frame, _of


@require_http_methods(["GET", "HEAD", "POST"])
@holds(Link.Purpose.BOOKING)
def waiting(request: HttpRequest, link: Link) -> HttpResponse:
    """What this booking waits for, and one wish more. The address may suggest the room and the nights."""
    found = _of(link)
    form = WaitForm.of(found, request.POST if request.method == "POST" else None, request.GET)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        offer, rate = said.pop("room")
        at = timezone.now()
        try:
            make_wish(found, offer, rate, by=link, at=at, **said)
        except NotThatStay as error:
            form.add_error(None, _("Not sold for these dates. %(why)s.") % {"why": error})
        except (CannotWait, NotSold):
            form.add_error(None, _("This cannot be waited for: these nights are not sold, or the list of this hotel has ended."))
        else:
            messages.success(
                request, _("You are on the waiting list. We write as soon as it is free; nothing is booked before your yes.")
            )
            return redirect("client-waiting", links.token(link))
    return _page(request, link, found, form, status=422 if request.method == "POST" else 200)


@require_POST
@holds(Link.Purpose.BOOKING)
def reply(request: HttpRequest, link: Link, key: str) -> HttpResponse:
    """Yes to the nights ticked and no to the others; or no to all."""
    proposal = get_object_or_404(Proposal.objects.filter(wish__in=Wish.objects.visible_to(link)), key=key)
    ticked = set(request.POST.getlist("night")) if request.POST.get("answer") == "yes" else set()
    nights = [day for day, _rooms in proposal.days if day.isoformat() in ticked]
    if request.POST.get("answer") not in ("yes", "no") or (request.POST["answer"] == "yes" and not nights):
        messages.warning(request, _("Tick the nights you take, or refuse the offer."))
        return redirect("client-waiting", links.token(link))
    try:
        shown = to_decimal(request.POST.get("shown", ""))
        taken = answer(proposal, nights, shown=shown if nights else proposal.total, by=link, at=timezone.now())
    except TooLate:
        messages.warning(request, _("The time to answer is over, or it was answered already."))
    except PriceMoved:
        show_price(proposal, at=timezone.now())
        messages.warning(request, _("The price has moved since the offer: nothing was taken. Read the new one and answer again."))
    except NotSold:
        messages.warning(request, _("These nights are no longer sold: nothing was taken."))
    except NotThatStay as error:
        messages.warning(request, _("Nothing was taken. %(why)s.") % {"why": error})
    except NotEnough:
        messages.warning(request, _("Nothing was taken: please answer again."))
    else:
        if taken:
            messages.success(request, _("The room is yours. See what is due, and by when."))
            return redirect("client-booking", links.token(link))
        messages.success(request, _("Refused: it goes to the next in line."))
    return redirect("client-waiting", links.token(link))


def to_decimal(typed: str) -> Decimal:
    """The price as the page bore it; a forged one is never the one that holds."""
    try:
        return Decimal(typed[:20])
    except InvalidOperation:
        return Decimal("-1")


@require_POST
@holds(Link.Purpose.BOOKING)
def leave(request: HttpRequest, link: Link, pk: int) -> HttpResponse:
    wish = get_object_or_404(Wish.objects.visible_to(link), pk=pk)
    if withdraw(wish, by=link, at=timezone.now()):
        messages.success(request, _("You wait for this no more."))
    return redirect("client-waiting", links.token(link))


def _page(request: HttpRequest, link: Link, found: Booking, form: WaitForm, *, status: int) -> HttpResponse:
    wishes = (
        Wish.objects.visible_to(link).select_related("offer__service__supplier", "rate").prefetch_related("proposals", "persons")
    )
    facts: dict[str, Any] = {
        **_frame(link, found),
        "wishes": [(wish, next((p for p in wish.proposals.all() if p.state == "OPEN"), None)) for wish in wishes],
        "form": form,
        "rules": rules_of(found.congress),
        "has_draw": bool(announced(programme(found.congress))),
    }
    return render(request, "client/waiting.html", facts, status=status)
