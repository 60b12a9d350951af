"""An entry the office makes, for who rings; or takes back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from pleniere.accounts.rights import require
from pleniere.booking.models import Booking
from pleniere.congress.models import Congress
from pleniere.congress.pricing import NotSold
from pleniere.draw.actions import CannotEnter, EnteredAlready, enter, withdraw
from pleniere.draw.models import Entry
from pleniere.web.draws import EntryForm, why_not

from ..door import StaffRequest, acting, of_congress
from .views import draw_of


@of_congress
@require_http_methods(["GET", "HEAD", "POST"])
def entry(request: StaffRequest, congress: Congress, draw: int, number: str) -> HttpResponse:
    """A placed booking enters, in its people's name."""
    rows = Booking.objects.visible_to(request.user).placed().filter(congress=congress).select_related("congress", "client")
    booking = get_object_or_404(rows, number=number)
    require(request.user, "draw.enter", booking)
    found = draw_of(congress, draw)
    form = EntryForm.of(found, booking, request.POST if request.method == "POST" else None, office=True)
    if request.method == "POST" and form.is_valid():
        try:
            made = enter(found, booking, **form.cleaned_data, **acting(request))
            messages.success(request, _("Entered, number %(n)s: it is written to them.") % {"n": made.number})
            return redirect("office-draw", congress.code, draw)
        except CannotEnter as error:
            form.add_error(None, why_not(error))
        except EnteredAlready:
            form.add_error(None, _("They are in this draw already."))
        except NotSold:
            form.add_error(None, _("These nights have no price today."))
    facts = {"congress": congress, "draw": found, "booking": booking, "form": form}
    facts["is_open"] = found.takes_entries(timezone.now())
    return render(request, "office/draws/entry.html", facts, status=422 if form.errors else 200)


@of_congress
@require_POST
def leave(request: StaffRequest, congress: Congress, draw: int, pk: int) -> HttpResponse:
    rows = Entry.objects.visible_to(request.user).select_related("draw__congress", "booking__congress")
    found = get_object_or_404(rows, draw=draw_of(congress, draw), pk=pk)
    try:
        if withdraw(found, **acting(request)):
            messages.success(request, _("Entry %(n)s is taken back.") % {"n": found.number})
    except CannotEnter as error:
        messages.warning(request, why_not(error))
    return redirect("office-draw", congress.code, draw)
