"""The desk of the books: read by who may, closed after asking, handed over, audited."""

from datetime import date
from decimal import Decimal as D

import pytest
from django.test import Client as Browser
from django.urls import reverse

from pleniere.accounting.checker import check
from pleniere.accounts.rights import SYSTEM
from pleniere.congress.models import Member
from pleniere.invoicing.actions import issue_invoices
from pleniere.invoicing.tests.world import NOW, billing_world, bought, firm_leaflet
from pleniere.ledger.chart import make_chart
from pleniere.ledger.models import Account, Entry, Month
from pleniere.messaging import jobs
from pleniere.messaging.models import Job

PAGES = ["office-books", "office-balance", "office-chart", "office-months", "office-audit"]


@pytest.fixture
def world(db):
    world = billing_world()
    world.bureau.siret = "73282932000074"
    world.bureau.save()
    make_chart("ASSOCIATION")
    world.booking = firm_leaflet(world)
    issue_invoices(world.booking, by=SYSTEM, at=NOW)
    issue_invoices(bought(world, world.own), by=SYSTEM, at=NOW)
    return world


def signed_in(user):
    browser = Browser()
    browser.force_login(user)
    return browser


@pytest.fixture
def desk(world):
    return signed_in(world.accountant)


@pytest.mark.parametrize("name", PAGES)
def test_the_books_are_for_the_accountant(world, desk, name):
    assert desk.get(reverse(name)).status_code == 200
    assert signed_in(world.agent).get(reverse(name)).status_code == 403
    assert signed_in(world.outsider).get(reverse(name)).status_code == 403


def test_a_lead_reads_the_books_and_is_shown_no_door_that_is_shut(world, desk):
    shown = signed_in(world.lead).get(reverse("office-books"))
    assert shown.status_code == 200 and reverse("office-audit") not in shown.content.decode()
    assert reverse("office-audit") in desk.get(reverse("office-books")).content.decode()


def test_an_accountant_of_one_congress_is_not_shown_the_bureaus_books(world, desk):
    Member.objects.create(congress=world.congress, user=world.outsider, role="ACCOUNTANT")
    browser = signed_in(world.outsider)
    home = reverse("office-congress", args=[world.congress.code])
    assert reverse("office-books") not in browser.get(home).content.decode()
    assert reverse("office-books") in desk.get(home).content.decode()
    assert browser.get(reverse("office-books")).status_code == 403


def test_the_journal_is_searched_and_leads_to_what_an_entry_is_about(world, desk):
    page = desk.get(reverse("office-books"), {"q": "FA2027-00001"}).content.decode()
    assert "FA2027-00001" in page and world.booking.number not in page
    assert "Rien ne répond" in desk.get(reverse("office-books"), {"account": "512"}).content.decode()
    assert "Rien ne répond" not in desk.get(reverse("office-books"), {"account": "467", "journal": "OD"}).content.decode()
    entry = Entry.objects.get(piece="FA2027-00001")
    page = desk.get(reverse("office-entry", args=[entry.pk])).content.decode()
    assert "411000" in page and "24,00" in page and "/office/invoices/" in page
    assert desk.get(reverse("office-books"), {"export": "csv"}).status_code == 200


def test_the_trial_balance_is_shown_by_owner_and_exported(world, desk):
    page = desk.get(reverse("office-balance"), {"year": "2027", "by": "owner"}).content.decode()
    assert "ADAGIO SAINT ETIENNE CENTRE" in page and "211,50" in page
    for kind, start in {"csv": b"\xef\xbb\xbf", "xlsx": b"PK", "pdf": b"%PDF"}.items():
        answer = desk.get(reverse("office-balance"), {"export": kind, "by": "owner", "year": "all"})
        assert answer.getvalue().startswith(start)


def test_an_account_is_renumbered(world, desk):
    account = Account.objects.get(role="CLIENTS")
    address = reverse("office-account", args=[account.pk])
    assert desk.post(address, {"number": "x\x00", "label": "y"}).status_code == 422
    assert desk.post(address, {"number": "411900", "label": "Congressistes"}).status_code == 302
    assert "411900" in desk.get(reverse("office-chart")).content.decode()


def test_a_month_is_closed_after_asking(world, desk):
    address = reverse("office-month-closing", args=[2020, 3])
    assert "pour de bon" in desk.get(address).content.decode()
    assert not Month.objects.exists()
    assert signed_in(world.lead).post(address).status_code == 403
    for _ in range(2):
        assert desk.post(address).status_code == 302
    assert Month.objects.get().first == date(2020, 3, 1)
    assert desk.post(reverse("office-month-closing", args=[2149, 1])).status_code == 422
    assert desk.get(reverse("office-month-closing", args=[9999, 1])).status_code == 404


def test_the_fec_is_handed_over_as_the_law_wants_it(world, desk):
    answer = desk.get(reverse("office-fec", args=[2027]))
    assert answer["Content-Disposition"] == 'attachment; filename="732829320FEC20271231.txt"'
    report = check("732829320FEC20271231.txt", answer.content)
    assert (report.faults, report.warnings) == ([], [])
    assert "EcritureNum" in desk.get(reverse("office-fec-fields", args=[2027])).content.decode()
    assert signed_in(world.lead).get(reverse("office-fec", args=[2027])).status_code == 403
    world.bureau.siret = ""
    world.bureau.save()
    assert desk.get(reverse("office-fec", args=[2027])).status_code == 302


def test_a_key_no_page_made_is_made_anew(world, desk):
    assert desk.post(reverse("office-audit"), {"key": "../etc"}).status_code == 302


def test_the_audit_runs_as_a_job_and_its_report_is_read(world, desk):
    key = {"key": "00000000-0000-4000-8000-000000000001"}
    first, again = (desk.post(reverse("office-audit"), key) for _ in range(2))
    assert first["Location"] == again["Location"] and Job.objects.filter(key__startswith="audit:").count() == 1
    assert "<progress" in desk.get(first["Location"]).content.decode()
    job = jobs.claim(Job.objects.get(key__startswith="audit:").run_at)[0]
    assert jobs.run(job)
    assert "Aucun écart" in desk.get(first["Location"]).content.decode()
    assert D(Job.objects.get(pk=job.pk).result["differences"]) == 0
