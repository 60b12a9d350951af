"""A booking's life: held, ordered, firm, lapsed, revived, changed, cancelled. Stock and money follow."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pleniere.accounts.rights import SYSTEM, NotAllowed
from pleniere.booking.actions import (
    AlreadyPlaced,
    Fee,
    LineGone,
    NoMoreTime,
    Outdated,
    PersonFacts,
    PriceChanged,
    TooManyOptions,
    cancel_lines,
    change_line,
    end_card_holds,
    end_carts,
    lapse_options,
    list_expiring,
    make_firm,
    prolong_cart,
    prolong_options,
    rename_person,
    set_persons,
    settle,
    take_offer,
)
from pleniere.booking.actions.lapse import end_lines
from pleniere.booking.models import Charge, Line
from pleniere.booking.queries import booking_total
from pleniere.booking.reference import is_valid, make, read
from pleniere.catalogue.models import Terms
from pleniere.congress.models import Price
from pleniere.stock.actions import NotEnough
from pleniere.stock.models import StockDay
from pleniere.stock.queries import audit

from .world import BUYER, PLACING_MOST, leaflet_booking, make_cart, make_offer, make_service, order, rate_of, seminar

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db):
    return seminar(rooms=2)


def room_days(world):
    return [(d.held, d.optioned, d.booked) for d in StockDay.objects.filter(service=world.room.service).order_by("day")]


def take_room(world, booking, persons, at=None):
    return take_offer(
        booking,
        world.room,
        world.room_rate,
        start=world.arrival,
        end=world.departure,
        persons=persons,
        by=SYSTEM,
        at=at or world.now,
    )


def states(booking):
    return sorted(booking.lines.values_list("state", flat=True))


def test_a_transfer_makes_an_option_and_its_money_makes_it_firm(world):
    booking = leaflet_booking(world)
    assert room_days(world) == [(0, 1, 0), (0, 1, 0), (0, 0, 0)]
    payer = booking.payers.get()
    assert is_valid(payer.reference) and payer.reference.startswith(booking.number)
    settle(booking, paid={payer.pk: D("296.49")}, by=SYSTEM, at=world.now)
    assert Line.State.OPTION in states(booking)
    settle(booking, paid={payer.pk: D("296.50")}, by=SYSTEM, at=world.now)
    assert set(states(booking)) == {"FIRM"}
    assert room_days(world) == [(0, 0, 1), (0, 0, 1), (0, 0, 0)] and not audit()


def test_what_is_free_is_firm_at_once_and_a_signed_order_covers_the_rest(world):
    booking = leaflet_booking(world, method="ORDER")
    assert states(booking).count("FIRM") == 5
    payer = booking.payers.get()
    result = settle(booking, paid={}, signed=[payer.pk], by=SYSTEM, at=world.now)
    assert len(result.firm) == 3 and set(states(booking)) == {"FIRM"}


def test_placing_twice_is_refused_and_the_total_must_be_the_one_shown(world):
    booking, people = make_cart(world)
    take_room(world, booking, people)
    with pytest.raises(PriceChanged):
        order(world, booking, shown=D("1.00"))
    order(world, booking, shown=D("211.50"))
    with pytest.raises(AlreadyPlaced):
        order(world, booking)


def test_placing_two_people_two_nights_three_services_costs_few_statements(world):
    booking, people = make_cart(world, PersonFacts(last_name="Un"), PersonFacts(last_name="Deux"))
    take_room(world, booking, people)
    for offer in (world.lunch, world.free["VISITMAM"], world.free["SOIREEOFFIC"]):
        take_offer(booking, offer, rate_of(offer), start=offer.starts, end=offer.ends, persons=people, by=SYSTEM, at=world.now)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        order(world, booking)
    control = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    real = [q["sql"] for q in queries if not q["sql"].startswith(control)]
    assert len(real) <= PLACING_MOST, "\n".join(real)


def test_a_cart_that_ends_gives_its_rooms_back_and_keeps_its_lines(world):
    booking, people = make_cart(world)
    take_room(world, booking, people)
    assert end_carts(at=world.now) == 0
    assert end_carts(at=world.now + timedelta(minutes=21)) == 1
    assert states(booking) == ["DRAFT"] and room_days(world)[0] == (0, 0, 0)


def test_a_hold_is_prolonged_three_times_at_most(world):
    booking, people = make_cart(world)
    take_room(world, booking, people)
    for _ in range(3):
        prolong_cart(booking, by=SYSTEM, at=world.now)
    with pytest.raises(NoMoreTime):
        prolong_cart(booking, by=SYSTEM, at=world.now)


def test_the_last_room_goes_once_and_who_comes_late_keeps_a_clean_cart(world):
    for _ in range(2):
        booking, people = make_cart(world)
        take_room(world, booking, people)
    late, people = make_cart(world)
    with pytest.raises(NotEnough):
        take_room(world, late, people)
    assert not late.lines.exists() and not audit()


def test_removing_a_person_frees_what_only_they_had(world):
    booking, people = make_cart(world, PersonFacts(last_name="Un"), PersonFacts(last_name="Deux", companion_of=0))
    take_room(world, booking, people[1:])
    set_persons(booking, [PersonFacts(pk=people[0].pk, last_name="Un")], by=SYSTEM, at=world.now)
    assert not booking.lines.exists() and room_days(world)[0] == (0, 0, 0) and not audit()


def test_who_leaves_a_shared_table_gives_their_place_back(world):
    service, rate = make_service(world.atout, "DINER", "EVENING", unit="PERSON")
    dinner = make_offer(world, world.step["evenings"], service, rate, "40.00", stock=3, day=world.arrival)
    booking, people = make_cart(world, PersonFacts(last_name="Un"), PersonFacts(last_name="Deux"))
    span = {"start": dinner.starts, "end": dinner.ends}
    take_offer(booking, dinner, rate, **span, persons=people, apart=False, by=SYSTEM, at=world.now)
    assert StockDay.objects.get(service=service).held == 2
    set_persons(booking, [PersonFacts(pk=people[0].pk, last_name="Un")], by=SYSTEM, at=world.now)
    assert StockDay.objects.get(service=service).held == 1 and booking_total(booking) == D("40.00") and not audit()


def test_an_option_lapses_only_after_it_stood_on_the_list_on_a_working_day(world):
    booking = leaflet_booking(world)  # Monday 1 March, held ten days: until Friday 12 March 0:00
    friday = datetime(2027, 3, 12, 9, tzinfo=UTC)
    saturday, monday = friday + timedelta(days=1), friday + timedelta(days=3)
    assert lapse_options(at=friday) == 0  # never stood on the list
    assert list_expiring(at=saturday) == 0  # not a working day
    assert lapse_options(at=monday) == 0  # a weekend off expires nothing
    assert list_expiring(at=monday) == 3
    assert lapse_options(at=monday + timedelta(hours=5)) == 0
    early = datetime(2027, 3, 16, 7, 59, tzinfo=UTC)  # 8:59 in Paris
    assert lapse_options(at=early) == 0
    assert lapse_options(at=early + timedelta(minutes=2)) == 8  # with what was free
    assert states(booking) == ["CANCELLED"] * 8 and room_days(world)[0] == (0, 0, 0) and not audit()
    assert booking_total(booking) == 0


def lapse(world, booking):
    monday = datetime(2027, 3, 15, 9, tzinfo=UTC)
    list_expiring(at=monday)
    assert lapse_options(at=monday + timedelta(days=1)) == booking.lines.count()


def test_a_late_payment_revives_the_lines_if_rooms_remain(world):
    booking = leaflet_booking(world)
    lapse(world, booking)
    payer = booking.payers.get()
    later = datetime(2027, 3, 20, 9, tzinfo=UTC)
    result = settle(booking, paid={payer.pk: D("296.50")}, by=SYSTEM, at=later)
    assert len(result.revived) == 8 and not result.spare
    assert set(states(booking)) == {"FIRM"} and booking_total(booking) == D("296.50") and not audit()


def test_a_late_deposit_revives_what_asked_for_no_more(world):
    terms = Terms.objects.create(code="30", name="30 %")
    terms.clauses.create(verb="DUE", start="ORDER", percent=D("30"))
    terms.clauses.create(verb="DUE", start="START", days=-7)
    type(world.congress).objects.filter(pk=world.congress.pk).update(terms=terms)
    booking = leaflet_booking(world)
    lapse(world, booking)
    payer = booking.payers.get()
    later = datetime(2027, 3, 20, 9, tzinfo=UTC)
    assert not settle(booking, paid={payer.pk: D("88.94")}, by=SYSTEM, at=later).revived
    result = settle(booking, paid={payer.pk: D("88.95")}, by=SYSTEM, at=later)
    assert len(result.revived) == 8 and set(states(booking)) == {"FIRM"} and not audit()


def test_a_late_payment_whose_room_is_gone_is_spare_money(world):
    booking = leaflet_booking(world)
    lapse(world, booking)
    for _ in range(2):
        other, people = make_cart(world)
        take_room(world, other, people)
        order(world, other)
    payer = booking.payers.get()
    result = settle(booking, paid={payer.pk: D("296.50")}, by=SYSTEM, at=world.now + timedelta(days=20))
    assert result.spare == {payer.pk: D("296.50")} and not result.revived and not audit()


def test_a_card_hold_that_ends_lapses_and_the_late_notice_revives(world):
    booking = leaflet_booking(world, method="CARD")
    assert end_card_holds(at=world.now + timedelta(minutes=21)) == 8
    payer = booking.payers.get()
    settle(booking, paid={payer.pk: D("296.50")}, by=SYSTEM, at=world.now + timedelta(minutes=25))
    assert set(states(booking)) == {"FIRM"} and not audit()


def test_money_for_a_card_hold_that_is_over_and_whose_room_went_to_the_next_buyer_is_spare(world):
    booking = leaflet_booking(world, method="CARD")
    late = world.now + timedelta(minutes=21)  # and the worker has not come yet
    for _ in range(2):
        other, people = make_cart(world, at=late)
        take_room(world, other, people, at=late)
    payer = booking.payers.get()
    result = settle(booking, paid={payer.pk: D("296.50")}, by=SYSTEM, at=late)
    assert result.spare == {payer.pk: D("296.50")} and set(states(booking)) == {"CANCELLED"} and not audit()


def test_an_option_prolonged_while_the_worker_looks_does_not_lapse(world):
    booking = leaflet_booking(world)
    monday = datetime(2027, 3, 15, 9, tzinfo=UTC)
    list_expiring(at=monday)
    found = set(booking.lines.values_list("pk", flat=True))
    prolong_options(booking, found, until=monday + timedelta(days=9), reason="known", by=world.agent, at=monday)
    assert end_lines(booking, found, by=SYSTEM, at=monday + timedelta(days=1)) == 0
    assert "OPTION" in states(booking)


def test_a_changed_stay_exchanges_its_nights_and_strikes_its_charges(world):
    booking = leaflet_booking(world)
    line = booking.lines.get(offer=world.room)
    change_line(
        booking,
        line,
        start=world.arrival + timedelta(days=1),
        end=world.departure + timedelta(days=1),
        by=world.agent,
        at=world.now,
    )
    assert room_days(world) == [(0, 0, 0), (0, 1, 0), (0, 1, 0)] and not audit()
    line.refresh_from_db()
    assert line.version == 2 and line.charges.filter(struck_at=None).count() == 1 and line.charges.count() == 2
    assert booking_total(booking) == D("296.50")


def test_cancelling_strikes_all_and_the_fee_is_a_line_of_its_own(world):
    booking = leaflet_booking(world)
    make_firm(booking, booking.lines.values_list("pk", flat=True), reason="known client", by=world.agent, at=world.now)
    line = booking.lines.get(offer=world.room)
    made = cancel_lines(booking, [line.pk], fees={line.pk: Fee(D("105.75"), D("100.00"))}, by=world.agent, at=world.now)
    assert room_days(world)[0] == (0, 0, 0) and not audit()
    assert booking_total(booking) == D("190.75")
    assert sorted((c.mode, c.total, c.bought) for c in made[0].charges.all()) == [
        ("AGENT", D("100.00"), D("100.00")),
        ("OWN", D("5.75"), D("0.00")),
    ]
    assert cancel_lines(booking, [line.pk], by=world.agent, at=world.now) == []
    for gone in (line, made[0]):
        with pytest.raises(LineGone):
            change_line(booking, gone, quantity=2, by=world.agent, at=world.now)


def test_prices_edited_under_a_placed_booking_change_nothing_of_it(world):
    booking = leaflet_booking(world)
    Price.objects.filter(rate=world.room_rate).update(amount=D("999"))
    type(world.congress).objects.filter(pk=world.congress.pk).update(version=2)
    assert booking_total(booking) == D("296.50")


def test_the_later_of_two_editors_is_told_what_changed(world):
    booking = leaflet_booking(world)
    seen = booking.version
    person = booking.persons.get()
    rename_person(booking, person, last_name="Durand", seen=seen, by=world.agent, at=world.now)
    with pytest.raises(Outdated) as outdated:
        rename_person(booking, person, last_name="Dupont", seen=seen, by=world.lead, at=world.now)
    assert outdated.value.changes[0].after == {"last_name": "Durand"}
    person.refresh_from_db()
    assert person.last_name == "Durand"


def test_an_outsider_changes_nothing(world):
    booking = leaflet_booking(world)
    for actor in (world.outsider, world.accountant):
        with pytest.raises(NotAllowed):
            cancel_lines(booking, booking.lines.values_list("pk", flat=True), by=actor, at=world.now)


def test_options_without_money_are_capped_by_address_however_it_is_written(db):
    world = seminar(rooms=6)
    type(world.congress).objects.filter(pk=world.congress.pk).update(option_cap_email=1)
    world.congress.refresh_from_db()
    another = replace(BUYER, email="_" + BUYER.email[1:])  # a letter of its own, and no sign for any
    for allowed, buyer in ((True, BUYER), (True, another), (False, replace(BUYER, email=BUYER.email.upper()))):
        booking, people = make_cart(world)
        take_room(world, booking, people)
        if allowed:
            order(world, booking, buyer=buyer)
        else:
            with pytest.raises(TooManyOptions) as cap:
                order(world, booking, buyer=buyer)
            assert cap.value.why == "EMAIL"


def test_every_change_leaves_a_row_of_history(world):
    booking = leaflet_booking(world)
    line = booking.lines.get(offer=world.lunch)
    verbs = lambda: list(booking.changes.values_list("verb", flat=True))  # noqa: E731
    assert verbs() == ["booking.placed"]
    change_line(booking, line, quantity=2, by=world.agent, at=world.now)
    cancel_lines(booking, [line.pk], by=world.agent, at=world.now)
    assert verbs()[1:] == ["line.changed", "line.cancelled"]
    assert Charge.objects.live().filter(line=line).count() == 0


def test_references_are_read_back_however_they_are_spaced():
    reference = make("00000842", 1)
    assert read(f"VIR SEPA CONGRES {reference[:4]} {reference[4:8]} {reference[8:]} MERCI") == reference
    assert read(f"x{reference[:-1]}{(int(reference[-1]) + 1) % 10}") is None
