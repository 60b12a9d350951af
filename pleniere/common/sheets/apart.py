"""A workbook read in a process of its own: whatever it holds, nobody else's memory and time are spent on it.

A few hundred bytes can name a cell a million rows away, or unfold to gigabytes; the reader then dies, and with it its process.
Run by its path: standard input is the workbook, the argument how many rows at most, standard output its rows in JSON.
"""

from __future__ import annotations

import json
import resource
import sys
from datetime import date, datetime
from io import BytesIO
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

MEMORY, SECONDS = 512 * 1024 * 1024, 10
UNREADABLE = 3  # the answer to what is no workbook


def cell_of(cell: Any) -> Any:
    """As JSON: a day is a list of its word, so that it is no text."""
    if isinstance(cell, datetime):
        cell = cell.date()
    if isinstance(cell, date):
        return [cell.isoformat()]
    if isinstance(cell, str):
        return cell[:500]
    return cell if isinstance(cell, int | float) and not isinstance(cell, bool) else str(cell)


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(sys.stdin.buffer.read()))
        rows = book.get_sheet_by_index(0).to_python(nrows=int(sys.argv[1])) if book.sheet_names else []
    except (CalamineError, ValueError, OSError, KeyError, IndexError, MemoryError):
        return UNREADABLE
    json.dump([[cell_of(cell) for cell in row[: int(sys.argv[2])]] for row in rows], sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
