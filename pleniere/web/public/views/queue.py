"""Before the form, where too many come at once: one's place in the queue, and the door when it is one's turn.

The page asks again by itself (the header `Refresh`: no script). That question is a GET which says that one is still here, and lets in
whoever's turn it is: it gives nothing that a second one would give twice.
"""

from __future__ import annotations

import re
from datetime import datetime
from time import monotonic

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from pleniere.congress.models import Congress
from pleniere.congress.programme import programme
from pleniere.registration.queue import Standing, ask, is_spent, join, standing

from ..door import closed, code_in, keep_turn
from ..full import Full, full

TOKEN = re.compile("[0-9a-f]{1,15}-[0-9a-f]{32}")
FRESH = 5  # seconds for which one process tells everybody in the queue the same of the counters


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def queue(request: HttpRequest, code: str) -> HttpResponse:
    """Join by a POST, or go on with a code from another device; then wait, and be let in."""
    now, cart = timezone.now(), _cart_in(request)
    if request.method == "POST":
        return _joined(request, code, now, cart)
    mine = code_in(request, code)
    found = standing(mine, code, at=now) if mine else None
    congress = found.congress if found else get_object_or_404(Congress, code=code)
    why = closed(congress, None, now)["why"]
    if not congress.queue_places or congress.state != Congress.State.OPEN or why not in ("", "EARLY"):
        return redirect("public-welcome", code)
    facts = {"congress": congress, "is_early": why == "EARLY", "cart": cart}
    if found is None:
        return render(request, "public/queue.html", facts)
    if is_spent(found.turn):
        return render(request, "public/queue.html", facts | {"is_spent": True})
    found = ask(found, at=now)
    if found.turn.booking_id and not found.turn.is_inside(now) and not cart:
        facts["is_used"] = True
    facts |= {"standing": found, "turn": found.turn, "is_inside": found.turn.is_inside(now), "rank": found.ahead + 1}
    facts["full"] = None if why else _full(congress, now)
    answer = render(request, "public/queue.html", facts)
    answer["Refresh"] = f"{_again(found, now)}; url={request.path}{f'?cart={cart}' if cart else ''}"
    return answer


def asking(request: HttpRequest, congress: Congress, now: datetime) -> Standing:
    """This browser's place in the queue, a new one if it has none or has ordered by it; let in if that is its turn."""
    mine = code_in(request, congress.code)
    found = standing(mine, congress.code, at=now) if mine else None
    found = None if found and is_spent(found.turn) else found
    found = found or standing(join(congress, at=now).code, congress.code, at=now)
    assert found is not None
    return ask(found, at=now)


def _joined(request: HttpRequest, code: str, now: datetime, cart: str) -> HttpResponse:
    """A place of one's own; or the one whose code is typed, from another device."""
    congress = get_object_or_404(Congress, code=code, state=Congress.State.OPEN)
    if not congress.queue_places:
        return redirect("public-welcome", code)
    back = redirect(f"{reverse('public-queue', args=[code])}{f'?cart={cart}' if cart else ''}")
    typed = request.POST.get("code", "").strip().upper().replace(" ", "")[:8]
    if "code" not in request.POST:
        return keep_turn(back, asking(request, congress, now).turn, code)
    found = standing(typed, code, at=now) if typed.isascii() and typed.isalnum() else None
    if found is None:
        messages.warning(request, _("No place in this queue has this code."))
        return back
    return keep_turn(back, found.turn, code)


def _again(found: Standing, now: datetime) -> int:
    """Seconds until the page asks again; when its turn has come, until that is over."""
    if found.turn.inside_until and found.turn.is_inside(now):
        return int((found.turn.inside_until - now).total_seconds()) + 1
    return found.asks_in(now)


def _full(congress: Congress, now: datetime) -> Full | None:
    plan = programme(congress)
    known: tuple[float, Full | None] | None = plan.drawn.get(queue)
    if known is None or not 0 <= monotonic() - known[0] < FRESH:
        known = plan.drawn[queue] = monotonic(), full(plan, now)
    return known[1]


def _cart_in(request: HttpRequest) -> str:
    """The cart one came from, which waits for a turn too."""
    cart = request.POST.get("cart", "") or request.GET.get("cart", "")
    return cart if TOKEN.fullmatch(cart) else ""
