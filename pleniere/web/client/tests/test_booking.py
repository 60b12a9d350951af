"""A buyer's own pages: what they show, what they let one do, and to whom they are closed."""

import pytest
from django.test import Client
from django.urls import reverse

from pleniere.accounts import links
from pleniere.accounts.models import Link
from pleniere.accounts.rights import SYSTEM
from pleniere.booking.actions import PersonFacts, take_offer
from pleniere.booking.models import Booking
from pleniere.booking.tests.world import leaflet_booking, make_cart, order, seminar
from pleniere.messaging.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db):
    w = seminar()
    w.booking = leaflet_booking(w)
    w.link = links.make(Link.Purpose.BOOKING, w.booking)
    w.token = links.token(w.link)
    return w


def url(world, name: str, *args: object) -> str:
    return reverse(f"client-{name}", args=[world.token, *args])


def text(answer) -> str:
    return answer.content.decode().replace("\xa0", " ")


def test_the_booking_its_state_its_dues_and_its_papers(world, client):
    page = text(client.get(url(world, "booking")))
    for word in ("296,50 €", "Option", "Ferme", world.booking.payers.get().reference, "ADAGIO"):
        assert word in page
    assert client.get(url(world, "confirmation")).content.startswith(b"%PDF")
    assert b"BEGIN:VCALENDAR" in client.get(url(world, "calendar")).content


def test_a_kept_place_gets_its_name_once(world, client):
    booking, people = make_cart(world, PersonFacts(institution="OT Saumur", is_unnamed=True))
    take_offer(
        booking,
        world.fee,
        world.fee_rate,
        start=world.congress.starts,
        end=world.congress.ends,
        persons=people,
        by=SYSTEM,
        at=world.now,
    )
    booking = order(world, booking)
    token = links.token(links.make(Link.Purpose.BOOKING, booking))
    here = reverse("client-name", args=[token, people[0].pk])
    assert "NR OT Saumur" in text(client.get(reverse("client-booking", args=[token])))
    assert client.post(here, {"first_name": "", "last_name": "x"}).status_code == 422
    assert client.post(here, {"first_name": "Ada", "last_name": "Wójcik"}).status_code == 302
    assert client.post(here, {"first_name": "Else", "last_name": "Other"}).status_code == 302
    assert str(booking.persons.get()) == "Ada Wójcik"
    assert (
        client.post(reverse("client-name", args=[world.token, people[0].pk]), {"first_name": "a", "last_name": "b"}).status_code
        == 404
    )


def test_a_wish_reaches_the_history_and_the_bureau_once(world, client):
    for _ in range(2):
        assert client.post(url(world, "wish"), {"text": "Une nuit de plus, s’il vous plaît"}).status_code == 302
    assert world.booking.changes.filter(verb="client.asked").count() == 1
    message = Message.objects.get(template="registration/wish")
    assert message.to == world.bureau.email and "Une nuit de plus" in message.text
    assert client.post(url(world, "wish"), {"text": ""}).status_code == 422


def test_a_payers_own_link_shows_the_sum_and_nobody_s_name_but_theirs(world, client):
    payer = world.booking.payers.get()
    address = client.post(url(world, "payer", payer.pk))["Location"]
    page = text(client.get(address))
    assert "296,50 €" in page and "Claire Fournier" in page and "Ingénie" not in page
    assert client.get(reverse("client-booking", args=[address.rstrip("/").rpartition("/")[2]])).status_code == 404
    assert client.post(address, {"method": "NONE"}).status_code == 422
    assert client.post(address, {"method": "CHEQUE"}).status_code == 302
    assert Booking.objects.get(pk=world.booking.pk).payers.get().method.kind == "CHEQUE"


def test_a_stranger_finds_nothing(world):
    other = leaflet_booking(world)
    stranger = Client()
    forged = "1f-" + "0" * 32
    for name, args in (("booking", []), ("confirmation", []), ("calendar", []), ("name", [1])):
        assert stranger.get(reverse(f"client-{name}", args=[forged, *args])).status_code == 404
    assert stranger.post(url(world, "payer", other.payers.get().pk)).status_code == 404
    links.revoke(world.booking, at=world.now)
    assert stranger.get(url(world, "booking")).status_code == 410
