"""Rooms sold before their hotel is known: lent by hotels, given to them by one act, at the price that was agreed."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pleniere.booking.actions import (
    KEEP,
    LineGone,
    Move,
    change_line,
    make_firm,
    open_cart,
    relocate,
    say_audience,
    set_persons,
    take_offer,
)
from pleniere.booking.actions.cart import PersonFacts
from pleniere.booking.models import Charge, Line
from pleniere.booking.queries import booking_total
from pleniere.booking.tests.world import NOW, make_offer, make_service, make_supplier, order, reload_congress, seminar
from pleniere.catalogue.models import Supplier
from pleniere.congress.actions import make_stay_rule
from pleniere.messaging.models import Message
from pleniere.payout.owed import snapshot
from pleniere.registration.relocating import relocate_stays
from pleniere.stock.actions import Night, Wanted, claim
from pleniere.stock.models import StockDay
from pleniere.stock.queries import audit
from pleniere.subblock import house
from pleniere.subblock.actions import Refused, TooFew, fill_house, make_house


@pytest.fixture
def w(db):
    w = seminar(rooms=3)
    other = make_supplier("TERMINUS", "HOTEL", commission="5", name="Terminus du Forez")
    room, w.other_rate = make_service(other, "DBL", "ROOM", room="DOUBLE", unit="NIGHT", vat="intermediate")
    w.other = make_offer(w, w.step["lodging"], room, w.other_rate, "80.00", stock=2)
    reload_congress(w)
    w.said = {"by": w.agent, "at": NOW}
    w.house_offer = make_house(w.congress, "DOUBLE", D("100.00"), **w.said)
    w.nights = [w.arrival, w.arrival + timedelta(days=1)]
    return w


def lend(w, adagio, terminus, key="k"):
    rooms = {(w.room.service_id, n): adagio for n in w.nights} | {(w.other.service_id, n): terminus for n in w.nights}
    return fill_house(w.house_offer, rooms, key=key, **w.said)


def stay(w, *, nights=2, people=1):
    cart = open_cart(reload_congress(w), language="fr", at=NOW)
    found = set_persons(cart, [PersonFacts(first_name="Ada", last_name=f"Roy{n}") for n in range(people)], **w.said)
    rate = w.house_offer.service.rates.get(occupancy=1)
    for person in found:
        span = {"start": w.arrival, "end": w.arrival + timedelta(days=nights)}
        take_offer(cart, w.house_offer, rate, persons=[person], **span, **w.said)
    booking = order(w, cart)
    make_firm(booking, booking.lines.values_list("pk", flat=True), reason="test", **w.said)
    return booking


def granted(w, offer):
    return list(
        StockDay.objects.filter(service=offer.service_id, day__in=w.nights).order_by("day").values_list("granted", flat=True)
    )


def moves(w, way=house.CHEAPEST):
    proposed = house.propose(reload_congress(w), house.stays_of(w.congress), way)
    return [Move(each.line, each.choice.offer, each.choice.rate) for each in proposed if each.choice]


def test_hotels_lend_rooms_and_take_back_what_nobody_has(w):
    assert lend(w, 2, 1) == 6
    with pytest.raises(Refused):
        lend(w, 2, 1, key="again")
    assert granted(w, w.room) == [1, 1] and granted(w, w.house_offer) == [3, 3]
    lend(w, 1, 0, key="less")
    assert granted(w, w.room) == [2, 2] and granted(w, w.other) == [2, 2] and granted(w, w.house_offer) == [1, 1]
    stay(w)
    with pytest.raises(TooFew):
        lend(w, 0, 0, key="none")
    with pytest.raises(Refused):
        make_house(w.congress, "DOUBLE", D("90.00"), **w.said)
    assert audit() == []


def test_under_a_retired_placeholder_nothing_is_sold_and_that_is_said(w):
    Supplier.objects.filter(pk=w.house_offer.service.supplier_id).update(retired_at=NOW)
    with pytest.raises(Refused):
        make_house(w.congress, "TWIN", D("90.00"), **w.said)


def test_a_stay_gets_its_hotel_at_the_price_agreed_whatever_the_hotel_asks(w):
    lend(w, 2, 1)
    first, second, third = stay(w), stay(w), stay(w)
    before = {booking.pk: booking_total(booking) for booking in (first, second, third)}
    found = moves(w)
    assert sorted(move.offer.pk for move in found) == sorted(
        [w.other.pk, w.other.pk, w.room.pk]
    )  # two free there in all, the cheapest
    done = relocate(found, bears=KEEP, reason="hôtel désigné", **w.said)
    assert {booking.pk: booking_total(booking) for booking in (first, second, third)} == before
    assert audit() == []
    kept = Charge.objects.live().filter(label__en="Booking, hotel assigned by us")
    assert {each.supplier.kind for each in kept} == {"HOUSE"} and sum(each.total for each in kept) == sum(
        each.kept for each in done
    )
    assert all(each.bought == 0 for each in kept)
    with pytest.raises(LineGone):
        relocate(found, bears=KEEP, reason="again", **w.said)
    assert not house.stays_of(w.congress)


def test_the_price_agreed_stays_when_a_category_is_proved(w):
    lend(w, 2, 1)
    booking = stay(w)
    before = booking_total(booking)
    relocate(moves(w), bears=KEEP, reason="hôtel désigné", **w.said)
    agreed = Charge.objects.live().filter(label__en="Booking, hotel assigned by us")
    kept = [(each.pk, each.total) for each in agreed]
    assert kept and booking_total(booking) == before
    say_audience(booking, booking.persons.get(), w.board, proved=True, reason="vu", **w.said)
    assert booking_total(booking) == before and [(each.pk, each.total) for each in agreed.all()] == kept
    line = booking.lines.alive().get()
    change_line(booking, line, start=line.start, end=line.end, rate=line.rate, persons=[], quantity=1, **w.said)
    assert booking_total(booking) == before and [(each.pk, each.total) for each in agreed.all()] == kept
    change_line(booking, line, end=line.end - timedelta(days=1), **w.said)
    assert not agreed.all()  # another stay is priced anew


def test_rooms_go_home_with_the_stay_and_the_hotels_counts_are_as_if_sold_there(w):
    lend(w, 3, 0)
    stay(w)
    lines = house.stays_of(w.congress)
    relocate([Move(lines[0], w.room, w.room_rate)], bears=KEEP, reason="x", **w.said)
    assert granted(w, w.room) == [1, 1] and granted(w, w.house_offer) == [2, 2]
    rows = StockDay.objects.filter(service=w.room.service_id, day__in=w.nights)
    assert {(row.booked, row.free) for row in rows} == {(1, 0)} and audit() == []


def test_a_hotel_that_lent_nothing_gives_of_its_own_and_the_lent_room_stays_on_sale(w):
    lend(w, 1, 0)
    stay(w)
    [line] = house.stays_of(w.congress)
    relocate([Move(line, w.other, w.other_rate)], bears=KEEP, reason="x", **w.said)
    assert granted(w, w.other) == [2, 2] and granted(w, w.house_offer) == [1, 1] and audit() == []


def test_a_stay_that_would_change_hotel_is_shown_and_never_done(w):
    first, second = w.nights
    rooms = {
        (w.room.service_id, first): 3,
        (w.room.service_id, second): 0,
        (w.other.service_id, second): 2,
        (w.other.service_id, first): 0,
    }
    fill_house(w.house_offer, rooms, key="k", **w.said)
    other_first = StockDay.objects.get(service=w.other.service_id, day=first)
    room_second = StockDay.objects.get(service=w.room.service_id, day=second)
    taken = {Night(row.pool_id, row.service_id, row.day): row.free for row in (other_first, room_second)}
    claim({"others": Wanted("BOOKED", None, taken)}, at=NOW)
    stay(w)
    [found] = house.propose(w.congress, house.stays_of(w.congress), house.CHEAPEST)
    assert found.choice is None and found.would_move


@pytest.mark.parametrize("way", [house.CHEAPEST, house.FILL, house.TOGETHER])
def test_each_way_proposes_a_hotel_to_all_whom_rooms_suffice_for(w, way):
    lend(w, 2, 2)
    stay(w, people=2)
    stay(w)
    proposed = house.propose(reload_congress(w), house.stays_of(w.congress), way)
    assert all(each.choice for each in proposed)
    if way == house.TOGETHER:
        both = [each.choice.offer.pk for each in proposed if each.line.booking_id == proposed[0].line.booking_id]
        assert len(set(both)) == 1
    relocate([Move(e.line, e.choice.offer, e.choice.rate) for e in proposed], bears=KEEP, reason="x", **w.said)
    assert audit() == []


def test_guests_are_told_and_nobody_is_owed_before_the_hotel_is_named(w):
    lend(w, 2, 0)
    booking = stay(w)
    assert not any(each.owed for each in snapshot(w.congress.pk).standings if each.supplier == w.house_offer.supplier.pk)
    relocate_stays(moves(w), bears=KEEP, reason="x", word="Votre hôtel est désigné.", **w.said)
    assert Message.objects.filter(text__contains="Votre hôtel est désigné.", to=booking.client.email).exists()
    assert Line.objects.filter(booking=booking, state="FIRM").get().offer_id in (w.room.pk, w.other.pk)


def test_a_proposal_asks_as_many_questions_for_six_stays_as_for_two(w):
    lend(w, 3, 2)
    stay(w, people=2)

    def asked():
        lines = house.stays_of(reload_congress(w))
        house.propose(w.congress, lines, house.CHEAPEST)
        with CaptureQueriesContext(connection) as found:
            house.propose(w.congress, house.stays_of(w.congress), house.CHEAPEST)
        return len(found)

    before = asked()
    stay(w, people=3)
    assert asked() == before


def test_a_hotel_whose_rule_of_stay_forbids_it_is_proposed_only_where_none_else_is_left(w):
    lend(w, 2, 2)
    stay(w)
    assert [each.offer for each in moves(w)] == [w.other], "the cheapest"
    make_stay_rule(w.congress, supplier=w.other.service.supplier, least=3, **w.said)
    assert [each.offer for each in moves(w)] == [w.room]
    make_stay_rule(w.congress, supplier=w.hotel, least=3, **w.said)
    assert [each.offer for each in moves(w)] == [w.other]
    [done] = relocate(moves(w), bears=KEEP, reason="Hotel named", **w.said)
    assert done.is_against and Line.objects.get(pk=done.new.pk).despite == "Hotel named"
