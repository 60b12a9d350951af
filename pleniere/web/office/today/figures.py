"""The numbers of the congresses under way, and what each is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pleniere.accounts.models import User
from pleniere.accounts.rights import can
from pleniere.booking.models import Booking, Charge, Line
from pleniere.common.money import ZERO, cents
from pleniere.common.shown import money
from pleniere.congress.models import Congress
from pleniere.stock.models import StockDay

from .items import WEEK, url


@dataclass
class Row:
    """One congress: bookings placed, of them this week, nights taken of those retained, sold (None: not for this reader)."""

    congress: Congress
    bookings: int = 0
    fresh: int = 0
    taken: int = 0
    retained: int = 0
    sold: Decimal | None = None


@dataclass(frozen=True)
class Figure:
    label: str
    value: str
    note: str = ""
    url: str = ""


def rows(user: User, congresses: list[Congress], *, at: datetime) -> list[Row]:
    """By congress, in three queries whatever their number."""
    found = {congress.pk: Row(congress) for congress in congresses}
    placed = Booking.objects.placed().filter(congress__in=found).order_by().values_list("congress")
    for pk, n, fresh in placed.annotate(n=Count("pk"), fresh=Count("pk", filter=Q(placed_at__gt=at - WEEK))):
        found[pk].bookings, found[pk].fresh = n, fresh
    nights = StockDay.objects.filter(congress__in=found, service__kind="ROOM").order_by().values_list("congress")
    for pk, granted, booked, optioned in nights.annotate(g=Sum("granted"), b=Sum("booked"), o=Sum("optioned")):
        found[pk].taken, found[pk].retained = booked + optioned, granted
    sold = _sold(found)
    for pk, row in found.items():
        if can(user, "booking.see_money", row.congress):
            row.sold = sold.get(pk, ZERO)
    return list(found.values())


def _sold(congresses: Any) -> dict[int, Decimal]:
    charges = Charge.objects.live().filter(
        congress__in=congresses, line__state__in=Line.COUNTED, line__booking__placed_at__isnull=False
    )
    return {pk: cents(sum_) for pk, sum_ in charges.order_by().values_list("congress").annotate(sum=Sum("total"))}


def figures(parts: list[Row]) -> list[Figure]:
    """Sums over the congresses under way; each leads to the page that takes it apart."""
    fresh = sum(row.fresh for row in parts)
    note = ngettext("%(n)d this week", "%(n)d this week", fresh) % {"n": fresh}
    retained = _("of %(n)s retained") % {"n": sum(row.retained for row in parts)}
    where = url("office-figures")
    found = [
        Figure(_("Bookings"), str(sum(row.bookings for row in parts)), note, where),
        Figure(_("Nights taken"), str(sum(row.taken for row in parts)), retained, where),
    ]
    if all(row.sold is not None for row in parts):
        found += [Figure(_("Sold"), sold_in_words(parts), "", where)]
    return found


def sold_in_words(parts: list[Row]) -> str:
    """By currency: sums of two are never added."""
    sums: dict[str, Decimal] = {}
    for row in parts:
        if row.sold:
            sums[row.congress.currency] = sums.get(row.congress.currency, ZERO) + row.sold
    return ", ".join(money(sum_, currency) for currency, sum_ in sorted(sums.items())) or money(ZERO)


def deadlines(congresses: list[Congress], *, at: datetime) -> list[tuple[Any, str, str]]:
    """The next dates that change something, of the congresses under way, each with the page where it stands."""
    found: list[tuple[Any, str, str]] = []
    for congress in congresses:
        today = congress.local_date(at)
        dates = {
            _("registration opens"): congress.opens_at and congress.local_date(congress.opens_at),
            _("registration closes"): congress.closes_at and congress.local_date(congress.closes_at),
            _("changes wait for an agent"): congress.freeze_date,
            _("arrivals"): congress.starts,
        }
        where = url("office-congress", congress.code)
        found += [(on, f"{congress}, {what}", where) for what, on in dates.items() if on and on >= today]
    return sorted(found)[:8]
