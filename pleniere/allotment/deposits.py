"""What a hotel is to be paid before anybody arrives: by the terms of the request, dated and in cents."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from pleniere.catalogue.models import Clause, Terms
from pleniere.common.money import ZERO, percent_of

Dues = tuple[tuple[date, Decimal], ...]


def deposits(terms: Terms | None, whole: Decimal, *, order: date, start: date, end: date) -> Dues:
    """The DUE clauses of the terms that fall before the first night; the last clause is the rest. None where the terms say none."""
    if terms is None:
        return ()
    clauses = list(terms.clauses.filter(verb=Clause.Verb.DUE))
    return dated(clauses, whole, order=order, start=start, end=end)


def dated(clauses: Iterable[Clause], whole: Decimal, *, order: date, start: date, end: date) -> Dues:
    steps = sorted(
        ((clause.begins_on(order=order, start=start, end=end), clause.pk or 0, clause) for clause in clauses), key=lambda s: s[:2]
    )
    found: dict[date, Decimal] = {}
    rest = whole
    for n, (on, _pk, clause) in enumerate(steps):
        part = (
            rest
            if n == len(steps) - 1
            else percent_of(whole, clause.percent)
            if clause.percent is not None
            else clause.amount or ZERO
        )
        part = min(part, rest)
        rest -= part
        if part > 0 and on < start:
            found[max(on, order)] = found.get(max(on, order), ZERO) + part
    return tuple(sorted(found.items()))
