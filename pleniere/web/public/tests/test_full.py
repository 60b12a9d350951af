"""No room is left at all: said before the form, and only then."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pleniere.accounts.rights import SYSTEM
from pleniere.booking.tests.world import make_offer, make_service, make_supplier, seminar
from pleniere.congress.models import Congress, Offer
from pleniere.congress.programme import forget
from pleniere.waiting.actions import set_rules

from .walk import Walk

pytestmark = pytest.mark.django_db
WELCOME = reverse("public-welcome", args=["ctv2027"])
SAID = "Plus aucune chambre n’est libre"


@pytest.fixture
def world(db):
    return seminar(rooms=1)


def take_all(world, *, nights: int = 3) -> Walk:
    """The only room, on every night there is."""
    walk = Walk(world)
    walk.people()
    assert walk.room(nights=nights).status_code == 302
    return walk


def text(response) -> str:
    return response.content.decode().replace("\xa0", " ")


def begun(client):
    return client.post(reverse("public-begin", args=["ctv2027"]), follow=True)


def test_the_welcome_and_the_first_page_say_that_no_room_is_left_and_what_one_may_do(world, client):
    take_all(world)
    for page in (text(client.get(WELCOME)), text(begun(client))):
        assert SAID in page and "sans hôtel" in page and "liste d’attente" in page
    assert "No room is left" in text(client.get(WELCOME, headers={"Accept-Language": "en"}))


def test_one_free_room_on_one_night_and_nothing_is_said(world, client):
    take_all(world, nights=2)
    assert SAID not in text(client.get(WELCOME)) and SAID not in text(begun(client))


def test_a_room_that_comes_free_is_no_longer_said_to_be_gone(world, client):
    holder = take_all(world)
    page = begun(client)
    here = page.redirect_chain[-1][0]
    assert SAID in text(page) and SAID in text(client.get(here))
    holder.client.post(holder.url("lines"), {"do": "empty"})
    assert SAID not in text(client.get(here)) and SAID not in text(client.get(WELCOME))


def test_rooms_of_the_office_do_not_count_and_those_not_counted_are_free(world, client):
    take_all(world)
    other = make_supplier("OTHER", "HOTEL")
    service, rate = make_service(other, "TWIN", "ROOM", room="TWIN", unit="NIGHT")
    offer = make_offer(world, world.step["lodging"], service, rate, "90.00", office_only=True)
    forget()
    assert SAID in text(client.get(WELCOME))
    Offer.objects.filter(pk=offer.pk).update(office_only=False, pool=None)
    forget()
    assert SAID not in text(client.get(WELCOME))


def test_a_closed_list_and_a_closed_congress_promise_nothing(world, client):
    take_all(world)
    set_rules(world.congress, by=SYSTEM, at=world.now, is_open=False)
    page = text(client.get(WELCOME))
    assert SAID in page and "liste d’attente" not in page
    Congress.objects.update(state=Congress.State.PREPARED)
    assert SAID not in text(client.get(WELCOME))


def test_where_no_room_was_ever_on_sale_nothing_is_said(world, client):
    Offer.objects.filter(service__kind="ROOM").update(office_only=True)
    forget()
    assert SAID not in text(client.get(WELCOME))


def test_the_welcome_costs_three_queries_and_one_more_when_all_is_taken(world, client):
    def asked() -> int:
        client.get(WELCOME)
        with CaptureQueriesContext(connection) as captured:
            client.get(WELCOME)
        return len(captured)

    assert asked() == 3  # the congress, the bureau, the counters
    take_all(world)
    assert asked() == 4  # and the list's rules
