"""Issuer and buyer as a document names them: written down at issue, never looked up again."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from pleniere.accounts.actions import the_bureau
from pleniere.accounts.models import Bureau, Client
from pleniere.booking.models import Payer
from pleniere.catalogue.models import BankAccount, Supplier


class NoHouse(Exception):
    """The bureau has no supplier record of its own, so nothing can be issued in its name."""

    def __init__(self) -> None:
        super().__init__(_("The house is not set up yet: found the bureau first."))


def the_house() -> Supplier:
    house = Supplier.objects.filter(kind=Supplier.Kind.HOUSE).first()
    if house is None:
        raise NoHouse
    return house


def bills_in_its_name(supplier: Supplier, on: date) -> bool:
    """May we issue documents as this supplier? Its mandate is signed, and the SIREN every invoice must bear is known."""
    signed = supplier.billing_mandate_on
    return signed is not None and signed <= on and bool(supplier.siret)


def bureau_facts() -> dict[str, Any]:
    """The house as issuer, with all the law has it print."""
    bureau, house = the_bureau(), the_house()
    account = BankAccount.objects.filter(supplier=house, approved_at__isnull=False, ended_at=None).first()
    return {
        **_bureau(bureau),
        "iban": account.iban if account else "",
        "bic": account.bic if account else "",
        "holder": account.holder if account else "",
    }


def supplier_facts(supplier: Supplier) -> dict[str, Any]:
    """A supplier as issuer (under its mandate, the house being named as who made the document), or as buyer of a commission."""
    return {
        "name": supplier.legal_name or supplier.name,
        "trade_name": supplier.name,
        "address": [supplier.address, f"{supplier.postcode} {supplier.town}".strip()],
        "country": supplier.country,
        "siret": supplier.siret,
        "siren": supplier.siret[:9],
        "vat_number": supplier.vat_number,
        "mandate_on": supplier.billing_mandate_on.isoformat() if supplier.billing_mandate_on else "",
    }


def payer_facts(payer: Payer) -> dict[str, Any]:
    client = payer.client
    siret = payer.siret or client.siret
    person = f"{client.first_name} {client.last_name}".strip()
    return {
        "name": str(client),
        "contact": person if person != str(client) else "",
        "address": [*client.address.splitlines(), f"{client.postcode} {client.town}".strip()],
        "country": client.country,
        "kind": client.kind,
        "siret": siret,
        "siren": siret[:9],
        "vat_number": client.vat_number,
        "service_code": payer.service_code or client.service_code,
        "engagement": payer.engagement,
        "reference": payer.reference,
        "client": client.pk,
    }


def is_professional(client: Client) -> bool:
    return client.kind != Client.Kind.PERSON


def _bureau(bureau: Bureau) -> dict[str, Any]:
    return {
        "name": bureau.legal_name or bureau.name,
        "trade_name": bureau.name,
        "legal_form": bureau.legal_form,
        "address": [*bureau.address.splitlines(), f"{bureau.postcode} {bureau.town}".strip()],
        "country": bureau.country,
        "siret": bureau.siret,
        "siren": bureau.siren,
        "vat_number": bureau.vat_number,
        "registration_number": bureau.registration_number,
        "guarantor": bureau.guarantor,
        "insurer": bureau.insurer,
        "mediator": bureau.mediator,
        "late_rate": bureau.late_rate,
        "email": bureau.email,
        "phone": bureau.phone,
    }
