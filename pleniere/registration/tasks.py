"""What the worker does for the public form."""

from django.utils import timezone

from pleniere.booking.models import Booking
from pleniere.messaging.jobs import periodic, task
from pleniere.messaging.models import Job

from . import queue
from .actions import confirm_by_mail
from .payers import tell_others


@task
def tell_buyer(booking: int, job: Job) -> None:
    """The confirmation of one order, and to each other payer what it pays; the job's key is the mails', so a second run sends nothing more."""
    found = Booking.objects.select_related("congress", "client").get(pk=booking)
    confirm_by_mail(found, key=job.key)
    tell_others(found, key=job.key)


@periodic("registration.turns", every="day at 04:00")
def forget_turns() -> int:
    """The queue's places that nobody can use any more."""
    return queue.forget(at=timezone.now())
