"""Money that comes by card: in every order of notices; what goes back on the card."""

import threading
from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import connection

from pleniere.accounts.rights import SYSTEM, NotAllowed
from pleniere.booking.actions import end_card_holds
from pleniere.booking.tests.world import NOW, leaflet_booking, make_cart, order, seminar
from pleniere.ledger.actions import verify_chain
from pleniere.messaging.models import Job, Message
from pleniere.payment import actions, providers, queries
from pleniere.payment.actions import NothingToPay, NotThatMuch, announce, open_card_attempt, start_card, take_notice
from pleniere.payment.models import Attempt, CardRefund, Notice, Receipt
from pleniere.payment.providers.sandbox import SIGNATURE, Provider
from pleniere.payment.tasks import send_card_refund, tell_payer
from pleniere.payment.tests.world import TODAY, books, notice, pay, payer_of, state, states
from pleniere.stock.queries import audit

pytestmark = pytest.mark.django_db


def test_a_card_s_receipt_says_that_the_places_are_firm_and_asks_for_no_reference(world, card):
    _booking, payer, attempt = card
    notice(attempt)
    receipt = Receipt.objects.get(kind="CARD")
    tell_payer(receipt.pk, job=Job.objects.get(key=f"received-{receipt.pk}"))
    mail = Message.objects.get(template="payment/received")
    for said in (mail.text, mail.html):
        assert "Vos places sont fermes" in said and payer.reference not in said


def test_nothing_is_firm_until_the_notice_says_so(world, card):
    booking, payer, attempt = card
    assert open_card_attempt(payer, by=SYSTEM, at=NOW) == attempt and "HELD" in states(booking)
    assert notice(attempt).outcome
    attempt.refresh_from_db()
    assert states(booking) == {"FIRM"} and attempt.state == "PAID" and books("CARDS") == D("296.50")
    with pytest.raises(NothingToPay):
        open_card_attempt(payer, by=SYSTEM, at=NOW)


def test_a_notice_told_twice_is_one_receipt(world, card):
    _, payer, attempt = card
    first = notice(attempt)
    assert notice(attempt) == first
    assert not notice(attempt, event="e2").to_look_at  # another telling of the same money
    assert Receipt.objects.count() == 1 and state(payer) == "PAID"


def test_paid_twice_on_the_card_page_is_overpaid_and_shown(world, card):
    _, payer, attempt = card
    notice(attempt)
    assert notice(attempt, event="e2", transaction="t2").to_look_at
    assert Receipt.objects.count() == 2 and state(payer) == "OVERPAID"
    assert [(p, sums.refundable) for p, sums in queries.overpaid(world.agent)] == [(payer, D("296.50"))]
    assert queries.odd_notices(world.agent).count() == 1


def test_a_wrong_amount_is_booked_as_it_came_and_shown(world, card):
    booking, payer, attempt = card
    said = notice(attempt, amount=D("200.00"))
    assert said.to_look_at and "200" in said.outcome
    assert state(payer) == "PART" and "FIRM" not in set(booking.lines.filter(offer=world.room).values_list("state", flat=True))


def test_another_currency_books_nothing_and_is_shown(world, card):
    _, payer, attempt = card
    assert notice(attempt, currency="USD").to_look_at
    assert not Receipt.objects.exists() and state(payer) == "DUE"


def test_a_forged_notice_is_not_believed_nor_kept(world, card):
    _, _, attempt = card
    body, signature = Provider().write(
        event="e", ref=attempt.ref, status="PAID", amount="296.50", currency="EUR", transaction="t"
    )
    for headers in ({}, {SIGNATURE: "0" * 64}, {SIGNATURE: "é"}):
        with pytest.raises(providers.Forged):
            take_notice("sandbox", body, headers, at=NOW)
    with pytest.raises(providers.Forged):
        take_notice("sandbox", body.replace(b"296.50", b"1.00"), {SIGNATURE: signature}, at=NOW)
    with pytest.raises(providers.Unavailable):
        take_notice("another", body, {SIGNATURE: signature}, at=NOW)
    assert not Notice.objects.exists() and not Receipt.objects.exists()


@pytest.mark.parametrize("body", [b"", b"[]", b'{"event": 1}', b"\xff", b"null"])
def test_a_signed_notice_that_cannot_be_read_is_refused(world, body):
    with pytest.raises(providers.Unreadable):
        take_notice("sandbox", body, {SIGNATURE: Provider().sign(body)}, at=NOW)


def test_a_refusal_after_the_payment_changes_nothing_and_a_payment_after_a_refusal_counts(world, card):
    booking, payer, attempt = card
    notice(attempt, "REFUSED", event="e0")
    attempt.refresh_from_db()
    assert attempt.state == "REFUSED"
    notice(attempt)
    notice(attempt, "ABANDONED", event="e3")
    attempt.refresh_from_db()
    assert attempt.state == "PAID" and states(booking) == {"FIRM"} and state(payer) == "PAID"


def test_money_under_a_reference_nobody_knows_waits_for_a_name(world, card):
    _, _, attempt = card
    assert notice(attempt, ref="UNKNOWN").to_look_at
    ((receipt, rest),) = queries.in_suspense(world.agent)
    assert rest == D("296.50") and receipt.kind == "CARD"


def test_the_hold_ends_during_3d_secure_and_the_late_notice_brings_the_room_back(world, card):
    booking, payer, attempt = card
    late = NOW + timedelta(minutes=25)
    end_card_holds(at=late)
    assert states(booking) == {"CANCELLED"}
    assert "rétablies" in notice(attempt, at=late).outcome
    assert states(booking) == {"FIRM"} and state(payer) == "PAID" and not audit()


