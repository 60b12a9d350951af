"""What a first quote proposes: the rooms retained and the places on sale, as lines."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Sum
from django.utils import translation
from django.utils.translation import ngettext

from pleniere.allotment.comparing import ROOM_VAT, contracts_of, selling_price
from pleniere.allotment.models import Block, Scenario
from pleniere.catalogue.models import Contract, Rate, Service, Supplier
from pleniere.common.money import cents
from pleniere.common.nights import DAY
from pleniere.congress.models import Congress, Offer
from pleniere.congress.pricing import NotSold, price
from pleniere.congress.programme import Programme, read
from pleniere.stock.models import Grant, StockDay

from .models import QuoteLine

Who = QuoteLine.Who


@dataclass(frozen=True)
class LineFacts:
    """One line as it is asked for; its total is computed."""

    label: str
    unit: Decimal
    quantity: int = 1
    vat: Decimal = Decimal(20)
    who: str = Who.ORGANISER
    group: str = ""
    supplier: Supplier | None = None
    buy: Decimal | None = None  # what one is bought for, where we buy it
    rate: Rate | None = None  # a seminar package
    days: int = 1  # the quantity is so many each day, times these
    margin: bool = False  # sold to the delegates with VAT on the margin; the organiser's own follows its contract


def retained(congress: Congress, *, at: datetime) -> list[LineFacts]:
    """What the blocks hold, night prices as sold, and what is sold by the place: all guaranteed to the delegates, who pay it."""
    plan = read(congress)
    on = congress.local_date(at)
    with translation.override(congress.organiser.language if congress.organiser else "fr"):
        return [*_rooms(congress, plan, on), *_services(congress, plan, on)]


def proposed(scenario: Scenario, *, at: datetime) -> list[LineFacts]:
    """The rooms of a scenario at what they would be sold for, and what is sold by the place: nothing is retained by quoting it."""
    congress = scenario.congress
    plan = read(congress)
    with translation.override(congress.organiser.language if congress.organiser else "fr"):
        return [*_of_scenario(scenario, plan), *_services(congress, plan, congress.local_date(at))]


def _of_scenario(scenario: Scenario, plan: Programme) -> list[LineFacts]:
    cells = scenario.cells.select_related("cell__reply__invitation__supplier").order_by("cell__reply__invitation", "cell")
    rows = list(cells)
    contracts = contracts_of({row.cell.reply.invitation.supplier_id for row in rows})
    vat = plan.vat_percent(ROOM_VAT, scenario.congress.starts) if plan.vat.get(ROOM_VAT) else Decimal(10)
    nights: dict[tuple[int, str, Decimal], int] = defaultdict(int)
    suppliers: dict[int, Supplier] = {}
    for row in rows:
        supplier = suppliers.setdefault(row.cell.reply.invitation.supplier_id, row.cell.reply.invitation.supplier)
        if row.cell.price is not None:
            sold = cents(selling_price(contracts.get(supplier.pk), row.cell.price, scenario.markup))
            nights[supplier.pk, row.cell.room_type, sold] += row.rooms
    found = []
    for (pk, code, unit), count in nights.items():
        label = ngettext("%(what)s, %(n)d night in all", "%(what)s, %(n)d nights in all", count)
        words = label % {"what": str(Service.Room(code).label).capitalize(), "n": count}
        margin = _on_margin(contracts.get(pk))
        found.append(LineFacts(words, unit, count, vat, Who.DELEGATES, suppliers[pk].name[:120], suppliers[pk], margin=margin))
    return found


def _on_margin(contract: Contract | None) -> bool:
    return contract is not None and contract.mode == Contract.Mode.MARGIN


def facts_of(line: QuoteLine) -> LineFacts:
    return LineFacts(
        line.label,
        line.unit,
        line.quantity,
        line.vat,
        line.who,
        line.group,
        line.supplier,
        line.buy,
        line.rate,
        line.days,
        line.margin,
    )


def _rooms(congress: Congress, plan: Programme, on: date) -> list[LineFacts]:
    """Rooms of every block, by hotel, type and price: so many nights at so much."""
    blocks = {block.grant_block: block for block in Block.objects.filter(congress=congress).select_related("supplier")}
    granted = (
        Grant.objects.filter(block__in=blocks)
        .values_list("block", "stock_day__pool", "stock_day__service", "stock_day__day")
        .annotate(rooms=Sum("rooms"))
        .order_by("block", "stock_day__service", "stock_day__day")
    )
    offers = {(offer.pool_id, offer.service_id): offer for offer in plan.offers.values() if offer.starts is None}
    nights: dict[tuple[int, int, Decimal, Decimal], list[tuple[date, int]]] = defaultdict(list)
    for name, pool, service, day, rooms in granted:
        offer = offers.get((pool, service))
        asked = _asked(plan, offer, day, on) if offer else None
        if offer and asked and rooms > 0:
            nights[blocks[name].supplier_id, offer.pk, asked[0], asked[1]].append((day, rooms))
    found = []
    for (_supplier, pk, unit, vat), held in nights.items():
        offer = plan.offers[pk]
        count = sum(rooms for _day, rooms in held)
        label = ngettext("%(what)s, %(n)d night in all", "%(what)s, %(n)d nights in all", count)
        label = label % {"what": offer, "n": count}
        supplier = offer.service.supplier
        margin = _on_margin(offer.contract)
        found.append(LineFacts(label[:250], unit, count, vat, Who.DELEGATES, supplier.name[:120], supplier, margin=margin))
    return found


def _services(congress: Congress, plan: Programme, on: date) -> list[LineFacts]:
    """What is sold by the place and has a price: so many places at so much."""
    places = {
        (row.pool_id, row.service_id, row.day): row.granted
        for row in StockDay.objects.filter(congress=congress).exclude(service__kind=Service.Kind.ROOM)
    }
    found = []
    for offer in plan.offers.values():
        day = offer.starts or congress.starts
        count = places.get((offer.pool_id or 0, offer.service_id, day), 0)
        asked = _asked(plan, offer, day, on) if count and offer.step.kind != "LODGING" else None
        if asked and asked[0] > 0:
            supplier = offer.service.supplier
            what = str(offer)[:250], asked[0], count, asked[1], Who.DELEGATES, str(offer.step)[:120], supplier
            found.append(LineFacts(*what, margin=_on_margin(offer.contract)))
    return found


def _asked(plan: Programme, offer: Offer, day: date, on: date) -> tuple[Decimal, Decimal] | None:
    """What one is sold for on a day, VAT included, and its VAT; none where it has no price."""
    for rate in plan.rates.get(offer.service_id, []):
        try:
            quoted = price(plan, rate, start=day, end=day + DAY, on=on, pool=offer.pool_id)[0]
        except NotSold:
            continue
        return quoted.total, quoted.vat
    return None
