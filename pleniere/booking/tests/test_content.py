"""What one statement reads of a booking is what its tables hold; a change that is refused leaves what was read as it was."""

import threading

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from pleniere.accounts.rights import SYSTEM
from pleniere.booking.actions import PersonFacts, Take, drop_lines, fill_cart, place_booking, set_persons
from pleniere.booking.content import content_of
from pleniere.booking.models import Booking, Charge, Line, Person
from pleniere.congress.actions.frame import touch
from pleniere.congress.models import Price
from pleniere.stock.actions import NotEnough
from pleniere.stock.queries import audit

from .world import ARRIVAL, BUYER, DEPARTURE, leaflet_booking, make_cart, rate_of, seminar

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db):
    return seminar(rooms=1)


def fields(thing):
    return {field.attname: getattr(thing, field.attname) for field in thing._meta.concrete_fields}


def room(world, *persons):
    return Take(world.room, world.room_rate, ARRIVAL, DEPARTURE, persons)


def evening(world, *persons):
    offer = world.free["SOIREEOFFIC"]
    return Take(offer, rate_of(offer), offer.starts, offer.ends, persons)


def test_every_column_of_every_row_comes_as_it_comes_by_itself(world):
    booking = leaflet_booking(world)
    Person.objects.create(booking=booking, first_name='Zoé "l’éclair" \\ 🎷', is_minor=True, birth_date=ARRIVAL, position=2)
    read = content_of(booking)
    assert fields(read.booking) == fields(Booking.objects.get(pk=booking.pk))
    assert [fields(each) for each in read.persons] == [fields(each) for each in booking.persons.all()]
    assert [fields(each) for each in read.lines] == [fields(each) for each in booking.lines.all()]
    charges = Charge.objects.filter(line__booking=booking)
    assert [fields(each) for each in read.charges] == [fields(each) for each in charges]
    assert [read.on_line[line.pk] for line in read.lines] == [list(line.persons.all()) for line in booking.lines.all()]


def test_it_is_one_statement_unless_something_is_sold_no_more(world):
    booking = leaflet_booking(world)
    content_of(booking)
    with CaptureQueriesContext(connection) as captured:
        read = content_of(booking)
        assert all(line.offer.service.supplier and line.rate.service_id and line.booking for line in read.lines)
    assert len(captured) == 1
    world.lunch.retired_at = world.now
    world.lunch.save()
    touch(world.congress)
    assert world.lunch in [line.offer for line in content_of(booking).lines]


def test_a_cart_that_another_tab_changed_is_read_anew_before_it_changes(world):
    booking, (person,) = make_cart(world)
    read = content_of(booking)
    fill_cart(booking, [room(world, person)], by=SYSTEM, at=world.now)
    fill_cart(booking, [evening(world, person)], by=SYSTEM, at=world.now, read=read)
    assert {line.offer for line in read.lines} == {world.room, world.free["SOIREEOFFIC"]}
    assert fields(read.booking) == fields(Booking.objects.get(pk=booking.pk))
    assert [fields(each) for each in read.lines] == [fields(each) for each in Line.objects.filter(booking=booking)]


def test_what_was_read_follows_each_change_without_a_look_at_the_tables(world):
    booking, (person,) = make_cart(world)
    read, by = content_of(booking), {"by": SYSTEM, "at": world.now}
    fill_cart(booking, [room(world, person), evening(world, person)], **by, read=read)
    drop_lines(booking, [line.pk for line in read.lines if line.offer == world.room], **by, read=read)
    set_persons(booking, [PersonFacts(pk=person.pk, last_name="Un"), PersonFacts(last_name="Deux")], **by, read=read)
    fresh = content_of(booking)
    for mine, theirs in ((read.persons, fresh.persons), (read.lines, fresh.lines), (read.charges, fresh.charges)):
        assert [fields(each) for each in mine] == [fields(each) for each in theirs]
    assert read.on_line == fresh.on_line
    assert read.booking.version == fresh.booking.version
    assert audit() == []


def test_a_change_that_is_refused_leaves_what_was_read_as_it_was(world):
    (first, (one,)), (second, (two,)) = make_cart(world), make_cart(world)
    fill_cart(first, [room(world, one)], by=SYSTEM, at=world.now)
    read = content_of(second)
    with pytest.raises(NotEnough):
        fill_cart(second, [room(world, two)], by=SYSTEM, at=world.now, read=read)
    assert read.lines == [] == read.charges


def test_a_price_edited_since_the_cart_was_read_is_the_one_it_is_charged_at(world):
    booking, (person,) = make_cart(world)
    read = content_of(booking)
    Price.objects.filter(rate=world.room_rate).update(amount=100)
    touch(world.congress)
    fill_cart(booking, [room(world, person)], by=SYSTEM, at=world.now, read=read)
    assert [charge.total for charge in content_of(booking).charges] == [200]


def together(*acts):
    """Each in a thread of its own, begun at once; what each gave or raised."""
    gate, ends = threading.Barrier(len(acts)), []

    def run(act):
        gate.wait()
        try:
            ends.append(act())
        except Exception as error:
            ends.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_four_tabs_that_read_the_same_cart_each_add_to_it_and_nothing_is_lost():
    world = seminar()
    booking, (person,) = make_cart(world)
    codes = ("SOIREEOFFIC", "SOIRCORBU", "VISITMAM", "VISITBIEN")

    def add(code):
        offer, read = world.free[code], content_of(booking)
        take = Take(offer, rate_of(offer), offer.starts, offer.ends, [person])
        return lambda: fill_cart(booking, [take], by=SYSTEM, at=world.now, read=read)

    version = content_of(booking).booking.version
    ends = together(*[add(code) for code in codes])
    assert [len(made) for made in ends] == [1, 1, 1, 1]
    after = content_of(booking)
    assert {line.offer for line in after.lines} == {world.free[code] for code in codes}
    assert len(after.charges) == 4 and after.booking.version == version + 4
    assert audit() == []


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_an_order_and_a_tab_that_drops_a_line_never_both_believe_what_they_read():
    world = seminar()
    booking, (person,) = make_cart(world)
    fill_cart(booking, [room(world, person), evening(world, person)], by=SYSTEM, at=world.now)
    one, other = content_of(booking), content_of(booking)
    facts = {"buyer": BUYER, "method": world.method["TRANSFER"], "terms": world.terms, "shown": None}
    free = next(line.pk for line in other.lines if line.offer != world.room)
    together(
        lambda: place_booking(booking, **facts, by=SYSTEM, at=world.now, read=one),
        lambda: drop_lines(booking, [free], by=SYSTEM, at=world.now, read=other),
    )
    after = content_of(booking)
    assert (after.booking.placed_at is not None) == (free in {line.pk for line in after.lines})
    assert audit() == []
