"""The tourist tax that is paid at the hotel, so only said about how much. What we collect is a charge (`booking.taxing`)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from pleniere.booking.queries import Row
from pleniere.booking.taxing import taxed_heads
from pleniere.catalogue.tariffs import Tariffs, tariff_of
from pleniere.common.money import ZERO, cents


def estimate(rows: Iterable[Row], known: Tariffs) -> Decimal:
    """About what these rooms' sleepers will pay on the spot: adults × nights × tariff of each night. 0 when unknown, or collected by us."""
    sum_ = ZERO
    for row in rows:
        line = row.line
        if line.offer.service.kind != "ROOM":
            continue
        for night in line.stay:
            tariff = tariff_of(known, line.offer.service.supplier, night)
            if tariff is not None and not line.offer.contract.collects_tax(night):
                sum_ += taxed_heads(line, row.persons, tariff, night) * tariff.amount
    return cents(sum_)
