"""What a hotel is to be paid before anybody arrives: by the terms of the request, dated and in cents."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from pleniere.catalogue.clauses import Sums, how_much, reached
from pleniere.catalogue.models import Clause, Terms
from pleniere.common.money import cents

Dues = tuple[tuple[date, Decimal], ...]


def deposits(terms: Terms | None, whole: Decimal, *, order: date, start: date, end: date) -> Dues:
    """The DUE clauses of the terms that fall before the first night; the last clause is the rest. None where the terms say none."""
    if terms is None:
        return ()
    clauses = list(terms.clauses.filter(verb=Clause.Verb.DUE))
    return dated(clauses, whole, order=order, start=start, end=end)


def dated(clauses: Iterable[Clause], whole: Decimal, *, order: date, start: date, end: date) -> Dues:
    """A night of all the rooms is taken as its part of the whole: nights differ little, and the last due is the rest."""
    sums = Sums(whole, night=cents(whole / max(1, (end - start).days)))
    asked = reached(clauses, Clause.Verb.DUE, whole)
    steps = sorted(
        ((each.begins_on(order=order, start=start, end=end), each.pk or 0, each) for each in asked), key=lambda s: s[:2]
    )
    found: dict[date, Decimal] = {}
    rest = whole
    for n, (on, _pk, clause) in enumerate(steps):
        part = rest if n == len(steps) - 1 else min(how_much(clause, sums), rest)
        rest -= part
        if part > 0 and on < start:
            found[max(on, order)] = found.get(max(on, order), cents(0)) + part
    return tuple(sorted(found.items()))
