"""Money that goes back to a payer, or to the sender of money of nobody: one payout, and one receipt that alone posts."""

import threading
from decimal import Decimal as D

import pytest
from django.db import connection
from django.db.models import Sum

from pleniere.ledger.models import Entry, EntryLine
from pleniere.payment.actions import CannotUndo, correct_receipt, receive_from_nobody
from pleniere.payment.queries import in_suspense, rest_of, sums_of
from pleniere.payout.actions import (
    CannotPay,
    approve,
    drop,
    execute,
    pay_anew,
    prepare_refund,
    prepare_send_back,
    reject,
    return_payout,
)
from pleniere.payout.models import Payout

from .world import TODAY, paid_booking, paid_seminar, receive, send

IBAN = "FR76 1010 7001 0112 3456 7890 129"


@pytest.fixture
def world(db):
    return paid_seminar(rooms=60)


def overpaid(world):
    booking = paid_booking(world)
    receive(world, booking, "50.00")
    return booking.payers.get()


def refund(world, payer, amount="50.00", key="k", **facts):
    facts = {"holder": "Claire Fournier", "iban": IBAN, "by": world.accountant, "at": world.now, **facts}
    return prepare_refund(payer, amount=D(amount), key=key, **facts)


def test_a_refund_is_under_way_at_once_and_executed_it_is_a_negative_receipt_that_posts_alone(world):
    payer = overpaid(world)
    payout = refund(world, payer)
    assert refund(world, payer) == payout and payout.iban == "FR7610107001011234567890129"
    assert (sums_of(payer).refundable, sums_of(payer).under_way) == (D("0.00"), D("50.00"))
    send(world, payout)
    assert execute(payout, on=TODAY, by=world.accountant, at=world.now)
    assert not execute(payout, on=TODAY, by=world.accountant, at=world.now)
    assert [receipt.amount for receipt in payer.receipts.order_by("pk")] == [D("296.50"), D("50.00"), D("-50.00")]
    assert (sums_of(payer).received, sums_of(payer).under_way) == (D("296.50"), D("0.00"))
    assert not Entry.objects.filter(key=f"payout-{payout.pk}").exists()
    bank = EntryLine.objects.filter(role="BANK").aggregate(d=Sum("debit"), c=Sum("credit"))
    assert bank["d"] - bank["c"] == D("296.50")


def test_a_refund_returned_is_a_positive_receipt_and_is_paid_anew_under_another_id(world):
    payer = overpaid(world)
    payout = refund(world, payer)
    send(world, payout)
    execute(payout, on=TODAY, by=world.accountant, at=world.now)
    return_payout(payout, why="AC04", on=TODAY, by=world.accountant, at=world.now)
    assert sums_of(payer).refundable == D("50.00")
    payout.refresh_from_db()
    anew = pay_anew(payout, by=world.accountant, at=world.now)
    assert anew.anew_for_id is None or anew.anew_for == payout
    assert anew.end_to_end != payout.end_to_end and pay_anew(payout, by=world.accountant, at=world.now) == anew


def test_a_refund_rejected_or_dropped_may_go_again(world):
    payer = overpaid(world)
    first = refund(world, payer)
    drop(first, by=world.agent, at=world.now)
    second = refund(world, payer, key="k2")
    send(world, second)
    reject(second, why="AC01", by=world.accountant, at=world.now)
    assert sums_of(payer).refundable == D("50.00")


@pytest.mark.parametrize("facts", [{"amount": "50.01"}, {"amount": "0.00"}, {"iban": "FR00"}, {"holder": "  "}])
def test_what_may_not_go_back_is_refused(world, facts):
    payer = overpaid(world)
    with pytest.raises(CannotPay):
        refund(world, payer, **facts)
    assert not Payout.objects.exists()


def test_money_of_nobody_goes_back_to_its_sender(world):
    words = {"kind": "TRANSFER", "drawer": "Inconnu SA", "key": "n", "on": TODAY}
    receipt = receive_from_nobody(amount=D("80.00"), by=world.accountant, at=world.now, **words)
    facts = {"holder": "Inconnu SA", "iban": IBAN, "by": world.accountant, "at": world.now}
    payout = prepare_send_back(receipt, world.congress, amount=D("80.00"), key="b", **facts)
    with pytest.raises(CannotPay):
        prepare_send_back(receipt, world.congress, amount=D("1.00"), key="c", **facts)
    send(world, payout)
    execute(payout, on=TODAY, by=world.accountant, at=world.now)
    assert rest_of(receipt) == D("0.00") and payout.payee == "Inconnu SA"
    suspense = EntryLine.objects.filter(role="SUSPENSE").aggregate(d=Sum("debit"), c=Sum("credit"))
    assert suspense["d"] == suspense["c"] == D("80.00")


@pytest.fixture
def of_nobody(world):
    words = {"kind": "TRANSFER", "drawer": "Inconnu SA", "key": "n", "on": TODAY}
    receipt = receive_from_nobody(amount=D("80.00"), by=world.accountant, at=world.now, **words)
    facts = {"holder": "Inconnu SA", "iban": IBAN, "by": world.accountant, "at": world.now}
    return receipt, prepare_send_back(receipt, world.congress, amount=D("80.00"), key="b", **facts)


def test_money_on_its_way_back_to_its_sender_is_not_undone(world, of_nobody):
    receipt, payout = of_nobody
    undo = {"on": TODAY, "reason": "?", "by": world.accountant, "at": world.now}
    with pytest.raises(CannotUndo):
        correct_receipt(receipt, **undo)
    drop(payout, by=world.accountant, at=world.now)
    correct_receipt(receipt, **undo)
    assert rest_of(receipt) == D("0.00")


@pytest.mark.parametrize("returned", [True, False])
def test_money_of_nobody_that_did_not_reach_its_sender_is_sent_anew(world, of_nobody, returned):
    _receipt, payout = of_nobody
    with pytest.raises(CannotPay):
        pay_anew(payout, by=world.accountant, at=world.now)
    send(world, payout)
    if returned:
        execute(payout, on=TODAY, by=world.accountant, at=world.now)
        return_payout(payout, why="AC04", on=TODAY, by=world.accountant, at=world.now)
    else:
        reject(payout, why="AC04", by=world.accountant, at=world.now)
    anew = pay_anew(payout, by=world.accountant, at=world.now)
    assert pay_anew(payout, by=world.accountant, at=world.now) == anew
    assert (anew.amount, anew.anew_for, anew.iban, anew.payee) == (D("80.00"), payout, payout.iban, "Inconnu SA")
    drop(anew, by=world.accountant, at=world.now)
    anew = pay_anew(payout, by=world.accountant, at=world.now)  # what was dropped may be drafted once more
    send(world, anew)
    execute(anew, on=TODAY, by=world.accountant, at=world.now)
    assert not in_suspense(world.accountant)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_people_refund_at_once_and_no_more_goes_back_than_came_too_much():
    world = paid_seminar(rooms=60)
    payer = overpaid(world)
    barrier, made = threading.Barrier(3), []

    def one(number):
        try:
            barrier.wait()
            made.append(refund(world, payer, key=f"k{number}"))
        except CannotPay:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=[number]) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    approve(made[0], by=world.lead, at=world.now)
