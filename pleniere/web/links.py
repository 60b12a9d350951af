"""The door of signed links: `/l/<token>/` leads the holder to the page their link is for. A GET changes and counts nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from pleniere.accounts import links
from pleniere.accounts.models import Link, subject_of
from pleniere.booking.models import Payer

ORDERED = "ordered"  # the cookie of who ordered, which only a payer's own pages are sent
REMEMBERED = timedelta(days=7)

# Where each purpose leads, by the name of its URL (which takes the token): desks do not know each other.
TARGETS = {
    Link.Purpose.ANSWER: "extranet-answer",
    Link.Purpose.QUOTE: "organiser-quote",
    Link.Purpose.BOOKING: "client-booking",
    Link.Purpose.PAY: "client-pay",
    Link.Purpose.LIST: "extranet-list",
    Link.Purpose.SUBBLOCK: "client-sub-block",
}


@never_cache
@require_safe
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    link = links.read(token)
    if link is None:
        raise Http404
    return redirect(TARGETS[Link.Purpose(link.purpose)], token)


@never_cache
@require_safe
def open_waiting(request: HttpRequest, token: str) -> HttpResponse:
    """To the offers of the waiting list, which an offer's mail names."""
    if links.read(token, Link.Purpose.BOOKING) is None:
        raise Http404
    return redirect("client-waiting", token)


@never_cache
@require_safe
def open_draw(request: HttpRequest, token: str, draw: int) -> HttpResponse:
    """To the booking's entry in a draw, which a draw's mail names."""
    if links.read(token, Link.Purpose.BOOKING) is None:
        raise Http404
    return redirect("client-draw", token, draw)


def holds(purpose: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Give the view its live `link` instead of the token. Never made: 404. Ended: 410, saying so.

    A view that says more of an ended link (its draft, how to get another) reads it with `link_of`.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @never_cache
        @wraps(view)
        def wrapped(request: HttpRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponse:
            link = link_of(token, purpose)
            if not link.is_live(timezone.now()):
                return render(request, "410.html", status=410)
            response = view(request, link, *args, **kwargs)
            response.headers.setdefault("X-Robots-Tag", "noindex, nofollow")
            return response

        return wrapped

    return decorate


def link_of(token: str, purpose: str) -> Link:
    """The link of this token, ended or not; 404 for one we never made, or made for something else."""
    link = links.read(token, purpose)
    if link is None:
        raise Http404
    return link


def to_pay(payer: Payer) -> str:
    """The address of the page where `payer` pays, by a link of its own that can be forwarded."""
    return reverse("client-pay", args=[links.token(links.make(Link.Purpose.PAY, payer))])


def remember_buyer(response: HttpResponse, page: str, link: Link) -> None:
    """Let this browser, and no other, find its way from the payer's `page` back to the booking it holds the `link` of.

    The address of the page opens nothing of the booking: it may be forwarded. The cookie stays with who ordered.
    """
    response.set_signed_cookie(
        ORDERED,
        links.token(link),
        salt=ORDERED,
        max_age=REMEMBERED,
        path=page,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",  # it comes along when the bank sends the browser back
    )


def buyer_of(request: HttpRequest, payer: Payer) -> str:
    """The token of the booking's link this browser ordered by; empty for anybody else, and once that link has ended."""
    token = request.get_signed_cookie(ORDERED, "", salt=ORDERED, max_age=REMEMBERED) or ""
    link = links.read(token, Link.Purpose.BOOKING) if token else None
    holds = link is not None and link.subject == subject_of(payer.booking) and link.is_live(timezone.now())
    return token if holds else ""
