"""Request → answer by the link → retain → stock: the main thread of the floor."""

from datetime import timedelta
from decimal import Decimal

import pytest

from pleniere.allotment.actions import CannotRetain, PastHold, TooLate, release_block
from pleniere.allotment.queries import synthesis
from pleniere.congress.models import Congress, Offer, Price
from pleniere.messaging.models import Message
from pleniere.stock.models import Grant, StockDay

from .world import DEADLINE, NIGHTS, NOW, TYPED, answer, ask, keep, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def w():
    return ask(world())


def test_sending_writes_one_mail_to_each_that_has_an_address(w):
    assert set(Message.objects.values_list("to", flat=True)) == {"sophie@example.org", "terminus@example.org"}
    mail = Message.objects.get(to="sophie@example.org")
    assert "Demande" in mail.text or "Request" in mail.text
    assert w.request.number in mail.text and "/l/" in mail.text
    assert w.request.invitations.filter(state="SENT").count() == 4


def test_the_answer_is_read_into_cells_and_is_in_the_synthesis(w):
    answer(w)
    table = synthesis(w.request)
    row = next(row for row in table.rows if row.supplier == w.adagio)
    assert row.cells["DOUBLE", NIGHTS[0]].rooms == 30 and row.cells["DOUBLE", NIGHTS[0]].price == Decimal("105.75")
    assert row.cells["SINGLE", NIGHTS[0]].rooms == 0
    assert table.total("rooms")["DOUBLE", NIGHTS[1]] == 30
    assert {row.supplier.code for row in table.silent} == {"TERMINUS", "DEUXRIVES"}


def test_what_is_retained_becomes_stock_with_prices_and_an_offer(w):
    answer(w)
    before = Congress.objects.get(pk=w.congress.pk).version
    keep(w)
    days = StockDay.objects.filter(congress=w.congress, service__room_type="DOUBLE")
    assert sorted(days.values_list("day", "granted")) == [(night, 30) for night in NIGHTS]
    assert set(Price.objects.values_list("side", "amount", "night_from", "night_until")) == {
        ("SELL", Decimal("105.75"), NIGHTS[0], NIGHTS[-1] + timedelta(days=1))
    }, "an agent buys at what it sells: no purchase price"
    assert Offer.objects.get(congress=w.congress).step.kind == "LODGING"
    assert Congress.objects.get(pk=w.congress.pk).version > before
    assert keep(w) == w.block and Grant.objects.count() == 3, "the same key twice is one block"


def test_no_more_is_retained_than_was_offered(w):
    answer(w)
    keep(w, 20)
    with pytest.raises(CannotRetain, match="10"):
        keep(w, 11, key="k2")
    keep(w, 10, key="k3")
    assert set(StockDay.objects.values_list("granted", flat=True)) == {30}


def test_rooms_held_until_a_day_past_are_asked_about_first(w):
    answer(w, {**TYPED, "held_until": "2026-12-01"})
    late = NOW + timedelta(days=20)
    with pytest.raises(PastHold):
        keep(w, at=late)
    assert not StockDay.objects.exists()
    keep(w, at=late, confirm_past_hold=True)
    assert StockDay.objects.count() == 3


def test_after_the_deadline_no_answer_is_taken(w):
    with pytest.raises(TooLate):
        answer(w, at=DEADLINE)
    assert not w.invitation.replies.filter(is_draft=False).exists()


def test_a_release_gives_back_what_is_free_once(w):
    answer(w)
    keep(w)
    release = release_block(w.block, key="r1", by=w.sam, at=NOW)
    assert sum(rooms for _service, _day, rooms in release.rooms) == 90
    release_block(w.block, key="r1", by=w.sam, at=NOW)
    assert set(StockDay.objects.values_list("granted", flat=True)) == {0}
    assert Grant.objects.filter(rooms__lt=0).count() == 3


def test_the_letter_of_what_is_retained_names_the_rooms_their_price_and_the_cutoff(w):
    answer(w)
    keep(w)
    mail = Message.objects.get(template="allotment/retained")
    for text in (mail.text, mail.html):
        assert "105,75" in text and "lundi 8 mars 2027" in text
