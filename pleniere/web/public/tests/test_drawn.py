"""What is drawn once for everybody: it follows the language and the congress's version, and holds nothing of a cart."""

import pytest
from django.db.models import F
from django.template import Context, Engine
from django.test import Client

from pleniere.accounts.models import Bureau
from pleniere.booking.tests.world import seminar
from pleniere.congress.models import Congress, Offer
from pleniere.congress.programme import programme

from .walk import CLAIRE, Walk

pytestmark = pytest.mark.django_db
OTHER = {**CLAIRE, "p0-first_name": "Étienne", "p0-last_name": "Second"}


@pytest.fixture
def world(db):
    return seminar(rooms=30)


def walk_of(world, words, language="fr"):
    found = Walk(world, Client(headers={"accept-language": language}))
    found.people(words)
    return found


def test_two_carts_see_each_its_own_people_and_what_it_took(world):
    one, two = walk_of(world, CLAIRE), walk_of(world, OTHER)
    one.take("meals", world.lunch)
    pages = [walk.get("meals").content.decode() for walk in (one, two)]
    taken = f'class="service is-on" id="o{world.lunch.pk}"', f'class="service is-on service--day" id="o{world.lunch.pk}"'
    assert "Fournier" in pages[0] and "Second" not in pages[0] and any(words in pages[0] for words in taken)
    assert "Second" in pages[1] and "Fournier" not in pages[1] and not any(words in pages[1] for words in taken)
    assert pages[0].count(one.token) and two.token not in pages[0] and one.token not in pages[1]


def test_the_same_offers_are_read_in_the_language_of_who_looks(world):
    Offer.objects.filter(pk=world.lunch.pk).update(title={"fr": "Déjeuner au lac", "en": "Lunch by the lake"})
    french, english = (walk_of(world, CLAIRE, language).get("meals").content.decode() for language in ("fr", "en"))
    assert "Déjeuner au lac" in french and "Lunch by the lake" in english
    assert "Lunch by the lake" not in french and "Déjeuner au lac" not in english


def test_a_new_version_of_the_congress_is_drawn_anew(world):
    walk = walk_of(world, CLAIRE)
    walk.get("meals")
    Offer.objects.filter(pk=world.lunch.pk).update(title={"fr": "Déjeuner au lac"})
    Congress.objects.filter(pk=world.congress.pk).update(version=F("version") + 1)
    assert "Déjeuner au lac" in walk.get("meals").content.decode()


def test_nothing_but_its_facts_reaches_what_is_drawn(world):
    engine = Engine(
        loaders=[("django.template.loaders.locmem.Loader", {"piece": "[{{ a }}{{ secret }}{{ request }}{% csrf_token %}]"})],
        builtins=["pleniere.web.templatetags.ui"],
    )
    page = engine.from_string('{% drawn plan "piece" a=a %}')
    facts = {"plan": programme(world.congress), "a": 1, "secret": "whose", "request": object(), "csrf_token": "token"}
    assert page.render(Context(facts)) == "[1]"


def test_the_frame_says_what_was_typed_as_text_and_in_the_language_of_who_looks(world):
    Congress.objects.filter(pk=world.congress.pk).update(help_name="<b>Agnès</b> & co", help_phone="04 77 00 00 00")
    french, english = (walk_of(world, CLAIRE, language).get("fee").content.decode() for language in ("fr", "en"))
    for page in (french, english):
        assert "&lt;b&gt;Agnès&lt;/b&gt; &amp; co" in page and "<b>Agnès" not in page
    assert "Étape 2 sur" in french and "Données personnelles" in french and 'lang="en">English' in french
    assert "Step 2 of" in english and "Personal data" in english and 'lang="fr">Français' in english


def test_the_foot_follows_what_the_bureau_writes_of_itself(world):
    walk = walk_of(world, CLAIRE)
    walk.get("fee")
    Bureau.objects.update(opening_hours="de 9 h à 17 h", email="accueil@example.org")
    page = walk.get("fee").content.decode()
    assert "(de 9 h à 17 h)" in page and "mailto:accueil@example.org" in page
