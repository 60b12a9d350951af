"""What is asked of a client, what a supplier asks: whole lists of rows of one rate, never a price by accident."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.accounts.rights import Actor
from pleniere.catalogue.models import Basis, Contract, Rate, Service, Vat
from pleniere.common.money import MOST, cents
from pleniere.common.shown import money

from .. import uses
from ..checks import COMMISSIONED, ties
from ..models import Audience, Congress, Offer, Pool, Price, Window
from .frame import Refused, editing, plain, tell

SELL, BUY = Price.Side.SELL, Price.Side.BUY


@dataclass(frozen=True)
class PriceRow:
    """One row as it is asked for: `amount` of one unit of the rate, VAT included unless `basis` is NET."""

    amount: Decimal
    audience: Audience | None = None
    window: Window | None = None
    basis: str = Basis.GROSS
    night_from: date | None = None
    night_until: date | None = None
    min_quantity: int = 1
    pool: Pool | None = None
    vat: str = ""


@transaction.atomic
def set_prices(
    congress: Congress, rate: Rate, rows: Sequence[PriceRow], *, by: Actor, at: datetime, side: str = SELL
) -> list[Price]:
    """Make the rate's rows of this side exactly these.

    What is placed keeps its price; open carts (`uses.open_carts`) are priced anew at their next page, and told. Refused: two rows
    between which nothing decides; a purchase price of what we sell in the supplier's name; while registration is open, a list
    that leaves something on sale without a price.
    """
    with editing(congress, by=by, at=at) as fresh:
        was = _said(fresh, rate, side)
        if sorted(map(_whole, rows_of(fresh, rate, side)), key=str) == sorted(map(_whole, rows), key=str):
            return list(Price.objects.filter(congress=fresh, rate=rate, side=side))
        prices = write_rows(fresh, rate, rows, side)
        now = _said(fresh, rate, side)
        before, after = {"rows": was}, {"rows": now, "side": side, "open_carts": uses.open_carts(fresh, at)}
        tell(fresh, "prices.set", rate, by=by, at=at, before=before, after=after)
    return prices


@transaction.atomic
def put_price(congress: Congress, rate: Rate, row: PriceRow, *, by: Actor, at: datetime, side: str = SELL) -> list[Price]:
    """Add this row, or give the row of the same audience, period, nights, pool and quantity this amount."""
    others = [each for each in rows_of(congress, rate, side) if _place(each) != _place(row)]
    return set_prices(congress, rate, [*others, row], by=by, at=at, side=side)


@transaction.atomic
def drop_price(price: Price, *, by: Actor, at: datetime) -> list[Price]:
    """Take a row away. While registration is open it must leave nothing on sale without a price (Refused)."""
    rows = [row for row in rows_of(price.congress, price.rate, price.side) if _place(row) != _place(_row(price))]
    return set_prices(price.congress, price.rate, rows, by=by, at=at, side=price.side)


def rows_of(congress: Congress, rate: Rate, side: str = SELL) -> list[PriceRow]:
    """The rate's rows, as `set_prices` takes them."""
    found = Price.objects.filter(congress=congress, rate=rate, side=side).select_related("audience", "window", "pool")
    return [_row(price) for price in found]


def write_rows(congress: Congress, rate: Rate, rows: Sequence[PriceRow], side: str = SELL) -> list[Price]:
    """`set_prices` inside an edit under way: neither locks, nor tells."""
    prices = [_price(congress, rate, row, side) for row in rows]
    _check(congress, rate, prices, side)
    Price.objects.filter(congress=congress, rate=rate, side=side).delete()
    return Price.objects.bulk_create(prices)


def refuse_bought(congress: Congress, service: Service, contract: Contract) -> list[str]:
    """Reasons why this contract does not go with the purchase prices that stand."""
    if contract.mode not in COMMISSIONED:
        return []
    if Price.objects.filter(congress=congress, rate__service=service, side=BUY).exists():
        return [_bought_by_agent(service)]
    return []


