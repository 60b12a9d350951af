"""Cheques: to the bank on a slip, and those that bounce."""

from decimal import Decimal as D

import pytest

from pleniere.booking.tests.world import NOW, leaflet_booking
from pleniere.ledger.actions import verify_chain
from pleniere.messaging.models import Message
from pleniere.payment import actions, queries
from pleniere.payment.actions import bounce_cheque, match, receive_from_nobody
from pleniere.payment.tests.world import TODAY, books, pay, payer_of, state, states

pytestmark = pytest.mark.django_db


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
