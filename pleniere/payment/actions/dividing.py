"""Lines change hands between payers: what was announced follows, and what is covered now is firm."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from pleniere.accounts.rights import Actor
from pleniere.booking.actions import divide_booking
from pleniere.booking.models import Booking, Line
from pleniere.booking.sharing import Portion
from pleniere.common.moves import move
from pleniere.congress.models import Method

from ..models import Attempt
from ..queries import payers_of
from .announcing import announce
from .frame import settle_booking

State = Attempt.State


@transaction.atomic
def divide(
    booking: Booking, portions: Mapping[int, Portion], *, seen: int | None = None, by: Actor, at: datetime, reason: str = ""
) -> list[Line]:
    """Leave each line with the payers named (`booking.divide_booking`), each announced payment being of what its payer now owes.

    What is firm stays firm, and what somebody has paid beyond its part is proposed back to them. Raises Outdated.
    """
    moved = divide_booking(booking, portions, seen=seen, by=by, at=at, reason=reason)
    if moved:
        _announce_anew(booking, by=by, at=at)
        settle_booking(booking, {}, by=by, at=at)
    return moved


def _announce_anew(booking: Booking, *, by: Actor, at: datetime) -> None:
    """An announcement of another sum than is asked ends; who owes something by a means that waits announces it."""
    for due in payers_of(booking, at=at):
        asked = due.due_now or due.left
        for attempt in due.payer.attempts.filter(state=State.OPEN).exclude(kind=Method.Kind.CARD):
            if attempt.amount != asked:
                move(attempt, State.ABANDONED, Attempt.MOVES, ended_at=at)
        if asked > 0 and due.payer.method is not None and due.payer.method.kind != Method.Kind.CARD:
            announce(due.payer, by=by, at=at)
