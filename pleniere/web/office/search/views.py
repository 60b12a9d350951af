"""One field for all: a number, a name, a hotel. Shows only what who asks may see."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pleniere.booking.models import Booking
from pleniere.catalogue.models import Supplier
from pleniere.common.words import fold

from ..door import StaffRequest, staff

MOST = 20


@staff
@require_safe
def search(request: StaffRequest) -> HttpResponse:
    words = fold(request.GET.get("q", "")[:200].replace("\x00", "")).split()[:8]
    bookings = Booking.objects.visible_to(request.user).placed().select_related("client", "congress").order_by("-placed_at")
    suppliers = Supplier.objects.visible_to(request.user)
    for word in words:
        bookings, suppliers = bookings.filter(search__contains=word), suppliers.filter(search__contains=word)
    found = {"bookings": bookings[:MOST] if words else [], "suppliers": suppliers[:MOST] if words else [], "asked": bool(words)}
    return render(request, "office/search/search.html", found)
