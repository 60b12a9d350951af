"""Cut-offs in steps: counted night by night, shown before, caught up in order, once, and undone if the hotel agrees."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db.models import Sum

from pleniere.allotment import tasks
from pleniere.allotment.actions import CannotStep, StepFacts, release_step, set_request_steps, set_steps, undo_release
from pleniere.allotment.cutoffs import simulate
from pleniere.allotment.models import Block, BlockStep, Release
from pleniere.messaging.models import Message
from pleniere.stock.actions import Kind, Night, Wanted, claim
from pleniere.stock.models import Claim, StockDay
from pleniere.stock.queries import audit

from .world import CUTOFF, NOW, answer, ask, keep, world

pytestmark = pytest.mark.django_db

FIRST, SECOND = date(2027, 2, 1), date(2027, 2, 15)
HALF_UNSOLD = StepFacts(FIRST, Decimal(50), "UNSOLD")
TENTH = StepFacts(SECOND, Decimal(10), "GRANTED")


@pytest.fixture
def w():
    w = ask(world())
    answer(w)
    keep(w)
    set_steps(w.block, [HALF_UNSOLD, TENTH], by=w.sam, at=NOW)
    return w


def nights(w):
    return [Night(w.block.pool_id, day.service_id, day.day) for day in StockDay.objects.order_by("day")]


def granted():
    return list(StockDay.objects.order_by("day").values_list("granted", flat=True))


def work(monkeypatch, on):
    at = datetime(on.year, on.month, on.day, 10, tzinfo=NOW.tzinfo)
    monkeypatch.setattr(tasks.timezone, "now", lambda: at)
    return tasks.cut_off()


def test_a_share_is_of_what_is_unsold_or_of_all_and_rounded_down(w, monkeypatch):
    claim({"sold": Wanted(Kind.BOOKED, None, {nights(w)[0]: 7})}, at=NOW)
    work(monkeypatch, FIRST)
    assert granted() == [30 - 11, 15, 15], "half of 23 is 11"
    work(monkeypatch, SECOND)
    assert granted() == [16, 12, 12], "a tenth of all thirty"
    work(monkeypatch, CUTOFF)
    assert granted() == [7, 0, 0] and not audit()


def test_a_server_that_was_down_catches_up_in_order_and_twice_is_once(w, monkeypatch):
    assert work(monkeypatch, SECOND) == 2
    assert list(Release.objects.order_by("pk").values_list("key", flat=True)) == [f"step-{s.pk}" for s in w.block.steps.all()]
    before = granted()
    assert work(monkeypatch, SECOND + timedelta(days=1)) == 0 and granted() == before == [12, 12, 12]
    step = w.block.steps.first()
    assert release_step(step, by=w.sam, at=NOW).pk == Release.objects.order_by("pk").first().pk and granted() == before


def test_one_that_fails_holds_back_what_comes_after_it_of_the_same_block_alone(w, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(tasks, "release_step", broken)
    assert work(monkeypatch, CUTOFF) == 0 and granted() == [30, 30, 30]


def test_what_is_shown_before_is_what_is_done(w, monkeypatch):
    first = nights(w)[0]
    claim({"sold": Wanted(Kind.BOOKED, None, {first: 7})}, at=NOW)
    claim({"option": Wanted(Kind.OPTION, NOW + timedelta(days=5), {nights(w)[1]: 3})}, at=NOW)
    claim({"cart": Wanted(Kind.CART, NOW + timedelta(minutes=20), {first: 20})}, at=NOW)
    moments = simulate([w.block], CUTOFF)
    assert [(m.due.on, m.goes) for m in moments] == [(FIRST, 11 + 13 + 15), (SECOND, 9), (CUTOFF, 9 + 11 + 12)]
    assert [felt.owner for felt in moments[0].carts] == ["cart"] and not moments[1].carts
    assert {felt.owner for m in moments for felt in m.options} == {"option"}
    assert StockDay.objects.aggregate(Sum("granted"))["granted__sum"] == 90, "nothing is done by looking"
    work(monkeypatch, CUTOFF)
    assert [release.room_nights for release in Release.objects.order_by("pk")] == [m.goes for m in moments]
    assert not Claim.objects.filter(owner="cart").exists() and not audit()


def test_a_cart_that_stands_in_no_step_s_way_keeps_its_room(w, monkeypatch):
    claim({"cart": Wanted(Kind.CART, NOW + timedelta(days=90), {nights(w)[0]: 2})}, at=NOW)
    work(monkeypatch, FIRST)
    assert granted() == [15, 15, 15] and Claim.objects.filter(owner="cart").exists()


def test_it_is_undone_if_the_hotel_agrees_once_and_it_is_told(w, monkeypatch):
    work(monkeypatch, FIRST)
    release = Release.objects.get()
    for _twice in range(2):
        undo_release(release, reason="Mme Marchand, par téléphone", by=w.sam, at=NOW)
    assert granted() == [30, 30, 30] and not audit()
    assert Message.objects.filter(template="allotment/given_again").count() == 1
    assert simulate([w.block], SECOND)[0].goes == 9, "a tenth of what was granted at first, not of what came back"


def test_after_the_cutoff_it_is_undone_until_a_new_one(w, monkeypatch):
    work(monkeypatch, CUTOFF)
    release = Release.objects.order_by("pk").last()
    at = datetime(2027, 3, 9, 9, tzinfo=NOW.tzinfo)
    with pytest.raises(CannotStep):
        undo_release(release, reason="ok", until=CUTOFF, by=w.sam, at=at)
    undo_release(release, reason="ok", until=date(2027, 3, 20), by=w.sam, at=at)
    block = Block.objects.get()
    assert (block.cutoff, block.released_at) == (date(2027, 3, 20), None) and sum(granted()) == release.room_nights
    work(monkeypatch, date(2027, 3, 20))
    assert granted() == [0, 0, 0] and not audit()


def test_steps_stand_in_order_and_only_the_office_sets_them(w):
    for bad in ([StepFacts(CUTOFF)], [StepFacts(NOW.date())], [HALF_UNSOLD, HALF_UNSOLD]):
        with pytest.raises(CannotStep):
            set_steps(w.block, bad, by=w.sam, at=NOW)
    with pytest.raises(PermissionDenied):
        set_steps(w.block, [], by=w.olga, at=NOW)
    assert w.block.steps.count() == 2


def test_a_block_has_the_steps_its_request_asked_for():
    w = ask(world(), steps=[HALF_UNSOLD])
    answer(w)
    keep(w)
    assert [(s.on, s.percent, s.base) for s in BlockStep.objects.all()] == [(FIRST, 50, "UNSOLD")]
    mail = Message.objects.filter(template="allotment/request").first()
    assert "50" in mail.text and "février 2027" in mail.text
    with pytest.raises(CannotStep):
        set_request_steps(w.request, [], by=w.sam)
