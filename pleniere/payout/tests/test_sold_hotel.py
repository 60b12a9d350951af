"""A hotel is sold in the middle of a congress: another company, another SIREN, another IBAN. Who is paid what."""

from decimal import Decimal as D

import pytest

from pleniere.booking.actions import HOUSE, Move, relocate
from pleniere.booking.tests.world import leaflet_booking, make_offer, make_service
from pleniere.catalogue.actions import make_supplier, retire_supplier
from pleniere.catalogue.models import Contract
from pleniere.congress.programme import forget
from pleniere.payout.actions import approve
from pleniere.payout.models import Payout
from pleniere.payout.queries import Selection, supplier_rows

from .world import give_account, paid_booking, paid_seminar, prepare, receive, send

SELLER, BUYER = "FR1420041010050500013M02606", "DE89370400440532013000"


@pytest.fixture
def world(db):
    return paid_seminar(rooms=60)


def sell(world):
    """The buyer is a supplier of its own; the seller is retired, and keeps what is its own."""
    said = {"by": world.agent, "at": world.now}
    facts = {"legal_name": "SAS Nouvel Hôtelier", "siret": "73282932000074", "stars": 3}
    buyer = make_supplier(code="NOUVEL", kind="HOTEL", name="Hôtel Nouvel", **facts, **said)
    Contract.objects.create(supplier=buyer, code="std", mode="AGENT", commission=D("10"))
    room, rate = make_service(buyer, "DOUBLE", "ROOM", room="DOUBLE", unit="NIGHT", vat="intermediate", occupancy=2)
    offer = make_offer(world, world.step["lodging"], room, rate, "105.75")
    give_account(buyer, world, BUYER, holder="SAS Nouvel Hôtelier")
    forget()
    retire_supplier(world.hotel, retired=True, reason="Vendu", **said)
    return buyer, offer, rate


def moved(world, booking, offer, rate):
    stay = booking.lines.get(offer__service__kind="ROOM")
    relocate([Move(stay, offer, rate)], bears=HOUSE, reason="Hôtel vendu", by=world.agent, at=world.now)


def owed(world):
    return {row.supplier.code: (row.owed, row.commission) for row in supplier_rows(Selection(world.congress))}


def paid_on(payouts):
    return {payout.supplier.code: (payout.amount, payout.iban, payout.holder) for payout in payouts}


def test_stays_before_the_sale_stay_owed_to_the_seller_on_its_own_account_those_after_to_the_buyer(world):
    paid_booking(world)
    after = leaflet_booking(world)
    receive(world, after, "296.50")
    moved(world, after, *sell(world)[1:])
    found = owed(world)
    assert found["sitraHCO593119"] == (D("194.58"), D("16.92"))  # 211.50 less 8 %
    assert found["NOUVEL"] == (D("190.35"), D("21.15"))  # 211.50 less 10 %
    payouts = [payout for payout in prepare(world).payouts if payout.supplier_id]
    for payout in payouts:
        approve(payout, by=world.lead, at=world.now)
    ready = paid_on(Payout.objects.filter(state="APPROVED").select_related("supplier"))
    assert ready["sitraHCO593119"] == (D("194.58"), SELLER, "SARL ADAGIO SAINT ETIENNE CENTRE")
    assert ready["NOUVEL"] == (D("190.35"), BUYER, "SAS Nouvel Hôtelier")


def test_what_the_seller_was_paid_for_a_stay_now_the_buyer_s_it_owes_us_and_the_buyer_is_paid_all_the_same(world):
    booking = paid_booking(world)
    send(world, *[payout for payout in prepare(world).payouts if payout.supplier == world.hotel])
    moved(world, booking, *sell(world)[1:])
    found = owed(world)
    assert found["sitraHCO593119"][0] == -D("194.58") and found["NOUVEL"][0] == D("190.35")
    codes = {payout.supplier.code for payout in prepare(world).payouts}
    assert "sitraHCO593119" not in codes and "NOUVEL" in codes, "the debt of one company is not taken off another's money"
