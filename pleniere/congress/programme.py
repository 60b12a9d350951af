"""A congress as sold: steps, offers, rates, prices, audiences, read once per process and kept under the congress's version.

Every edit moves `Congress.version` (`congress.actions.touch`), an edit of the catalogue that of each congress that sells of it
(`congress.actions.catalogue`), so a page costs its own few queries and never shows an old price.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from threading import Lock
from typing import Any

from django.db.models import QuerySet

from pleniere.catalogue.models import Component, Photo, Rate, Service, Supplier, Vat
from pleniere.catalogue.tariffs import Tariffs, tariffs

from .models import Audience, Congress, Discount, LegalText, Method, Offer, Price, StayRule, Step, Window

KEPT = 40  # congresses held per process
OFFERED = ("service__supplier", "contract", "pool", "step", "terms")  # what every offer has at hand
_cache: OrderedDict[tuple[int, int], Programme] = OrderedDict()
_lock = Lock()


@dataclass
class Programme:
    """All that pricing and the public pages need. Shared between threads: nobody changes it."""

    congress: Congress
    steps: list[Step]
    offers: dict[int, Offer]
    rates: dict[int, list[Rate]]  # by service
    prices: dict[tuple[int, str], list[Price]]  # by rate and side
    audiences: dict[int, Audience]
    windows: dict[int, Window]
    methods: list[Method]
    vat: dict[str, list[tuple[date, Decimal]]]
    photos: dict[int, list[Photo]]  # by supplier, the first stands for it
    legal: dict[str, LegalText]  # the version in force, by kind
    admitted: dict[int, frozenset[int]] = field(default_factory=dict)  # audiences named by an offer; empty: all
    taxes: Tariffs = field(default_factory=dict)  # tourist taxes, of the towns of whose services it sells or has sold
    components: dict[int, list[Component]] = field(default_factory=dict)  # of packages, by rate
    parents: dict[int, int] = field(default_factory=dict)  # of pools cut from another
    discounts: list[Discount] = field(default_factory=list)  # in the order in which they are taken off
    discounted: dict[int, frozenset[int]] = field(default_factory=dict)  # offers a discount is limited to; empty: all
    stays: list[StayRule] = field(default_factory=list)  # minimum nights, closed days: `stays.broken` reads them
    drawn: dict[Any, Any] = field(default_factory=dict)  # what pages have drawn of it, the same for everybody

    def offers_of(self, step: Step) -> list[Offer]:
        return [*self._by_step.get(step.pk, ())]

    @cached_property
    def _by_step(self) -> dict[int, list[Offer]]:
        found: dict[int, list[Offer]] = {}
        for offer in self.offers.values():
            found.setdefault(offer.step_id, []).append(offer)
        return found

    @cached_property
    def open_steps(self) -> list[Step]:
        """The pages of the form; a step of which the office alone sells everything is none."""
        mine = {step.pk: self.offers_of(step) for step in self.steps}
        return [s for s in self.steps if not mine[s.pk] or any(not offer.office_only for offer in mine[s.pk])]

    def audience(self, code: str) -> Audience | None:
        return next((each for each in self.audiences.values() if each.code == code), None)

    def default_audience(self, kind: str) -> Audience | None:
        """Whom one is without proof: the first of the kind that asks for none."""
        return next((a for a in self.audiences.values() if a.kind == kind and a.proof == Audience.Proof.NONE), None)

    def chain(self, audience: Audience | None) -> list[int | None]:
        """The audience, what it falls back to …, and last None: any."""
        levels: list[int | None] = []
        while audience is not None and audience.pk not in levels:
            levels.append(audience.pk)
            audience = self.audiences.get(audience.falls_back_to_id) if audience.falls_back_to_id else None
        return [*levels, None]

    def admits(self, offer: Offer, audience: Audience | None) -> bool:
        """Is this offer for them? One that names audiences does not admit those that only fall back to them."""
        named = self.admitted.get(offer.pk)
        return not named or (audience is not None and audience.pk in named)

    def pools_of(self, pool: int | None) -> list[int | None]:
        """Whose prices hold for what is sold from a pool: its own, then its parent's, then those of no pool."""
        parent = self.parents.get(pool) if pool else None
        return [pool, *([parent] if parent else []), *([None] if pool else [])]

    def vat_percent(self, code: str, day: date) -> Decimal:
        """The rate in force that day; before the first that is known, the first."""
        rows = self.vat[code]
        return next((percent for since, percent in rows if since <= day), rows[-1][1])


