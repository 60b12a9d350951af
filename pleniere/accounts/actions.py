"""What is done to the bureau and its people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Model

from .models import Bureau, Trace, actor_name, subject_of
from .rights import Actor


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
