"""What the worker does of itself: quotes whose last day is past."""

from django.utils import timezone

from pleniere.accounts.rights import SYSTEM
from pleniere.messaging.jobs import periodic

from .actions import expire_quote
from .models import Quote


@periodic("quote.expire", every="hour")
def expire() -> int:
    """Say of each quote nobody answered in time that it is expired. How many there were."""
    at = timezone.now()
    waiting = Quote.objects.filter(state=Quote.State.SENT, valid_until__lte=at.date()).order_by("pk")
    return sum(expire_quote(quote, by=SYSTEM, at=at) for quote in waiting)
