"""The client base: fed by bookings, searched, mended; each reader sees the bookings of their own congresses."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pleniere.accounts.models import Client
from pleniere.booking.tests.world import leaflet_booking, make_user, seminar
from pleniere.congress.models import Congress, Member

pytestmark = pytest.mark.django_db
CLIENTS = "/office/clients/"
TYPED = {"kind": "COMPANY", "company": "Les Trois Rubans SARL", "country": "fr", "language": "fr"}


@pytest.fixture
def world(client):
    w = seminar()
    w.booking = leaflet_booking(w)
    client.force_login(w.agent)
    return w


def test_a_booking_feeds_the_file_and_its_client_leads_back_to_it(client, world):
    buyer = world.booking.client
    assert str(buyer) in client.get(CLIENTS).content.decode()
    assert world.booking.number in client.get(f"{CLIENTS}{buyer.pk}/").content.decode()
    olga = make_user("olga2@example.org")
    other = Congress.objects.create(code="autre2", title={"fr": "Autre"}, starts=world.arrival, ends=world.departure)
    Member.objects.create(congress=other, user=olga, role="AGENT")
    client.force_login(olga)
    assert client.get(f"{CLIENTS}{buyer.pk}/").status_code in (200, 403)
    assert world.booking.number not in client.get(f"{CLIENTS}{buyer.pk}/").content.decode()


def test_a_client_is_made_mended_and_found_again(client, world):
    assert client.post(f"{CLIENTS}new/", {**TYPED, "company": ""}).status_code == 422
    assert client.post(f"{CLIENTS}new/", {**TYPED, "siret": "1"}).status_code == 422
    client.post(f"{CLIENTS}new/", TYPED)
    made = Client.objects.get(company="Les Trois Rubans SARL")
    client.post(f"{CLIENTS}{made.pk}/edit/", {**TYPED, "town": "Saint-Étienne", "siret": "73282932000074"})
    made.refresh_from_db()
    assert (made.town, made.siret, made.country) == ("Saint-Étienne", "73282932000074", "FR")
    assert "Trois Rubans" in client.get(f"{CLIENTS}?q=rubans etienne").content.decode()
    assert client.get(f"{CLIENTS}?export=csv").status_code == 200


def test_the_list_costs_the_same_at_two_rows_and_at_forty(client, world):
    counts = []
    for several in (range(2), range(2, 40)):
        for number in several:
            Client.objects.create(last_name=f"Nom{number}")
        with CaptureQueriesContext(connection) as queries:
            client.get(CLIENTS)
        counts.append(len(queries))
    assert counts[0] == counts[1]
