"""The catalogue was edited: what is sold of it is sold otherwise, wherever it is sold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import F, Model, Q

from pleniere.catalogue.models import Component, Rate, Supplier, TouristTax, Vat

from ..models import Congress

EVERYBODYS = (Vat, TouristTax)


def sold_otherwise(sender: Any, *, instance: Model | None = None, suppliers: Iterable[int] = (), **_more: Any) -> None:
    """Move the version of every congress that sells of these suppliers, so that no process goes on with what it has read.

    A receiver of signals: of the catalogue's models as they are saved or deleted, and of `edited`, for what is written in bulk.
    """
    mine = Q() if sender in EVERYBODYS else Q(offers__service__supplier__in=[*suppliers, *_owners(instance)])
    with transaction.atomic():
        congresses = Congress.objects.select_for_update(no_key=True).filter(pk__in=Congress.objects.filter(mine).values("pk"))
        pks = list(congresses.order_by("pk").values_list("pk", flat=True))
        if pks:
            Congress.objects.filter(pk__in=pks).update(version=F("version") + 1)


def _owners(instance: Model | None) -> list[int]:
    """The supplier that the row is, or belongs to."""
    if isinstance(instance, Supplier):
        return [instance.pk]
    if isinstance(instance, Component):
        instance = instance.rate
    if isinstance(instance, Rate):
        return [instance.service.supplier_id]
    return [instance.supplier_id] if instance is not None and hasattr(instance, "supplier_id") else []