def _bought_by_agent(service: Service) -> str:
    facts = {"what": service, "supplier": service.supplier}
    return (
        _("“%(what)s” is sold in the name of %(supplier)s: it is bought at what it is sold for, with no purchase price.") % facts
    )


def _check(congress: Congress, rate: Rate, prices: Sequence[Price], side: str) -> None:
    reasons = [reason for price in prices for reason in _wrong(congress, price)]
    places = [_place(_row(price)) for price in prices]
    if len(set(places)) < len(places):
        reasons.append(_("Two rows say the same audience, period, nights and quantity."))
    windows = {window.pk: window for window in congress.windows.all()}
    if not reasons:
        for a, b in ties(prices, windows):
            facts = {"a": money(a.amount, congress.currency), "b": money(b.amount, congress.currency)}
            reasons.append(_("Nothing decides between %(a)s and %(b)s: they hold for the same people on the same days.") % facts)
    if side == BUY and prices:
        modes = set(Offer.objects.filter(congress=congress, service=rate.service_id).values_list("contract__mode", flat=True))
        if modes & set(COMMISSIONED):
            reasons.append(_bought_by_agent(rate.service))
    if any(price.basis == Basis.NET for price in prices) and rate.components.exists():
        reasons.append(_("The parts of a package have several VAT rates: its price is said with VAT."))
    if reasons:
        raise Refused(*dict.fromkeys(reasons))


def _wrong(congress: Congress, price: Price) -> list[str]:
    reasons = []
    parts = [price.audience, price.window, price.pool]
    if any(part is not None and part.congress_id != congress.pk for part in parts):
        reasons.append(_("This belongs to another congress."))
    if not 0 <= price.amount <= MOST:
        reasons.append(_("A price is zero or more, and a number a bank could pay."))
    if price.night_from and price.night_until and price.night_from >= price.night_until:
        reasons.append(_("The nights of a price end before they begin."))
    if price.min_quantity < 1 or price.min_quantity > 32_000:
        reasons.append(_("“From how many” is one or more."))
    if price.vat and not Vat.objects.filter(code=price.vat).exists():
        reasons.append(_("There is no VAT rate “%(code)s”.") % {"code": price.vat})
    return reasons


def _price(congress: Congress, rate: Rate, row: PriceRow, side: str) -> Price:
    facts: dict[str, Any] = {name: getattr(row, name) for name in PriceRow.__dataclass_fields__}
    if row.basis not in Basis.values:
        raise ValidationError({"basis": _("VAT included, or not?")})
    amount = Decimal(row.amount)
    if not amount.is_finite() or abs(amount) > MOST * 10:
        raise Refused(_("A price is zero or more, and a number a bank could pay."))
    return Price(congress=congress, rate=rate, side=side, **(facts | {"amount": cents(amount)}))


def _row(price: Price) -> PriceRow:
    return PriceRow(**{name: getattr(price, name) for name in PriceRow.__dataclass_fields__})


def _place(row: PriceRow) -> tuple[object, ...]:
    keys = tuple(part.pk if part else None for part in (row.audience, row.window, row.pool))
    return (*keys, row.night_from, row.night_until, row.min_quantity)


def _whole(row: PriceRow) -> tuple[object, ...]:
    """What makes two rows the same row."""
    return (*_place(row), row.basis, row.vat, f"{row.amount:.2f}")


def _said(congress: Congress, rate: Rate, side: str) -> list[list[Any]]:
    """The rows as the trace keeps them, in an order of their own."""
    rows = []
    for row in rows_of(congress, rate, side):
        codes = [part.code if part else "" for part in (row.audience, row.window, row.pool)]
        rows.append(
            [*codes, plain(row.night_from), plain(row.night_until), row.min_quantity, plain(row.amount), row.basis, row.vat]
        )
    return sorted(rows, key=str)
