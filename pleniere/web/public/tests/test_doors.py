"""The form's doors and its worst visitors: forged links, another's cart, words no one should type."""

import pytest
from django.test import Client
from django.urls import reverse

from pleniere.accounts import links
from pleniere.accounts.models import Link
from pleniere.booking.models import Booking, Person
from pleniere.booking.tests.world import seminar
from pleniere.congress.models import Congress
from pleniere.messaging.models import Message

from .walk import CLAIRE, CONTACT, Walk

pytestmark = pytest.mark.django_db
HOSTILE = {
    "megabyte": "x" * 400_000,
    "nul": "a\x00b",
    "emoji": "🦄" * 40,
    "right to left": "\u202eevil\u202d",
    "formula": "=cmd|' /C calc'!A0",
    "markup": "<script>alert(1)</script>",
    "number": "10000000000000000000000",
    "far": "9999-12-31",
}


@pytest.fixture
def world(db):
    return seminar(rooms=3)


@pytest.fixture
def walk(world):
    return Walk(world, Client())


def test_a_cart_is_found_by_its_own_link_alone(world, walk):
    other = Congress.objects.create(code="autre", title={"fr": "Autre"}, starts=world.arrival, ends=world.departure)
    good = walk.url("step", "persons")
    assert walk.client.get(good).status_code == 200
    for wrong in (
        good.replace(walk.token, "1f-" + "0" * 32),
        good.replace(walk.token, walk.token[:-1] + "z"),
        good.replace("ctv2027", other.code),
    ):
        assert Client().get(wrong).status_code == 404
    booking = walk.booking
    pay = links.make(Link.Purpose.QUOTE, booking)
    assert Client().get(good.replace(walk.token, links.token(pay))).status_code == 404
    links.revoke(booking, at=world.now)
    assert Client().get(good).status_code == 410


def test_another_carts_people_and_lines_cannot_be_taken(world, walk):
    walk.people()
    walk.room()
    mine = Booking.objects.get()
    other = Walk(world)
    other.people({**CLAIRE, "p0-pk": mine.persons.get().pk})
    assert mine.persons.count() == 1 and other.booking.persons.get().pk != mine.persons.get().pk
    other.client.post(other.url("lines"), {"line": mine.lines.get().pk})
    assert mine.lines.exists()
    assert other.room(who=[mine.persons.get().pk]).status_code == 422


@pytest.mark.parametrize("word", HOSTILE.values(), ids=HOSTILE)
def test_no_word_breaks_a_page_of_the_form(world, walk, word):
    fine = {200, 302, 422}
    walk.people()
    tried = [
        walk.post(
            "persons",
            {"p0-first_name": word, "p0-last_name": word, "p0-pk": word, "p0-institution": word, "p0-code": word},
            do="save",
        ),
        walk.post("persons", CLAIRE, do="remove:" + word[:200]),
        walk.post("fee", {"shown": word, f"o{world.fee.pk}": word, f"r{world.fee.pk}": word}, do="next"),
        walk.post("meals", {"code": word, "person": word}, do="code"),
        walk.client.get(
            walk.url("step", "lodging"),
            {"arrival": word[:300], "nights": word[:300], "stars": word[:9], "band": word[:9], "with": word[:9]},
        ),
        walk.client.post(walk.url("hotel", world.hotel.pk) + "?adults=1", {"choice": word, "who": word}),
        walk.client.post(walk.url("nights") + "?adults=1", {"who": word, f"n{world.arrival:%Y%m%d}": word}),
        walk.client.post(walk.url("lines"), {"line": word, "next": word}),
        walk.client.post(walk.url("hold"), {"do": word, "next": word}),
        walk.client.post(walk.url("resume"), {"email": word}),
        walk.client.post(walk.url("drafts"), {"contact.email": word, word[:50]: word, "contact." + word[:500]: "x"}),
        walk.client.post(reverse("client-find"), {"email": word}),
    ]
    assert [answer.status_code for answer in tried if answer.status_code not in fine] == []
    assert not any("\x00" in person.first_name for person in Person.objects.all())


@pytest.mark.parametrize("word", HOSTILE.values(), ids=HOSTILE)
def test_no_word_breaks_the_order(world, walk, word):
    walk.to_payment()
    for name in CONTACT:
        assert walk.post("contact", {**CONTACT, name: word}).status_code in (302, 422)
    walk.post(
        "contact", {**CONTACT, "is_professional": "on", "company": word, "siret": word, "vat_number": word, "comment": word}
    )
    walk.post("contact", CONTACT)
    assert walk.post("payment", {"method": word, "terms": "on", "shown": word, "version": word}).status_code == 422
    assert walk.order().status_code == 302
    assert "<script>alert" not in walk.get("done").content.decode()


def test_known_links_are_mailed_and_nothing_tells_who_is_registered(world, walk, client):
    walk.to_payment()
    walk.order()
    known = client.post(reverse("client-find"), {"email": "CLAIRE@example.org"})
    unknown = client.post(reverse("client-find"), {"email": "nobody@example.org"})
    said = [answer.content.decode().partition("<main")[2].partition("</main>")[0] for answer in (known, unknown)]
    assert said[0].replace("CLAIRE@example.org", "") == said[1].replace("nobody@example.org", "")
    client.post(reverse("client-find"), {"email": "claire@example.org"})
    message = Message.objects.get(template="registration/links")
    assert walk.token in message.text and message.to.lower() == "claire@example.org"
