"""What a stay as it was leaves us: the commission on the nights slept, and on what the terms keep of those that were not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, time
from decimal import Decimal

from pleniere.booking.dues import clauses_by_terms, first_night, sums_of, terms_of
from pleniere.booking.models import Charge, Line
from pleniere.booking.stays import Outcome, Stayed, Told
from pleniere.catalogue.clauses import When, holding, how_much
from pleniere.catalogue.models import Clause, Contract
from pleniere.common.money import ZERO, cents, total
from pleniere.congress.models import Congress

from .queries import WITH_COMMISSION

LAST_MINUTE = time(23, 59)


def commission_charges(lines: Iterable[int]) -> dict[int, list[Charge]]:
    """By line, what a commission may stand on; one query."""
    found: dict[int, list[Charge]] = {pk: [] for pk in lines}
    rows = Charge.objects.live().filter(line__in=list(found), kind=Charge.Kind.SALE, mode__in=WITH_COMMISSION)
    for charge in rows.select_related("payer").order_by("line", "pk"):
        found[charge.line_id].append(charge)
    return found


def fair(congress: Congress, stays: Iterable[Stayed]) -> dict[int, dict[int, Decimal]]:
    """By line and charge, the commission of each stay as it is said to have been; two queries, whatever their number."""
    stays = [each for each in stays if each.told is not None]
    charges = commission_charges(each.line.pk for each in stays)
    which = {each.line.pk: _terms(each.line, charges[each.line.pk], congress) for each in stays}
    clauses = clauses_by_terms(which.values())
    return {each.line.pk: _fair(congress, each, charges[each.line.pk], clauses[which[each.line.pk]]) for each in stays}


def _terms(line: Line, charges: list[Charge], congress: Congress) -> int | None:
    payer = next((charge.payer for charge in charges if charge.payer), None)
    return terms_of(line, payer.terms_id if payer else None, congress.terms_id)


def _fair(congress: Congress, each: Stayed, charges: list[Charge], clauses: list[Clause]) -> dict[int, Decimal]:
    line, told = each.line, each.told
    assert told is not None
    if told.outcome == Outcome.CAME:
        return {charge.pk: charge.commission for charge in charges}
    if told.outcome == Outcome.EXTRA:
        longer = Decimal(told.nights(line)) / each.booked
        return {charge.pk: min(charge.total, cents(charge.commission * longer)) for charge in charges}
    missed = {charge.pk: _missed(charge, line, told) for charge in charges}
    kept, whole = _kept(congress, line, charges, clauses, total(missed.values())), total(missed.values())
    found = {}
    for charge in charges:
        paid = charge.total - missed[charge.pk] + (kept * missed[charge.pk] / whole if whole else ZERO)
        found[charge.pk] = cents(charge.commission * paid / charge.total) if charge.total else ZERO
    return found


def _missed(charge: Charge, line: Line, told: Told) -> Decimal:
    """The price of the nights of a charge that nobody slept."""
    nights = (charge.end - charge.start).days
    slept = max(0, (min(told.until(line), charge.end) - max(line.start, charge.start)).days)
    return cents(charge.total * (nights - min(nights, slept)) / nights) if nights > 0 else ZERO


def _kept(congress: Congress, line: Line, charges: list[Charge], clauses: list[Clause], missed: Decimal) -> Decimal:
    """What of the nights not slept is paid all the same: what the terms keep on the day of arrival.

    Where they say nothing of it: all that we collected, for it was not given back; nothing of what the guest was to pay the hotel.
    """
    order = congress.local_date(line.booking.placed_at) if line.booking.placed_at else line.start
    at = datetime.combine(line.start, LAST_MINUTE, congress.zone)
    whole = total(charge.total for charge in charges)
    clause = holding(clauses, Clause.Verb.KEEP, When(order, line.start, line.end, congress.zone), at=at, whole=whole)
    if clause is None:
        return missed if all(charge.mode != Contract.Mode.DIRECT for charge in charges) else ZERO
    return how_much(clause, sums_of(line, missed, night=min(missed, first_night(line, charges))))


def summed(found: Mapping[int, Mapping[int, Decimal]]) -> dict[int, Decimal]:
    """By line, in all."""
    return {line: total(by_charge.values()) for line, by_charge in found.items()}
