"""A draw announced for rooms too few: those of a hotel near the venue; some have entered, two of them together."""

from __future__ import annotations

from datetime import timedelta

from pleniere.booking.models import Booking
from pleniere.congress.models import Offer
from pleniere.draw.actions import Wanted, announce, enter, prepare_draw, put_room
from pleniere.draw.models import Draw
from pleniere.stock.queries import free

from .stage import Stage

ROOMS = 2


def by_lot(stage: Stage) -> None:
    """On the nights of the congress, of a room type that still has some free on each."""
    offer = _with_free_rooms(stage)
    if offer is None:
        return
    here, title = stage.here, {"fr": "Tirage au sort des chambres côté jardin", "en": "Draw for the rooms on the garden"}
    text = {
        "fr": "Deux chambres par nuit, plus demandées qu’il n’y en a : chacun a la même chance.",
        "en": "Two rooms a night, more wanted than there are: the same chance for each.",
    }
    dates = {"opens_at": stage.ago(2), "closes_at": stage.ahead(5), "draws_at": stage.ahead(6, 10)}
    draw = prepare_draw(here, title=title, text=text, by=stage.agent, at=stage.ago(3), **dates)
    put_room(draw, offer, start=here.starts, end=here.ends - timedelta(days=1), rooms=ROOMS, by=stage.agent, at=stage.ago(3))
    announce(draw, by=stage.agent, at=stage.ago(2))
    draw = Draw.objects.select_related("congress").get(pk=draw.pk)
    rate = offer.service.rates.order_by("occupancy", "pk")[0]
    code = ""
    for n, booking in enumerate(_some(stage)):
        persons = list(booking.persons.order_by("pk")[:1])
        email = booking.client.email if booking.client else ""
        choices = [Wanted(offer, rate, here.starts, here.ends - timedelta(days=1))]
        entry = enter(
            draw, booking, choices, persons=persons, email=email, join=code if n == 1 else "", by=stage.agent, at=stage.ago(1)
        )
        code = code or entry.code


def _with_free_rooms(stage: Stage) -> Offer | None:
    here = stage.here
    left = free(here, start=here.starts, end=here.ends - timedelta(days=1))
    least: dict[tuple[int, int], int] = {}
    for night, rooms in left.items():
        key = night.pool, night.service
        least[key] = min(rooms, least.get(key, rooms))
    offers = Offer.objects.filter(congress=here, service__kind="ROOM", office_only=False, audiences=None).select_related(
        "service"
    )
    nights = (here.ends - here.starts).days - 1
    for offer in offers.order_by("pk"):
        held = [night for night in left if (night.pool, night.service) == (offer.pool_id, offer.service_id)]
        if len(held) == nights and least.get((offer.pool_id or 0, offer.service_id), 0) > 2 * ROOMS:
            return offer
    return None


def _some(stage: Stage) -> list[Booking]:
    """Of the last who registered, with a name and an address."""
    found = Booking.objects.placed().filter(congress=stage.here, client__isnull=False, persons__is_unnamed=False)
    found = found.exclude(client__email="").exclude(kind=Booking.Kind.MASTER).select_related("congress", "client")
    return list(found.distinct().order_by("-placed_at", "-pk")[:5])
