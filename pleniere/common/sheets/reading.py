"""A table that people send: .xlsx or .csv, read as rows of plain values."""

from __future__ import annotations

import csv
from datetime import date, datetime
from io import BytesIO, StringIO
from typing import Any

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

MOST_ROWS = 20_000
MOST_COLUMNS = 200


class NotATable(ValueError):
    """Neither a workbook nor text that can be read; or far more rows than anybody means."""


def read_table(content: bytes) -> list[list[Any]]:
    """The rows of the first sheet, or of the text; cells are text, numbers, dates or "". Raises NotATable in words."""
    rows = _workbook(content) if content[:4] == b"PK\x03\x04" else _text(content)
    if len(rows) > MOST_ROWS:
        raise NotATable(_("This file has more than %(most)s rows.") % {"most": MOST_ROWS})
    return [[_plain(cell) for cell in row[:MOST_COLUMNS]] for row in rows]


def _workbook(content: bytes) -> list[list[Any]]:
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(content))
        return book.get_sheet_by_index(0).to_python(nrows=MOST_ROWS + 1) if book.sheet_names else []
    except (CalamineError, ValueError, OSError, KeyError, IndexError) as error:
        raise NotATable(_("This workbook cannot be read.")) from error


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
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, str):
        return cell.replace("\0", "").strip()[:500]
    return cell if isinstance(cell, date | int | float) and not isinstance(cell, bool) else str(cell)
