"""What falls due is what is owed, for every payer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import gettext_noop

from pleniere.common.audits import check
from pleniere.common.money import ZERO

from .dues import dues_of_all
from .models import Booking, Charge, Line, Payer
from .queries import totals_by_payer

SLICE = 500


@check(gettext_noop("booking: dues add up to what each payer owes"))
def dues() -> Iterator[str]:
    """By slices, each in as many queries however many bookings it holds."""
    placed, last = Booking.objects.placed().select_related("congress").order_by("pk"), 0
    while found := {booking.pk: booking for booking in placed.filter(pk__gt=last)[:SLICE]}:
        last = max(found)
        yield from _differences(found)


def _differences(bookings: dict[int, Booking]) -> Iterator[str]:
    lines = Line.objects.counted().filter(booking__in=bookings).select_related("offer").order_by("pk")
    found = {line.pk: line for line in lines}
    charges = list(Charge.objects.live().filter(line__booking__in=bookings, line__state__in=Line.COUNTED).order_by("pk"))
    owners = {charge.payer_id: found[charge.line_id].booking_id for charge in charges if charge.payer_id}
    agreed = dict(Payer.objects.filter(booking__in=bookings, terms__isnull=False).values_list("pk", "terms"))
    owed = totals_by_payer(bookings)
    due: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for each in dues_of_all(bookings, found.values(), charges, agreed):
        due[each.payer_id] += each.amount
    for payer, owner in owners.items():
        if due[payer] != owed.get(payer, ZERO):
            yield f"booking {bookings[owner]}: payer {payer} owes {owed.get(payer, ZERO)}, its dues say {due[payer]}"


@check(gettext_noop("booking: what is counted has its charges, what is cancelled has none"))
def cancelled() -> Iterator[str]:
    gone = Charge.objects.live().filter(line__state="CANCELLED").select_related("line__booking").order_by("pk")
    for charge in gone:
        yield f"booking {charge.line.booking}: charge {charge.pk} of a cancelled line is not struck"
