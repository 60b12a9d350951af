"""Two workers, a button and a cancelling at one instant: a draw happens once, or is cancelled; never both."""

import threading

import pytest
from django.db import connection

from pleniere.accounts.rights import SYSTEM
from pleniere.draw.actions import CannotEnter, cancel_draw, close_draw, draw_now
from pleniere.draw.models import Draw, Entry
from pleniere.messaging.models import Message
from pleniere.waiting.models import Proposal

from .test_draw import silent
from .world import CLOSES, DRAWS, buyer, draw_world, enters

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def at_once(*acts) -> list:
    start, got = threading.Barrier(len(acts)), []

    def race(act):
        start.wait()
        try:
            got.append(act())
        except CannotEnter:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=race, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def test_a_draw_run_by_two_and_cancelled_by_a_third_is_one_of_both():
    world = draw_world(rooms=2)
    for name in ("Ada", "Bob", "Cleo"):
        enters(world, name)
    runs = [lambda: draw_now(world.draw, by=SYSTEM, at=DRAWS)] * 2
    done = at_once(*runs, lambda: cancel_draw(world.draw, why="", by=SYSTEM, at=DRAWS))
    draw = Draw.objects.get(pk=world.draw.pk)
    assert done.count(True) == 1 and silent()
    drawn = draw.state == Draw.State.DRAWN
    assert Proposal.objects.count() == (2 if drawn else 0)
    assert Message.objects.filter(key__startswith="draw-off-").count() == (0 if drawn else 3)


def test_whoever_enters_as_the_list_closes_is_in_it_or_told_so():
    world = draw_world(rooms=2)
    bookings = [buyer(world, name) for name in ("Ada", "Bob", "Cleo")]
    names = ("ada", "bob", "cleo")
    before = CLOSES.replace(second=0) - (CLOSES - CLOSES.replace(hour=CLOSES.hour - 1))
    entering = [
        lambda b=booking, n=name: enters(world, n, booking=b, at=before) for booking, name in zip(bookings, names, strict=True)
    ]
    at_once(*entering, lambda: close_draw(world.draw, by=SYSTEM, at=CLOSES))
    draw = Draw.objects.get(pk=world.draw.pk)
    numbers = list(Entry.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1)) and draw.frozen.count('"number"') == len(numbers) and silent()
