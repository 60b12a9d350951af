"""Amounts and dates as people read them, in the language in force. Spaces inside are no-break spaces."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.utils import formats, timezone
from django.utils.dateformat import format as date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

NBSP = "\u00a0"
SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "CHF": "CHF"}


def money(amount: Decimal | int, currency: str = "EUR") -> str:
    """1 234,50 € in French, €1,234.50 in English."""
    number = formats.number_format(abs(Decimal(amount)), 2, force_grouping=True)
    sign = SIGNS.get(currency, currency)
    minus = "−" if amount < 0 else ""
    if (get_language() or "fr").startswith("fr"):
        return f"{minus}{number}{NBSP}{sign}"
    return f"{minus}{sign}{number}" if len(sign) == 1 else f"{minus}{sign}{NBSP}{number}"


def number(value: Decimal | int, places: int | None = None) -> str:
    """A number with its thousands parted: 21 205."""
    return formats.number_format(value, places, force_grouping=True)


def percent(value: Decimal) -> str:
    """20 %; 5,5 %: no more decimals than it has."""
    plain = formats.number_format(f"{Decimal(value).normalize():f}")
    return f"{plain}{NBSP}%" if (get_language() or "fr").startswith("fr") else f"{plain}%"


def day(value: date) -> str:
    """8 mars 2027; 1er mars 2027; 8 March 2027."""
    ordinal = "er" if value.day == 1 and (get_language() or "fr").startswith("fr") else ""
    return f"{value.day}{ordinal}{NBSP}{date_format(value, 'F')}{NBSP}{value.year}"


def short_day(value: date) -> str:
    """08/03/2027."""
    return f"{value:%d/%m/%Y}"


def moment(value: datetime) -> str:
    """8 mars 2027, 09:12, in the time zone in force."""
    local = timezone.localtime(value)
    return f"{day(local.date())}, {local:%H:%M}"


def last_day(value: datetime) -> str:
    """Until when, included: what ends on the 6th at midnight lasts until the 5th; any other hour is said."""
    local = timezone.localtime(value)
    return moment(value) if local.time() != time.min else day(local.date() - timedelta(days=1))


def days(start: date, end: date) -> str:
    """What lasts from `start` up to, not including, `end`: one day, or first to last."""
    last = end - timedelta(days=1)
    if last <= start:
        return day(start)
    if (start.year, start.month) == (last.year, last.month):
        first = f"{start.day}" + ("er" if start.day == 1 and (get_language() or "fr").startswith("fr") else "")
    else:
        first = day(start)
    return _("from %(first)s to %(last)s") % {"first": first, "last": day(last)}


def nights(start: date, end: date) -> str:
    """A stay, shown with its departure: from 7 to 9 April."""
    return days(start, end + timedelta(days=1))


def stay(start: date, end: date) -> str:
    """Rooms from one evening to one morning, with no doubt on the last night: arrival, departure, and how many nights."""
    first = date_format(start, "l j F" if start.year == end.year else "l j F Y")
    count = ngettext("%(n)d night", "%(n)d nights", (end - start).days) % {"n": (end - start).days}
    words = _("arrival %(first)s, departure %(last)s, %(nights)s")
    return words % {"first": first, "last": date_format(end, "l j F Y"), "nights": count}


def nights_of(first: date, last: date) -> str:
    """Nights by the evenings they begin, the last one included: night of 6 April; nights of 6 to 10 April."""
    if first == last:
        return _("night of %(day)s") % {"day": date_format(first, "j F")}
    same = (first.year, first.month) == (last.year, last.month)
    return _("nights of %(first)s to %(last)s") % {
        "first": date_format(first, "j" if same else "j F"),
        "last": date_format(last, "j F"),
    }
