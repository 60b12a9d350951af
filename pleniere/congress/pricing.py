"""The price of anything. The only function that prices, and the only one that says what we keep of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _

from pleniere.catalogue.models import Basis, Component, Contract, Rate, Supplier
from pleniere.common.money import ZERO, cents, percent_of, split, total, vat_within, with_vat
from pleniere.common.nights import DAY, days
from pleniere.common.shown import day as say_day
from pleniere.common.words import LocalText

from .models import Audience, Discount, Offer, Price, Window
from .programme import Programme

ENDLESS = timedelta(days=36_500)
SELL, BUY = Price.Side.SELL, Price.Side.BUY


class NotSold(Exception):
    """No price row answers: it is not sold, never free by accident. Its words are a sentence for the reader."""

    def __init__(self, rate: Rate, night: date, audience: Audience | None = None):
        self.rate, self.night, self.audience = rate, night, audience
        super().__init__(rate.pk, night)

    def __str__(self) -> str:
        facts = {"what": self.rate, "day": say_day(self.night), "who": self.audience}
        if self.audience is None:
            return _("%(what)s has no price for %(day)s: it is not sold.") % facts
        return _("%(what)s has no price for “%(who)s” on %(day)s: it is not sold.") % facts


@dataclass(frozen=True)
class Quoted:
    """One run of equal prices: `units` at `unit` each. `total` holds its VAT."""

    start: date
    end: date
    units: int
    unit: Decimal
    basis: str
    vat: Decimal
    total: Decimal


@dataclass(frozen=True)
class Sale(Quoted):
    """The same with what it is bought for and what we keep; a charge to be."""

    mode: str
    bought: Decimal
    commission: Decimal  # VAT included
    commission_vat: Decimal
    is_tax: bool = False  # the tourist tax, which no price row makes
    part: LocalText | None = None  # of a package: what this share of its price is for
    discount: Discount | None = None  # it takes off: its total is below zero


def price(
    programme: Programme,
    rate: Rate,
    side: str = SELL,
    *,
    start: date,
    end: date,
    on: date,
    audience: Audience | None = None,
    pool: int | None = None,
    quantity: int = 1,
    persons: int = 1,
    heads: int = 1,
) -> list[Quoted]:
    """What `quantity` units of `rate` cost from `start` up to `end`, ordered on `on`, as runs of equal prices.

    `persons` are those of one unit (asked by rates per person), `heads` all who take this rate (asked by degressive prices).
    Raises NotSold when a night, or the day, has no price.
    """
    pools = programme.pools_of(pool)
    rows = [row for row in programme.prices.get((rate.pk, side), []) if row.pool_id in pools and row.min_quantity <= heads]
    rows = [row for row in rows if row.window_id is None or programme.windows[row.window_id].holds(on)]
    levels = programme.chain(audience)
    nights = list(days(start, end)) if rate.by_night else [start]
    found: list[tuple[date, Price]] = []
    for night in nights:
        row = _row_of(programme, rows, levels, night, pools)
        if row is None:
            raise NotSold(rate, night, audience)
        found.append((night, row))
    each = quantity * (persons if rate.by_person else 1)
    quoted = []
    for (amount, basis, vat_code), run in groupby(found, key=lambda pair: _terms(rate, pair[1])):
        spanned = [night for night, _row in run]
        units = each * (len(spanned) if rate.by_night else 1)
        vat = programme.vat_percent(vat_code, spanned[0])
        sum_ = with_vat(amount * units, vat) if basis == Basis.NET else cents(amount * units)
        until = spanned[-1] + DAY if rate.by_night else end
        quoted.append(Quoted(spanned[0], until, units, amount, basis, vat, sum_))
    return quoted


def sell(
    programme: Programme,
    offer: Offer,
    rate: Rate,
    *,
    start: date,
    end: date,
    on: date,
    audience: Audience | None = None,
    quantity: int = 1,
    persons: int = 1,
    heads: int = 1,
) -> list[Sale]:
    """`price()` of an offer with its purchase and commission, by the offer's named contract."""
    facts: dict[str, Any] = {
        "audience": audience,
        "pool": offer.pool_id,
        "quantity": quantity,
        "persons": persons,
        "heads": heads,
        "on": on,
    }
    sales = []
    for quoted in price(programme, rate, SELL, start=start, end=end, **facts):
        bought = _bought(programme, offer, rate, quoted, facts)
        kept, vat = commission(offer.contract, quoted.total, quoted.vat, programme, quoted.start)
        sale = Sale(**vars(quoted), mode=offer.contract.mode, bought=bought, commission=kept, commission_vat=vat)
        sales += _by_vat(programme, offer.contract, rate, sale)
    return sales


def _by_vat(programme: Programme, contract: Contract, rate: Rate, sale: Sale) -> list[Sale]:
    """A package's one price cut by the VAT of its parts; what it is bought for and what we keep are split as it is."""
    cuts = cut(programme, programme.components.get(rate.pk, []), sale.unit, sale.units, sale.start)
    if not cuts:
        return [sale]
    totals = [each.total for each in cuts]
    shares = totals if any(totals) else [each.weight for each in cuts]
    bought = totals if sale.bought == sale.total else split(sale.bought, shares)
    found = [
        replace(sale, unit=each.unit, total=each.total, bought=part, vat=each.vat, part=each.name)
        for each, part in zip(cuts, bought, strict=True)
    ]
    if contract.commission_base == Basis.GROSS:
        kept = split(sale.commission, shares)
    else:
        kept = [commission(contract, each.total, each.vat, programme, each.start)[0] for each in found]
    return [replace(each, commission=amount) for each, amount in zip(found, kept, strict=True)]


