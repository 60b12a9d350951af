"""The public form through its pages, without scripts."""

import re
from datetime import date, timedelta
from decimal import Decimal as D
from types import SimpleNamespace

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pleniere.booking.models import Booking, Line, Person
from pleniere.booking.queries import booking_total
from pleniere.booking.tests.world import make_offer, make_service, make_supplier, seminar
from pleniere.catalogue.actions import edit_contract, make_tourist_tax
from pleniere.catalogue.models import Terms
from pleniere.congress.models import Congress, Price
from pleniere.registration.visit import look
from pleniere.web.public.views import lodging

from .walk import CLAIRE, CONTACT, Walk

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db):
    return seminar(rooms=3)


@pytest.fixture
def walk(world, client):
    return Walk(world, client)


def text(response) -> str:
    return response.content.decode().replace("\xa0", " ").replace("&nbsp;", " ")


def test_the_cart_of_the_leaflet_is_296_70_through_the_screens(world, walk):
    walk.people({**CLAIRE, "p0-code": "bureau2027"})
    assert walk.post("fee", {"shown": world.fee.pk}, do="take").status_code == 302
    assert walk.room().status_code == 302
    walk.take("meals", world.board_lunch)
    walk.take("evenings", world.free["SOIREEOFFIC"])
    walk.take("visits", world.free["VISITMAM"])
    page = text(walk.get("cart"))
    for figure in ("60,00 €", "211,50 €", "105,75 €", "25,20 €", "296,70 €"):
        assert figure in page
    walk.post("contact", CONTACT)
    page = text(walk.get("payment"))
    assert "296,70 €" in page and "Commande avec obligation de paiement" in page
    assert walk.order(shown="296.70").status_code == 302
    booking = walk.booking
    assert booking_total(booking) == D("296.70") and booking.client.email == "claire@example.org"
    assert booking.terms_accepted == world.terms and booking.terms_accepted_from == "127.0.0.1"
    page = text(walk.get("done"))
    assert booking.number[:4] in page and "296,70 €" in page and booking.payers.get().reference in page


def test_a_deposit_is_what_the_pages_ask_now(world, walk):
    terms = Terms.objects.create(name="30 %")
    terms.clauses.create(verb="DUE", start="ORDER", percent=D(30))
    terms.clauses.create(verb="DUE", start="DATE", on=world.congress.starts, percent=D(100))
    Congress.objects.filter(pk=world.congress.pk).update(terms=terms)
    walk.to_payment()
    for stage in ("cart", "payment"):
        page = text(walk.get(stage))
        assert "dont à régler maintenant" in page and "81,45 €" in page
    walk.order()
    page = text(walk.get("done"))
    assert "81,45 € par virement" in page and "puis 190,05 € pour le" in page and "271,50 €" not in page


def test_the_board_lunch_is_closed_to_others_whatever_is_posted(world, walk):
    walk.people()
    page = text(walk.get("meals"))
    assert "Sur code" in page and "25,20 €" in page
    walk.take("meals", world.board_lunch)
    assert not walk.booking.lines.exists()
    assert walk.post("meals", {"code": "WRONG"}, do="code").status_code == 422
    assert walk.post("meals", {"code": "bureau2027"}, do="code").status_code == 302
    walk.take("meals", world.board_lunch)
    assert walk.booking.lines.get().offer == world.board_lunch


def test_from_prices_are_exact(world, walk):
    walk.people({**CLAIRE, "p0-code": "BUREAU2027"})
    assert "105,75 €" in text(walk.client.get(walk.url("step", "lodging") + "?adults=1"))
    page = text(walk.get("meals"))
    assert "25,20 €" in page and "21,00 € HT" in page and "25,00 €" in page
    assert "60,00 €" in text(walk.client.get(reverse("public-welcome", args=[world.congress.code])))


def test_one_tap_takes_a_service_for_all_and_a_name_is_taken_out_again(world, walk):
    walk.people({**CLAIRE, "p0-with_companion": "on", "p0-c_first_name": "Hugo", "p0-c_last_name": "Fournier"})
    offer = world.free["SOIREEOFFIC"]
    walk.post("evenings", {"shown": offer.pk}, do=f"all:{offer.pk}")
    assert walk.booking.lines.count() == 2
    claire = Person.objects.get(first_name="Claire")
    walk.post("evenings", {"shown": offer.pk, f"o{offer.pk}": claire.pk}, do="save")
    assert [str(p) for line in walk.booking.lines.all() for p in line.persons.all()] == ["Claire Fournier"]