def take_rooms(world, count, at):
    from pleniere.booking.actions import take_offer

    for _ in range(count):
        other, people = make_cart(world, at=at)
        take_offer(other, world.room, world.room_rate, start=world.arrival, end=world.departure, persons=people, by=SYSTEM, at=at)
        order(world, other, at=at)


@pytest.mark.parametrize("worker_came", [True, False])
def test_the_hold_ends_and_the_room_is_sold_so_a_refund_is_proposed(world, card, worker_came):
    booking, payer, attempt = card
    late = NOW + timedelta(minutes=25)
    if worker_came:
        end_card_holds(at=late)
    take_rooms(world, 4, late)
    said = notice(attempt, at=late)
    assert said.to_look_at and states(booking) == {"CANCELLED"}
    assert state(payer) == "OVERPAID" and queries.refundable(payer) == D("296.50") and not audit()


def test_paid_by_card_and_by_the_employers_transfer_is_overpaid_and_a_refund_proposed(world):
    booking = leaflet_booking(world)
    payer = payer_of(booking)
    announced = announce(payer, by=SYSTEM, at=NOW)
    start_card(payer, return_url="/", by=SYSTEM, at=NOW)
    attempt = Attempt.objects.get(kind="CARD")
    notice(attempt)
    announced.refresh_from_db()
    assert announced.state == "ABANDONED"  # expected no more
    result = pay(world, payer, "296.50", drawer="RIVES DE SAONE")
    announced.refresh_from_db()
    assert result.spare == D("296.50") and state(payer) == "OVERPAID"
    assert queries.overpaid(world.agent)[0][1].refundable == D("296.50")
    assert states(booking) == {"FIRM"}


def test_spare_money_goes_back_on_the_card_once(world, card):
    _, payer, attempt = card
    notice(attempt)
    pay(world, payer, "296.50")
    receipt = Receipt.objects.get(kind="CARD")
    ask = {"receipt": receipt, "key": "r", "by": world.accountant, "at": NOW}
    with pytest.raises(NotThatMuch):
        actions.refund_card(payer, amount=D("296.51"), **ask)
    with pytest.raises(NotAllowed):
        actions.refund_card(payer, amount=D("296.50"), **{**ask, "by": world.agent})
    refund = actions.refund_card(payer, amount=D("296.50"), **ask)
    assert actions.refund_card(payer, amount=D("296.50"), **ask) == refund
    assert state(payer) == "PAID" and not queries.overpaid(world.agent)  # under way
    with pytest.raises(NotThatMuch):
        actions.refund_card(payer, amount=D("0.01"), **{**ask, "key": "r2"})
    assert Job.objects.filter(key=f"card-refund-{refund.pk}").exists()
    for _ in range(2):
        send_card_refund(refund.pk)
    assert CardRefund.objects.get().state == "DONE" and queries.sums_of(payer).received == D("296.50")
    assert books("CARDS") == 0 and books("CLIENTS", f"P:{payer.reference}") == D("-296.50")


def test_a_refund_by_transfer_is_written_when_the_bank_has_done_it(world):
    payer = payer_of(leaflet_booking(world))
    pay(world, payer, "300.00")
    facts = {"amount": D("3.50"), "on": TODAY, "by": SYSTEM, "at": NOW}
    receipt = actions.write_refund_receipt(payer, key="payout-1", **facts)
    assert actions.write_refund_receipt(payer, key="payout-1", **facts) == receipt
    assert state(payer) == "PAID" and books("BANK") == D("296.50")
    actions.write_refund_receipt(payer, key="payout-1/returned", returned=True, **facts)
    assert state(payer) == "OVERPAID" and books("BANK") == D("300.00")


def test_a_card_charged_back_owes_again(world, card):
    booking, payer, attempt = card
    notice(attempt)
    notice(attempt, "CHARGED_BACK", event="e9")
    assert state(payer) == "DUE" and states(booking) == {"FIRM"} and books("CARDS") == 0


def test_cards_are_remitted_with_the_banks_fees(world, account, card):
    _, _, attempt = card
    notice(attempt)
    pks = [receipt.pk for receipt in queries.to_remit(world.agent, "CARD")]
    actions.remit_cards(pks, on=TODAY, fees=D("2.50"), by=world.accountant, at=NOW)
    assert (books("BANK"), books("CARD_FEES"), books("CARDS")) == (D("294.00"), D("2.50"), 0)


def test_a_card_page_left_open_ends_after_a_day_and_frees_its_room_before(world, card):
    _, _, attempt = card
    assert actions.end_attempts(at=NOW + timedelta(hours=23)) == 0
    assert actions.end_attempts(at=NOW + timedelta(hours=25)) == 1
    attempt.refresh_from_db()
    assert attempt.state == "ABANDONED"


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_the_same_notice_told_by_eight_threads_at_once_is_one_receipt():
    world = seminar()
    booking = leaflet_booking(world, method="CARD")
    payer = payer_of(booking)
    start_card(payer, return_url="/", by=SYSTEM, at=NOW)
    attempt = Attempt.objects.get()
    start, failed = threading.Barrier(8), []

    def tell(n):
        start.wait()
        try:
            notice(attempt, event=f"e{n % 2}")  # two tellings, four times each
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=tell, args=[n]) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert Receipt.objects.count() == 1 and Notice.objects.count() == 2
    assert states(booking) == {"FIRM"} and state(payer) == "PAID" and not audit()
    assert verify_chain("receipts") == [] == verify_chain("entries")
