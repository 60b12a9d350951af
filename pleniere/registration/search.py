"""The lodging search: which hotels have rooms for this stay, from what price, with what around them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from pleniere.booking.selling import nights_of
from pleniere.catalogue.models import Rate, Supplier
from pleniere.common.money import cents, total
from pleniere.common.nights import DAY, Stay
from pleniere.common.places import km_between
from pleniere.common.words import fold
from pleniere.congress.models import Audience, Congress, Offer
from pleniere.congress.pricing import NotSold, Quoted, price
from pleniere.congress.programme import Programme
from pleniere.stock.actions import Night

BANDS = ((Decimal(0), Decimal(80)), (Decimal(80), Decimal(110)), (Decimal(110), Decimal(150)), (Decimal(150), None))
SORTS = ("random", "name", "price")


@dataclass(frozen=True)
class Wish:
    """What the visitor asks for."""

    stay: Stay
    rooms: int = 1
    adults: int = 1


@dataclass
class Choice:
    """One formula of one room type for the wished stay."""

    offer: Offer
    rate: Rate
    total: Decimal  # of one room for the whole stay
    night: Decimal  # of its cheapest night
    left: int  # rooms left on its scarcest night
    full_on: list[date] = field(default_factory=list)
    quoted: list[Quoted] = field(default_factory=list)  # of one room, by run of equal prices


@dataclass
class Hotel:
    """A supplier with what it can offer for the stay."""

    supplier: Supplier
    choices: list[Choice]
    distance: float | None  # km from the venue

    @cached_property
    def sellable(self) -> list[Choice]:
        return [choice for choice in self.choices if choice.left > 0]

    @cached_property
    def from_price(self) -> Decimal:
        """Never below one that can be paid: of what is left, else of what would be asked."""
        return min(choice.night for choice in self.sellable or self.choices)

    @cached_property
    def left(self) -> int:
        """Rooms left, each room type counted once."""
        by_service = {choice.offer.service_id: choice.left for choice in self.choices}
        return sum(by_service.values())

    @cached_property
    def has_breakfast(self) -> bool:
        """Is it in the price "from" which the hotel is shown?"""
        cheapest = min(self.sellable or self.choices, key=lambda choice: choice.night)
        return cheapest.rate.board != Rate.Board.NONE

    @cached_property
    def full_on(self) -> list[date]:
        days = [set(choice.full_on) for choice in self.choices]
        return sorted(set.intersection(*days)) if days else []


@dataclass
class Facets:
    """How many hotels each filter would leave."""

    stars: Counter
    bands: Counter
    amenities: Counter


def find(
    plan: Programme, offers: Iterable[Offer], wish: Wish, free: dict[Night, int], *, audience: Audience | None, on: date
) -> list[Hotel]:
    """Every hotel with a price for the whole stay and these adults, full ones included (they say on which night)."""
    by_supplier: dict[int, list[Choice]] = {}
    suppliers: dict[int, Supplier] = {}
    for offer in offers:
        for rate in plan.rates.get(offer.service_id, []):
            choice = _choice(plan, offer, rate, wish, free, audience, on)
            if choice:
                by_supplier.setdefault(offer.service.supplier_id, []).append(choice)
                suppliers[offer.service.supplier_id] = offer.service.supplier
    return [Hotel(suppliers[pk], choices, distance(plan.congress, suppliers[pk])) for pk, choices in by_supplier.items()]


def facets(hotels: Iterable[Hotel]) -> Facets:
    hotels = list(hotels)
    return Facets(
        stars=Counter(hotel.supplier.stars or 0 for hotel in hotels),
        bands=Counter(band_of(hotel.from_price) for hotel in hotels),
        amenities=Counter(code for hotel in hotels for code in hotel.supplier.amenities),
    )


def band_of(amount: Decimal) -> int:
    return next(n for n, (low, high) in enumerate(BANDS) if low <= amount and (high is None or amount < high))


def narrow(hotels: Iterable[Hotel], *, stars: set[int], bands: set[int], amenities: set[str]) -> list[Hotel]:
    return [
        hotel
        for hotel in hotels
        if (not stars or (hotel.supplier.stars or 0) in stars)
        and (not bands or band_of(hotel.from_price) in bands)
        and amenities <= set(hotel.supplier.amenities)
    ]


def arranged(hotels: Iterable[Hotel], sort: str, *, visitor: str) -> list[Hotel]:
    """Sorted; "random" is fair to hotels and the same for one visitor at every look. Full ones come last."""
    keys: dict[str, Callable[[Hotel], object]] = {
        "name": lambda hotel: fold(hotel.supplier.name),
        "price": lambda hotel: (hotel.from_price, fold(hotel.supplier.name)),
        "random": lambda hotel: hashlib.sha256(f"{visitor}:{hotel.supplier.pk}".encode()).hexdigest(),
    }
    return sorted(hotels, key=lambda hotel: (not hotel.sellable, keys.get(sort, keys["random"])(hotel)))


def distance(congress: Congress, supplier: Supplier) -> float | None:
    """Kilometres from the venue; None when either place is unknown."""
    return km_between(congress.venue_latitude, congress.venue_longitude, supplier.latitude, supplier.longitude)


def _choice(
    plan: Programme, offer: Offer, rate: Rate, wish: Wish, free: dict[Night, int], audience: Audience | None, on: date
) -> Choice | None:
    if offer.service.kind != "ROOM" or rate.occupancy != wish.adults or offer.office_only or not plan.admits(offer, audience):
        return None
    facts: dict[str, Any] = {"on": on, "audience": audience, "pool": offer.pool_id, "persons": wish.adults, "heads": wish.adults}
    try:
        quoted = price(plan, rate, start=wish.stay.arrival, end=wish.stay.departure, **facts)
    except NotSold:
        return None
    taken = nights_of(offer, rate, start=wish.stay.arrival, end=wish.stay.departure, quantity=1, heads=wish.adults)
    left = {night: free.get(night, 0) for night in taken}
    scarce = min(left.values(), default=99)
    full = sorted({night.day for night, rooms in left.items() if rooms < wish.rooms})
    per_night = min(cents(each.total / max(1, (each.end - each.start) // DAY)) for each in quoted)
    return Choice(offer, rate, total(each.total for each in quoted), per_night, 0 if full else scarce, full, quoted)
