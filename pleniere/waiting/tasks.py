"""What the worker does of itself: offer what came free, end what is over."""

import logging

from django.db.models import Q
from django.utils import timezone

from pleniere.congress.models import Congress
from pleniere.messaging.jobs import periodic

from .actions import run
from .models import Wish

log = logging.getLogger(__name__)


@periodic("waiting.offers", every="5 minutes")
def offer_rooms() -> int:
    """Each congress where somebody waits, or where rooms are kept for who waited. One that fails is logged and tried again."""
    at, made = timezone.now(), 0
    waited = Q(bookings__wishes__in=Wish.objects.live()) | Q(waiting_list__isnull=False, ends__gte=at.date())
    for congress in Congress.objects.filter(waited).distinct().order_by("pk"):
        try:
            made += run(congress, at=at)
        except Exception:
            log.exception("waiting list of %s", congress)
    return made
