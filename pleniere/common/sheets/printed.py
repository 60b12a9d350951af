"""The table on paper."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from .. import paper, shown
from .columns import TEXT, Column, Totals, as_text


def to_pdf(
    columns: Sequence[Column],
    rows: Iterable[Any],
    *,
    title: str,
    language: str = "fr",
    sender: str = "",
    intro: Sequence[str] = (),
    notes: Sequence[str] = (),
    foot: str = "",
    totals: dict[str, Any] | None = None,
    struck: Callable[[Any], bool] | None = None,
    more: Sequence[tuple[str, Sequence[Column], Iterable[Any]]] = (),
    at: datetime | None = None,
    currency: str = "EUR",
    wide: bool | None = None,
) -> bytes:
    """The same table on A4, upright up to six columns, else across; tagged, head repeated on every page."""
    with override(language):
        at = at or timezone.now()
        data = {
            "title": title,
            "sender": sender,
            "made": _("Made on %(moment)s") % {"moment": shown.moment(at)},
            "intro": list(intro),
            "notes": list(notes),
            "foot": foot or sender,
            "page": _("page {page} of {pages}"),
            "wide": len(columns) > 6 if wide is None else wide,
            **_table(columns, rows, totals, struck, currency),
            "tables": [{"title": name, **_table(cs, rs, None, struck, currency)} for name, cs, rs in more],
        }
    return paper.pdf("common/table", data, title=title, language=language, at=at)


def _table(
    columns: Sequence[Column],
    rows: Iterable[Any],
    totals: dict[str, Any] | None,
    struck: Callable[[Any], bool] | None,
    currency: str,
) -> dict[str, Any]:
    sums, lines = Totals(columns, totals, _("Total")), []
    for row in rows:
        values = [column.value(row) for column in columns]
        gone = bool(struck and struck(row))
        if not gone:
            sums.add(values)
        cells = [as_text(v, c.kind, currency) for v, c in zip(values, columns, strict=True)]
        lines.append({"cells": cells, "gone": gone})
    texts = (c.kind if not isinstance(v, str) else TEXT for c, v in zip(columns, sums.row(), strict=True))
    foot = [[as_text(v, kind, currency) for v, kind in zip(sums.row(), texts, strict=True)]] if sums.wanted else []
    heads = [
        {"title": str(c.title), "right": c.is_number, "width": None if c.is_number else f"{max(c.characters, 4)}fr"}
        for c in columns
    ]
    return {"columns": heads, "rows": lines, "totals": foot}
