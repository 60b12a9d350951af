"""What the sandbox bank says later, or again."""

from django.utils import timezone

from pleniere.messaging.jobs import task

from . import bank


@task
def tell(event: str, ref: str, status: str, amount: str, currency: str, transaction: str) -> None:
    bank.tell(bank.Telling(event, ref, status, amount, currency, transaction), at=timezone.now())
