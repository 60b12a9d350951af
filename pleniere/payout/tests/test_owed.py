"""Owed and payable now: two figures, to the cent, in a constant number of queries."""

from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pleniere.accounts.rights import SYSTEM
from pleniere.allotment.models import Block, BlockDue
from pleniere.booking.actions import cancel_lines
from pleniere.booking.models import Charge, Line
from pleniere.booking.tests.world import leaflet_booking
from pleniere.catalogue.models import Contract
from pleniere.congress.programme import forget
from pleniere.ledger.models import EntryLine
from pleniere.payment.actions import bounce_cheque
from pleniere.payout.actions import CannotPay, execute, pay_advance, pay_deposit, prepare_payouts
from pleniere.payout.models import Payout
from pleniere.payout.queries import Selection, booking_money, deposits_of, supplier_rows

from .world import TODAY, paid_booking, paid_seminar, pay_back, prepare, receive, send


@pytest.fixture
def world(db):
    return paid_seminar(rooms=60)


def figures(world, **facts):
    rows = supplier_rows(Selection(world.congress, **facts))
    return {row.supplier.code: (row.paid, row.bought, row.commission, row.owed, row.payable) for row in rows}


def cancel(world, booking, *lines, fees=None):
    cancel_lines(booking, [line.pk for line in lines], fees=fees or {}, by=world.agent, at=world.now)


def room_line(booking):
    return booking.lines.get(offer__service__kind="ROOM")


def test_the_leaflets_supplier_table_before_any_money(world):
    booking = leaflet_booking(world)
    assert figures(world) == {
        "ATOUTFRANCECTV": (D("0.00"), D("85.00"), D("0.00"), D("85.00"), D("0.00")),
        "sitraHCO593119": (D("0.00"), D("211.50"), D("16.92"), D("194.58"), D("0.00")),
    }
    money = booking_money(booking)
    assert (money.sold, money.received, money.left) == (D("296.50"), D("0.00"), D("296.50"))
    assert (money.bought, money.commission, money.owed, money.payable) == (D("296.50"), D("16.92"), D("279.58"), D("0.00"))


def test_the_leaflets_booking_paid_in_full_is_payable_in_full(world):
    booking = paid_booking(world)
    money = booking_money(booking)
    assert (money.received, money.left, money.owed, money.payable) == (D("296.50"), D("0.00"), D("279.58"), D("279.58"))
    assert sum(row[4] for row in figures(world).values()) == D("279.58")


def test_a_part_collected_makes_its_share_payable_once_the_lines_are_firm_rounded_down(world):
    booking = leaflet_booking(world)
    receive(world, booking, "50.00")
    assert booking_money(booking).payable == D("0.00")  # nothing of it is firm yet
    Line.objects.filter(booking=booking).update(state="FIRM", until=None)
    rows = figures(world)
    # 50 ÷ 296.50 × 279.58 = 47.14…, shared by what is owed, each share rounded down
    assert rows["ATOUTFRANCECTV"][4] == D("14.32") and rows["sitraHCO593119"][4] == D("32.81")


def test_an_option_takes_its_share_of_the_purse_and_is_not_payable(world):
    booking = leaflet_booking(world)
    receive(world, booking, "50.00")
    Line.objects.filter(booking=booking, offer__service__kind="ROOM").update(state="FIRM", until=None)
    rows = figures(world)
    assert rows["ATOUTFRANCECTV"][4] == D("0.00") and rows["sitraHCO593119"][4] == D("47.14")


def test_a_payout_to_one_supplier_leaves_nothing_more_for_it_and_the_others_part_as_it_was(world):
    booking = leaflet_booking(world)
    receive(world, booking, "50.00")
    Line.objects.filter(booking=booking).update(state="FIRM", until=None)
    hotel = Selection(world.congress, supplier=world.hotel.pk)
    for _again in range(3):
        prepare_payouts(hotel, by=world.accountant, at=world.now)
        rows = figures(world)
        assert rows["ATOUTFRANCECTV"][4] == D("14.32") and rows["sitraHCO593119"][4] == D("0.00")
    assert [each.amount for each in Payout.objects.all()] == [D("32.81")]


def test_what_was_paid_out_is_no_longer_owed_and_a_draft_counts(world):
    paid_booking(world)
    prepare(world)
    assert figures(world)["sitraHCO593119"] == (D("194.58"), D("211.50"), D("16.92"), D("0.00"), D("0.00"))


