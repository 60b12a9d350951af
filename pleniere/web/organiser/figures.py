"""What an organiser may know: how many, how fast, which nights are full. Counts only: no price, no commission, no name of a payer."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, OuterRef

from pleniere.booking.models import Line, LinePerson, Person
from pleniere.catalogue.models import Service
from pleniere.common.shown import short_day
from pleniere.congress.models import Congress, Offer
from pleniere.stock.models import StockDay
from pleniere.stock.places import places_of

WIDTH, HEIGHT, LEFT, TOP, FOOT = 640, 220, 40, 24, 194  # the curve's drawing


@dataclass
class People:
    delegates: int = 0
    companions: int = 0
    unnamed: int = 0
    firm: int = 0
    by_day: Counter[date] = field(default_factory=Counter)

    @property
    def all(self) -> int:
        return self.delegates + self.companions

    @property
    def pending(self) -> int:
        return self.all - self.firm


@dataclass
class Curve:
    """Registrations summed day by day: the points of a drawing, and the same as a table."""

    points: str
    marks: list[tuple[float, int]]  # where a line of the grid stands, and what it counts
    first: date
    last: date
    rows: list[tuple[date, int, int]]  # week, new, in all
    end: tuple[float, float]


@dataclass
class Night:
    granted: int
    taken: int

    @property
    def is_full(self) -> bool:
        return self.granted > 0 and self.taken >= self.granted

    @property
    def share(self) -> int:
        return min(100, round(100 * self.taken / self.granted)) if self.granted else 0


@dataclass
class Hotel:
    name: str
    nights: list[Night | None]

    @property
    def taken(self) -> int:
        return sum(night.taken for night in self.nights if night)

    @property
    def granted(self) -> int:
        return sum(night.granted for night in self.nights if night)


def people(congress: Congress) -> People:
    """Who is registered: people of placed bookings with something that counts; firm once none of it still waits for a payment."""
    lines = LinePerson.objects.filter(person=OuterRef("pk"), line__state__in=Line.COUNTED)
    rows = (
        Person.objects.filter(booking__congress=congress, booking__placed_at__isnull=False)
        .filter(Exists(lines))
        .annotate(is_firm=~Exists(lines.exclude(line__state=Line.State.FIRM)))
        .values_list("companion_of", "is_unnamed", "is_firm", "booking__placed_at")
    )
    found = People()
    for companion_of, is_unnamed, is_firm, placed_at in rows:
        found.companions += companion_of is not None
        found.delegates += companion_of is None
        found.unnamed += is_unnamed
        found.firm += is_firm
        if placed_at:
            found.by_day[congress.local_date(placed_at)] += 1
    return found


def curve(by_day: Counter[date], *, today: date) -> Curve | None:
    """From the first registration to today; none while nobody is registered."""
    if not by_day:
        return None
    first, last = min(by_day), max(today, max(by_day))
    span = max(1, (last - first).days)
    most = _round_up(sum(by_day.values()))
    points, so_far = [], 0
    for day in sorted({*by_day, first, last}):
        so_far += by_day[day]
        x = LEFT + (WIDTH - LEFT - 10) * (day - first).days / span
        points.append((round(x, 1), round(FOOT - (FOOT - TOP) * so_far / most, 1)))
    points = [(float(LEFT), float(FOOT)), *points]
    marks = [(round(FOOT - (FOOT - TOP) * n / 4, 1), most * n // 4) for n in range(5)]
    return Curve(" ".join(f"{x},{y}" for x, y in points), marks, first, last, _weeks(by_day, first, last), points[-1])


def _weeks(by_day: Counter[date], first: date, last: date) -> list[tuple[date, int, int]]:
    rows: list[tuple[date, int, int]] = []
    so_far = 0
    monday = first - timedelta(days=first.weekday())
    while monday <= last and len(rows) < 120:
        new = sum(count for day, count in by_day.items() if monday <= day < monday + timedelta(days=7))
        so_far += new
        rows.append((monday, new, so_far))
        monday += timedelta(days=7)
    return rows


def _round_up(count: int) -> int:
    """The top of the scale: four equal whole steps."""
    step = next(step for step in (1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 5000, 10**9) if step * 4 >= count)
    return step * 4


def rooms(congress: Congress) -> tuple[list[date], list[Hotel]]:
    """Rooms taken (held, optioned, booked) of those retained, by hotel and night; one query."""
    rows = (
        StockDay.objects.filter(congress=congress, service__kind=Service.Kind.ROOM)
        .values_list("service__supplier__name", "day", "granted", "held", "optioned", "booked")
        .order_by("service__supplier__name", "day")
    )
    by_hotel: dict[str, dict[date, Night]] = defaultdict(dict)
    for name, day, granted, held, optioned, booked in rows:
        night = by_hotel[name].setdefault(day, Night(0, 0))
        night.granted += granted
        night.taken += held + optioned + booked
    nights = sorted({day for found in by_hotel.values() for day, night in found.items() if night.granted or night.taken})
    return nights, [Hotel(name, [found.get(day) for day in nights]) for name, found in by_hotel.items()]


def services(congress: Congress) -> list[tuple[Offer, int, int | None]]:
    """Meals, evenings, visits: how many go, of how many places (none: not counted).

    What the office alone sells and nobody goes to is left out: it may be what the bureau buys beside the delegates.
    """
    offers = list(
        congress.offers.exclude(service__kind=Service.Kind.ROOM)
        .select_related("service", "step")
        .order_by("step__position", "position")
    )
    going = dict(
        LinePerson.objects.filter(line__offer__in=offers, line__state__in=Line.COUNTED, line__booking__placed_at__isnull=False)
        .values_list("line__offer")
        .annotate(n=Count("pk"))
    )
    places = places_of(offers)
    told = [offer for offer in offers if offer.pk in going or not offer.office_only]
    return [(offer, going.get(offer.pk, 0), places[offer.pk].granted if offer.pk in places else None) for offer in told]


def situation(congress: Congress, *, at: datetime) -> dict[str, object]:
    """All that the desk shows, in a fixed number of queries."""
    found = people(congress)
    nights, hotels = rooms(congress)
    today = congress.local_date(at)
    return {
        "people": found,
        "curve": curve(found.by_day, today=today),
        "nights": nights,
        "hotels": hotels,
        "full": [short_day(day) for n, day in enumerate(nights) if _is_full(hotels, n)],
        "services": services(congress),
        "days_left": (congress.starts - today).days,
        "now": at,
    }


def _is_full(hotels: list[Hotel], n: int) -> bool:
    nights = [hotel.nights[n] for hotel in hotels]
    return all(night is None or night.is_full for night in nights) and any(night and night.granted for night in nights)
