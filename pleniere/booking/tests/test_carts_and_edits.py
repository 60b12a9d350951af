"""What becomes of carts and orders when the congress changes under them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils.translation import override

from pleniere.accounts.models import Trace
from pleniere.accounts.rights import SYSTEM
from pleniere.booking.actions import PersonFacts, PriceChanged, fees_by_terms, take_offer
from pleniere.booking.queries import booking_total
from pleniere.congress import uses
from pleniere.congress.actions import (
    PriceRow,
    Refused,
    drop_offer,
    edit_congress,
    edit_offer,
    retire_offer,
    set_prices,
    set_terms,
)
from pleniere.congress.models import Congress
from pleniere.congress.terms import PRESETS

from . import world as made
from .world import ARRIVAL, DEPARTURE, NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def w():
    with override("en"):
        yield made.seminar()


def fill(w):
    booking, (person,) = made.make_cart(w)
    take_offer(booking, w.lunch, w.lunch_rate, start=w.lunch.starts, end=w.lunch.ends, persons=[person], by=SYSTEM, at=NOW)
    return booking


def test_prices_edited_under_forty_open_carts(w):
    """They are counted before and told after: each is priced anew at its next page, none pays a price it was not shown."""
    carts = [fill(w) for _ in range(40)]
    placed = made.order(w, carts.pop(), shown=Decimal("25.00"))
    assert uses.open_carts(w.congress, NOW) == 39
    set_prices(w.congress, w.lunch_rate, [PriceRow(Decimal("28.00"))], by=w.agent, at=NOW)
    assert Trace.objects.get(verb="prices.set").after["open_carts"] == 39
    assert booking_total(placed) == Decimal("25.00")  # ordered is ordered
    for cart in carts:
        cart.congress = Congress.objects.get(pk=w.congress.pk)
        with pytest.raises(PriceChanged) as told:
            made.order(w, cart, shown=Decimal("25.00"))
        assert (told.value.shown, told.value.now) == (Decimal("25.00"), Decimal("28.00"))
        assert booking_total(made.order(w, cart, shown=Decimal("28.00"))) == Decimal("28.00")
    assert uses.open_carts(w.congress, NOW) == 0
    assert uses.open_carts(w.congress, NOW + timedelta(days=1)) == 0


def test_what_is_sold_is_never_left_outside_the_congress(w):
    made.leaflet_booking(w)
    with pytest.raises(Refused, match="booked services"):
        edit_congress(w.congress, starts=DEPARTURE, by=w.agent, at=NOW)


def test_an_offer_that_is_sold_is_retired_never_removed_nor_turned_into_another(w):
    booking = made.leaflet_booking(w)
    with pytest.raises(Refused, match="retire"):
        drop_offer(w.lunch, by=w.agent, at=NOW)
    for facts in ({"pool": None}, {"day": ARRIVAL}):
        with pytest.raises(Refused, match="1 booking holds"):
            edit_offer(w.lunch, by=w.agent, at=NOW, **facts)
    edit_offer(w.lunch, by=w.agent, at=NOW, title={"fr": "Restaurant éphémère", "en": "Pop-up restaurant"})
    assert retire_offer(w.lunch, retired=True, by=w.agent, at=NOW) is True
    assert booking_total(booking) == Decimal("296.50")


def test_who_ordered_keeps_the_terms_of_that_day(w):
    strict = set_terms(w.congress, PRESETS["strict"][1], name="Strict", by=w.agent, at=NOW)
    made.reload_congress(w)
    booking = made.leaflet_booking(w)
    assert booking.payers.get().terms == strict
    flexible = set_terms(w.congress, PRESETS["flexible"][1], name="Flexible", by=w.agent, at=NOW)
    assert flexible.pk != strict.pk
    booking.congress.refresh_from_db()
    line = booking.lines.get(offer=w.room)
    type(line).objects.filter(pk=line.pk).update(state="FIRM")
    line.refresh_from_db()
    assert fees_by_terms(booking, [line], at=NOW)[line.pk].amount == Decimal("211.50")


def test_a_named_person_is_no_use_of_an_offer(w):
    made.make_cart(w, PersonFacts(first_name="A", last_name="B"))
    assert uses.sold([w.lunch.pk])[w.lunch.pk] == 0
    assert uses.named([w.lunch.pk]) == set()
