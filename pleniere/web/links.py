"""The door of signed links: `/l/<token>/` leads the holder to the page their link is for. A GET changes and counts nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from pleniere.accounts import links
from pleniere.accounts.models import Link

# Where each purpose leads, by the name of its URL (which takes the token): desks do not know each other.
TARGETS = {
    Link.Purpose.ANSWER: "extranet-answer",
    Link.Purpose.QUOTE: "organiser-quote",
    Link.Purpose.BOOKING: "client-booking",
    Link.Purpose.PAY: "client-pay",
    Link.Purpose.LIST: "extranet-list",
}


@never_cache
@require_safe
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    link = links.read(token)
    if link is None:
        raise Http404
    return redirect(TARGETS[Link.Purpose(link.purpose)], token)


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
