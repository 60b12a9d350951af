"""How many places an offer of a day has: an evening for 120, a visit for 30. Rooms come by retaining, not from here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from pleniere.accounts.rights import Actor, require
from pleniere.congress.models import Offer

from .actions import Night, grant
from .models import StockDay


@transaction.atomic
def set_places(offer: Offer, places: int, *, key: str, by: Actor, at: datetime) -> int:
    """Grant, or take back, what makes the offer have so many places. Fewer than are taken: NotEnough, and nothing changed.

    Returns by how many they changed. The same `key` twice is once.
    """
    require(by, "congress.edit", offer.congress)
    day = day_of(offer)
    if day is None or offer.pool_id is None:
        return 0
    row = StockDay.objects.filter(pool=offer.pool_id, service=offer.service_id, day=day).first()
    change = places - (row.granted if row else 0)
    if change:
        night = Night(offer.pool_id, offer.service_id, day)
        grant({night: change}, key=key, by=by, at=at, congress_id=offer.congress_id, reason="places")
    return change


def day_of(offer: Offer) -> date | None:
    """The day whose counter an offer takes from; none for rooms, which take from each night."""
    return None if offer.service.kind == "ROOM" else offer.starts or offer.congress.starts


def places_of(offers: Iterable[Offer]) -> dict[int, StockDay]:
    """By offer, its counter; one query."""
    offers = [offer for offer in offers if offer.pool_id]
    rows = StockDay.objects.filter(service__in={offer.service_id for offer in offers}, pool__in={o.pool_id for o in offers})
    by_place: dict[tuple[int | None, int, date | None], StockDay] = {(row.pool_id, row.service_id, row.day): row for row in rows}
    found = {offer.pk: by_place.get((offer.pool_id, offer.service_id, day_of(offer))) for offer in offers}
    return {pk: row for pk, row in found.items() if row is not None}
