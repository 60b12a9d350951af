"""What the worker does with money, on its own rhythm or when asked. Each is harmless when late or run twice."""

from django.utils import timezone

from pleniere.accounts import links
from pleniere.accounts.models import Link
from pleniere.accounts.rights import SYSTEM
from pleniere.booking.models import Line
from pleniere.messaging import outbox
from pleniere.messaging.jobs import periodic, task
from pleniere.messaging.models import Job

from . import actions, queries
from .models import CardRefund, Receipt

UNPAID = (Line.State.HELD, Line.State.OPTION)


@periodic("payment.attempts", every="hour")
def end_attempts() -> int:
    """End card pages left open and announcements of what has lapsed."""
    return actions.end_attempts(at=timezone.now())


@task
def send_card_refund(refund: int) -> bool:
    """Ask the provider to give money back; an error is tried again by the worker."""
    row = CardRefund.objects.select_related("payer__booking", "receipt__attempt").get(pk=refund)
    return actions.send_card_refund(row, by=SYSTEM, at=timezone.now())


@task
def tell_payer(receipt: int, job: Job) -> None:
    """Thank a payer for its money and say what is left; nothing if it was undone meanwhile, or bears no address."""
    row = Receipt.objects.select_related("payer__client", "payer__booking__congress").get(pk=receipt)
    if row.payer is None or not row.payer.client.email or Receipt.objects.filter(reverses=row).exists():
        return
    booking = row.payer.booking
    is_buyer = row.payer.client_id == booking.client_id  # who pays for another sees what it pays, not the booking
    link = links.make(Link.Purpose.BOOKING, booking) if is_buyer else links.make(Link.Purpose.PAY, row.payer)
    lines = (
        booking.lines.counted() if is_buyer else booking.lines.counted().filter(charges__payer=row.payer, charges__struck_at=None)
    )
    outbox.queue(
        "payment/received",
        to=row.payer.client.email,
        to_name=row.payer.client.greeted,
        key=job.key,
        language=booking.language,
        about=f"booking.Booking:{booking.pk}",
        congress_id=booking.congress_id,
        booking=booking,
        receipt=row,
        sums=queries.sums_of(row.payer),
        firm=lines.exists() and not lines.filter(state__in=UNPAID).exists(),
        is_buyer=is_buyer,
        link=links.url(link),
    )
