"""What the worker does for the public form."""

from pleniere.booking.models import Booking
from pleniere.messaging.jobs import task
from pleniere.messaging.models import Job

from .actions import confirm_by_mail


@task
def tell_buyer(booking: int, job: Job) -> None:
    """The confirmation of one order; the job's key is the mail's, so a second run sends nothing more."""
    confirm_by_mail(Booking.objects.select_related("congress", "client").get(pk=booking), key=job.key)
