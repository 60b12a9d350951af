"""The means of payment of a cart, and until when each holds its places."""

from __future__ import annotations

from datetime import datetime, timedelta

from pleniere.booking.actions.options import option_end
from pleniere.common.shown import day
from pleniere.congress.models import Method
from pleniere.payment.providers import enabled

from .door import Cart

SECOND = timedelta(seconds=1)  # what ends at midnight holds the day before


def until(cart: Cart, method: Method, lapse: datetime | None) -> str:
    """Until when the places are held if it is paid so, or until the first of them is lost unpaid; empty for the card."""
    if method.kind == Method.Kind.CARD:
        return ""
    congress = cart.booking.congress
    end = option_end(congress, method, cart.visit.at)
    return day(congress.local_date(min(end, lapse or end) - SECOND))


def methods_of(cart: Cart) -> list[Method]:
    today = cart.booking.congress.local_date(cart.visit.at)
    return [m for m in cart.visit.plan.methods if (not m.closes or today < m.closes) and works(m)]


def methods_for_others(cart: Cart) -> list[Method]:
    """What others may pay by: they are not here, so nothing that is held for minutes. By their link they may still take a card."""
    if not cart.visit.due:
        return []
    return [method for method in methods_of(cart) if method.kind != Method.Kind.CARD]


def works(method: Method) -> bool:
    """A card needs a provider that is switched on here."""
    return method.kind != Method.Kind.CARD or method.provider in enabled()


def first_words(cart: Cart) -> dict[str, str]:
    """The coordinates as typed before; the first time, the first participant's name."""
    typed = {name.partition(".")[2]: value for name, value in cart.visit.drafts.items() if name.startswith("contact.")}
    if "first_name" in typed or "last_name" in typed:
        return typed
    first = next((person for person in cart.visit.delegates if not person.is_unnamed), None)
    known = {"first_name": first.first_name, "last_name": first.last_name, "company": first.institution} if first else {}
    return {**known, **typed}
