"""Money that comes when a booking has lapsed and not all of its rooms are left: an agent chooses what comes back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from pleniere.accounts.rights import Actor, require
from pleniere.common.money import total
from pleniere.congress.pricing import NotSold
from pleniere.congress.programme import programme
from pleniere.stock.actions import Kind, Wanted, claim
from pleniere.stock.queries import free

from ..discounting import discounts_again, priced
from ..models import Booking, Line, Payer
from ..selling import charge_of, heads_by_rate, line_nights
from .changing import LineGone
from .frame import lines_of, lock, people_of
from .options import option_end, option_ends
from .settling import bring_back

WITHOUT_METHOD = timedelta(days=7)


@dataclass(frozen=True)
class Lost:
    """A lapsed line: what it costs if it comes back (none: not sold any more), and whether there is room for it."""

    line: Line
    who: str
    price: Decimal | None
    has_room: bool

    @property
    def can_come_back(self) -> bool:
        return self.price is not None and self.has_room


def lost_lines(booking: Booking, *, on: date) -> list[Lost]:
    """Every lapsed line in the order it was taken, each seen beside those before it that still find room. Only reads."""
    lapsed = _lapsed(booking)
    plan, heads = programme(booking.congress), heads_by_rate(lapsed)
    living = lines_of(booking, *Line.COUNTED) if plan.discounts else []
    people = people_of([*living, *lapsed])
    off = discounts_again(plan, booking, lapsed, living, people, on=on, at=timezone.now(), only_look=True)
    left, found = free(booking.congress), []
    for line in lapsed:
        nights = line_nights(line)
        has_room = all(left.get(night, 0) >= rooms for night, rooms in nights.items())
        if has_room:
            left.update({night: left[night] - rooms for night, rooms in nights.items()})
        try:
            sales = priced(plan, line, people[line.pk], off.get(line.pk, []), on=on, heads=heads[line.rate_id])
            price = total(sale.total for sale in sales)
        except NotSold:
            price = None
        found.append(Lost(line, ", ".join(map(str, people[line.pk])), price, has_room))
    return found


@transaction.atomic
def revive_lines(
    booking: Booking,
    lines: Iterable[int],
    *,
    payer: Payer,
    on: date,
    seen: int | None = None,
    by: Actor,
    at: datetime,
    reason: str = "",
) -> list[Line]:
    """Bring these lapsed lines back as options of `payer`, priced on `on`. The lapsed ones left out are over for good.

    Raises LineGone (one has come back meanwhile), NotEnough, NotSold, Outdated.
    """
    require(by, "booking.edit", booking)
    booking = lock(booking, seen=seen)
    lapsed, wanted = _lapsed(booking), set(lines)
    chosen = [line for line in lapsed if line.pk in wanted]
    if len(chosen) != len(wanted):
        raise LineGone
    plan, heads = programme(booking.congress), heads_by_rate(chosen)
    living = lines_of(booking, *Line.COUNTED) if plan.discounts else []
    people = people_of([*living, *chosen])
    off = discounts_again(plan, booking, chosen, living, people, on=on, at=at)
    made = [
        charge_of(line, sale, payer=payer, by=by, at=at)
        for line in chosen
        for sale in priced(plan, line, people[line.pk], off.get(line.pk, []), on=on, heads=heads[line.rate_id])
    ]
    end = option_end(booking.congress, payer.method, at) if payer.method else at + WITHOUT_METHOD
    until = option_ends(booking.congress, chosen, end, terms_id=payer.terms_id, at=at)
    claim({line.key: Wanted(Kind.OPTION, until[line.key], line_nights(line)) for line in chosen}, at=at)
    bring_back(booking, chosen, made, until=until, on=on, by=by, at=at, reason=reason)
    Line.objects.filter(pk__in=[line.pk for line in lapsed if line.pk not in wanted]).update(lapsed_at=None)
    return chosen


def _lapsed(booking: Booking) -> list[Line]:
    return [line for line in lines_of(booking, Line.State.CANCELLED) if line.lapsed_at is not None]
