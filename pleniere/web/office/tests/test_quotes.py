"""Quotes in the office: built, typed, sent, read."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from pleniere.accounts.models import File
from pleniere.booking.models import Booking
from pleniere.booking.tests.world import make_user, seminar
from pleniere.congress.models import Congress, Member
from pleniere.messaging.models import Message
from pleniere.quote.models import Quote

pytestmark = pytest.mark.django_db
HOME = "/office/congresses/ctv2027/quotes/"


@pytest.fixture
def w(client):
    w = seminar()
    client.force_login(w.agent)
    client.cookies["django_language"] = "en"
    return w


def begin(client):
    assert client.post(HOME).status_code == 302
    return Quote.objects.order_by("-version").first()


def typed(quote, *lines):
    facts = {"text": "Bonjour", "valid_until": str(timezone.now().date() + timedelta(days=10))}
    for n, line in enumerate(lines):
        facts |= {f"l{n}-{name}": value for name, value in line.items()}
    return facts


HALL = {"label": "Auditorium", "quantity": "2", "unit": "1850,00", "vat": "20", "who": "ORGANISER", "group": "Venue"}


def test_a_quote_is_filled_from_what_is_sold_then_typed_sent_and_read(client, w):
    assert client.get(HOME).status_code == 200
    quote = begin(client)
    assert quote.lines.filter(label="Restoephem", quantity=50).exists()
    assert begin(client) == quote
    page = f"{HOME}{quote.pk}/"
    first = client.get(page)
    assert first.status_code == 200
    assert "Our quote" in first.content.decode() or "devis" in first.content.decode()
    assert client.post(page, typed(quote, HALL, {"label": ""})).status_code == 302
    assert str(quote.lines.get().total) == "3700.00"
    assert client.post(page + "sending/").status_code == 302
    quote.refresh_from_db()
    assert quote.state == "SENT"
    assert Message.objects.filter(template="quote/quote").count() == 1
    client.post(page + "sending/")
    assert Message.objects.filter(template="quote/quote").count() == 1
    read = client.get(page)
    assert "/l/" in read.context["url"]
    assert client.get(page + "pdf/").content.startswith(b"%PDF")
    second = begin(client)
    assert second.version == 2 and second.lines.get().label == "Auditorium"


def test_what_makes_no_sense_comes_back_with_what_was_typed(client, w):
    quote = begin(client)
    page = f"{HOME}{quote.pk}/"
    for bad in (
        {"unit": "=1+1"},
        {"unit": "10000000000000"},
        {"quantity": "0"},
        {"vat": "300"},
        {"label": "x" * 1_000_000},
        {"label": "a\x00"},
    ):
        answer = client.post(page, typed(quote, HALL | bad))
        assert answer.status_code == 422, bad
    answer = client.post(page, typed(quote, HALL | {"unit": "=1+1"}))
    assert "=1+1" in answer.content.decode() and "Auditorium" in answer.content.decode()
    answer = client.post(page, typed(quote, HALL) | {"valid_until": "9999-12-31"})
    assert answer.status_code == 422


def test_a_congress_without_organiser_says_so(client, w):
    Congress.objects.update(organiser=None)
    answer = client.post(HOME)
    assert answer.status_code == 422
    assert "organiser" in answer.content.decode()


def test_a_draft_is_dropped_and_only_a_draft(client, w):
    quote = begin(client)
    client.post(f"{HOME}{quote.pk}/draft/", {"drop": "1"})
    assert not Quote.objects.exists()


def test_an_accountant_reads_and_an_outsider_finds_nothing(client, w):
    quote = begin(client)
    client.force_login(w.accountant)
    assert client.get(HOME).status_code == 200
    assert client.post(f"{HOME}{quote.pk}/", typed(quote, HALL)).status_code == 403
    elsewhere = make_user("elsa@example.org")
    other = Congress.objects.create(code="autre", title={"fr": "Autre"}, starts=w.arrival, ends=w.departure)
    Member.objects.create(congress=other, user=elsewhere, role="AGENT")
    client.force_login(elsewhere)
    assert client.get(HOME).status_code == 404
    assert client.get(f"/office/congresses/autre/quotes/{quote.pk}/").status_code == 404


def test_an_acceptance_on_paper_is_recorded_with_its_scan_and_stands_on_the_organiser_s_account(client, w, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    quote = begin(client)
    page = f"{HOME}{quote.pk}/"
    client.post(page, typed(quote, HALL))
    assert client.get(f"{page}paper/").status_code == 404
    client.post(page + "sending/")
    assert f"{page}acceptance/" in client.get(page).content.decode()
    facts = {"via": "PAPER", "name": "Hélène Astier", "function": "Director", "on": str(timezone.localdate())}
    bare = client.post(page + "acceptance/", facts)
    assert bare.status_code == 422 and "scan it" in bare.content.decode()
    forged = SimpleUploadedFile("yes.pdf", b"\x7fELF\x02\x01\x01\x00\x00", content_type="application/pdf")
    assert client.post(page + "acceptance/", {**facts, "file": forged}).status_code == 422
    assert not File.objects.exists()
    scan = SimpleUploadedFile("yes.pdf", b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF", content_type="application/pdf")
    assert client.post(page + "acceptance/", {**facts, "file": scan}).status_code == 302
    quote.refresh_from_db()
    assert quote.state == "ACCEPTED" and quote.answered_via == "PAPER"
    words = client.get(page).content.decode()
    account = Booking.objects.get(kind="MASTER")
    assert "yes.pdf" in words and account.number in words and "acceptance/" not in words
    assert client.get(f"{page}paper/").getvalue().startswith(b"%PDF")
    shown = client.get(f"/office/bookings/{account.number}/").content.decode()
    assert "Auditorium" in shown and "3,700.00" in shown
    assert client.post(page + "acceptance/", {**facts, "via": "PHONE"}).status_code == 302
    assert Booking.objects.filter(kind="MASTER").count() == 1


def test_an_accountant_does_not_write_an_acceptance_down(client, w):
    quote = begin(client)
    client.post(f"{HOME}{quote.pk}/", typed(quote, HALL))
    client.post(f"{HOME}{quote.pk}/sending/")
    client.force_login(make_user("clerk@example.org", "ACCOUNTANT"))
    assert client.get(f"{HOME}{quote.pk}/acceptance/").status_code == 403
