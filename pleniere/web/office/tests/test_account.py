"""The organiser's account at the office: a seminar quoted from its enquiry, its number, its names, its one invoice."""

from datetime import date
from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pleniere.accounts import links
from pleniere.accounts.models import Client
from pleniere.booking.models import Booking
from pleniere.booking.tests.world import make_supplier
from pleniere.catalogue.actions import Part, set_package
from pleniere.common.words import LocalText
from pleniere.congress.actions import make_enquiry
from pleniere.congress.models import Congress
from pleniere.invoicing.models import Invoice
from pleniere.invoicing.tests.world import billing_world
from pleniere.payout.owed import snapshot
from pleniere.quote.actions import accept_quote, send_quote
from pleniere.quote.models import Quote

pytestmark = pytest.mark.django_db


@pytest.fixture
def w(client):
    w = billing_world()
    client.force_login(w.agent)
    client.cookies["django_language"] = "en"
    w.venue = make_supplier("LIEU", "VENUE", mode="OWN")
    parts = [Part(LocalText(fr="Salle"), "standard", D(20)), Part(LocalText(fr="Repas"), "intermediate", D(45))]
    w.rate = set_package(w.venue, "JOUR", parts, by=w.agent, at=timezone.now())
    days = {"starts": date(2030, 5, 13), "ends": date(2030, 5, 15)}
    facts = {"contact": "Métal Loire", "email": "t@metal.example", "heads": 30, **days}
    w.enquiry = make_enquiry("Séminaire Métal", by=w.agent, at=timezone.now(), **facts)
    w.seminar = reverse("office-enquiry-seminar", args=[w.enquiry.pk])
    w.typed = {"code": "metal", "package": w.rate.pk, "persons": "30", "days": "2", "unit": "72,00", "fee": "600"}
    return w


def agreed(client, w):
    """The quote written at the office and accepted by its link."""
    assert client.post(w.seminar, w.typed).status_code == 302
    quote = Quote.objects.get()
    link = send_quote(quote, by=w.agent, at=timezone.now())
    quote.refresh_from_db()
    accept_quote(quote, name="T. Girin", function="DRH", seen=quote.sha256, by=link, at=timezone.now())
    w.page = reverse("office-organiser-account", args=[quote.congress.code])
    return Booking.objects.get(congress=quote.congress, kind="MASTER")


def test_the_form_proposes_what_the_enquiry_says(client, w):
    page = client.get(w.seminar)
    assert page.context["form"].initial == {"persons": 30, "days": 2, "code": "seminaire-metal"}
    assert "€65.00 per person" in page.content.decode()


@pytest.mark.parametrize(
    "bad",
    [{"package": "0"}, {"persons": "0"}, {"days": "99"}, {"code": "a b"}, {"unit": "dix"}, {"fee": "-1"}, {"code": "x" * 99}],
)
def test_what_makes_no_sense_comes_back_and_nothing_is_made(client, w, bad):
    before = Congress.objects.count()
    answer = client.post(w.seminar, w.typed | bad)
    assert answer.status_code == 422
    assert (Congress.objects.count(), Quote.objects.count()) == (before, 0)


def test_a_seminar_goes_from_its_enquiry_to_one_invoice(client, w):
    booking = agreed(client, w)
    page = client.get(w.page)
    assert "€4,920.00" in page.content.decode()
    names = "Nom;Prénom;E-mail\n" + "\n".join(f"Nom{n};Prénom{n};p{n}@metal.example" for n in range(30))
    sent = {"names": names, "version": page.context["booking"].version}
    assert client.post(w.page + "names/", sent).status_code == 302
    assert booking.persons.count() == 30
    assert '<th scope="row">Prénom29 Nom29</th>' in client.get(w.page).content.decode()
    line = booking.lines.get(offer__service__supplier=w.venue)
    number = reverse("office-organiser-account-number", args=[booking.congress.code, line.pk])
    assert client.post(number, {f"l{line.pk}-persons": "28", f"l{line.pk}-days": "2"}).status_code == 302
    assert "More are named than paid for" in client.get(w.page).content.decode()
    assert client.post(w.page + "invoices/").status_code == 302
    assert client.post(w.page + "invoices/").status_code == 302
    document = Invoice.objects.get()
    assert (document.total, document.buyer_as["name"]) == (D("4632.00"), "Métal Loire")
    assert client.get(reverse("office-invoice-pdf", args=[document.pk])).status_code == 200
    assert sum(each.owed for each in snapshot(booking.congress).standings) == D("3640.00")


def test_names_that_cannot_be_read_are_said_by_cell_and_kept_as_typed(client, w):
    booking = agreed(client, w)
    sent = {"names": "Durand;Anne;pas une adresse", "version": booking.version}
    answer = client.post(w.page + "names/", sent)
    assert answer.status_code == 422
    assert "C1" in answer.content.decode()
    assert "pas une adresse" in answer.content.decode()
    stale = client.post(w.page + "names/", {"names": "Durand;Anne", "version": "0"})
    assert stale.status_code == 422
    assert "Somebody changed" in stale.content.decode()
    assert not booking.persons.exists()


def test_the_organiser_never_reads_what_the_venue_asks(client, w):
    agreed(client, w)
    quote = Quote.objects.get()
    from_link = client.get(reverse("organiser-quote", args=[links.token(links.make("QUOTE", quote, holder="t@metal.example"))]))
    words = from_link.content.decode()
    assert "72" in words
    assert "65.00" not in words
    assert "65,00" not in words


def test_another_client_is_chosen_by_a_person(client, w):
    known = Client.objects.create(kind="COMPANY", company="Métal Loire", email="t@metal.example")
    assert client.post(w.seminar, w.typed).status_code == 422
    assert client.post(w.seminar, w.typed | {"organiser": str(known.pk)}).status_code == 302
    assert Quote.objects.get().client == known


def test_an_account_without_a_quote_says_what_makes_it(client, w):
    page = client.get(reverse("office-organiser-account", args=[w.congress.code]))
    assert "made when it accepts a quote" in page.content.decode()
    assert client.post(reverse("office-organiser-account-names", args=[w.congress.code]), {}).status_code == 404
    client.force_login(w.outsider)
    assert client.get(reverse("office-organiser-account", args=[w.congress.code])).status_code in (403, 404)


def test_the_account_costs_the_same_with_two_names_and_with_thirty(client, w):
    booking = agreed(client, w)

    def count(many):
        names = "\n".join(f"Nom{n};Prénom" for n in range(many))
        booking.refresh_from_db()
        client.post(w.page + "names/", {"names": names, "version": booking.version})
        with CaptureQueriesContext(connection) as queries:
            assert client.get(w.page).status_code == 200
        return len(queries)

    count(2)
    assert count(2) == count(30)
