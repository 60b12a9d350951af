"""Money that comes, in every order and amount; what it makes of lines; what the books say of it."""

import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

import pytest
from django.db import connection

from pleniere.accounts.rights import SYSTEM, NotAllowed
from pleniere.booking.actions import lapse_options, list_expiring
from pleniere.booking.models import Line
from pleniere.booking.tests.world import NOW, leaflet_booking, make_cart, order, seminar
from pleniere.ledger.actions import verify_chain
from pleniere.messaging.models import Job, Message
from pleniere.payment import actions, queries
from pleniere.payment.actions import NotAnAmount, NotThatMuch, announce, match, receive, receive_from_nobody, sign_order
from pleniere.payment.models import Receipt
from pleniere.payment.tasks import tell_payer
from pleniere.payment.tests.world import TODAY, books, pay, payer_of, state, states
from pleniere.stock.queries import audit

pytestmark = pytest.mark.django_db


# Announced, received


def test_an_announced_payment_is_listed_and_counts_for_nothing(world):
    booking = leaflet_booking(world, method="CHEQUE")
    payer = payer_of(booking)
    attempt = announce(payer, by=SYSTEM, at=NOW)
    assert announce(payer, by=SYSTEM, at=NOW) == attempt
    assert (attempt.kind, attempt.amount, attempt.state) == ("CHEQUE", D("296.50"), "OPEN")
    assert attempt.expected_by == date(2027, 3, 11)  # the option's last day
    assert queries.sums_of(payer).received == 0 and state(payer) == "DUE"
    assert list(queries.announced(world.agent)) == [attempt]


def test_money_is_chained_posted_and_makes_the_lines_firm(world):
    booking = leaflet_booking(world)
    payer = payer_of(booking)
    attempt = announce(payer, by=SYSTEM, at=NOW)
    result = pay(world, payer, "296.50", drawer="OT Saumur\x00\n")
    assert result.firm == 3 and states(booking) == {"FIRM"}
    attempt.refresh_from_db()
    assert attempt.state == "PAID" and state(payer) == "PAID"
    assert (result.receipt.number, result.receipt.drawer) == (1, "OT Saumur")
    assert books("BANK") == D("296.50") and books("CLIENTS", f"P:{payer.reference}") == D("-296.50")
    assert verify_chain("receipts") == [] == verify_chain("entries")
    assert "payment.received" in booking.changes.values_list("verb", flat=True)


def test_the_payer_is_thanked_once_and_told_what_is_left(world):
    payer = payer_of(leaflet_booking(world))
    receipt = pay(world, payer, "200.00").receipt
    job = Job.objects.get(key=f"received-{receipt.pk}")
    for _ in range(2):
        tell_payer(receipt.pk, job=job)
    mail = Message.objects.get(template="payment/received")
    assert mail.to == "claire@example.org" and "200,00" in mail.text and "96,50" in mail.text
    assert "200,00" in mail.subject and payer.reference in mail.text
    assert "Pour le reste" in mail.text and "fermes" not in mail.text


def test_the_same_key_twice_is_one_receipt(world):
    payer = payer_of(leaflet_booking(world))
    first, again = pay(world, payer, "100.00"), pay(world, payer, "100.00")
    assert first.receipt == again.receipt and Receipt.objects.count() == 1
    assert state(payer) == "PART"


def test_a_receipt_that_was_altered_shows_in_the_chain(world):
    receipt = pay(world, payer_of(leaflet_booking(world)), "100.00").receipt
    Receipt.objects.filter(pk=receipt.pk).update(amount=D("10.00"))
    assert verify_chain("receipts")


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "1e12", "NaN"])
def test_what_is_no_amount_is_refused(world, amount):
    payer = payer_of(leaflet_booking(world))
    with pytest.raises(NotAnAmount):
        pay(world, payer, amount)
    assert not Receipt.objects.exists()


def test_an_outsider_receives_nothing_and_sees_nothing(world):
    payer = payer_of(leaflet_booking(world))
    with pytest.raises(NotAllowed):
        receive(payer, kind="TRANSFER", amount=D(1), on=TODAY, key="k", by=world.outsider, at=NOW)
    pay(world, payer, "1.00")
    receive_from_nobody(kind="TRANSFER", amount=D(1), on=TODAY, key="n", by=world.accountant, at=NOW)
    assert not Receipt.objects.visible_to(world.outsider).exists()
    assert Receipt.objects.visible_to(world.agent).count() == 2


def test_the_signed_order_makes_it_firm_with_the_money_due(world):
    booking = leaflet_booking(world, method="ORDER")
    payer = payer_of(booking)
    attempt = announce(payer, by=SYSTEM, at=NOW)
    result = sign_order(payer, on=TODAY, engagement="EJ-2027-14", by=world.agent, at=NOW)
    assert len(result.firm) == 3 and states(booking) == {"FIRM"} and state(payer) == "DUE"
    assert not sign_order(payer, on=TODAY, by=world.agent, at=NOW).firm
    assert booking.changes.filter(verb="order.signed").count() == 1
    attempt.refresh_from_db()
    assert attempt.expected_by == TODAY + timedelta(days=30)
    pay(world, payer, "296.50")
    attempt.refresh_from_db()
    assert attempt.state == "PAID" and state(payer) == "PAID"


# Suspense


