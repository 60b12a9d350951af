"""What falls due is what is owed, for every payer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from pleniere.common.audits import check
from pleniere.common.money import ZERO

from .actions.settling import booking_dues
from .models import Booking, Charge
from .queries import totals_by_payer

SLICE = 200


@check("booking: dues add up to what each payer owes")
def dues() -> Iterator[str]:
    pks = list(Booking.objects.placed().order_by("pk").values_list("pk", flat=True))
    for begin in range(0, len(pks), SLICE):
        owed = totals_by_payer(pks[begin : begin + SLICE])
        for booking in Booking.objects.filter(pk__in=pks[begin : begin + SLICE]).select_related("congress"):
            yield from _differences(booking, owed)


def _differences(booking: Booking, owed: dict[int, Decimal]) -> Iterator[str]:
    lines = list(booking.lines.counted().select_related("offer__service", "rate"))
    charges = list(Charge.objects.live().filter(line__in=[line.pk for line in lines]))
    due: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for each in booking_dues(booking, lines, charges):
        due[each.payer_id] += each.amount
    for payer in {charge.payer_id for charge in charges if charge.payer_id}:
        if due[payer] != owed.get(payer, ZERO):
            yield f"booking {booking}: payer {payer} owes {owed.get(payer, ZERO)}, its dues say {due[payer]}"


@check("booking: what is counted has its charges, what is cancelled has none")
def cancelled() -> Iterator[str]:
    gone = Charge.objects.live().filter(line__state="CANCELLED").select_related("line__booking").order_by("pk")
    for charge in gone:
        yield f"booking {charge.line.booking}: charge {charge.pk} of a cancelled line is not struck"
