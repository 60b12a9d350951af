"""Who pays what: whole lines, or at most an amount of them (a capped grant). Reads nothing, writes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pleniere.catalogue.models import Contract
from pleniere.common.money import ZERO, share, total

from .models import Charge

PAYERS_MOST = 20  # of one booking
SAME = (
    *("kind", "rate_id", "label", "start", "end", "units", "basis", "vat", "supplier_id", "contract_id", "mode", "discount_id"),
    *("commission_vat", "made_at", "made_by"),  # parts of one price were made at once
)
SUMS = ("unit", "total", "bought", "commission")


@dataclass(frozen=True)
class Portion:
    """What one payer takes beside the first: these lines, and of them together no more than `most` (none: all)."""

    lines: frozenset[int]
    most: Decimal | None = None


Cut = dict[int, Decimal]  # by payer, what of a charge is theirs


def cuts(charges: Sequence[Charge], portions: Mapping[int, Portion], *, rest: int) -> list[Cut]:
    """Of each charge in turn, by payer, its part: they sum to the charge. `rest` pays what no portion takes.

    A capped portion is spread over its lines as they cost, spare cents to the largest remainders; what is paid at the hotel
    is nobody's to cap and goes to who bears the rest. Of two portions that name one line the first has it.
    """
    found: list[Cut] = [{} for _ in charges]
    for who, portion in portions.items():
        mine = [n for n, charge in enumerate(charges) if charge.line_id in portion.lines and not found[n]]
        if portion.most is None:
            for n in mine:
                found[n] = {who: charges[n].total}
        else:
            _spread(charges, [n for n in mine if charges[n].mode != Contract.Mode.DIRECT], portion.most, found, who, rest)
    return [cut or {rest: charge.total} for cut, charge in zip(found, charges, strict=True)]


def _spread(charges: Sequence[Charge], mine: Sequence[int], most: Decimal, found: list[Cut], who: int, rest: int) -> None:
    whole = total(charges[n].total for n in mine)
    amount = min(most, whole)
    if amount <= 0:
        return
    parts = share(amount, [charges[n].total * amount / whole for n in mine])
    for n, part in zip(mine, parts, strict=True):
        left = charges[n].total - part
        found[n] = {payer: sum_ for payer, sum_ in ((rest, left), (who, part)) if sum_} or {rest: left}


def asked_by_payer(charges: Sequence[Charge], cut: Sequence[Cut]) -> dict[int, Decimal]:
    """What each is asked by us in all, without what is paid at the hotel."""
    found: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for charge, parts in zip(charges, cut, strict=True):
        if charge.mode != Contract.Mode.DIRECT:
            for who, part in parts.items():
                found[who] += part
    return dict(found)


def in_parts(charge: Charge, cut: Cut) -> list[Charge]:
    """A charge as so many of the same units, not yet saved: their unit prices, purchases and commissions add up to its own."""
    totals = list(cut.values())
    split = {name: _along(getattr(charge, name), totals, charge.total) for name in SUMS}
    if charge.mode in (Contract.Mode.AGENT, Contract.Mode.DIRECT):
        split["bought"] = totals
    return [_copy(charge, who, {name: split[name][n] for name in SUMS}) for n, who in enumerate(cut)]


def _along(amount: Decimal, totals: Sequence[Decimal], whole: Decimal) -> list[Decimal]:
    if amount == whole:
        return list(totals)
    return share(amount, [amount * part / whole for part in totals])


def _copy(charge: Charge, payer: int, sums: Mapping[str, Decimal]) -> Charge:
    same = {name: getattr(charge, name) for name in SAME}
    return Charge(congress_id=charge.congress_id, line=charge.line, payer_id=payer, **same, **sums)


def as_shared(charges: Sequence[Charge], was: Iterable[Charge], *, rest: int) -> list[Charge]:
    """A line's new charges, not yet saved, paid as `was` was: others keep the amount they pay, `rest` bears what changes."""
    others: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for charge in was:
        if charge.payer_id not in (None, rest) and charge.mode != Contract.Mode.DIRECT:
            others[charge.payer_id or 0] += charge.total
    lines = frozenset(charge.line_id for charge in charges)
    return divided(charges, {who: Portion(lines, amount) for who, amount in others.items()}, rest=rest)


def divided(charges: Sequence[Charge], portions: Mapping[int, Portion], *, rest: int) -> list[Charge]:
    """Charges not yet saved as their payers' own, those shared in parts."""
    found = []
    for charge, cut in zip(charges, cuts(charges, portions, rest=rest), strict=True):
        if len(cut) > 1:
            found += in_parts(charge, cut)
        else:
            charge.payer_id = next(iter(cut))
            found.append(charge)
    return found


def merged(charges: Iterable[Charge]) -> list[Charge]:
    """The charges as they were before they were cut, not yet saved: parts of one price at different payers are one again."""
    alike: dict[tuple[object, ...], list[Charge]] = defaultdict(list)
    for charge in charges:
        alike[charge.line_id, *(str(getattr(charge, name)) for name in SAME)].append(charge)
    found = []
    for same in alike.values():
        if len({charge.payer_id for charge in same}) < len(same):
            found += same  # two of one price at one payer are two
        else:
            whole = {name: total(getattr(charge, name) for charge in same) for name in SUMS}
            found.append(_copy(same[0], same[0].payer_id or 0, whole))
    return found
