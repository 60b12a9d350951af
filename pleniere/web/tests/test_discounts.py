"""Discounts at the office and on the form: set up, counted, typed, taken back; the same sum on cart, order and booking."""

import re

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pleniere.accounts.rights import SYSTEM
from pleniere.booking.actions import prove_audience, take_offer, use_voucher
from pleniere.booking.tests.world import NOW, make_cart, make_user, order, reload_congress, seminar
from pleniere.congress.actions import make_discount, retire_discount
from pleniere.congress.models import Audience, Discount
from pleniere.web.public.tests.walk import CLAIRE, CONTACT, Walk


@pytest.fixture
def world(db):
    return seminar()


@pytest.fixture
def desk(world):
    browser = Browser()
    browser.force_login(world.lead)
    return browser


def text(answer):
    return answer.content.decode().replace("\xa0", " ").replace("\u202f", " ").replace("&nbsp;", " ")


def typed(world, **facts):
    return {"name_0": "Fidélité", "name_1": "Loyalty", "kind": "PERCENT", "percent": "10", "offers": [world.fee.pk], **facts}


def test_a_code_is_made_used_counted_and_withdrawn(world, desk):
    url = reverse("office-setup-discounts", args=[world.congress.code])
    page = text(desk.get(url))
    names = re.findall(r'name="(name[^"]*)"', page)
    facts = typed(world, secret="MERCI27", audience=world.delegate.pk, least=1)
    facts |= dict(zip(names, ["Fidélité", "Loyalty"], strict=False))
    assert desk.post(url, facts | {"percent": "140"}).status_code == 422
    assert desk.post(url, facts).status_code == 302
    made = Discount.objects.get()
    assert made.when == {"all": [{"is": ["audience", "=", "delegate"]}, {"is": ["delegates", ">=", 1]}]}
    reload_congress(world)

    walk = Walk(world)
    walk.people(CLAIRE)
    walk.take("fee", world.fee)
    walk.take("meals")
    walk.take("evenings", world.free["SOIREEOFFIC"])
    assert "60,00 €" in text(walk.get("cart")) and "54,00 €" not in text(walk.get("cart"))
    assert walk.client.post(walk.url("codes"), {"code": "nothing"}).status_code == 302
    assert "aucune réduction" in text(walk.get("cart"))
    walk.client.post(walk.url("codes"), {"code": "merci27"})
    cart = text(walk.get("cart"))
    assert "54,00 €" in cart and "−6,00 €" in cart and "Fidélité" in cart
    walk.post("contact", CONTACT)
    shown = text(walk.get("payment"))
    assert "54,00 €" in shown
    total = re.search(r'name="shown" value="([^"]+)"', shown)[1]
    answer = walk.post("payment", {"method": "TRANSFER", "terms": "on", "version": "1", "shown": total})
    assert answer.status_code == 302 and walk.booking.placed_at
    assert "54,00 €" in text(desk.get(f"/office/bookings/{walk.booking.number}/"))
    assert re.search(r"MERCI27.*?>1<", text(desk.get(url)), re.DOTALL)

    one = reverse("office-setup-discount", args=[world.congress.code, made.pk])
    assert desk.get(one).status_code == 200
    assert desk.post(one, {"retire": "1"}).status_code == 302
    assert "plus accordée" in text(desk.get(url))


def test_the_sales_of_a_code_are_found_after_it_is_withdrawn(world, desk):
    facts = {
        "name": {"fr": "Merci", "en": "Thanks"},
        "kind": "PERCENT",
        "percent": 10,
        "secret": "MERCI27",
        "by": SYSTEM,
        "at": NOW,
    }
    made = make_discount(reload_congress(world), "thanks", **facts)
    bookings, fee = [], {"start": world.congress.starts, "end": world.congress.ends}
    for _n in range(2):
        booking, persons = make_cart(world)
        take_offer(booking, world.fee, world.fee_rate, **fee, persons=persons, by=SYSTEM, at=NOW)
        if not bookings:
            use_voucher(booking, "merci27", by=SYSTEM, at=NOW)
            prove_audience(booking, persons[0], "BUREAU2027", by=SYSTEM, at=NOW)
        bookings.append(order(world, booking))
    retire_discount(made, retired=True, by=SYSTEM, at=NOW)
    Audience.objects.filter(pk=world.board.pk).update(secret="ANOTHER1")
    here = reverse("office-bookings", args=[world.congress.code])
    for page, where in (("discounts", f"?discount={made.pk}"), ("audiences", f"?audience={world.board.pk}")):
        assert f'href="{here}{where}">1<' in text(desk.get(reverse(f"office-setup-{page}", args=[world.congress.code])))
        found = text(desk.get(here + where))
        assert bookings[0].number in found and bookings[1].number not in found
        assert bookings[1].number in text(desk.get(here))
    for forged in ("?discount=x", "?audience=0", f"?discount={10**12}", "?audience=%00"):
        assert desk.get(here + forged).status_code == 200


def test_a_code_that_another_took_is_not_given_back(world, desk):
    facts = {"kind": "PERCENT", "percent": 10, "secret": "MERCI27", "by": SYSTEM, "at": NOW}
    old = make_discount(reload_congress(world), "old", name={"fr": "Ancien", "en": "Old"}, **facts)
    retire_discount(old, retired=True, by=SYSTEM, at=NOW)
    make_discount(reload_congress(world), "new", name={"fr": "Nouveau", "en": "New"}, **facts)
    answer = desk.post(reverse("office-setup-discount", args=[world.congress.code, old.pk]), {"retire": "1"}, follow=True)
    assert answer.status_code == 200 and "Ce code est déjà pris" in text(answer)
    old.refresh_from_db()
    assert old.retired_at


def test_a_condition_of_a_file_is_kept_and_said(world, desk):
    when = {"not": {"is": ["has", "=", "DOUBLE"]}}
    facts = {"kind": "AMOUNT", "amount": 5, "when": when, "by": SYSTEM, "at": NOW}
    made = make_discount(world.congress, "far", name={"fr": "Loin", "en": "Far"}, **facts)
    one = reverse("office-setup-discount", args=[world.congress.code, made.pk])
    page = text(desk.get(one))
    assert "fichier de congrès" in page and 'name="least"' not in page
    names = re.findall(r'name="(name[^"]*)"', page)
    assert desk.post(one, {**dict.fromkeys(names, "Loin"), "kind": "AMOUNT", "amount": "7,50"}).status_code == 302
    made.refresh_from_db()
    assert made.when == when and str(made.amount) == "7.50"


def test_the_list_costs_the_same_at_two_and_at_twenty(world, desk):
    url = reverse("office-setup-discounts", args=[world.congress.code])

    def cost(count):
        for n in range(count):
            facts = {"kind": "PERCENT", "percent": 5, "offers": [world.fee], "by": SYSTEM, "at": NOW}
            make_discount(reload_congress(world), f"d{count}-{n}", name={"fr": "R", "en": "D"}, **facts)
        desk.get(url)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert desk.get(url).status_code == 200
        return len(captured)

    assert cost(2) == cost(18)


def test_an_outsider_finds_no_discount(world):
    browser = Browser()
    browser.force_login(make_user("paul@example.org"))
    assert browser.get(reverse("office-setup-discounts", args=[world.congress.code])).status_code in (403, 404)
