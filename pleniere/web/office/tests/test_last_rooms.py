"""Two sub-blocks are given the last rooms at one instant, while a draw is announced and somebody buys."""

import threading

import pytest
from django.db import connection
from django.db.models import Sum

from pleniere.accounts.rights import SYSTEM
from pleniere.booking.tests.world import NOW
from pleniere.draw.actions import CannotAnnounce, announce
from pleniere.draw.tests.world import make_draw
from pleniere.messaging.models import Message
from pleniere.stock.actions import Night, NotEnough, Wanted, claim
from pleniere.stock.models import StockDay
from pleniere.stock.queries import audit
from pleniere.subblock.actions import TooFew, allocate, make_sub_block
from pleniere.subblock.models import Allocation, SubBlock
from pleniere.subblock.tests.test_sub_blocks import CONTACT, world

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def at_once(*acts) -> list:
    start, found = threading.Barrier(len(acts)), []

    def race(act):
        start.wait()
        try:
            found.append(act())
        except Exception as error:
            found.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=race, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_two_contacts_given_the_last_rooms_at_once_never_share_one():
    w = world()
    other = make_sub_block(
        w.congress, "EXPO", name={"fr": "Exposant"}, secret="STAND", contact=CONTACT, pays_as=w.delegate, **w.said
    )
    rows = {(row.service_id, row.day): row.granted for row in StockDay.objects.filter(service=w.service, day__in=w.nights)}
    most = min(rows.values())
    total = StockDay.objects.filter(service=w.service).aggregate(sum=Sum("granted"))["sum"]
    draw = make_draw(w, rooms=most, announced=False)
    night = Night(StockDay.objects.filter(service=w.service).first().pool_id, w.service.pk, w.nights[0])

    def give(block, key):
        return lambda: allocate(SubBlock.objects.get(pk=block.pk), dict.fromkeys(rows, most), key=key, **w.said)

    found = at_once(
        give(w.block, "a"),
        give(w.block, "a"),  # the same form, sent twice
        give(other, "b"),
        lambda: announce(draw, by=SYSTEM, at=NOW),
        lambda: claim({"buyer": Wanted("BOOKED", None, {night: 1})}, at=NOW),
    )
    unexpected = [
        each for each in found if isinstance(each, Exception) and not isinstance(each, TooFew | NotEnough | CannotAnnounce)
    ]
    assert not unexpected and audit() == []
    assert StockDay.objects.filter(service=w.service).aggregate(sum=Sum("granted"))["sum"] == total
    given = Allocation.objects.count()
    assert given + sum(each is True for each in found) <= 1  # all of them went to one, or the buyer came first
    assert Message.objects.filter(key__startswith="sub-block-allocation-").count() == given
