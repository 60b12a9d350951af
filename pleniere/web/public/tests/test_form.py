"""The public form through its pages, without scripts."""

from decimal import Decimal as D

import pytest

from pleniere.booking.queries import booking_total
from pleniere.booking.tests.world import seminar

from .walk import CLAIRE, CONTACT, Walk

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db):
    return seminar(rooms=3)


@pytest.fixture
def walk(world, client):
    return Walk(world, client)


def text(response) -> str:
    return response.content.decode().replace("\xa0", " ").replace("&nbsp;", " ")


def test_the_cart_of_the_leaflet_is_296_70_through_the_screens(world, walk):
    walk.people({**CLAIRE, "p0-code": "bureau2027"})
    assert walk.post("fee", {"shown": world.fee.pk}, do="take").status_code == 302
    assert walk.room().status_code == 302
    walk.take("meals", world.board_lunch)
    walk.take("evenings", world.free["SOIREEOFFIC"])
    walk.take("visits", world.free["VISITMAM"])
    page = text(walk.get("cart"))
    for figure in ("60,00 €", "211,50 €", "105,75 €", "25,20 €", "296,70 €"):
        assert figure in page
    walk.post("contact", CONTACT)
    page = text(walk.get("payment"))
    assert "296,70 €" in page and "Commande avec obligation de paiement" in page
    assert walk.order(shown="296.70").status_code == 302
    booking = walk.booking
    assert booking_total(booking) == D("296.70") and booking.client.email == "claire@example.org"
    assert booking.terms_accepted == world.terms and booking.terms_accepted_from == "127.0.0.1"
    page = text(walk.get("done"))
    assert booking.number[:4] in page and "296,70 €" in page and booking.payers.get().reference in page
