"""A congress as a file: codes only. Loading makes what is missing among suppliers, contracts, services and rates, and never alters one.

Only keys that are written are compared. Of a list that is written, what it no longer names goes, unless it is sold or in use.
A dump reloads to the same dump.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from pleniere.accounts.rights import Actor, require
from pleniere.catalogue.models import Clause, Contract, Rate, Service, Supplier
from pleniere.common.words import LocalText, LocalTextField

from . import actions
from .actions.frame import plain
from .actions.prices import PriceRow, Refused, set_prices
from .models import Audience, Congress, Method, Offer, Pool, Price, Step, Window
from .terms import ClauseFacts, clauses_of

CONGRESS: tuple[str, ...] = (
    "title",
    "kind",
    "starts",
    "ends",
    "currency",
    "time_zone",
    "price_date",
    "venue",
    "venue_address",
    "venue_latitude",
)
CONGRESS += ("venue_longitude", "welcome", "practical", "opens_at", "closes_at", "freeze_date", "help_name", "help_email")
CONGRESS += ("help_phone", "hue", "option_cap_person", "option_cap_email", "option_cap_night")
AUDIENCE = ("name", "kind", "proof", "secret", "listed", "shows")
WINDOW = ("name", "opens", "closes")
METHOD = ("is_on", "closes", "hold_days", "provider", "text")
STEP = ("kind", "title", "text", "icon")
OFFER = ("starts", "ends", "starts_at", "ends_at", "place", "title", "text", "is_mandatory", "one_of", "most", "office_only")
SUPPLIER = ("name", "kind")
CONTRACT = ("mode", "commission", "commission_base", "commission_result", "commission_vat", "collects_tourist_tax")
SERVICE = ("kind", "room_type", "name", "persons_most")
RATE = ("name", "occupancy", "board", "vat", "unit")
PRICE = ("night_from", "night_until", "min_quantity", "basis", "vat")
CLAUSE = tuple(ClauseFacts.__dataclass_fields__)
KEYS = {"congress", "terms", "pools", "audiences", "windows", "methods", "steps", *CONGRESS}


class BadFile(ValueError):
    """The file cannot be what was meant; the message says where and why. Nothing was written."""


def dump(congress: Congress) -> dict[str, Any]:
    """The congress as plain lists and words, ready for YAML; what stands at its default is left out."""
    data: dict[str, Any] = {"congress": congress.code, **_facts(congress, CONGRESS)}
    if congress.terms:
        clauses = [_clause(clause) for clause in clauses_of(congress.terms)]
        data["terms"] = {"name": congress.terms.name, "clauses": clauses}
    data["pools"] = [{"code": pool.code, **_facts(pool, ("name",))} for pool in congress.pools.order_by("pk")]
    data["audiences"] = [_audience(each) for each in congress.audiences.select_related("falls_back_to")]
    data["windows"] = [{"code": each.code, **_facts(each, WINDOW)} for each in congress.windows.order_by("pk")]
    data["methods"] = [{"kind": each.kind, **_facts(each, METHOD)} for each in congress.methods.all()]
    said: set[int] = set()
    data["steps"] = [
        {"code": step.code, **_facts(step, STEP), "offers": [_offer(congress, offer, said) for offer in _offers(step)]}
        for step in congress.steps.all()
    ]
    return data


@transaction.atomic
def load(data: Any, *, by: Actor, at: datetime) -> Congress:
    """Make, or change, the congress that the file says. All or nothing: BadFile, Refused, or ValidationError by field."""
    _expect(data, dict, "file")
    _unknown(data, KEYS, "file")
    code = data.get("congress")
    _expect(code, str, "congress")
    require(by, "congress.make")
    facts = _read(Congress, data, CONGRESS, "congress")
    congress = Congress.objects.filter(code=code).first()
    if congress is None:
        for name in ("title", "starts", "ends"):
            if name not in facts:
                raise BadFile(_("%(where)s: “%(key)s” is missing.") % {"where": code, "key": name})
        congress = actions.make_congress(code, bare=True, by=by, at=at, **facts)
    elif facts:
        congress = actions.edit_congress(congress, by=by, at=at, **facts)
    _Loading(congress, by=by, at=at).run(data)
    return Congress.objects.get(pk=congress.pk)


class _Loading:
    """One loading: the congress, who loads, and its parts by code."""

    def __init__(self, congress: Congress, *, by: Actor, at: datetime):
        self.congress = congress
        self.said: dict[str, Any] = {"by": by, "at": at}

    def run(self, data: dict[str, Any]) -> None:
        if "terms" in data:
            self._terms(data["terms"])
        self._pools(_rows(data, "pools"))
        self._audiences(_rows(data, "audiences"))
        self._windows(_rows(data, "windows"))
        for row in _rows(data, "methods"):
            actions.set_method(self.congress, _key(row, "kind", "methods"), **_read(Method, row, METHOD, "methods"), **self.said)
        self._steps(_rows(data, "steps"))
        self._drop(data)

    def _terms(self, row: Any) -> None:
        _expect(row, dict, "terms")
        clauses = [ClauseFacts(**_clause_facts(clause)) for clause in _rows(row, "clauses")]
        actions.set_terms(self.congress, clauses, name=str(row.get("name") or self.congress.code), **self.said)

    def _pools(self, rows: list[dict]) -> None:
        for row in rows:
            code = _key(row, "code", "pools")
            name = _read(Pool, row, ("name",), "pools").get("name", LocalText())
            pool = self.congress.pools.filter(code=code).first()
            if pool is None:
                actions.make_pool(self.congress, code, name=name, **self.said)
            elif "name" in row and pool.name != name:
                actions.edit_pool(pool, name=name, **self.said)

    def _audiences(self, rows: list[dict]) -> None:
        """First all, then what falls back to what: the order of the list is no matter."""
        for position, row in enumerate(rows):
            code, facts = _key(row, "code", "audiences"), _read(Audience, row, AUDIENCE, "audiences")
            found = self.congress.audiences.filter(code=code).first()
            if found is None:
                facts.setdefault("name", LocalText())
                actions.make_audience(self.congress, code, position=position, **facts, **self.said)
            else:
                actions.edit_audience(found, position=position, **facts, **self.said)
        for row in rows:
            if "falls_back_to" in row:
                audience, back = self._named(Audience, row["code"]), self._named(Audience, row["falls_back_to"])
                if audience.falls_back_to != back:
                    actions.edit_audience(audience, falls_back_to=back, **self.said)

    def _windows(self, rows: list[dict]) -> None:
        for row in rows:
            code, facts = _key(row, "code", "windows"), _read(Window, row, WINDOW, "windows")
            found = self.congress.windows.filter(code=code).first()
            if found is None:
                facts.setdefault("name", LocalText())
                actions.make_window(self.congress, code, **facts, **self.said)
            else:
                actions.edit_window(found, **facts, **self.said)

    def _steps(self, rows: list[dict]) -> None:
        steps = []
        asked: dict[tuple[int, str], list[dict]] = {}
        for row in rows:
            facts = _read(Step, row, STEP, "steps")
            code = str(row.get("code") or facts.get("kind", "services")).lower() if "code" not in row else str(row["code"])
            step = self.congress.steps.filter(code=code).first()
            if step is None:
                facts.setdefault("title", LocalText())
                step = actions.make_step(self.congress, code=code, **facts, **self.said)
            else:
                step = actions.edit_step(step, **facts, **self.said)
            steps.append(step.pk)
            self._offers(step, _rows(row, "offers"), asked)
        if steps:
            actions.order_steps(self.congress, steps, **self.said)
        for (rate_pk, side), prices in asked.items():
            rate = Rate.objects.get(pk=rate_pk)
            wanted = [self._price(row) for row in prices]
            set_prices(self.congress, rate, wanted, side=side, **self.said)

    def _offers(self, step: Step, rows: list[dict], asked: dict[tuple[int, str], list[dict]]) -> None:
        order = []
        for row in rows:
            service, contract = found_service(row), found_contract(row)
            facts = _read(Offer, row, OFFER, "offers")
            pool = self._named(Pool, row["pool"]) if row.get("pool") else None
            audiences = [self._named(Audience, code) for code in row.get("audiences", [])]
            same = self.congress.offers.filter(service=service, pool=pool, starts=facts.get("starts")).first()
            prices: dict[tuple[int, str], list[dict]] = {}
            for said in _rows(row, "rates"):
                rate = found_rate(service, said)
                prices |= {(rate.pk, side): said[key] for key, side in (("prices", "SELL"), ("bought", "BUY")) if key in said}
            if same is None:
                same = actions.make_offer(
                    step,
                    service,
                    contract=contract,
                    pool=pool,
                    counted=pool is not None,
                    audiences=audiences,
                    **facts,
                    **self.said,
                )
                for (pk, side), each in prices.items():  # at once: an open congress takes no offer without its price
                    set_prices(self.congress, Rate.objects.get(pk=pk), [self._price(p) for p in each], side=side, **self.said)
            else:
                changed = {"step": step, "contract": contract, **facts}
                actions.edit_offer(same, audiences=audiences if "audiences" in row else None, **changed, **self.said)
                asked |= prices
            order.append(same.pk)
        if order:
            actions.order_offers(step, order, **self.said)

    def _price(self, row: Any) -> PriceRow:
        _expect(row, dict, "prices")
        _unknown(row, {"amount", "audience", "window", "pool", *PRICE}, "prices")
        parts = {"audience": Audience, "window": Window, "pool": Pool}
        facts: dict[str, Any] = {name: self._named(model, row[name]) for name, model in parts.items() if row.get(name)}
        try:
            amount = Decimal(str(row["amount"]))
        except (KeyError, InvalidOperation) as error:
            raise BadFile(_("%(where)s: an amount is written '12.50'.") % {"where": "prices"}) from error
        return PriceRow(amount, **facts, **_read(Price, row, PRICE, "prices"))

    def _drop(self, data: dict[str, Any]) -> None:
        """What a written list no longer names; what is sold or in use stays."""
        if "steps" in data:
            named = {offer_key(row) for step in _rows(data, "steps") for row in _rows(step, "offers")}
            for offer in self.congress.offers.select_related("service__supplier", "pool"):
                key = (offer.service.supplier.code, offer.service.code, offer.pool.code if offer.pool else "", offer.starts)
                if key not in named and offer.retired_at is None:
                    self._try(actions.drop_offer, offer) or actions.retire_offer(offer, retired=True, **self.said)
            self._gone(data, "steps", self.congress.steps.all(), actions.drop_step)
        self._gone(data, "windows", self.congress.windows.all(), actions.drop_window)
        self._gone(data, "audiences", self.congress.audiences.order_by("-position"), actions.drop_audience)
        self._gone(data, "pools", self.congress.pools.all(), actions.drop_pool)
        if "methods" in data:
            kinds = {row.get("kind") for row in _rows(data, "methods")}
            for method in self.congress.methods.filter(is_on=True).exclude(kind__in=kinds):
                actions.set_method(self.congress, method.kind, is_on=False, **self.said)

    def _gone(self, data: dict[str, Any], key: str, rows: Iterable[Any], drop: Any) -> None:
        if key in data:
            named = {str(row.get("code") or row.get("kind", "services")).lower() for row in _rows(data, key)}
            for row in rows:
                if row.code.lower() not in named:
                    self._try(drop, row)

    def _try(self, drop: Any, row: models.Model) -> bool:
        try:
            with transaction.atomic():
                drop(row, **self.said)
        except Refused:
            return False
        return True

    def _named(self, model: Any, code: Any) -> Any:
        found = model.objects.filter(congress=self.congress, code=str(code)).first()
        if found is None:
            raise BadFile(_("There is no %(what)s “%(code)s”.") % {"what": model._meta.verbose_name, "code": str(code)[:60]})
        return found


def found_supplier(row: dict[str, Any]) -> Supplier:
    said = _coded(row, "supplier", SUPPLIER)
    found = Supplier.objects.filter(code=said["code"]).first()
    return _same(found, Supplier, said, SUPPLIER, {"code": said["code"], "name": said.get("name", said["code"])})


def found_contract(row: dict[str, Any]) -> Contract:
    said = _coded(row, "contract", CONTRACT)
    supplier = found_supplier(row)
    found = supplier.contracts.filter(code=said["code"]).first()
    return _same(found, Contract, said, CONTRACT, {"supplier": supplier, "code": said["code"], "mode": said.get("mode", "AGENT")})


def found_service(row: dict[str, Any]) -> Service:
    said = _coded(row, "service", SERVICE)
    supplier = found_supplier(row)
    found = supplier.services.filter(code=said["code"]).first()
    names = {"supplier": supplier, "code": said["code"], "kind": said.get("kind", "FEE"), "name": LocalText(fr=said["code"])}
    return _same(found, Service, said, SERVICE, names)


def found_rate(service: Service, row: dict[str, Any]) -> Rate:
    _unknown(row, {"code", "prices", "bought", *RATE}, "rates")
    code = _key(row, "code", "rates")
    found = service.rates.filter(code=code).first()
    said = {name: row[name] for name in ("code", *RATE) if name in row}
    return _same(found, Rate, said, RATE, {"service": service, "code": code, "name": LocalText(fr=code)})


def offer_key(row: dict[str, Any]) -> tuple[Any, ...]:
    starts = _read(Offer, row, ("starts",), "offers").get("starts")
    return (_coded(row, "supplier", SUPPLIER)["code"], _coded(row, "service", SERVICE)["code"], row.get("pool") or "", starts)


def _same(found: Any, model: Any, said: dict[str, Any], names: tuple[str, ...], made: dict[str, Any]) -> Any:
    """The row as it stands, made when missing; one that differs from what is said is never altered: BadFile names both."""
    facts = _read(model, said, names, model._meta.verbose_name)
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
    if (rate.pk, "BUY") in by_rate:
        data["bought"] = sorted(by_rate[rate.pk, "BUY"], key=str)
    return data


def _price_row(row: Price) -> dict[str, Any]:
    parts = {name: getattr(row, name) for name in ("audience", "window", "pool")}
    return {**{name: part.code for name, part in parts.items() if part}, "amount": plain(row.amount), **_facts(row, PRICE)}


def _audience(audience: Audience) -> dict[str, Any]:
    back = {"falls_back_to": audience.falls_back_to.code} if audience.falls_back_to else {}
    return {"code": audience.code, **_facts(audience, AUDIENCE), **back}


def _clause(clause: ClauseFacts) -> dict[str, Any]:
    empty = ClauseFacts("")
    return {name: plain(value) for name, value in vars(clause).items() if value != getattr(empty, name)}


def _clause_facts(row: Any) -> dict[str, Any]:
    _expect(row, dict, "clauses")
    _unknown(row, set(CLAUSE), "clauses")
    _key(row, "verb", "clauses")
    return _read(Clause, row, CLAUSE, "clauses")


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


def _read(model: Any, row: dict[str, Any], names: Iterable[str], where: str) -> dict[str, Any]:
    """The keys of `row` among `names`, as the model's fields take them."""
    facts = {}
    for name in names:
        if name in row:
            facts[name] = _value(model._meta.get_field(name), row[name], f"{where}.{name}")
    return facts


