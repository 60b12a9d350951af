"""Tables that leave the house. One list of columns serves the screen, .xlsx, .csv and PDF, so that all four say the same.

A cell typed by people is text for ever: no spreadsheet takes it for a formula.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse
from django.utils.text import slugify
from django.utils.translation import override

from .columns import DATE, INT, MOMENT, MONEY, NUMBERS, PERCENT, TEXT, TIME, YES, Column, as_text, rows_of
from .printed import to_pdf
from .separated import to_csv
from .workbook import to_xlsx

__all__ = [
    "DATE",
    "FORMATS",
    "INT",
    "MOMENT",
    "MONEY",
    "NUMBERS",
    "PERCENT",
    "TEXT",
    "TIME",
    "YES",
    "Column",
    "as_text",
    "download",
    "export",
    "rows_of",
    "to_csv",
    "to_pdf",
    "to_xlsx",
]

FORMATS = ("xlsx", "csv", "pdf")
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
    "txt": "text/plain; charset=utf-8",
}


def export(
    format: str, columns: Sequence[Column], rows: Iterable[Any], *, title: str, name: str = "", language: str = "fr", **facts: Any
) -> HttpResponse:
    """The table as a download: "xlsx", "csv" or "pdf" (anything else is xlsx), under a name every system can write."""
    if format not in FORMATS:
        format = "xlsx"
    with override(language):
        if format == "csv":
            content = to_csv(columns, rows, language, **_only(facts, "totals", "struck"))
        elif format == "pdf":
            content = to_pdf(columns, rows, title=title, language=language, **facts)
        else:
            content = to_xlsx(columns, rows, title=title, **_only(facts, "sheet", "totals", "intro", "struck", "more"))
    return download(content, f"{slugify(name or title) or 'export'}.{format}")


def download(content: bytes, name: str, *, inline: bool = False) -> HttpResponse:
    """A file for the browser: never sniffed, never cached by others. `inline` shows a PDF rather than saving it."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip("-.") or "file"
    response = HttpResponse(content, content_type=TYPES.get(plain.rpartition(".")[2], "application/octet-stream"))
    response["Content-Disposition"] = f'{"inline" if inline else "attachment"}; filename="{plain}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _only(facts: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name in names}
