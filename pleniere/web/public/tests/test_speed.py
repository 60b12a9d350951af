"""What the form costs: queries per page, statements per order, bytes over the wire; and two buyers for one last room."""

import gzip
import re
import threading
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pleniere.booking.models import Line
from pleniere.booking.tests.world import seminar
from pleniere.stock.models import StockDay
from pleniere.stock.queries import audit

from .walk import Walk

PAGES = ("persons", "fee", "lodging", "meals", "evenings", "visits", "cart", "contact", "payment")
MOST = 12


def counted(client, address):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = client.get(address)
    assert answer.status_code == 200, address
    return len(queries), answer


@pytest.mark.django_db
def test_every_page_of_the_form_is_light():
    world = seminar()
    walk = Walk(world)
    walk.to_payment()
    sheets = 0
    costs = {}
    for stage in PAGES:
        costs[stage], answer = counted(walk.client, walk.url("step", stage))
        sheets = max(sheets, len(answer.content))
    for name, address in {
        "welcome": reverse("public-welcome", args=[world.congress.code]),
        "hotel": walk.url("hotel", world.hotel.pk) + "?adults=1",
        "nights": walk.url("nights") + "?adults=1",
        "link": walk.url("resume"),
    }.items():
        costs[name], _answer = counted(walk.client, address)
    walk.order()
    costs["done"], _answer = counted(walk.client, walk.url("step", "done"))
    costs["my"], _answer = counted(walk.client, reverse("client-booking", args=[walk.token]))
    pay = walk.client.post(reverse("client-payer", args=[walk.token, walk.booking.payers.get().pk]))["Location"]
    costs["pay"], _answer = counted(walk.client, pay)
    assert {name: cost for name, cost in costs.items() if cost > MOST} == {}
    assert sheets < 60_000


@pytest.mark.django_db
def test_pages_cost_the_same_for_twenty_people_as_for_two(client):
    def cost(count: int) -> dict[str, int]:
        walk = Walk(seminar_once, Client())
        words = {f"p{n}-{name}": f"{name}{n}" for n in range(count) for name in ("first_name", "last_name")}
        walk.people(words)
        walk.post("fee", {"shown": seminar_once.fee.pk}, do="take")
        walk.take("evenings", seminar_once.free["SOIRCORBU"])
        return {stage: counted(walk.client, walk.url("step", stage))[0] for stage in PAGES[:-1]}

    seminar_once = seminar()
    assert cost(2) == cost(20)


def test_the_first_page_is_under_a_hundred_kilobytes_on_the_wire(db):
    walk = Walk(seminar())
    walk.people()
    page = walk.get("lodging").content.decode()

    files = set(re.findall(r'/static/([^"]+)"', page)) | {"fonts/instrument-sans-latin-ext-wght-normal.woff2"}
    weight = len(page)
    for name in files:
        content = Path(str(finders.find(name))).read_bytes()
        weight += len(content) if name.endswith("woff2") else len(gzip.compress(content))
    assert weight < 100_000


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_carts_race_for_the_last_room_and_one_is_told():
    world = seminar(rooms=1)
    walks = [Walk(world) for _ in range(4)]
    rooms = []
    for walk in walks:
        walk.people()
        rooms.append(walk.booking.persons.get().pk)
    codes: list[int] = []
    gate = threading.Barrier(len(walks))

    def take(walk: Walk, person: int) -> None:
        gate.wait()
        codes.append(walk.room(who=[person]).status_code)
        connections.close_all()

    threads = [threading.Thread(target=take, args=pair) for pair in zip(walks, rooms, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [302, 422, 422, 422]
    assert Line.objects.count() == 1 and audit() == []
    assert {day.held for day in StockDay.objects.filter(service=world.room.service, day__lt=world.departure)} == {1}
