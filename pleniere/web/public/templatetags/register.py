"""What the form shows of a charge, and of an account."""

from decimal import Decimal

from django import template

from pleniere.booking.models import Charge
from pleniere.common.money import cents

register = template.Library()


@register.filter
def unit_price(charge: Charge) -> Decimal:
    """One unit, VAT included: what a buyer multiplies."""
    return cents(charge.total / charge.units) if charge.units else charge.total


@register.filter
def iban(number: str) -> str:
    """In groups of four, which may wrap."""
    return " ".join(number[i : i + 4] for i in range(0, len(number), 4))
