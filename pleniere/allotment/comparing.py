"""Scenarios side by side: what each costs, in how many hotels, how far, what it leaves uncovered, what we earn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from pleniere.catalogue.models import Contract, Supplier
from pleniere.common.money import ZERO, cents, percent_of
from pleniere.congress.pricing import commission
from pleniere.congress.programme import Programme, programme

from .actions.retaining import default_contract
from .models import Request, Scenario, ScenarioCell
from .queries import Key, Row, Synthesis, synthesis

ROOM_VAT = "intermediate"  # lodging's, as a hotel's rooms are made with

Rooms = dict[tuple[int, str, date], int]  # (invitation, room type, night): rooms


@dataclass
class HotelSum:
    """What a scenario takes of one hotel."""

    row: Row
    room_nights: int = 0
    cost: Decimal = ZERO


@dataclass
class Figures:
    """One scenario in figures. Money is VAT included, at the prices of the last answers."""

    scenario: Scenario | None
    rooms: Rooms
    hotels: dict[int, HotelSum] = field(default_factory=dict)
    room_nights: int = 0
    cost: Decimal = ZERO  # what the hotels are paid for these rooms, their commission to us not yet taken off
    sold: Decimal = ZERO  # at selling prices
    margin: Decimal = ZERO  # commissions, and what is added to what we buy
    unpriced: int = 0  # room nights of which no price was given: they count for nothing in the money
    mean_km: float | None = None  # over the room nights of which the distance is known
    unplaced: int = 0  # room nights of hotels whose place, or the venue's, is unknown
    accessible: int = 0
    missing: dict[Key, int] = field(default_factory=dict)  # rooms that the need lacks, what is retained already counted
    beyond: dict[tuple[int, str, date], int] = field(default_factory=dict)  # rooms the hotel does not offer (any more)
    stale: list[Row] = field(default_factory=list)  # hotels that have answered anew since

    @property
    def nights_uncovered(self) -> int:
        return len({night for _code, night in self.missing})

    @property
    def rooms_missing(self) -> int:
        return sum(self.missing.values())

    @property
    def accessible_share(self) -> Decimal | None:
        return Decimal(100 * self.accessible) / self.room_nights if self.room_nights else None

    @property
    def margin_share(self) -> Decimal | None:
        """Margin as % of what is sold."""
        return 100 * self.margin / self.sold if self.sold else None


@dataclass
class Comparison:
    table: Synthesis
    figures: list[Figures]

    @property
    def hotels(self) -> list[Row]:
        """Those of which any scenario takes a room, in the synthesis's order."""
        taken = {pk for each in self.figures for pk in each.hotels}
        return [row for row in self.table.rows if row.invitation.pk in taken]


def compare(request: Request, scenarios: Iterable[Scenario] | None = None) -> Comparison:
    """The request's scenarios (or these of them) in figures; as many queries for twenty as for two."""
    table = synthesis(request)
    found = list(request.scenarios.all() if scenarios is None else scenarios)
    rooms: dict[int, Rooms] = defaultdict(dict)
    old: dict[int, set[int]] = defaultdict(set)
    last = {row.invitation.pk: row.reply.pk for row in table.rows if row.reply}
    cells = ScenarioCell.objects.filter(scenario__in=[each.pk for each in found])
    for pk, reply, invitation, code, night, count in cells.values_list(
        "scenario", "cell__reply", "cell__reply__invitation", "cell__room_type", "cell__night", "rooms"
    ):
        rooms[pk][invitation, code, night] = rooms[pk].get((invitation, code, night), 0) + count
        if last.get(invitation) != reply:
            old[pk].add(invitation)
    taken = {invitation for each in rooms.values() for invitation, _code, _night in each}
    contracts = contracts_of(row.supplier.pk for row in table.rows if row.invitation.pk in taken)
    figures = []
    for scenario in found:
        mine = figures_of(table, rooms[scenario.pk], contracts, scenario=scenario)
        mine.stale = [row for row in table.rows if row.invitation.pk in old[scenario.pk]]
        figures.append(mine)
    return Comparison(table, figures)


def contracts_of(suppliers: Iterable[int]) -> dict[int, Contract | None]:
    """The contract that each would be retained under unless another is named. Two queries."""
    rows = Supplier.objects.filter(pk__in=list(suppliers)).prefetch_related("contracts")
    return {supplier.pk: default_contract(supplier) for supplier in rows}


def figures_of(
    table: Synthesis, rooms: Rooms, contracts: Mapping[int, Contract | None], *, scenario: Scenario | None = None
) -> Figures:
    """These rooms in figures. A cell whose price is unknown counts as rooms and not as money."""
    figures = Figures(scenario, rooms)
    rows = {row.invitation.pk: row for row in table.rows}
    markup = scenario.markup if scenario else ZERO
    plan = programme(table.request.congress)
    km = 0.0
    for (pk, code, night), count in sorted(rooms.items(), key=lambda each: (each[0][0], each[0][2], each[0][1])):
        row = rows.get(pk)
        if row is None:
            continue
        offer = row.cells.get((code, night)) if row.counts else None
        if count > (left := offer.left if offer else 0):
            figures.beyond[pk, code, night] = count - left
        hotel = figures.hotels.setdefault(pk, HotelSum(row))
        hotel.room_nights += count
        figures.room_nights += count
        figures.accessible += count if code == "ACCESSIBLE" else 0
        if row.km is None:
            figures.unplaced += count
        else:
            km += row.km * count
        if offer is None or offer.price is None:
            figures.unpriced += count
            continue
        cost, sold, margin = _money(plan, contracts.get(row.supplier.pk), offer.price, count, night, markup)
        hotel.cost += cost
        figures.cost, figures.sold, figures.margin = figures.cost + cost, figures.sold + sold, figures.margin + margin
    placed = figures.room_nights - figures.unplaced
    figures.mean_km = km / placed if placed else None
    figures.missing = missing(table, rooms)
    return figures


def missing(table: Synthesis, rooms: Rooms) -> dict[Key, int]:
    """By type and night, the rooms that the need lacks once what is retained and these are counted."""
    kept = table.total("retained")
    for (_pk, code, night), count in rooms.items():
        kept[code, night] = kept.get((code, night), 0) + count
    return {key: need - kept.get(key, 0) for key, need in table.need.items() if need > kept.get(key, 0)}


def selling_price(contract: Contract | None, price: Decimal, markup: Decimal) -> Decimal:
    """What a room that is offered at `price` is sold at: the hotel's own price where we are its agent, else with our share on it."""
    if contract is not None and not contract.is_bought:
        return price
    return price + percent_of(price, markup)


def _money(
    plan: Programme, contract: Contract | None, price: Decimal, count: int, night: date, markup: Decimal
) -> tuple[Decimal, Decimal, Decimal]:
    """Cost, sale and margin of so many rooms of a night."""
    cost, sold = cents(price * count), cents(selling_price(contract, price, markup) * count)
    if contract is None or contract.is_bought:
        return cost, sold, sold - cost
    if not plan.vat.get(ROOM_VAT) or not plan.vat.get(contract.commission_vat):
        return cost, sold, percent_of(sold, contract.commission)  # a bureau that has not set its VAT rates yet
    return cost, sold, commission(contract, sold, plan.vat_percent(ROOM_VAT, night), plan, night)[0]
