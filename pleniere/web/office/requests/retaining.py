"""From what is ticked in the synthesis to rooms on sale: how many, under which contract, bought and sold at what."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from pleniere.allotment import agreements, letters, queries, reading
from pleniere.allotment.actions import Choice, Refused, Taken, retain_together
from pleniere.allotment.actions.retaining import agreed_of, default_contract, letter_rows, not_chosen, worth
from pleniere.allotment.comparing import compare, contracts_of, selling_price
from pleniere.allotment.deposits import Dues, deposits
from pleniere.allotment.models import Block, Request, Scenario
from pleniere.allotment.queries import Key, Row, Synthesis
from pleniere.catalogue.models import Contract, Service, Supplier
from pleniere.common.sheets import download
from pleniere.common.templatetags.shown import colon
from pleniere.congress.models import Congress
from pleniere.messaging.outbox import Rendered
from pleniere.web.forms import DayField, MoneyField
from pleniere.web.typed import number, pk_of

from ..door import StaffRequest, of_congress
from . import sheet
from .views import find

MOST_DUES = 4


@dataclass
class Price:
    """A price field: as typed, as understood, what is wrong."""

    name: str
    words: str
    amount: Decimal | None = None
    wrong: str = ""


@dataclass
class Run:
    """A type over nights that were offered at one price: rooms by night, one selling and one purchase price."""

    code: str
    label: str
    offered: Decimal | None
    sell: Price
    buy: Price
    cells: dict[date, tuple[str, str, int]] = field(default_factory=dict)  # night: field, words, rooms left


@dataclass
class Hotel:
    """What is to be retained of one hotel."""

    row: Row
    contracts: list[Contract]
    contract: Contract | None
    cutoff: date
    cutoff_words: str
    runs: list[Run]
    past_hold: date | None
    confirmed: bool
    dues: list[tuple[str, str, str, str]] = field(default_factory=list)  # names and words: the day, the amount
    wrong: list[str] = field(default_factory=list)

    @property
    def pk(self) -> int:
        return self.row.invitation.pk

    @property
    def buys(self) -> bool:
        """We buy and sell ourselves: a purchase price is needed."""
        return self.contract is not None and self.contract.is_bought


@of_congress
@require_POST
def retain(request: StaffRequest, congress: Congress, number: str) -> HttpResponse:
    """First what would be retained, with its prices and letters; then, on a second yes, the blocks."""
    asked = find(request, congress, number)
    at = timezone.now()
    chosen = Scenario.objects.filter(request=asked, pk=pk_of(request.POST.get("scenario", ""))).first()
    typed = _from_scenario(chosen, asked, request.POST) if chosen else request.POST
    hotels = _hotels(typed, asked, congress, congress.local_date(at))
    if not hotels:
        messages.error(request, _("Nothing of this scenario is left to retain.") if chosen else _("Nothing is ticked."))
        return redirect("office-request", congress.code, number)
    choices = {hotel.pk: _choice(hotel, typed, asked, congress.local_date(at)) for hotel in hotels}
    if paper := request.POST.get("agreement"):
        return _agreement(hotels, choices, paper, request.user, at)
    others = not_chosen(asked, but=[hotel.pk for hotel in hotels])
    for row in others:
        row.congress = congress
    tell = "tell" in request.POST if "key" in request.POST else chosen is not None
    if "retain" in request.POST and not any(hotel.wrong for hotel in hotels):
        wanted = [choice for choice in choices.values() if choice]
        try:
            key = request.POST.get("key", "")[:32] or uuid.uuid4().hex
            blocks = retain_together(wanted, key=key, scenario=chosen, tell_others=tell, by=request.user, at=at)
            words = ngettext("Retained of %(n)s hotel: on sale now.", "Retained of %(n)s hotels: on sale now.", len(blocks))
            messages.success(request, words % {"n": len(blocks)})
            return redirect("office-request", congress.code, number)
        except Refused as error:
            for hotel in hotels:
                if hotel.pk in error.errors:
                    hotel.wrong.append(str(error.errors[hotel.pk]))
    page = {
        "congress": congress,
        "asked": asked,
        "hotels": hotels,
        "cells": []
        if chosen
        else [f"{hotel.pk}:{run.code}:{night}" for hotel in hotels for run in hotel.runs for night in run.cells],
        "scenario": chosen,
        "others": others,
        "tell": tell,
        "thanks": letters.preview_not_retained(others[0]) if others else None,
        "key": request.POST.get("key", "")[:32] or uuid.uuid4().hex,
        "nights": list(asked.stay),
        "rooms": sum(taken.rooms for choice in choices.values() if choice for taken in choice.rooms.values()),
        "amount": sum(
            (taken.sell * taken.rooms for choice in choices.values() if choice for taken in choice.rooms.values()), Decimal(0)
        ),
        "letters": [(hotel, _letter(hotel, choices[hotel.pk], request.user, at)) for hotel in hotels[:10]],
    }
    is_refused = "retain" in request.POST
    return render(request, "office/requests/retain.html", page, status=422 if is_refused else 200)


def _from_scenario(scenario: Scenario, asked: Request, typed: QueryDict) -> QueryDict:
    """What the scenario holds, as if it had been ticked and typed; what was typed since stands."""
    figures = compare(asked, [scenario]).figures[0]
    contracts = contracts_of(hotel.row.supplier.pk for hotel in figures.hotels.values())
    words = QueryDict(mutable=True)
    for (pk, code, night), count in figures.rooms.items():
        row = figures.hotels[pk].row
        offer = row.cells.get((code, night)) if row.counts else None
        if offer is None or not offer.left:
            continue
        words.appendlist("cell", f"{pk}:{code}:{night}")
        words[f"rooms:{pk}:{code}:{night}"] = str(min(count, offer.left))
        if offer.price is not None:
            sold = selling_price(contracts.get(row.supplier.pk), offer.price, scenario.markup)
            words[f"sell:{pk}:{code}:{offer.price}"] = number_format(sold, 2, force_grouping=False)
    for name in typed:
        if name != "cell":
            words.setlist(name, typed.getlist(name))
    return words


def _hotels(words: Any, asked: Request, congress: Congress, today: date) -> list[Hotel]:
    """The hotels of which a cell is ticked, in the synthesis's order; a cell that is not theirs is not there."""
    table = queries.synthesis(asked)
    ticked = ticked_in(words, table)
    hotels = []
    for row in table.rows:
        mine = ticked.get(row.invitation.pk, set())
        keys = [key for key in sorted(row.cells, key=_order) if key in mine and row.cells[key].left]
        if row.reply is None or not row.counts or not keys:
            continue
        row.invitation.request, row.invitation.congress = asked, congress
        hotels.append(_hotel(row, keys, words, asked, today))
    _give_contracts(hotels, words)
    return hotels


