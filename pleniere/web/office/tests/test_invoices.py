"""The desk of documents: what waits, what was made, what undoes it."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pleniere.accounts.models import Client
from pleniere.accounts.rights import SYSTEM
from pleniere.booking.actions import cancel_lines
from pleniere.booking.models import Charge
from pleniere.congress.models import Congress, Member
from pleniere.invoicing.actions import issue_invoices
from pleniere.invoicing.models import Confirmation, Invoice
from pleniere.invoicing.tests.world import NOW, billing_world, bought, firm_leaflet, receive
from pleniere.ledger.models import Month


@pytest.fixture
def world(db):
    return billing_world()


def signed_in(user):
    browser = Browser()
    browser.force_login(user)
    return browser


@pytest.fixture
def desk(world):
    return signed_in(world.accountant)


def made(world, *offers):
    return issue_invoices(bought(world, *(offers or [world.own])), by=SYSTEM, at=NOW).invoices[0]


def test_what_waits_is_billed_from_the_queue_and_a_repeat_makes_no_more(world, desk):
    booking = bought(world, world.own)
    page = desk.get(reverse("office-invoices-queue"))
    assert "24,00" in page.content.decode() and "Claire Fournier" in page.content.decode()
    for _ in range(2):
        assert desk.post(reverse("office-invoices-queue"), {"booking": [booking.pk]}).status_code == 302
    assert Invoice.objects.get().reference.endswith("-00001")


def test_the_queue_credits_what_was_struck(world, desk):
    booking = firm_leaflet(world)
    desk.post(reverse("office-booking-documents", args=[booking.number]), {"act": "bill"})
    assert Confirmation.objects.filter(sign=1).count() == 3
    cancel_lines(booking, list(booking.lines.values_list("pk", flat=True)), fees={}, by=SYSTEM, at=timezone.now())
    desk.post(reverse("office-invoices-queue"), {"booking": [booking.pk]})
    assert Confirmation.objects.filter(sign=-1).count() == 3
    assert "Tout ce qui est ferme est facturé" in desk.get(reverse("office-invoices-queue")).content.decode()


def test_a_closed_month_is_said_and_nothing_is_numbered(world, desk):
    booking = bought(world, world.own)
    Month.objects.create(first=timezone.localdate().replace(day=1), closed_at=timezone.now(), closed_by="x")
    answer = desk.post(reverse("office-invoices-queue"), {"booking": [booking.pk]})
    assert answer.status_code == 422
    assert f"{timezone.localdate():%m/%Y}" in answer.content.decode() and "clos" in answer.content.decode()
    assert not Invoice.objects.exists()


def test_the_list_is_searched_filtered_and_exported(world, desk):
    made(world)
    made(world, world.tour)
    address = reverse("office-invoices")
    assert desk.get(address).content.decode().count("FA2027-0000") == 2
    assert "FA2027-00002" not in desk.get(address, {"mode": "OWN"}).content.decode()
    assert desk.get(address, {"q": "FOURNIER fa2027"}).content.decode().count("FA2027-0000") == 2
    assert "Rien ne répond" in desk.get(address, {"q": "nobody"}).content.decode()
    assert desk.get(address, {"q": "a\x00", "since": "9999-01-01", "mode": "x", "page": "9" * 50}).status_code == 200
    assert "24,00" in desk.get(address, {"export": "csv"}).content.decode("utf-8-sig")
    assert desk.get(address, {"export": "xlsx"}).content[:2] == b"PK"


def test_the_list_asks_as_many_queries_for_two_as_for_many(world, desk):
    counts = []
    for more in (2, 6):
        for _ in range(more):
            made(world)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            desk.get(reverse("office-invoices"))
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_a_document_is_read_and_its_pdf_opened(world, desk):
    invoice = made(world)
    receive(invoice.payer, "24.00")
    page = desk.get(reverse("office-invoice", args=[invoice.pk])).content.decode()
    assert "Acquittée" in page and "FA2027-00001" in page
    pdf = desk.get(reverse("office-invoice-pdf", args=[invoice.pk]))
    assert pdf["Content-Type"] == "application/pdf" and pdf.content[:5] == b"%PDF-"


def test_crediting_asks_first_and_refuses_what_is_credited(world, desk):
    invoice = made(world, world.own, world.dinner)
    address = reverse("office-invoice-credit", args=[invoice.pk])
    assert "Faire l’avoir" in desk.get(address).content.decode()
    assert desk.post(address, {"reason": "x"}).status_code == 422
    assert not Invoice.objects.filter(kind="CREDIT").exists()
    charge = Charge.objects.get(line__offer=world.own)
    assert desk.post(address, {"charges": [charge.pk], "reason": "double"}).status_code == 302
    assert Invoice.objects.get(kind="CREDIT").total == D("24.00")
    assert desk.post(address, {"charges": [charge.pk]}).status_code == 422
    assert signed_in(world.agent).post(address, {"charges": [charge.pk]}).status_code in (403, 422)


def test_the_wrong_addressee_is_made_right_and_what_was_typed_is_kept(world, desk):
    invoice = made(world)
    address = reverse("office-invoice-addressee", args=[invoice.pk])
    typed = {"kind": "COMPANY", "company": "OT Saumur", "town": "Saumur", "country": "FR", "siret": "12345678900000"}
    refused = desk.post(address, typed)
    assert refused.status_code == 422 and "OT Saumur" in refused.content.decode()
    assert not Client.objects.filter(company="OT Saumur").exists()
    assert desk.post(address, {**typed, "siret": "732 829 320 00074"}).status_code == 302
    assert Invoice.objects.order_by("-pk").first().buyer_as["name"] == "OT Saumur"


@pytest.mark.parametrize("company", ["x" * 1_000_000, "nul\x00", "😀 \u202e =1+1", ""])
def test_hostile_words_are_answered_clearly(world, desk, company):
    invoice = made(world)
    answer = desk.post(
        reverse("office-invoice-addressee", args=[invoice.pk]), {"kind": "COMPANY", "company": company, "country": "FR"}
    )
    assert answer.status_code in (302, 422)


@pytest.mark.parametrize("pk", ["٣²", "9" * 30, "-1", "1\x00"])
def test_a_forged_box_is_no_box_and_those_beside_it_are_done(world, desk, pk):
    booking = bought(world, world.own)
    assert desk.post(reverse("office-invoices-queue"), {"booking": [pk, booking.pk]}).status_code == 302
    assert Invoice.objects.count() == 1
    assert desk.post(reverse("office-commissions"), {"due": [f"{pk}@{world.congress.code}", "1@nowhere"]}).status_code == 404
    deposit = {"act": "deposit", "payer": pk}
    assert desk.post(reverse("office-booking-documents", args=[booking.number]), deposit).status_code == 404


def test_the_deposit_invoice_is_offered_once_money_came(world, desk):
    booking = bought(world, world.own)
    address = reverse("office-booking-documents", args=[booking.number])
    assert "facture d’acompte" not in desk.get(address).content.decode().lower()
    payer = booking.payers.get()
    receive(payer, "10.00")
    assert "10,00" in desk.get(address).content.decode()
    desk.post(address, {"act": "deposit", "payer": payer.pk})
    assert Invoice.objects.get().kind == "DEPOSIT"


def test_commissions_are_overridden_then_invoiced(world, desk):
    firm_leaflet(world)
    charge = Charge.objects.get(supplier=world.hotel)
    address = reverse("office-commission", args=[charge.pk])
    assert desk.post(address, {"amount": "999,99", "reason": "x"}).status_code == 422
    assert desk.post(address, {"amount": "15,00", "reason": "accord"}).status_code == 302
    assert "15,00" in desk.get(reverse("office-commissions")).content.decode()
    due = f"{world.hotel.pk}@{world.congress.code}"
    for _ in range(2):
        assert desk.post(reverse("office-commissions"), {"due": [due]}).status_code == 302
    assert Invoice.objects.get(kind="COMMISSION").total == D("15.00")
    assert desk.post(reverse("office-commissions"), {"due": ["x@y"]}).status_code == 404


def test_an_agent_of_another_congress_finds_nothing(world):
    invoice = made(world)
    other = Congress.objects.create(code="autre", starts=world.arrival, ends=world.departure + timedelta(days=1))
    Member.objects.create(congress=other, user=world.outsider, role="AGENT")
    browser = signed_in(world.outsider)
    for name in ("office-invoice", "office-invoice-pdf", "office-invoice-credit", "office-invoice-addressee"):
        assert browser.get(reverse(name, args=[invoice.pk])).status_code == 404
    assert browser.get(reverse("office-booking-documents", args=[invoice.payer.booking.number])).status_code == 404
    assert "FA2027" not in browser.get(reverse("office-invoices")).content.decode()
