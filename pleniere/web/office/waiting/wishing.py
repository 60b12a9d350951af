"""A wish the office enters: who rings and hears that the night is full."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pleniere.accounts.rights import require
from pleniere.booking.models import Booking
from pleniere.congress.models import Congress
from pleniere.congress.pricing import NotSold
from pleniere.waiting.actions import CannotWait, make_wish, rules_of
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
        try:
            make_wish(booking, offer, rate, **said, **acting(request))
            messages.success(request, _("On the waiting list: it is written to as soon as the room is free."))
            return redirect("office-waiting-list", congress.code)
        except (CannotWait, NotSold):
            form.add_error(None, _("This cannot be waited for: these nights are not sold, or the list is closed or has ended."))
    facts = {"congress": congress, "booking": booking, "form": form, "rules": rules_of(congress)}
    return render(request, "office/waiting/wish.html", facts, status=422 if form.errors else 200)
