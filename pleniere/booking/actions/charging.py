"""The charges of lines not yet placed: what is priced as it was stays, the rest is struck out and made anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Case, Value, When

from pleniere.accounts.rights import Actor
from pleniere.congress.programme import programme

from ..discounting import discounts_by_line, priced
from ..models import Booking, Charge, Line, Payer, Person
from ..selling import charge_of, heads_by_rate
from ..sharing import SUMS, Portion, cuts, in_parts

PRICED = (
    *("kind", "rate_id", "label", "start", "end", "units", "unit", "basis", "vat", "total"),
    *("discount_id", "supplier_id", "contract_id", "mode", "bought", "commission", "commission_vat"),
)


def charge_lines(
    booking: Booking,
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
    plan, heads, had_by_line, kept, fresh = programme(booking.congress), heads_by_rate(lines), _by_line(had), [], []
    off = discounts_by_line(plan, booking, lines, people, on=lambda _line: on, at=at)
    for line in lines:
        sales = priced(plan, line, people.get(line.pk, []), off.get(line.pk, []), on=on, heads=heads[line.rate_id])
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


def share_charges(
    charges: Sequence[Charge], portions: Mapping[int, Portion], payers: Sequence[Payer], *, by: Actor, at: datetime
) -> list[Charge]:
    """Give charges not yet ordered to their payers, the first of whom pays what no portion takes; a shared one is cut in parts.

    Three statements at most, however many payers: one names them, one leaves of what is cut the first part, one makes the others.
    """
    by_pk, made = {payer.pk: payer for payer in payers}, {"made_at": at, "made_by": str(by)[:160]}
    whole, firsts, parts = [], [], []
    for charge, cut in zip(charges, cuts(charges, portions, rest=payers[0].pk), strict=True):
        for name, value in made.items():
            setattr(charge, name, value)
        if len(cut) > 1:
            first, *others = in_parts(charge, cut)
            first.pk = charge.pk
            firsts.append(first)
            parts += others
        else:
            charge.payer_id = next(iter(cut))
            whole.append(charge)
    for charge in [*whole, *firsts, *parts]:
        charge.payer = by_pk[charge.payer_id or 0]
    theirs = [When(pk__in=[each.pk for each in whole if each.payer_id == pk], then=Value(pk)) for pk in by_pk]
    Charge.objects.filter(pk__in=[each.pk for each in whole]).update(payer=Case(*theirs), **made)
    if firsts:
        Charge.objects.bulk_update(firsts, [*SUMS, "payer", *made])
        parts = Charge.objects.bulk_create(parts)
    return [*whole, *firsts, *parts]


def _by_line(charges: Iterable[Charge]) -> dict[int, list[Charge]]:
    found: dict[int, list[Charge]] = defaultdict(list)
    for each in charges:
        found[each.line_id].append(each)
    return found


def _price_of(each: Charge) -> list[Any]:
    return [getattr(each, name) for name in PRICED]
