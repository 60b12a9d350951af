"""What bookings tell the floor below before a congress changes: open carts, what is sold, what would be left outside."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Count

from pleniere.congress.models import Congress
from pleniere.congress.uses import Uses
from pleniere.stock.models import StockDay

from .models import Booking, Line


class BookingUses(Uses):
    def carts(self, congress: Congress, at: datetime) -> int:
        carts = Booking.objects.filter(congress=congress, placed_at=None, held_until__gt=at)
        return carts.filter(lines__isnull=False).distinct().count()

    def orders(self, congress: Congress) -> int:
        return Booking.objects.placed().filter(congress=congress).count()

    def lines(self, offers: Iterable[int]) -> Counter[int]:
        alive = Line.objects.alive().filter(offer__in=list(offers), booking__placed_at__isnull=False)
        return Counter(dict(alive.values_list("offer").annotate(n=Count("pk"))))

    def named(self, offers: Iterable[int]) -> set[int]:
        return set(Line.objects.filter(offer__in=list(offers)).values_list("offer", flat=True))

    def outside(self, congress: Congress, starts: date, ends: date) -> int:
        alive = Line.objects.alive().filter(congress=congress, booking__placed_at__isnull=False)
        within = alive.filter(start__lt=congress.ends, end__gt=congress.starts)
        return within.exclude(start__lt=ends, end__gt=starts).count()

    def nights(self, congress: Congress) -> dict[tuple[int, int], set[date]]:
        found: dict[tuple[int, int], set[date]] = defaultdict(set)
        for pool, service, day in StockDay.objects.filter(congress=congress, granted__gt=0).values_list("pool", "service", "day"):
            found[pool, service].add(day)
        return dict(found)
