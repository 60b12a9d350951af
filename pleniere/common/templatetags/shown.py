"""Amounts and dates in templates and mails: `{{ total|money }}`, `{{ date|day }}`. One way to show each, in every desk."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django import template
from django.utils.translation import get_language

from pleniere.common import shown

register = template.Library()


@register.simple_tag
def colon() -> str:
    """A colon and the space after it, with the no-break space French wants before."""
    return "\u00a0: " if (get_language() or "").startswith("fr") else ": "


@register.filter
def money(amount: Decimal | None, currency: str = "EUR") -> str:
    return "" if amount is None else shown.money(amount, currency)


@register.filter
def amount(value: Decimal | None) -> str:
    """A sum without its currency, for columns whose head says it: 1 234,50."""
    return "" if value is None else shown.number(value, 2)


@register.filter
def percent(value: Decimal | None) -> str:
    return "" if value is None else shown.percent(value)


@register.filter
def thousands(value: int | None) -> str:
    """21 205."""
    return "" if value is None else shown.number(value)


@register.filter
def decimal(value: float | Decimal | None) -> str:
    """6,4: as many decimals as it has."""
    return "" if value is None else shown.number(Decimal(str(value)))


@register.filter
def day(value: date | datetime | None) -> str:
    return "" if value is None else shown.day(value)


@register.filter
def moment(value: datetime | None) -> str:
    return "" if value is None else shown.moment(value)


@register.filter
def last_day(value: datetime) -> str:
    """Until when, included: the day before, where it ends at midnight."""
    return shown.last_day(value)


@register.simple_tag
def days(start: date, end: date) -> str:
    """What lasts from `start` up to, not including, `end`."""
    return shown.days(start, end)


@register.simple_tag
def nights(start: date, end: date) -> str:
    """A stay, shown with its departure."""
    return shown.days(start, end + timedelta(days=1))


@register.simple_tag
def stay(start: date, end: date) -> str:
    """Arrival, departure and the count of nights."""
    return shown.stay(start, end)


@register.simple_tag
def nights_of(first: date, last: date) -> str:
    """Nights by the evenings they begin, the last one included."""
    return shown.nights_of(first, last)
