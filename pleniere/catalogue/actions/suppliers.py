"""Suppliers: made, edited, retired and called back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.accounts.actions import trace
from pleniere.accounts.rights import Actor, NotAllowed, require
from pleniere.common import identifiers

from ..imports.writing import Codes
from ..models import Supplier
from .facts import Facts, changed, check

FIELDS = (
    *("code", "name", "kind", "legal_name", "siret", "vat_number", "stars", "address", "postcode", "town", "country"),
    *("latitude", "longitude", "phone", "website", "rooms", "capacity", "amenities", "description", "billing_mandate_on"),
)


@transaction.atomic
def make_supplier(*, by: Actor, at: datetime, **facts: Any) -> Supplier:
    """A supplier; without a code it gets one of its name. Raises ValidationError by field. The house is made by founding."""
    require(by, "catalogue.edit")
    if facts.get("kind") == Supplier.Kind.HOUSE:
        raise ValidationError({"kind": _("There is one house: the bureau itself.")})
    supplier = Supplier(**facts)
    supplier.code = supplier.code or Codes().new(supplier.name, supplier.postcode, supplier.town).upper()
    _save(supplier)
    trace(by, "supplier.made", supplier, at=at, after=changed({}, Facts.of(supplier, FIELDS))[1])
    return supplier


@transaction.atomic
def edit_supplier(supplier: Supplier, *, by: Actor, at: datetime, **facts: Any) -> Supplier:
    """Write these fields. What a list had said of one stays known, so that the list does not undo the edit."""
    require(by, "catalogue.edit", supplier)
    supplier = Supplier.objects.select_for_update(no_key=True).get(pk=supplier.pk)
    if Supplier.Kind.HOUSE in (supplier.kind, facts.get("kind")) and facts.get("kind", supplier.kind) != supplier.kind:
        raise ValidationError({"kind": _("There is one house: the bureau itself.")})
    was = Facts.of(supplier, FIELDS)
    for name, value in facts.items():
        setattr(supplier, name, value)
    _save(supplier)
    before, after = changed(was, Facts.of(supplier, FIELDS))
    if after:
        trace(by, "supplier.edited", supplier, at=at, before=before, after=after)
    return supplier


@transaction.atomic
def retire_supplier(supplier: Supplier, *, retired: bool, by: Actor, at: datetime, reason: str = "") -> bool:
    """No longer offered to anybody, or again. True for the one who did it; requests, bookings and answers stay."""
    require(by, "catalogue.edit", supplier)
    if supplier.kind == Supplier.Kind.HOUSE:
        raise NotAllowed("the house stays")
    rows = Supplier.objects.filter(pk=supplier.pk, retired_at__isnull=retired)
    if not rows.update(retired_at=at if retired else None):
        return False
    trace(by, "supplier.retired" if retired else "supplier.restored", supplier, at=at, reason=reason)
    return True


def _save(supplier: Supplier) -> None:
    errors: dict[str, str] = {}
    for name, number in (("siret", identifiers.siret), ("vat_number", identifiers.vat_number)):
        if value := getattr(supplier, name):
            try:
                setattr(supplier, name, number(value))
            except identifiers.BadNumber as error:
                errors[name] = str(error)
    if errors:
        raise ValidationError(errors)
    check(supplier)
    supplier.save()
