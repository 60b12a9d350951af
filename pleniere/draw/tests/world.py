"""A seminar whose hotel has few rooms, set aside for a draw."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

from pleniere.accounts.rights import SYSTEM
from pleniere.booking.actions import PersonFacts, take_offer
from pleniere.booking.tests.world import ARRIVAL, DEPARTURE, NOW, make_cart, order, seminar
from pleniere.congress.models import Congress
from pleniere.draw.actions import Wanted, announce, enter, prepare_draw, put_room
from pleniere.draw.models import Draw, Entry

CLOSES, DRAWS = NOW + timedelta(days=2), NOW + timedelta(days=3)


def draw_world(*, rooms: int = 3, announced: bool = True, **facts: object) -> SimpleNamespace:
    w = seminar(rooms=rooms)
    w.draw = make_draw(w, rooms=rooms, announced=announced, **facts)
    return w


def make_draw(w, *, rooms: int, announced: bool = True, **facts) -> Draw:
    usual = {"title": {"fr": "Tirage des chambres", "en": "Draw for the rooms"}, "opens_at": NOW, "closes_at": CLOSES}
    draw = prepare_draw(w.congress, by=SYSTEM, at=NOW, **{**usual, "draws_at": DRAWS, **facts})
    put_room(draw, w.room, start=ARRIVAL, end=DEPARTURE, rooms=rooms, by=SYSTEM, at=NOW)
    if announced:
        announce(draw, by=SYSTEM, at=draw.opens_at)
    draw.refresh_from_db()
    draw.congress = Congress.objects.get(pk=w.congress.pk)
    return draw


def buyer(w, name: str):
    booking, people = make_cart(w, PersonFacts(first_name=name, last_name="Hopes"))
    span = {"start": w.congress.starts, "end": w.congress.ends}
    take_offer(booking, w.fee, w.fee_rate, **span, persons=people, by=SYSTEM, at=NOW)
    return order(w, booking)


def choice(w, start=ARRIVAL, end=DEPARTURE) -> Wanted:
    return Wanted(w.room, w.room_rate, start, end)


def enters(w, name: str = "Ada", *, choices=None, booking=None, by=SYSTEM, at=NOW, **facts) -> Entry:
    booking = booking or buyer(w, name)
    usual = {"persons": list(booking.persons.all()), "email": f"{name.lower()}@example.org"}
    return enter(w.draw, booking, choices or [choice(w)], by=by, at=at, **{**usual, **facts})
