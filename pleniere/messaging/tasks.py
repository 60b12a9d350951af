"""The outbox's own housekeeping."""

from datetime import timedelta

from django.utils import timezone

from .jobs import periodic
from .models import Job

KEPT = timedelta(days=30)


@periodic("messaging.sweep", every="day at 04:00")
def sweep() -> int:
    """Forget periodic work done a month ago. Other jobs stay: their key keeps a repeat harmless."""
    old = Job.objects.filter(key__startswith="periodic:", done_at__lt=timezone.now() - KEPT)
    return old.delete()[0]
