"""VAT belongs to a document: found once per rate on the sum, then shared over its lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from pleniere.common.money import ZERO, share, total, vat_within


def vat_of_lines(lines: Sequence[tuple[Decimal, Decimal]]) -> list[Decimal]:
    """The VAT in each line of (gross, rate in percent); by rate the parts sum to gross − round(gross ÷ (1 + rate)) of the sum.

    500 lines of 25.23 at 20 %: 2,102.50 in all (line by line it would be 2,100.00, which e-invoicing refuses).
    """
    by_rate: dict[Decimal, list[int]] = defaultdict(list)
    for place, (_gross, rate) in enumerate(lines):
        by_rate[rate].append(place)
    found = [ZERO] * len(lines)
    for rate, places in by_rate.items():
        exact = [lines[place][0] * rate / (100 + rate) for place in places]
        whole = vat_within(total(lines[place][0] for place in places), rate)
        for place, part in zip(places, share(whole, exact), strict=True):
            found[place] = part
    return found
