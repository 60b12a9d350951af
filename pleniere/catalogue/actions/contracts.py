"""How we sell for a supplier: in our name, in its name, on the margin, or paid at the hotel."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from pleniere.accounts.actions import trace
from pleniere.accounts.rights import Actor, require

from ..models import Contract, Supplier
from .facts import Facts, changed, check

FIELDS = (
    "code",
    "mode",
    "commission",
    "commission_base",
    "commission_result",
    "commission_vat",
    "signed_on",
    "tax_authorised_on",
    "stops_sales",
)
COMMISSIONED = (Contract.Mode.AGENT, Contract.Mode.DIRECT)


@transaction.atomic
def make_contract(supplier: Supplier, *, by: Actor, at: datetime, **facts: Any) -> Contract:
    """A commission exists only where the supplier sells (AGENT, DIRECT). Raises ValidationError by field."""
    require(by, "catalogue.edit", supplier)
    contract = Contract(supplier=supplier, **facts)
    _save(contract)
    trace(by, "contract.made", supplier, at=at, after=Facts.of(contract, FIELDS))
    return contract


@transaction.atomic
def edit_contract(contract: Contract, *, by: Actor, at: datetime, **facts: Any) -> Contract:
    """What is sold under it already keeps what was agreed then; its mode may change only while nothing is sold by it."""
    require(by, "catalogue.edit", contract.supplier)
    contract = Contract.objects.select_for_update(of=["self"], no_key=True).select_related("supplier").get(pk=contract.pk)
    if facts.get("mode", contract.mode) != contract.mode and is_used(contract):
        raise ValidationError({"mode": _("This contract is in use: make another one for another mode.")})
    was = Facts.of(contract, FIELDS)
    for name, value in facts.items():
        setattr(contract, name, value)
    _save(contract)
    before, after = changed(was, Facts.of(contract, FIELDS))
    if after:
        trace(by, "contract.edited", contract.supplier, at=at, before=before, after={"code": contract.code, **after})
    return contract


@transaction.atomic
def retire_contract(contract: Contract, *, retired: bool, by: Actor, at: datetime) -> bool:
    """Nothing new is sold under it (or again). True for the one who did it."""
    require(by, "catalogue.edit", contract.supplier)
    rows = Contract.objects.filter(pk=contract.pk, retired_at__isnull=retired)
    if not rows.update(retired_at=at if retired else None):
        return False
    verb = "contract.retired" if retired else "contract.restored"
    trace(by, verb, contract.supplier, at=at, after={"code": contract.code})
    return True


def is_used(row: models.Model) -> bool:
    """Whether a row of any floor above points at this one: they are not known by name here."""
    relations = [field for field in row._meta.get_fields(include_hidden=True) if field.auto_created and not field.concrete]
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: row}).exists()  # type: ignore[union-attr]
        for relation in relations
    )


def _save(contract: Contract) -> None:
    if contract.mode not in COMMISSIONED and contract.commission:
        raise ValidationError({"commission": _("A commission exists only where the supplier sells: in its name, or paid there.")})
    if not 0 <= contract.commission <= 100:
        raise ValidationError({"commission": _("Between 0 and 100 %.")})
    if contract.tax_authorised_on and contract.mode == Contract.Mode.DIRECT:
        raise ValidationError({"tax_authorised_on": _("Where the room is paid at the hotel, so is its tax.")})
    check(contract)
    contract.save()
