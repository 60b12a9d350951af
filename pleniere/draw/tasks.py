"""What the worker does of itself: close the entries at their hour, draw at its own."""

import logging

from django.utils import timezone

from pleniere.accounts.rights import SYSTEM
from pleniere.messaging.jobs import periodic

from .actions import NotYet, close_draw, draw_now
from .models import Draw

log = logging.getLogger(__name__)


@periodic("draw.draws", every="5 minutes")
def close_and_draw() -> int:
    """Each draw whose hour has come. One that fails is logged and tried again; one that waits for a public word waits."""
    at, done = timezone.now(), 0
    due = Draw.objects.filter(state__in=[Draw.State.ANNOUNCED, Draw.State.CLOSED], closes_at__lte=at)
    for draw in due.select_related("congress").order_by("draws_at", "pk"):
        try:
            close_draw(draw, by=SYSTEM, at=at)
            done += draw_now(draw, by=SYSTEM, at=at)
        except NotYet:
            continue
        except Exception:
            log.exception("draw %s", draw)
    return done
