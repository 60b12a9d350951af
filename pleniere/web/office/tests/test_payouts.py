"""The payout pages: two figures, what stands in the way, the file, and each line to its end."""

from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pleniere.allotment.models import Block, BlockDue
from pleniere.messaging.models import Message
from pleniere.payment.actions import receive_from_nobody
from pleniere.payout.actions import approve, make_file
from pleniere.payout.models import Payout, TransferFile
from pleniere.payout.tests.world import TODAY, give_account, paid_booking, paid_seminar, prepare, receive, send

HOSTILE = ["\x00", "x" * 100_000, "9999999999999", "=1+1", "‮🤷", "-5", "NaN", "1e400"]


@pytest.fixture
def world(db):
    w = paid_seminar(rooms=60)
    w.congress.help_email = "aide@example.org"
    return w


@pytest.fixture
def desk(world, client):
    client.force_login(world.admin)

    def url(name, *args):
        return reverse(name, args=[world.congress.code, *args])

    client.url = url
    return client


def text(response):
    return response.content.decode().replace("\xa0", " ").replace("&nbsp;", " ")


def test_the_two_figures_stand_side_by_side(world, desk):
    paid_booking(world)
    shown = text(desk.get(desk.url("office-payouts")))
    for figure in ("85,00", "211,50", "16,92", "194,58", "279,58"):
        assert figure in shown


def test_prepared_approved_filed_and_executed_from_the_pages(world, desk):
    booking = paid_booking(world)
    hotel = world.hotel.pk
    facts = {"mode": "TRANSFER", f"pay-{hotel}": "on", f"amount-{hotel}": "194,58", f"code-{hotel}": "SL"}
    assert desk.post(desk.url("office-payouts"), facts).status_code == 302
    payout = Payout.objects.get()
    assert (payout.amount, payout.operator_code, payout.state) == (D("194.58"), "SL", "DRAFT")
    desk.post(desk.url("office-payouts-made"), {"payout": [payout.pk]})
    assert "sans être un obstacle" in text(desk.get(desk.url("office-payout-file-new")))
    made = desk.post(desk.url("office-payout-file-new"), {"on": "2027-04-12", "version": "pain.001.001.09"})
    file = TransferFile.objects.get()
    assert made.url == desk.url("office-payout-file", file.pk)
    xml = desk.get(desk.url("office-payout-file-download", file.pk))
    assert xml["Content-Type"] == "application/xml" and b"194.58" in xml.content
    desk.post(desk.url("office-payout-file", file.pk), {"act": "sent"})
    lines = {"act": "lines", "on": "2026-11-20", f"what-{payout.pk}": "EXECUTED"}
    assert desk.post(desk.url("office-payout-file", file.pk), lines).status_code == 302
    payout.refresh_from_db()
    assert payout.state == "EXECUTED"
    assert booking.number in text(desk.get(desk.url("office-payout", payout.pk)))


