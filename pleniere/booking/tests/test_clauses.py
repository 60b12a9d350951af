"""What a booking's terms ask of it: by the first night, by the deposit, by the booking, by the hour, from a total on."""

from datetime import UTC, datetime
from decimal import Decimal as D

import pytest

from pleniere.booking.actions import cancel_lines, fees_by_terms, make_firm
from pleniere.booking.actions.settling import booking_dues
from pleniere.booking.models import Charge
from pleniere.booking.tests.world import NOW, leaflet_booking, seminar
from pleniere.catalogue.models import Terms
from pleniere.congress.models import Congress


@pytest.fixture
def world(db):
    return seminar()


def under(world, *clauses):
    """The leaflet's booking, firm, under these clauses of the congress."""
    terms = Terms.objects.create(code="t", name="t")
    for clause in clauses:
        terms.clauses.create(**{"start": "ORDER", **clause})
    Congress.objects.filter(pk=world.congress.pk).update(terms=terms)
    world.congress.refresh_from_db()
    booking = leaflet_booking(world)
    make_firm(booking, [line.pk for line in booking.lines.counted()], reason="agreed", by=world.agent, at=NOW)
    booking.refresh_from_db()
    return booking


def room(booking):
    return booking.lines.get(offer__service__code="DOUBLE")


def dues(booking):
    lines = list(booking.lines.counted().select_related("offer"))
    return [(due.on, due.amount) for due in booking_dues(booking, lines, Charge.objects.live().filter(line__in=lines))]


def test_a_night_for_the_room_is_due_at_the_order_and_the_rest_later(world):
    booking = under(
        world, {"verb": "DUE", "percent": 100, "base": "NIGHT"}, {"verb": "DUE", "percent": 100, "start": "START", "days": -30}
    )
    line = room(booking)
    found = booking_dues(booking, [line], line.charges.live())
    assert [due.amount for due in found] == [D("105.75"), D("105.75")]


def test_what_is_kept_may_be_the_deposit(world):
    booking = under(
        world,
        {"verb": "DUE", "percent": 30},
        {"verb": "DUE", "percent": 100, "start": "END"},
        {"verb": "KEEP", "percent": 100, "base": "DEPOSIT"},
    )
    line = room(booking)
    assert fees_by_terms(booking, [line], at=NOW)[line.pk].amount == D("63.45")  # 30 % of 211.50


def test_a_fee_of_the_booking_is_asked_once_however_often_one_cancels(world):
    booking = under(world, {"verb": "KEEP", "amount": "100", "per": "BOOKING"})
    lines = {line.offer.service.code: line for line in booking.lines.select_related("offer__service")}
    fees = fees_by_terms(booking, [lines["FRAISINSCRIP"], lines["DOUBLE"]], at=NOW)
    assert [fee.amount for fee in fees.values()] == [D("60.00"), D("40.00")], "no more of each than it costs"
    cancel_lines(booking, [lines["FRAISINSCRIP"].pk], by=world.agent, at=NOW)
    assert fees_by_terms(booking, [lines["DOUBLE"]], at=NOW)[lines["DOUBLE"].pk].amount == D("40.00")


@pytest.mark.parametrize(("at", "kept"), [("2027-04-05 21:59", "0.00"), ("2027-04-05 22:00", "211.50")])
def test_hours_count_from_midnight_of_the_arrival_where_the_congress_is(world, at, kept):
    booking = under(
        world, {"verb": "KEEP", "percent": 0}, {"verb": "KEEP", "percent": 100, "start": "START", "hours": -24}
    )  # 24 hours before the 7th, 00:00 in Paris, is the 5th, 22:00 in UTC
    line = room(booking)
    moment = datetime.strptime(at, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    assert fees_by_terms(booking, [line], at=moment)[line.pk].amount == D(kept)


@pytest.mark.parametrize(("most", "first"), [("296.50", "63.45"), ("296.51", "211.50")])
def test_a_scale_begins_at_a_total_of_the_order(world, most, first):
    booking = under(
        world,
        {"verb": "DUE", "percent": 100},
        {"verb": "DUE", "percent": 30, "from_total": most},
        {"verb": "DUE", "percent": 100, "start": "END", "from_total": most},
    )
    assert max(amount for on, amount in dues(booking) if on.month == 3) == D(first)
