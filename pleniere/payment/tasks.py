"""What the worker does with money, on its own rhythm or when asked. Each is harmless when late or run twice."""

from django.utils import timezone

from pleniere.accounts.rights import SYSTEM
from pleniere.messaging.jobs import periodic, task

from . import actions
from .models import CardRefund


@periodic("payment.attempts", every="hour")
def end_attempts() -> int:
    """End card pages left open and announcements of what has lapsed."""
    return actions.end_attempts(at=timezone.now())


@task
def send_card_refund(refund: int) -> bool:
    """Ask the provider to give money back; an error is tried again by the worker."""
    row = CardRefund.objects.select_related("payer__booking", "receipt__attempt").get(pk=refund)
    return actions.send_card_refund(row, by=SYSTEM, at=timezone.now())
