"""What a change would do, shown before the yes: the real action runs, its effect is read, and all of it is undone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from django.db import transaction

from pleniere.catalogue.models import Supplier
from pleniere.common.money import ZERO

from ..models import Booking
from ..queries import live_charges

T = TypeVar("T")
CLIENT, SUPPLIER, OFFICE = "client", "supplier", "office"


@dataclass(frozen=True)
class Moved:
    """For whom, and how what they pay (client), are owed (supplier) or keep (office) moves."""

    side: str
    name: str
    before: Decimal
    after: Decimal

    @property
    def difference(self) -> Decimal:
        return self.after - self.before


@dataclass(frozen=True)
class Effect:
    """What a change does to each payer, each supplier and the office."""

    rows: tuple[Moved, ...]

    @property
    def signature(self) -> str:
        """What the yes names: two effects of the same signature are the same to everybody."""
        return "|".join(f"{row.side}:{row.name}:{row.before}:{row.after}" for row in self.rows)


class EffectDiffers(Exception):
    """What would happen now is not what was shown: nothing was done. `effect` is the one of now."""

    def __init__(self, effect: Effect):
        self.effect = effect
        super().__init__(effect.signature)


def rehearse(booking: Booking, act: Callable[[], Any]) -> Effect:
    """Run `act`, read its effect, undo it. Raises what `act` raises."""
    with transaction.atomic():
        effect, _result = _measured(booking, act)
        transaction.set_rollback(True)
    return effect


@transaction.atomic
def act_as_shown(booking: Booking, act: Callable[[], T], *, shown: str) -> T:
    """Run `act` if it does what was shown (an effect's signature). Raises EffectDiffers, and then nothing was done."""
    effect, result = _measured(booking, act)
    if effect.signature != shown:
        raise EffectDiffers(effect)
    return result


def _measured(booking: Booking, act: Callable[[], T]) -> tuple[Effect, T]:
    before = _sums(booking)
    result = act()
    after = _sums(booking)
    keys = sorted({*before, *after}, key=lambda key: ((CLIENT, SUPPLIER, OFFICE).index(key[0]), key[1]))
    rows = tuple(Moved(*key, before.get(key, ZERO), after.get(key, ZERO)) for key in keys)
    return Effect(rows), result


def _sums(booking: Booking) -> dict[tuple[str, str], Decimal]:
    """By side and name; the office keeps its margin and its commissions."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    names = _names(booking)
    for charge in live_charges(booking).select_related("supplier", "payer"):
        if charge.payer is not None:
            sums[CLIENT, names[charge.payer.pk]] += charge.total
        if charge.supplier.kind != Supplier.Kind.HOUSE:
            sums[SUPPLIER, str(charge.supplier)] += charge.bought - charge.commission
        sums[OFFICE, ""] += charge.total - charge.bought + charge.commission
    return dict(sums)


def _names(booking: Booking) -> dict[int, str]:
    """By payer, its name; with its reference where two have the same."""
    payers = list(booking.payers.select_related("client"))
    often = Counter(str(payer.client) for payer in payers)
    return {payer.pk: str(payer) if often[str(payer.client)] > 1 else str(payer.client) for payer in payers}
