"""The first page says what waits, from what is there, for who may do it; enquiries are followed to their congress."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pleniere.allotment.tests import world as allotment
from pleniere.booking.models import Line
from pleniere.booking.tests.world import leaflet_booking, make_user, seminar
from pleniere.catalogue.models import BankAccount
from pleniere.congress.actions import make_enquiry
from pleniere.congress.models import Congress, Enquiry, Member
from pleniere.stock.models import StockDay

pytestmark = pytest.mark.django_db


@pytest.fixture
def w(client):
    w = seminar()
    client.force_login(w.agent)
    client.cookies["django_language"] = "en"
    return w


def waiting(client):
    page = client.get("/office/")
    assert page.status_code == 200
    return {section.title: section for section in page.context["sections"]}


def test_nothing_waits_and_the_page_says_so(client, w):
    page = client.get("/office/").content.decode()
    assert "All is up to date" in page
    Congress.objects.all().update(state="OVER")
    assert "Prepare the first one" in client.get("/office/").content.decode()


def test_options_that_expire_stand_first_and_lead_to_their_booking(client, w):
    booking = leaflet_booking(w)
    Line.objects.filter(booking=booking, state="OPTION").update(until=timezone.now() + timedelta(hours=5))
    section = waiting(client)["Options that expire"]
    assert (section.count, section.items[0].look) == (1, "late")
    assert section.items[0].url == reverse("office-booking", args=[booking.number])


def test_more_taken_than_there_is_is_said(client, w):
    row = StockDay.objects.filter(service=w.room.service).first()
    StockDay.objects.filter(pk=row.pk).update(booked=12, short=2)
    assert waiting(client)["More taken than there is"].items[0].due == "2 to move"


def test_silent_hotels_are_listed_by_deadline(client):
    w = allotment.ask(allotment.world())
    client.force_login(w.sam)
    client.cookies["django_language"] = "en"
    section = waiting(client)["Answers awaited"]
    assert section.count == 3
    assert "never opened" in section.items[0].note


def test_an_iban_waits_for_a_second_person_never_for_its_proposer(client, w):
    facts = {"holder": "Adagio", "iban": "FR7630006000011234567890189", "iban_fingerprint": "x", "proposed_at": timezone.now()}
    BankAccount.objects.create(supplier=w.hotel, proposed_by=w.lead, **facts)
    assert "Bank accounts to approve" not in waiting(client)
    client.force_login(w.lead)
    assert "Bank accounts to approve" not in waiting(client)
    client.force_login(w.accountant)
    assert waiting(client)["Bank accounts to approve"].count == 1


def test_an_agent_of_another_congress_is_told_nothing_of_this_one(client, w):
    booking = leaflet_booking(w)
    Line.objects.filter(booking=booking, state="OPTION").update(until=timezone.now())
    StockDay.objects.filter(pk=StockDay.objects.filter(service=w.room.service).latest("day").pk).update(booked=12, short=2)
    elsewhere = make_user("elsa@example.org")
    other = Congress.objects.create(code="autre", title={"fr": "Autre"}, starts=w.arrival, ends=w.departure)
    Member.objects.create(congress=other, user=elsewhere, role="AGENT")
    client.force_login(elsewhere)
    page = client.get("/office/")
    assert page.context["sections"] == []
    assert booking.number not in page.content.decode()


def test_the_first_page_costs_the_same_at_two_and_at_twenty(client, w):
    def count():
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/office/").status_code == 200
        return len(queries)

    Congress.objects.update(option_cap_email=1000)
    w.congress.refresh_from_db()
    for n in range(2):
        leaflet_booking(w)
        make_enquiry(f"Congrès {n}", next_on=timezone.now().date(), by=w.agent, at=timezone.now())
    Line.objects.filter(state="OPTION").update(until=timezone.now())
    count()
    few = count()
    for n in range(8):
        leaflet_booking(w)
        make_enquiry(f"Congrès {n}", next_on=timezone.now().date(), by=w.agent, at=timezone.now())
    Line.objects.filter(state="OPTION").update(until=timezone.now())
    assert count() == few


ASKED = {
    "title": "Assises du vélo",
    "contact": "Vélo & Cie",
    "email": "v@example.org",
    "starts": "2030-09-20",
    "last": "2030-09-22",
}
ASKED |= {"heads": "310", "budget": "84 500,00", "next_step": "Relancer"}


def test_an_enquiry_is_written_followed_lost_reopened_and_becomes_a_congress(client, w):
    assert client.post(reverse("office-enquiry-new"), ASKED).status_code == 302
    row = Enquiry.objects.get()
    assert (row.heads, row.budget) == (310, Decimal("84500.00"))
    page = reverse("office-enquiry", args=[row.pk])
    assert client.get(page).status_code == 200
    assert client.post(page + "closing/", {"lost": "1", "why": ""}).status_code == 422
    assert client.post(page + "closing/", {"lost": "1", "why": "trop cher"}).status_code == 302
    assert client.post(page + "closing/", {"reopen": "1"}).status_code == 302
    board = client.get(reverse("office-enquiries"))
    assert [len(rows) for *_x, rows in board.context["columns"]] == [1, 0, 0]
    assert client.post(page + "congress/", {"code": "a b"}).status_code == 422
    answer = client.post(page + "congress/", {"code": "velo2030"})
    assert answer.url == "/office/congresses/velo2030/setup/general/?guide=1"
    row.refresh_from_db()
    assert (row.state, row.organiser.company) == ("WON", "Vélo & Cie")
    assert client.get(answer.url).status_code == 200
    assert client.post(page + "congress/", {"code": "velo2030"}).status_code == 422


@pytest.mark.parametrize(
    "bad", [{"last": "2030-09-01"}, {"heads": "10000000000000"}, {"title": "x" * 10**6}, {"starts": "9999-01-01"}]
)
def test_an_enquiry_that_makes_no_sense_comes_back(client, w, bad):
    answer = client.post(reverse("office-enquiry-new"), ASKED | bad)
    assert answer.status_code == 422
    assert "Relancer" in answer.content.decode()


def test_enquiries_are_for_who_follows_them(client, w):
    client.force_login(w.accountant)
    assert client.get(reverse("office-enquiries")).status_code == 403
    client.force_login(w.outsider)
    assert client.get(reverse("office-enquiries")).status_code == 403
