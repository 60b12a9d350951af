"""Seminar packages of a venue: a half day, a day, a day with its night, each a price per person made of its parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.accounts.actions import trace
from pleniere.accounts.rights import Actor, require
from pleniere.common.money import MOST, ZERO, cents, total
from pleniere.common.shown import money
from pleniere.common.words import LocalText

from ..models import Component, Rate, Service, Supplier, Vat
from ..models.selling import VAT_WORDS
from .facts import check

CODE = "FORFAIT"
NAME = LocalText(fr="Forfaits séminaire", en="Seminar packages")
PACKAGES = {  # code of the rate: its name
    "DEMI": LocalText(fr="Forfait demi-journée d’étude", en="Half-day delegate package"),
    "JOUR": LocalText(fr="Forfait journée d’étude", en="Day delegate package"),
    "RESID": LocalText(fr="Forfait séminaire résidentiel", en="Residential delegate package"),
}
MOST_PARTS = 12


@dataclass(frozen=True)
class Part:
    """What one person gets, under which VAT, for how much of the price (VAT included)."""

    name: LocalText
    vat: str
    share: Decimal


@transaction.atomic
def set_package(supplier: Supplier, code: str, parts: Sequence[Part], *, by: Actor, at: datetime) -> Rate | None:
    """Sell this package (a code of PACKAGES) with exactly these parts; none: it is sold no more, what was sold of it stays.

    The same again changes nothing. ValidationError for a part that makes no sense.
    """
    require(by, "catalogue.edit", supplier)
    if code not in PACKAGES:
        raise ValidationError(_("This package is unknown."))
    parts = _checked(parts)
    facts = {"kind": Service.Kind.PACKAGE, "name": NAME, "persons_most": 1}
    service, _new = Service.objects.get_or_create(supplier=supplier, code=CODE, defaults=facts)
    service = Service.objects.select_for_update(no_key=True).get(pk=service.pk)
    rate = service.rates.filter(code=code).first()
    if not parts and rate is None:
        return None
    if rate is None:
        rate = Rate.objects.create(service=service, code=code, name=PACKAGES[code], unit=Rate.Unit.PERSON, vat="standard")
    was = [_said(each) for each in rate.components.all()]
    rate.components.all().delete()
    made = [Component(rate=rate, position=n, name=p.name, vat=p.vat, share=cents(p.share)) for n, p in enumerate(parts)]
    for component in made:
        check(component)
        component.save()
    if parts:
        rate.vat = max(parts, key=lambda part: part.share).vat
        rate.save(update_fields=["vat"])
    now = [_said(each) for each in made]
    if was != now:
        before, after = {"parts": ", ".join(was)}, {"code": code, "parts": ", ".join(now)}
        trace(by, "package.set", supplier, at=at, before=before, after=after)
    return rate


def package_price(rate: Rate) -> Decimal:
    """What the supplier asks per person, VAT included; zero: it is not sold. Costs a query unless components are at hand."""
    return total(each.share for each in rate.components.all()) or ZERO


def _checked(parts: Sequence[Part]) -> Sequence[Part]:
    known = set(Vat.objects.values_list("code", flat=True))
    if len(parts) > MOST_PARTS:
        raise ValidationError(_("%(n)d parts at most.") % {"n": MOST_PARTS})
    for part in parts:
        if not str(part.name).strip() or any("\x00" in text or len(text) > 80 for text in part.name.values()):
            raise ValidationError(_("Each part says what it is for, in 80 characters at most."))
        if not 0 < part.share <= MOST:
            raise ValidationError(_("“%(what)s”: this price makes no sense.") % {"what": part.name})
        if part.vat not in known:
            raise ValidationError(_("“%(what)s”: this VAT rate is unknown.") % {"what": part.name})
    return parts


def _said(component: Component) -> str:
    return f"{component.name} {money(component.share)} ({VAT_WORDS.get(component.vat, component.vat)})"
