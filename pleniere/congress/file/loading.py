"""From the file to the congress: part by part, through the actions people use."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from itertools import chain
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from pleniere.accounts.rights import Actor, require
from pleniere.catalogue.models import Clause, Rate
from pleniere.common.words import LocalText

from .. import actions
from ..actions.frame import Refused
from ..actions.prices import PriceRow, set_prices
from ..models import Audience, Congress, Discount, Method, Offer, Pool, Price, RateType, Season, StayRule, Step, Window
from ..terms import ClauseFacts
from .finding import found_contract, found_rate, found_service, found_supplier, offer_key
from .shape import (
    AUDIENCE,
    CLAUSE,
    CONGRESS,
    DISCOUNT,
    KEYS,
    METHOD,
    OFFER,
    PRICE,
    RATE_TYPE,
    SEASON,
    STAY,
    STEP,
    WINDOW,
    BadFile,
    expect,
    key_of,
    read_facts,
    refuse_unknown,
    rows_of,
)


@transaction.atomic
def load(data: Any, *, by: Actor, at: datetime) -> Congress:
    """Make, or change, the congress that the file says. All or nothing: BadFile, Refused, or ValidationError by field."""
    expect(data, dict, "file")
    refuse_unknown(data, KEYS, "file")
    code = data.get("congress")
    expect(code, str, "congress")
    require(by, "congress.make")
    facts = read_facts(Congress, data, CONGRESS, "congress")
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
        self._pools(rows_of(data, "pools"))
        self._audiences(rows_of(data, "audiences"))
        self._windows(rows_of(data, "windows"))
        self._rate_types(rows_of(data, "rate_types"))
        self._gone(data, "seasons", self.congress.seasons.all(), actions.drop_season)
        self._seasons(rows_of(data, "seasons"))
        for row in rows_of(data, "methods"):
            actions.set_method(
                self.congress, key_of(row, "kind", "methods"), **read_facts(Method, row, METHOD, "methods"), **self.said
            )
        self._steps(rows_of(data, "steps"))
        self._discounts(rows_of(data, "discounts"))
        self._drop(data)
        if "stays" in data:
            self._stays(rows_of(data, "stays"))

    def _terms(self, row: Any) -> None:
        expect(row, dict, "terms")
        clauses = [ClauseFacts(**_clause_facts(clause)) for clause in rows_of(row, "clauses")]
        actions.set_terms(self.congress, clauses, name=str(row.get("name") or self.congress.code), **self.said)

    def _pools(self, rows: list[dict]) -> None:
        """Parts after what they are cut from: the order of the list is no matter."""
        for row in sorted(rows, key=lambda row: "parent" in row):
            code = key_of(row, "code", "pools")
            name = read_facts(Pool, row, ("name",), "pools").get("name", LocalText())
            pool = self.congress.pools.filter(code=code).first()
            parent = self._named(Pool, row["parent"]) if row.get("parent") else None
            if pool is None:
                actions.make_pool(self.congress, code, name=name, parent=parent, **self.said)
            elif "parent" in row and pool.parent != parent:
                raise BadFile(_("The pool “%(code)s” is cut from another one here.") % {"code": code[:60]})
            elif "name" in row and pool.name != name:
                actions.edit_pool(pool, name=name, **self.said)

    def _audiences(self, rows: list[dict]) -> None:
        """First all, then what falls back to what: the order of the list is no matter."""
        for position, row in enumerate(rows):
            code, facts = key_of(row, "code", "audiences"), read_facts(Audience, row, AUDIENCE, "audiences")
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
            code, facts = key_of(row, "code", "windows"), read_facts(Window, row, WINDOW, "windows")
            found = self.congress.windows.filter(code=code).first()
            if found is None:
                facts.setdefault("name", LocalText())
                actions.make_window(self.congress, code, **facts, **self.said)
            else:
                actions.edit_window(found, **facts, **self.said)

    def _rate_types(self, rows: list[dict]) -> None:
        for row in rows:
            code, facts = key_of(row, "code", "rate_types"), read_facts(RateType, row, RATE_TYPE, "rate_types")
            found = self.congress.rate_types.filter(code=code).first()
            if found is None:
                actions.make_rate_type(self.congress, code, **{"name": LocalText(), **facts}, **self.said)
            else:
                actions.edit_rate_type(found, **facts, **self.said)

    def _seasons(self, rows: list[dict]) -> None:
        for row in rows:
            refuse_unknown(row, {"code", "supplier", "rate_type", *SEASON}, "seasons")
            code, facts = key_of(row, "code", "seasons"), read_facts(Season, row, SEASON, "seasons")
            if "rate_type" in row:
                facts["rate_type"] = self._named(RateType, row["rate_type"])
            if "supplier" in row:
                facts["supplier"] = found_supplier({"code": row["supplier"]})
            found = self.congress.seasons.filter(code=code).first()
            if found is not None:
                actions.edit_season(found, **facts, **self.said)
            elif {"starts", "until"} <= facts.keys():
                actions.make_season(self.congress, code, **{"name": LocalText(), **facts}, **self.said)
            else:
                raise BadFile(_("%(where)s: “%(key)s” is missing.") % {"where": "seasons", "key": "starts, until"})

    def _steps(self, rows: list[dict]) -> None:
        steps = []
        asked: dict[tuple[int, str], list[dict]] = {}
        for row in rows:
            facts = read_facts(Step, row, STEP, "steps")
            code = str(row.get("code") or facts.get("kind", "services")).lower() if "code" not in row else str(row["code"])
            step = self.congress.steps.filter(code=code).first()
            if step is None:
                facts.setdefault("title", LocalText())
                step = actions.make_step(self.congress, code=code, **facts, **self.said)
            else:
                step = actions.edit_step(step, **facts, **self.said)
            steps.append(step.pk)
            self._offers(step, rows_of(row, "offers"), asked)
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
            facts = read_facts(Offer, row, OFFER, "offers")
            pool = self._named(Pool, row["pool"]) if row.get("pool") else None
            audiences = [self._named(Audience, code) for code in row.get("audiences", [])]
            same = self.congress.offers.filter(service=service, pool=pool, starts=facts.get("starts")).first()
            prices: dict[tuple[int, str], list[dict]] = {}
            for said in rows_of(row, "rates"):
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

    def _discounts(self, rows: list[dict]) -> None:
        for row in rows:
            refuse_unknown(row, {"code", "offers", "window", *DISCOUNT}, "discounts")
            code, facts = key_of(row, "code", "discounts"), read_facts(Discount, row, DISCOUNT, "discounts")
            if row.get("window"):
                facts["window"] = self._named(Window, row["window"])
            expect(row.get("offers", []), list, "discounts")
            offers = [self._offer(said) for said in row.get("offers", [])]
            found = self.congress.discounts.filter(code=code).first()
            if found is None:
                facts = {"name": LocalText(), "kind": "", **facts}
                actions.make_discount(self.congress, code, offers=list(chain(*offers)), **facts, **self.said)
            else:
                actions.edit_discount(found, offers=list(chain(*offers)) if "offers" in row else None, **facts, **self.said)
                actions.retire_discount(found, retired=False, **self.said)

    def _offer(self, said: Any) -> list[Offer]:
        """ "SUPPLIER/SERVICE": every offer of it, whatever its day."""
        supplier, _sep, service = str(said).partition("/")
        found = list(self.congress.offers.filter(service__supplier__code=supplier, service__code=service))
        if not found:
            raise BadFile(_("There is no %(what)s “%(code)s”.") % {"what": Offer._meta.verbose_name, "code": str(said)[:60]})
        return found

    def _stays(self, rows: list[dict]) -> None:
        """The rules of stay: those named made or changed, the others gone."""
        kept = []
        for row in rows:
            refuse_unknown(row, {"supplier", "service", "pool", *STAY}, "stays")
            scope, facts = self._whose(row), read_facts(StayRule, row, STAY, "stays")
            days = {name: facts.get(name) for name in ("night_from", "night_until")}
            found = self.congress.stays.filter(**scope, **days).first()
            if found is None:
                found = actions.make_stay_rule(self.congress, **scope, **facts, **self.said)
            else:
                found = actions.edit_stay_rule(found, **facts, **self.said)
            kept.append(found.pk)
        for rule in self.congress.stays.exclude(pk__in=kept):
            actions.drop_stay_rule(rule, **self.said)

    def _whose(self, row: dict[str, Any]) -> dict[str, Any]:
        """Of which hotel, or which room type of it, a rule is."""
        if not row.get("supplier"):
            return {"supplier": None, "offer": None}
        names = {"service__supplier__code": row["supplier"], "service__kind": "ROOM"}
        rooms = self.congress.offers.filter(retired_at=None, **names).select_related("service__supplier")
        if not row.get("service"):
            offer = rooms.first()
            if offer is None:
                raise BadFile(_("There is no %(what)s “%(code)s”.") % {"what": _("hotel"), "code": str(row["supplier"])[:60]})
            return {"supplier": offer.service.supplier, "offer": None}
        pool = {"pool__code": row["pool"]} if row.get("pool") else {"pool": None}
        offer = rooms.filter(service__code=row["service"], **pool).first()
        if offer is None:
            raise BadFile(_("There is no %(what)s “%(code)s”.") % {"what": _("room"), "code": str(row["service"])[:60]})
        return {"supplier": None, "offer": offer}

    def _price(self, row: Any) -> PriceRow:
        expect(row, dict, "prices")
        refuse_unknown(row, {"amount", "currency", "audience", "window", "pool", *PRICE}, "prices")
        parts = {"audience": Audience, "window": Window, "pool": Pool}
        facts: dict[str, Any] = {name: self._named(model, row[name]) for name, model in parts.items() if row.get(name)}
        try:
            amount = Decimal(str(row["amount"]))
        except (KeyError, InvalidOperation) as error:
            raise BadFile(_("%(where)s: an amount is written '12.50'.") % {"where": "prices"}) from error
        if row.get("currency", self.congress.currency) != self.congress.currency:
            facts = {"amount": f"{amount:f} {str(row['currency'])[:10]}", "currency": self.congress.currency}
            raise BadFile(_("%(amount)s: this congress sells in %(currency)s, and a congress has one currency.") % facts)
        return PriceRow(amount, **facts, **read_facts(Price, row, PRICE, "prices"))

    def _drop(self, data: dict[str, Any]) -> None:
        """What a written list no longer names; what is sold or in use stays."""
        if "steps" in data:
            named = {offer_key(row) for step in rows_of(data, "steps") for row in rows_of(step, "offers")}
            for offer in self.congress.offers.select_related("service__supplier", "pool"):
                key = (offer.service.supplier.code, offer.service.code, offer.pool.code if offer.pool else "", offer.starts)
                if key not in named and offer.retired_at is None:
                    self._try(actions.drop_offer, offer) or actions.retire_offer(offer, retired=True, **self.said)
            self._gone(data, "steps", self.congress.steps.all(), actions.drop_step)
        self._gone(data, "rate_types", self.congress.rate_types.all(), actions.drop_rate_type)
        self._gone(data, "windows", self.congress.windows.all(), actions.drop_window)
        self._gone(data, "audiences", self.congress.audiences.order_by("-position"), actions.drop_audience)
        self._gone(data, "pools", self.congress.pools.order_by("-pk"), actions.drop_pool)
        if "discounts" in data:
            named_ = {str(row.get("code")) for row in rows_of(data, "discounts")}
            for discount in self.congress.discounts.filter(retired_at=None).exclude(code__in=named_):
                actions.retire_discount(discount, retired=True, **self.said)
        if "methods" in data:
            kinds = {row.get("kind") for row in rows_of(data, "methods")}
            for method in self.congress.methods.filter(is_on=True).exclude(kind__in=kinds):
                actions.set_method(self.congress, method.kind, is_on=False, **self.said)

    def _gone(self, data: dict[str, Any], key: str, rows: Iterable[Any], drop: Any) -> None:
        if key in data:
            named = {str(row.get("code") or row.get("kind", "services")).lower() for row in rows_of(data, key)}
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


def _clause_facts(row: Any) -> dict[str, Any]:
    expect(row, dict, "clauses")
    refuse_unknown(row, set(CLAUSE), "clauses")
    key_of(row, "verb", "clauses")
    return read_facts(Clause, row, CLAUSE, "clauses")
