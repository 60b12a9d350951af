"""A draw, as the world reads it: announced before, published after, with what replays it."""

from __future__ import annotations

from pathlib import Path

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from pleniere.accounts.models import Bureau
from pleniere.draw import replay
from pleniere.draw.actions import published
from pleniere.draw.models import Draw
from pleniere.waiting.actions import rules_of
from pleniere.web.draws import listed, rooms_of


def _of(code: str, number: int) -> Draw:
    draws = Draw.objects.announced().filter(congress__code=code).select_related("congress")
    return get_object_or_404(draws, number=number)


@require_safe
def draw(request: HttpRequest, code: str, draw: int) -> HttpResponse:
    found, now = _of(code, draw), timezone.now()
    rooms = rooms_of(found)
    facts = {
        "congress": found.congress,
        "house": Bureau.objects.filter(pk=1).first(),
        "draw": found,
        "rooms": rooms,
        "listed": listed(found, rooms),
        "rules": rules_of(found.congress),
        "is_open": found.takes_entries(now),
        "may_begin": found.congress.is_open(now),
    }
    return render(request, "public/draw.html", facts)


@require_safe
def file(request: HttpRequest, code: str, draw: int) -> HttpResponse:
    """All that is needed to draw again, as far as it is published."""
    found = _of(code, draw)
    answer = JsonResponse(published(found), json_dumps_params={"indent": 1, "ensure_ascii": True})
    answer["Content-Disposition"] = f'attachment; filename="{found.congress.code}-draw-{found.number}.json"'
    return answer


@require_safe
def script(request: HttpRequest, code: str, draw: int) -> HttpResponse:
    """The very file this program draws with."""
    _of(code, draw)
    answer = HttpResponse(Path(replay.__file__).read_text(encoding="utf-8"), content_type="text/x-python; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="replay.py"'
    return answer
