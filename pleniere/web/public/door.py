"""The public desk's door: a cart is known by its signed link, and by nothing else.

Its address bears the congress and the link (`/c/<code>/<token>/…`): one can read which congress it is, forward it, open it on another
device; there is no session to lose. A link of another congress, of another purpose, or never made, is not found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from pleniere.accounts.models import Bureau, Link
from pleniere.booking.models import Booking
from pleniere.registration.visit import Stage, Visit, look
from pleniere.web.links import link_of


@dataclass(frozen=True)
class Stop:
    """A stage on the rail, as the page that shows it sees it."""

    stage: Stage
    url: str
    is_here: bool


@dataclass
class Cart:
    """What every page of the form stands on: the link that acts, the cart as it is now, its addresses."""

    link: Link
    token: str
    visit: Visit

    @property
    def booking(self) -> Booking:
        return self.visit.booking

    @cached_property
    def house(self) -> Bureau | None:
        return Bureau.objects.filter(pk=1).first()

    def url(self, name: str, *args: object) -> str:
        return reverse(f"public-{name}", args=[self.booking.congress.code, self.token, *args])

    def step(self, code: str) -> str:
        return self.url("step", code)

    def fresh(self) -> None:
        """Look again: an action has changed the cart."""
        booking = Booking.objects.select_related("congress", "client").get(pk=self.booking.pk)
        self.visit = look(booking, at=timezone.now())

    def rail(self, here: str) -> list[Stop]:
        return [Stop(stage, self.step(stage.code), stage.code == here) for stage in self.visit.stages]

    def show(self, request: HttpRequest, page: str, stage: Stage, *, status: int = 200, **context: Any) -> HttpResponse:
        """A page of the form, with its rail, its timer, its help."""
        before = self.visit.before(stage.code)
        facts = {
            "cart": self,
            "visit": self.visit,
            "booking": self.booking,
            "congress": self.booking.congress,
            "house": self.house,
            "stage": stage,
            "rail": self.rail(stage.code),
            "here": self.step(stage.code),
            "back": self.step(before.code) if before else "",
            "resume": self.url("resume"),
            "drafts_url": self.url("drafts"),
            "hold_url": self.url("hold"),
            "lines_url": self.url("lines"),
        }
        return render(request, page, facts | context, status=status)


def of_cart(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Give the view its Cart. Never made, another's, another congress's: 404. Ended: 410. Closed, and not yet ordered: said."""

    @never_cache
    @wraps(view)
    def wrapped(request: HttpRequest, code: str, token: str, *args: Any, **kwargs: Any) -> HttpResponse:
        link, now = link_of(token, Link.Purpose.BOOKING), timezone.now()
        if not link.is_live(now):
            return render(request, "410.html", status=410)
        bookings = Booking.objects.visible_to(link).select_related("congress", "client")
        booking = get_object_or_404(bookings, congress__code=code)
        cart = Cart(link, token, look(booking, at=now))
        if booking.placed_at is None and not booking.congress.is_open(now):
            response = render(
                request, "public/closed.html", closed(booking.congress, cart.house, now) | {"booking": booking}, status=403
            )
        else:
            response = view(request, cart, *args, **kwargs)
        response.headers.setdefault("X-Robots-Tag", "noindex, nofollow")
        return response

    return wrapped


def closed(congress: Any, house: Bureau | None, now: Any) -> dict[str, Any]:
    """Why one cannot register now: OVER, EARLY (with its date), LATE, SHUT."""
    if congress.state == "OVER" or congress.local_date(now) >= congress.ends:
        why = "OVER"
    elif congress.opens_at and now < congress.opens_at:
        why = "EARLY"
    elif congress.closes_at and now >= congress.closes_at:
        why = "LATE"
    else:
        why = "" if congress.state == "OPEN" else "SHUT"
    return {"congress": congress, "house": house, "why": why}
