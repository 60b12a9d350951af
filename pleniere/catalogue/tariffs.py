"""What towns ask per person and night, read at once and looked up by lodging and night (RULES: taxe de séjour)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .models import Supplier, TouristTax


@dataclass(frozen=True)
class Tariff:
    """From `since` on, `amount` for each person and night but those under `exempt_under`."""

    since: date
    amount: Decimal
    exempt_under: int


Tariffs = dict[tuple[str, str], list[Tariff]]  # by town and class, newest first


def tariffs(towns: Iterable[str]) -> Tariffs:
    """Every tariff of these towns, in one query. Their case is no matter: the national list writes ANNECY, the bureau Annecy."""
    wanted = {town.casefold() for town in towns}
    found: Tariffs = defaultdict(list)
    for tax in TouristTax.objects.order_by("-since"):
        if tax.town.casefold() in wanted:
            found[tax.town.casefold(), tax.lodging_class].append(Tariff(tax.since, tax.amount, tax.exempt_under))
    return dict(found)


def lodging_class(supplier: Supplier) -> str:
    return str(supplier.stars) if supplier.stars else "none"


def tariff_of(known: Tariffs, supplier: Supplier, night: date) -> Tariff | None:
    """The one in force that night; None where none is known."""
    return next(
        (each for each in known.get((supplier.town.casefold(), lodging_class(supplier)), []) if each.since <= night), None
    )
