"""Is this a FEC the tax office's program would take, and one an inspector would find nothing in? Blocking faults, then warnings.

What its *Test Compta Demat* looks at, and what it leaves out: balance of each entry, one date per entry, unbroken numbers, order of validation, dates within
the year, DateLet with EcritureLet, the SIREN's check digit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from stdnum.fr import siren

from .fec import COLUMNS

NAME = re.compile(r"(?P<siren>\d{9})FEC(?P<closing>20\d{6})(?:_\d+)?\.txt$", re.IGNORECASE)
AMOUNT = re.compile(r"[+-]?\d+(?:,\d+)?$|\d+(?:,\d+)?[+-]$")
NEEDED = ("EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "EcritureLib")
WANTED = ("JournalCode", "JournalLib", "PieceRef", "PieceDate", "ValidDate")


@dataclass
class Report:
    """What was found. A file is good when `faults` is empty; `warnings` are what a reader may ask about."""

    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass
class _Entry:
    line: int
    date: str
    debit: Decimal = Decimal(0)
    credit: Decimal = Decimal(0)


def check(name: str, content: bytes) -> Report:
    """Read a whole file as the tax office would receive it."""
    report = Report()
    closing = _check_name(name, report)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("iso-8859-15")
    rows = re.split(r"\r\n|\n|\r", text)
    if rows and not rows[-1]:
        rows.pop()
    if len(rows) < 2:
        report.faults.append("empty file")
        return report
    separator = "\t" if "\t" in rows[0] else "|"
    heads = [head.strip().lower() for head in rows[0].split(separator)]
    missing = [column for column in COLUMNS if column.lower() not in heads]
    if missing:
        report.faults.append(f"missing columns: {', '.join(missing)}")
        return report
    if separator == "\t" and "|" in text:
        report.faults.append("a | in a text of a file parted by tabs")
    _check_rows(rows[1:], separator, heads, closing, report)
    return report


def _check_name(name: str, report: Report) -> date | None:
    found = NAME.match(name)
    if not found:
        report.faults.append(f"the name {name} is not SirenFECAAAAMMJJ.txt")
        return None
    if not siren.is_valid(found["siren"]):
        report.warnings.append(f"SIREN {found['siren']}: wrong check digit")
    closing = _day(found["closing"])
    if closing is None:
        report.faults.append(f"the name {name} holds no date")
    return closing


def _check_rows(rows: list[str], separator: str, heads: list[str], closing: date | None, report: Report) -> None:
    entries: dict[str, _Entry] = {}
    validated = ""
    for place, row in enumerate(rows, start=2):
        if not row.strip():
            report.faults.append(f"line {place}: empty")
            continue
        cells = row.split(separator)
        if len(cells) != len(heads):
            report.faults.append(f"line {place}: {len(cells)} fields for {len(heads)} columns")
            continue
        facts = dict(zip(heads, (cell.replace("\u00a0", " ").strip() for cell in cells), strict=True))
        record = {column: facts[column.lower()] for column in COLUMNS}
        report.faults += _faults(record, place)
        report.warnings += _warnings(record, place, closing)
        _add(record, place, entries, report)
        if record["ValidDate"] < validated and record["JournalCode"] != "AN":
            report.faults.append(f"line {place}: validated before the one ahead of it")
        validated = max(validated, record["ValidDate"])
    _check_entries(entries, report)


def _faults(record: dict[str, str], place: int) -> Iterator[str]:
    for column in NEEDED:
        if not record[column]:
            yield f"line {place}: {column} is empty"
    for column in ("EcritureDate", "PieceDate", "DateLet", "ValidDate"):
        if record[column] and _day(record[column]) is None:
            yield f"line {place}: {column} {record[column]} is no date"
    for column in ("Debit", "Credit", "Montantdevise"):
        if record[column] and not AMOUNT.match(record[column]):
            yield f"line {place}: {column} {record[column]} is no amount with a comma"
    if record["DateLet"] and not record["EcritureLet"]:
        yield f"line {place}: DateLet without EcritureLet"


def _warnings(record: dict[str, str], place: int, closing: date | None) -> Iterator[str]:
    if not re.match(r"\d{3}", record["CompteNum"]):
        yield f"line {place}: account {record['CompteNum']} does not begin with three digits"
    debit, credit = _amount(record["Debit"]), _amount(record["Credit"])
    if bool(debit) == bool(credit):
        yield f"line {place}: debit and credit both set or both zero"
    for column in WANTED:
        if not record[column]:
            yield f"line {place}: {column} is empty"
    on = _day(record["EcritureDate"])
    if closing and on and not _year_before(closing) < on <= closing:
        yield f"line {place}: {on} lies outside the fiscal year"


def _add(record: dict[str, str], place: int, entries: dict[str, _Entry], report: Report) -> None:
    entry = entries.setdefault(record["EcritureNum"], _Entry(place, record["EcritureDate"]))
    if entry.date != record["EcritureDate"]:
        report.faults.append(f"line {place}: entry {record['EcritureNum']} has two dates")
    entry.debit += _amount(record["Debit"])
    entry.credit += _amount(record["Credit"])


def _check_entries(entries: dict[str, _Entry], report: Report) -> None:
    for number, entry in entries.items():
        if entry.debit != entry.credit:
            report.faults.append(f"entry {number}: debit {entry.debit}, credit {entry.credit}")
    numbers = [int(number) for number in entries if number.isdigit()]
    if numbers and numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        report.faults.append("the numbers of the entries have a gap or go back")


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y%m%d").date() if re.fullmatch(r"\d{8}", text) else None
    except ValueError:
        return None


def _year_before(closing: date) -> date:
    """The closing of the year before: twelve months earlier."""
    first = closing + timedelta(days=1)
    return date(first.year - 1, first.month, 1) - timedelta(days=1) if first.day == 1 else closing - timedelta(days=366)


def _amount(text: str) -> Decimal:
    if not AMOUNT.match(text):
        return Decimal(0)
    sign = -1 if "-" in text else 1
    return sign * Decimal(text.strip("+-").replace(",", "."))
