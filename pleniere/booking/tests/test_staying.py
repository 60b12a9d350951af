"""A hotel's rule of stay at each door of a booking: nobody passes by it unseen, an agent passes it with a reason."""

from datetime import timedelta

import pytest
from django.utils.translation import override

from pleniere.accounts import links
from pleniere.accounts.models import Link
from pleniere.accounts.rights import SYSTEM, NotAllowed
from pleniere.booking.actions import (
    NotThatStay,
    Take,
    add_line,
    change_line,
    drop_lines,
    fill_cart,
    place_booking,
    take_offer,
)
from pleniere.booking.models import Change, Line
from pleniere.congress.actions import edit_stay_rule, make_stay_rule
from pleniere.congress.opening import what_is_missing
from pleniere.congress.tests import world as congresses
from pleniere.stock.actions import Night, grant
from pleniere.stock.queries import audit

from .world import ARRIVAL, BUYER, DEPARTURE, NOW, make_cart, make_offer, make_service, order, seminar

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
BY = {"by": SYSTEM, "at": NOW}


@pytest.fixture
def w(db):
    with override("en"):
        w = seminar()
        make_stay_rule(w.congress, least=2, **BY)
        w.congress.refresh_from_db()
        yield w


def taken(w, booking, people, *, nights=1, start=ARRIVAL, **more):
    said = {"start": start, "end": start + nights * DAY, "persons": people, **BY, **more}
    return take_offer(booking, w.room, w.room_rate, **said)


def test_a_cart_takes_no_night_alone_and_holds_nothing_of_it(w):
    booking, people = make_cart(w)
    with pytest.raises(NotThatStay, match="at least 2 nights"):
        taken(w, booking, people)
    assert not booking.lines.exists() and audit() == []
    assert len(taken(w, booking, people, nights=2)) == 1


def test_nights_of_one_person_in_one_hotel_are_one_stay_whatever_the_room(w):
    service, rate = make_service(w.hotel, "SUITE", "ROOM", room="SUITE", unit="NIGHT", vat="intermediate")
    suite = make_offer(w, w.step["lodging"], service, rate, "200.00")
    w.congress.version += 1
    w.congress.save(update_fields=["version"])
    booking, people = make_cart(w)
    takes = [Take(w.room, w.room_rate, ARRIVAL, ARRIVAL + DAY, people), Take(suite, rate, ARRIVAL + DAY, DEPARTURE, people)]
    first, second = fill_cart(booking, takes, **BY)
    drop_lines(booking, [second.pk], **BY)
    link = links.make(Link.Purpose.BOOKING, booking)
    with pytest.raises(NotThatStay):
        place_booking(booking, buyer=BUYER, method=w.method["TRANSFER"], terms=w.terms, shown=None, by=link, at=NOW)
    assert first.pk and booking.lines.count() == 1


def test_an_agent_passes_with_a_reason_that_stands_in_the_history_and_a_link_never(w):
    booking, people = make_cart(w)
    link = links.make(Link.Purpose.BOOKING, booking)
    with pytest.raises(NotAllowed):
        taken(w, booking, people, by=link, despite="because I want to")
    (line,) = taken(w, booking, people, by=w.agent, despite="Speaker of the first day")
    assert Line.objects.get(pk=line.pk).despite == "Speaker of the first day"
    told = Change.objects.get(booking=booking, verb="stay.overridden")
    assert told.reason == "Speaker of the first day" and told.after["broken"] == ["SHORT"]
    placed = place_booking(booking, buyer=BUYER, method=w.method["TRANSFER"], terms=w.terms, shown=None, by=link, at=NOW)
    assert placed.placed_at


def test_dates_are_changed_within_the_rule_or_with_a_reason(w):
    booking, people = make_cart(w)
    (line,) = taken(w, booking, people, nights=2)
    booking = order(w, booking)
    with pytest.raises(NotThatStay):
        change_line(booking, line, end=ARRIVAL + DAY, by=w.agent, at=NOW)
    assert Line.objects.get(pk=line.pk).end == DEPARTURE
    change_line(booking, line, end=ARRIVAL + DAY, despite="Ill, leaves earlier", by=w.agent, at=NOW)
    assert Line.objects.get(pk=line.pk).despite == "Ill, leaves earlier"
    change_line(booking, line, end=DEPARTURE, by=w.agent, at=NOW)
    assert Line.objects.get(pk=line.pk).despite == "" and audit() == []


def test_what_was_sold_before_the_rule_stands_and_its_other_facts_still_change(w):
    booking, people = make_cart(w)
    (line,) = taken(w, booking, people, nights=2)
    booking = order(w, booking)
    make_stay_rule(w.congress, supplier=w.hotel, least=3, **BY)
    assert change_line(booking, line, heads=2, by=w.agent, at=NOW).heads == 2


def test_a_line_added_to_an_order_counts_with_the_nights_it_touches(w):
    booking, people = make_cart(w)
    taken(w, booking, people, nights=2)
    booking = order(w, booking)
    add_line(booking, w.room, w.room_rate, start=DEPARTURE, end=DEPARTURE + DAY, persons=people, by=w.agent, at=NOW)
    with pytest.raises(NotThatStay):  # a group's rooms, nobody named: a stay of their own
        add_line(booking, w.room, w.room_rate, start=ARRIVAL, end=ARRIVAL + DAY, quantity=3, by=w.agent, at=NOW)


def test_the_opening_says_a_minimum_longer_than_what_is_on_sale(db):
    with override("en"):
        w = congresses.congress()
        room, first = w.congress.offers.get(service=w.room_service), congresses.STARTS
        nights = {Night(room.pool_id, room.service_id, first + n * DAY): 5 for n in range(2)}
        grant(nights, key="stock", by=w.agent, at=NOW, congress_id=w.congress.pk)
        rule = make_stay_rule(w.congress, least=2, **w.by)

        def said():
            found = what_is_missing(congresses.reload(w), at=congresses.NOW)
            return [(each.text, each.blocks) for each in found if each.where == "stays"]

        assert said() == []
        edit_stay_rule(rule, least=3, **w.by)
        ((words, blocks),) = said()
        assert blocks and "no stay that can be sold" in words
        make_stay_rule(w.congress, night_from=first + DAY, least=1, supplier=w.hotel, **w.by)
        ((words, blocks),) = said()
        assert not blocks and "asks for 3" in words