def test_a_booking_cancelled_after_payout_is_owed_to_us_and_taken_back_next_time(world):
    booking, other = paid_booking(world), paid_booking(world)
    chosen = Selection(world.congress, booking=booking.pk)
    prepare_payouts(chosen, by=world.accountant, at=world.now)
    cancel(world, booking, room_line(booking))
    assert figures(world)["sitraHCO593119"] == (D("194.58"), D("211.50"), D("16.92"), D("0.00"), D("0.00"))
    prepared = prepare(world)
    hotel = next(p for p in prepared.payouts if p.supplier == world.hotel)
    assert hotel.amount == 0 and sorted(line.amount for line in hotel.lines.all()) == [D("-194.58"), D("194.58")]
    assert figures(world)["sitraHCO593119"][3:] == (D("0.00"), D("0.00"))
    assert {line.charge.line.booking for line in hotel.lines.all()} == {booking, other}


def test_a_cheque_that_bounces_after_payout_lets_nothing_more_leave_and_its_cancelling_takes_back(world):
    booking = leaflet_booking(world, method="CHEQUE")
    cheque = receive(world, booking, "296.50", kind="CHEQUE")
    prepare(world)
    bounce_cheque(cheque, on=TODAY, reason="sans provision", by=world.accountant, at=world.now)
    money = booking_money(booking)
    assert (money.received, money.owed, money.payable) == (D("0.00"), D("0.00"), D("0.00"))
    cancel(world, booking, *booking.lines.all())
    assert figures(world)["sitraHCO593119"][3:] == (D("-194.58"), D("0.00"))
    assert prepare(world).payouts == []  # never negative, and nothing to take it from
    second = paid_booking(world)
    payouts = {p.supplier.code: p.amount for p in prepare(world).payouts}
    assert payouts == {"ATOUTFRANCECTV": D("0.00"), "sitraHCO593119": D("0.00")}
    assert booking_money(second).owed == D("0.00")


def test_what_is_owed_to_us_is_taken_only_as_far_as_the_positive_lines_reach(world):
    booking = paid_booking(world)
    first = next(p for p in prepare(world).payouts if p.supplier == world.hotel)
    cancel(world, booking, room_line(booking))
    other = leaflet_booking(world)
    receive(world, other, "296.50")
    Charge.objects.filter(line=room_line(other)).update(bought=D("100.00"), total=D("100.00"), unit=D("50.00"))
    payout = next(p for p in prepare(world).payouts if p.supplier == world.hotel)
    assert payout.amount == 0 and [line.amount for line in payout.lines.all()] == [D("83.08"), D("-83.08")]
    assert figures(world)["sitraHCO593119"][3] == D("-111.50")
    assert first.amount == D("194.58")


def test_what_the_supplier_pays_back_settles_what_it_owes_and_too_much_of_it_is_owed_again(world):
    booking = paid_booking(world)
    prepare(world)
    charge = Charge.objects.get(line=room_line(booking))
    cancel(world, booking, room_line(booking))
    pay_back(world, charge, "200.00")
    assert figures(world)["sitraHCO593119"] == (D("-5.42"), D("0.00"), D("0.00"), D("5.42"), D("5.42"))
    payout = next(p for p in prepare(world).payouts if p.supplier == world.hotel)
    assert (payout.amount, payout.lines.get().charge) == (D("5.42"), charge)
    assert figures(world)["sitraHCO593119"][3] == D("0.00")


def test_an_advance_is_taken_off_the_next_payout_and_posts_on_its_own_account(world):
    what = {"supplier": world.hotel, "pool": world.pool, "contract": world.hotel.contracts.get(), "cutoff": world.arrival}
    block = Block.objects.create(congress=world.congress, retained_at=world.now, key="b", **what)
    advance = pay_advance(block, D("100.00"), key="a", by=world.accountant, at=world.now)
    assert pay_advance(block, D("100.00"), key="a", by=world.accountant, at=world.now) == advance
    paid_booking(world)
    send(world, advance)
    execute(advance, on=TODAY, by=world.accountant, at=world.now)
    assert figures(world)["sitraHCO593119"][3:] == (D("194.58"), D("94.58"))  # two figures
    payout = next(p for p in prepare(world).payouts if p.supplier == world.hotel)
    send(world, payout)
    execute(payout, on=TODAY, by=world.accountant, at=world.now)
    sides = EntryLine.objects.filter(role="ADVANCES").values_list("debit", "credit").order_by("pk")
    assert list(sides) == [(D("100.00"), D("0.00")), (D("0.00"), D("100.00"))]
    assert figures(world)["sitraHCO593119"][3:] == (D("0.00"), D("0.00"))


