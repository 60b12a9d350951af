"""The best patch of a stay: as few nights without a bed, then as few moves, then the lowest price; each leg sold as it is."""

from datetime import date
from decimal import Decimal
from itertools import pairwise
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from pleniere.common.nights import DAY
from pleniere.congress.models import StayRule
from pleniere.congress.stays import broken
from pleniere.registration.patching import patch

FIRST = date(2027, 4, 7)


def option(hotel: int, price: int, left: int):
    supplier = SimpleNamespace(pk=hotel)
    offer = SimpleNamespace(pk=hotel, service=SimpleNamespace(supplier_id=hotel))
    choice = SimpleNamespace(offer=offer, rate=SimpleNamespace(pk=hotel), total=Decimal(price), left=left)
    return SimpleNamespace(supplier=supplier), choice


@st.composite
def towns(draw):
    """Up to six nights, three hotels, each priced and free or full by night; some ask for two nights."""
    nights = {
        FIRST + n * DAY: [option(h, draw(st.integers(50, 90)), draw(st.integers(0, 1))) for h in (1, 2, 3)]
        for n in range(draw(st.integers(1, 6)))
    }
    return nights, [StayRule(supplier_id=h, least=2) for h in draw(st.sets(st.integers(1, 3), max_size=3))]


@given(towns())
def test_legs_and_missing_nights_cover_the_stay_once_in_free_rooms_that_are_sold_so(town):
    nights, rules = town
    found = patch(nights, rules)
    slept = [leg.start + n * DAY for leg in found.legs for n in range((leg.end - leg.start).days)]
    assert sorted([*slept, *found.missing]) == sorted(nights)
    for leg in found.legs:
        assert not broken(rules, leg.choice.offer, leg.start, leg.end)
        for night in (leg.start + n * DAY for n in range((leg.end - leg.start).days)):
            assert any(choice.offer.pk == leg.choice.offer.pk and choice.left for _hotel, choice in nights[night])
    assert all(one.end <= two.start for one, two in pairwise(found.legs))


@given(towns())
def test_without_rules_only_a_night_that_is_full_everywhere_is_missing(town):
    nights, _rules = town
    full = tuple(day for day in sorted(nights) if not any(choice.left for _hotel, choice in nights[day]))
    assert patch(nights, []).missing == full


def test_fewer_moves_before_a_lower_price():
    dear = [option(1, 200, 1), option(2, 50, 1)], [option(1, 200, 1), option(3, 50, 1)]
    found = patch({FIRST: dear[0], FIRST + DAY: dear[1]}, [])
    assert [(leg.hotel.supplier.pk, leg.total) for leg in found.legs] == [(1, Decimal(400))]
