"""Names pasted from a spreadsheet: columns found by their headings or in their usual order, what is wrong said by cell."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from pleniere.common.words import fold

from .actions.attending import MOST, Attendee
from .models import Person

USUAL = ("last_name", "first_name", "email", "institution", "phone")
HEADINGS = {
    "last_name": ("nom", "nom de famille", "last name", "surname", "name", "lastname"),
    "first_name": ("prenom", "first name", "firstname", "given name"),
    "email": ("e mail", "email", "mail", "courriel", "adresse e mail", "adresse mail"),
    "institution": ("societe", "organisme", "entreprise", "etablissement", "company", "institution", "organisation"),
    "phone": ("telephone", "tel", "tel.", "mobile", "portable", "phone"),
}
LONGEST = {field.name: field.max_length or 0 for field in Person._meta.fields if field.name in USUAL}
WHOLE = LONGEST["last_name"] + LONGEST["first_name"]  # characters of a name in one cell; a longer one is no name to be cut
WIDEST = 1_000_000  # characters of a paste


@dataclass(frozen=True)
class Wrong:
    """A cell that cannot be taken: its row and column as a spreadsheet counts them."""

    row: int
    column: int
    words: str

    @property
    def cell(self) -> str:
        return f"{chr(ord('A') + min(self.column, 25))}{self.row}"


def read_attendees(text: str) -> tuple[list[Attendee], list[Wrong]]:
    """Who is named, and what is wrong. Tabs, semicolons or commas between columns; a first row of headings is understood.

    One column alone holds whole names: what is in capitals is the family name, else the last word.
    """
    rows: list[tuple[int, list[str]]] = []
    try:
        rows.extend(_rows(text[:WIDEST]))
    except csv.Error:
        row = rows[-1][0] + 1 if rows else 1
        return [], [Wrong(row, 0, _("Where a cell ends is not clear from here on: close its quotation marks, or take them out."))]
    if not rows:
        return [], [Wrong(1, 0, _("Nobody is named."))]
    columns = _columns(rows[0][1])
    if columns:
        rows = rows[1:]
    found, wrong = [], []
    for number, cells in rows[: MOST + 1]:
        named = _named(cells, columns or list(USUAL[: len(cells)]))
        bad = list(_bad(number, named))
        wrong += bad
        if not bad:
            found.append(Attendee(**{name: words for name, (_column, words) in named.items()}))
    if len(rows) > MOST:
        wrong.append(Wrong(rows[MOST][0], 0, _("%(n)d persons at most.") % {"n": MOST}))
    return found, wrong


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """(row, cells) of each row with something in it. Raises csv.Error: nobody is lost, nor run into the next, without a word."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    sample = next((line for line in lines if line.strip()), "")
    mark = next((each for each in "\t;," if each in sample), "\t")
    for number, cells in enumerate(csv.reader(StringIO("\n".join(lines)), delimiter=mark, strict=True), start=1):
        cells = [" ".join(cell.replace("\u00a0", " ").split()) for cell in cells]
        if any(cells):
            yield number, cells


def _columns(cells: list[str]) -> list[str]:
    """The field of each column, where the first row holds headings; else nothing."""
    known = {word: name for name, words in HEADINGS.items() for word in words}
    found = [known.get(fold(cell), "") for cell in cells]
    return found if "last_name" in found and not any("@" in cell for cell in cells) else []


def _named(cells: list[str], columns: list[str]) -> dict[str, tuple[int, str]]:
    named = {name: (n, cells[n]) for n, name in enumerate(columns) if name and n < len(cells) and cells[n]}
    if set(named) == {"last_name"} and " " in named["last_name"][1] and len(named["last_name"][1]) <= WHOLE:
        column, whole = named["last_name"]
        first, last = _parted(whole)
        named = {"last_name": (column, last), "first_name": (column, first)}
    named.setdefault("last_name", (columns.index("last_name") if "last_name" in columns else 0, ""))
    return named


def _parted(whole: str) -> tuple[str, str]:
    words = whole.split()
    capitals = [word for word in words if len(word) > 1 and word == word.upper() and re.search(r"\w", word)]
    if capitals and len(capitals) < len(words):
        return " ".join(word for word in words if word not in capitals), " ".join(capitals)
    return " ".join(words[:-1]), words[-1]


def _bad(row: int, named: dict[str, tuple[int, str]]) -> Iterator[Wrong]:
    for name, (column, words) in named.items():
        if name == "last_name" and not words:
            yield Wrong(row, column, _("The family name is missing."))
        if "\x00" in words or len(words) > LONGEST[name]:
            yield Wrong(row, column, _("%(n)d characters at most.") % {"n": LONGEST[name]})
        elif name == "email":
            try:
                validate_email(words)
            except ValidationError:
                yield Wrong(row, column, _("“%(words)s” is not an e-mail address.") % {"words": words[:60]})
