"""A package: one price per person, cut by the VAT of its parts; the cuts add up, whatever is asked for it."""

from decimal import Decimal as D

import pytest
from django.core.exceptions import ValidationError

from pleniere.accounts.rights import NotAllowed
from pleniere.catalogue.actions import Part, package_price, set_package
from pleniere.catalogue.models import Contract
from pleniere.common.words import LocalText
from pleniere.congress.actions import PriceRow, Refused, make_offer, set_prices
from pleniere.congress.models import Congress
from pleniere.congress.pricing import sell
from pleniere.congress.programme import read

from . import world as made
from .world import ENDS, STARTS

pytestmark = pytest.mark.django_db
PARTS = [
    Part(LocalText(fr="Salle", en="Room"), "standard", D("20.00")),
    Part(LocalText(fr="Déjeuner", en="Lunch"), "intermediate", D("32.50")),
    Part(LocalText(fr="Pauses", en="Breaks"), "intermediate", D("12.50")),
]


@pytest.fixture
def w():
    w = made.congress(full=False)
    w.venue = made.supplier("LIEU", "VENUE", mode="AGENT", commission="10")
    w.rate = set_package(w.venue, "JOUR", PARTS, **w.by)
    return w


def sold(w, amount, *, persons=30, days=2, buy=None):
    contract = w.venue.contracts.get()
    step = w.congress.steps.filter(kind="SERVICES").first() or w.congress.steps.create(code="x", kind="SERVICES")
    facts = {"contract": contract, "office_only": True, "counted": False, "rate": w.rate}
    offer = make_offer(step, w.rate.service, prices=[PriceRow(D(amount))], **facts, **w.by)
    if buy:
        set_prices(w.congress, w.rate, [PriceRow(D(buy))], side="BUY", **w.by)
    plan = read(Congress.objects.get(pk=w.congress.pk))
    return sell(plan, plan.offers[offer.pk], w.rate, start=STARTS, end=ENDS, on=STARTS, quantity=days, persons=persons)


def test_a_price_per_person_is_cut_by_vat(w):
    room, meals = sold(w, "65.00")
    assert (room.units, room.unit, room.vat, room.total) == (60, D("20.00"), D(20), D("1200.00"))
    assert (meals.unit, meals.vat, meals.total) == (D("45.00"), D(10), D("2700.00"))
    assert (room.bought, room.commission, meals.commission) == (D("1200.00"), D("120.00"), D("270.00"))
    assert meals.part.in_language("en") == "Lunch, Breaks"


def test_sold_for_another_price_the_parts_keep_their_weights_and_add_up(w):
    Contract.objects.filter(supplier=w.venue).update(mode="OWN", commission=0)
    found = sold(w, "79.99", buy="65.00")
    assert sum(each.unit for each in found) == D("79.99")
    assert sum(each.total for each in found) == D("4799.40")
    assert sum(each.bought for each in found) == D("3900.00")


def test_a_commission_on_the_net_price_is_counted_on_each_part(w):
    Contract.objects.filter(supplier=w.venue).update(commission_base="NET")
    room, meals = sold(w, "65.00")
    assert (room.commission, meals.commission) == (D("100.00"), D("245.46"))


def test_a_package_set_twice_is_set_once_and_may_be_withdrawn(w):
    again = set_package(w.venue, "JOUR", PARTS, **w.by)
    assert (again.pk, package_price(again), w.venue.services.count()) == (w.rate.pk, D("65.00"), 1)
    assert package_price(set_package(w.venue, "JOUR", [], **w.by)) == D(0)
    assert set_package(w.venue, "DEMI", [], **w.by) is None


@pytest.mark.parametrize(
    "parts",
    [
        [Part(LocalText(fr="x" * 81), "standard", D(1))],
        [Part(LocalText(fr=" "), "standard", D(1))],
        [Part(LocalText(fr="x"), "luxury", D(1))],
        [Part(LocalText(fr="x"), "standard", D(-1))],
        [Part(LocalText(fr="x"), "standard", D(10) ** 12)],
        [Part(LocalText(fr="x"), "standard", D(1))] * 13,
    ],
)
def test_a_part_that_makes_no_sense_is_refused(w, parts):
    with pytest.raises(ValidationError):
        set_package(w.venue, "JOUR", parts, **w.by)
    assert w.rate.components.count() == 3


def test_only_who_edits_the_catalogue_may(w):
    with pytest.raises(NotAllowed):
        set_package(w.venue, "JOUR", PARTS, by=w.outsider, at=w.now)


def test_a_package_is_priced_with_its_vat(w):
    with pytest.raises(Refused, match=r"VAT|TVA"):
        set_prices(w.congress, w.rate, [PriceRow(D(50), basis="NET")], **w.by)