def test_one_transfer_for_fourteen_bookings_three_euros_short(world):
    bookings = []
    for _ in range(14):
        booking, people = make_cart(world)
        from pleniere.booking.actions import take_offer

        take_offer(
            booking,
            world.fee,
            world.fee_rate,
            start=world.congress.starts,
            end=world.congress.ends,
            persons=people,
            by=SYSTEM,
            at=NOW,
        )
        bookings.append(order(world, booking))
    payers = [payer_of(booking) for booking in bookings]
    money = receive_from_nobody(
        kind="TRANSFER", amount=D("837.00"), on=TODAY, key="bank-1", drawer="OT NANTES", by=world.agent, at=NOW
    )
    assert books("SUSPENSE") == D("-837.00")
    parts = dict.fromkeys(payers, D("60.00")) | {payers[-1]: D("57.00")}
    found = match(money, parts, key="m", by=world.agent, at=NOW)
    assert len(found) == 14 and [len(match(money, parts, key="m", by=world.agent, at=NOW))] == [14]
    assert [states(booking) for booking in bookings] == [{"FIRM"}] * 13 + [{"OPTION"}]
    sums = queries.payer_sums([booking.pk for booking in bookings])
    assert [sums[payer.pk].state for payer in payers] == ["PAID"] * 13 + ["PART"]
    assert sums[payers[-1].pk].left == D("3.00")
    assert books("SUSPENSE") == 0 and queries.rest_of(money) == 0 and not queries.in_suspense(world.agent)
    assert verify_chain("receipts") == [] and not audit()


def test_more_than_there_is_cannot_be_matched_and_the_rest_stays(world):
    payer = payer_of(leaflet_booking(world))
    money = receive_from_nobody(kind="TRANSFER", amount=D("300.00"), on=TODAY, key="b", by=world.agent, at=NOW)
    with pytest.raises(NotThatMuch):
        match(money, {payer: D("300.01")}, key="m", by=world.agent, at=NOW)
    match(money, {payer: D("296.50")}, key="m", by=world.agent, at=NOW)
    assert queries.in_suspense(world.agent) == [(money, D("3.50"))]
    actions.send_back(money, amount=D("3.50"), on=TODAY, key="s", by=world.accountant, at=NOW)
    assert not queries.in_suspense(world.agent) and books("SUSPENSE") == 0 and books("BANK") == D("296.50")
    with pytest.raises(NotThatMuch):
        actions.send_back(money, amount=D("0.01"), on=TODAY, key="s2", by=world.accountant, at=NOW)


def test_a_match_made_by_mistake_goes_back_to_suspense(world):
    payer = payer_of(leaflet_booking(world))
    money = receive_from_nobody(kind="TRANSFER", amount=D("100.00"), on=TODAY, key="b", by=world.agent, at=NOW)
    (found,) = match(money, {payer: D("100.00")}, key="m", by=world.agent, at=NOW)
    actions.correct_receipt(found.receipt, on=TODAY, reason="wrong payer", by=world.lead, at=NOW)
    assert queries.in_suspense(world.agent) == [(money, D("100.00"))] and state(payer) == "DUE"
    assert books("CLIENTS", f"P:{payer.reference}") == 0 and not Message.objects.filter(template="payment/bounced").exists()


# Others


def test_a_supplier_that_pays_back_is_credited_by_its_mode(world):
    booking = leaflet_booking(world)
    charge = booking.lines.get(offer=world.room).charges.get()
    facts = {"on": TODAY, "key": "b", "by": world.accountant, "at": NOW}
    (receipt,) = actions.receive_from_supplier(world.hotel, {charge: D("10.00")}, **facts)
    assert actions.receive_from_supplier(world.hotel, {charge: D("10.00")}, **facts) == [receipt]
    assert books("PRINCIPALS", f"S:{world.hotel.code}") == D("-10.00") and receipt.charge == charge


def test_an_announcement_ends_with_the_option_and_its_late_money_still_counts(world):
    booking = leaflet_booking(world)
    payer = payer_of(booking)
    attempt = announce(payer, by=SYSTEM, at=NOW)
    monday = datetime(2027, 3, 15, 9, tzinfo=UTC)
    assert actions.end_attempts(at=monday) == 0
    list_expiring(at=monday)
    lapse_options(at=monday + timedelta(days=1))
    assert actions.end_attempts(at=monday + timedelta(days=1)) == 1
    result = pay(world, payer, "296.50", at=monday + timedelta(days=3))
    attempt.refresh_from_db()
    assert result.revived == 8 and states(booking) == {"FIRM"} and attempt.state == "ABANDONED"


def test_sums_of_twenty_cost_the_five_queries_those_of_two_do(db, django_assert_num_queries):
    world = seminar(rooms=60)
    type(world.congress).objects.update(option_cap_email=1000, option_cap_night=1000)
    world.congress.refresh_from_db()
    bookings = [leaflet_booking(world).pk for _ in range(20)]
    for count in (2, 20):
        with django_assert_num_queries(5):
            assert len(queries.payer_sums(bookings[:count])) == count


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_matchings_of_one_transfer_never_give_more_than_came():
    world = seminar()
    payers = [payer_of(leaflet_booking(world)) for _ in range(4)]
    money = receive_from_nobody(kind="TRANSFER", amount=D("600.00"), on=TODAY, key="b", by=world.agent, at=NOW)
    start, refused, failed = threading.Barrier(4), [], []

    def take(n):
        start.wait()
        try:
            match(money, dict.fromkeys(payers[n:] + payers[:n], D("75.00")), key=f"m{n}", by=SYSTEM, at=NOW)
        except NotThatMuch:
            refused.append(n)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=[n]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed and len(refused) == 2
    assert queries.rest_of(money) == 0 and {queries.sums_of(p).received for p in payers} == {D("150.00")}
    assert Line.objects.filter(state="FIRM").exists() and verify_chain("receipts") == []
