"""The table as .csv, in the manner of the reader's language."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from io import StringIO
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from .cells import safe
from .columns import MONEY, NUMBERS, YES, Column, Totals


def to_csv(
    columns: Sequence[Column],
    rows: Iterable[Any],
    language: str = "fr",
    *,
    totals: dict[str, Any] | None = None,
    struck: Callable[[Any], bool] | None = None,
) -> bytes:
    """UTF-8 with its mark, so that Excel reads the accents; `;` and decimal comma in French. Struck rows say so in a last column."""
    out = StringIO()
    french = language.startswith("fr")
    writer = csv.writer(out, delimiter=";" if french else ",", lineterminator="\r\n")
    with override(language):
        writer.writerow([safe(c.title) for c in columns] + ([_("cancelled")] if struck else []))
        sums = Totals(columns, totals, _("Total"))
        for row in rows:
            values = [column.value(row) for column in columns]
            gone = bool(struck and struck(row))
            if not gone:
                sums.add(values)
            cells = [_plain(v, c.kind, french) for v, c in zip(values, columns, strict=True)]
            writer.writerow(cells + ([_("yes") if gone else ""] if struck else []))
        if sums.wanted and totals is not None:
            writer.writerow([_plain(v, c.kind, french) for v, c in zip(sums.row(), columns, strict=True)])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def _plain(value: Any, kind: str, french: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or kind == YES:
        return _("yes") if value else _("no")
    if kind in NUMBERS and not isinstance(value, str):
        text = f"{Decimal(value):.2f}" if kind == MONEY else f"{Decimal(value).normalize():f}"
        return text.replace(".", ",") if french else text
    if isinstance(value, datetime):
        local = timezone.localtime(value)
        return f"{local:%d/%m/%Y %H:%M}" if french else f"{local:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}" if french else value.isoformat()
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return safe(value)
