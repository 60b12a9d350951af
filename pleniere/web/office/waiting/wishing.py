"""A wish the office enters: who rings and hears that the night is full."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pleniere.accounts.rights import can, require
from pleniere.booking.actions import NotForThem, NotThatStay
from pleniere.booking.models import Booking
from pleniere.catalogue.models import Rate
from pleniere.congress.models import Congress, Offer
from pleniere.congress.pricing import NotSold
from pleniere.stock.actions import NotEnough
from pleniere.waiting.actions import CannotWait, give_kept, make_wish, rules_of
from pleniere.waiting.queries import has_kept
from pleniere.web.waiting import WaitForm

from ..door import StaffRequest, acting, of_congress


@of_congress
@require_http_methods(["GET", "HEAD", "POST"])
def wish(request: StaffRequest, congress: Congress, number: str) -> HttpResponse:
    """One wish more of a placed booking, in its people's name; the offers are written to the address typed."""
    rows = Booking.objects.visible_to(request.user).placed().filter(congress=congress).select_related("congress", "client")
    booking = get_object_or_404(rows, number=number)
    require(request.user, "waiting.wish", booking)
    form = WaitForm.of(booking, request.POST if request.method == "POST" else None, request.GET, office=True)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        offer, rate = said.pop("room")
        if "give" in request.POST:
            return _give(request, booking, form, offer, rate, said)
        try:
            make_wish(booking, offer, rate, **said, **acting(request))
            messages.success(request, _("On the waiting list: it is written to as soon as the room is free."))
            return redirect("office-waiting-list", congress.code)
        except NotThatStay as error:
            form.add_error(None, _("%(why)s. To do it all the same, say why below.") % {"why": error})
        except (CannotWait, NotSold):
            form.add_error(None, _("This cannot be waited for: these nights are not sold, or the list is closed or has ended."))
    return _page(request, booking, form)


def _give(
    request: StaffRequest, booking: Booking, form: WaitForm, offer: Offer, rate: Rate, said: dict[str, Any]
) -> HttpResponse:
    """Rooms the office kept, at once: those who wait do not come between."""
    wanted = {name: said[name] for name in ("start", "end", "rooms", "persons", "despite") if name in said}
    try:
        give_kept(booking, offer, rate, **wanted, **acting(request))
        messages.success(request, _("Taken out of the rooms kept for the office."))
        return redirect("office-booking", booking.number)
    except NotThatStay as error:
        form.add_error(None, _("%(why)s. To do it all the same, say why below.") % {"why": error})
    except NotEnough:
        form.add_error("rooms", _("So many are not kept for the office on each of these nights."))
    except NotSold:
        form.add_error(None, _("These nights have no price today."))
    except NotForThem:
        form.add_error("who", _("This room is not for them."))
    return _page(request, booking, form)


def _page(request: StaffRequest, booking: Booking, form: WaitForm) -> HttpResponse:
    congress = booking.congress
    facts = {"congress": congress, "booking": booking, "form": form, "rules": rules_of(congress)}
    facts["has_kept"] = has_kept(congress) and can(request.user, "waiting.rule", booking)
    return render(request, "office/waiting/wish.html", facts, status=422 if form.errors else 200)
