"""A claim on a row of work is a lease: a worker that dies leaves it, and it runs out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

ATTEMPTS = 5  # then it has failed, and waits for somebody to look
BATCH = 20


def seconds() -> int:
    """How long a claim holds: longer than the slowest step between two signs of life."""
    return int(settings.WORK_LEASE)


def free(at: datetime) -> Q:
    return Q(leased_until=None) | Q(leased_until__lt=at)


def take(due: QuerySet[Any], *, at: datetime, limit: int = BATCH) -> list[Any]:
    """Lease up to `limit` rows of `due` and count the attempt. Two workers never get the same row."""
    due = due.filter(free(at))[:limit]
    if connection.vendor == "sqlite" and not due.exists():
        return []  # looking takes no write lock
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True, no_key=True)
        rows = list(due)
        until = at + timedelta(seconds=seconds())
        model = due.model
        model._default_manager.filter(pk__in=[row.pk for row in rows]).update(leased_until=until, attempts=F("attempts") + 1)
    for row in rows:
        row.attempts += 1
        row.leased_until = until
    return rows


def pause(attempts: int) -> timedelta:
    """How long to wait after the n-th failure: 2, 4, 8, 16 minutes."""
    return timedelta(minutes=2**attempts)
