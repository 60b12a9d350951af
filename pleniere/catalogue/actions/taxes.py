"""VAT rates and tourist taxes, each from a day on. What is sold keeps the rate it was sold at."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.accounts.actions import trace
from pleniere.accounts.rights import Actor, require

from ..models import Rate, TouristTax, Vat
from .facts import Facts, changed, check

VAT_FIELDS = ("code", "since", "percent", "label")
TAX_FIELDS = ("town", "lodging_class", "since", "amount", "exempt_under")


@transaction.atomic
def make_vat(*, code: str, since: date, percent: Decimal, label: str, by: Actor, at: datetime) -> Vat:
    """A rate that begins on a day; the one before it holds until then."""
    require(by, "catalogue.edit_taxes")
    vat = Vat(code=code.strip().lower(), since=since, percent=percent, label=label)
    if not 0 <= percent <= 100:
        raise ValidationError({"percent": _("Between 0 and 100 %.")})
    check(vat)
    vat.save()
    trace(by, "vat.made", vat, at=at, after=Facts.of(vat, VAT_FIELDS))
    return vat


@transaction.atomic
def drop_vat(vat: Vat, *, by: Actor, at: datetime) -> None:
    """Only one that has not begun, or that no formula names: prices of the past were computed by the others."""
    require(by, "catalogue.edit_taxes")
    others = Vat.objects.filter(code=vat.code).exclude(pk=vat.pk)
    if vat.since <= at.date() and (others.exists() or Rate.objects.filter(vat=vat.code).exists()):
        raise ValidationError(_("This rate is in use."))
    if not others.exists() and Rate.objects.filter(vat=vat.code).exists():
        raise ValidationError(_("This rate is in use."))
    trace(by, "vat.dropped", vat, at=at, before=Facts.of(vat, VAT_FIELDS))
    vat.delete()


@transaction.atomic
def make_tourist_tax(*, by: Actor, at: datetime, **facts: Any) -> TouristTax:
    """What a town asks per person and night, by class of lodging, from a day on."""
    require(by, "catalogue.edit_taxes")
    tax = TouristTax(**facts)
    check(tax)
    tax.save()
    trace(by, "tourist_tax.made", tax, at=at, after=Facts.of(tax, TAX_FIELDS))
    return tax


@transaction.atomic
def edit_tourist_tax(tax: TouristTax, *, by: Actor, at: datetime, **facts: Any) -> TouristTax:
    """Mend a tariff; what was sold keeps the amount it was sold at."""
    require(by, "catalogue.edit_taxes")
    was = Facts.of(tax, TAX_FIELDS)
    for name, value in facts.items():
        setattr(tax, name, value)
    check(tax)
    tax.save()
    before, after = changed(was, Facts.of(tax, TAX_FIELDS))
    if after:
        trace(by, "tourist_tax.edited", tax, at=at, before=before, after=after)
    return tax


@transaction.atomic
def drop_tourist_tax(tax: TouristTax, *, by: Actor, at: datetime) -> None:
    require(by, "catalogue.edit_taxes")
    trace(by, "tourist_tax.dropped", tax, at=at, before=Facts.of(tax, TAX_FIELDS))
    tax.delete()
