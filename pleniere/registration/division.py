"""Who pays what of a cart, as it was chosen: kept as words like all else, judged when the order is placed.

Payers are numbered as they are shown: 1 is who orders, the others follow. A line remembers its payer, a step the one all its
lines went to, so that a night exchanged for another stays with who paid the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from pleniere.booking.models import Charge
from pleniere.booking.queries import Row
from pleniere.booking.sharing import Cut, Portion, asked_by_payer, cuts
from pleniere.common.money import ZERO
from pleniere.congress.models import Step

from .visit import Visit

ME, OTHERS_MOST = 1, 5
EMPLOYERS = {Step.Kind.FEE, Step.Kind.LODGING}  # what another pays first of all, until the buyer says otherwise
PREFIX = "payers."


@dataclass
class Division:
    """The cart's lines among its payers; `caps` are the most that some of them pay."""

    visit: Visit
    caps: Mapping[int, Decimal] = field(default_factory=dict)

    @cached_property
    def others(self) -> int:
        """How many pay beside who orders."""
        return number_in(self.visit.drafts.get(f"{PREFIX}count", ""), OTHERS_MOST) or 1

    @cached_property
    def rows(self) -> list[Row]:
        """What there is to share, in the form's order."""
        return sorted(self.visit.rows, key=lambda row: (row.line.offer.step.position, row.line.start, row.line.pk))

    @cached_property
    def of_line(self) -> dict[int, int]:
        """By line, the number of who pays it."""
        return {row.line.pk: self._of(row) for row in self.rows}

    def _of(self, row: Row) -> int:
        words, most, step = self.visit.drafts, self.others + 1, row.line.offer.step
        chosen = number_in(words.get(f"{PREFIX}l{row.line.pk}", ""), most) or number_in(
            words.get(f"{PREFIX}s{step.pk}", ""), most
        )
        if chosen:
            return chosen
        is_chosen = any(name.startswith((f"{PREFIX}l", f"{PREFIX}s")) for name in words)
        return ME + 1 if step.kind in EMPLOYERS and not is_chosen else ME

    @cached_property
    def charges(self) -> list[Charge]:
        return [charge for row in self.rows for charge in row.charges if charge.struck_at is None]

    @cached_property
    def portions(self) -> dict[int, Portion]:
        numbers = range(ME + 1, self.others + 2)
        lines = {n: frozenset(pk for pk, payer in self.of_line.items() if payer == n) for n in numbers}
        return {n: Portion(lines[n], self.caps.get(n)) for n in numbers}

    @cached_property
    def cut(self) -> list[Cut]:
        return cuts(self.charges, self.portions, rest=ME)

    @cached_property
    def asked(self) -> list[Decimal]:
        """What each is asked by us, by number, from 1: they sum to what the cart asks (`visit.due`)."""
        found = asked_by_payer(self.charges, self.cut)
        return [found.get(n, ZERO) for n in range(ME, self.others + 2)]

    def charges_of(self, number: int) -> list[Charge]:
        """The charges of which `number` pays a part that we ask."""
        return [charge for charge, cut in zip(self.charges, self.cut, strict=True) if cut.get(number) and charge.mode != "DIRECT"]


def is_shared(words: Mapping[str, str]) -> bool:
    """Did the buyer say that others pay a part?"""
    return words.get("contact.has_others") == "on"


def number_in(text: str, most: int) -> int:
    """A payer's number as a browser sent it; 0 for anything else."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 3 else 0
    return number if 0 < number <= most else 0


def with_rules(division: Division, chosen: Mapping[int, int]) -> dict[str, str]:
    """The words that keep who pays these lines, and each step's rule where all of its lines go to one."""
    of_line = {**division.of_line, **chosen}
    steps: dict[int, set[int]] = {}
    for row in division.rows:
        steps.setdefault(row.line.offer.step_id, set()).add(of_line[row.line.pk])
    words = {f"{PREFIX}l{pk}": str(number) for pk, number in of_line.items()}
    return words | {f"{PREFIX}s{step}": str(ones.pop()) if len(ones) == 1 else "" for step, ones in steps.items()}


def without(words: Mapping[str, str], number: int, fields: Iterable[str], *, others: int) -> dict[str, str]:
    """The words of the division once payer `number` is taken out: those after it move up, its lines go to who orders."""
    names, found = list(fields), {f"{PREFIX}count": str(max(1, others - 1))}
    for n in range(number, others + 2):
        found |= {f"{PREFIX}p{n}-{name}": words.get(f"{PREFIX}p{n + 1}-{name}", "") for name in names}
    for name, value in words.items():
        if name.startswith((f"{PREFIX}l", f"{PREFIX}s")) and (known := number_in(value, others + 1)):
            found[name] = str(ME if known == number else known - (known > number))
    return found
