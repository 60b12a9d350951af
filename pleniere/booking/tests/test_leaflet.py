"""The leaflet's two bookings, to the cent."""

from decimal import Decimal as D

import pytest

from pleniere.accounts.rights import SYSTEM
from pleniere.booking.actions import NotForThem, prove_audience, take_offer
from pleniere.booking.models import Line
from pleniere.booking.queries import booking_total, margin, supplier_sums

from .world import leaflet_booking, make_cart, rate_of, seminar


@pytest.fixture
def world(db):
    return seminar()


def test_the_follow_up_screen(world):
    booking = leaflet_booking(world)
    assert booking_total(booking) == D("296.50")
    sums = {each.supplier.code: (each.bought, each.commission, each.left) for each in supplier_sums(booking)}
    assert sums == {
        "ATOUTFRANCECTV": (D("85.00"), D("0.00"), D("85.00")),
        "sitraHCO593119": (D("211.50"), D("16.92"), D("194.58")),
    }
    found = margin(booking)
    assert (found.sold, found.commission, found.margin, found.percent) == (D("296.50"), D("16.92"), D("0.00"), D("0.00"))
    assert found.with_commission == D("16.92")
    assert sum(left for _, _, left in sums.values()) == D("279.58")


def test_the_cart_screen(world):
    booking, (person,) = make_cart(world)
    facts = {"persons": [person], "by": SYSTEM, "at": world.now}
    assert prove_audience(booking, person, " bureau2027 ", by=SYSTEM, at=world.now) == world.board
    person.refresh_from_db()
    take_offer(booking, world.fee, world.fee_rate, start=world.congress.starts, end=world.congress.ends, **facts)
    take_offer(booking, world.room, world.room_rate, start=world.arrival, end=world.departure, **facts)
    for offer in (world.board_lunch, world.free["SOIREEOFFIC"], world.free["VISITMAM"]):
        take_offer(booking, offer, rate_of(offer), start=offer.starts, end=offer.ends, **facts)
    totals = [charge.total for line in Line.objects.filter(booking=booking) for charge in line.charges.all()]
    assert totals == [D("60.00"), D("211.50"), D("25.20"), D("0.00"), D("0.00")]
    assert booking_total(booking) == D("296.70")


def test_the_board_lunch_is_closed_to_others_and_a_wrong_code_proves_nothing(world):
    booking, (person,) = make_cart(world)
    assert prove_audience(booking, person, "BUREAU", by=SYSTEM, at=world.now) is None
    with pytest.raises(NotForThem) as refused:
        take_offer(
            booking,
            world.board_lunch,
            world.board_rate,
            start=world.board_lunch.starts,
            end=world.board_lunch.ends,
            persons=[person],
            by=SYSTEM,
            at=world.now,
        )
    assert refused.value.persons == [person]
    assert not booking.lines.exists()