def test_companions_are_counted_apart_and_owe_no_fee(world, walk):
    walk.people({**CLAIRE, "p0-with_companion": "on", "p0-c_first_name": "Hugo", "p0-c_last_name": "Fournier"})
    walk.post("fee", {"shown": world.fee.pk}, do="take")
    assert walk.booking.lines.count() == 1
    assert "<b>1</b> accompagnant" in text(walk.get("persons"))


def test_what_is_missing_is_said_and_blocks_only_what_must_be(world, walk):
    walk.people()
    assert walk.post("fee", {"shown": world.fee.pk}, do="next").status_code == 422
    assert walk.get("lodging").status_code == 200
    assert walk.get("payment").status_code == 302
    page = text(walk.get("cart"))
    assert "Votre panier est vide" in page


def test_words_survive_a_refused_form_another_visit_and_another_device(world, walk, client):
    walk.post("persons", {"p0-first_name": "Łukasz", "p0-last_name": ""}, do="save")
    assert "Łukasz" in text(walk.get("persons"))
    walk.client.post(walk.url("drafts"), {"contact.email": "x@example.org", "contact.town": "Saumur"})
    walk.people()
    walk.take("fee", world.fee)
    walk.take("evenings", world.free["SOIRCORBU"])
    other = type(client)()
    page = other.get(walk.url("step", "contact"))
    assert "x@example.org" in text(page) and "Saumur" in text(page)


def test_a_participant_is_added_and_removed_without_a_script(world, walk):
    walk.post("persons", CLAIRE, do="add")
    page = text(walk.get("persons"))
    assert 'name="p1-first_name"' in page and 'value="Claire"' in page
    walk.post("persons", {**CLAIRE, "p1-first_name": "Two"}, do="remove:0")
    page = text(walk.get("persons"))
    assert 'value="Two"' in page and 'value="Claire"' not in page


def test_a_participant_and_the_companion_are_ticked_before_two_colleagues(monkeypatch):
    anne, claire, paul = (SimpleNamespace(pk=pk, companion_of_id=2 if pk == 3 else None) for pk in (1, 2, 3))
    people = [anne, claire, paul]
    monkeypatch.setattr(lodging, "unlodged", lambda cart, stay: people)
    cart = SimpleNamespace(visit=SimpleNamespace(persons=people))

    def ticked(adults):
        wish = SimpleNamespace(adults=adults, stay=None)
        return [person.pk for person, is_on in lodging.sleepers(cart, wish, QueryDict()) if is_on]

    assert ticked(1) == [1] and ticked(2) == [2, 3] and ticked(3) == [1, 2, 3]
    people.remove(paul)
    assert ticked(2) == [1, 2], "two colleagues may share"


def test_two_hotels_on_two_nights_are_two_lines(world, walk):
    other = make_supplier("H2", "HOTEL", name="Terminus")
    service, rate = make_service(other, "DBL", "ROOM", room="DOUBLE", unit="NIGHT", vat="intermediate")
    offer = make_offer(world, world.step["lodging"], service, rate, "98.00", stock=2)
    Congress.objects.update(version=world.congress.version + 1)
    walk.people()
    first, second = world.arrival, world.arrival + timedelta(days=1)
    words = {
        "who": [walk.booking.persons.get().pk],
        f"n{first:%Y%m%d}": f"{world.room.pk}-{world.room_rate.pk}",
        f"n{second:%Y%m%d}": f"{offer.pk}-{rate.pk}",
    }
    query = f"?arrival={first}&nights=2&rooms=1&adults=1"
    assert walk.client.post(walk.url("nights") + query, words).status_code == 302
    lines = walk.booking.lines.order_by("start")
    assert [(line.offer, line.start, line.end) for line in lines] == [
        (world.room, first, second),
        (offer, second, second + timedelta(days=1)),
    ]
    assert look(walk.booking).total == D("203.75")


def test_a_full_night_is_said_and_takes_nothing(world, walk):
    walk.people()
    for _ in range(3):
        other = Walk(world)
        other.people()
        assert other.room().status_code == 302
    mine = Booking.objects.order_by("pk").first()
    answer = walk.room(who=[mine.persons.get().pk])
    assert answer.status_code == 422 and "Il n’en reste pas assez" in text(answer)
    assert not mine.lines.exists()
    assert "Complet le" in text(walk.client.get(walk.url("step", "lodging") + "?adults=1"))
    sheet = reverse("public-hotel", args=[mine.congress.code, walk.token, world.hotel.pk]) + "?adults=1"
    waiting = re.search(r'href="([^"]*/waiting/[^"]*)"', walk.client.get(sheet).content.decode())
    assert waiting and 'name="room"' in text(walk.client.get(waiting[1].replace("&amp;", "&")))


