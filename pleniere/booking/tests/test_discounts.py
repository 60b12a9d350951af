"""What is taken off: in turn, never under zero, as often as it may be; a supplier's own sale stays whole."""

import threading
from decimal import Decimal as D

import pytest
from django.db import connection, transaction

from pleniere.accounts.rights import SYSTEM
from pleniere.booking.actions import (
    NoSuchCode,
    PersonFacts,
    cancel_lines,
    change_line,
    drop_voucher,
    end_carts,
    settle,
    take_offer,
    use_voucher,
)
from pleniere.booking.actions.cart import HOLD
from pleniere.booking.actions.reviving import lost_lines, revive_lines
from pleniere.booking.models import Booking, Charge, Payer
from pleniere.booking.sharing import Portion, divided
from pleniere.catalogue.models import Contract
from pleniere.common.money import total
from pleniere.congress.actions import Refused, edit_audience, edit_discount, make_discount, retire_discount
from pleniere.congress.models import Congress

from .world import ARRIVAL, DEPARTURE, NOW, make_cart, order, rate_of, reload_congress, seminar

BY = {"by": SYSTEM, "at": NOW}


@pytest.fixture
def world(db):
    return seminar()


def discount(world, code, kind, **facts):
    return make_discount(reload_congress(world), code, name={"fr": code.title(), "en": code.title()}, kind=kind, **facts, **BY)


def cart_of(world, *names, rooms=0, lunch=False):
    booking, persons = make_cart(world, *(PersonFacts(first_name=name, last_name="X") for name in names or ["Ana"]))
    fee = {"start": world.congress.starts, "end": world.congress.ends}
    take_offer(booking, world.fee, world.fee_rate, **fee, persons=persons, **BY)
    for _n in range(rooms):
        take_offer(booking, world.room, world.room_rate, start=ARRIVAL, end=DEPARTURE, persons=persons[:2], **BY)
    if lunch:
        take_offer(booking, world.lunch, world.lunch_rate, start=DEPARTURE, end=world.congress.ends, persons=persons, **BY)
    return booking


def sums(booking):
    """Sold, and what was taken off, of living lines."""
    charges = Charge.objects.live().filter(line__booking=booking)
    return total(c.total for c in charges), total(c.total for c in charges if c.kind == "DISCOUNT")


@pytest.mark.parametrize(
    ("kind", "facts", "left"),
    [
        ("PERCENT", {"percent": D("10")}, "54.00"),
        ("PERCENT", {"percent": D("33.333")}, "40.00"),
        ("AMOUNT", {"amount": D("12.50")}, "47.50"),
        ("AMOUNT", {"amount": D("500")}, "0.00"),
        ("FIXED", {"amount": D("45")}, "45.00"),
        ("FIXED", {"amount": D("75")}, "60.00"),
        ("FIXED", {"amount": D("0")}, "0.00"),
    ],
)
def test_each_kind_takes_off_and_never_under_zero(world, kind, facts, left):
    discount(world, "less", kind, offers=[world.fee], **facts)
    booking = cart_of(world, lunch=True)
    assert sums(booking)[0] == D(left) + D("25.00")


def test_the_third_of_three_is_free_and_the_second_of_two_is_not(world):
    discount(world, "third", "NTH", nth=3, offers=[world.fee])
    assert sums(cart_of(world, "Ana", "Bea"))[1] == 0
    sold, off = sums(cart_of(world, "Ana", "Bea", "Cid", "Dan"))
    assert (sold, off) == (D("180.00"), D("-60.00"))


def test_they_are_taken_off_in_turn_another_price_first(world):
    discount(world, "amount", "AMOUNT", amount=D("5"), offers=[world.fee])
    discount(world, "half", "PERCENT", percent=D("50"), offers=[world.fee])
    discount(world, "fixed", "FIXED", amount=D("40"), offers=[world.fee])
    booking = cart_of(world)
    assert sums(booking)[0] == D("15.00")  # 60 → 40 → 20 → 15
    assert [c.text for c in Charge.objects.filter(kind="DISCOUNT", line__booking=booking)] == ["Fixed", "Half", "Amount"]


def test_what_is_sold_in_anothers_name_is_owed_to_it_in_full(world):
    discount(world, "ten", "PERCENT", percent=D("10"))
    booking = cart_of(world, rooms=1)
    room, off = Charge.objects.filter(line__offer=world.room).order_by("pk")
    assert (room.total, room.bought, room.commission) == (D("211.50"), D("211.50"), D("16.92"))
    assert (off.total, off.bought, off.commission, off.mode) == (D("-21.15"), 0, 0, "OWN")
    assert sums(order(world, booking))[0] == D("244.35")


