"""The public desk's door: a cart is known by its signed link, and by nothing else.

Its address bears the congress and the link (`/c/<code>/<token>/…`): one can read which congress it is, forward it, open it on another
device; there is no session to lose. A link of another congress, of another purpose, or never made, is not found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any

from django.conf import settings
from django.db.models import BigIntegerField, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Substr
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from pleniere.accounts import links
from pleniere.accounts.models import Bureau, Link
from pleniere.booking.models import Booking
from pleniere.common.crypt import SealedField
from pleniere.common.rows import Prepared, Rows, objects
from pleniere.registration.actions import forget_drafts, save_drafts
from pleniere.registration.models import Turn
from pleniere.registration.queue import KEPT, lets_through
from pleniere.registration.visit import Stage, Visit, look, visit_of, with_drafts

SLUG = re.compile("[A-Za-z0-9_-]+")  # the same in an address
SHOWN = [field.attname for field in Bureau._meta.concrete_fields if not isinstance(field, SealedField)]  # no secret of the bureau


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
    house: Bureau | None

    @property
    def booking(self) -> Booking:
        return self.visit.booking

    def url(self, name: str, *args: object) -> str:
        return reverse(f"public-{name}", args=[self.booking.congress.code, self.token, *args])

    @cached_property
    def _step(self) -> str:
        return self.url("step", "-")

    def step(self, code: str) -> str:
        """Of a stage of this form: a page names a dozen."""
        return f"{self._step[:-2]}{code}/" if SLUG.fullmatch(code) else self.url("step", code)

    def fresh(self) -> None:
        """Look again: an action was refused, for the cart or what it wants is not as it was read."""
        self.visit = look(self.booking)

    def changed(self) -> None:
        """An action was given what was read, and left it as the cart now is: what follows from it is worked out anew."""
        self.visit = Visit(self.visit.content, self.visit.drafts, timezone.now())

    def keep(self, words: Mapping[str, str]) -> None:
        """Words as typed, from now on."""
        save_drafts(self.booking, words, at=timezone.now(), known=len(self.visit.drafts))
        self.visit.drafts.update(words)

    def forget(self, prefix: str) -> None:
        if any(name.startswith(prefix) for name in self.visit.drafts):
            forget_drafts(self.booking, prefix)

    def passed(self, stage: Stage) -> str:
        """The stage is behind; where it goes on. What is taken on it tells so by itself."""
        if not stage.is_done:
            self.keep({f"passed.{stage.code}": "1"})
        return self.step(self.visit.after(stage.code).code)

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
            "payers_url": self.url("payers"),
        }
        return render(request, page, facts | context, status=status)


def of_cart(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Give the view its Cart. Never made, another's, another congress's: 404. Ended: 410. Closed, and not yet ordered: said."""

    @never_cache
    @wraps(view)
    def wrapped(request: HttpRequest, code: str, token: str, *args: Any, **kwargs: Any) -> HttpResponse:
        cart, now = cart_of(token), timezone.now()
        booking = cart.booking
        if not cart.link.is_live(now):
            return render(request, "410.html", status=410)
        if booking.congress.code != code:
            raise Http404
        if booking.placed_at is None and not booking.congress.is_open(now):
            response = render(
                request, "public/closed.html", closed(booking.congress, cart.house, now) | {"booking": booking}, status=403
            )
        elif not lets_through(booking, code_in(request, code), at=now):
            response = redirect(f"{reverse('public-queue', args=[code])}?cart={token}")
        else:
            response = view(request, cart, *args, **kwargs)
        response.headers.setdefault("X-Robots-Tag", "noindex, nofollow")
        return response

    return wrapped


def cart_of(token: str) -> Cart:
    """Link, cart and bureau in one statement; 404 for a link we never made, or made for something else."""
    booking = BY_LINK.first(links.number(token))
    read = vars(booking) if booking else {}
    link = next(iter(objects(Link, read.get("link_"))), None)
    if booking is None or link is None or not links.is_token(token, link):
        raise Http404
    house = next(iter(objects(Bureau, read["house_"], *SHOWN)), None)
    return Cart(link, token, visit_of(booking, at=timezone.now()), house)


def _by_link(number: int) -> QuerySet[Booking]:
    mine = Link.objects.filter(pk=number, purpose=Link.Purpose.BOOKING).values(
        of=Cast(Substr("subject", len("booking.Booking:") + 1), BigIntegerField())
    )
    more = {
        "link_": Rows(Link, "id = %(expressions)s", of=Value(number)),
        "house_": Rows(Bureau, "id = %(expressions)s", *SHOWN, of=Value(1)),
    }
    return with_drafts(Booking.objects.filter(pk=Subquery(mine))).annotate(**more)


BY_LINK = Prepared(_by_link)


QUEUE = "queue"  # the cookie that bears a turn, of one congress's pages alone
KNOWN_FOR = KEPT


def code_in(request: HttpRequest, congress: str) -> str:
    """Of the turn this browser has in the congress's queue; empty for none, and for one we did not give."""
    return request.get_signed_cookie(QUEUE, "", salt=f"{QUEUE}-{congress}", max_age=KNOWN_FOR) or ""


def keep_turn(response: HttpResponse, turn: Turn, congress: str) -> HttpResponse:
    response.set_signed_cookie(
        QUEUE,
        turn.code,
        salt=f"{QUEUE}-{congress}",
        max_age=KNOWN_FOR,
        path=reverse("public-welcome", args=[congress]),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


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