def ticked_in(words: Any, table: Synthesis) -> dict[int, set[Key]]:
    """What is ticked, by invitation: "PK:TYPE:night" a cell, "PK:all" what a hotel offers, "all:TYPE:night" a column.

    A hotel or a column is of what the synthesis showed: `within` is its filter.
    """
    values = set(words.getlist("cell"))
    page = sheet.Page(table, QueryDict(words.get("within", "")[:500]))
    shown = {line.row.invitation.pk for line in page.lines}
    found: dict[int, set[Key]] = {}
    for row in table.rows:
        pk = row.invitation.pk
        for code, night in row.cells:
            in_view = pk in shown and (code, night) in page.columns
            whole = in_view and {f"{pk}:all", f"all:{code}:{night}"} & values
            if whole or f"{pk}:{code}:{night}" in values:
                found.setdefault(pk, set()).add((code, night))
    return found


def _order(key: Key) -> tuple[int, date]:
    """The trade's order of types, then by night."""
    return Service.Room.values.index(key[0]), key[1]


def _hotel(row: Row, keys: list[Key], words: Mapping[str, str], asked: Request, today: date) -> Hotel:
    assert row.reply is not None
    pk, problems = row.invitation.pk, []
    cutoff_words = words.get(f"cutoff:{pk}", "") or asked.cutoff.isoformat()
    try:
        cutoff = DayField().clean(cutoff_words)
    except ValidationError as error:
        cutoff, problems = asked.cutoff, [_("Cut-off: %(why)s") % {"why": " ".join(error.messages)}]
    held = row.reply.held_until
    past_hold = held if held is not None and held < today else None
    hotel = Hotel(row, [], None, cutoff, cutoff_words, [], past_hold, f"held:{pk}" in words, wrong=problems)
    runs: dict[tuple[str, Decimal | None], Run] = {}
    for code, night in keys:
        offer = row.cells[code, night]
        if (code, offer.price) not in runs:
            runs[code, offer.price] = _run(hotel, code, offer.price, words)
        name = f"rooms:{pk}:{code}:{night}"
        runs[code, offer.price].cells[night] = (name, words.get(name, str(offer.left)).strip()[:8], offer.left)
    hotel.runs = list(runs.values())
    return hotel


def _run(hotel: Hotel, code: str, offered: Decimal | None, words: Mapping[str, str]) -> Run:
    tail = f"{hotel.pk}:{code}:{offered if offered is not None else ''}"
    start = number_format(offered, 2, force_grouping=False) if offered is not None else ""
    prices = []
    for what in ("sell", "buy"):
        price = Price(f"{what}:{tail}", words.get(f"{what}:{tail}", start)[:40])
        try:
            price.amount = MoneyField(required=False).clean(price.words)
        except ValidationError as error:
            price.wrong = " ".join(error.messages)
        prices.append(price)
    sell, buy = prices
    return Run(code, reading.type_name(code), offered, sell, buy)