def test_what_was_paid_ahead_by_hand_fills_the_deposits_agreed(world):
    what = {"supplier": world.hotel, "pool": world.pool, "contract": world.hotel.contracts.get(), "cutoff": world.arrival}
    block = Block.objects.create(congress=world.congress, retained_at=world.now, key="b", **what)
    late, soon = (BlockDue.objects.create(block=block, on=on, amount=D("100.00")) for on in (world.arrival, TODAY))
    by = {"by": world.accountant, "at": world.now}
    pay_advance(block, D("130.00"), key="a", **by)
    assert [(each.due, each.left) for each in deposits_of(world.congress, world.hotel)] == [(soon, D("0.00")), (late, D("70.00"))]
    with pytest.raises(CannotPay):
        pay_deposit(soon, key="b", **by)
    rest = pay_deposit(late, key="c", **by)
    assert rest.amount == D("70.00") and pay_deposit(late, key="c", **by) == rest
    assert not any(each.left for each in deposits_of(world.congress, world.hotel))


def test_a_hotel_paid_on_the_spot_owes_us_the_commission(world):
    Contract.objects.filter(supplier=world.hotel).update(mode="DIRECT")
    forget()
    booking = leaflet_booking(world)
    assert figures(world)["sitraHCO593119"] == (D("0.00"), D("0.00"), D("16.92"), D("-16.92"), D("0.00"))
    money = booking_money(booking)
    assert money.sold == D("296.50") and money.payable == D("0.00")
    receive(world, booking, "85.00")  # all that we collect
    assert figures(world)["ATOUTFRANCECTV"][4] == D("85.00")


def test_a_changed_commission_after_payout_is_taken_back(world):
    booking = paid_booking(world)
    prepare(world)
    Charge.objects.filter(line=room_line(booking)).update(commission=D("20.00"))
    assert figures(world)["sitraHCO593119"][3:] == (D("-3.08"), D("0.00"))


def test_the_house_is_never_owed_and_its_share_of_a_payment_stays_with_it(world):
    booking = leaflet_booking(world)
    Charge.objects.filter(line__booking=booking, supplier=world.atout).update(supplier=world.house, mode="OWN", bought=0)
    receive(world, booking, "148.25")  # half
    Line.objects.filter(booking=booking).update(state="FIRM", until=None)
    assert figures(world) == {"sitraHCO593119": (D("0.00"), D("211.50"), D("16.92"), D("194.58"), D("97.29"))}


def test_the_tourist_tax_stands_apart(world):
    booking = paid_booking(world)
    charge = Charge.objects.get(line=room_line(booking))
    charge.pk, charge.kind, charge.total, charge.bought, charge.commission = None, "TAX", D("3.00"), D("3.00"), D(0)
    charge.save()
    receive(world, booking, "3.00")
    assert figures(world)["sitraHCO593119"][3:] == (D("194.58"), D("194.58"))


def test_the_selection_by_dates_type_supplier_seller_and_collection(world):
    leaflet_booking(world)
    paid_booking(world)
    assert figures(world, since=world.arrival, until=world.arrival)["sitraHCO593119"][1] == D("423.00")
    assert figures(world, by="END", since=world.departure, until=world.departure)["sitraHCO593119"][1] == D("423.00")
    assert figures(world, since=world.departure) == {}
    assert figures(world, by="ORDER", since=TODAY, until=TODAY)["sitraHCO593119"][1] == D("423.00")
    assert figures(world, by="CONFIRMATION", until=TODAY.replace(year=2026)) == {}
    assert set(figures(world, supplier_kind="RESIDENCE")) == {"sitraHCO593119"}
    assert set(figures(world, supplier=world.atout.pk)) == {"ATOUTFRANCECTV"}
    assert figures(world, collected=frozenset({"BALANCE"}))["sitraHCO593119"][1] == D("211.50")
    assert figures(world, collected=frozenset({"DEPOSIT"})) == {}
    assert figures(world, seller=world.agent.pk) == {}


def test_the_count_of_queries_does_not_grow(world):
    def count():
        with CaptureQueriesContext(connection) as queries:
            assert supplier_rows(Selection(world.congress, since=world.arrival, supplier_kind="RESIDENCE"))
        return len(queries)

    for _each in range(2):
        paid_booking(world)
    few = count()
    for _each in range(18):
        paid_booking(world)
    assert count() == few <= 12


def test_all_paid_leaves_nothing_owed_and_the_principals_account_agrees(world):
    paid_booking(world)
    payouts = prepare(world).payouts
    send(world, *payouts)
    for payout in payouts:
        execute(payout, on=TODAY, by=SYSTEM, at=world.now)
    assert Payout.objects.filter(state="EXECUTED").count() == 2
    assert {row[3] for row in figures(world).values()} == {D("0.00")}
