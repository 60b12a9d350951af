"""Groups of suppliers: kept, edited, thrown away."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.accounts.actions import trace
from pleniere.accounts.rights import Actor, require

from ..models import Supplier, SupplierGroup

MOST = 2_000


@transaction.atomic
def make_group(name: str, suppliers: Iterable[int], *, by: Actor, at: datetime) -> SupplierGroup:
    """Keep these suppliers under a name. Raises ValidationError by field: none, a name taken, nobody in it."""
    require(by, "catalogue.edit")
    group = SupplierGroup(name=_name(name))
    rows = _rows(suppliers)
    if SupplierGroup.objects.filter(name__iexact=group.name).exists():
        raise ValidationError({"name": _("There is a group of this name: edit it, or choose another name.")})
    group.save()
    group.suppliers.set(rows)
    trace(by, "group.made", group, at=at, after={"name": group.name, "suppliers": _codes(rows)})
    return group


@transaction.atomic
def edit_group(group: SupplierGroup, *, name: str, suppliers: Iterable[int], by: Actor, at: datetime) -> SupplierGroup:
    """Its name and who is in it, as a whole; the same again leaves no trace. Raises as when it is made."""
    require(by, "catalogue.edit")
    group = SupplierGroup.objects.select_for_update(no_key=True).get(pk=group.pk)
    before = {"name": group.name, "suppliers": _codes(group.suppliers.all())}
    rows, group.name = _rows(suppliers), _name(name)
    if SupplierGroup.objects.filter(name__iexact=group.name).exclude(pk=group.pk).exists():
        raise ValidationError({"name": _("There is a group of this name: edit it, or choose another name.")})
    after = {"name": group.name, "suppliers": _codes(rows)}
    if after != before:
        group.save(update_fields=["name"])
        group.suppliers.set(rows)
        trace(by, "group.edited", group, at=at, before=before, after=after)
    return group


@transaction.atomic
def drop_group(group: SupplierGroup, *, by: Actor, at: datetime) -> None:
    """Forget the name; its suppliers stay."""
    require(by, "catalogue.edit")
    trace(by, "group.dropped", group, at=at, before={"name": group.name, "suppliers": _codes(group.suppliers.all())})
    group.delete()


def _name(words: str) -> str:
    name = " ".join(words.replace("\0", "").split())
    if not name or len(name) > 80:
        raise ValidationError({"name": _("A name of 1 to 80 characters.")})
    return name


def _rows(suppliers: Iterable[int]) -> list[Supplier]:
    rows = list(Supplier.objects.filter(pk__in=list(suppliers)[: MOST + 1]).order_by("code"))
    if not 0 < len(rows) <= MOST:
        raise ValidationError({"suppliers": _("From 1 to %(most)s suppliers.") % {"most": MOST}})
    return rows


def _codes(rows: Iterable[Supplier]) -> list[str]:
    return sorted(row.code for row in rows)
