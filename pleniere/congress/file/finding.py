"""Suppliers, contracts, services and rates that the file names: as they stand, made when missing, never altered."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import Model
from django.utils.translation import gettext as _

from pleniere.catalogue.models import Component, Contract, Rate, Service, Supplier
from pleniere.common.words import LocalText

from ..actions.frame import plain
from ..models import Offer
from .shape import (
    CONTRACT,
    PART,
    RATE,
    SERVICE,
    SUPPLIER,
    BadFile,
    coded,
    key_of,
    read_facts,
    refuse_unknown,
    rows_of,
)

M = TypeVar("M", bound=Model)


def found_supplier(row: dict[str, Any]) -> Supplier:
    said = coded(row, "supplier", SUPPLIER)
    found = Supplier.objects.filter(code=said["code"]).first()
    return _same(found, Supplier, said, SUPPLIER, {"code": said["code"], "name": said.get("name", said["code"])})


def found_contract(row: dict[str, Any]) -> Contract:
    said = coded(row, "contract", CONTRACT)
    supplier = found_supplier(row)
    found = supplier.contracts.filter(code=said["code"]).first()
    return _same(found, Contract, said, CONTRACT, {"supplier": supplier, "code": said["code"], "mode": said.get("mode", "AGENT")})


def found_service(row: dict[str, Any]) -> Service:
    said = coded(row, "service", SERVICE)
    supplier = found_supplier(row)
    found = supplier.services.filter(code=said["code"]).first()
    names = {"supplier": supplier, "code": said["code"], "kind": said.get("kind", "FEE"), "name": LocalText(fr=said["code"])}
    return _same(found, Service, said, SERVICE, names)


def found_rate(service: Service, row: dict[str, Any]) -> Rate:
    refuse_unknown(row, {"code", "prices", "bought", "parts", *RATE}, "rates")
    code = key_of(row, "code", "rates")
    found = service.rates.filter(code=code).first()
    said = {name: row[name] for name in ("code", *RATE) if name in row}
    rate = _same(found, Rate, said, RATE, {"service": service, "code": code, "name": LocalText(fr=code)})
    if "parts" in row:
        _parts(rate, rows_of(row, "parts"), is_new=found is None)
    return rate


def _parts(rate: Rate, rows: list[dict[str, Any]], *, is_new: bool) -> None:
    """What a package holds: made with its rate; of one that stands the same, or BadFile names both."""
    if rate.service.kind != Service.Kind.PACKAGE:
        raise BadFile(_("%(where)s: only a package has parts.") % {"where": rate.code})
    for row in rows:
        refuse_unknown(row, set(PART), "parts")
    said = [read_facts(Component, row, PART, "parts") for row in rows]
    if is_new:
        for position, facts in enumerate(said):
            part = Component(rate=rate, position=position, **facts)
            part.full_clean()
            part.save()
        return
    wanted = [Component(rate=rate, **facts) for facts in said]
    stands = [(each.name, each.vat, each.share) for each in rate.components.all()]
    if stands != [(each.name, each.vat, each.share) for each in wanted]:
        words = {
            "what": f"{rate._meta.verbose_name} {rate}",
            "field": "parts",
            "stands": _said(rate.components.all()),
            "said": _said(wanted),
        }
        raise BadFile(_("%(what)s: “%(field)s” is %(stands)s and the file says %(said)s; it is not altered.") % words)


def _said(parts: Iterable[Component]) -> str:
    return ", ".join(f"{part} {part.share} {part.vat}" for part in parts)


def offer_key(row: dict[str, Any]) -> tuple[Any, ...]:
    starts = read_facts(Offer, row, ("starts",), "offers").get("starts")
    return (coded(row, "supplier", SUPPLIER)["code"], coded(row, "service", SERVICE)["code"], row.get("pool") or "", starts)


def _same(found: M | None, model: type[M], said: dict[str, Any], names: tuple[str, ...], made: dict[str, Any]) -> M:
    """The row as it stands, made when missing; one that differs from what is said is never altered: BadFile names both."""
    facts = read_facts(model, said, names, str(model._meta.verbose_name))
    if found is None:
        row = model(**(made | facts))
        row.full_clean()
        row.save()
        return row
    for name, value in facts.items():
        stands = getattr(found, name)
        if plain(stands) != plain(value) and not _equal(stands, value):
            words = {"what": f"{model._meta.verbose_name} {found}", "field": name, "stands": plain(stands), "said": plain(value)}
            raise BadFile(_("%(what)s: “%(field)s” is %(stands)s and the file says %(said)s; it is not altered.") % words)
    return found


def _equal(stands: Any, value: Any) -> bool:
    return isinstance(stands, Decimal) and isinstance(value, Decimal) and stands == value
