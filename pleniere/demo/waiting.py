"""A night that is full: two bookings wait for it, somebody gives a room back, the first in line is offered it."""

from __future__ import annotations

from typing import Any

from pleniere.booking.actions import cancel_lines
from pleniere.booking.models import Booking, Line
from pleniere.common.nights import DAY
from pleniere.congress.models import Offer
from pleniere.stock.models import StockDay
from pleniere.waiting.actions import make_wish, run

from .crowd import LEAFLET
from .stage import Stage


def fill_itself(stage: Stage) -> None:
    """On the first full night of a hotel, if the crowd has filled one."""
    row = _full_night(stage)
    if row is None:
        return
    offer = Offer.objects.get(congress=stage.here, service=row.service, pool=row.pool)
    rate = offer.service.rates.filter(occupancy=1).order_by("pk")[0]
    wanted: dict[str, Any] = {"start": row.day, "end": row.day + DAY}
    for ago, booking in zip((4, 3), _without_room(stage), strict=False):
        email, persons = booking.client.email if booking.client else "", list(booking.persons.order_by("pk")[:1])
        make_wish(booking, offer, rate, persons=persons, email=email, by=stage.agent, at=stage.ago(ago), **wanted)
    stays = Line.objects.filter(offer=offer, start__lte=row.day, end__gt=row.day, state__in=["OPTION", "FIRM"], is_penalty=False)
    stays = stays.exclude(booking__client__email=LEAFLET)
    last = stays.select_related("booking__congress").order_by("-made_at", "-pk")[0]
    cancel_lines(last.booking, [last.pk], by=stage.agent, at=stage.ago(1, 11), reason="empêché")
    run(stage.here, at=stage.now)


def _full_night(stage: Stage) -> StockDay | None:
    rows = StockDay.objects.filter(congress=stage.here, service__kind="ROOM", granted__gt=1).select_related("service", "pool")
    return next((row for row in rows.order_by("day", "pk") if not row.free), None)


def _without_room(stage: Stage) -> list[Booking]:
    """The first who registered and sleep nowhere yet."""
    found = Booking.objects.placed().filter(congress=stage.here, client__isnull=False, persons__isnull=False)
    found = found.exclude(lines__offer__service__kind="ROOM").select_related("congress", "client")
    return list(found.distinct().order_by("placed_at", "pk")[:2])
