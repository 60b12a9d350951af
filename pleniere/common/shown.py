"""Amounts and dates as people read them, in the language in force. Spaces inside are no-break spaces."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils import formats, timezone
from django.utils.dateformat import format as date_format
from django.utils.translation import get_language
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
