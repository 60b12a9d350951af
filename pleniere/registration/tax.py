"""The tourist tax: paid at the hotel, so only said about how much (C21, RULES: taxe de séjour)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from pleniere.booking.queries import Row
from pleniere.catalogue.models import Supplier, TouristTax
from pleniere.common.money import ZERO, cents

Tariffs = dict[tuple[str, str], list[tuple[date, Decimal]]]


def tariffs(towns: Iterable[str]) -> Tariffs:
    """Every tariff of these towns, newest first, in one query."""
    found: Tariffs = defaultdict(list)
    for tax in TouristTax.objects.filter(town__in=set(towns)).order_by("-since"):
        found[tax.town, tax.lodging_class].append((tax.since, tax.amount))
    return found


def lodging_class(supplier: Supplier) -> str:
    return str(supplier.stars) if supplier.stars else "none"


def estimate(rows: Iterable[Row], known: Tariffs) -> Decimal:
    """About what these rooms' sleepers will pay on the spot: adults × nights × tariff of each night. 0 when unknown."""
    sum_ = ZERO
    for row in rows:
        line = row.line
        if line.offer.service.kind != "ROOM":
            continue
        adults = sum(not person.is_minor for person in row.persons) if row.persons else line.heads * line.quantity
        supplier = line.offer.service.supplier
        dated = known.get((supplier.town, lodging_class(supplier)), [])
        for night in line.stay:
            sum_ += adults * next((amount for since, amount in dated if since <= night), ZERO)
    return cents(sum_)