def programme(congress: Congress) -> Programme:
    """The programme of this version of the congress; read when no one in this process has yet."""
    key = (congress.pk, congress.version)
    with _lock:
        if key in _cache:
            _cache.move_to_end(key)
            return _cache[key]
    found = read(congress)
    with _lock:
        _cache[key] = found
        while len(_cache) > KEPT:
            _cache.popitem(last=False)
    return found


def forget() -> None:
    """Empty this process's cache (tests: versions begin anew with each)."""
    with _lock:
        _cache.clear()


def read(congress: Congress) -> Programme:
    """The programme from the tables, past every cache: what an edit is checked against."""
    offers = (
        Offer.objects.filter(congress=congress, retired_at=None)
        .select_related(*OFFERED)
        .order_by("step__position", "position", "pk")
    )
    by_pk = {offer.pk: offer for offer in offers}
    rates: dict[int, list[Rate]] = defaultdict(list)
    for rate in Rate.objects.filter(service__in={offer.service_id for offer in by_pk.values()}).select_related("service"):
        rates[rate.service_id].append(rate)
    prices: dict[tuple[int, str], list[Price]] = defaultdict(list)
    for price in Price.objects.filter(congress=congress):
        prices[price.rate_id, price.side].append(price)
    return Programme(
        congress=congress,
        steps=list(Step.objects.filter(congress=congress)),
        offers=by_pk,
        rates=dict(rates),
        prices=dict(prices),
        audiences={audience.pk: audience for audience in Audience.objects.filter(congress=congress)},
        windows={window.pk: window for window in Window.objects.filter(congress=congress)},
        methods=list(Method.objects.filter(congress=congress, is_on=True)),
        vat=_vat(),
        components=_components(by_pk),
        photos=_photos(congress),
        legal={text.kind: text for text in LegalText.objects.filter(congress=congress).order_by("version")},
        parents=_parents(by_pk),
        admitted=_named(Offer.audiences.through.objects.filter(offer__congress=congress).values_list("offer", "audience")),
        discounts=_discounts(congress),
        discounted=_named(Discount.offers.through.objects.filter(discount__congress=congress).values_list("discount", "offer")),
        stays=list(StayRule.objects.filter(congress=congress)),
        taxes=tariffs(_suppliers(congress).values_list("town", flat=True)),
    )


def _discounts(congress: Congress) -> list[Discount]:
    order = list(Discount.Kind.values)
    found = Discount.objects.filter(congress=congress, retired_at=None)
    return sorted(found, key=lambda each: (order.index(each.kind), each.pk))


def _named(pairs: Iterable[tuple[int, int]]) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for one, other in pairs:
        found[one].add(other)
    return {one: frozenset(others) for one, others in found.items()}


def _components(offers: dict[int, Offer]) -> dict[int, list[Component]]:
    packages = {offer.service_id for offer in offers.values() if offer.service.kind == Service.Kind.PACKAGE}
    found: dict[int, list[Component]] = defaultdict(list)
    if packages:
        for component in Component.objects.filter(rate__service__in=packages):
            found[component.rate_id].append(component)
    return dict(found)


def _parents(offers: dict[int, Offer]) -> dict[int, int]:
    return {offer.pool.pk: offer.pool.parent_id for offer in offers.values() if offer.pool and offer.pool.parent_id}


def _suppliers(congress: Congress) -> QuerySet[Supplier]:
    """Whose services it sells or has sold."""
    return Supplier.objects.filter(pk__in=Offer.objects.filter(congress=congress).values("service__supplier"))


def _photos(congress: Congress) -> dict[int, list[Photo]]:
    found: dict[int, list[Photo]] = defaultdict(list)
    for photo in Photo.objects.filter(supplier__in=_suppliers(congress)):
        found[photo.supplier_id].append(photo)
    return dict(found)


def _vat() -> dict[str, list[tuple[date, Decimal]]]:
    rows: dict[str, list[tuple[date, Decimal]]] = defaultdict(list)
    for vat in Vat.objects.order_by("code", "-since"):
        rows[vat.code].append((vat.since, vat.percent))
    return dict(rows)
