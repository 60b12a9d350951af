"""Several payers of one booking: at the order, and later; each pays its lines, and a line is firm once each has."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pleniere.accounts.rights import SYSTEM, NotAllowed
from pleniere.booking.actions import (
    Buyer,
    DivisionChanged,
    Outdated,
    Share,
    TooManyOptions,
    add_payer,
    cancel_lines,
    change_line,
    choose_method,
    divide_booking,
    end_card_holds,
    lapse_options,
    list_expiring,
    number_payer,
    place_booking,
    settle,
    take_offer,
)
from pleniere.booking.audits import cancelled, dues
from pleniere.booking.models import Charge, Line, Payer
from pleniere.booking.queries import totals_by_payer
from pleniere.booking.sharing import Portion
from pleniere.booking.tests.world import BUYER, leaflet_booking, make_cart, rate_of, seminar

pytestmark = pytest.mark.django_db
TOWN = Buyer(kind="PUBLIC", last_name="", company="Ville de Saumur", siret="21750001600019", service_code="RH")
FUND = Buyer(kind="COMPANY", last_name="", company="Fonds de formation")


@pytest.fixture
def world(db):
    return seminar()


def filled(world):
    """Fee 60.00, two nights 211.50, lunch 25.00."""
    booking, (person,) = make_cart(world)
    span = {"persons": [person], "by": SYSTEM, "at": world.now}
    take_offer(booking, world.fee, world.fee_rate, start=world.congress.starts, end=world.congress.ends, **span)
    take_offer(booking, world.room, world.room_rate, start=world.arrival, end=world.departure, **span)
    take_offer(booking, world.lunch, rate_of(world.lunch), start=world.lunch.starts, end=world.lunch.ends, **span)
    return booking


def of(booking, *offers):
    return frozenset(booking.lines.filter(offer__in=offers).values_list("pk", flat=True))


def share(world, booking, *offers, buyer=TOWN, method="ORDER", **facts):
    return Share(buyer, of(booking, *offers), world.method[method] if method else None, **facts)


def place(world, booking, *shares, method="TRANSFER", **facts):
    facts = {"terms": world.terms, "shown": D("296.50"), "by": SYSTEM, "at": world.now} | facts
    return place_booking(booking, buyer=BUYER, method=world.method[method], shares=shares, **facts)


def sums(booking):
    by_payer = totals_by_payer([booking.pk])
    return [by_payer.get(payer.pk, D(0)) for payer in booking.payers.all()]


def states(booking):
    return {line.offer.service.code: line.state for line in booking.lines.select_related("offer__service")}


def test_the_employer_pays_fee_and_nights_and_who_orders_pays_the_rest(world):
    booking = filled(world)
    placed = place(world, booking, share(world, booking, world.fee, world.room, engagement="2027-114"))
    me, town = placed.payers.all()
    assert sums(placed) == [D("25.00"), D("271.50")]
    assert (me.number, town.number, town.siret, town.service_code, town.engagement) == (1, 2, TOWN.siret, "RH", "2027-114")
    assert me.reference != town.reference and placed.client == me.client
    assert "saumur" in town.client.search
    assert set(placed.lines.filter(payer=town)) == set(Line.objects.filter(pk__in=of(placed, world.fee, world.room)))
    assert placed.changes.get(verb="booking.placed").after["payers"] == ["Claire Fournier", "Ville de Saumur"]
    assert not list(dues())


def test_a_capped_grant_is_cut_off_the_prices_exactly(world):
    booking = filled(world)
    offers = (world.fee, world.room, world.lunch)
    placed = place(world, booking, share(world, booking, *offers, buyer=FUND, method="TRANSFER", most=D("100.01")))
    assert sums(placed) == [D("196.49"), D("100.01")]
    assert Charge.objects.live().filter(line__booking=placed).count() == 6
    room = Charge.objects.live().filter(line__offer=world.room)
    assert sum(c.unit for c in room) == D("105.75") and sum(c.commission for c in room) == D("16.92")
    assert {c.units for c in room} == {2}


def test_a_line_is_firm_once_each_of_its_payers_has_paid(world):
    booking = filled(world)
    placed = place(world, booking, share(world, booking, world.room, buyer=FUND, method="CHEQUE", most=D("100")))
    me, fund = placed.payers.all()
    settle(placed, paid={me.pk: D("196.50")}, by=SYSTEM, at=world.now)
    assert states(placed) == {"FRAISINSCRIP": "FIRM", "DOUBLE": "OPTION", "RESTOEPHEM": "FIRM"}
    settle(placed, paid={me.pk: D("196.50"), fund.pk: D("100")}, by=SYSTEM, at=world.now)
    assert set(states(placed).values()) == {"FIRM"}


def test_who_pays_by_card_is_held_for_the_card_and_the_employers_lines_wait_for_its_transfer(world):
    booking = filled(world)
    placed = place(world, booking, share(world, booking, world.fee, world.room, method="TRANSFER"), method="CARD")
    assert states(placed) == {"FRAISINSCRIP": "OPTION", "DOUBLE": "OPTION", "RESTOEPHEM": "HELD"}
    end_card_holds(at=world.now + timedelta(hours=1))
    assert states(placed) == {"FRAISINSCRIP": "OPTION", "DOUBLE": "OPTION", "RESTOEPHEM": "CANCELLED"}
    assert not list(cancelled()) and not list(dues())


def test_a_line_waits_for_the_longest_delay_of_its_payers(world):
    world.method["ORDER"].hold_days = 30
    world.method["ORDER"].save()
    booking = filled(world)
    placed = place(world, booking, share(world, booking, world.room, most=D("100")))
    until = {line.offer.service.code: line.until for line in placed.lines.select_related("offer__service")}
    assert until["DOUBLE"] - until["RESTOEPHEM"] == timedelta(days=20) - timedelta(hours=1)  # summer time begins


def test_what_was_not_shown_of_the_division_is_not_ordered(world):
    booking = filled(world)
    with pytest.raises(DivisionChanged):
        place(world, booking, share(world, booking, world.room, shown=D("60.00")))
    with pytest.raises(DivisionChanged):
        place(world, booking, Share(TOWN, frozenset([999_999]), None))  # a line of nobody's
    with pytest.raises(DivisionChanged):
        place(world, booking, *[share(world, booking, world.room)] * 40)
    booking.refresh_from_db()
    assert booking.placed_at is None and not Payer.objects.exists()


def test_the_caps_on_rooms_without_money_hold_with_several_payers_too(world):
    world.congress.option_cap_person = 0
    world.congress.save()
    booking = filled(world)
    with pytest.raises(TooManyOptions):
        place(world, booking, share(world, booking, world.room), method="CARD")


def test_four_payers_ask_as_many_statements_as_two(world):
    def cost(*offers):
        booking = filled(world)
        shares = [share(world, booking, offer, buyer=FUND, most=D("5")) for offer in offers]
        with CaptureQueriesContext(connection) as captured:
            place(world, booking, *shares)
        return len(captured)

    assert cost(world.fee, world.room, world.lunch) <= cost(world.fee)


# --- later


def test_a_line_moved_to_another_payer_is_struck_and_made_anew_at_the_same_price(world):
    booking = leaflet_booking(world)
    town = add_payer(booking, TOWN, method=world.method["ORDER"], by=world.agent, at=world.now)
    rooms = Portion(of(booking, world.room))
    moved = divide_booking(booking, {town.pk: rooms}, by=world.agent, at=world.now, reason="asked by phone")
    assert [line.offer for line in moved] == [world.room] and moved[0].payer == town
    assert sums(booking) == [D("85.00"), D("211.50")]
    old, new = Charge.objects.filter(line__offer=world.room).order_by("pk")
    assert old.struck_at and (new.payer, new.total, new.commission, new.bought) == (town, old.total, old.commission, old.bought)
    change = booking.changes.get(verb="line.divided")
    assert change.after["payers"] == [["Ville de Saumur", "211.50"]] and change.reason
    assert not divide_booking(booking, {town.pk: rooms}, by=world.agent, at=world.now)  # a repeat
    assert len(divide_booking(booking, {}, by=world.agent, at=world.now)) == 1
    assert sums(booking) == [D("296.50"), D("0")] and not list(dues())


def test_a_grant_found_later_is_cut_off_and_taken_back(world):
    booking = leaflet_booking(world)
    fund = add_payer(booking, FUND, method=None, by=world.agent, at=world.now)
    every = frozenset(booking.lines.values_list("pk", flat=True))
    for most in (D("120.00"), D("99.99")):
        divide_booking(booking, {fund.pk: Portion(every, most)}, by=world.agent, at=world.now)
        assert sums(booking) == [D("296.50") - most, most]
    divide_booking(booking, {}, by=world.agent, at=world.now)
    assert sums(booking) == [D("296.50"), D("0")]
    assert Charge.objects.live().filter(line__booking=booking, total__gt=0).count() == 3


def test_who_may_not_edit_divides_nothing_and_an_old_page_is_told(world):
    booking = leaflet_booking(world)
    town = add_payer(booking, TOWN, method=None, by=world.agent, at=world.now)
    with pytest.raises(NotAllowed):
        divide_booking(booking, {}, by=world.accountant, at=world.now)
    with pytest.raises(NotAllowed):
        add_payer(booking, TOWN, method=None, by=world.outsider, at=world.now)
    with pytest.raises(Outdated):
        divide_booking(booking, {town.pk: Portion(frozenset())}, seen=1, by=world.agent, at=world.now)
    with pytest.raises(LookupError):
        divide_booking(booking, {town.pk + 9: Portion(frozenset())}, by=world.agent, at=world.now)


def test_a_change_leaves_the_others_what_they_pay(world):
    booking = filled(world)
    placed = place(world, booking, share(world, booking, world.room, buyer=FUND, method="TRANSFER", most=D("100")))
    line = placed.lines.get(offer=world.room)
    change_line(placed, line, end=world.departure + timedelta(days=1), by=world.agent, at=world.now)
    assert sums(placed) == [D("302.25"), D("100.00")]
    change_line(placed, line, end=world.arrival + timedelta(days=1), by=world.agent, at=world.now)
    assert sums(placed) == [D("90.75"), D("100.00")]
    assert not list(dues())


def test_cancelling_asks_who_bears_the_line(world):
    booking = leaflet_booking(world)
    town = add_payer(booking, TOWN, method=None, by=world.agent, at=world.now)
    divide_booking(booking, {town.pk: Portion(of(booking, world.room))}, by=world.agent, at=world.now)
    cancel_lines(booking, of(booking, world.room), by=world.agent, at=world.now)
    assert sums(booking) == [D("85.00"), D("0")]


def test_another_means_of_one_payer_leaves_what_the_others_hold(world):
    booking = filled(world)
    placed = place(world, booking, share(world, booking, world.room, method="TRANSFER"), method="CARD")
    me, town = placed.payers.all()
    choose_method(town, world.method["CHEQUE"], by=world.agent, at=world.now)
    assert states(placed)["RESTOEPHEM"] == "HELD"
    choose_method(me, world.method["TRANSFER"], by=world.agent, at=world.now)
    assert set(states(placed).values()) == {"OPTION"}


def test_late_money_brings_back_the_lines_of_who_paid_it(world):
    booking = filled(world)
    placed = place(world, booking, share(world, booking, world.room, method="TRANSFER"))
    me, town = placed.payers.all()
    for days in range(9, 16):
        at = world.now + timedelta(days=days)
        list_expiring(at=at)
        lapse_options(at=at)
    assert set(states(placed).values()) == {"CANCELLED"}
    settle(placed, paid={town.pk: D("211.50")}, by=SYSTEM, at=world.now + timedelta(days=16))
    assert states(placed) == {"FRAISINSCRIP": "CANCELLED", "DOUBLE": "FIRM", "RESTOEPHEM": "CANCELLED"}
    settle(placed, paid={town.pk: D("211.50"), me.pk: D("85.00")}, by=SYSTEM, at=world.now + timedelta(days=16))
    assert set(states(placed).values()) == {"FIRM"} and sums(placed) == [D("85.00"), D("211.50")]


def test_a_public_bodys_numbers_are_given_once(world):
    booking = leaflet_booking(world)
    payer = booking.payers.get()
    for _ in range(2):
        number_payer(payer, siret=TOWN.siret, engagement="E1", by=world.accountant, at=world.now)
    payer.refresh_from_db()
    assert (payer.siret, payer.service_code, payer.engagement) == (TOWN.siret, "", "E1")
    assert booking.changes.filter(verb="payer.numbered").count() == 1
