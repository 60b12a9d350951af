"""A price of a period that ends on the way: between cart and order, between option and transfer; audiences at every door."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest

from pleniere.accounts import links
from pleniere.accounts.models import Link
from pleniere.accounts.rights import SYSTEM, NotAllowed
from pleniere.booking.actions import (
    NotForThem,
    NotTheirs,
    PersonFacts,
    PriceChanged,
    fill_cart,
    open_cart,
    place_booking,
    prove_audience,
    say_audience,
    set_persons,
    take_offer,
)
from pleniere.booking.actions.cart import Take
from pleniere.booking.models import Charge
from pleniere.booking.tests.world import BUYER, NOW, make_cart, order, reload_congress
from pleniere.common.money import total
from pleniere.congress.actions import touch
from pleniere.congress.models import Audience, Congress, Price, Window
from pleniere.congress.pricing import NotSold

from .world import pay, payer_of

AFTER = NOW + timedelta(days=3)  # the period closes in between


@pytest.fixture
def early(world):
    """The fee costs 40.00 plus VAT until tomorrow, 50.00 plus VAT then; a student 10.00, a member 30.00."""
    closes = NOW.date() + timedelta(days=2)
    world.early = Window.objects.create(congress=world.congress, code="early", closes=closes)
    named = {"congress": world.congress, "falls_back_to": world.delegate}
    world.student = Audience.objects.create(code="student", proof="DOCUMENT", **named)
    world.member = Audience.objects.create(code="member", proof="DOMAIN", domains="univ.example", **named)
    rows = [(None, world.early, "40"), (world.student, None, "10"), (world.member, None, "30")]
    for audience, window, amount in rows:
        facts = {"audience": audience, "window": window, "amount": D(amount), "basis": "NET"}
        Price.objects.create(congress=world.congress, rate=world.fee_rate, **facts)
    world.fee.audiences.add(world.student, world.member)
    touch(world.congress)
    return world


def dear(world, **facts):
    Congress.objects.filter(pk=world.congress.pk).update(**facts)
    touch(reload_congress(world))


def with_fee(world, facts=None, **more):
    booking, (person,) = make_cart(world, *([facts] if facts else []))
    span = {"start": world.congress.starts, "end": world.congress.ends}
    take_offer(booking, world.fee, world.fee_rate, **span, persons=[person], by=SYSTEM, at=NOW)
    return booking, person


def sold(booking):
    return total(Charge.objects.live().filter(line__booking=booking).values_list("total", flat=True))


def test_early_bird_ending_between_cart_and_pay_is_shown_before_any_yes(early):
    booking, _person = with_fee(early)
    assert sold(booking) == D("48.00")
    facts = {"buyer": BUYER, "method": early.method["TRANSFER"], "terms": early.terms, "by": SYSTEM, "at": AFTER}
    with pytest.raises(PriceChanged) as told:
        place_booking(booking, shown=D("48.00"), **facts)
    assert (told.value.shown, told.value.now) == (D("48.00"), D("60.00"))
    place_booking(booking, shown=D("60.00"), **facts)
    assert sold(booking) == D("60.00")


def test_early_bird_ending_between_option_and_transfer_keeps_the_price_of_the_order(early):
    booking, _person = with_fee(early)
    order(early, booking)
    pay(early, payer_of(booking), "48.00", at=AFTER)
    assert sold(booking) == D("48.00") and booking.lines.get().state == "FIRM"


def test_where_the_price_is_that_of_the_payment_the_difference_is_due_once(early):
    dear(early, price_date="PAYMENT")
    booking, _person = with_fee(early)
    order(early, booking)
    received = pay(early, payer_of(booking), "48.00", at=AFTER)
    line = booking.lines.get()
    assert (line.state, line.priced_on, received.spare) == ("FIRM", AFTER.date(), 0)
    assert sold(booking) == D("60.00")
    assert [c.total for c in line.charges.filter(struck_at__isnull=False)] == [D("48.00")]
    pay(early, payer_of(booking), "12.00", key="k2", at=AFTER + timedelta(days=30))
    assert sold(booking) == D("60.00") and booking.changes.filter(verb="line.repriced").count() == 1


def test_paid_in_time_nothing_moves(early):
    dear(early, price_date="PAYMENT")
    booking, _person = with_fee(early)
    order(early, booking)
    pay(early, payer_of(booking), "48.00", at=NOW + timedelta(days=1))
    assert sold(booking) == D("48.00") and not booking.changes.filter(verb="line.repriced").exists()


def test_money_of_a_day_nothing_is_sold_on_keeps_what_was_ordered(early):
    dear(early, price_date="PAYMENT")
    booking, _person = with_fee(early)
    order(early, booking)
    Price.objects.filter(rate=early.fee_rate, window=None, audience=None).delete()
    touch(reload_congress(early))
    pay(early, payer_of(booking), "48.00", at=AFTER)
    assert sold(booking) == D("48.00") and booking.lines.get().state == "FIRM"


def test_who_says_to_be_a_student_pays_in_full_until_an_agent_has_seen_it(early):
    booking, person = with_fee(early, PersonFacts(first_name="Ana", last_name="Diaz", audience=early.student.pk))
    assert person.audience == early.student and sold(booking) == D("48.00")
    booking = order(early, booking)
    moved = say_audience(booking, person, early.student, proved=True, by=early.agent, at=AFTER, reason="carte vue")
    assert [line.pk for line in moved] == [booking.lines.get().pk] and sold(booking) == D("12.00")
    assert say_audience(booking, person, early.student, proved=True, by=early.agent, at=AFTER) == []
    say_audience(booking, person, early.student, proved=False, by=early.agent, at=AFTER)
    assert sold(booking) == D("48.00")  # the price of the day it was ordered, not of today


@pytest.mark.parametrize(
    ("email", "asked"),
    [("ana@univ.example", "36.00"), ("ana@labo.univ.example", "36.00"), ("ana@notuniv.example", "48.00"), ("", "48.00")],
)
def test_a_mail_domain_proves_itself_and_a_likeness_does_not(early, email, asked):
    booking, _person = with_fee(early, PersonFacts(first_name="Ana", last_name="Diaz", email=email, audience=early.member.pk))
    assert sold(booking) == D(asked)


def test_a_price_of_others_cannot_be_said_nor_vouched_for_by_its_taker(early):
    booking = open_cart(early.congress, language="fr", at=NOW)
    link = links.make(Link.Purpose.BOOKING, booking)
    link = links.read(link) if isinstance(link, str) else link
    facts = PersonFacts(first_name="A", last_name="B", audience=early.board.pk)  # a code's audience, forged into the post
    (person,) = set_persons(booking, [facts], by=link, at=NOW)
    assert person.audience is None
    span = {"start": early.board_lunch.starts, "end": early.board_lunch.ends}
    with pytest.raises(NotForThem):
        fill_cart(booking, [Take(early.board_lunch, early.board_rate, **span, persons=[person])], by=link, at=NOW)
    with pytest.raises(NotAllowed):
        say_audience(booking, person, early.student, proved=True, by=link, at=NOW)
    other = Congress.objects.create(code="x", title={"fr": "X"}, starts=date(2027, 5, 1), ends=date(2027, 5, 2))
    stranger = Audience.objects.create(congress=other, code="student")
    for audience in (stranger, early.companion):
        with pytest.raises(NotTheirs):
            say_audience(booking, person, audience, proved=True, by=early.agent, at=NOW)


def test_a_delegates_code_is_not_a_companions_nor_follows_who_becomes_one(early):
    booking, people = make_cart(early, PersonFacts(last_name="Un"), PersonFacts(last_name="Deux", companion_of=0))
    one, two = people
    assert prove_audience(booking, two, "BUREAU2027", by=SYSTEM, at=NOW) is None
    assert prove_audience(booking, one, "BUREAU2027", by=SYSTEM, at=NOW) == early.board
    facts = [PersonFacts(last_name="Trois"), PersonFacts(last_name="Un", pk=one.pk, companion_of=0)]
    _three, one = set_persons(booking, facts, by=SYSTEM, at=NOW)
    one.refresh_from_db()
    assert (one.audience, one.is_proved) == (None, False)


def test_an_audience_without_a_price_for_what_they_have_changes_nothing(early):
    booking, person = with_fee(early)
    order(early, booking)
    alone = Audience.objects.create(congress=early.congress, code="alone")
    Price.objects.filter(rate=early.fee_rate, audience=None).update(audience=early.delegate)
    touch(reload_congress(early))
    with pytest.raises(NotSold):
        say_audience(booking, person, alone, proved=True, by=early.agent, at=NOW)
    person.refresh_from_db()
    assert person.audience is None and sold(booking) == D("48.00")
