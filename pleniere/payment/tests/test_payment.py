"""Money that comes, in every order and amount; what it makes of lines; what the books say of it."""

import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

import pytest
from django.db import connection

from pleniere.accounts.rights import SYSTEM, NotAllowed
from pleniere.booking.actions import end_card_holds, lapse_options, list_expiring
from pleniere.booking.models import Line
from pleniere.booking.tests.world import NOW, leaflet_booking, make_cart, order, seminar
from pleniere.catalogue.models import BankAccount
from pleniere.ledger.actions import verify_chain
from pleniere.ledger.models import EntryLine
from pleniere.messaging.models import Job, Message
from pleniere.payment import actions, providers, queries
from pleniere.payment.actions import (
    NotAnAmount,
    NothingToPay,
    NotThatMuch,
    announce,
    bounce_cheque,
    match,
    open_card_attempt,
    receive,
    receive_from_nobody,
    sign_order,
    start_card,
    take_notice,
)
from pleniere.payment.models import Attempt, CardRefund, Notice, Receipt
from pleniere.payment.providers.sandbox import SIGNATURE, Provider
from pleniere.payment.tasks import send_card_refund, tell_payer
from pleniere.stock.queries import audit

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


@pytest.fixture
def world(db):
    return seminar(rooms=4)


def payer_of(booking):
    return booking.payers.select_related("booking__congress", "client", "method").get()


def pay(world, payer, amount, key="k", kind="TRANSFER", at=NOW, **facts):
    return receive(payer, kind=kind, amount=D(amount), on=at.date(), key=key, by=world.agent, at=at, **facts)


def books(role, aux=None):
    """What an account holds: debits less credits."""
    lines = EntryLine.objects.filter(role=role, **({"aux": aux} if aux else {}))
    return sum((line.debit - line.credit for line in lines), D("0.00"))


def states(booking):
    return set(booking.lines.values_list("state", flat=True))


def state(payer):
    return queries.sums_of(payer).state


def notice(attempt, status="PAID", *, amount=None, currency="EUR", event="e1", transaction="t1", at=NOW, ref=None):
    bank = Provider()
    body, signature = bank.write(
        event=event,
        ref=ref or attempt.ref,
        status=status,
        amount=str(amount or attempt.amount),
        currency=currency,
        transaction=transaction,
    )
    return take_notice("sandbox", body, {SIGNATURE: signature}, at=at)


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


def test_a_card_s_receipt_says_that_the_places_are_firm_and_asks_for_no_reference(world, card):
    _booking, payer, attempt = card
    notice(attempt)
    receipt = Receipt.objects.get(kind="CARD")
    tell_payer(receipt.pk, job=Job.objects.get(key=f"received-{receipt.pk}"))
    mail = Message.objects.get(template="payment/received")
    for said in (mail.text, mail.html):
        assert "Vos places sont fermes" in said and payer.reference not in said


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


# Cheques


@pytest.fixture
def account(world):
    return BankAccount.objects.create(
        supplier=world.house,
        holder="SEC",
        iban="FR7630001007941234567890185",
        iban_fingerprint="x",
        proposed_at=NOW,
        approved_at=NOW,
    )


def test_cheques_go_to_the_bank_once_on_a_numbered_slip(world, account):
    payer = payer_of(leaflet_booking(world, method="CHEQUE"))
    cheques = [pay(world, payer, amount, key=amount, kind="CHEQUE").receipt for amount in ("200.00", "96.50")]
    assert [r.pk for r in queries.to_remit(world.agent)] == [r.pk for r in cheques]
    slip = actions.make_deposit_slip([r.pk for r in cheques], on=TODAY, by=world.agent, at=NOW)
    assert (slip.total, str(slip)) == (D("296.50"), "2027-001")
    assert books("CHEQUES") == 0 and books("BANK") == D("296.50")
    with pytest.raises(actions.NothingToRemit):
        actions.make_deposit_slip([r.pk for r in cheques], on=TODAY, by=world.agent, at=NOW)
    assert verify_chain("receipts") == []


@pytest.mark.parametrize("remitted", [True, False])
def test_a_bounced_cheque_reverses_its_receipt_and_its_lines_stay(world, account, remitted):
    booking = leaflet_booking(world, method="CHEQUE")
    payer = payer_of(booking)
    cheque = pay(world, payer, "296.50", kind="CHEQUE", cheque_number="0448213").receipt
    if remitted:
        actions.make_deposit_slip([cheque.pk], on=TODAY, by=world.agent, at=NOW)
    first = bounce_cheque(cheque, on=TODAY, reason="no funds", by=world.agent, at=NOW)
    assert bounce_cheque(cheque, on=TODAY, reason="no funds", by=world.agent, at=NOW) == first
    assert states(booking) == {"FIRM"} and state(payer) == "DUE"
    assert books("BANK") == books("CHEQUES") == books("CLIENTS", f"P:{payer.reference}") == 0
    assert not queries.to_remit(world.agent)
    assert [receipt for receipt, _ in queries.bounced(world.agent)] == [first]
    assert Message.objects.filter(template="payment/bounced").count() == 1
    assert verify_chain("receipts") == []
    with pytest.raises(actions.CannotUndo):
        bounce_cheque(first, on=TODAY, reason="", by=world.agent, at=NOW)


def test_a_cheque_of_nobody_that_bounces_is_taken_from_those_it_was_matched_to(world):
    payer = payer_of(leaflet_booking(world))
    cheque = receive_from_nobody(kind="CHEQUE", amount=D("300.00"), on=TODAY, key="b", by=world.agent, at=NOW)
    match(cheque, {payer: D("296.50")}, key="m", by=world.agent, at=NOW)
    bounce_cheque(cheque, on=TODAY, reason="no funds", by=world.agent, at=NOW)
    assert state(payer) == "DUE" and not queries.in_suspense(world.agent)
    assert books("SUSPENSE") == books("CHEQUES") == books("CLIENTS", f"P:{payer.reference}") == 0


# Cards


@pytest.fixture
def card(world):
    booking = leaflet_booking(world, method="CARD")
    payer = payer_of(booking)
    url = start_card(payer, return_url="/back/", by=SYSTEM, at=NOW)
    attempt = Attempt.objects.get()
    assert f"/sandbox-bank/{attempt.ref}/" in url and attempt.amount == D("296.50")
    return booking, payer, attempt


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


def test_a_card_page_left_open_ends_after_a_day_and_frees_its_room_before(world, card):
    _, _, attempt = card
    assert actions.end_attempts(at=NOW + timedelta(hours=23)) == 0
    assert actions.end_attempts(at=NOW + timedelta(hours=25)) == 1
    attempt.refresh_from_db()
    assert attempt.state == "ABANDONED"


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
