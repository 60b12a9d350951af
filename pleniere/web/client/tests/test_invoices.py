"""A delegate's documents, from the link of its booking."""

import pytest
from django.urls import reverse
from django.utils import timezone

from pleniere.accounts import links
from pleniere.accounts.models import Link
from pleniere.accounts.rights import SYSTEM
from pleniere.invoicing.actions import credit, issue_invoices
from pleniere.invoicing.tests.world import NOW, billing_world, bought


@pytest.fixture
def world(db):
    return billing_world()


def link_of(booking):
    link = Link.objects.create(purpose=Link.Purpose.BOOKING, subject=f"booking.Booking:{booking.pk}", holder="claire@example.org")
    return links.token(link)


def test_the_delegate_downloads_invoices_and_credit_notes_and_only_its_own(world, client):
    mine, other = bought(world, world.own), bought(world, world.own)
    (invoice,) = issue_invoices(mine, by=SYSTEM, at=NOW).invoices
    note = credit(invoice, by=SYSTEM, at=NOW)
    (others,) = issue_invoices(other, by=SYSTEM, at=NOW).invoices
    token = link_of(mine)
    page = client.get(reverse("client-booking", args=[token])).content.decode()
    assert "Facture FA2027-00001" in page and "Avoir FA2027-00002" in page and others.reference not in page
    for document in (invoice, note):
        answer = client.get(reverse("client-invoice", args=[token, document.pk]))
        assert answer.content[:5] == b"%PDF-" and document.reference in answer["Content-Disposition"]
    assert client.get(reverse("client-invoice", args=[token, others.pk])).status_code == 404


def test_a_link_that_ended_gives_nothing(world, client):
    booking = bought(world, world.own)
    (invoice,) = issue_invoices(booking, by=SYSTEM, at=NOW).invoices
    token = link_of(booking)
    Link.objects.update(revoked_at=timezone.now())
    assert client.get(reverse("client-invoice", args=[token, invoice.pk])).status_code in (404, 410)
