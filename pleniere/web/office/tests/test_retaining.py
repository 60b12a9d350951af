"""From answers to rooms on sale, and back: retained together or not at all, given back, thanked."""

from datetime import timedelta

import pytest
from django.utils import timezone

from pleniere.allotment.models import Block
from pleniere.catalogue.models import Service
from pleniere.messaging.models import Message
from pleniere.stock.models import StockDay

from .asking import answer, asked_and_answered, desk, retain, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def w(client):
    return desk(client)


def test_the_thread_from_the_first_room_asked_to_rooms_on_sale(w):
    asked = send(w)
    assert Message.objects.filter(to__contains="@example.org").count() == 2
    invitation = asked.invitations.get(supplier=w.adagio)
    assert answer(w, invitation).status_code == 302
    page = w.desk.get(f"{w.url}{asked.number}/").content.decode()
    assert "ADAGIO" in page and "105,75" in page and "Hôtel des Deux Rives" in page
    cells = [f"{invitation.pk}:DOUBLE:{night}" for night in w.nights[:2]]
    look = w.desk.post(f"{w.url}{asked.number}/retained/", {"cell": cells})
    assert look.status_code == 200 and not Block.objects.exists()
    words = {f"rooms:{invitation.pk}:DOUBLE:{w.nights[0]}": "12", f"sell:{invitation.pk}:DOUBLE:105.75": "110,00"}
    done = w.desk.post(f"{w.url}{asked.number}/retained/", {"cell": cells, "retain": "yes", "key": "k" * 32, **words})
    assert done.status_code == 302
    assert sorted(StockDay.objects.values_list("day", "granted")) == [(w.nights[0], 12), (w.nights[1], 30)]
    again = w.desk.post(f"{w.url}{asked.number}/retained/", {"cell": cells, "retain": "yes", "key": "k" * 32, **words})
    assert again.status_code == 302 and Block.objects.count() == 1, "the same yes twice is one block"
    assert w.desk.get(f"{w.url}blocks/").status_code == 200


def test_a_whole_hotel_and_a_whole_column_are_ticked_at_once(w):
    asked = asked_and_answered(w)
    invitation = asked.invitations.get(supplier=w.adagio)
    page = w.desk.get(f"{w.url}{asked.number}/").content.decode()
    assert f'value="{invitation.pk}:all"' in page and f'value="all:DOUBLE:{w.nights[1]}"' in page
    looked = w.desk.post(f"{w.url}{asked.number}/retained/", {"cell": [f"{invitation.pk}:all"]})
    cells = {night for run in looked.context["hotels"][0].runs for night in run.cells}
    assert cells == set(w.nights)
    looked = w.desk.post(f"{w.url}{asked.number}/retained/", {"cell": [f"all:DOUBLE:{w.nights[1]}"]})
    assert [set(run.cells) for run in looked.context["hotels"][0].runs] == [{w.nights[1]}]


def test_what_cannot_be_retained_is_said_and_nothing_is(w):
    asked = send(w)
    invitation = asked.invitations.get(supplier=w.adagio)
    answer(w, invitation)
    first = w.nights[0]
    assert retain(w, asked, invitation, **{f"rooms:{invitation.pk}:DOUBLE:{first}": "31"}).status_code == 422
    assert retain(w, asked, invitation, **{f"rooms:{invitation.pk}:DOUBLE:{first}": "=3"}).status_code == 422
    assert retain(w, asked, invitation, **{f"sell:{invitation.pk}:DOUBLE:105.75": "-5"}).status_code == 422
    assert retain(w, asked, invitation, **{f"cutoff:{invitation.pk}": "2199-01-01"}).status_code == 422
    assert not Block.objects.exists() and not StockDay.objects.exists()
    other = {"cell": [f"{invitation.pk}:QUAD:{first}", "x", f"999999:DOUBLE:{first}"], "retain": "yes"}
    assert w.desk.post(f"{w.url}{asked.number}/retained/", other).status_code == 302
    assert not Block.objects.exists()


def test_of_two_hotels_both_are_retained_or_none(w):
    asked = send(w)
    one, two = asked.invitations.get(supplier=w.adagio), asked.invitations.get(supplier=w.terminus)
    answer(w, one)
    answer(w, two, rooms="14", price="98")
    cells = [f"{row.pk}:DOUBLE:{w.nights[0]}" for row in (one, two)]
    words = {"cell": cells, "retain": "yes", "key": "b" * 32}
    assert w.desk.post(f"{w.url}{asked.number}/retained/", {**words, f"buy:{two.pk}:DOUBLE:98.00": ""}).status_code == 422
    assert not Block.objects.exists()
    assert w.desk.post(f"{w.url}{asked.number}/retained/", words).status_code == 302
    assert Block.objects.count() == 2


def test_a_hold_that_is_past_asks_first(w, monkeypatch):
    asked = send(w)
    invitation = asked.invitations.get(supplier=w.adagio)
    answer(w, invitation, held_until=timezone.localdate().isoformat())
    invitation.replies.update(held_until=timezone.localdate() - timedelta(days=1))
    assert retain(w, asked, invitation).status_code == 422
    assert not Block.objects.exists()
    assert retain(w, asked, invitation, **{f"held:{invitation.pk}": "on"}).status_code == 302


def test_rooms_are_given_back_by_hand_once_and_never_more_than_is_free(w):
    asked = send(w)
    invitation = asked.invitations.get(supplier=w.adagio)
    answer(w, invitation)
    retain(w, asked, invitation)
    block = Block.objects.get()
    url = f"{w.url}blocks/{block.pk}/releases/"
    service = Service.objects.get(supplier=w.adagio, room_type="DOUBLE")
    key = "00000000-0000-4000-8000-000000000001"
    zero = {f"rooms:{service.pk}:{night}": "0" for night in w.nights}
    first = f"rooms:{service.pk}:{w.nights[0]}"
    assert w.desk.post(url, {**zero, first: "x", "key": key}).status_code == 422
    assert "sont libres" in w.desk.post(url, {**zero, first: "99", "key": key}).content.decode()
    assert StockDay.objects.get(day=w.nights[0]).granted == 30
    assert w.desk.post(url, {**zero, "key": "00000000-0000-4000-8000-000000000002"}).status_code == 422, "nothing to give back"
    for _twice in range(2):
        assert w.desk.post(url, {**zero, first: "10", "key": key}).status_code == 302
    assert StockDay.objects.get(day=w.nights[0]).granted == 20
    assert w.desk.get(url).status_code == 200


def test_closing_thanks_those_of_whom_nothing_was_retained(w):
    asked = send(w)
    for supplier in (w.adagio, w.terminus):
        answer(w, asked.invitations.get(supplier=supplier), rooms="14")
    retain(w, asked, asked.invitations.get(supplier=w.adagio))
    url = f"{w.url}{asked.number}/closing/"
    assert "TERMINUS" in w.desk.get(url).content.decode().upper()
    w.desk.post(url, {"tell": "on"})
    assert [mail.to for mail in Message.objects.filter(template="allotment/not_retained")] == ["terminus@example.org"]
    asked.refresh_from_db()
    assert asked.state == "CLOSED"
