"""The leaflet's seminar, paid: its suppliers have approved accounts, the house has one, and money comes in."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from decimal import Decimal as D

from pleniere.booking.tests.world import leaflet_booking, make_user, seminar
from pleniere.catalogue.models import BankAccount, Contact
from pleniere.common.crypt import fingerprint
from pleniere.ledger.chart import make_chart
from pleniere.payment import actions as payment
from pleniere.payment.models import Receipt
from pleniere.payout.actions import approve, make_file, mark_sent, prepare_payouts
from pleniere.payout.models import Payout
from pleniere.payout.queries import Selection

IBANS = {
    "HOUSE": ("FR7630006000011234567890189", "AGRIFRPPXXX"),
    "sitraHCO593119": ("FR1420041010050500013M02606", ""),
    "ATOUTFRANCECTV": ("FR7610107001011234567890129", ""),
}
TODAY = date(2027, 3, 1)
_numbers = itertools.count(1)


def paid_seminar(**facts):
    world = seminar(**facts)
    make_chart("ASSOCIATION")
    world.admin = make_user("ada@example.org", "ADMIN")
    for supplier in (world.house, world.hotel, world.atout):
        give_account(supplier, world)
    Contact.objects.create(supplier=world.hotel, role="ACCOUNTS", name="Compta", email="compta@hotel.example.org")
    return world


def give_account(supplier, world, iban: str = "", *, approved: bool = True, holder: str = ""):
    known, bic = IBANS.get(supplier.code, ("DE89370400440532013000", ""))
    iban = iban or known
    return BankAccount.objects.create(
        supplier=supplier,
        holder=holder or f"SARL {supplier.name}"[:70],
        iban=iban,
        iban_fingerprint=fingerprint(iban),
        bic=bic,
        proposed_by=world.agent,
        proposed_at=world.now,
        approved_by=world.lead if approved else None,
        approved_at=world.now if approved else None,
    )


def receive(world, booking, amount: str, *, kind: str = "TRANSFER") -> Receipt:
    """Money of the booking's payer."""
    key = f"test-{next(_numbers)}"
    facts = {"on": TODAY, "key": key, "by": world.accountant, "at": world.now}
    return payment.receive(booking.payers.get(), kind=kind, amount=D(amount), **facts).receipt


def pay_back(world, charge, amount: str) -> None:
    parts, facts = {charge: D(amount)}, {"on": TODAY, "key": f"test-{next(_numbers)}"}
    payment.receive_from_supplier(charge.supplier, parts, by=world.accountant, at=world.now, **facts)


def paid_booking(world):
    booking = leaflet_booking(world)
    receive(world, booking, "296.50")
    return booking


def prepare(world, **facts):
    return prepare_payouts(Selection(world.congress), by=world.accountant, at=world.now, **facts)


def send(world, *payouts: Payout):
    """Approved, in a file, sent."""
    for payout in payouts:
        approve(payout, by=world.lead, at=world.now)
    file = make_file(world.congress, [p.pk for p in payouts], on=TODAY + timedelta(days=1), by=world.accountant, at=world.now)
    mark_sent(file, by=world.accountant, at=world.now)
    return file
