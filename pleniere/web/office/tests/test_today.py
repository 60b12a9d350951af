"""The first page says what waits, from what is there, for who may do it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pleniere.accounts.models import Bureau
from pleniere.allotment.tests import world as allotment
from pleniere.booking.models import Booking, Line
from pleniere.booking.tests.world import leaflet_booking, make_user, seminar
from pleniere.catalogue.models import BankAccount
from pleniere.congress.actions import make_enquiry
from pleniere.congress.models import Congress, Member
from pleniere.messaging.models import Message
from pleniere.payment.actions import receive
from pleniere.payout.models import Payout
from pleniere.stock.models import StockDay
from pleniere.web.office.today.waiting import PARTS

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


def test_a_stay_the_hotel_has_not_taken_in_after_three_days_is_said(client, w):
    booking = leaflet_booking(w)
    line = booking.lines.get(offer=w.room)
    ago = timezone.now() - timedelta(days=4)
    Booking.objects.update(placed_at=ago)
    booking.changes.update(at=ago)
    assert "Stays hotels have not taken in" not in waiting(client)  # new, and far ahead
    Line.objects.filter(pk=line.pk).update(seen_version=1, version=2)
    section = waiting(client)["Stays hotels have not taken in"]
    assert section.count == 1 and section.items[0].text == w.hotel.name
    Line.objects.filter(pk=line.pk).update(seen_version=2)
    assert "Stays hotels have not taken in" not in waiting(client)


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


def test_who_proposed_an_iban_is_told_that_it_awaits_another(client, w):
    facts = {"holder": "Adagio", "iban": "FR7630006000011234567890189", "iban_fingerprint": "x", "proposed_at": timezone.now()}
    BankAccount.objects.create(supplier=w.hotel, proposed_by=w.lead, **facts)
    client.force_login(w.lead)
    assert waiting(client)["Bank accounts that await a second person"].count == 1
    client.force_login(w.accountant)
    assert "Bank accounts that await a second person" not in waiting(client)


def test_payouts_drafted_are_for_who_may_approve_them(client, w):
    facts = {"congress": w.congress, "supplier": w.hotel, "made_at": timezone.now(), "kind": "TRANSFER", "state": "DRAFT"}
    for n in (1, 2):
        Payout.objects.create(end_to_end=f"PL-{n}", amount=Decimal("10.25"), key=str(n), **facts)
    assert "Payouts to approve" not in waiting(client)  # an agent
    client.force_login(w.accountant)
    section = waiting(client)["Payouts to approve"]
    assert (section.count, section.items[0].note, section.items[0].due) == (1, "2 drafts of payouts", "€20.50")
    assert section.items[0].url == reverse("office-payouts-made", args=[w.congress.code])


def test_cheques_in_the_drawer_wait_for_the_bank(client, w):
    payer = leaflet_booking(w).payers.first()
    receive(
        payer,
        kind="CHEQUE",
        amount=Decimal("50.00"),
        on=timezone.localdate(),
        drawer="Là SAS",
        key="k",
        by=w.agent,
        at=timezone.now(),
    )
    section = waiting(client)["Cheques to bank"]
    assert (section.count, section.items[0].text, section.url) == (1, "Là SAS", reverse("office-payments-bank"))


def test_mails_that_no_server_takes_are_said_and_those_of_a_demo_are_one_thing(client, w):
    facts = {"template": "x", "to": "a@example.org", "subject": "Bonjour", "text": "x", "congress_id": w.congress.pk}
    for n in range(3):
        Message.objects.create(key=f"q{n}", state="QUEUED", **facts)
        Message.objects.create(key=f"h{n}", state="HELD", **facts)
    Bureau.objects.update(smtp_host="", is_demo=False)
    found = waiting(client)
    assert found["Mails that cannot leave"].count == 3 and "No mail server" in found["Mails that cannot leave"].items[0].note
    assert found["Mails kept back"].count == 3
    Bureau.objects.update(smtp_host="smtp.example.org", sender="b@example.org")
    assert "Mails that cannot leave" not in waiting(client)  # they are about to
    Message.objects.filter(key="q1").update(error="The server hung up.")
    assert waiting(client)["Mails that cannot leave"].items[0].note == "The server hung up."
    Bureau.objects.update(is_demo=True)
    assert waiting(client)["Mails kept back"].count == 1
    assert client.get("/office/mails/?state=HELD").status_code == 200


def test_every_number_leads_to_what_it_counts(client, w):
    booking = leaflet_booking(w)
    Line.objects.filter(booking=booking, state="OPTION").update(until=timezone.now())
    page = client.get("/office/")
    assert all(figure.url == reverse("office-figures") for figure in page.context["figures"])
    for section in page.context["sections"]:
        assert client.get(section.url).status_code == 200
        assert all(item.url and client.get(item.url).status_code == 200 for item in section.items)
    parts = client.get(reverse("office-figures"))
    (row,) = parts.context["rows"]
    assert (row.bookings, row.fresh, row.sold) == (1, 1, Decimal("296.50"))
    assert reverse("office-planning", args=[w.congress.code]) in parts.content.decode()


@pytest.mark.parametrize("name", PARTS)
def test_each_section_has_a_page_of_its_own(client, w, name):
    assert client.get(reverse("office-waiting", args=[name])).status_code == 200
    assert client.get("/office/waiting/nonsense/").status_code == 404


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