def _give_contracts(hotels: list[Hotel], words: Mapping[str, str]) -> None:
    """Each hotel's live contracts, in one query; the one chosen, else the usual one."""
    suppliers = {hotel.row.supplier.pk for hotel in hotels}
    by_supplier: dict[int, list[Contract]] = {}
    for supplier in Supplier.objects.filter(pk__in=suppliers).prefetch_related("contracts"):
        by_supplier[supplier.pk] = [contract for contract in supplier.contracts.all() if contract.retired_at is None]
        for hotel in hotels:
            if hotel.row.supplier.pk == supplier.pk:
                hotel.contracts = by_supplier[supplier.pk]
                wanted = words.get(f"contract:{hotel.pk}", "")
                hotel.contract = next((c for c in hotel.contracts if str(c.pk) == wanted), default_contract(supplier))


def _choice(hotel: Hotel, words: Mapping[str, str], asked: Request, today: date) -> Choice | None:
    """What was typed, understood; what is not goes to `hotel.wrong`."""
    assert hotel.row.reply is not None
    if hotel.contract is None:
        hotel.wrong.append(_("This hotel has no contract yet: make one on its sheet."))
        return None
    rooms: dict[Key, Taken] = {}
    for run in hotel.runs:
        counts = {night: _count(hotel, run, night, words, left) for night, (_name, words, left) in run.cells.items()}
        if not any(counts.values()):
            continue
        for price in (run.sell, run.buy) if hotel.buys else (run.sell,):
            if price.amount is None:
                why = price.wrong or _("a price is missing.")
                hotel.wrong.append(f"{run.label}{colon()}{why}")
        if run.sell.amount is not None:
            buy = run.buy.amount if hotel.buys else None
            rooms |= {(run.code, night): Taken(count, run.sell.amount, buy) for night, count in counts.items() if count}
    dues = _dues(hotel, words, asked, worth(rooms, hotel.contract), today)
    return Choice(hotel.row.reply, rooms, hotel.contract, hotel.cutoff, confirm_past_hold=hotel.confirmed, dues=dues)


def _dues(hotel: Hotel, words: Mapping[str, str], asked: Request, whole: Decimal, today: date) -> Dues:
    """The deposits as typed; at first as the request's terms say. One line more stands empty."""
    pk, found = hotel.pk, []
    if f"due:{pk}" in words:
        typed = [(words.get(f"due_on:{pk}:{n}", "")[:20], words.get(f"due_amount:{pk}:{n}", "")[:40]) for n in range(MOST_DUES)]
    else:
        proposed = deposits(asked.terms, whole, order=today, start=asked.arrival, end=asked.departure)
        typed = [(on.isoformat(), number_format(amount, 2, force_grouping=False)) for on, amount in proposed[:MOST_DUES]]
    typed = [each for each in typed if any(each)]
    for day_words, amount_words in typed:
        try:
            found.append((DayField().clean(day_words), MoneyField().clean(amount_words)))
        except ValidationError as error:
            hotel.wrong.append(_("Deposit: %(why)s") % {"why": " ".join(error.messages)})
    lines = [*typed, ("", "")][:MOST_DUES]
    hotel.dues = [(f"due_on:{pk}:{n}", on, f"due_amount:{pk}:{n}", amount) for n, (on, amount) in enumerate(lines)]
    return tuple(found)


def _count(hotel: Hotel, run: Run, night: date, words: str, left: int) -> int:
    if not words:
        return 0
    count = number(words)
    if count is None:
        hotel.wrong.append(_("%(type)s: “%(words)s” is not a number of rooms.") % {"type": run.label, "words": words})
        return 0
    return count


def _letter(hotel: Hotel, choice: Choice | None, by: object, at: datetime) -> Rendered | None:
    """What the hotel will read, if it has an e-mail."""
    if choice is None or not hotel.row.invitation.email or not choice.rooms:
        return None
    rows = letter_rows(choice.rooms, choice.contract)
    return letters.preview_retained(_block(hotel, choice, by, at), rows=rows, invitation=hotel.row.invitation, dues=choice.dues)


def _block(hotel: Hotel, choice: Choice, by: object, at: datetime) -> Block:
    """As it would be made; not saved."""
    invitation = hotel.row.invitation
    return Block(
        congress=invitation.congress,
        supplier=invitation.supplier,
        contract=choice.contract,
        terms=invitation.request.terms,
        cutoff=choice.cutoff,
        retained_at=at,
        retained_by=str(by),
        agreed=agreed_of(choice.rooms, choice.contract),
    )


def _agreement(hotels: list[Hotel], choices: Mapping[int, Choice | None], pk: str, by: object, at: datetime) -> HttpResponse:
    """The paper that one hotel would receive, in a window of its own; nothing is written by looking."""
    hotel = next((hotel for hotel in hotels if str(hotel.pk) == pk), None)
    choice = choices.get(hotel.pk) if hotel else None
    if hotel is None or choice is None:
        raise Http404
    block, invitation = _block(hotel, choice, by, at), hotel.row.invitation
    return download(agreements.agreement(block, invitation, choice.dues), agreements.file_name(block, invitation), inline=True)
