"""The tourist tax a hotel lets us collect: its own charge, by adult and night, outside prices, commissions and fees."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from django.core.exceptions import ValidationError

from pleniere.accounts.rights import SYSTEM
from pleniere.booking.actions import PersonFacts, cancel_lines, change_line, set_persons, take_offer
from pleniere.booking.actions.fees import fees_by_terms
from pleniere.booking.models import Charge, Line, Person
from pleniere.booking.queries import booking_total, margin, supplier_sums
from pleniere.booking.taxing import is_exempt
from pleniere.booking.tests.world import ARRIVAL, DEPARTURE, NOW, leaflet_booking, make_cart, order, reload_congress, seminar
from pleniere.catalogue.actions import edit_contract, edit_tourist_tax, make_tourist_tax
from pleniere.catalogue.models import Clause, Contract, Supplier, Terms
from pleniere.catalogue.tariffs import Tariff
from pleniere.congress.models import Congress

pytestmark = pytest.mark.django_db
SINCE = date(2026, 1, 1)


@pytest.fixture
def world(db):
    w = seminar(rooms=10)
    w.tariff = make_tourist_tax(
        town="Saint-Étienne", lodging_class="3", since=SINCE, amount=D("1.65"), exempt_under=18, by=w.lead, at=NOW
    )
    w.contract = w.hotel.contracts.get()
    edit_contract(w.contract, tax_authorised_on=SINCE, by=w.lead, at=NOW)
    reload_congress(w)
    return w


def taxes(booking, **facts):
    return (
        booking.congress.bookings.get(pk=booking.pk)
        .lines.get(offer__service__kind="ROOM", **facts)
        .charges.live()
        .filter(kind="TAX")
    )


def test_the_national_lists_capitals_are_the_same_town(world):
    Supplier.objects.filter(pk=world.hotel.pk).update(town="SAINT-ÉTIENNE")
    reload_congress(world)
    assert taxes(leaflet_booking(world)).get().total == D("3.30")


def room_for(world, *people, end=DEPARTURE):
    booking, persons = make_cart(world, *people)
    take_offer(booking, world.room, world.room_rate, start=ARRIVAL, end=end, persons=persons, by=SYSTEM, at=NOW)
    return booking, persons


def test_the_leaflets_booking_with_its_tax(world):
    booking = leaflet_booking(world)
    tax = taxes(booking).get()
    assert (tax.units, tax.unit, tax.total, tax.bought, tax.commission, tax.vat, tax.mode) == (
        2,
        D("1.65"),
        D("3.30"),
        D("3.30"),
        0,
        0,
        "AGENT",
    )
    assert booking_total(booking) == D("299.80") and margin(booking).margin == 0
    left = {str(each.supplier): (each.bought, each.commission, each.left) for each in supplier_sums(booking)}
    assert left["ADAGIO SAINT ETIENNE CENTRE"] == (D("211.50"), D("16.92"), D("194.58"))


def test_without_the_hotels_authorisation_nothing_is_charged(world):
    edit_contract(world.contract, tax_authorised_on=None, by=world.lead, at=NOW)
    reload_congress(world)
    assert booking_total(leaflet_booking(world)) == D("296.50")


def test_minors_do_not_pay_and_a_cart_follows_what_is_said_of_them(world):
    booking, people = room_for(world, PersonFacts(first_name="A", last_name="B"), PersonFacts(first_name="C", last_name="D"))
    assert taxes(booking).get().units == 4
    a, c = people
    facts = [
        PersonFacts(first_name="A", last_name="B", pk=a.pk),
        PersonFacts(first_name="C", last_name="D", pk=c.pk, is_minor=True),
    ]
    set_persons(booking, facts, by=SYSTEM, at=NOW)
    assert taxes(booking).get().units == 2
    set_persons(booking, [PersonFacts(first_name="C", last_name="D", pk=c.pk, is_minor=True)], by=SYSTEM, at=NOW)
    assert not Charge.objects.filter(kind="TAX", line__booking=booking).exists()


def test_of_age_is_counted_on_the_night_by_the_birth_date():
    tariff = Tariff(SINCE, D("1.65"), 18)
    born = Person(birth_date=date(2009, 4, 8), is_minor=False)
    assert is_exempt(born, tariff, date(2027, 4, 7)) and not is_exempt(born, tariff, date(2027, 4, 8))


def test_another_tariff_from_the_second_night_makes_two_charges(world):
    second = ARRIVAL + timedelta(days=1)
    make_tourist_tax(
        town="Saint-Étienne", lodging_class="3", since=second, amount=D("2.00"), exempt_under=18, by=world.lead, at=NOW
    )
    reload_congress(world)
    booking, _people = room_for(world)
    assert [(tax.start, tax.units, tax.total) for tax in taxes(booking)] == [(ARRIVAL, 1, D("1.65")), (second, 1, D("2.00"))]


def test_nights_before_the_authorisation_are_paid_there(world):
    edit_contract(world.contract, tax_authorised_on=ARRIVAL + timedelta(days=1), by=world.lead, at=NOW)
    reload_congress(world)
    booking, _people = room_for(world)
    assert taxes(booking).get().units == 1


def test_the_tax_follows_the_nights_and_goes_with_the_line(world):
    booking = leaflet_booking(world)
    line = booking.lines.get(offer=world.room)
    change_line(booking, line, end=line.end + timedelta(days=1), by=world.lead, at=NOW)
    assert taxes(booking).get().total == D("4.95")
    cancel_lines(booking, [line.pk], fees={}, by=world.lead, at=NOW)
    assert not Charge.objects.live().filter(kind="TAX").exists() and booking_total(booking) == D("85.00")


def test_nothing_of_the_tax_is_kept_on_cancelling(world):
    terms = Terms.objects.create(name="All is kept")
    Clause.objects.create(terms=terms, verb="KEEP", start="ORDER", days=0, percent=100)
    Congress.objects.update(terms=terms)
    reload_congress(world)
    booking = leaflet_booking(world)
    line = booking.lines.get(offer=world.room)
    line.state = Line.State.FIRM
    assert fees_by_terms(booking, [line], at=NOW)[line.pk].amount == D("211.50")


def test_an_edit_of_contract_or_tariff_is_read_at_once(world):
    before = Congress.objects.get().version
    edit_tourist_tax(world.tariff, amount=D("1.80"), by=world.lead, at=NOW)
    assert Congress.objects.get().version > before
    reload_congress(world)
    booking, _people = room_for(world)
    assert taxes(booking).get().total == D("3.60")


def test_what_was_sold_keeps_its_tax(world):
    booking = order(world, room_for(world)[0])
    edit_tourist_tax(world.tariff, amount=D("1.80"), by=world.lead, at=NOW)
    assert taxes(booking).get().total == D("3.30")


def test_where_the_room_is_paid_at_the_hotel_so_is_its_tax(world):
    Contract.objects.filter(pk=world.contract.pk).update(tax_authorised_on=None, mode="DIRECT")
    with pytest.raises(ValidationError):
        edit_contract(world.contract, tax_authorised_on=SINCE, by=world.lead, at=NOW)
