"""Who waits gets what comes free, in the announced order, before any passer-by; and nobody is woken."""

import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import connection
from django.utils.translation import override

from pleniere.accounts import links
from pleniere.accounts.models import Link, Trace
from pleniere.accounts.rights import SYSTEM, NotAllowed, Role
from pleniere.allotment.models import Block, BlockStep
from pleniere.booking.actions import PersonFacts, cancel_lines, take_offer
from pleniere.booking.models import Line
from pleniere.booking.tests.world import ARRIVAL, DEPARTURE, NOW, make_cart, make_user, order, seminar
from pleniere.messaging.models import Message
from pleniere.stock.actions import Night, NotEnough, end_carts, grant
from pleniere.stock.models import StockDay
from pleniere.stock.queries import audit
from pleniere.waiting.actions import (
    CannotWait,
    PriceMoved,
    TooLate,
    answer,
    keep_for_office,
    make_wish,
    rules_of,
    run,
    run_now,
    set_rules,
    withdraw,
)
from pleniere.waiting.clock import closings
from pleniere.waiting.models import Proposal, Wish
from pleniere.waiting.words import in_words

pytestmark = pytest.mark.django_db
DAYS = [ARRIVAL, ARRIVAL + timedelta(days=1)]


@pytest.fixture
def world(db) -> SimpleNamespace:
    return full_world()


def full_world() -> SimpleNamespace:
    """A hotel of one room, taken by Ada."""
    w = seminar(rooms=1)
    w.ada, (person,) = make_cart(w, PersonFacts(first_name="Ada", last_name="First"))
    take_offer(w.ada, w.room, w.room_rate, start=ARRIVAL, end=DEPARTURE, persons=[person], by=SYSTEM, at=NOW)
    w.ada = order(w, w.ada)
    return w


def buyer(w, name: str):
    booking, people = make_cart(w, PersonFacts(first_name=name, last_name="Waits"))
    take_offer(booking, w.fee, w.fee_rate, start=w.congress.starts, end=w.congress.ends, persons=people, by=SYSTEM, at=NOW)
    return order(w, booking)


def waits(w, name: str = "Bob", *, at=NOW, by=SYSTEM, **facts) -> Wish:
    booking = facts.pop("booking", None) or buyer(w, name)
    usual = {"start": ARRIVAL, "end": DEPARTURE, "persons": list(booking.persons.all()), "email": f"{name}@example.org"}
    return make_wish(booking, w.room, w.room_rate, by=by, at=at, **{**usual, **facts})


def frees(w, *, at=NOW) -> None:
    lines = [line.pk for line in w.ada.lines.filter(offer=w.room)]
    cancel_lines(w.ada, lines, fees={}, by=SYSTEM, at=at)


def days_of(w) -> list[StockDay]:
    return list(StockDay.objects.filter(service=w.room.service, day__in=DAYS).order_by("day"))


def test_what_comes_free_is_counted_away_from_passers_by(world):
    waits(world)
    frees(world)
    assert [day.free for day in days_of(world)] == [0, 0]
    passer, (person,) = make_cart(world, PersonFacts(first_name="Passer", last_name="By"))
    with pytest.raises(NotEnough):
        take_offer(passer, world.room, world.room_rate, start=ARRIVAL, end=DEPARTURE, persons=[person], by=SYSTEM, at=NOW)
    assert not audit()


def test_an_expired_cart_gives_way_to_who_waits_not_to_who_passes(db):
    w = seminar(rooms=1)
    cart, (person,) = make_cart(w, PersonFacts(first_name="Slow", last_name="Cart"))
    take_offer(cart, w.room, w.room_rate, start=ARRIVAL, end=DEPARTURE, persons=[person], by=SYSTEM, at=NOW)
    waits(w)
    later = NOW + timedelta(hours=1)
    passer, (other,) = make_cart(w, PersonFacts(first_name="Passer", last_name="By"))
    with pytest.raises(NotEnough):
        take_offer(passer, w.room, w.room_rate, start=ARRIVAL, end=DEPARTURE, persons=[other], by=SYSTEM, at=later)
    end_carts(at=later)
    assert run(w.congress, at=later) == 1 and not audit()


