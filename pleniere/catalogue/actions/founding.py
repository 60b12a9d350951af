"""A bureau from nothing: the bureau and its first administrator, the house as a supplier, VAT rates, chart of accounts.

It stands on this floor because it is the lowest that sees all of them: accounts may know neither suppliers nor the books.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from pleniere.accounts.actions import edit_bureau, found_bureau
from pleniere.accounts.models import Bureau, User
from pleniere.accounts.rights import Actor
from pleniere.ledger.chart import make_chart

from ..models import Contract, Supplier, Vat

CODE = "HOUSE"
SINCE = date(2014, 1, 1)  # the French rates in force since then
RATES = {
    "standard": Decimal("20"),
    "intermediate": Decimal("10"),  # lodging, restaurants
    "reduced": Decimal("5.5"),
    "super": Decimal("2.1"),
    "none": Decimal("0"),
}
SHARED = ("name", "legal_name", "siret", "vat_number", "postcode", "town", "country", "phone", "website")


@transaction.atomic
def found_house(
    facts: dict[str, Any], *, email: str, name: str, password: str, at: datetime, language: str = "fr"
) -> tuple[Bureau, User]:
    """All that a new bureau needs to begin. Raises AlreadyFounded where somebody was first; then nothing is made."""
    bureau, user = found_bureau(facts, email=email, name=name, password=password, at=at, language=language)
    lay_ground(bureau)
    return bureau, user


def lay_ground(bureau: Bureau) -> Supplier:
    """The house as a supplier selling in its own name, the VAT rates, the chart. A repeat adds only what is missing."""
    house, _ = Supplier.objects.get_or_create(kind=Supplier.Kind.HOUSE, defaults={"code": CODE, **_as_supplier(bureau)})
    Contract.objects.get_or_create(supplier=house, code="std", defaults={"mode": Contract.Mode.OWN})
    for code, percent in RATES.items():
        Vat.objects.get_or_create(code=code, since=SINCE, defaults={"percent": percent})
    make_chart(bureau.kind)
    return house


@transaction.atomic
def edit_house(bureau: Bureau, *, facts: dict[str, Any], by: Actor, at: datetime) -> Bureau:
    """The bureau edited, and the same said of the house among the suppliers; a kind changed before any entry renumbers the chart."""
    bureau = edit_bureau(bureau, facts=facts, by=by, at=at)
    house = lay_ground(bureau)
    shared = _as_supplier(bureau)
    if any(getattr(house, field) != value for field, value in shared.items()):
        for field, value in shared.items():
            setattr(house, field, value)
        house.save()
    return bureau


def _as_supplier(bureau: Bureau) -> dict[str, Any]:
    facts = {field: getattr(bureau, field) for field in SHARED}
    return facts | {"address": ", ".join(line.strip() for line in bureau.address.splitlines() if line.strip())}