@pytest.fixture(autouse=True)
def today(monkeypatch, world):
    """The pages read the clock; the world lives in March 2027."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: world.now)


def test_who_is_held_back_is_named_with_its_cure(world, desk):
    paid_booking(world)
    give_account(world.hotel, world, "FR7630006000011234567890189", approved=False)
    world.atout.bank_accounts.update(ended_at=world.now)
    shown = text(desk.get(desk.url("office-payouts")))
    assert "2 points à régler" in shown and "194,58 €" in shown and "Sam" in shown


def test_more_than_is_payable_is_refused_and_nothing_typed_is_lost(world, desk):
    paid_booking(world)
    hotel = world.hotel.pk
    facts = {"mode": "CHEQUE", f"pay-{hotel}": "on", f"amount-{hotel}": "200,00", f"code-{hotel}": "ZORRO"}
    refused = desk.post(desk.url("office-payouts"), facts)
    assert refused.status_code == 422 and "ZORRO" in text(refused) and "200,00" in text(refused)
    assert desk.post(desk.url("office-payouts"), {"mode": "TRANSFER"}).status_code == 422
    assert not Payout.objects.exists()


@pytest.mark.parametrize("word", HOSTILE)
def test_hostile_words_break_nothing(world, desk, word):
    paid_booking(world)
    hotel = world.hotel.pk
    facts = {"mode": word, f"pay-{hotel}": "on", f"amount-{hotel}": word, f"code-{hotel}": word}
    assert desk.post(desk.url("office-payouts"), facts).status_code in (302, 422)
    query = {
        "since": word[:50],
        "supplier": word[:50],
        "by": word[:50],
        "kind": word[:50],
        "collected": word[:50],
        "export": word[:50],
    }
    assert desk.get(desk.url("office-payouts"), query).status_code == 200
    assert desk.get(desk.url("office-payouts-made"), {"q": word[:300], "page": word[:50], "since": word[:50]}).status_code == 200
    assert desk.post(desk.url("office-payouts-made"), {"payout": [word]}).status_code == 302
    assert desk.post(desk.url("office-payout-file-new"), {"on": word, "version": word}).status_code == 422
    refund = desk.url("office-payout-refund", paid_booking(world).payers.get().pk)
    assert desk.post(refund, {"amount": word, "holder": word, "iban": word, "key": word}).status_code == 422


def test_a_cheque_is_numbered_printed_and_executed(world, desk):
    paid_booking(world)
    payout = prepare(world, kind="CHEQUE", suppliers=[world.hotel.pk]).payouts[0]
    here = desk.url("office-payout", payout.pk)
    desk.post(here, {"act": "approve"})
    assert desk.post(here, {"act": "cheque", "cheque-number": ""}).status_code == 422
    desk.post(here, {"act": "cheque", "cheque-number": "0001234"})
    desk.post(here, {"act": "execute", "why-on": "2027-03-01"})
    payout.refresh_from_db()
    assert (payout.state, payout.cheque_number) == ("EXECUTED", "0001234")
    assert desk.get(desk.url("office-payout-letter", payout.pk)).content[:4] == b"%PDF"


def test_rejected_with_a_reason_and_paid_anew(world, desk):
    paid_booking(world)
    payout = prepare(world, suppliers=[world.hotel.pk]).payouts[0]
    send(world, payout)
    here = desk.url("office-payout", payout.pk)
    assert desk.post(here, {"act": "reject", "why-why": ""}).status_code == 422
    desk.post(here, {"act": "reject", "why-why": "AC04"})
    anew = desk.post(here, {"act": "anew"})
    again = Payout.objects.exclude(pk=payout.pk).get()
    assert anew.url == desk.url("office-payout", again.pk) and desk.get(anew.url).status_code == 200


def test_the_note_is_previewed_by_a_get_and_sent_by_a_post(world, desk):
    paid_booking(world)
    payout = prepare(world, suppliers=[world.hotel.pk]).payouts[0]
    notes = Message.objects.filter(template="payout/remittance")
    here = desk.url("office-payout-note", payout.pk)
    assert "compta@hotel.example.org" in text(desk.get(here)) and not notes.exists()
    desk.post(here)
    assert notes.count() == 1
    assert desk.get(desk.url("office-payout-note-pdf", payout.pk)).content[:4] == b"%PDF"


def test_a_supplier_is_followed_down_to_its_charges(world, desk):
    booking = paid_booking(world)
    shown = text(desk.get(desk.url("office-payout-supplier", world.hotel.pk)))
    assert booking.number in shown and "194,58" in shown
    assert desk.get(desk.url("office-payout-supplier", world.hotel.pk), {"export": "csv"}).status_code == 200
    assert desk.get(desk.url("office-payout-supplier", world.house.pk)).status_code == 404


def test_refunds_are_drafted_from_their_pages(world, desk):
    booking = paid_booking(world)
    receive(world, booking, "50.00")
    facts = {"amount": "50", "holder": "Claire", "iban": "FR7610107001011234567890129", "key": "0" * 32}
    here = desk.url("office-payout-refund", booking.payers.get().pk)
    assert desk.post(here, facts).status_code == 302 and desk.post(here, facts).status_code in (302, 422)
    assert Payout.objects.get().amount == D("50.00")
    words = {"kind": "TRANSFER", "drawer": "Inconnu", "key": "n", "on": TODAY}
    receipt = receive_from_nobody(amount=D("80.00"), by=world.accountant, at=world.now, **words)
    assert desk.post(desk.url("office-payout-back", receipt.pk), {**facts, "amount": "80", "key": "1" * 32}).status_code == 302


def test_a_post_that_presses_no_button_is_told_so(world, desk):
    paid_booking(world)
    payout = prepare(world).payouts[0]
    desk.cookies["django_language"] = "en"
    assert "No draft was chosen" in desk.post(desk.url("office-payouts-made"), {}, follow=True).content.decode()
    approve(payout, by=world.accountant, at=world.now)
    file = make_file(world.congress, [payout.pk], on=TODAY, by=world.accountant, at=world.now)
    for nonsense in ({}, {"act": "dance"}):
        answer = desk.post(desk.url("office-payout-file", file.pk), nonsense)
        assert answer.status_code == 422 and "Nothing was asked" in answer.content.decode()


def test_an_agent_prepares_and_neither_approves_nor_makes_the_file(world, client):
    paid_booking(world)
    payout = prepare(world).payouts[0]
    client.force_login(world.agent)
    code = world.congress.code
    assert client.get(reverse("office-payouts", args=[code])).status_code == 200
    assert client.post(reverse("office-payouts-made", args=[code]), {"payout": [payout.pk]}).status_code == 403
    assert client.get(reverse("office-payout-file-new", args=[code])).status_code == 403


def test_an_outsider_finds_nothing(world, client):
    paid_booking(world)
    payout = prepare(world).payouts[0]
    client.force_login(world.outsider)
    for name, *args in (("office-payouts",), ("office-payouts-made",), ("office-payout", payout.pk)):
        assert client.get(reverse(name, args=[world.congress.code, *args])).status_code in (403, 404)


def test_the_count_of_queries_is_the_same_for_many(world, desk):
    def count(name):
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(desk.url(name)).status_code == 200
        return len(queries)

    for _each in range(2):
        prepare(world, suppliers=[paid_booking(world) and world.hotel.pk])
    few = {name: count(name) for name in ("office-payouts", "office-payouts-made")}
    for _each in range(18):
        prepare(world, suppliers=[paid_booking(world) and world.hotel.pk])
    assert {name: count(name) for name in few} == few


def test_a_deposit_agreed_is_drafted_by_one_button_once(world, desk):
    what = {"supplier": world.hotel, "pool": world.pool, "contract": world.hotel.contracts.get(), "cutoff": world.arrival}
    block = Block.objects.create(congress=world.congress, retained_at=world.now, key="b", **what)
    first, second = (BlockDue.objects.create(block=block, on=on, amount=D("100.00")) for on in (TODAY, world.arrival))
    page = desk.url("office-payout-supplier", world.hotel.pk)
    pay = desk.url("office-payout-deposit", world.hotel.pk, first.pk)
    shown = text(desk.get(page))
    assert pay in shown and desk.url("office-payout-deposit", world.hotel.pk, second.pk) in shown
    once, again = (desk.post(pay, {"key": "1" * 32}) for _ in range(2))
    payout = Payout.objects.get()
    assert once.url == again.url == desk.url("office-payout", payout.pk)
    assert (payout.amount, payout.lines.get().block) == (D("100.00"), block)
    assert "déjà" in text(desk.post(pay, {"key": "2" * 32}, follow=True)) and Payout.objects.count() == 1
    assert pay not in text(desk.get(page))
    desk.post(desk.url("office-payout", payout.pk), {"act": "drop"})
    assert pay in text(desk.get(page))
    assert desk.post(desk.url("office-payout-deposit", world.atout.pk, second.pk)).status_code == 404
    desk.force_login(world.outsider)
    assert desk.get(page).status_code == desk.post(pay).status_code == 403
