"""At once: two people of a hotel answer while the office types; two agents retain the same rooms; the cut-off and a hand give back."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from pleniere.allotment.actions import (
    CannotRetain,
    NothingToRelease,
    StepFacts,
    give_rooms,
    record_reply,
    release_block,
    release_step,
    save_draft,
    send_reply,
    set_steps,
    stop_sales,
    undo_release,
    withdraw_rooms,
)
from pleniere.catalogue.models import Contract
from pleniere.stock.actions import Kind, Night, Wanted, claim
from pleniere.stock.models import StockDay
from pleniere.stock.queries import audit

from .world import CUTOFF, NOW, TYPED, answer, ask, keep, world

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]


@pytest.fixture
def w():
    return ask(world())


def at_once(*acts):
    """Run these together; what each raised, in order (None: nothing)."""
    start, raised = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place, act):
        try:
            start.wait(10)
            act()
        except Exception as error:
            raised[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return raised


def test_answers_sent_at_once_are_versions_each_and_none_is_lost(w):
    def send(rooms):
        return lambda: send_reply(w.invitation, typed={**TYPED, "n:DOUBLE": rooms}, by=w.link, at=NOW)

    def draft():
        save_draft(w.invitation, typed={"remarks": "Bonjour"}, by=w.link, at=NOW)

    def record():
        record_reply(w.invitation, via="PHONE", typed=TYPED, by=w.sam, at=NOW)

    assert at_once(send("10"), send("11"), draft, record) == [None] * 4
    sent = w.invitation.replies.filter(is_draft=False)
    assert len({reply.version for reply in sent}) == sent.count() == 3
    assert {reply.typed["n:DOUBLE"] for reply in sent} >= {"10", "11"}
    assert w.invitation.replies.filter(is_draft=True).count() <= 1


def test_of_two_who_retain_the_same_rooms_one_is_told_and_no_room_is_retained_twice(w):
    answer(w)
    raised = at_once(lambda: keep(w, 20, key="one"), lambda: keep(w, 20, key="two"))
    assert sorted(type(error).__name__ for error in raised) == [CannotRetain.__name__, "NoneType"]
    assert set(StockDay.objects.values_list("granted", flat=True)) == {20}


def test_a_hand_and_the_cutoff_give_back_each_room_once(w):
    answer(w)
    keep(w)
    raised = at_once(
        lambda: release_block(w.block, key="hand", by=w.sam, at=NOW),
        lambda: release_block(w.block, key="cutoff", is_cutoff=True, by=w.sam, at=NOW),
    )
    assert raised[1] is None and (raised[0] is None or isinstance(raised[0], NothingToRelease))
    assert set(StockDay.objects.values_list("granted", flat=True)) == {0}
    assert not audit()


def test_a_step_a_hand_and_a_hotel_s_reduction_at_once_neither_lose_nor_invent_a_room(w):
    answer(w)
    keep(w)
    set_steps(w.block, [StepFacts(CUTOFF - timedelta(days=9), Decimal(50))], by=w.sam, at=NOW)
    day = StockDay.objects.order_by("pk").first()
    raised = at_once(
        lambda: release_step(w.block.steps.get(), by=w.sam, at=NOW),
        lambda: release_step(w.block.steps.get(), by=w.sam, at=NOW),
        lambda: release_block(w.block, key="hand", rooms={(day.service_id, day.day): 4}, by=w.sam, at=NOW),
        lambda: claim({"sold": Wanted(Kind.BOOKED, None, {Night(day.pool_id, day.service_id, day.day): 9})}, at=NOW),
    )
    assert raised == [None] * 4
    back = sum(release.room_nights for release in w.block.releases.all())
    assert sum(StockDay.objects.values_list("granted", flat=True)) == 90 - back
    assert w.block.releases.count() == 2 and not audit()


def test_what_touches_the_congress_at_once_holds_it_first_and_nobody_deadlocks(w):
    answer(w)
    keep(w)
    day = StockDay.objects.order_by("pk").first()
    night = (day.service_id, day.day)
    given_back = release_block(w.block, key="hand", rooms={night: 6}, by=w.sam, at=NOW)
    Contract.objects.filter(pk=w.block.contract_id).update(stops_sales=True)
    raised = at_once(
        lambda: withdraw_rooms(w.block, {night: 1}, reason="", key="back", by=w.sam, at=NOW),
        lambda: give_rooms(w.congress, day, rooms=2, reason="", key="more", by=w.sam, at=NOW),
        lambda: undo_release(given_back, reason="", by=w.sam, at=NOW),
        lambda: stop_sales(w.invitation, night=StockDay.objects.order_by("pk").last().day, key="stop", by=w.link, at=NOW),
    )
    assert raised == [None] * 4
    day.refresh_from_db()
    assert day.granted == 30 - 6 - 1 + 2 + 6 and not audit()
