"""How often a supplier has answered when it was asked for rooms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from .models import Invitation

ANSWERED = ("ANSWERED", "DECLINED")  # a no is an answer


@dataclass(frozen=True)
class Rate:
    """Answers among the requests that are over for it."""

    answered: int
    asked: int

    @property
    def percent(self) -> int:
        return round(100 * self.answered / self.asked)


def rates(suppliers: Iterable[int], *, at: datetime) -> dict[int, Rate]:
    """By supplier; one that was never asked is not there. One query."""
    rows = _counted(Invitation.objects.filter(supplier__in=list(suppliers)), at)
    return {row["supplier"]: Rate(row["answered"], row["asked"]) for row in rows}


def answering(percent: int, *, at: datetime) -> QuerySet[Invitation, Any]:
    """Suppliers that answered at least so often, for a `pk__in`."""
    often: QuerySet[Invitation, Any] = _counted(Invitation.objects.all(), at).filter(answered__gte=F("asked") * percent / 100.0)
    return often.values("supplier")


def asked(*, at: datetime) -> QuerySet[Invitation, Any]:
    """Suppliers that were asked before, for a `pk__in`."""
    return _past(Invitation.objects.all(), at).values("supplier")


def _past(rows: QuerySet[Invitation], at: datetime) -> QuerySet[Invitation]:
    """Who is silent counts once its time to answer is over."""
    return rows.filter(Q(state__in=ANSWERED) | Q(state__in=("SENT", "OPENED"), request__deadline__lte=at)).order_by()


def _counted(rows: QuerySet[Invitation], at: datetime) -> Any:
    yes = Count("pk", filter=Q(state__in=ANSWERED))
    return _past(rows, at).values("supplier").annotate(asked=Count("pk"), answered=yes)