def test_what_is_paid_at_the_hotel_is_not_ours_to_lessen(world):
    Contract.objects.filter(supplier=world.hotel).update(mode="DIRECT")
    discount(world, "ten", "PERCENT", percent=D("10"), offers=[world.room])
    assert sums(cart_of(world, rooms=1)) == (D("271.50"), 0)


def test_a_condition_says_for_whom_and_on_what(world):
    discount(
        world, "both", "PERCENT", percent=D("10"), when={"all": [{"is": ["has", "=", "DOUBLE"]}, {"is": ["step", "=", "fee"]}]}
    )
    discount(world, "group", "AMOUNT", amount=D("1"), when={"is": ["delegates", ">=", 3]}, offers=[world.fee])
    assert sums(cart_of(world))[1] == 0
    assert sums(cart_of(world, rooms=1))[1] == D("-6.00")
    assert sums(cart_of(world, "Ana", "Bea", "Cid"))[1] == D("-3.00")


def test_a_code_is_typed_once_and_taken_back(world):
    ten = discount(world, "ten", "PERCENT", percent=D("10"), secret="Merci2027", offers=[world.fee])
    booking = cart_of(world)
    assert sums(booking)[1] == 0
    for _twice in range(2):
        assert use_voucher(booking, " merci2027 ", **BY) == ten
    assert sums(booking)[1] == D("-6.00")
    drop_voucher(booking, ten.pk, **BY)
    assert sums(booking)[1] == 0
    with pytest.raises(NoSuchCode):
        use_voucher(booking, "merci", **BY)
    retire_discount(ten, retired=True, **BY)
    with pytest.raises(NoSuchCode):
        use_voucher(Booking.objects.get(pk=booking.pk), "merci2027", **BY)


def test_once_per_person_is_the_first_of_theirs(world):
    discount(world, "five", "AMOUNT", amount=D("5"), once_per_person=True)
    assert sums(cart_of(world, "Ana", "Bea", lunch=True))[1] == D("-10.00")


def test_what_is_free_or_paid_at_the_hotel_uses_up_nothing(world):
    discount(world, "five", "AMOUNT", amount=D("5"), once_per_person=True)
    discount(world, "one", "PERCENT", percent=D("10"), quota=1)
    booking, persons = make_cart(world, PersonFacts(first_name="Ana", last_name="X"))
    visit = world.free["VISITMAM"]
    take_offer(booking, visit, rate_of(visit), start=ARRIVAL, end=ARRIVAL.replace(day=8), persons=persons, **BY)
    fee = {"start": world.congress.starts, "end": world.congress.ends}
    take_offer(booking, world.fee, world.fee_rate, **fee, persons=persons, **BY)
    assert sums(booking) == (D("49.00"), D("-11.00"))  # 60 less 10 %, less 5


def test_what_comes_back_after_a_lapse_counts_the_uses_of_what_stayed(world):
    discount(world, "last", "AMOUNT", amount=D("10"), quota=1)
    booking = order(world, cart_of(world, lunch=True))
    fee, lunch = booking.lines.order_by("pk")
    assert [c.line for c in Charge.objects.live().filter(kind="DISCOUNT", line__booking=booking)] == [fee]
    Charge.objects.filter(line=lunch).update(struck_at=NOW)
    type(lunch).objects.filter(pk=lunch.pk).update(state="CANCELLED", until=None, lapsed_at=NOW)
    assert [lost.price for lost in lost_lines(booking, on=NOW.date())] == [D("25.00")]
    revive_lines(booking, [lunch.pk], payer=booking.payers.get(), on=NOW.date(), by=world.agent, at=NOW)
    assert sums(booking) == (D("75.00"), D("-10.00"))


def test_a_code_is_given_back_only_while_nobody_else_has_it(world):
    old = discount(world, "old", "PERCENT", percent=D("10"), secret="MERCI27")
    retire_discount(old, retired=True, **BY)
    new = discount(world, "new", "PERCENT", percent=D("5"), secret="merci27")
    with pytest.raises(Refused):
        retire_discount(old, retired=False, **BY)
    with pytest.raises(Refused):
        edit_audience(world.board, secret="Merci27", **BY)
    retire_discount(new, retired=True, **BY)
    assert retire_discount(old, retired=False, **BY)


