"""Sold, paid, commission invoiced, paid out: what stood on 411, 467, 4671 and 401 for others is zero, and the bank holds what is ours."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest

from pleniere.accounting.audit import audit
from pleniere.accounts.rights import SYSTEM
from pleniere.booking.actions import cancel_lines
from pleniere.booking.models import Charge
from pleniere.booking.tests.world import leaflet_booking, make_user
from pleniere.invoicing.actions import (
    credit_struck,
    issue_commission_invoice,
    issue_deposit_invoice,
    issue_invoices,
    readdress,
)
from pleniere.invoicing.tests.world import NOW, balances, billing_world, bought, sign_mandate
from pleniere.payment.actions import match, receive, receive_from_nobody
from pleniere.payout.actions import execute
from pleniere.payout.actions.preparing import prepare_tax
from pleniere.payout.queries import Selection
from pleniere.payout.tests.world import give_account, prepare, send

LATER = NOW + timedelta(days=3)
DAY = date(2027, 3, 2)
OTHERS = ("CLIENTS", "PRINCIPALS", "TOURIST_TAX", "SUPPLIERS", "SUSPENSE", "DEPOSITS", "VAT_ON_DEPOSITS")


@pytest.fixture
def world(db):
    world = billing_world()
    world.admin = make_user("ada@example.org", "ADMIN")
    for supplier in (world.house, world.hotel, world.atout, world.guide, world.caterer):
        give_account(supplier, world)
    return world


def money(payer, amount, key="r"):
    return receive(payer, kind="TRANSFER", amount=D(amount), on=DAY, key=key, by=SYSTEM, at=LATER)


def pay_out(world):
    payouts = prepare(world).payouts
    send(world, *payouts)
    for payout in payouts:
        execute(payout, on=DAY, by=SYSTEM, at=LATER)
    return payouts


def differences():
    return [line for _done, _whole, _name, found in audit() for line in found]


@pytest.mark.parametrize("with_mandate", [True, False])
def test_the_leaflets_booking_leaves_nothing_of_others(world, with_mandate):
    if with_mandate:
        sign_mandate(world.hotel)
    booking = leaflet_booking(world)
    money(booking.payers.get(), "296.50")
    issue_invoices(booking, by=SYSTEM, at=LATER)
    issue_commission_invoice(world.hotel, world.congress, by=SYSTEM, at=LATER)
    payouts = pay_out(world)
    assert sorted(payout.amount for payout in payouts) == [D("85.00"), D("194.58")]
    assert balances(*OTHERS) == {}
    assert balances() == {"BANK": D("16.92"), "COMMISSIONS": D("-14.10"), "VAT_OUT": D("-2.82")}
    assert differences() == []


def test_in_whatever_order_it_happens(world):
    booking = leaflet_booking(world)
    money(booking.payers.get(), "296.50")
    pay_out(world)
    issue_commission_invoice(world.hotel, world.congress, by=SYSTEM, at=LATER)
    assert balances(*OTHERS) != {} and differences() == []
    issue_invoices(booking, by=SYSTEM, at=LATER)
    assert balances(*OTHERS) == {} and differences() == []


def test_every_mode_at_once_with_a_deposit_a_tax_and_a_new_addressee(world):
    booking = bought(world, world.own, world.dinner, world.tour, world.room)
    payer = booking.payers.get()
    line = booking.lines.get(offer=world.room)
    facts = {"start": line.start, "end": line.end, "made_at": NOW, "made_by": "test", "label": {"fr": "Taxe de séjour"}}
    Charge.objects.create(
        congress=world.congress,
        line=line,
        kind="TAX",
        units=2,
        unit=D("1.65"),
        vat=0,
        total=D("3.30"),
        bought=D("3.30"),
        payer=payer,
        supplier=world.hotel,
        mode="AGENT",
        **facts,
    )
    money(payer, "100.00", key="part")
    assert len(issue_deposit_invoice(payer, by=SYSTEM, at=LATER)) == 2
    unknown = receive_from_nobody(kind="TRANSFER", amount=D("300.00"), on=DAY, key="nobody", by=SYSTEM, at=LATER)
    assert differences() == []
    match(unknown, {payer: D("243.80")}, key="m", by=SYSTEM, at=LATER)
    invoices = issue_invoices(booking, by=SYSTEM, at=LATER).invoices
    own = next(invoice for invoice in invoices if invoice.mode == "OWN")
    readdress(own, client=world.organiser, by=SYSTEM, at=LATER)
    issue_commission_invoice(world.hotel, world.congress, by=SYSTEM, at=LATER)
    assert differences() == []
    pay_out(world)
    for payout in prepare_tax(Selection(world.congress), by=world.accountant, at=LATER).payouts:
        send(world, payout)
        execute(payout, on=DAY, by=SYSTEM, at=LATER)
    assert balances(*OTHERS) == {"SUSPENSE": D("-56.20")}  # what nobody has claimed
    assert differences() == []


def test_cancelled_after_all_was_paid_the_supplier_owes_us_and_the_payer_is_owed(world):
    booking = leaflet_booking(world)
    payer = booking.payers.get()
    money(payer, "296.50")
    issue_invoices(booking, by=SYSTEM, at=LATER)
    issue_commission_invoice(world.hotel, world.congress, by=SYSTEM, at=LATER)
    pay_out(world)
    cancel_lines(booking, list(booking.lines.values_list("pk", flat=True)), fees={}, by=SYSTEM, at=LATER)
    credit_struck(booking, by=SYSTEM, at=LATER)
    assert balances(*OTHERS) == {
        f"CLIENTS P:{payer.reference}": D("-296.50"),
        "PRINCIPALS S:ATOUTFRANCECTV": D("85.00"),
        "PRINCIPALS S:sitraHCO593119": D("194.58"),
    }
    assert differences() == []