def _value(field: Any, value: Any, where: str) -> Any:
    if isinstance(field, LocalTextField):
        words = {"fr": value} if isinstance(value, str) else value
        if not isinstance(words, dict) or not all(isinstance(each, str) for pair in words.items() for each in pair):
            raise BadFile(_("%(where)s: words, or words by language.") % {"where": where})
        return LocalText(words)
    if isinstance(field, models.DateTimeField) and isinstance(value, str):
        moment = parse_datetime(value)
        if moment is None or moment.tzinfo is None:
            raise BadFile(_("%(where)s: a moment with its time zone is meant.") % {"where": where})
        return moment
    if value is None or isinstance(value, date | time):
        return value
    try:
        return field.to_python(str(value) if isinstance(field, models.DecimalField) else value)
    except ValidationError as error:
        raise BadFile(f"{where}: {' '.join(error.messages)}") from error


def _rows(data: dict[str, Any], key: str) -> list[dict[str, Any]]:
    rows = data.get(key) or []
    _expect(rows, list, key)
    for row in rows:
        _expect(row, dict, key)
    return rows


def _coded(row: dict[str, Any], key: str, names: tuple[str, ...]) -> dict[str, Any]:
    """`service: CODE`, or `service: {code: CODE, …}`."""
    found = row.get(key)
    said: Any = {"code": found} if isinstance(found, str) else found
    _expect(said, dict, key)
    _unknown(said, {"code", *names}, key)
    _key(said, "code", key)
    return said


def _key(row: dict[str, Any], name: str, where: str) -> str:
    if not isinstance(row.get(name), str) or not row[name]:
        raise BadFile(_("%(where)s: “%(key)s” is missing.") % {"where": where, "key": name})
    return row[name]


def _expect(value: Any, kind: type, where: str) -> None:
    if not isinstance(value, kind):
        raise BadFile(_("%(where)s: this is not what stands here in a congress’s file.") % {"where": where})


def _unknown(row: dict[str, Any], known: set[str], where: str) -> None:
    extra = sorted(str(key)[:40] for key in set(row) - known)
    if extra:
        raise BadFile(_("%(where)s: unknown keys: %(keys)s.") % {"where": where, "keys": ", ".join(extra[:5])})