def test_no_more_uses_than_there_are_and_they_come_back(world):
    discount(world, "first", "FIXED", amount=D("0"), quota=2, offers=[world.fee])
    one, two = cart_of(world, "Ana"), cart_of(world, "Bea", "Cid")
    assert (sums(one)[0], sums(two)[0]) == (D("0.00"), D("60.00"))
    end_carts(at=NOW + HOLD * 2)
    three = cart_of(world, "Dan", "Eve", "Fay")
    assert sums(three)[0] == D("60.00")
    three = order(world, three)
    assert sums(cart_of(world, "Gil"))[0] == D("60.00")
    free = three.lines.filter(charges__kind="DISCOUNT").first()
    cancel_lines(three, [free.pk], fees={}, **BY)
    assert sums(cart_of(world, "Hal"))[0] == D("0.00")


def test_a_placed_booking_keeps_what_was_taken_off_and_a_change_prices_it_again(world):
    ten = discount(world, "ten", "PERCENT", percent=D("10"), offers=[world.room])
    booking = order(world, cart_of(world, rooms=1))
    retire_discount(ten, retired=True, **BY)
    settle(booking, paid={}, **BY)
    assert sums(booking)[1] == D("-21.15")
    retire_discount(ten, retired=False, **BY)
    line = booking.lines.get(offer=world.room)
    change_line(booking, line, end=DEPARTURE.replace(day=DEPARTURE.day - 1), **BY)
    assert sums(booking)[1] == D("-10.58")


@pytest.mark.parametrize(
    "facts",
    [
        {"kind": "PERCENT", "percent": D("101")},
        {"kind": "PERCENT", "percent": None},
        {"kind": "NTH", "nth": 1},
        {"kind": "AMOUNT", "amount": D("0")},
        {"kind": "FIXED", "amount": D("-1")},
        {"kind": "LESS"},
        {"kind": "PERCENT", "percent": D("5"), "secret": "abc"},
        {"kind": "PERCENT", "percent": D("5"), "secret": "bureau2027"},  # an audience's
        {"kind": "PERCENT", "percent": D("5"), "when": {"is": ["weather", "=", "fine"]}},
        {"kind": "PERCENT", "percent": D("5"), "when": {"is": ["audience", "~", "x"]}},
        {"kind": "PERCENT", "percent": D("5"), "when": ["audience"]},
    ],
)
def test_what_makes_no_sense_is_refused_at_set_up(world, facts):
    with pytest.raises(Refused):
        discount(world, "bad", **facts)
    with pytest.raises(Refused):
        edit_discount(discount(world, "good", "PERCENT", percent=D("5")), **facts, **BY)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_carts_at_once_do_not_both_have_the_last_one():
    w = seminar()
    discount(w, "last", "FIXED", amount=D("0"), quota=1, offers=[w.fee])
    w.congress = Congress.objects.get(pk=w.congress.pk)
    made = [make_cart(w, PersonFacts(first_name=name, last_name="X")) for name in ("Ana", "Bea")]
    gate, wrong = threading.Barrier(2), []

    def take(booking, persons):
        try:
            gate.wait(5)
            fee = {"start": w.congress.starts, "end": w.congress.ends}
            take_offer(booking, w.fee, w.fee_rate, **fee, persons=persons, **BY)
        except Exception as error:  # told below
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=each) for each in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not wrong
    with transaction.atomic():
        assert sorted(sums(booking)[0] for booking, _persons in made) == [D("0.00"), D("60.00")]


def test_a_capped_grant_pays_of_the_lessened_price_and_the_parts_add_up(world):
    discount(world, "ten", "PERCENT", percent=D("10"), offers=[world.room])
    booking = order(world, cart_of(world, rooms=1))
    grantor = Payer.objects.create(booking=booking, number=2, reference="000000000002", client=booking.client)
    first = booking.payers.get(number=1)
    had = list(Charge.objects.live().filter(line__offer=world.room).order_by("pk"))
    made = divided(had, {grantor.pk: Portion(frozenset({had[0].line_id}), D("100.00"))}, rest=first.pk)
    assert total(c.total for c in made if c.payer_id == grantor.pk) == D("100.00")
    assert total(c.total for c in made if c.payer_id == first.pk) == D("90.35")
    assert {c.discount_id for c in made if c.kind == "DISCOUNT"} == {had[1].discount_id}
    assert all((c.total < 0) == (c.kind == "DISCOUNT") for c in made)
