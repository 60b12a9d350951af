"""The organiser's statement: both sides to the cent, on paper, and nothing of what things cost us."""

from decimal import Decimal as D

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from pleniere.accounts.models import Client
from pleniere.booking.models import Charge
from pleniere.booking.tests.world import make_user
from pleniere.catalogue.models import Contract
from pleniere.congress.models import Congress, Member
from pleniere.invoicing.tests.world import NOW, billing_world, bought
from pleniere.payment.actions import receive
from pleniere.payout.purchases import Order, buy
from pleniere.payout.statement import paper_of, statement_of, statement_pdf
from pleniere.quote.actions import accept_quote, edit_quote, make_quote, send_quote
from pleniere.quote.retained import LineFacts

pytestmark = pytest.mark.django_db


@pytest.fixture
def w(client):
    with translation.override("en"):
        w = billing_world()
        w.client = Client.objects.create(kind="COMPANY", company="Atout France", email="ctv@example.org")
        Congress.objects.filter(pk=w.congress.pk).update(organiser=w.client)
        w.congress.refresh_from_db()
        w.organiser = make_user("oscar@example.org")
        Member.objects.create(congress=w.congress, user=w.organiser, role="ORGANISER")
        client.cookies["django_language"] = "en"
        yield w


def agreed(w):
    quote = make_quote(w.congress, by=w.agent, at=NOW)
    hall = LineFacts("Auditorium", D("1850.00"), 2, D(20), supplier=w.caterer, buy=D("1234.56"))
    edit_quote(quote, lines=[hall], text="", valid_until=quote.valid_until, by=w.agent, at=NOW)
    link = send_quote(quote, by=w.agent, at=NOW)
    quote.refresh_from_db()
    accept_quote(quote, name="A. Roy", function="Présidente", seen=quote.sha256, by=link, at=NOW)
    return w.congress.bookings.get(kind="MASTER")


def fees(w):
    """Three registration fees sold in the organiser's name, five percent ours."""
    Contract.objects.filter(supplier=w.fee.service.supplier).update(commission=5)
    Congress.objects.filter(pk=w.congress.pk).update(version=999)
    w.congress.refresh_from_db()
    for _n in range(3):
        bought(w, w.fee)


def test_both_sides_to_the_cent(w):
    account = agreed(w)
    fees(w)
    payer = account.payers.get(client=w.client)
    receive(payer, kind="TRANSFER", amount=D("1000.00"), on=timezone.localdate(), by=w.accountant, at=NOW, key="r1")
    found = statement_of(w.congress)
    assert (found.asked, found.received, found.left) == (D("3700.00"), D("1000.00"), D("2700.00"))
    own = Charge.objects.live().filter(supplier__kind="ORGANISER")
    sold, kept = sum(c.total for c in own), sum(c.commission for c in own)
    assert (found.sold, found.fee, found.held) == (sold, kept, sold - kept)
    assert found.sold == D("180.00")
    assert found.balance == found.held - D("2700.00")
    assert statement_pdf(w.congress, at=NOW, strict=True).startswith(b"%PDF")


def test_it_holds_nothing_of_what_things_cost_us(client, w):
    agreed(w)
    order = Order("COACH", "Car navette", w.congress.starts, 50, D("777.77"), per=50)
    buy(w.congress, w.guide, order, key="c", by=w.agent, at=NOW)
    client.force_login(w.organiser)
    words = client.get(reverse("organiser-account", args=[w.congress.code])).content.decode()
    words += str(paper_of(statement_of(w.congress), at=NOW))
    assert "3,700.00" in words
    for secret in ("1234.56", "1,234.56", "2,469.12", "777.77", "navette"):
        assert secret not in words
    assert client.get(reverse("organiser-account-pdf", args=[w.congress.code])).status_code == 200
    for name in ("office-organiser-account-statement", "office-organiser-account-pdf", "office-purchases"):
        assert client.get(reverse(name, args=[w.congress.code])).status_code in (403, 404)


def test_the_office_reads_the_same_and_an_outsider_nothing(client, w):
    client.force_login(w.agent)
    page = reverse("office-organiser-account-statement", args=[w.congress.code])
    assert "What the organiser pays" in client.get(page).content.decode()
    client.force_login(w.organiser)
    own = client.get(reverse("organiser-account", args=[w.congress.code])).content.decode()
    assert "What you pay" in own and "Balance in your favour" in own and "organiser pays" not in own and "− €0.00" not in own
    client.force_login(w.agent)
    assert client.get(reverse("office-organiser-account-pdf", args=[w.congress.code])).status_code == 200
    client.force_login(w.outsider)
    for name in ("organiser-account", "organiser-account-pdf", "office-organiser-account-statement"):
        assert client.get(reverse(name, args=[w.congress.code])).status_code in (403, 404)


def test_a_question_is_asked_on_the_page_and_answered_at_the_office(client, w):
    quote = make_quote(w.congress, by=w.agent, at=NOW)
    edit_quote(quote, lines=[LineFacts("Hall", D(100))], text="", valid_until=quote.valid_until, by=w.agent, at=NOW)
    send_quote(quote, by=w.agent, at=NOW)
    client.force_login(w.organiser)
    page = reverse("organiser-congress-quote", args=[w.congress.code, quote.pk])
    assert client.post(page, {"ask": "1", "question": "", "key": "0" * 32}).status_code == 422
    assert client.post(page, {"ask": "1", "question": "VAT?", "key": "0" * 32}).status_code == 302
    assert "VAT?" in client.get(page).content.decode()
    client.force_login(w.agent)
    office = reverse("office-quote-answers", args=[w.congress.code, quote.pk])
    assert client.post(office, {"answer": "", "key": "1" * 32}).status_code == 422
    assert client.post(office, {"answer": "20 %", "key": "1" * 32}).status_code == 302
    assert quote.messages.count() == 2