def test_it_is_offered_to_the_first_who_asked_and_the_yes_is_a_line(world):
    first, second = waits(world, "Bob"), waits(world, "Cleo", at=NOW + timedelta(minutes=1))
    frees(world)
    assert run(world.congress, at=NOW) == 1 and run(world.congress, at=NOW) == 0
    proposal = Proposal.objects.get()
    assert proposal.wish == first and proposal.total == Decimal("211.50")
    assert Message.objects.filter(key=f"waiting-{proposal.key}", to="Bob@example.org").exists()
    link = links.make(Link.Purpose.BOOKING, first.booking)
    assert answer(proposal, DAYS, shown=proposal.total, by=link, at=NOW) == DAYS
    assert answer(proposal, DAYS, shown=proposal.total, by=link, at=NOW) == DAYS  # a repeat is harmless
    line = first.booking.lines.get(offer=world.room)
    assert (line.state, line.start, line.end) == (Line.State.OPTION, ARRIVAL, DEPARTURE)
    why = first.booking.changes.get(verb="line.added", line=line).reason
    for language, words in {
        "fr": "Liste d’attente\u00a0: oui de l’acheteur, par le lien de la réservation",
        "en": "Waiting list: yes of the buyer, by the booking’s link",
    }.items():
        with override(language):
            assert in_words(why) == words
    first.refresh_from_db(), second.refresh_from_db()
    assert (first.state, second.state) == (Wish.State.MET, Wish.State.WAITING)
    assert not audit()


def test_a_no_goes_to_the_next_and_an_outsider_may_not_answer(world):
    _first, second = waits(world, "Bob"), waits(world, "Cleo", at=NOW + timedelta(minutes=1))
    frees(world)
    run(world.congress, at=NOW)
    proposal = Proposal.objects.get()
    with pytest.raises(NotAllowed):
        answer(proposal, DAYS, shown=proposal.total, by=links.make(Link.Purpose.BOOKING, second.booking), at=NOW)
    assert answer(proposal, [], shown=proposal.total, by=SYSTEM, at=NOW) == []
    assert [day.free for day in days_of(world)] == [0, 0]  # still nobody's who passes
    assert run(world.congress, at=NOW) == 1
    assert Proposal.objects.get(state="OPEN").wish == second
    assert not audit()


def test_an_offer_ready_at_two_in_the_morning_leaves_in_the_morning(world):
    wish = waits(world)
    frees(world)
    night = datetime(2027, 3, 2, 1, tzinfo=UTC)  # 02:00 in Saint-Étienne
    assert run(world.congress, at=night) == 1
    proposal = wish.proposals.get()
    assert proposal.leaves_at == datetime(2027, 3, 2, 7, tzinfo=UTC)  # eight o'clock there
    assert Message.objects.get(key=f"waiting-{proposal.key}").send_at == proposal.leaves_at
    assert proposal.until == proposal.leaves_at + timedelta(hours=24)
    assert [day.free for day in days_of(world)] == [0, 0]  # kept meanwhile


def test_waking_hours_are_the_delegates(world):
    wish = waits(world, time_zone="America/New_York")
    frees(world)
    run(world.congress, at=NOW)  # ten in the morning here, five there
    assert wish.proposals.get().leaves_at == datetime(2027, 3, 1, 13, tzinfo=UTC)


def test_not_answered_in_time_goes_to_the_next_and_twice_unanswered_waits_no_more(world):
    first, second = waits(world, "Bob"), waits(world, "Cleo", at=NOW + timedelta(minutes=1))
    frees(world)
    run(world.congress, at=NOW)
    proposal = first.proposals.get()
    with pytest.raises(TooLate):
        answer(proposal, DAYS, shown=proposal.total, by=SYSTEM, at=proposal.until)
    run(world.congress, at=proposal.until)
    assert not second.proposals.exists()  # the first in line still is
    again = first.proposals.get(state="OPEN")
    run(world.congress, at=again.until)
    first.refresh_from_db()
    assert first.state == Wish.State.ENDED and second.proposals.filter(state="OPEN").exists()
    assert not audit()


