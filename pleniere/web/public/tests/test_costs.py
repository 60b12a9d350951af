"""What a page and an order may cost: statements counted, never seconds. `./run bench` measures the rest."""

import re

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pleniere.accounts.rights import SYSTEM
from pleniere.booking.tests.world import ARRIVAL, BUYER, PLACING_MOST, make_offer, make_service, make_supplier, seminar
from pleniere.payment.models import Attempt
from pleniere.registration.actions import place_order
from pleniere.registration.visit import look

from .walk import CONTACT, Walk

pytestmark = pytest.mark.django_db
FRAME = re.compile("BEGIN|COMMIT|SAVEPOINT|RELEASE|ROLLBACK")
TWO = {
    **{"p0-first_name": "Claire", "p0-last_name": "Fournier", "p0-institution": "OT Saumur"},
    **{"p0-with_companion": "on", "p0-c_first_name": "Paul", "p0-c_last_name": "Fournier"},
}


@pytest.fixture
def world(db):
    return seminar(rooms=30)


@pytest.fixture
def walk(world, client):
    found = Walk(world, client)
    found.people(TWO)
    return found


def statements(act) -> int:
    with CaptureQueriesContext(connection) as captured:
        act()
    return sum(not FRAME.match(query["sql"]) for query in captured.captured_queries)


def test_an_order_of_two_people_two_nights_and_three_services_takes_few_statements(world, walk):
    walk.take("fee", world.fee, do="take")
    for person in walk.booking.persons.all():
        walk.room(who=[person.pk])
    for step, offer in (("meals", world.lunch), ("evenings", world.free["SOIREEOFFIC"]), ("visits", world.free["VISITMAM"])):
        assert walk.take(step, offer).status_code == 302
    walk.post("contact", CONTACT)
    booking, before = walk.booking, look(walk.booking).total
    with transaction.atomic():  # the same through the pages, with the payment that it announces
        assert statements(lambda: walk.order(shown=str(before))) <= PLACING_MOST
        assert walk.booking.placed_at and Attempt.objects.get().amount == before
        transaction.set_rollback(True)
    facts = {"method": world.method["TRANSFER"], "terms": world.terms, "shown": before, "by": SYSTEM, "at": timezone.now()}
    assert statements(lambda: place_order(booking, buyer=BUYER, **facts)) <= PLACING_MOST
    assert walk.booking.placed_at


@pytest.mark.parametrize("stage", ["persons", "fee", "lodging", "meals", "cart", "contact"])
def test_a_page_asks_at_most_12_queries_and_as_many_with_twenty_offers_and_lines(world, walk, stage):
    walk.take("fee", world.fee, do="take")
    walk.take("meals", world.lunch)
    walk.get(stage)
    few = statements(lambda: walk.get(stage))
    more = [_lunch(world, n) for n in range(20)] + [_room(world, n) for n in range(16)]
    walk.take("meals", *more[:20])
    walk.get(stage)
    assert statements(lambda: walk.get(stage)) == few <= 12


def _lunch(world, n):
    service, rate = make_service(world.atout, f"LUNCH{n}", "MEAL")
    return make_offer(world, world.step["meals"], service, rate, "20.00", day=ARRIVAL)


def _room(world, n):
    hotel = make_supplier(f"HOTEL{n}", "HOTEL", stars=3)
    service, rate = make_service(hotel, f"ROOM{n}", "ROOM", room="DOUBLE", unit="NIGHT")
    return make_offer(world, world.step["lodging"], service, rate, "100.00")


def test_taking_one_thing_more_leaves_the_charges_of_the_rest_as_they_were(world, walk):
    walk.take("fee", world.fee, do="take")
    before = set(walk.booking.lines.values_list("charges", flat=True))
    walk.take("meals", world.lunch)
    after = set(walk.booking.lines.values_list("charges", flat=True))
    assert before < after


class Counting(Client):
    """A browser that counts what its requests ask of the database."""

    asked = requests = 0

    def request(self, **words):
        with CaptureQueriesContext(connection) as captured:
            answer = super().request(**words)
        self.asked += sum(not FRAME.match(query["sql"]) for query in captured.captured_queries)
        self.requests += 1
        return answer


def test_a_whole_booking_from_its_people_to_its_confirmation_is_at_most_80_statements(world):
    walk = Walk(world, Counting())
    walk.get("fee")  # the programme is read once per process
    walk.client.asked = walk.client.requests = 0
    _whole(world, walk)
    assert walk.booking.placed_at
    assert walk.client.requests == 21 and walk.client.asked <= 80


def _whole(world, walk):
    """Every page a browser asks for, with those it is led to: two people, two nights, three services."""
    walk.get("persons")
    walk.people(TWO)
    walk.get("fee")
    walk.take("fee", world.fee, do="take")
    walk.get("lodging")
    walk.client.get(walk.url("hotel", world.hotel.pk))
    walk.room()
    walk.get("lodging")
    walk.post("lodging")
    for step, offer in (("meals", world.lunch), ("evenings", world.free["SOIREEOFFIC"]), ("visits", world.free["VISITMAM"])):
        walk.get(step)
        walk.take(step, offer)
    walk.get("cart")
    walk.get("contact")
    walk.post("contact", CONTACT)
    shown = walk.get("payment").context["visit"].total
    walk.order(shown=str(shown))
    assert walk.get("done").status_code == 200


def test_taking_twenty_things_asks_as_many_statements_as_taking_two(world, client):
    offers = [_lunch(world, n) for n in range(20)]

    def cost(count):
        walk = Walk(world, client)
        walk.people(TWO)
        walk.get("meals")
        facts = {
            "shown": [o.pk for o in offers[:count]],
            **{f"o{o.pk}": [walk.booking.persons.first().pk] for o in offers[:count]},
        }
        return statements(lambda: walk.post("meals", facts, do="next"))

    assert cost(2) == cost(20) <= 9
