"""What every edit of a congress shares: the lock, the version it moves, the trace it leaves, the words it refuses with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F
from django.utils.translation import gettext as _

from pleniere.accounts.actions import trace
from pleniere.accounts.rights import Actor, require
from pleniere.common.words import LocalText, LocalTextField

from ..checks import holes, say
from ..models import Congress

TITLE, TEXT = 200, 20_000  # characters of a title, of a text, per language
TITLES = ("title", "name")


class Refused(ValueError):
    """The edit would leave the congress in a state that makes no sense. `reasons` are sentences for the person who tried."""

    def __init__(self, *reasons: str):
        self.reasons = list(reasons)
        super().__init__(" ".join(self.reasons))


def touch(congress: Congress) -> None:
    """Something sold in it changed: every process reads its programme anew."""
    Congress.objects.filter(pk=congress.pk).update(version=F("version") + 1)
    congress.version += 1


@contextmanager
def editing(congress: Congress, *, by: Actor, at: datetime, verb: str = "congress.edit") -> Iterator[Congress]:
    """The congress locked and current; its version moved after. While it is open, nothing that has a price may lose it (Refused)."""
    require(by, verb, congress)
    fresh = Congress.objects.select_for_update(no_key=True).get(pk=congress.pk)
    if fresh.state == Congress.State.OVER:
        raise Refused(_("This congress is over: its set-up no longer changes."))
    before = set(holes(fresh, at=at)) if fresh.state == Congress.State.OPEN else None
    yield fresh
    touch(fresh)
    congress.version = fresh.version
    if before is not None:
        lost = [hole for hole in holes(fresh, at=at) if hole not in before]
        if lost:
            raise Refused(_("Registration is open, and this would leave something on sale without a price."), *map(say, lost))


def put(row: models.Model, facts: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Write these facts on the row, check it, save it. What changed, before and after; ValidationError by field."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for name, value in facts.items():
        if row._state.adding:
            after[name] = plain(value)
        elif getattr(row, name) != value:
            before[name], after[name] = plain(getattr(row, name)), plain(value)
        else:
            continue
        setattr(row, name, value)
    check(row)
    if after or row._state.adding:
        row.save()
    return before, after


def check(row: models.Model) -> None:
    """What the model itself forbids, and words that no column can hold."""
    errors: dict[str, list[str]] = {}
    for field in row._meta.concrete_fields:
        if isinstance(field, LocalTextField):
            words = getattr(row, field.attname) or {}
            words = {"fr": words} if isinstance(words, str) else words
            most = TITLE if field.name in TITLES else TEXT
            if any("\x00" in text for text in words.values()):
                errors.setdefault(field.name, []).append(_("A character here cannot be kept."))
            if any(len(text) > most for text in words.values()):
                errors.setdefault(field.name, []).append(_("%(n)s characters at most, per language.") % {"n": most})
    if errors:
        raise ValidationError(errors)  # type: ignore[arg-type]
    row.full_clean()


def tell(
    congress: Congress,
    verb: str,
    row: models.Model,
    *,
    by: Actor,
    at: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """One trace, of the congress, naming which of its parts changed. Nothing changed, nothing told."""
    before, after = dict(before or {}), dict(after or {})
    if not before and not after:
        return
    if row != congress:
        after = {"what": getattr(row, "code", "") or str(row), **after}
    trace(by, verb, congress, at=at, before=before, after=after, reason=reason)


def plain(value: Any) -> Any:
    """As JSON holds it."""
    if isinstance(value, LocalText | dict):
        return dict(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, models.Model):
        return str(value)
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def free_code(rows: models.QuerySet[Any], wanted: str) -> str:
    """`wanted`, or the first of wanted-2, wanted-3 … that none of the rows has."""
    taken = set(rows.values_list("code", flat=True))
    number = 2
    code = wanted
    while code in taken:
        code = f"{wanted[:16]}-{number}"
        number += 1
    return code
