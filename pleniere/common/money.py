"""Money: Decimal, two places, half up. The only place that rounds."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from django.db import models

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
MOST = Decimal("9999999999.99")  # what a money column holds


class MoneyField(models.DecimalField):
    """A sum of the congress's currency: 12 digits, 2 decimals."""

    def __init__(self, *args: Any, **kwargs: Any):
        kwargs.setdefault("max_digits", 12)
        kwargs.setdefault("decimal_places", 2)
        super().__init__(*args, **kwargs)


class PercentField(models.DecimalField):
    """A rate in percent: 8.00 is eight percent."""

    def __init__(self, *args: Any, **kwargs: Any):
        kwargs.setdefault("max_digits", 6)
        kwargs.setdefault("decimal_places", 3)
        super().__init__(*args, **kwargs)


def cents(amount: Decimal | int) -> Decimal:
    """`amount` to the cent, half up (away from zero, so that a refund mirrors its sale)."""
    return Decimal(amount).quantize(CENT, ROUND_HALF_UP)


def percent_of(amount: Decimal, percent: Decimal) -> Decimal:
    """`percent` percent of `amount`, to the cent."""
    return cents(amount * percent / 100)


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The sum; 0.00 of nothing."""
    return cents(sum(amounts, ZERO))


def with_vat(net: Decimal, vat_percent: Decimal) -> Decimal:
    """The VAT-inclusive price of `net`: its own rounded value plus its rounded VAT."""
    net = cents(net)
    return net + percent_of(net, vat_percent)


def vat_within(gross: Decimal, vat_percent: Decimal) -> Decimal:
    """The VAT held in `gross`: gross − round(gross ÷ (1 + rate)). Asked once per rate of a document, never per line."""
    return gross - cents(gross * 100 / (100 + vat_percent))


def split(amount: Decimal, weights: Sequence[Decimal | int]) -> list[Decimal]:
    """Cut `amount` in proportion to `weights` (≥ 0); the parts sum to it exactly.

    Spare cents go to the largest remainders, the first of equals first. Weights of zero sum share equally.
    """
    if not weights:
        return []
    whole = sum(weights, Decimal(0))
    shares = [Decimal(1)] * len(weights) if whole == 0 else [Decimal(weight) for weight in weights]
    whole = sum(shares, Decimal(0))
    sign = -1 if amount < 0 else 1
    exact = [abs(amount) * share / whole for share in shares]
    parts = [part.quantize(CENT, ROUND_DOWN) for part in exact]
    spare = int((abs(amount) - sum(parts, ZERO)) / CENT)
    by_remainder = sorted(range(len(parts)), key=lambda i: parts[i] - exact[i])
    for i in by_remainder[:spare]:
        parts[i] += CENT
    return [sign * part for part in parts]


def share(whole: Decimal, exact: Sequence[Decimal]) -> list[Decimal]:
    """`whole` cut along `exact` parts of any sign: each rounded down, spare cents to the largest remainders, first of equals first."""
    parts = [part.quantize(CENT, ROUND_FLOOR) for part in exact]
    spare = int((whole - sum(parts, ZERO)) / CENT)
    by_remainder = sorted(range(len(parts)), key=lambda i: parts[i] - exact[i])
    for i in by_remainder[:spare]:
        parts[i] += CENT
    return parts
