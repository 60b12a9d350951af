"""The charges of lines not yet placed: what is priced as it was stays, the rest is struck out and made anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from pleniere.accounts.rights import Actor
from pleniere.congress.programme import Programme

from ..models import Charge, Line, Payer, Person
from ..selling import charge_of, heads_by_rate, sales_of

PRICED = (
    *("kind", "rate_id", "label", "start", "end", "units", "unit", "basis", "vat", "total"),
    *("supplier_id", "contract_id", "mode", "bought", "commission", "commission_vat"),
)


def charge_lines(
    plan: Programme,
    lines: Sequence[Line],
    people: Mapping[int, list[Person]],
    *,
    payer: Payer | None,
    on: date,
    by: Actor,
    at: datetime,
    had: Iterable[Charge],
) -> list[Charge]:
    """Leave these lines with exactly the charges of `on`, the payer's once there is one. `had`: those they have. Raises NotSold.

    Two statements at most when no price moved, however many lines: one makes, one names the payer.
    """
    heads, had_by_line, kept, fresh = heads_by_rate(lines), _by_line(had), [], []
    for line in lines:
        sales = sales_of(plan, line, people.get(line.pk, []), on=on, heads=heads[line.rate_id])
        wanted = [charge_of(line, sale, payer=payer, by=by, at=at) for sale in sales]
        if [_price_of(each) for each in had_by_line[line.pk]] == [_price_of(each) for each in wanted]:
            kept += had_by_line.pop(line.pk)
        else:
            fresh += wanted
    stale = [each.pk for line in lines for each in had_by_line.get(line.pk, ())]
    if stale:
        Charge.objects.filter(pk__in=stale).delete()
    if kept and payer is not None:
        Charge.objects.filter(pk__in=[each.pk for each in kept]).update(payer=payer, made_at=at, made_by=str(by)[:160])
        for each in kept:
            each.payer, each.made_at, each.made_by = payer, at, str(by)[:160]
    return [*kept, *(Charge.objects.bulk_create(fresh) if fresh else [])]


def _by_line(charges: Iterable[Charge]) -> dict[int, list[Charge]]:
    found: dict[int, list[Charge]] = defaultdict(list)
    for each in charges:
        found[each.line_id].append(each)
    return found


def _price_of(each: Charge) -> list[Any]:
    return [getattr(each, name) for name in PRICED]
