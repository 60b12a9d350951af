"""One night of one hotel at one instant: rooms released, rooms withdrawn, a stay moved elsewhere, a guest who buys."""

import threading

import pytest
from django.db import connection
from django.db.models import Sum

from pleniere.accounts.rights import SYSTEM
from pleniere.allotment.actions import NothingToRelease, release_block, withdraw_rooms
from pleniere.allotment.models import Release
from pleniere.booking.actions import HOUSE, Move, PersonFacts, relocate, take_offer
from pleniere.booking.models import Line
from pleniere.booking.tests.world import ARRIVAL, DEPARTURE, NOW, make_cart, order
from pleniere.common.nights import DAY
from pleniere.stock.actions import NotEnough
from pleniere.stock.models import Grant, StockDay
from pleniere.stock.queries import audit
from pleniere.waiting.actions import run

from .city import ROOMS, city

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]
BY = {"by": SYSTEM, "at": NOW}


def stay(w, name):
    """Two nights, ordered."""
    booking, persons = make_cart(w, PersonFacts(first_name=name, last_name="Dort"))
    take_offer(booking, w.room, w.room_rate, start=ARRIVAL, end=DEPARTURE, persons=persons, **BY)
    return order(w, booking).lines.get(offer=w.room)


def at_once(*acts):
    """Run these together; what each raised, in order (None: nothing)."""
    start, raised = threading.Barrier(len(acts)), [None] * len(acts)

    def act_at(place, act):
        try:
            start.wait(10)
            act()
        except Exception as error:
            raised[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=act_at, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return raised


def test_a_release_a_reduction_and_a_move_of_one_night_neither_lose_nor_invent_a_room():
    w = city()
    stays = [stay(w, name) for name in ("Ada", "Bob", "Cleo")]
    cart, persons = make_cart(w, PersonFacts(first_name="Dan", last_name="Passe"))
    night = {(w.room.service_id, ARRIVAL): 2}
    raised = at_once(
        lambda: release_block(w.block, key="hand", rooms=night, **BY),
        lambda: release_block(w.block, key="hand", rooms=night, **BY),
        lambda: withdraw_rooms(w.block, night, reason="", key="back", **BY),
        lambda: relocate([Move(stays[0], w.elsewhere, w.elsewhere_rate)], bears=HOUSE, reason="", **BY),
        lambda: take_offer(cart, w.room, w.room_rate, start=ARRIVAL, end=ARRIVAL + DAY, persons=persons, **BY),
        lambda: run(w.congress, at=NOW),
    )
    allowed = (NothingToRelease, NothingToRelease, (), (), NotEnough, ())
    assert all(error is None or isinstance(error, may) for error, may in zip(raised, allowed, strict=True)), raised
    assert not audit()
    gone = sum(release.room_nights for release in Release.objects.all())
    left = Grant.objects.filter(block=w.block.grant_block, stock_day__day=ARRIVAL).aggregate(rooms=Sum("rooms"))["rooms"]
    assert left == ROOMS - gone and Release.objects.filter(key="hand").count() <= 1
    row = StockDay.objects.get(service=w.room.service, day=ARRIVAL)
    ordered = Line.objects.filter(offer=w.room, state__in=["OPTION", "FIRM"], start__lte=ARRIVAL).count()
    assert row.optioned + row.booked == ordered == 2 and row.short == max(0, row.taken - row.granted)
    assert Line.objects.filter(offer=w.elsewhere, state="OPTION").count() == 1


def test_a_release_twice_at_once_is_once():
    w = city()
    night = {(w.room.service_id, ARRIVAL): 3}
    assert at_once(*[lambda: release_block(w.block, key="hand", rooms=night, **BY)] * 4) == [None] * 4
    assert StockDay.objects.get(service=w.room.service, day=ARRIVAL).granted == ROOMS - 3 and not audit()
