"""Run of house from the office: put on sale, lent rooms, each stay given its hotel after it was shown."""

import re
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from pleniere.accounting.audit import audit as books
from pleniere.booking.actions import PersonFacts, make_firm, open_cart, set_persons, take_offer
from pleniere.booking.models import Line
from pleniere.booking.tests.world import NOW, order, reload_congress, seminar
from pleniere.congress.models import Offer
from pleniere.stock.queries import audit


@pytest.fixture
def w(db, client):
    w = seminar(rooms=3)
    w.desk = client
    client.force_login(w.agent)
    w.url, w.assign = (reverse(f"office-run-of-house{end}", args=["ctv2027"]) for end in ("", "-assign"))
    assert client.post(w.url, {"act": "make", "room_type": "DOUBLE", "amount": "110,00"}).status_code == 302
    w.house_offer = Offer.objects.get(service__supplier__kind="PLACEHOLDER")
    return w


def lend(w, count, **more):
    nights = [w.arrival + timedelta(days=n) for n in range(2)]
    cells = {f"h{w.house_offer.pk}-{w.room.service_id}-{night}": count for night in nights}
    key = str(uuid.uuid4())
    return w.desk.post(w.url, {"act": "lend", "offer": w.house_offer.pk, "key": key, **cells, **more})


def stay(w):
    said = {"by": w.agent, "at": NOW}
    cart = open_cart(reload_congress(w), language="fr", at=NOW)
    [person] = set_persons(cart, [PersonFacts(first_name="Ada", last_name="Roy")], **said)
    rate = w.house_offer.service.rates.get(occupancy=1)
    take_offer(cart, w.house_offer, rate, start=w.arrival, end=w.departure, persons=[person], **said)
    booking = order(w, cart)
    make_firm(booking, booking.lines.values_list("pk", flat=True), reason="test", **said)
    return booking.lines.get()


def test_rooms_are_lent_and_too_many_are_refused_in_words(w):
    assert lend(w, "2").status_code == 302
    answer = lend(w, "9")
    assert answer.status_code == 422 and 'value="9"' in answer.content.decode() and audit() == []
    assert lend(w, "-1").status_code == 422
    assert w.desk.post(w.url, {"act": "make", "room_type": "DOUBLE", "amount": "x"}).status_code == 422


def test_a_stay_is_given_its_hotel_after_it_was_shown(w):
    lend(w, "2")
    line = stay(w)
    page = w.desk.get(w.assign + "?way=cheapest").content.decode()
    chosen = f"{w.room.pk}:{w.room_rate.pk}"
    assert f'value="{chosen}" selected' in page
    wish = {f"to-{line.pk}": chosen, "bears": "KEEP", "word": "Votre hôtel est connu."}
    shown = w.desk.post(w.assign, {**wish, "look": "1"}).content.decode()
    assert Line.objects.get(pk=line.pk).state == "FIRM", "nothing moves by looking"
    signature = re.search(r'name="shown" value="([^"]+)"', shown).group(1)
    assert w.desk.post(w.assign, {**wish, "shown": signature}).status_code == 302
    assert Line.objects.get(booking=line.booking, state="FIRM").offer == w.room
    assert audit() == [] and not [wrong for *_check, wrong in books() if wrong]
    assert w.desk.post(w.assign, {**wish, "shown": signature}).status_code == 422


def test_all_that_are_ticked_go_to_one_hotel(w):
    lend(w, "3")
    lines = [stay(w), stay(w)]
    to = f"{w.room.pk}:{w.room_rate.pk}"
    facts = {"line": [line.pk for line in lines], "to": to, "bears": "KEEP", "word": "Bonjour.", "look": "1"}
    assert w.desk.post(w.assign, facts).content.decode().count("ADAGIO") >= 2
    assert w.desk.post(w.assign, {"bears": "KEEP", "word": "x"}).status_code == 422


def test_an_outsider_sees_and_does_nothing(w):
    w.desk.force_login(w.outsider)
    assert w.desk.get(w.url).status_code in (302, 403, 404)
    assert lend(w, "1").status_code in (302, 403, 404)
