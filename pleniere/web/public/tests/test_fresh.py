"""What a page was shown with is never what is sold: prices, names and carts of the next page are those of its moment."""

from decimal import Decimal

import pytest
from django.utils import timezone

from pleniere.accounts.rights import SYSTEM
from pleniere.booking.actions import drop_lines
from pleniere.booking.tests.world import BUYER, seminar
from pleniere.catalogue.models import Supplier, TouristTax, Vat
from pleniere.catalogue.signals import edited
from pleniere.congress.actions.frame import touch
from pleniere.congress.models import LegalText, Price
from pleniere.registration.actions import NotComplete, place_order
from pleniere.registration.visit import look

from .walk import Walk

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db):
    return seminar()


@pytest.fixture
def walk(world, client):
    found = Walk(world, client)
    found.to_payment()
    return found


def test_a_price_edited_between_two_pages_stops_the_order_and_the_next_yes_is_to_the_new_one(world, walk):
    assert "271,50" in walk.get("payment").content.decode()
    Price.objects.filter(rate=world.room_rate).update(amount=Decimal(100))
    touch(world.congress)
    answer = walk.order(shown="271.50")
    assert answer.status_code == 422 and "260,00" in answer.content.decode()
    assert walk.booking.placed_at is None
    assert walk.order(shown="260.00").status_code == 302
    assert walk.booking.placed_at


def test_an_edit_of_the_catalogue_shows_on_the_very_next_page(world, walk):
    page = walk.url("hotel", world.hotel.pk)
    assert "ADAGIO" in walk.client.get(page).content.decode()
    world.hotel.name = "Le Nouvel Hôtel"
    world.hotel.save()
    assert "Le Nouvel Hôtel" in walk.client.get(page).content.decode()
    Supplier.objects.filter(pk=world.hotel.pk).update(name="Par une liste")
    edited.send(Supplier, suppliers=[world.hotel.pk])
    assert "Par une liste" in walk.client.get(page).content.decode()
    TouristTax.objects.create(town="Saint-Étienne", lodging_class="3", since="2020-01-01", amount=Decimal("1.11"))
    assert "2,22" in walk.get("cart").content.decode()


def test_a_commission_and_a_rate_of_vat_are_those_of_the_day_of_the_order(world, walk):
    walk.get("payment")
    contract = world.hotel.contracts.get()
    contract.commission = Decimal(12)
    contract.save()
    Vat.objects.create(code="intermediate", since="2020-01-01", percent=Decimal(11))
    assert walk.order().status_code == 302
    charge = walk.booking.lines.get(offer=world.room).charges.get()
    assert (charge.commission, charge.vat) == (Decimal("25.38"), Decimal(11))


def test_an_edit_of_what_a_congress_does_not_sell_leaves_it_as_it_is(world):
    world.congress.refresh_from_db()
    before = world.congress.version
    world.house.name = "La maison"
    world.house.save()
    world.congress.refresh_from_db()
    assert world.congress.version == before


def test_terms_written_while_one_reads_are_accepted_anew(world, walk):
    walk.get("payment")
    LegalText.objects.create(
        congress=world.congress, version=2, text={"fr": "Autres"}, sha256="1" * 64, at=timezone.now(), by="test"
    )
    touch(world.congress)
    assert walk.order().status_code == 422
    assert walk.booking.placed_at is None


def test_what_is_compulsory_and_dropped_in_another_tab_meanwhile_is_still_refused(world, walk):
    booking, now = walk.booking, timezone.now()
    seen, fee = look(booking), booking.lines.get(offer=world.fee)
    drop_lines(walk.booking, [fee.pk], by=SYSTEM, at=now)
    facts = {"buyer": BUYER, "method": world.method["TRANSFER"], "terms": world.terms, "by": SYSTEM, "at": now, "visit": seen}
    for shown in (seen.total, look(walk.booking).total):
        with pytest.raises(NotComplete):
            place_order(booking, shown=shown, **facts)
    assert walk.booking.placed_at is None


def test_two_tabs_of_one_cart_add_to_it_in_turn_and_both_are_held(world, walk):
    one, other = look(walk.booking), look(walk.booking)
    walk.take("meals", world.lunch)
    walk.take("visits", world.free["VISITMAM"])
    offers = {row.line.offer for row in look(walk.booking).rows}
    assert {world.lunch, world.free["VISITMAM"]} <= offers
    assert one.total == other.total == look(walk.booking).total - 25


def test_a_room_that_went_meanwhile_is_said_and_the_page_shows_the_cart_as_it_is(world):
    walks = [Walk(world), Walk(world)]
    for walk in walks:
        walk.people()
    for _n in range(9):
        walks[0].room()
    assert walks[0].room().status_code == 302
    refused = walks[1].room()
    assert refused.status_code == 422
    assert not refused.context["visit"].rows


def test_the_fee_that_was_unticked_is_not_ticked_again_by_the_page(world, client):
    walk = Walk(world, client)
    walk.people()
    ticked = f'value="{walk.booking.persons.get().pk}" checked'
    assert ticked in walk.get("fee").content.decode()
    walk.post("fee", {"shown": world.fee.pk}, do="save")
    assert ticked not in walk.get("fee").content.decode() and not walk.booking.lines.exists()
    walk.take("fee", world.fee, do="take")  # what the page then offers for the one who goes on
    assert ticked in walk.get("fee").content.decode()
    walk.post("fee", {"shown": world.fee.pk}, do="save")
    assert ticked not in walk.get("fee").content.decode() and not walk.booking.lines.exists()
