"""A seminar in one go: from an enquiry and a venue's package to the draft of one quote. No form, no rooms on sale, no steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from pleniere.accounts.rights import Actor
from pleniere.catalogue.actions import package_price
from pleniere.catalogue.models import Contract, Rate, Service
from pleniere.congress.actions import congress_from
from pleniere.congress.models import Enquiry

from .account import usual_contract
from .actions import CannotQuote, edit_quote, make_quote
from .models import Quote
from .retained import LineFacts

MOST_PERSONS, MOST_DAYS = 5_000, 31


@dataclass(frozen=True)
class Package:
    """A venue's package for so many persons, so many times. `unit`: asked of the organiser; none: as the venue asks."""

    rate: Rate
    persons: int
    days: int
    unit: Decimal | None = None


def packages() -> QuerySet[Rate]:
    """What venues sell by the person now, with their parts: the choice of a seminar."""
    rates = Rate.objects.filter(service__kind=Service.Kind.PACKAGE, service__retired_at=None, service__supplier__retired_at=None)
    rates = rates.filter(components__isnull=False).distinct().select_related("service__supplier").prefetch_related("components")
    return rates.order_by("service__supplier__town", "service__supplier__name", "code")


@transaction.atomic
def seminar_from(
    enquiry: Enquiry, code: str, package: Package, *, by: Actor, at: datetime, fee: Decimal | None = None, **facts: Any
) -> Quote:
    """The congress of this enquiry without a form, and the draft of its quote: the package, and what the bureau asks for its work.

    Raises Refused and LooksAlike as `congress_from` does, and CannotQuote.
    """
    congress = congress_from(enquiry, code, bare=True, by=by, at=at, **facts)
    if congress.organiser is None:
        raise CannotQuote(_("Whose seminar is it? Name its contact first."))
    lines = [_line(package, congress.organiser.language)]
    if fee:
        with translation.override(congress.organiser.language):
            lines.append(LineFacts(_("Organisation fee"), fee))
    quote = make_quote(congress, by=by, at=at)
    return edit_quote(quote, lines=lines, text=quote.text, valid_until=quote.valid_until, by=by, at=at)


def _line(package: Package, language: str) -> LineFacts:
    rate, supplier = package.rate, package.rate.service.supplier
    asked = package_price(rate)
    if not asked:
        raise CannotQuote(_("%(venue)s sells no “%(what)s”.") % {"venue": supplier, "what": rate})
    if not 0 < package.persons <= MOST_PERSONS or not 0 < package.days <= MOST_DAYS:
        raise CannotQuote(_("How many persons, for how many days?"))
    contract = usual_contract(supplier)
    if contract is None:
        raise CannotQuote(_("Under which contract? %(venue)s has none.") % {"venue": supplier})
    bought = contract.mode in (Contract.Mode.OWN, Contract.Mode.MARGIN)
    if not bought and package.unit not in (None, asked):
        raise CannotQuote(_("%(venue)s sells it in its own name: at its own price.") % {"venue": supplier})
    return LineFacts(
        rate.name.in_language(language),
        asked if package.unit is None else package.unit,
        package.persons * package.days,
        group=supplier.name[:120],
        supplier=supplier,
        buy=asked if bought else None,
        rate=rate,
        days=package.days,
    )
