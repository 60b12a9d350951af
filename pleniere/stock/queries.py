"""What is free, by night and by service. Readers only: what is shown may be gone when it is claimed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Q, QuerySet, Sum

from pleniere.catalogue.models import Service
from pleniere.congress.models import Congress, Pool

from . import statements
from .actions import Night
from .models import Claim, StockDay


def free(
    congress: Congress, *, start: date | None = None, end: date | None = None, services: Iterable[int] | None = None
) -> dict[Night, int]:
    """Rooms free per row of a congress's stock, in one query."""
    return {Night._make(night): max(0, left) for *night, left in statements.free(congress.pk, start, end, services)}


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
    """Stock of a congress over these days, by supplier, service and pool. Meals and visits are there too."""
    rows = StockDay.objects.filter(congress=congress, day__gte=start, day__lt=end)
    if suppliers is not None:
        rows = rows.filter(service__supplier__in=list(suppliers))
    return fill(bands(rows), rows)


def bands(rows: QuerySet[StockDay]) -> list[Track]:
    """What these rows are of, supplier by supplier in the planning's order, their days not read yet; three queries."""
    order = ("service__supplier__name", "service__supplier", "service__kind", "service__code", "pool__code")
    pairs = list(rows.order_by(*order).values_list("service", "pool").distinct())
    services = Service.objects.select_related("supplier").in_bulk({service for service, _pool in pairs})
    pools = Pool.objects.in_bulk({pool for _service, pool in pairs})
    return [Track(services[service], pools[pool]) for service, pool in pairs]


def fill(found: list[Track], rows: QuerySet[StockDay]) -> list[Track]:
    """Give each its days among `rows`; one query, however many they are."""
    by_pair = {(track.service.pk, track.pool.pk): track for track in found}
    mine = rows.filter(service__in={service for service, _pool in by_pair}, pool__in={pool for _service, pool in by_pair})
    for row in mine.order_by("day", "pk"):
        if track := by_pair.get((row.service_id, row.pool_id)):
            track.days[row.day] = row
    return found


@dataclass(frozen=True)
class Whole:
    """All that a supplier has one night, its services and pools together."""

    granted: int
    taken: int
    optioned: int
    booked: int
    short: int

    @property
    def free(self) -> int:
        """Rooms nobody has; a shortfall of one type does not eat what is free of another."""
        return self.granted + self.short - self.taken


def whole_nights(rows: QuerySet[StockDay]) -> dict[tuple[int, date], Whole]:
    """By (supplier, day), what these rows come to; one query."""
    sums = (
        rows.order_by()
        .values_list("service__supplier", "day")
        .annotate(Sum("granted"), Sum("held"), Sum("optioned"), Sum("booked"), Sum("short"))
    )
    return {
        (supplier, day): Whole(granted, held + optioned + booked, held + optioned, booked, short)
        for supplier, day, granted, held, optioned, booked, short in sums
        if granted or held + optioned + booked
    }


def by_month(rows: QuerySet[StockDay]) -> list[tuple[date, int, int]]:
    """(first of the month, granted, taken) of every month that holds some of these rows; one query.

    Summed by day there and by month here: a database without dates of its own asks Python for the month of every row.
    """
    found: dict[date, tuple[int, int]] = {}
    sums = rows.order_by("day").values_list("day").annotate(Sum("granted"), Sum("held"), Sum("optioned"), Sum("booked"))
    for day, granted, *taken in sums:
        before = found.get(day.replace(day=1), (0, 0))
        found[day.replace(day=1)] = before[0] + granted, before[1] + sum(taken)
    return [(month, granted, taken) for month, (granted, taken) in found.items()]