def test_the_time_is_prolonged_three_times_then_no_more(world, walk):
    walk.people()
    walk.room()
    for _ in range(3):
        walk.client.post(walk.url("hold"))
    before = Booking.objects.get().held_until
    walk.client.post(walk.url("hold"))
    assert Booking.objects.get().held_until == before and Booking.objects.get().prolonged == 3


def test_what_was_lost_is_named_and_held_again_by_one_tap(world, walk):
    walk.people()
    walk.room()
    Booking.objects.update(held_until=timezone.now() - timedelta(minutes=1))
    page = text(walk.get("cart"))
    assert "ne sont plus gardées" in page and "ADAGIO" in page
    walk.client.post(walk.url("hold"), {"do": "again"})
    assert Booking.objects.get().held_until > timezone.now() and "ne sont plus gardées" not in text(walk.get("cart"))


def test_lines_are_removed_and_the_cart_emptied(world, walk):
    walk.to_payment()
    line = Line.objects.get(offer=world.room)
    walk.client.post(walk.url("lines"), {"line": line.pk, "next": "https://evil.example/"})
    assert not Line.objects.filter(pk=line.pk).exists()
    walk.client.post(walk.url("lines"), {"do": "empty"})
    assert not walk.booking.lines.exists() and walk.booking.persons.count() == 1


def test_the_price_that_changed_is_shown_anew_before_any_yes(world, walk):
    walk.to_payment()
    answer = walk.order(shown="200.00")
    assert answer.status_code == 422 and "271,50 €" in text(answer) and walk.booking.placed_at is None
    assert walk.order().status_code == 302


def test_terms_and_means_are_asked_for_and_nothing_is_lost(world, walk):
    walk.to_payment()
    answer = walk.post("payment", {"method": "", "shown": "271.50"})
    assert answer.status_code == 422 and "Acceptez les conditions" in text(answer) and "Choisissez comment" in text(answer)
    answer = walk.order("ORDER", order_siret="123")
    assert answer.status_code == 422 and "14 chiffres" in text(answer)
    assert walk.order("ORDER", order_siret="732 829 320 00074", order_service="SVC").status_code == 302
    payer = walk.booking.payers.get()
    assert payer.siret == "73282932000074" and payer.service_code == "SVC" and payer.client.kind == "PUBLIC"


def test_an_order_sent_twice_is_one(world, walk):
    walk.to_payment()
    assert walk.order().status_code == 302 and walk.order().status_code == 302
    assert Booking.objects.count() == 1 and walk.booking.payers.count() == 1
    assert walk.booking.payers.get().attempts.count() == 1


def test_a_free_registration_asks_no_means_of_payment(world, walk):
    Price.objects.filter(rate=world.fee_rate).update(amount=D(0))
    Congress.objects.update(version=world.congress.version + 1)
    walk.people()
    walk.take("fee", world.fee)
    walk.take("evenings", world.free["SOIRCORBU"])
    walk.post("contact", CONTACT)
    page = text(walk.get("payment"))
    assert "Confirmer mon inscription" in page and "obligation de paiement" not in page
    assert walk.post("payment", {"terms": "on", "version": 1, "shown": "0.00"}).status_code == 302
    assert set(walk.booking.lines.values_list("state", flat=True)) == {"FIRM"}


def test_a_card_goes_to_the_bank_and_a_refusal_leaves_other_means(world, walk):
    walk.to_payment()
    answer = walk.order("CARD")
    assert answer.status_code == 302 and "sandbox-bank" in answer["Location"]
    done = text(walk.get("done"))
    assert "par carte" in done
    my = walk.client.post(reverse("client-payer", args=[walk.token, walk.booking.payers.get().pk]))
    page = walk.client.get(my["Location"] + "?from=bank")
    assert "Nous attendons la réponse" in text(page)
    walk.booking.payers.get().attempts.update(state="REFUSED")
    assert "La banque a refusé la carte" in text(walk.client.get(my["Location"] + "?from=bank"))
    assert walk.client.post(my["Location"], {"method": "TRANSFER"}).status_code == 302
    assert set(walk.booking.lines.filter(charges__total__gt=0).values_list("state", flat=True)) == {"OPTION"}
    assert walk.booking.payers.get().method.kind == "TRANSFER"


def test_the_compulsory_fee_of_an_only_participant_is_ticked_ahead_without_a_reproach(world, walk):
    walk.people()
    page = text(walk.get("fee"))
    assert f'id="o{world.fee.pk}p' in page and " checked" in page and "est obligatoire" not in page
    assert not walk.booking.lines.exists()  # a look takes nothing
    assert "est obligatoire" in text(walk.get("cart"))
    refused = walk.post("fee", {"shown": world.fee.pk}, do="next")
    assert refused.status_code == 422 and "est obligatoire" in text(refused)
    assert walk.take("fee", world.fee).status_code == 302 and walk.booking.lines.count() == 1


