"""Codes that take something off: typed for a cart or by an agent for a file, taken back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pleniere.accounts.rights import Actor, require
from pleniere.congress.models import Discount

from ..content import Content
from ..models import Booking
from .cart import opened, price_cart

MOST = 10  # codes of one booking


class NoSuchCode(Exception):
    """Nothing is taken off for this code, or not any more."""


@transaction.atomic
def use_voucher(booking: Booking, code: str, *, by: Actor, at: datetime, read: Content | None = None) -> Discount:
    """Take off the cart what this code gives, from now on. The same code again is the same. Raises NoSuchCode, AlreadyPlaced."""
    require(by, "booking.cart", booking)
    wanted = code.strip().casefold()
    with opened(booking, read) as cart:
        found = next((each for each in cart.plan.discounts if each.secret and each.secret.casefold() == wanted), None)
        if found is None or len(cart.booking.vouchers) >= MOST:
            raise NoSuchCode
        if found.pk not in cart.booking.vouchers:
            _keep(cart, [*cart.booking.vouchers, found.pk], at=at, by=by)
    return found


@transaction.atomic
def drop_voucher(booking: Booking, discount: int, *, by: Actor, at: datetime, read: Content | None = None) -> None:
    """No longer use this code. Raises AlreadyPlaced."""
    require(by, "booking.cart", booking)
    with opened(booking, read) as cart:
        _keep(cart, [pk for pk in cart.booking.vouchers if pk != discount], at=at, by=by)


def _keep(cart: Content, vouchers: list[int], *, at: datetime, by: Actor) -> None:
    cart.booking.vouchers = vouchers
    Booking.objects.filter(pk=cart.booking.pk).update(vouchers=vouchers)
    price_cart(cart, at=at, by=by)
