"""What the public form does: remembers words, places the order, tells the buyer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from pleniere.accounts import links
from pleniere.accounts.models import Client, Link
from pleniere.accounts.rights import Actor, require
from pleniere.booking.actions import AlreadyPlaced, Buyer, place_booking
from pleniere.booking.models import Booking
from pleniere.congress.models import LegalText, Method
from pleniere.messaging import jobs, outbox

from .models import Draft
from .papers import calendar_file, confirmation_pdf, summary_of
from .visit import look

LONGEST = 4000


class NotComplete(Exception):
    """Something compulsory is missing. `problems` say what."""

    def __init__(self, problems: list[str]):
        self.problems = problems
        super().__init__("; ".join(problems))


class ClosedNow(Exception):
    """Registration is not, or no longer, open."""


def save_drafts(booking: Booking, words: Mapping[str, str], *, at: datetime) -> None:
    """Keep words as typed, field by field; the last left wins. Text no longer than a page of it."""
    rows = [
        Draft(booking=booking, field=name[:80], value=value.replace("\x00", "")[:LONGEST], at=at) for name, value in words.items()
    ]
    Draft.objects.bulk_create(rows, update_conflicts=True, unique_fields=["booking", "field"], update_fields=["value", "at"])


@transaction.atomic
def place_order(
    booking: Booking,
    *,
    buyer: Buyer | Client,
    method: Method,
    terms: LegalText | None,
    shown: Decimal,
    by: Actor,
    at: datetime,
    comment: str = "",
    address: str | None = None,
    engagement: str = "",
    even_incomplete: bool = False,
) -> Booking:
    """Place a complete cart and tell the buyer. A repeat returns the booking it made.

    An agent may place one `even_incomplete`, for a caller who does without what is compulsory.

    Raises NotComplete, ClosedNow, and what `place_booking` raises; nothing has happened then.
    """
    require(by, "booking.cart", booking)
    if booking.placed_at is None:
        if isinstance(by, Link) and not booking.congress.is_open(at):
            raise ClosedNow
        if even_incomplete:
            require(by, "booking.edit", booking)
        elif problems := look(booking).problems:
            raise NotComplete(problems)
    try:
        booking = place_booking(
            booking,
            buyer=buyer,
            method=method,
            terms=terms,
            shown=shown,
            by=by,
            at=at,
            comment=comment,
            address=address,
            engagement=engagement,
        )
    except AlreadyPlaced:
        return Booking.objects.get(pk=booking.pk)
    jobs.enqueue("pleniere.registration.tasks.tell_buyer", key=f"confirmation-{booking.pk}-{booking.version}", booking=booking.pk)
    return booking


def confirm_by_mail(booking: Booking, *, key: str) -> None:
    """The acknowledgement the law asks for: what was ordered, what is due, how to pay, with its PDF and calendar.

    Run by the worker: nothing is set or mailed while the order holds its locks.
    """
    client = booking.client
    if client is None or not client.email:
        return
    summary = summary_of(booking)
    outbox.queue(
        "registration/confirmation",
        to=client.email,
        to_name=str(client),
        key=key,
        language=booking.language,
        about=f"booking.Booking:{booking.pk}",
        congress_id=booking.congress_id,
        attachments=[
            (f"confirmation-{booking.number}.pdf", "application/pdf", confirmation_pdf(booking)),
            (f"congres-{booking.number}.ics", "text/calendar; charset=utf-8", calendar_file(booking)),
        ],
        link=links.url(links.make(Link.Purpose.BOOKING, booking)),
        booking=booking,
        summary=summary,
    )
