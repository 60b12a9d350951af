"""The lodging search: which hotels have rooms for this stay, from what price, with what around them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from pleniere.booking.selling import nights_of
from pleniere.catalogue.models import Rate, Supplier
from pleniere.common.money import cents, total
from pleniere.common.nights import Stay, days
from pleniere.common.places import km_between
from pleniere.common.words import fold
from pleniere.congress.models import Audience, Congress, Offer
from pleniere.congress.pricing import NotSold, Quoted, price
from pleniere.congress.programme import Programme
from pleniere.congress.stays import Broken, broken, nearest, sold_stays
from pleniere.stock.actions import Night

BANDS = ((Decimal(0), Decimal(80)), (Decimal(80), Decimal(110)), (Decimal(110), Decimal(150)), (Decimal(150), None))
SORTS = ("random", "name", "price", "distance")


@dataclass(frozen=True)
class Wish:
    """What the visitor asks for."""

    stay: Stay
    rooms: int = 1
    adults: int = 1
    is_part: bool = False  # one night of a longer stay: the rules of stay are asked of the whole


@dataclass
class Choice:
    """One formula of one room type for the wished stay."""

    offer: Offer
    rate: Rate
    total: Decimal  # of one room for the whole stay
    night: Decimal  # of one night of it, all of them taken
    left: int  # rooms left on its scarcest night
    full_on: list[date] = field(default_factory=list)
    quoted: list[Quoted] = field(default_factory=list)  # of one room, by run of equal prices
    broken: list[Broken] = field(default_factory=list)  # what of its hotel's rules of stay these dates break: not sold then
    instead: list[Stay] = field(default_factory=list)  # the nearest dates on which it is sold, and free


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
        """Of a night of a stay one can really have: on the dates asked, else on the nearest its rules allow, else of what is full."""
        return min(choice.night for choice in self._asked)

    @property
    def _asked(self) -> list[Choice]:
        return self.sellable or [choice for choice in self.choices if choice.instead] or self.choices

    @cached_property
    def left(self) -> int:
        """Rooms left, each room type counted once."""
        by_service = {choice.offer.service_id: choice.left for choice in self.choices}
        return sum(by_service.values())

    @cached_property
    def has_breakfast(self) -> bool:
        """Is it in the price "from" which the hotel is shown?"""
        cheapest = min(self._asked, key=lambda choice: choice.night)
        return cheapest.rate.board != Rate.Board.NONE

    @cached_property
    def broken(self) -> list[Broken]:
        """Why its rules of stay refuse these dates whatever the room; empty where one may be had, or is only full."""
        return [] if any(not choice.broken for choice in self.choices) else self.choices[0].broken

    @cached_property
    def instead(self) -> list[Stay]:
        """The nearest dates on which it has a room, where its rules refuse those asked."""
        return list(dict.fromkeys(stay for choice in self.choices for stay in choice.instead))[:2] if self.broken else []

    @cached_property
    def full_on(self) -> list[date]:
        days = [set(choice.full_on) for choice in self.choices]
        return sorted(set.intersection(*days)) if days else []


@dataclass
class Facets:
    """How many hotels each value would leave, the other filters as they are."""

    stars: Counter
    bands: Counter
    towns: Counter
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


@dataclass(frozen=True)
class Filters:
    """What is ticked; nothing of a kind: all of it."""

    stars: frozenset[int] = frozenset()
    bands: frozenset[int] = frozenset()
    towns: frozenset[str] = frozenset()
    amenities: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.stars or self.bands or self.towns or self.amenities)


def facets(hotels: Iterable[Hotel], chosen: Filters = Filters()) -> Facets:
    hotels = list(hotels)

    def others(**none: Any) -> list[Hotel]:
        return narrow(hotels, replace(chosen, **none))

    return Facets(
        stars=Counter(hotel.supplier.stars or 0 for hotel in others(stars=frozenset())),
        bands=Counter(band_of(hotel.from_price) for hotel in others(bands=frozenset())),
        towns=Counter(fold(hotel.supplier.town) for hotel in others(towns=frozenset())),
        amenities=Counter(code for hotel in others() for code in hotel.supplier.amenities),
    )


def band_of(amount: Decimal) -> int:
    return next(n for n, (low, high) in enumerate(BANDS) if low <= amount and (high is None or amount < high))


def narrow(hotels: Iterable[Hotel], chosen: Filters) -> list[Hotel]:
    return [
        hotel
        for hotel in hotels
        if (not chosen.stars or (hotel.supplier.stars or 0) in chosen.stars)
        and (not chosen.bands or band_of(hotel.from_price) in chosen.bands)
        and (not chosen.towns or fold(hotel.supplier.town) in chosen.towns)
        and chosen.amenities <= set(hotel.supplier.amenities)
    ]


def arranged(hotels: Iterable[Hotel], sort: str, *, visitor: str) -> list[Hotel]:
    """Sorted; "random" is fair to hotels and the same for one visitor at every look. Full ones come last."""
    keys: dict[str, Callable[[Hotel], object]] = {
        "name": lambda hotel: fold(hotel.supplier.name),
        "price": lambda hotel: (hotel.from_price, fold(hotel.supplier.name)),
        "distance": lambda hotel: (hotel.distance is None, hotel.distance or 0, fold(hotel.supplier.name)),
        "random": lambda hotel: hashlib.sha256(f"{visitor}:{hotel.supplier.pk}".encode()).hexdigest(),
    }
    return sorted(hotels, key=lambda hotel: (not hotel.sellable, keys.get(sort, keys["random"])(hotel)))


def least_a_night(plan: Programme, free: Mapping[Night, int], *, audience: Audience | None, on: date) -> Decimal | None:
    """What a night of the cheapest stay on sale costs one: as few nights as its hotel sells, a room free on each. None: there is none.

    Where rooms are not counted, of the nights of the congress. Rates whose lowest price is above what was found are not looked at.
    """
    open_: dict[tuple[int | None, int], set[date]] = {}
    for (pool, service, day), rooms in free.items():
        if rooms:
            open_.setdefault((pool, service), set()).add(day)
    usual, best = set(days(plan.congress.starts, plan.congress.ends)), None
    for lowest, offer, rate in _by_lowest(plan, audience):
        if best is not None and lowest >= best:
            break
        nights = open_.get((offer.pool_id, offer.service_id), set()) if offer.pool_id else usual
        asks = _Asking(plan, offer, rate, Wish(Stay(plan.congress.starts, plan.congress.ends)), {}, audience, on)
        for stay in sold_stays(plan.stays, offer, nights):
            quoted = asks.price(stay)
            if quoted:
                a_night = cents(total(each.total for each in quoted) / len(stay))
                best = a_night if best is None else min(best, a_night)
    return best


def _by_lowest(plan: Programme, audience: Audience | None) -> list[tuple[Decimal, Offer, Rate]]:
    """Every formula of a room the public may take, by the least that any of its price rows says."""
    found = [
        (min(row.amount for row in rows), offer, rate)
        for offer in plan.offers.values()
        if offer.service.kind == "ROOM" and not offer.office_only and plan.admits(offer, audience)
        for rate in plan.rates.get(offer.service_id, [])
        if (rows := plan.prices.get((rate.pk, "SELL")))
    ]
    return sorted(found, key=lambda each: (each[0], each[1].pk, each[2].pk))


def distance(congress: Congress, supplier: Supplier) -> float | None:
    """Kilometres from the venue; None when either place is unknown."""
    return km_between(congress.venue_latitude, congress.venue_longitude, supplier.latitude, supplier.longitude)


def _choice(
    plan: Programme, offer: Offer, rate: Rate, wish: Wish, free: dict[Night, int], audience: Audience | None, on: date
) -> Choice | None:
    if offer.service.kind != "ROOM" or rate.occupancy != wish.adults or offer.office_only or not plan.admits(offer, audience):
        return None
    asks = _Asking(plan, offer, rate, wish, free, audience, on)
    why = [] if wish.is_part else broken(plan.stays, offer, wish.stay.arrival, wish.stay.departure)
    instead = nearest(plan.stays, offer, wish.stay, fits=asks.fits) if why else []
    quoted = asks.price(instead[0] if instead else wish.stay)
    if quoted is None:
        return None
    left = asks.left(wish.stay)
    full = sorted({night.day for night, rooms in left.items() if rooms < wish.rooms})
    amount, nights = total(each.total for each in quoted), len(instead[0] if instead else wish.stay)
    scarce = 0 if full or why else min(left.values(), default=99)
    return Choice(offer, rate, amount, cents(amount / nights), scarce, full, quoted, why, instead)


@dataclass(frozen=True)
class _Asking:
    """One formula, for whom, from what is free."""

    plan: Programme
    offer: Offer
    rate: Rate
    wish: Wish
    free: Mapping[Night, int]
    audience: Audience | None
    on: date

    def price(self, stay: Stay) -> list[Quoted] | None:
        """None: it has no price on some night."""
        heads = self.wish.adults
        facts: dict[str, Any] = {"on": self.on, "audience": self.audience, "pool": self.offer.pool_id}
        try:
            return price(self.plan, self.rate, start=stay.arrival, end=stay.departure, persons=heads, heads=heads, **facts)
        except NotSold:
            return None

    def left(self, stay: Stay) -> dict[Night, int]:
        """Rooms left by row of stock; none where it is not counted."""
        heads = self.wish.adults
        taken = nights_of(self.offer, self.rate, start=stay.arrival, end=stay.departure, quantity=1, heads=heads)
        return {night: self.free.get(night, 0) for night in taken}

    def fits(self, stay: Stay) -> bool:
        return all(rooms >= self.wish.rooms for rooms in self.left(stay).values()) and self.price(stay) is not None
