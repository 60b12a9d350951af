"""Somebody paid late and not all of their rooms are left: what an agent brings back of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from pleniere.accounts.rights import Actor
from pleniere.booking.actions import Settled, revive_lines
from pleniere.booking.models import Booking, Payer

from ..models import Attempt
from ..queries import payer_sums
from .frame import settle_booking


def late_payer(booking: Booking) -> Payer | None:
    """Whose money nothing asks for, the most of it first; none when all of it is asked for."""
    sums = payer_sums([booking.pk])
    payers = [payer for payer in booking.payers.select_related("method", "client") if sums[payer.pk].refundable > 0]
    return max(payers, key=lambda payer: sums[payer.pk].refundable, default=None)


def priced_on(payer: Payer, *, at: datetime) -> date:
    """The date what comes back is priced on: the day the late payment was begun, else the day it is claimed again (DOMAIN: price)."""
    paid = payer.attempts.filter(state=Attempt.State.PAID).order_by("-pk").first()
    return payer.booking.congress.local_date(paid.opened_at if paid else at)


@transaction.atomic
def bring_back_paid(
    booking: Booking, payer: Payer, lines: Iterable[int], *, seen: int | None = None, reason: str = "", by: Actor, at: datetime
) -> Settled:
    """Bring back these lapsed lines on `payer`'s money: what it covers is firm at once, what is left of it is proposed as a refund.

    Raises what `revive_lines` raises.
    """
    revive_lines(booking, lines, payer=payer, on=priced_on(payer, at=at), seen=seen, reason=reason, by=by, at=at)
    return settle_booking(booking, {}, by=by, at=at)
