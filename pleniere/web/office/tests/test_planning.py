"""The planning: what is free, held, optioned and booked, and what stands behind each number."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pleniere.accounts.rights import SYSTEM
from pleniere.booking.tests.world import leaflet_booking, make_cart, make_service, make_supplier, make_user, seminar, take_offer
from pleniere.congress.models import Congress, Member
from pleniere.stock.actions import Night, grant
from pleniere.stock.models import StockDay

pytestmark = pytest.mark.django_db


@pytest.fixture
def w(client):
    w = seminar()
    client.force_login(w.agent)
    w.desk, w.url = client, f"/office/congresses/{w.congress.code}/planning/"
    w.day = StockDay.objects.get(service=w.room.service, day=w.arrival)
    return w


def test_a_month_shows_each_row_and_the_numbers_behind_lead_to_the_booking(w):
    booking = leaflet_booking(w)
    cart, persons = make_cart(w)
    take_offer(cart, w.room, w.room_rate, start=w.arrival, end=w.departure, persons=persons, by=SYSTEM, at=w.now)
    page = w.desk.get(w.url).content.decode()
    assert "Semaine 14" in page and "ADAGIO" in page and "RESTOEPHEM" not in page
    assert "is-option" in page and "cell__held" in page
    behind = w.desk.get(f"{w.url}{w.day.pk}/").content.decode()
    assert booking.number in behind and "panier en cours" in behind


def test_the_filters_leave_what_they_name_and_odd_ones_break_nothing(w):
    assert "Restoephem" in w.desk.get(w.url, {"what": "ALL"}).content.decode()
    assert "hotel-row" not in w.desk.get(w.url, {"q": w.atout.code}).content.decode()
    assert "hotel-row" not in w.desk.get(w.url, {"month": "2031-02"}).content.decode()
    for month in ("9999-12", "0001-01", "x", "2027-13", "\x00" * 7, "2198-12"):
        assert w.desk.get(w.url, {"month": month, "kind": "x", "q": "=1\x00,,", "season": "9", "view": "year"}).status_code == 200


def test_rooms_are_given_by_hand_once_and_by_who_may(w):
    words = {"key": "00000000-0000-4000-8000-000000000001", "rooms": "3", "reason": "Au téléphone"}
    url = f"{w.url}{w.day.pk}/rooms/"
    for _twice in range(2):
        assert w.desk.post(url, words).status_code == 302
    assert StockDay.objects.get(pk=w.day.pk).granted == w.day.granted + 3
    for odd in ("-3", "0", "1000000", "x", "1e3"):
        assert w.desk.post(url, {**words, "rooms": odd}).status_code == 422
    accountant = Client()
    accountant.force_login(make_user("carl@example.org", "ACCOUNTANT"))
    assert accountant.get(f"{w.url}{w.day.pk}/").status_code == 200
    assert accountant.post(url, {**words, "key": "00000000-0000-4000-8000-000000000002"}).status_code == 403


def test_an_overbooked_night_is_red_and_says_by_how_many(w):
    StockDay.objects.filter(pk=w.day.pk).update(booked=12, short=12 - w.day.granted)
    page = w.desk.get(w.url).content.decode()
    assert "is-cancelled" in page and f"-{12 - w.day.granted}" in page.replace("−", "-")


def test_as_many_queries_for_twenty_hotels_as_for_two(w):
    def add(count):
        for _n in range(count):
            hotel = make_supplier(f"H{StockDay.objects.count()}", "HOTEL")
            service, _rate = make_service(hotel, "DOUBLE", "ROOM", room="DOUBLE", unit="NIGHT")
            nights = {Night(w.pool.pk, service.pk, w.arrival + timedelta(days=n)): 5 for n in range(3)}
            grant(nights, key="k", by=SYSTEM, at=w.now, congress_id=w.congress.pk)

    def queries():
        with CaptureQueriesContext(connection) as seen:
            assert w.desk.get(w.url).status_code == 200
        return len(seen)

    add(1)
    few = queries()
    add(18)
    assert queries() == few


def test_another_congress_s_agent_finds_no_planning_and_no_cell(w):
    other = Congress.objects.create(code="autre", title={"fr": "Autre"}, starts=w.arrival, ends=w.departure)
    elsa = make_user("elsa@example.org")
    Member.objects.create(congress=other, user=elsa, role="AGENT")
    client = Client()
    client.force_login(elsa)
    for path in ("", f"{w.day.pk}/"):
        assert client.get(w.url + path).status_code == 404
    assert client.get(f"/office/congresses/autre/planning/{w.day.pk}/").status_code == 404
    assert client.post(f"/office/congresses/autre/planning/{w.day.pk}/rooms/", {"rooms": "1"}).status_code == 404
