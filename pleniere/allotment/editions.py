"""Past editions as a file of theirs: read row by row, each thing that is wrong said at its cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from pleniere.common.words import fold

from .forecast import Past

MOST_HEADS = 200_000
FARTHEST = 40  # days between a night and the first day of its edition

# Each column and the words it is known by, folded: theirs and ours, in both languages.
COLUMNS = {
    "edition": ("edition", "congres", "congress", "annee", "year"),
    "starts": ("premier jour", "first day", "debut", "start"),
    "heads": ("participants", "inscrits", "congressistes", "delegates"),
    "night": ("nuit", "night", "date"),
    "rooms": ("chambres", "rooms", "nuitees", "room nights"),
    "arrivals": ("arrivees", "arrivals"),
    "no_show": ("no show %", "no shows %", "no show", "no shows", "defections"),
}
NEEDED = ("edition", "starts", "heads", "night", "rooms")


@dataclass(frozen=True)
class Wrong:
    """One cell that is not understood: as a spreadsheet names it ("C4"), and why."""

    cell: str
    words: str


def read_editions(rows: Sequence[Sequence[Any]]) -> tuple[list[Past], list[Wrong]]:
    """The editions of a table, and every cell that is wrong; with any wrong nothing should be kept."""
    head = next((n for n, row in enumerate(rows[:20]) if len(_columns(row)) >= 3), None)
    if head is None:
        return [], [Wrong("A1", _("No row names the columns: edition, first day, participants, night, rooms."))]
    columns = _columns(rows[head])
    lacking = [name for name in NEEDED if name not in columns]
    if lacking:
        names = ", ".join(title_of(name) for name in lacking)
        return [], [Wrong(f"A{head + 1}", _("A column is missing: %(names)s.") % {"names": names})]
    reading = _Reading(columns)
    for n, row in enumerate(rows[head + 1 :], start=head + 2):
        if any(str(cell).strip() for cell in row):
            reading.row(n, row)
    if not reading.editions and not reading.wrong:
        reading.wrong.append(Wrong(f"A{head + 2}", _("There is no row under the titles.")))
    return reading.pasts(), reading.wrong


def title_of(name: str) -> str:
    return {
        "edition": _("Edition"),
        "starts": _("First day"),
        "heads": _("Participants"),
        "night": _("Night"),
        "rooms": _("Rooms"),
        "arrivals": _("Arrivals"),
        "no_show": _("No-shows, %"),
    }[name]


def _columns(row: Sequence[Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, cell in enumerate(row):
        words = " ".join(fold(str(cell)).replace("-", " ").replace(",", " ").split())
        name = next((name for name, known in COLUMNS.items() if words in known), None)
        if name and name not in found:
            found[name] = place
    return found


class _Reading:
    def __init__(self, columns: dict[str, int]):
        self.columns, self.wrong = columns, list[Wrong]()
        self.editions: dict[str, dict[str, Any]] = {}

    def row(self, n: int, row: Sequence[Any]) -> None:
        name = str(self._cell(row, "edition")).strip().removesuffix(".0")[:80]
        starts = self._day(n, row, "starts")
        heads = self._number(n, row, "heads", most=MOST_HEADS, least=1)
        night, rooms = self._day(n, row, "night"), self._number(n, row, "rooms", most=MOST_HEADS)
        arrivals = self._number(n, row, "arrivals", most=MOST_HEADS) if self._cell(row, "arrivals") != "" else None
        no_show = self._percent(n, row)
        if not name:
            self._say(n, "edition", _("Which edition?"))
        if starts is None or heads is None or night is None or rooms is None or not name:
            return
        edition = self.editions.setdefault(
            name, {"starts": starts, "heads": heads, "no_show": no_show, "rooms": {}, "arrivals": {}}
        )
        if (edition["starts"], edition["heads"]) != (starts, heads):
            self._say(
                n, "starts", _("“%(name)s” began on another day, or with other participants, in a row above.") % {"name": name}
            )
            return
        offset = (night - starts).days
        if abs(offset) > FARTHEST:
            self._say(n, "night", _("This night is %(n)s days from the first day.") % {"n": abs(offset)})
        elif offset in edition["rooms"]:
            self._say(n, "night", _("This night of “%(name)s” stands twice.") % {"name": name})
        else:
            edition["rooms"][offset] = rooms
            if arrivals is not None:
                edition["arrivals"][offset] = arrivals

    def pasts(self) -> list[Past]:
        return [Past(name, **facts) for name, facts in self.editions.items()]

    def _cell(self, row: Sequence[Any], name: str) -> Any:
        place = self.columns.get(name)
        return row[place] if place is not None and place < len(row) else ""

    def _say(self, n: int, name: str, words: str) -> None:
        place = self.columns.get(name, 0)
        letters = "" if place < 26 else chr(64 + place // 26)
        self.wrong.append(Wrong(f"{letters}{chr(65 + place % 26)}{n}", words))

    def _day(self, n: int, row: Sequence[Any], name: str) -> date | None:
        cell = self._cell(row, name)
        if isinstance(cell, date):
            return cell
        for pattern in ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%y"):
            try:
                return datetime.strptime(str(cell).strip(), pattern).date()
            except ValueError:
                continue
        self._say(n, name, _("“%(words)s” is not a day.") % {"words": str(cell)[:40]})
        return None

    def _number(self, n: int, row: Sequence[Any], name: str, *, most: int, least: int = 0) -> int | None:
        value = _decimal(self._cell(row, name))
        if value is None or value != int(value) or not least <= value <= most:
            facts = {"words": str(self._cell(row, name))[:40], "least": least, "most": most}
            self._say(n, name, _("“%(words)s” is not a whole number between %(least)s and %(most)s.") % facts)
            return None
        return int(value)

    def _percent(self, n: int, row: Sequence[Any]) -> Decimal:
        cell = self._cell(row, "no_show")
        value = Decimal(0) if cell == "" else _decimal(cell)
        if value is None or not 0 <= value <= 100:
            self._say(n, "no_show", _("“%(words)s” is not a share between 0 and 100 %%.") % {"words": str(cell)[:40]})
            return Decimal(0)
        return value


def _decimal(cell: Any) -> Decimal | None:
    words = str(cell).replace("\u00a0", "").replace("\u202f", "").replace(" ", "").replace("%", "").replace(",", ".")
    try:
        value = Decimal(words)
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) < 10**9 else None
