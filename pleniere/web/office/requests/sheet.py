"""The synthesis laid out: hotel × (night × type), filtered, sorted and cut into windows; the same lines for screen, workbook and paper."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pleniere.allotment import reading
from pleniere.allotment.queries import Key, Offer, Row, Synthesis
from pleniere.common.words import fold
from pleniere.web.forms import Form
from pleniere.web.typed import number

CELLS_AT_ONCE = 600  # a window of the table weighs less than 100 KB
FEWEST_LINES = 10
STEPS_OF_PRICE = 5
ORDER = {"answered": 0, "office": 1, "declined": 2, "silent": 3, "waiting": 4}
FAR = math.inf

WORDS: dict[str, Callable[[], str]] = {
    "declined": lambda: _("declined"),
    "silent": lambda: _("no answer"),
    "office": lambda: _("assigned by the bureau"),
    "waiting": lambda: _("not sent"),
}


class SynthesisFilter(Form):
    """Which hotels and columns the synthesis shows, and in what order. What nobody offers filters nothing."""

    q = forms.CharField(label=gettext_lazy("Name, code or town"), required=False, max_length=100)
    state = forms.ChoiceField(
        label=gettext_lazy("Answer"),
        required=False,
        choices=[
            ("", gettext_lazy("all")),
            ("answered", gettext_lazy("answered")),
            ("silent", gettext_lazy("no answer")),
            ("declined", gettext_lazy("declined")),
            ("retired", gettext_lazy("retired since")),
        ],
    )
    stars = forms.TypedChoiceField(
        label=gettext_lazy("Stars"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", gettext_lazy("all")), *((n, "★" * n + " +") for n in range(1, 6))],
    )
    km = forms.DecimalField(
        label=gettext_lazy("Within, km"), required=False, min_value=0, max_value=1000, max_digits=6, decimal_places=1
    )
    night = forms.ChoiceField(label=gettext_lazy("Night"), required=False)
    type = forms.ChoiceField(label=gettext_lazy("Room type"), required=False)
    sort = forms.ChoiceField(
        label=gettext_lazy("Sorted by"),
        required=False,
        choices=[
            ("", gettext_lazy("answers first")),
            ("name", gettext_lazy("name")),
            ("km", gettext_lazy("nearest first")),
            ("price", gettext_lazy("cheapest first")),
            ("rooms", gettext_lazy("most rooms first")),
            ("stars", gettext_lazy("most stars first")),
            ("date", gettext_lazy("last answer first")),
        ],
    )

    def __init__(self, data: Any, table: Synthesis):
        super().__init__(data)
        nights = [(night.isoformat(), date_format(night, "D j F")) for night in table.nights]
        types = [(code, reading.type_name(code)) for code in table.types]
        self.fields["night"].choices = [("", _("all")), *nights]  # type: ignore[attr-defined]
        self.fields["type"].choices = [("", _("all")), *types]  # type: ignore[attr-defined]
        self.fields["km"].localize = True
        self.is_valid()
        self.facts: dict[str, Any] = self.cleaned_data

    def lets(self, line: Line) -> bool:
        row, facts = line.row, self.facts
        supplier = row.supplier
        words = fold(facts.get("q", "").replace("\x00", "")).split()[:6]
        state = facts.get("state")
        return (
            all(word in fold(supplier.name, supplier.code, supplier.town) for word in words)
            and (not state or (supplier.retired_at is not None if state == "retired" else line.state == state))
            and (supplier.stars or 0) >= (facts.get("stars") or 0)
            and (facts.get("km") is None or (row.km is not None and row.km <= float(facts["km"])))
        )

    def place(self, line: Line) -> tuple[Any, ...]:
        """By which the lines stand in order; those that say nothing of it come last."""
        row, name = line.row, fold(line.row.supplier.name)
        sent = row.reply.sent_at if row.reply and row.reply.sent_at and row.counts else None
        keys: dict[str, Any] = {
            "name": 0,
            "km": row.km if row.km is not None else FAR,
            "price": float(row.lowest) if row.lowest is not None and row.counts else FAR,
            "rooms": -row.offered,
            "stars": -(row.supplier.stars or 0),
            "date": -sent.timestamp() if sent else FAR,
        }
        asked = self.facts.get("sort") or ""
        return (keys.get(asked, ORDER[line.state]), name, row.supplier.pk)


@dataclass
class Cell:
    """One cell of a hotel's row."""

    offer: Offer | None
    value: str  # what its box sends: "invitation:TYPE:night"
    column: int  # its head's id
    css: str  # where its night begins; how dear it is among its type


@dataclass
class Line:
    """A hotel's row as the screen shows it."""

    row: Row
    state: str  # answered, declined, silent, office (assigned by the bureau), waiting
    cells: list[Cell] = field(default_factory=list)

    @property
    def left(self) -> bool:
        """Is there something of it to retain among what is shown?"""
        return self.row.counts and any(cell.offer and cell.offer.left for cell in self.cells)


@dataclass
class Sum:
    label: Any
    cells: list[tuple[int, bool]]
    total: int
    is_gap: bool = False


@dataclass
class Night:
    """A night, all its types together."""

    night: date
    width: int
    offered: int
    retained: int
    need: int

    @property
    def gap(self) -> int:
        return self.retained - self.need


