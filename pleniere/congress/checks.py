"""What is wrong with a congress as set up: things on sale without a price, price rows that tie, audiences in a circle."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import combinations

from django.utils.translation import gettext as _

from pleniere.catalogue.models import Contract, Rate, Service, Supplier
from pleniere.common.nights import DAY
from pleniere.common.shown import day as say_day

from . import uses
from .models import Audience, Congress, Offer, Price, Window
from .pricing import NotSold, price, rank
from .programme import Programme, read
from .stays import least_nights, sold_stays

SELL, BUY = Price.Side.SELL, Price.Side.BUY
COMMISSIONED = (Contract.Mode.AGENT, Contract.Mode.DIRECT)


@dataclass(frozen=True)
class Hole:
    """An offer that an audience it is for cannot be sold from a day of sale on. `audience` none: nobody, ever."""

    offer: int
    label: str
    audience: int | None = None
    who: str = ""
    on: date | None = None
    blocks: bool = True  # nobody can be sold it, or somebody who must take it cannot
    side: str = SELL


def say(hole: Hole) -> str:
    """The hole in words."""
    if hole.side == BUY:
        return _("%(what)s: sold in our own name, and not known at what price it is bought.") % {"what": hole.label}
    if hole.audience is None:
        return _("%(what)s has no price. Free is written 0.00.") % {"what": hole.label}
    facts = {"what": hole.label, "who": hole.who, "day": say_day(hole.on) if hole.on else ""}
    return _("%(what)s has no price for “%(who)s” ordered from %(day)s on.") % facts


def holes(congress: Congress, *, at: datetime) -> list[Hole]:
    """Everything on sale that has no price from now on, read anew from the tables."""
    plan = read(congress)
    days = sale_days(plan, at=at)
    found: list[Hole] = []
    for offer in plan.offers.values():
        rates = [rate for rate in plan.rates.get(offer.service_id, []) if (rate.pk, SELL) in plan.prices]
        holes_ = list(_holes_of(plan, offer, rates, days))
        found += holes_
        if not any(hole.audience is None for hole in holes_) and not _bought(plan, offer, rates):
            found.append(Hole(offer.pk, str(offer), side=BUY))
    return found


def sale_days(plan: Programme, *, at: datetime) -> list[date]:
    """The days on which a price may begin to differ: the first of sale still to come, and each on which a period opens or closes."""
    congress = plan.congress
    first = congress.local_date(max(at, congress.opens_at or at))
    last = congress.local_date(congress.closes_at) + timedelta(days=1) if congress.closes_at else congress.ends
    edges = {day for window in plan.windows.values() for day in (window.opens, window.closes) if day}
    return sorted({first} | {day for day in edges if first < day < last})


def audiences_for(plan: Programme, offer: Offer) -> list[Audience]:
    """Whom an offer is for."""
    return [audience for audience in plan.audiences.values() if plan.admits(offer, audience)]


def _holes_of(plan: Programme, offer: Offer, rates: Sequence[Rate], days: Sequence[date]) -> Iterable[Hole]:
    label = str(offer)
    whom: list[Audience | None] = [*audiences_for(plan, offer)] or [None]
    sold = {
        (audience.pk if audience else None, on): any(is_sold(plan, offer, rate, audience, on) for rate in rates)
        for audience in whom
        for on in days
    }
    if not any(sold.values()):
        yield Hole(offer.pk, label)
        return
    for audience in whom:
        for on in days:
            if audience is not None and not sold[audience.pk, on]:
                must = offer.is_mandatory and audience.kind == Audience.Kind.DELEGATE
                yield Hole(offer.pk, label, audience.pk, str(audience), on, blocks=must)
                break


def is_sold(plan: Programme, offer: Offer, rate: Rate, audience: Audience | None, on: date) -> bool:
    """Has this rate a price for them that day: for lodging, on some night around the congress?"""
    return any(_priced(plan, offer, rate, SELL, audience, on, start) for start in starts_of(plan, offer, rate))


def starts_of(plan: Programme, offer: Offer, rate: Rate) -> list[date]:
    """The days an offer may be taken for: its own, else each night of the congress and each that a price row begins with."""
    if offer.starts:
        return [offer.starts]
    congress = plan.congress
    if not rate.by_night:
        return [congress.starts]
    nights = {congress.starts + timedelta(days=n) for n in range(min(60, (congress.ends - congress.starts).days))}
    return sorted(nights | {row.night_from for row in plan.prices.get((rate.pk, SELL), []) if row.night_from})


def _priced(plan: Programme, offer: Offer, rate: Rate, side: str, audience: Audience | None, on: date, start: date) -> bool:
    end = start + timedelta(days=1)
    try:
        return bool(price(plan, rate, side, start=start, end=end, on=on, audience=audience, pool=offer.pool_id, heads=1))
    except NotSold:
        return False


def _bought(plan: Programme, offer: Offer, rates: Sequence[Rate]) -> bool:
    """Is it known what we pay for it, where we buy at all?"""
    if offer.contract.mode in COMMISSIONED or offer.service.supplier.kind == Supplier.Kind.HOUSE:
        return True
    return all((rate.pk, BUY) in plan.prices for rate in rates)


def unsellable_stays(congress: Congress) -> Iterable[tuple[str, bool]]:
    """Rules of stay that the nights on sale cannot meet, in words; True: nothing of a room type can be sold then."""
    plan = read(congress)
    nights = uses.nights(congress) if plan.stays else {}
    for offer in plan.offers.values():
        on_sale = nights.get((offer.pool_id or 0, offer.service_id), set())
        if not on_sale or offer.service.kind != Service.Kind.ROOM:
            continue
        what = f"{offer.service.supplier}, {offer}"
        if next(sold_stays(plan.stays, offer, on_sale), None) is None:
            yield _("%(what)s: its rule of stay leaves no stay that can be sold.") % {"what": what}, True
            continue
        for start in sorted(on_sale):
            least, there = least_nights(plan.stays, offer, start), _run(on_sale, start)
            if there < least and start - DAY not in on_sale:
                facts = {"what": what, "day": say_day(start), "least": least, "n": there}
                yield (
                    _("%(what)s: from %(day)s on, %(n)d nights are on sale and the rule of stay asks for %(least)d.") % facts,
                    False,
                )


def _run(nights: set[date], start: date) -> int:
    """How many of these nights follow each other from `start` on."""
    count = 0
    while start + timedelta(days=count) in nights:
        count += 1
    return count


def ties(rows: Sequence[Price], windows: dict[int, Window]) -> list[tuple[Price, Price]]:
    """Pairs of rows between which nothing decides on some night and day of sale: the price would be an accident."""
    return [(a, b) for a, b in combinations(rows, 2) if _same_level(a, b, windows) and _meet(a, b, windows)]


def _same_level(a: Price, b: Price, windows: dict[int, Window]) -> bool:
    if (a.audience_id, a.pool_id, a.min_quantity) != (b.audience_id, b.pool_id, b.min_quantity):
        return False
    return rank(windows, a, [a.pool_id])[:-2] == rank(windows, b, [b.pool_id])[:-2]


def _meet(a: Price, b: Price, windows: dict[int, Window]) -> bool:
    nights = overlap((a.night_from, a.night_until), (b.night_from, b.night_until))
    spans = [
        (window.opens, window.closes) if window else (None, None)
        for window in (windows.get(row.window_id) if row.window_id else None for row in (a, b))
    ]
    return nights and overlap(spans[0], spans[1])


def overlap(a: tuple[date | None, date | None], b: tuple[date | None, date | None]) -> bool:
    """Do two half-open ranges share a day? An empty end has none."""
    (start, end), (other, until) = a, b
    return (end is None or other is None or other < end) and (until is None or start is None or start < until)


def is_circle(audience: Audience, falls_back_to: Audience | None) -> bool:
    """Would the audience fall back, in the end, to itself?"""
    seen = {audience.pk}
    while falls_back_to is not None:
        if falls_back_to.pk in seen:
            return True
        seen.add(falls_back_to.pk)
        falls_back_to = falls_back_to.falls_back_to
    return False
