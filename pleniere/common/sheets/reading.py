"""A table that people send: .xlsx or .csv, read as rows of plain values."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

MOST_ROWS = 20_000
MOST_COLUMNS = 200
APART = Path(__file__).with_name("apart.py")
PATIENCE = 30  # seconds for a workbook, on a machine that is busy


class NotATable(ValueError):
    """Neither a workbook nor text that can be read; or far more rows than anybody means."""


def read_table(content: bytes) -> list[list[Any]]:
    """The rows of the first sheet, or of the text; cells are text, numbers, dates or "". Raises NotATable in words."""
    rows = _workbook(content) if content[:4] == b"PK\x03\x04" else _text(content)
    if len(rows) > MOST_ROWS:
        raise NotATable(_("This file has more than %(most)s rows.") % {"most": MOST_ROWS})
    return [[_plain(cell) for cell in row[:MOST_COLUMNS]] for row in rows]


def _workbook(content: bytes) -> list[list[Any]]:
    command = [sys.executable, "-I", str(APART), str(MOST_ROWS + 1), str(MOST_COLUMNS)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=PATIENCE, check=True)
    except (subprocess.SubprocessError, OSError) as error:
        raise NotATable(_("This workbook cannot be read.")) from error
    return [[_cell(cell) for cell in row] for row in json.loads(done.stdout)]


def _cell(cell: Any) -> Any:
    """As `apart` wrote it: a list holds a day."""
    return date.fromisoformat(cell[0]) if isinstance(cell, list) else cell


def _text(content: bytes) -> list[list[Any]]:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            words = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise NotATable(_("This file is neither .xlsx nor text."))
    if "\0" in words:
        raise NotATable(_("This file is neither .xlsx nor text."))
    first = words.partition("\n")[0]
    delimiter = max(";\t,", key=first.count)
    try:
        return list(csv.reader(StringIO(words), delimiter=delimiter))
    except csv.Error as error:
        raise NotATable(_("This file is neither .xlsx nor text.")) from error


def _plain(cell: Any) -> Any:
    if isinstance(cell, str):
        return cell.replace("\0", "").strip()[:500]
    return cell if isinstance(cell, date | int | float) and not isinstance(cell, bool) else str(cell)
