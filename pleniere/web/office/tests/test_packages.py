"""Seminar packages at a venue's sheet: parts typed, refused at their cell, summed."""

from decimal import Decimal

import pytest
from django.urls import reverse

from pleniere.booking.tests.world import seminar
from pleniere.catalogue.models import Component

pytestmark = pytest.mark.django_db
DAY = {"package": "JOUR", "JOUR-0-fr": "Salle", "JOUR-0-vat": "standard", "JOUR-0-share": "20,00"}
DAY |= {"JOUR-1-fr": "Déjeuner", "JOUR-1-vat": "intermediate", "JOUR-1-share": "45 €"}


@pytest.fixture
def w(client):
    w = seminar()
    client.force_login(w.agent)
    client.cookies["django_language"] = "en"
    w.page = reverse("office-supplier-packages", args=[w.hotel.pk])
    return w


def test_a_package_is_typed_and_its_price_is_the_sum_of_its_parts(client, w):
    assert client.get(w.page).status_code == 200
    assert client.post(w.page, DAY).status_code == 302
    assert client.post(w.page, DAY).status_code == 302
    assert [each.share for each in Component.objects.all()] == [Decimal("20.00"), Decimal("45.00")]
    assert "€65.00" in client.get(w.page).content.decode()
    assert client.post(w.page, {"package": "JOUR"}).status_code == 302
    assert not Component.objects.exists()


@pytest.mark.parametrize(
    "bad", [{"JOUR-0-fr": ""}, {"JOUR-1-share": "beaucoup"}, {"JOUR-1-vat": "x"}, {"JOUR-0-fr": "x" * 10**6}]
)
def test_what_makes_no_sense_comes_back(client, w, bad):
    answer = client.post(w.page, DAY | bad)
    assert answer.status_code == 422
    assert "Déjeuner" in answer.content.decode()
    assert not Component.objects.exists()


def test_another_package_is_not_found_and_an_accountant_may_not(client, w):
    assert client.post(w.page, {"package": "LUXE"}).status_code == 404
    client.force_login(w.accountant)
    assert client.get(w.page).status_code == 403
