"""What is free, by night and by service. Readers only: what is shown may be gone when it is claimed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Q, Sum
from django.db.models.functions import TruncMonth

from pleniere.catalogue.models import Service
from pleniere.congress.models import Congress, Pool

from .actions import Night
from .models import Claim, StockDay


def free(
    congress: Congress, *, start: date | None = None, end: date | None = None, services: Iterable[int] | None = None
) -> dict[Night, int]:
    """Rooms free per row of a congress's stock, in one query."""
    days = StockDay.objects.filter(congress=congress)
    if start is not None:
        days = days.filter(day__gte=start)
    if end is not None:
        days = days.filter(day__lt=end)
    if services is not None:
        days = days.filter(service__in=list(services))
    rows = days.values_list("pool", "service", "day", "granted", "held", "optioned", "booked")
    return {Night(pool, service, day): max(0, granted - sum(taken)) for pool, service, day, granted, *taken in rows}


def ending(kind: str, *, at: datetime) -> list[str]:
    """Owners whose claims of this kind have ended by `at`."""
    return list(Claim.objects.filter(kind=kind, until__lte=at).values_list("owner", flat=True).distinct())


def audit() -> list[str]:
    """Rebuild every counter from claims and grants; say each difference. Empty: all is true."""
    claims = {
        (row["stock_day"], row["kind"]): row["sum"]
        for row in Claim.objects.values("stock_day", "kind").annotate(sum=Sum("rooms"))
    }
    grants = dict(StockDay.objects.annotate(sum=Sum("grants__rooms")).values_list("pk", "sum"))
    wrong = []
    for day in StockDay.objects.filter(~Q(granted=0) | ~Q(held=0) | ~Q(optioned=0) | ~Q(booked=0) | Q(pk__in=list(grants))):
        count = {kind: claims.get((day.pk, kind), 0) for kind in Claim.Kind.values}
        rebuilt = (grants.get(day.pk) or 0, count["CART"] + count["KEPT"], count["OPTION"], count["BOOKED"])
        if rebuilt != (day.granted, day.held, day.optioned, day.booked):
            wrong.append(
                f"stock {day.pk} ({day}): counters {day.granted, day.held, day.optioned, day.booked}, rows say {rebuilt}"
            )
        if day.short != max(0, sum(rebuilt[1:]) - rebuilt[0]):
            wrong.append(f"stock {day.pk} ({day}): short {day.short}")
    return wrong


@dataclass
class Track:
    """A service of a pool over days: what there is of it each day."""

    service: Service
    pool: Pool
    days: dict[date, StockDay] = field(default_factory=dict)

    @property
    def granted(self) -> int:
        return sum(day.granted for day in self.days.values())


def tracks(congress: Congress, *, start: date, end: date, suppliers: Iterable[int] | None = None) -> list[Track]:
    """Stock of a congress over these days, by supplier, service and pool; one query. Meals and visits are there too."""
    rows = StockDay.objects.filter(congress=congress, day__gte=start, day__lt=end)
    if suppliers is not None:
        rows = rows.filter(service__supplier__in=list(suppliers))
    found: dict[tuple[int, int], Track] = {}
    ordered = rows.select_related("service__supplier", "pool").order_by(
        "service__supplier__name", "service__supplier", "service__kind", "service__code", "pool__code", "day"
    )
    for row in ordered:
        track = found.setdefault((row.service_id, row.pool_id), Track(row.service, row.pool))
        track.days[row.day] = row
    return list(found.values())


def by_month(congress: Congress) -> list[tuple[date, int, int]]:
    """(first of the month, granted, taken) of every month that holds stock; one query."""
    rows = StockDay.objects.filter(congress=congress).annotate(month=TruncMonth("day")).values_list("month").order_by("month")
    sums = rows.annotate(Sum("granted"), Sum("held"), Sum("optioned"), Sum("booked"))
    return [(month, granted, held + optioned + booked) for month, granted, held, optioned, booked in sums]
