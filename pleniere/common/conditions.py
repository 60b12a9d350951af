"""Conditions, one grammar for forms and discounts: `{all: […]}`, `{any: […]}`, `{not: …}`, `{is: [name, sign, value]}`.

An empty condition always holds. A name that has no answer yet is equal to nothing and not greater nor less than anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

SIGNS = ("=", "!=", "<", "<=", ">", ">=", "in")
DEEPEST, LONGEST = 6, 60  # nested conditions, leaves
Condition = dict[str, Any]


def holds(condition: Condition | None, facts: Mapping[str, Any]) -> bool:
    """Does it hold for these facts? A fact may be a list: it is equal to each of its values."""
    if not condition:
        return True
    ((word, value),) = condition.items()
    if word == "all":
        return all(holds(each, facts) for each in value)
    if word == "any":
        return any(holds(each, facts) for each in value)
    if word == "not":
        return not holds(value, facts)
    name, sign, wanted = value
    return _compare(facts.get(name), sign, wanted)


def names(condition: Condition | None) -> set[str]:
    """What it asks about."""
    return {leaf[0] for leaf in _leaves(condition)} if condition else set()


def wrong(condition: Any, known: set[str]) -> list[str]:
    """Sentences on what it says that cannot be meant; none: it may be kept."""
    if condition in (None, {}):
        return []
    try:
        leaves = list(_leaves(condition))
    except (ValueError, TypeError, AttributeError):
        return [_("A condition is written {is: [name, sign, value]}, with all, any and not around.")]
    if len(leaves) > LONGEST:
        return [_("This condition is too long.")]
    found = [
        _("A condition asks about “%(name)s”, which is not known here.") % {"name": leaf[0]}
        for leaf in leaves
        if leaf[0] not in known
    ]
    return found + [_("“%(sign)s” is no sign of a condition.") % {"sign": leaf[1]} for leaf in leaves if leaf[1] not in SIGNS]


def _leaves(condition: Any, depth: int = 0) -> Iterator[tuple[str, str, Any]]:
    if depth > DEEPEST:
        raise ValueError("too deep")
    ((word, value),) = condition.items()
    if word in ("all", "any"):
        if not isinstance(value, list) or not value:
            raise ValueError(word)
        for each in value:
            yield from _leaves(each, depth + 1)
    elif word == "not":
        yield from _leaves(value, depth + 1)
    elif word == "is":
        name, sign, wanted = value
        plain = (str, int, float, bool)
        if not isinstance(name, str) or not isinstance(sign, str):
            raise ValueError(word)
        if not (
            isinstance(wanted, list) and all(isinstance(each, plain) for each in wanted)
            if sign == "in"
            else isinstance(wanted, plain)
        ):
            raise ValueError(word)
        yield name[:60], sign[:10], wanted
    else:
        raise ValueError(word)


def _compare(fact: Any, sign: str, wanted: Any) -> bool:
    facts = list(fact) if isinstance(fact, list | tuple | set | frozenset) else [fact]
    if sign == "in":
        return any(_same(each, one) for each in facts for one in wanted)
    if sign == "=":
        return any(_same(each, wanted) for each in facts)
    if sign == "!=":
        return not any(_same(each, wanted) for each in facts)
    return any(_ordered(each, sign, wanted) for each in facts)


def _same(fact: Any, wanted: Any) -> bool:
    if fact is None:
        return False
    if isinstance(fact, bool) or isinstance(wanted, bool):
        return bool(fact) == bool(wanted) if isinstance(fact, bool) and isinstance(wanted, bool) else False
    return str(fact) == str(wanted)


def _ordered(fact: Any, sign: str, wanted: Any) -> bool:
    if fact is None or fact == "":
        return False
    try:
        a, b = Decimal(str(fact)), Decimal(str(wanted))
        return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[sign]
    except InvalidOperation:  # days are written so that they sort
        one, other = str(fact), str(wanted)
        return {"<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other}[sign]
