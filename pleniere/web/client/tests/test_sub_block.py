"""The page of a sub-block's contact: by its link alone, without account, on a phone."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from pleniere.accounts import links
from pleniere.booking.actions import PersonFacts, open_cart, prove_audience, set_persons, take_offer
from pleniere.booking.tests.world import NOW, order, reload_congress, seminar
from pleniere.congress.models import Offer
from pleniere.subblock.actions import allocate, link_of, make_sub_block
from pleniere.subblock.actions.making import Contact


@pytest.fixture
def w(db):
    w = seminar()
    contact = Contact("Inès", "ines@x.example")
    w.part = make_sub_block(
        w.congress, "SPK", name={"fr": "Orateurs"}, secret="PAROLE", contact=contact, pays_as=w.delegate, by=w.agent, at=NOW
    )
    w.url = reverse("client-sub-block", args=[links.token(link_of(w.part))])
    return w


def cell(w, n=0):
    return f"DOUBLE-{w.arrival + timedelta(days=n)}"


def test_the_link_opens_the_page_and_asks_once(w, client):
    assert client.get(f"/l/{links.token(link_of(w.part))}/").url == w.url
    key = str(uuid.uuid4())
    for _again in range(2):
        assert client.post(w.url, {"act": "ask", "key": key, cell(w): "3", cell(w, 1): "2"}).status_code == 302
    assert [row[2] for row in w.part.asks.get().rooms] == [3, 2]
    assert client.post(w.url, {"act": "ask", "key": str(uuid.uuid4()), cell(w): "5"}).status_code == 302
    assert w.part.asks.count() == 2


def test_what_is_allocated_is_accepted_as_it_was_shown(w, client):
    allocate(w.part, {(w.room.service_id, w.arrival): 2}, key="a", by=w.agent, at=NOW)
    page = client.get(w.url).content.decode()
    assert "ADAGIO" in page and 'name="version" value="1"' in page
    allocate(w.part, {(w.room.service_id, w.arrival): 1}, key="b", by=w.agent, at=NOW)
    assert client.post(w.url, {"act": "accept", "version": "1"}).status_code == 422
    assert client.post(w.url, {"act": "accept", "version": "2"}).status_code == 302
    w.part.refresh_from_db()
    assert w.part.state == "ACCEPTED"


def test_names_and_nights_are_seen_no_price_and_no_phone(w, client):
    allocate(w.part, {(w.room.service_id, w.arrival + timedelta(days=n)): 2 for n in range(2)}, key="a", by=w.agent, at=NOW)
    said = {"by": w.agent, "at": NOW}
    cart = open_cart(reload_congress(w), language="fr", at=NOW)
    [person] = set_persons(cart, [PersonFacts(first_name="Ada", last_name="Lovelace")], **said)
    prove_audience(cart, person, "PAROLE", **said)
    offer = Offer.objects.get(pool=w.part.pool)
    take_offer(cart, offer, w.room_rate, start=w.arrival, end=w.departure, persons=[person], **said)
    booking = order(w, cart)
    booking.client.phone = "0612345678"
    booking.client.save()
    client.post(w.url, {"act": "guests", "names": "Ada; Lovelace; ada@x.example\nBob; Noone"})
    page = client.get(w.url).content.decode()
    assert "Ada Lovelace" in page and "Bob Noone" in page
    assert "105,75" not in page and "211,50" not in page and "0612345678" not in page and booking.client.email not in page


def test_guests_are_invited_once_and_taken_off(w, client):
    client.post(w.url, {"act": "guests", "names": "Ada; Roy; ada@x.example"})
    client.post(w.url, {"act": "invite"})
    client.post(w.url, {"act": "invite"})
    guest = w.part.guests.get()
    assert guest.invited_at is not None
    url = reverse("client-sub-block-guest", args=[links.token(link_of(w.part)), guest.pk])
    assert client.post(url).status_code == 302 and not w.part.guests.exists()
    assert client.post(url).status_code == 404


@pytest.mark.parametrize("words", ["-1", "1e6", "12,5", "9" * 30, "\x00", "١٢"])
def test_what_is_no_number_is_said_and_stays_typed(w, client, words):
    answer = client.post(w.url, {"act": "ask", "key": "x", cell(w): words})
    assert answer.status_code == 422 and not w.part.asks.exists()


def test_a_forged_an_ended_and_another_s_link_open_nothing(w, client):
    assert client.get(reverse("client-sub-block", args=["1f-" + "0" * 32])).status_code == 404
    links.revoke(w.part, at=NOW)
    assert client.get(w.url).status_code == 410
    assert client.post(w.url, {"act": "accept", "version": "0"}).status_code == 410


def test_the_code_comes_along_with_the_address_a_guest_was_given(w, client):
    page = client.get("/c/ctv2027/?code=PAROLE").content.decode()
    assert 'name="code" value="PAROLE"' in page
    answer = client.post("/c/ctv2027/begin/", {"code": "PAROLE"}, follow=True)
    assert 'value="PAROLE"' in answer.content.decode()
