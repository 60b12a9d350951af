"""What the acts on a draw share: its lock, a mail to who entered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pleniere.accounts import links
from pleniere.accounts.models import Link, subject_of
from pleniere.booking.models import Booking
from pleniere.congress.models import Congress
from pleniere.messaging import outbox

from ..models import Draw, Entry


def lock_with_congress(draw: Draw) -> Draw:
    """The same under its congress, whose version every change of what is announced moves: locked first, before any stock."""
    Congress.objects.select_for_update(no_key=True).get(pk=draw.congress_id)
    return lock_draw(draw)


def lock_draw(draw: Draw) -> Draw:
    """The draw as it is now, locked until the transaction ends."""
    found = Draw.objects.select_for_update(no_key=True, of=("self",)).select_related("congress")
    return found.get(pk=draw.pk)


def mail(entry: Entry, booking: Booking, template: str, *, key: str, send_at: datetime | None = None, **facts: Any) -> None:
    outbox.queue(
        f"draw/{template}",
        to=entry.email,
        key=key,
        language=booking.language,
        about=subject_of(booking),
        congress_id=booking.congress_id,
        send_at=send_at,
        congress=booking.congress,
        booking=booking,
        draw=entry.draw,
        entry=entry,
        link=links.url(links.make(Link.Purpose.BOOKING, booking)),
        **facts,
    )
