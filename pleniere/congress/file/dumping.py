"""From the congress to its file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import models

from pleniere.catalogue.models import Rate

from ..actions.frame import plain
from ..models import Audience, Congress, Discount, Offer, Pool, Price, Season, StayRule, Step
from ..terms import ClauseFacts, clauses_of
from .shape import (
    AUDIENCE,
    CONGRESS,
    CONTRACT,
    DISCOUNT,
    METHOD,
    OFFER,
    PART,
    PRICE,
    RATE,
    RATE_TYPE,
    SEASON,
    SERVICE,
    STAY,
    STEP,
    SUPPLIER,
    WINDOW,
)


def dump(congress: Congress) -> dict[str, Any]:
    """The congress as plain lists and words, ready for YAML; what stands at its default is left out."""
    data: dict[str, Any] = {"congress": congress.code, **_facts(congress, CONGRESS)}
    if congress.terms:
        clauses = [_clause(clause) for clause in clauses_of(congress.terms)]
        data["terms"] = {"name": congress.terms.name, "clauses": clauses}
    data["pools"] = [_pool(pool) for pool in congress.pools.select_related("parent").order_by("pk")]
    data["audiences"] = [_audience(each) for each in congress.audiences.select_related("falls_back_to")]
    data["windows"] = [{"code": each.code, **_facts(each, WINDOW)} for each in congress.windows.order_by("pk")]
    data["rate_types"] = [{"code": each.code, **_facts(each, RATE_TYPE)} for each in congress.rate_types.all()]
    data["seasons"] = [_season(each) for each in congress.seasons.select_related("supplier", "rate_type")]
    data["methods"] = [{"kind": each.kind, **_facts(each, METHOD)} for each in congress.methods.all()]
    said: set[int] = set()
    data["steps"] = [
        {"code": step.code, **_facts(step, STEP), "offers": [_offer(congress, offer, said) for offer in _offers(step)]}
        for step in congress.steps.all()
    ]
    if discounts := [_discount(each) for each in _discounts(congress)]:
        data["discounts"] = discounts
    if stays := sorted((_stay(rule) for rule in _stays(congress)), key=str):
        data["stays"] = stays
    return data


def _discounts(congress: Congress) -> list[Discount]:
    """But those limited to what is no longer sold: without their offers they would be taken off everything."""
    found = congress.discounts.filter(retired_at=None).select_related("window")
    return [each for each in found if not each.offers.exists() or each.offers.filter(retired_at=None).exists()]


def _stays(congress: Congress) -> models.QuerySet[StayRule]:
    """But those of what is no longer sold: a file that names it could not be read again."""
    rooms = congress.offers.filter(retired_at=None, service__kind="ROOM")
    here = models.Q(supplier=None) | models.Q(supplier__in=rooms.values("service__supplier"))
    rules = congress.stays.filter(here).exclude(offer__retired_at__isnull=False)
    return rules.select_related("supplier", "offer__service__supplier", "offer__pool")


def _discount(discount: Discount) -> dict[str, Any]:
    data = {"code": discount.code, **_facts(discount, DISCOUNT)}
    if discount.window:
        data["window"] = discount.window.code
    offers = discount.offers.filter(retired_at=None).select_related("service__supplier").order_by("pk")
    if codes := list(dict.fromkeys(f"{offer.service.supplier.code}/{offer.service.code}" for offer in offers)):
        data["offers"] = codes
    return data


def _stay(rule: StayRule) -> dict[str, Any]:
    """A rule of stay, with whose it is: a hotel's, one room type's, else everybody's."""
    scope: dict[str, Any] = {"supplier": rule.supplier.code} if rule.supplier else {}
    if rule.offer:
        scope = {"supplier": rule.offer.service.supplier.code, "service": rule.offer.service.code}
        scope |= {"pool": rule.offer.pool.code} if rule.offer.pool else {}
    return {**scope, **_facts(rule, STAY)}


def _offers(step: Step) -> Iterable[Offer]:
    related = ("service__supplier", "contract", "pool")
    return step.offers.filter(retired_at=None).select_related(*related).prefetch_related("audiences", "service__rates")


def _offer(congress: Congress, offer: Offer, said: set[int]) -> dict[str, Any]:
    service, contract = offer.service, offer.contract
    data: dict[str, Any] = {
        "supplier": {"code": service.supplier.code, **_facts(service.supplier, SUPPLIER)},
        "service": {"code": service.code, **_facts(service, SERVICE)},
        "contract": {"code": contract.code, **_facts(contract, CONTRACT)},
        **_facts(offer, OFFER),
    }
    if offer.pool:
        data["pool"] = offer.pool.code
    if codes := [audience.code for audience in offer.audiences.all()]:
        data["audiences"] = codes
    if service.pk not in said:
        said.add(service.pk)
        by_rate: dict[tuple[int, str], list[dict]] = defaultdict(list)
        rows = Price.objects.filter(congress=congress, rate__service=service).select_related("audience", "window", "pool")
        for row in rows:
            by_rate[row.rate_id, row.side].append(_price_row(row))
        data["rates"] = [_rate(rate, by_rate) for rate in service.rates.all() if (rate.pk, "SELL") in by_rate]
    return data


def _rate(rate: Rate, by_rate: dict[tuple[int, str], list[dict]]) -> dict[str, Any]:
    data = {"code": rate.code, **_facts(rate, RATE), "prices": sorted(by_rate[rate.pk, "SELL"], key=str)}
    if parts := [_facts(part, PART) for part in rate.components.all()]:
        data["parts"] = parts
    if (rate.pk, "BUY") in by_rate:
        data["bought"] = sorted(by_rate[rate.pk, "BUY"], key=str)
    return data


def _price_row(row: Price) -> dict[str, Any]:
    parts = {name: getattr(row, name) for name in ("audience", "window", "pool")}
    return {**{name: part.code for name, part in parts.items() if part}, "amount": plain(row.amount), **_facts(row, PRICE)}


def _pool(pool: Pool) -> dict[str, Any]:
    parent = {"parent": pool.parent.code} if pool.parent else {}
    return {"code": pool.code, **_facts(pool, ("name",)), **parent}


def _audience(audience: Audience) -> dict[str, Any]:
    back = {"falls_back_to": audience.falls_back_to.code} if audience.falls_back_to else {}
    return {"code": audience.code, **_facts(audience, AUDIENCE), **back}


def _season(season: Season) -> dict[str, Any]:
    parts = {"supplier": season.supplier, "rate_type": season.rate_type}
    return {"code": season.code, **_facts(season, SEASON), **{name: part.code for name, part in parts.items() if part}}


def _clause(clause: ClauseFacts) -> dict[str, Any]:
    empty = ClauseFacts("")
    return {name: plain(value) for name, value in vars(clause).items() if value != getattr(empty, name)}


def _facts(row: models.Model, names: tuple[str, ...]) -> dict[str, Any]:
    """Fields that differ from their default, as YAML holds them."""
    facts = {}
    for name in names:
        value = getattr(row, name)
        if value not in (None, "", {}) and value != row._meta.get_field(name).get_default():  # type: ignore[union-attr]
            facts[name] = dict(value) if isinstance(value, dict) else plain(value) if not isinstance(value, date) else value
            if isinstance(value, datetime):
                facts[name] = value.isoformat()
    return facts