def test_a_tax_we_collect_is_its_own_part_of_the_line_and_of_the_total(world, walk):
    facts = {"town": "Saint-Étienne", "lodging_class": "3", "since": date(2026, 1, 1), "amount": D("1.65"), "exempt_under": 18}
    make_tourist_tax(**facts, by=world.lead, at=world.now)
    there = "Taxe de séjour : à régler à l’hôtel"
    hotel = walk.url("hotel", world.hotel.pk) + f"?arrival={world.arrival}&nights=2&rooms=1&adults=1"
    walk.people()
    assert there in text(walk.client.get(hotel))
    edit_contract(world.hotel.contracts.get(), tax_authorised_on=date(2026, 1, 1), by=world.lead, at=world.now)
    page = text(walk.client.get(hotel))
    assert there not in page and "Taxe de séjour en plus, 3,30 € pour des adultes" in page
    walk.to_payment()
    cart = text(walk.get("cart"))
    assert "Taxe de séjour : 2 × 1,65 €" in cart and "274,80 €" in cart and there not in cart
    assert walk.order("TRANSFER", shown="271.50").status_code == 422  # the tax was not in what was shown
    assert walk.order("TRANSFER", shown="274.80").status_code == 302
    done = text(walk.get("done"))
    assert "taxe de séjour pour la commune : 3,30 €" in done and there not in done
    assert "taxe de séjour pour la commune : 3,30 €" in text(walk.client.get(reverse("client-booking", args=[walk.token])))


def to_the_bank(walk) -> str:
    walk.to_payment()
    return walk.order("CARD")["Location"]


def at_the_bank(walk, bank: str, *, tells: str = "now", act: str = "pay") -> str:
    """Do `act` at the sandbox bank: where it sends the browser back to."""
    return walk.client.post(bank, {"act": act, "debits": "asked", "tells": tells})["Location"]


def test_who_ordered_comes_back_from_the_bank_to_the_confirmation(world, walk):
    back = at_the_bank(walk, to_the_bank(walk))
    page = walk.client.get(back, follow=True)
    assert page.redirect_chain == [(walk.url("step", "done"), 302)]
    assert walk.booking.number[:4] in text(page) and "Ma réservation" in text(page)
    assert "271,50 € reçus" in text(page) and "plus rien à payer" in text(page)


def test_a_third_party_who_pays_by_a_forwarded_link_is_thanked_and_sees_no_more(world, walk):
    back = at_the_bank(walk, to_the_bank(walk))
    page = text(Client().get(back))
    assert "271,50 € reçus" in page and "Ma réservation" not in page and walk.token not in page
    stranger = Client()
    stranger.cookies["ordered"] = "forged"
    assert stranger.get(back).status_code == 200
    other = Walk(world)  # one who has ordered something else in this browser
    to_the_bank(other)
    assert other.client.get(back).status_code == 200


def test_a_bank_that_tells_late_or_never_keeps_the_buyer_waiting_with_a_way_out(world, walk):
    bank = to_the_bank(walk)
    back = at_the_bank(walk, bank, tells="never")
    page = walk.client.get(back)
    assert page.status_code == 200 and "Nous attendons la réponse" in text(page) and "Ma réservation" in text(page)
    at_the_bank(walk, bank)
    assert walk.client.get(back)["Location"] == walk.url("step", "done")


def test_a_card_given_up_can_be_tried_again_from_the_confirmation(world, walk):
    back = at_the_bank(walk, to_the_bank(walk), act="abandon")
    assert "n’a pas été terminé" in text(walk.client.get(back))
    done = text(walk.get("done"))
    assert "Payer 271,50 €" in done


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"state": Congress.State.PREPARED}, "ne sont pas ouvertes"),
        ({"state": Congress.State.OVER}, "est terminé"),
        ({"opens_at": "2027-01-05T08:00Z"}, "ouvrent le 5"),
        ({"closes_at": "2026-01-05T08:00Z"}, "ont fermé le 5"),
    ],
)
def test_a_closed_congress_says_why_and_makes_no_cart(world, client, facts, words):
    walk = Walk(world)
    Congress.objects.update(**facts)
    assert words in text(client.get(reverse("public-welcome", args=["ctv2027"])))
    client.post(reverse("public-begin", args=["ctv2027"]))
    assert Booking.objects.count() == 1
    answer = walk.get("persons")
    assert answer.status_code == 403 and words in text(answer)


def test_a_get_makes_no_cart(world, client):
    assert client.get(reverse("public-begin", args=["ctv2027"])).status_code == 405
    assert not Booking.objects.exists()