class Page:
    """What the template walks through: a window of the lines that the filter lets through."""

    def __init__(self, table: Synthesis, query: Any = None, *, window: str = "1"):
        self.table, self.query = table, query
        self.filter = SynthesisFilter(query or {}, table)
        facts = self.filter.facts
        hide_silent = bool(query) and query.get("silent") == "hidden"
        lines = [Line(row, state_of(row)) for row in table.rows]
        self.lines = sorted((line for line in lines if self.filter.lets(line)), key=self.filter.place)
        shown = [line for line in self.lines if not (hide_silent and line.state == "silent")]
        self.hidden, self.lines = len(self.lines) - len(shown), shown
        self.is_filtered = any(facts.get(name) not in (None, "") for name in ("q", "state", "stars", "km", "night", "type"))
        self.columns: list[Key] = [
            (code, night)
            for code, night in table.columns
            if facts.get("type") in (None, "", code) and facts.get("night") in (None, "", night.isoformat())
        ]
        self.per_window = max(FEWEST_LINES, CELLS_AT_ONCE // max(1, len(self.columns)))
        self.window_number = max(1, number(window, digits=4) or 1)

    # -- the window

    @cached_property
    def window(self) -> list[Line]:
        begin = (self.window_number - 1) * self.per_window
        lines = self.lines[begin : begin + self.per_window]
        for line in lines:
            line.cells = self._cells(line.row)
        return lines

    @property
    def next_window(self) -> int:
        """The number of the next window; 0: this is the last."""
        return self.window_number + 1 if self.window_number * self.per_window < len(self.lines) else 0

    @property
    def left(self) -> int:
        return len(self.lines) - self.window_number * self.per_window

    # -- heads and sums

    @property
    def types(self) -> list[str]:
        return list(dict.fromkeys(code for code, _night in self.columns))

    @cached_property
    def nights(self) -> list[Night]:
        offered, retained = self.table.total("rooms"), self.table.total("retained")
        nights: dict[date, Night] = {}
        for key in self.columns:
            night = nights.setdefault(key[1], Night(key[1], 0, 0, 0, 0))
            night.width += 1
            night.offered += offered[key]
            night.retained += retained[key]
            night.need += self.table.need.get(key, 0)
        return list(nights.values())

    @cached_property
    def heads(self) -> list[tuple[str, date, bool, str]]:
        """Of each column: its type's name, its night, whether a night begins there, and its code where something is left to retain."""
        first = self.types[0] if self.types else ""
        left = {key for row in self.table.rows if row.counts for key, offer in row.cells.items() if offer.left}
        return [
            (reading.type_name(code), night, code == first, code if (code, night) in left else "") for code, night in self.columns
        ]

    @property
    def width(self) -> int:
        return len(self.columns)

    @property
    def sums(self) -> list[Sum]:
        return [self._sum(label, numbers, is_gap) for label, numbers, is_gap in totals(self.table, self.columns)]

    @property
    def fullest(self) -> Night | None:
        """The night of which most rooms are offered."""
        return max(self.nights, key=lambda night: (night.offered, night.need), default=None)

    @property
    def shows_prices(self) -> bool:
        return bool(self._steps)

    def _sum(self, label: Any, numbers: list[int], is_gap: bool) -> Sum:
        cells = [(number, begins) for number, (_head, _night, begins, _code) in zip(numbers, self.heads, strict=True)]
        return Sum(label, cells, sum(numbers), is_gap)

    @cached_property
    def _steps(self) -> dict[str, list[Decimal]]:
        """Per room type, the highest price of each of five equal parts of the offers, from the cheapest on."""
        prices: dict[str, list[Decimal]] = {}
        for row in self.table.rows:
            for (code, _night), offer in row.cells.items() if row.counts else ():
                if offer.rooms and offer.price is not None:
                    prices.setdefault(code, []).append(offer.price)
        steps = {}
        for code, found in prices.items():
            found.sort()
            last = len(found) - 1
            steps[code] = [found[last * n // STEPS_OF_PRICE] for n in range(1, STEPS_OF_PRICE)]
        return {code: found for code, found in steps.items() if len(set(prices[code])) > 1}

    def _cells(self, row: Row) -> list[Cell]:
        first = self.types[0] if self.types else ""
        cells = []
        for i, (code, night) in enumerate(self.columns):
            offer = row.cells.get((code, night))
            dear = self._dear(code, offer) if row.counts else ""
            css = " ".join(filter(None, ["night-start" if code == first else "", dear]))
            cells.append(Cell(offer, f"{row.invitation.pk}:{code}:{night}", i, css))
        return cells

    def _dear(self, code: str, offer: Offer | None) -> str:
        if offer is None or not offer.rooms or offer.price is None or code not in self._steps:
            return ""
        return f"price-{bisect_left(self._steps[code], offer.price) + 1}"


def state_of(row: Row) -> str:
    if row.is_placeholder:
        return "office"
    if row.counts:
        return "answered"
    if row.invitation.state == "DECLINED":
        return "declined"
    return "silent" if row.is_silent else "waiting"


def totals(table: Synthesis, columns: list[Key]) -> list[tuple[Any, list[int], bool]]:
    """Offered, retained, need and the gap, per column."""
    offered, retained = table.total("rooms"), table.total("retained")
    need = [table.need.get(key, 0) for key in columns]
    kept = [retained[key] for key in columns]
    gap = [have - wanted for have, wanted in zip(kept, need, strict=True)]
    return [
        (_("Offered"), [offered[key] for key in columns], False),
        (_("Retained"), kept, False),
        (_("Need"), need, False),
        (_("Gap between retained and need"), gap, True),
    ]