def taken_off(sales: Sequence[Sale], discounts: Iterable[tuple[Discount, int]], *, of: int) -> list[Sale]:
    """What these discounts take off the sales of one line, in turn, never under zero: a sale below zero for each.

    With each discount, how many of the line's units (`of` how many) it makes free. Borne by the house: what is sold in another's
    name is still sold, and owed to it, in full; what is paid at the hotel is not ours to lessen.
    """
    mine = [sale for sale in sales if not sale.is_tax and sale.mode != Contract.Mode.DIRECT]
    rests = [sale.total for sale in mine]
    found = []
    for discount, free in discounts:
        for at, less in enumerate(_off(discount, free, of, mine, rests)):
            if less > 0:
                rests[at] -= less
                mode = Contract.Mode.OWN if mine[at].mode == Contract.Mode.AGENT else mine[at].mode
                facts: dict[str, Any] = {
                    "units": 1,
                    "unit": -less,
                    "basis": Basis.GROSS,
                    "total": -less,
                    "bought": ZERO,
                    "commission": ZERO,
                }
                found.append(replace(mine[at], mode=mode, discount=discount, commission_vat=ZERO, **facts))
    return found


def _off(discount: Discount, free: int, of: int, sales: Sequence[Sale], rests: Sequence[Decimal]) -> list[Decimal]:
    """What one discount takes off each of the sales, whose rests these are."""
    kind, whole = discount.kind, total(rests)
    if kind == Discount.Kind.PERCENT and discount.percent is not None:
        return [percent_of(rest, discount.percent) for rest in rests]
    if kind == Discount.Kind.NTH:
        return [cents(rest * free / of) for rest in rests]
    amount = discount.amount or ZERO
    if kind == Discount.Kind.FIXED:  # the parts of a package share its units
        units = sum({(sale.start, sale.end): sale.units for sale in sales}.values())
        amount = whole - cents(amount * units)
    return split(min(max(ZERO, amount), whole), list(rests)) if whole > 0 else [ZERO for _rest in rests]


@dataclass(frozen=True)
class Cut:
    """The share of a package's price that one VAT rate holds."""

    vat: Decimal
    name: LocalText
    weight: Decimal
    unit: Decimal
    total: Decimal


def cut(programme: Programme, parts: Sequence[Component], unit: Decimal, units: int, day: date) -> list[Cut]:
    """A package's price, VAT included, cut by the VAT rates of its parts, in their order: the same units, unit prices that add up.

    No part, no cut. What no rate could be added to, a price without VAT, is refused at set-up.
    """
    weights: dict[Decimal, Decimal] = {}
    words: dict[Decimal, list[LocalText]] = {}
    for each in parts:
        vat = programme.vat_percent(each.vat, day)
        weights[vat] = weights.get(vat, ZERO) + each.share
        words.setdefault(vat, []).append(each.name)
    found = []
    for (vat, weight), share in zip(weights.items(), split(unit, list(weights.values())) if weights else [], strict=True):
        name = LocalText({code: ", ".join(text.in_language(code) for text in words[vat]) for code in ("fr", "en")})
        found.append(Cut(vat, name, weight, share, cents(share * units)))
    return found


def commission(contract: Contract, gross: Decimal, vat: Decimal, programme: Programme, day: date) -> tuple[Decimal, Decimal]:
    """What we keep of `gross` under `contract`, VAT included, and the VAT rate of it."""
    own_vat = programme.vat_percent(contract.commission_vat, day) if contract.commission else ZERO
    base = gross if contract.commission_base == Basis.GROSS else gross - vat_within(gross, vat)
    kept = percent_of(base, contract.commission)
    return (with_vat(kept, own_vat) if contract.commission_result == Basis.NET else kept), own_vat


def from_price(quotes: list[Quoted]) -> Decimal:
    """What one unit for one person costs at least, to the cent."""
    return total(quoted.total for quoted in quotes)


def _row_of(
    programme: Programme, rows: list[Price], levels: list[int | None], night: date, pools: list[int | None]
) -> Price | None:
    held = [row for row in rows if (row.night_from or night) <= night and (row.night_until is None or night < row.night_until)]
    for level in levels:
        at_level = [row for row in held if row.audience_id == level]
        if at_level:
            return min(at_level, key=lambda row: rank(programme.windows, row, pools))
    return None


def rank(windows: dict[int, Window], row: Price, pools: list[int | None]) -> tuple[object, ...]:
    """Own pool, then its parent's, largest minimum, shortest range of nights, a window before none, the one that closes first, the lowest."""
    bounded = row.night_from is not None and row.night_until is not None
    range_ = row.night_until - row.night_from if bounded and row.night_until and row.night_from else ENDLESS
    closes = windows[row.window_id].closes or date.max if row.window_id else date.max
    return (pools.index(row.pool_id), -row.min_quantity, range_, row.window_id is None, closes, row.amount, row.pk)


def _terms(rate: Rate, row: Price) -> tuple[Decimal, str, str]:
    return row.amount, row.basis, row.vat or rate.vat


def _bought(programme: Programme, offer: Offer, rate: Rate, quoted: Quoted, facts: dict) -> Decimal:
    if offer.contract.mode in (Contract.Mode.AGENT, Contract.Mode.DIRECT):
        return quoted.total
    try:
        return total(q.total for q in price(programme, rate, BUY, start=quoted.start, end=quoted.end, **facts))
    except NotSold:
        if offer.service.supplier.kind == Supplier.Kind.HOUSE:
            return ZERO
        raise
