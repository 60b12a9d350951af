"""What waits of clients: what they have asked and nobody has closed."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from pleniere.accounts.models import User
from pleniere.common.shown import day
from pleniere.registration.telling import questions, words_of

from .items import Item, Section, staffed, url

LONG = timedelta(days=2)  # a client waits for an answer


def asked(user: User, at: datetime, most: int) -> Section:
    """Questions about a booking, the oldest first."""
    rows = questions().filter(congress__in=staffed(user))
    items = [
        Item(
            f"{each.booking.number}, {each.booking.client or ''}",
            Truncator(words_of(each)).chars(140),
            day(each.booking.congress.local_date(each.at)),
            url("office-booking-question", each.booking.number, each.pk),
            "late" if each.at < at - LONG else "new",
        )
        for each in rows.select_related("booking__client", "booking__congress").order_by("pk")[:most]
    ]
    return Section(_("Questions of clients"), "chat", items, rows.count(), is_hot=True)
