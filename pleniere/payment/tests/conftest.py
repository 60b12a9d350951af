"""What the tests of money have at hand."""

from decimal import Decimal as D

import pytest

from pleniere.accounts.rights import SYSTEM
from pleniere.booking.tests.world import NOW, leaflet_booking, seminar
from pleniere.catalogue.models import BankAccount
from pleniere.payment.actions import start_card
from pleniere.payment.models import Attempt
from pleniere.payment.tests.world import payer_of


@pytest.fixture
def world(db):
    return seminar(rooms=4)


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


@pytest.fixture
def card(world):
    booking = leaflet_booking(world, method="CARD")
    payer = payer_of(booking)
    url = start_card(payer, return_url="/back/", by=SYSTEM, at=NOW)
    attempt = Attempt.objects.get()
    assert f"/sandbox-bank/{attempt.ref}/" in url and attempt.amount == D("296.50")
    return booking, payer, attempt
