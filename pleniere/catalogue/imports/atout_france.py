"""Atout France's list of classified accommodation: CSV with `;`, UTF-8 with a mark or cp1252, "-" for what is empty.

It bears no stable number: an establishment is known again by name, postcode and typology (docs/decisions/suppliers-known-again.md).
A class lasts five years; a line that is gone says nothing, a cell that is empty says nothing either.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from pleniere.common.words import fold

from ..models import Supplier, identity_of

SCHEME = "atout-france"
KINDS = {
    "HÔTEL DE TOURISME": Supplier.Kind.HOTEL,
    "RÉSIDENCE DE TOURISME": Supplier.Kind.RESIDENCE,
    "AUBERGE COLLECTIVE": Supplier.Kind.LODGING,
    "VILLAGE DE VACANCES": Supplier.Kind.LODGING,
    "CAMPING": Supplier.Kind.LODGING,
    "PARC RÉSIDENTIEL DE LOISIRS": Supplier.Kind.LODGING,
}
TYPOLOGIES = tuple(KINDS)
COLUMNS = {  # ours: the list's, folded
    "classified_on": "date de classement",
    "typology": "typologie etablissement",
    "stars": "classement",
    "name": "nom commercial",
    "address": "adresse",
    "postcode": "code postal",
    "town": "commune",
    "website": "site internet",
    "capacity": "capacite d accueil (personnes)",
    "bedrooms": "nombre de chambres",
    "units": "nombre d unites d habitation (residences de tourisme)",
    "lodgings": "nombre de logements (villages de vacances)",
}
COMPULSORY = ("typology", "name", "postcode", "town")
UNSTARRED = {"auberge collective", "aire naturelle"}
LONGEST = {"name": 160, "typology": 60, "address": 250, "town": 80, "website": 300}
STARS = re.compile(r"([1-5]) etoiles?$")
DAY = re.compile(r"(\d{2})/(\d{2})/(\d{4})$")
EVERY_HOUSE = "hotel hostellerie residence auberge camping village vacances parc restaurant the a au aux le la les l un une de du des d et and &"
GENERIC = frozenset(re.findall(r"\S+", EVERY_HOUSE))
_FOLDED = {fold(typology): typology for typology in KINDS}
_CONTROL = re.compile(r"[\x01-\x1f\x7f-\x9f]")


class NotThisList(Exception):
    """The file is no list of Atout France. Says why, in words."""


@dataclass(slots=True)
class Listed:
    """One line of the list, as far as it could be read."""

    line: int
    name: str = ""
    facts: dict[str, Any] = field(default_factory=dict)  # fields of Supplier, none empty
    reason: str = ""  # a code of REASONS: broken
    detail: str = ""

    @property
    def identity(self) -> str:
        return identity_of(self.facts["name"], self.facts["postcode"], self.facts["typology"])

    @property
    def department(self) -> str:
        return department_of(self.facts["postcode"])


@dataclass(frozen=True)
class Shape:
    """What the first look at a file tells: how it is written, which columns it has, how long it is."""

    encoding: str
    separator: str
    columns: list[str]  # as in the heading
    places: dict[str, int]  # ours → place
    lines: int


def department_of(postcode: str) -> str:
    """42 of 42000, 2A and 2B in Corsica, three digits overseas."""
    if postcode.startswith(("97", "98")):
        return postcode[:3]
    if postcode.startswith("20"):
        return "2A" if postcode < "20200" else "2B"
    return postcode[:2]


def digest(*parts: str) -> str:
    """What a `SupplierId` of this scheme holds: the list gives no number, so its words do."""
    return hashlib.sha256(identity_of(*parts).encode()).hexdigest()[:40]


def core(name: str) -> str:
    """A name without the words that every house bears: HÔTEL DU MARTEAU and RÉSIDENCE LE MARTEAU are both "marteau"."""
    words = [word for word in re.split(r"[^a-z0-9&]+", fold(name)) if word and word not in GENERIC]
    return " ".join(words) or fold(name)


def shape(file: BinaryIO) -> Shape:
    """Read the file once for its encoding, its heading and its length, and go back to its start. Raises NotThisList."""
    file.seek(0)
    start = file.read(4)
    if start.startswith((b"PK", b"\xd0\xcf")):
        raise NotThisList(_("This is a workbook, not a CSV file: save it as CSV first."))
    encoding, lines = _encoding_and_lines(file)
    file.seek(0)
    heading = next(_lines(file, encoding), "")
    file.seek(0)
    if not heading.strip():
        raise NotThisList(_("This file is empty."))
    separator = ";" if heading.count(";") >= heading.count(",") else ","
    columns = _cells(heading, separator)
    found = {fold(column): place for place, column in enumerate(columns)}
    places = {ours: found[theirs] for ours, theirs in COLUMNS.items() if theirs in found}
    missing = [COLUMNS[ours].upper() for ours in COMPULSORY if ours not in places]
    if missing:
        raise NotThisList(_("These columns are missing: %(columns)s.") % {"columns": ", ".join(missing)})
    return Shape(encoding, separator, columns, places, max(lines - 1, 0))


def listed(file: BinaryIO, form: Shape) -> Iterator[Listed]:
    """Each line after the heading. A quote left open breaks its own line only: no cell runs over two lines here."""
    file.seek(0)
    reading = _lines(file, form.encoding)
    next(reading, None)
    for number, line in enumerate(reading, start=2):
        if line.strip():
            yield _listed(number, line, form)


def _listed(number: int, line: str, form: Shape) -> Listed:
    cells = _cells(line, form.separator)
    row = Listed(number)
    if len(cells) != len(form.columns):
        row.reason, row.detail = "columns", f"{len(cells)} ≠ {len(form.columns)}: {_tidy(line[:160])}".replace("\x00", " ")
        return row
    words = {ours: "" if cells[place] == "-" else cells[place] for ours, place in form.places.items()}
    row.name = words["name"][:200]
    if any("\x00" in word or "\ufffd" in word for word in words.values()):
        row.name, row.reason = row.name.replace("\x00", " "), "characters"
        return row
    row.reason, row.detail = _fill(row.facts, words)
    return row


def _fill(facts: dict[str, Any], words: dict[str, str]) -> tuple[str, str]:
    """The words as fields of a supplier; or why they are none."""
    for ours, most in LONGEST.items():
        if len(words.get(ours, "")) > most:
            return "too_long", words[ours][:80]
    if not words["name"]:
        return "name", " ".join(words.get(ours, "") for ours in ("address", "postcode", "town"))[:200]
    if not re.fullmatch(r"\d{5}", words["postcode"]):
        return "postcode", words["postcode"][:80]
    typology = _FOLDED.get(fold(words["typology"]))
    facts |= {"name": words["name"], "postcode": words["postcode"], "typology": typology or words["typology"]}
    facts["kind"] = KINDS.get(typology or "", Supplier.Kind.LODGING)
    facts |= {ours: words[ours] for ours in ("address", "town") if words.get(ours)}
    if website := _website(words.get("website", "")):
        facts["website"] = website
    return _day(facts, words.get("classified_on", "")) or _stars(facts, words.get("stars", "")) or _numbers(facts, words)


def _day(facts: dict[str, Any], word: str) -> tuple[str, str] | None:
    if not word:
        return None
    found = DAY.fullmatch(word)
    try:
        day = date(int(found[3]), int(found[2]), int(found[1])) if found else None
    except ValueError:
        day = None
    if day is None or not 1950 < day.year < 2200:
        return "date", word[:80]
    facts["classified_on"] = day.isoformat()
    return None


def _stars(facts: dict[str, Any], word: str) -> tuple[str, str] | None:
    folded = fold(word)
    if found := STARS.fullmatch(folded):
        facts["stars"] = int(found[1])
    elif folded and folded not in UNSTARRED:
        return "class", word[:80]
    return None


def _numbers(facts: dict[str, Any], words: dict[str, str]) -> tuple[str, str]:
    counted: dict[str, int] = {}
    for ours in ("capacity", "bedrooms", "units", "lodgings"):
        word = words.get(ours, "").replace(" ", "").replace("\u00a0", "")
        if word and not (word.isascii() and word.isdigit() and len(word) <= 6):
            return "number", word[:80]
        if word:
            counted[ours] = int(word)
    if "capacity" in counted:
        facts["capacity"] = counted["capacity"]
    rooms = counted.get("bedrooms") or counted.get("units") or counted.get("lodgings")
    if rooms:
        facts["rooms"] = rooms
    return "", ""


def _website(word: str) -> str:
    """An address a page may link to: http or https, nothing else; the list often leaves it out."""
    word = word.strip()
    if not re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", word):
        word = f"https://{word}" if "." in word else ""
    return word if re.match(r"https?://[^\s<>\"]+$", word, re.IGNORECASE) and len(word) <= LONGEST["website"] else ""


def _cells(line: str, separator: str) -> list[str]:
    if '"' in line:
        return [_tidy(cell) for cell in next(csv.reader([line], delimiter=separator), [])]
    return [_tidy(cell) for cell in line.split(separator)]


def _tidy(cell: str) -> str:
    """One line, single spaces: some names in the list hold a tab or an escape sign."""
    return " ".join(_CONTROL.sub(" ", cell).split())


def _lines(file: BinaryIO, encoding: str) -> Iterator[str]:
    reading = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline=None)
    try:
        for line in reading:
            yield line.rstrip("\n")
    finally:
        reading.detach()  # the file is its owner's to close


def _encoding_and_lines(file: BinaryIO) -> tuple[str, int]:
    file.seek(0)
    decoder, is_utf8, lines, last = codecs.getincrementaldecoder("utf-8")(), True, 0, b"\n"
    while chunk := file.read(1 << 16):
        lines, last = lines + chunk.count(b"\n"), chunk[-1:]
        if is_utf8:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                is_utf8 = False
    return ("utf-8-sig" if is_utf8 else "cp1252"), lines + (last != b"\n")
