"""Minimum nights, closed days, shoulder nights: one rule, the same at every door, and a from-price somebody can pay."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest
import yaml
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from pleniere.common.nights import DAY, Stay
from pleniere.congress.actions import Refused, drop_stay_rule, edit_stay_rule, make_discount, make_stay_rule, retire_offer
from pleniere.congress.file import BadFile, dump, load
from pleniere.congress.models import StayRule
from pleniere.congress.programme import programme
from pleniere.congress.stays import Why, broken, least_nights, nearest, say, sold_stays

from . import world as made

FIRST = date(2027, 4, 7)
OFFER = SimpleNamespace(pk=1, service=SimpleNamespace(supplier_id=1))
dates = st.integers(0, 12).map(lambda n: FIRST + n * DAY)


@st.composite
def rules(draw):
    start, length = draw(st.none() | dates), draw(st.integers(1, 12))
    end = draw(st.none() | st.just((start or FIRST) + length * DAY))
    scope = draw(st.sampled_from([{}, {"supplier_id": 1}, {"supplier_id": 2}, {"offer_id": 1}, {"offer_id": 2}]))
    flags = {name: draw(st.booleans()) for name in ("no_arrival", "no_departure", "is_shoulder")}
    return StayRule(night_from=start, night_until=end, least=draw(st.integers(1, 4)), **flags, **scope)


@st.composite
def stays(draw):
    start = draw(dates)
    return Stay(start, start + draw(st.integers(1, 8)) * DAY)


@given(st.lists(rules(), max_size=5), stays())
def test_what_is_proposed_instead_is_always_sold(found, asked):
    for stay in nearest(found, OFFER, asked):
        assert not broken(found, OFFER, stay.arrival, stay.departure) and stay != asked


@given(st.lists(rules(), max_size=5), stays())
def test_a_rule_of_another_hotel_or_room_changes_nothing(found, asked):
    mine = [rule for rule in found if rule.supplier_id != 2 and rule.offer_id != 2]
    assert broken(found, OFFER, asked.arrival, asked.departure) == broken(mine, OFFER, asked.arrival, asked.departure)


@given(st.lists(rules(), max_size=5), stays())
def test_a_room_types_own_word_replaces_all_others(found, asked):
    free = StayRule(offer_id=1)
    others = [rule for rule in found if rule.offer_id != 1]
    assert broken([*others, free], OFFER, asked.arrival, asked.departure) == []


@given(st.lists(rules(), max_size=5), st.sets(dates, max_size=10))
def test_the_shortest_stay_of_each_arrival_lies_within_its_nights_and_is_sold(found, nights):
    for stay in sold_stays(found, OFFER, nights):
        assert set(stay) <= nights and not broken(found, OFFER, stay.arrival, stay.departure)
        assert len(stay) >= least_nights(found, OFFER, stay.arrival)


def test_each_refusal_has_its_words():
    least = [StayRule(least=3)]
    closed = [StayRule(night_from=FIRST, night_until=FIRST + DAY, no_arrival=True, no_departure=True)]
    with override("en"):
        assert say(broken(least, OFFER, FIRST, FIRST + DAY)[0]).endswith("stays at least 3 nights")
        assert say(broken(closed, OFFER, FIRST, FIRST + DAY)[0]).startswith("no arrival on")
        assert say(broken(closed, OFFER, FIRST - DAY, FIRST)[0]).startswith("no departure on")


def test_a_shoulder_night_is_sold_with_a_night_of_the_congress_alone():
    before = [StayRule(night_until=FIRST, is_shoulder=True)]
    assert [each.why for each in broken(before, OFFER, FIRST - 2 * DAY, FIRST)] == [Why.SHOULDER]
    assert broken(before, OFFER, FIRST - DAY, FIRST + DAY) == []
    assert nearest(before, OFFER, Stay(FIRST - DAY, FIRST), most=1) == [Stay(FIRST - DAY, FIRST + DAY)]


@pytest.fixture
def w(db):
    with override("en"):
        yield made.congress()


def test_a_rule_that_makes_no_sense_is_refused_and_says_why(w):
    with pytest.raises(Refused, match="asks nothing"):
        make_stay_rule(w.congress, **w.by)
    with pytest.raises(Refused, match="sells no room"):
        make_stay_rule(w.congress, supplier=w.caterer, least=2, **w.by)
    with pytest.raises(Refused, match="before they begin"):
        make_stay_rule(w.congress, night_from=FIRST, night_until=FIRST - DAY, least=2, **w.by)
    make_stay_rule(w.congress, least=2, **w.by)
    with pytest.raises(Refused, match="already"):
        make_stay_rule(w.congress, least=3, **w.by)


def test_a_rule_is_in_the_programme_at_once_and_gone_at_once(w):
    rule = make_stay_rule(w.congress, least=2, **w.by)
    assert [each.least for each in programme(made.reload(w)).stays] == [2]
    edit_stay_rule(rule, least=3, **w.by)
    assert [each.least for each in programme(made.reload(w)).stays] == [3]
    drop_stay_rule(rule, **w.by)
    assert programme(made.reload(w)).stays == []


def test_rules_go_through_the_congress_file_and_back(w):
    room = w.congress.offers.get(service=w.room_service)
    make_stay_rule(w.congress, least=2, **w.by)
    make_stay_rule(w.congress, supplier=w.hotel, night_from=FIRST, no_arrival=True, **w.by)
    make_stay_rule(w.congress, offer=room, night_until=FIRST, is_shoulder=True, **w.by)
    first = yaml.safe_load(yaml.safe_dump(dump(made.reload(w))))
    assert len(first["stays"]) == 3
    assert yaml.safe_load(yaml.safe_dump(dump(load(first, **w.by)))) == first
    copy = load({**first, "congress": "copy"}, **w.by)
    assert dump(copy)["stays"] == first["stays"]
    assert dump(load({"congress": "copy", "stays": first["stays"][:1]}, **w.by))["stays"] == first["stays"][:1]


def test_what_is_no_longer_sold_is_in_no_file_and_no_discount_grows_for_it(w):
    """The hotel's room is retired: its rule and its discount would stop the file, or be taken off everything."""
    room = w.congress.offers.get(service=w.room_service)
    make_stay_rule(w.congress, supplier=w.hotel, least=2, **w.by)
    make_stay_rule(w.congress, offer=room, least=3, **w.by)
    facts = {"name": {"fr": "Moins dix"}, "kind": "PERCENT", "percent": Decimal(10)}
    make_discount(w.congress, "ROOM10", offers=[room], **facts, **w.by)
    assert dump(made.reload(w))["discounts"][0]["offers"] == [f"{w.hotel.code}/{w.room_service.code}"]
    retire_offer(room, retired=True, **w.by)
    file = dump(made.reload(w))
    assert "stays" not in file and "discounts" not in file
    assert load({**file, "congress": "copy"}, **w.by).code == "copy"
    with pytest.raises(BadFile):
        load({"congress": "copy", "discounts": [{"code": "X", "kind": "PERCENT", "percent": "10", "offers": None}]}, **w.by)
