"""Purchases not tied to a delegate, at the office: guaranteed, counted, entered, in the margin; confidential."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pleniere.congress.models import Member
from pleniere.invoicing.tests.world import billing_world
from pleniere.payout.models import Purchase

pytestmark = pytest.mark.django_db


@pytest.fixture
def w(client):
    w = billing_world()
    client.force_login(w.agent)
    client.cookies["django_language"] = "en"
    w.page = reverse("office-purchases", args=[w.congress.code])
    w.typed = {"kind": "COVERS", "label": "Gala", "supplier": w.caterer.code, "day": w.congress.starts.isoformat()}
    w.typed |= {"persons": "200", "unit": "55,00", "vat": "intermediate", "key": "0" * 32}
    return w


def test_covers_are_guaranteed_once_counted_and_entered(client, w):
    assert client.get(w.page).status_code == 200
    assert client.post(w.page, w.typed).status_code == 302
    assert client.post(w.page, w.typed).status_code == 302
    row = Purchase.objects.get()
    assert "€11,000.00" in client.get(w.page).content.decode()
    page = reverse("office-purchase", args=[w.congress.code, row.pk])
    assert client.post(page, {"act": "count", "persons": "210"}).status_code == 302
    assert client.post(page, {"act": "count", "persons": "100"}).status_code == 422
    assert client.post(page, {"act": "enter", "number": "F1", "on": "2020-01-01"}).status_code == 403
    client.force_login(w.accountant)
    assert client.post(page, {"act": "enter", "number": "F1", "on": "2999-01-01"}).status_code == 422
    assert client.post(page, {"act": "enter", "number": "F1", "on": timezone.localdate().isoformat()}).status_code == 302
    assert client.get(page).status_code == 200
    assert client.post(page, {"act": "out", "why": "erreur"}).status_code == 302
    row.refresh_from_db()
    assert (row.invoice_number, row.posted) == ("", D(0))
    client.force_login(w.agent)
    assert client.post(page, {"act": "cancel"}).status_code == 302
    assert client.post(page, {"act": "nothing"}).status_code == 422


@pytest.mark.parametrize(
    "bad",
    [{"persons": "0"}, {"unit": ""}, {"supplier": "nobody"}, {"kind": "YACHT"}, {"day": "9999-01-01"}, {"label": "x" * 10**6}],
)
def test_what_makes_no_sense_comes_back(client, w, bad):
    answer = client.post(w.page, w.typed | bad)
    assert answer.status_code == 422
    assert not Purchase.objects.exists()


def test_no_organiser_reads_what_is_bought(client, w):
    client.post(w.page, w.typed)
    organiser = w.outsider
    Member.objects.create(congress=w.congress, user=organiser, role="ORGANISER")
    client.force_login(organiser)
    assert client.get(w.page).status_code in (403, 404)
    words = client.get(reverse("organiser-congress", args=[w.congress.code])).content.decode()
    assert "11,000" not in words
    assert "55.00" not in words


def test_today_asks_for_the_final_number(client, w):
    client.post(w.page, w.typed)
    Purchase.objects.update(final_on=timezone.localdate() + timedelta(days=1))
    section = next(each for each in client.get("/office/").context["sections"] if each.title == "Final numbers to say")
    assert section.count == 1


def test_the_page_costs_the_same_with_one_and_with_five(client, w):

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(w.page).status_code == 200
        return len(queries)

    client.post(w.page, w.typed)
    cost()
    few = cost()
    for n in range(4):
        client.post(w.page, w.typed | {"key": f"{n + 1:032d}"})
    assert cost() == few