def test_a_night_may_be_refused_unless_it_is_all_or_nothing(world):
    wish = waits(world, is_whole=False)
    frees(world)
    run(world.congress, at=NOW)
    proposal = wish.proposals.get()
    assert answer(proposal, DAYS[:1], shown=proposal.total, by=SYSTEM, at=NOW) == DAYS[:1]
    assert wish.booking.lines.get(offer=world.room).end == DAYS[1]
    assert [day.free for day in days_of(world)] == [0, 1]  # nobody else waits: back on sale
    assert not audit()


def test_a_group_waits_for_all_its_rooms_or_takes_a_part_as_it_says(world):
    whole, part = waits(world, "Whole", rooms=3), waits(world, "Part", rooms=3, is_whole=False, at=NOW + timedelta(minutes=1))
    frees(world)
    assert run(world.congress, at=NOW) == 1
    proposal = part.proposals.get()
    assert [rooms for _day, rooms in proposal.days] == [1, 1] and not whole.proposals.exists()
    answer(proposal, DAYS, shown=proposal.total, by=SYSTEM, at=NOW)
    part.refresh_from_db()
    assert part.state == Wish.State.WAITING and set(part.left.values()) == {2}
    nights = {Night(world.pool.pk, world.room.service_id, day): 3 for day in DAYS}
    grant(nights, key="more", by=SYSTEM, at=NOW, congress_id=world.congress.pk)
    assert [day.free for day in days_of(world)] == [0, 0]  # newly granted rooms too are theirs first
    run(world.congress, at=NOW)
    assert [rooms for _day, rooms in whole.proposals.get().days] == [3, 3]
    assert not audit()


def test_what_fits_nobody_goes_back_on_sale(world):
    waits(world, rooms=3)
    frees(world)
    run(world.congress, at=NOW)
    assert [day.free for day in days_of(world)] == [0, 0]
    run(world.congress, at=NOW + timedelta(days=4))
    assert [day.free for day in days_of(world)] == [1, 1] and not audit()


def test_it_waits_for_stock_and_is_charged_the_price_of_the_day(world):
    wish = waits(world)
    frees(world)
    run(world.congress, at=NOW)
    with pytest.raises(PriceMoved):
        answer(wish.proposals.get(), DAYS, shown=Decimal("1.00"), by=SYSTEM, at=NOW)
    assert not wish.booking.lines.filter(offer=world.room).exists() and not audit()


def test_rooms_kept_for_the_office_are_offered_to_nobody(world):
    wish = waits(world)
    night = Night(world.pool.pk, world.room.service_id, ARRIVAL)
    frees(world)
    withdraw(wish, by=SYSTEM, at=NOW)
    run(world.congress, at=NOW)
    keep_for_office(night, 1, congress=world.congress, until=NOW + timedelta(days=9), by=SYSTEM, at=NOW)
    waits(world, booking=wish.booking)
    assert run(world.congress, at=NOW) == 0
    keep_for_office(night, 0, congress=world.congress, until=NOW + timedelta(days=9), by=SYSTEM, at=NOW)
    assert run(world.congress, at=NOW) == 1 and not audit()


def test_the_waiting_ends_before_the_hotels_cut_off_and_says_so(world):
    Block.objects.create(
        congress=world.congress,
        supplier=world.hotel,
        pool=world.pool,
        contract=world.hotel.contracts.get(),
        cutoff=date(2027, 3, 20),
        retained_at=NOW,
        retained_by="test",
        key="b",
    )
    wish = waits(world)
    end = datetime(2027, 3, 18, tzinfo=UTC)
    run(world.congress, at=end - timedelta(hours=2))
    wish.refresh_from_db()
    assert wish.state == Wish.State.WAITING
    run(world.congress, at=end), run(world.congress, at=end)
    wish.refresh_from_db()
    assert (wish.state, wish.why_ended) == (Wish.State.ENDED, "cutoff")
    assert Message.objects.filter(key=f"waiting-ended-{wish.pk}").count() == 1
    with pytest.raises(CannotWait):
        waits(world, "Late", at=end)


