"""The grid of an offer's prices, audience by period, read from and to a form; other rows stand below it as a plain list."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from pleniere.catalogue.models import Basis, Contract, Rate, Supplier
from pleniere.common.nights import DAY
from pleniere.common.shown import day, days
from pleniere.common.templatetags.shown import colon
from pleniere.congress.actions import PriceRow, rows_of
from pleniere.congress.models import Audience, Congress, Offer, Window
from pleniere.web.forms import MoneyField


@dataclass
class Cell:
    name: str
    label: str
    text: str = ""
    error: str = ""


@dataclass
class Grid:
    """One formula: its cells by audience, its other rows, its purchase price."""

    rate: Rate
    lines: list[tuple[Audience | None, list[Cell]]] = field(default_factory=list)
    others: list[tuple[str, Cell]] = field(default_factory=list)
    basis: str = Basis.GROSS
    basis_name: str = ""
    bought: Cell | None = None
    wanted: dict[str, list[PriceRow]] = field(default_factory=dict)

    @property
    def errors(self) -> list[str]:
        cells = [cell for _a, found in self.lines for cell in found] + [cell for _t, cell in self.others]
        return [f"{cell.label}{colon()}{cell.error}" for cell in [*cells, *([self.bought] if self.bought else [])] if cell.error]


def grids(congress: Congress, offer: Offer, data: Any = None) -> list[Grid]:
    """A grid per formula of the offer's service. With `data` (a POST) what was typed, and the rows it asks for in `wanted`."""
    audiences: list[Audience | None] = [None, *congress.audiences.all()]
    windows: list[Window | None] = [*congress.windows.order_by("closes", "pk"), None]
    buys = offer.contract.mode not in (Contract.Mode.AGENT, Contract.Mode.DIRECT)
    buys = buys and offer.service.supplier.kind != Supplier.Kind.HOUSE
    found = []
    for rate in offer.service.rates.all():
        rows = rows_of(congress, rate)
        grid = Grid(rate, basis_name=f"basis-{rate.pk}")
        plain = {(row.audience, row.window): row for row in rows if _is_plain(row)}
        first = next(iter(plain.values()), None)
        grid.basis = data.get(grid.basis_name, Basis.GROSS) if data else first.basis if first else Basis.GROSS
        if grid.basis not in Basis.values:
            grid.basis = Basis.GROSS
        sell: list[PriceRow] = []
        for audience in audiences:
            cells = []
            for window in windows:
                row = plain.get((audience, window))
                cell = Cell(
                    f"p-{rate.pk}-{audience.pk if audience else 0}-{window.pk if window else 0}", _label(audience, window)
                )
                amount = _read(cell, data, row)
                if amount is not None:
                    sell.append(PriceRow(amount, audience, window, grid.basis, vat=row.vat if row else ""))
                cells.append(cell)
            grid.lines.append((audience, cells))
        for number, row in enumerate(row for row in rows if not _is_plain(row)):
            cell = Cell(f"o-{rate.pk}-{number}", _said(row))
            amount = _read(cell, data, row)
            if amount is not None:
                sell.append(PriceRow(**{**vars(row), "amount": amount}))
            grid.others.append((_said(row), cell))
        grid.wanted["SELL"] = sell
        if buys:
            _bought(congress, grid, data)
        found.append(grid)
    return found


def _bought(congress: Congress, grid: Grid, data: Any) -> None:
    rows = rows_of(congress, grid.rate, "BUY")
    row = next((row for row in rows if _is_plain(row) and not row.audience and not row.window), None)
    grid.bought = Cell(f"b-{grid.rate.pk}", _("Bought at"))
    amount = _read(grid.bought, data, row)
    grid.wanted["BUY"] = [each for each in rows if each is not row]
    if amount is not None:
        grid.wanted["BUY"].append(PriceRow(amount, basis=row.basis if row else Basis.GROSS))


def _is_plain(row: PriceRow) -> bool:
    return row.night_from is None and row.night_until is None and row.min_quantity == 1 and row.pool is None


def _read(cell: Cell, data: Any, row: PriceRow | None) -> Decimal | None:
    """The cell's amount, as typed or as it stands; what cannot be read keeps its words and gets an error."""
    if data is None:
        cell.text = MoneyField().prepare_value(row.amount) if row else ""
        return row.amount if row else None
    cell.text = data.get(cell.name, "")[:40]
    try:
        amount: Decimal | None = MoneyField(required=False).clean(cell.text)
    except ValidationError as error:
        cell.error = error.messages[0]
        return None
    return amount


def _label(audience: Audience | None, window: Window | None) -> str:
    who = str(audience) if audience else _("everybody")
    return f"{who}, {window}" if window else who


def _said(row: PriceRow) -> str:
    """What sets a row apart that the grid does not hold: its nights, its quantity, its stock."""
    parts = [str(part) for part in (row.audience, row.window) if part]
    if row.night_from and row.night_until:
        parts.append(_("nights %(days)s") % {"days": days(row.night_from, row.night_until)})
    elif row.night_from:
        parts.append(_("nights from %(day)s on") % {"day": day(row.night_from)})
    elif row.night_until:
        parts.append(_("nights until %(day)s") % {"day": day(row.night_until - DAY)})
    if row.min_quantity > 1:
        parts.append(_("from %(n)s on") % {"n": row.min_quantity})
    if row.pool:
        parts.append(str(row.pool))
    return ", ".join(parts)
