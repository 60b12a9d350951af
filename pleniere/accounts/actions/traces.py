"""The one bureau, and the trace that each change leaves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Model

from ..models import Bureau, Trace, actor_name, subject_of
from ..rights import Actor


def the_bureau() -> Bureau:
    """The one row. Raises Bureau.DoesNotExist before the assistant has made it."""
    return Bureau.objects.get(pk=1)


def trace(
    by: Actor,
    verb: str,
    subject: Model,
    *,
    at: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> Trace:
    """Write down a change that is no booking's, in the caller's transaction."""
    return Trace.objects.create(
        at=at,
        actor=actor_name(by),
        verb=verb,
        subject=subject_of(subject),
        label=str(subject)[:200],
        reason=reason[:500],
        before=before or {},
        after=after or {},
    )


def changed(row: Model, facts: dict[str, Any], *, secret: frozenset[str] = frozenset()) -> tuple[dict[str, Any], dict[str, Any]]:
    """What `facts` would change of `row`, before and after, as JSON holds it; a secret's value is not written down."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for name, value in facts.items():
        old = getattr(row, name)
        if old != value:
            before[name], after[name] = ("***", "***") if name in secret else (_plain(old), _plain(value))
    return before, after


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | str) else str(value)