def test_a_step_still_to_be_done_is_the_next_cut_off(world):
    block = Block.objects.create(
        congress=world.congress,
        supplier=world.hotel,
        pool=world.pool,
        contract=world.hotel.contracts.get(),
        cutoff=date(2027, 3, 20),
        retained_at=NOW,
        retained_by="test",
        key="b",
    )
    step = BlockStep.objects.create(block=block, on=date(2027, 3, 10), percent=50)
    wish, rules = waits(world), rules_of(world.congress)
    midnight = timedelta(hours=1)  # of Saint-Étienne in winter
    assert closings(world.congress, rules, [wish])[wish.pk] == datetime(2027, 3, 8, tzinfo=UTC) - midnight
    BlockStep.objects.filter(pk=step.pk).update(done_at=NOW)
    assert closings(world.congress, rules, [wish])[wish.pk] == datetime(2027, 3, 18, tzinfo=UTC) - midnight


def test_rules_and_rooms_kept_for_the_office_leave_a_trace_once(world):
    agent = make_user("agent@example.org", Role.AGENT)
    facts = {"is_open": True, "answer_hours": 12, "wakes": 8, "sleeps": 20, "closes_days": 2}
    set_rules(world.congress, by=agent, at=NOW, **facts), set_rules(world.congress, by=agent, at=NOW, **facts)
    told = Trace.objects.get(verb="waiting.rules")
    assert (told.before, told.after, told.actor) == ({"answer_hours": 24}, {"answer_hours": 12}, str(agent))
    frees(world)
    night = Night(world.pool.pk, world.room.service_id, ARRIVAL)
    for _twice in range(2):
        keep_for_office(night, 1, congress=world.congress, until=NOW + timedelta(days=9), by=agent, at=NOW)
    kept = Trace.objects.get(verb="waiting.kept")
    assert (kept.before["rooms"], kept.after["rooms"], kept.after["night"]) == (0, 1, ARRIVAL.isoformat())


def test_who_may_not_rule_asks_for_no_offers(world):
    with pytest.raises(NotAllowed):
        run_now(world.congress, by=make_user("books@example.org", Role.ACCOUNTANT), at=NOW)
    assert run_now(world.congress, by=make_user("agent@example.org", Role.AGENT), at=NOW) == 0


def test_a_closed_list_takes_no_wish_and_the_same_wish_twice_is_one(world):
    wish = waits(world)
    assert waits(world, booking=wish.booking) == wish
    set_rules(world.congress, by=SYSTEM, at=NOW, is_open=False)
    with pytest.raises(CannotWait):
        waits(world, "Late")


def test_who_waits_from_a_cart_gets_the_room_in_it(world):
    cart, _people = make_cart(world, PersonFacts(first_name="Not", last_name="Ordered"))
    wish = waits(world, booking=cart)
    frees(world)
    run(world.congress, at=NOW)
    proposal = wish.proposals.get()
    link = links.make(Link.Purpose.BOOKING, cart)
    answer(proposal, DAYS, shown=proposal.total, by=link, at=NOW)
    assert cart.lines.get().state == Line.State.HELD and not audit()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_freed_room_offered_while_passers_by_buy_is_one_persons():
    world = full_world()
    wish = waits(world)
    carts = [make_cart(world, PersonFacts(first_name=f"P{n}", last_name="By")) for n in range(2)]
    start, got = threading.Barrier(4), []

    def race(act):
        start.wait()
        try:
            act()
            got.append(act)
        except NotEnough:
            pass
        finally:
            connection.close()

    def buys(cart, people):
        span = {"start": ARRIVAL, "end": DEPARTURE}
        return lambda: take_offer(cart, world.room, world.room_rate, **span, persons=people, by=SYSTEM, at=NOW)

    acts = [lambda: frees(world), lambda: run(world.congress, at=NOW), *(buys(*each) for each in carts)]
    threads = [threading.Thread(target=race, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run(world.congress, at=NOW)
    assert wish.proposals.count() == 1 and not audit()
    assert not Line.objects.filter(booking__in=[cart for cart, _people in carts], state=Line.State.HELD).exists()
