"""The page of the VAT on the margin: who reads, who posts, and each figure down to the booking it is made of."""

from datetime import date

import pytest
from django.test import Client as Browser
from django.urls import reverse

from pleniere.accounting.models import MarginPeriod
from pleniere.accounts.rights import SYSTEM
from pleniere.invoicing.actions import issue_invoices
from pleniere.invoicing.tests.world import NOW, billing_world, bought
from pleniere.ledger.actions import close_month
from pleniere.ledger.chart import make_chart
from pleniere.ledger.models import Entry
from pleniere.web.office.books import margin as desk_of_margin

LIST, MARCH = reverse("office-margin"), reverse("office-margin-period", args=[2027, 3])
ON = {"basis": "DOCUMENTS"}


@pytest.fixture
def world(db, monkeypatch):
    world = billing_world()
    make_chart("ASSOCIATION")
    world.booking = bought(world, world.tour)
    issue_invoices(world.booking, by=SYSTEM, at=NOW)
    monkeypatch.setattr(desk_of_margin.timezone, "localdate", lambda: date(2027, 4, 5))
    return world


def signed_in(user):
    browser = Browser()
    browser.force_login(user)
    return browser


@pytest.fixture
def desk(world):
    return signed_in(world.accountant)


def words(answer):
    return answer.content.decode().replace("\u202f", " ").replace("\u00a0", " ")


def test_an_accountant_sees_the_figures_down_to_the_booking_and_posts_them_once(world, desk):
    assert MARCH in words(desk.get(LIST))
    page = words(desk.get(MARCH, ON))
    for shown in ("50,00 €", "30,00 €", "20,00 €", "3,33 €", world.booking.number):
        assert shown in page
    assert reverse("office-booking-documents", args=[world.booking.number]) in page
    for _again in range(2):
        assert desk.post(MARCH, ON)["Location"] == MARCH
    entry = Entry.objects.get(key="margin-vat/2027-03")
    page = words(desk.get(MARCH))
    assert reverse("office-entry", args=[entry.pk]) in page and '<button class="button button--main"' not in page
    assert MARCH in words(desk.get(reverse("office-entry", args=[entry.pk])))
    assert "3,33 €" in words(desk.get(LIST))


def test_on_money_the_figures_are_receipts_and_payments(world, desk):
    page = words(desk.get(MARCH, {"basis": "MONEY"}))
    assert "Rien n’a bougé" in page and "Encaissé" not in page  # nothing came yet
    assert "Encaissé" not in words(desk.get(MARCH, {"basis": "DOCUMENTS"}))


def test_the_bookings_are_exported(world, desk):
    for kind, start in {"csv": b"\xef\xbb\xbf", "xlsx": b"PK", "pdf": b"%PDF"}.items():
        assert desk.get(MARCH, {**ON, "export": kind}).getvalue().startswith(start)


def test_a_lead_reads_and_does_not_post_an_agent_does_neither(world, desk):
    lead, agent = signed_in(world.lead), signed_in(world.agent)
    assert lead.get(MARCH).status_code == 200 and lead.post(MARCH, ON).status_code == 403
    assert agent.get(LIST).status_code == agent.get(MARCH).status_code == agent.post(MARCH, ON).status_code == 403
    assert not MarginPeriod.objects.exists()


def test_a_month_that_runs_and_a_closed_one_are_refused_in_words(world, desk):
    answer = desk.post(reverse("office-margin-period", args=[2027, 4]), ON)
    assert answer.status_code == 422 and "04/2027" in words(answer)
    close_month(date(2027, 3, 1), by=SYSTEM, at=NOW, today=date(2027, 4, 5))
    answer = desk.post(MARCH, ON)
    assert answer.status_code == 422 and "03/2027" in words(answer)
    assert not MarginPeriod.objects.exists()


def test_who_closes_a_month_is_told_that_its_vat_on_the_margin_is_not_posted(world, desk):
    closing = reverse("office-month-closing", args=[2027, 3])
    assert MARCH in words(desk.get(closing))
    desk.post(MARCH, ON)
    assert MARCH not in words(desk.get(closing))


@pytest.mark.parametrize("forged", [{"basis": "x\x00"}, {"congress": "x\x00", "page": "9" * 40}, {"export": "../x"}])
def test_a_forged_address_is_no_server_error(world, desk, forged):
    assert desk.get(MARCH, forged).status_code == 200
    assert desk.get(reverse("office-margin-period", args=[9999, 13])).status_code == 404


def test_a_house_that_sells_nothing_so_says_it(db):
    from pleniere.booking.tests.world import seminar

    assert "Rien n’a été vendu" in words(signed_in(seminar().accountant).get(LIST))
