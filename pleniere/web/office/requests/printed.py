"""The synthesis on A3 paper, as wide as needed: so many nights a table, every hotel in each."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from pleniere.allotment import reading
from pleniere.allotment.queries import Key
from pleniere.common import paper, shown
from pleniere.common.sheets import download
from pleniere.messaging.outbox import bureau

from .sheet import WORDS, Line, Page, totals

WIDEST = 28  # columns of a night and a type that an A3 sheet holds across


def printed(page: Page) -> HttpResponse:
    asked, at = page.table.request, timezone.now()
    sender = bureau()
    title = _("Synthesis of request %(number)s") % {"number": asked.number}
    data = {
        "title": title,
        "sender": str(sender or ""),
        "made": _("Made on %(moment)s") % {"moment": shown.moment(at.astimezone(asked.congress.zone))},
        "intro": [
            str(asked.congress),
            _("Reply before %(moment)s, cut-off %(day)s.")
            % {"moment": shown.moment(asked.deadline.astimezone(asked.congress.zone)), "day": shown.short_day(asked.cutoff)},
            _("In each cell: rooms offered, rooms retained in brackets, and the price below."),
        ],
        "foot": str(sender or ""),
        "page": _("page {page} of {pages}"),
        "heads": [_("Hotel"), _("km"), _("Answer"), _("Retained")],
        "bands": [_band(page, columns) for columns in bands(page.columns)],
    }
    content = paper.pdf("allotment/synthesis", data, title=title, language=get_language() or "fr", at=at)
    return download(content, f"{_('synthesis')}-{asked.number}.pdf")


def bands(columns: list[Key]) -> list[list[Key]]:
    """Whole nights, as many as an A3 sheet holds across; a night of more types than that stands alone."""
    by_night: dict[date, list[Key]] = {}
    for key in columns:
        by_night.setdefault(key[1], []).append(key)
    found: list[list[Key]] = []
    for keys in by_night.values():
        if found and len(found[-1]) + len(keys) <= WIDEST:
            found[-1].extend(keys)
        else:
            found.append(list(keys))
    return found


def _band(page: Page, columns: list[Key]) -> dict[str, Any]:
    widths: dict[date, int] = {}
    for _code, night in columns:
        widths[night] = widths.get(night, 0) + 1
    return {
        "nights": [{"words": date_format(night, "D j F"), "width": width} for night, width in widths.items()],
        "types": [reading.type_name(code) for code, _night in columns],
        "rows": [_row(page, line, columns) for line in page.lines],
        "sums": [
            {"label": str(label), "numbers": [f"{n:+d}".replace("-", "−") if is_gap else str(n) for n in numbers], "gap": is_gap}
            for label, numbers, is_gap in totals(page.table, columns)
        ],
    }


def _row(page: Page, line: Line, columns: list[Key]) -> dict[str, Any]:
    row, supplier = line.row, line.row.supplier
    answered = row.reply.sent_at if row.reply and row.reply.sent_at and row.counts else None
    zone = page.table.request.congress.zone
    return {
        "name": supplier.name,
        "stars": supplier.stars or 0,
        "town": ", ".join(filter(None, [supplier.town, _("retired") if supplier.retired_at else ""])),
        "km": number_format(round(row.km, 1), 1) if row.km is not None else "",
        "answer": shown.short_day(answered.astimezone(zone).date()) if answered else WORDS[line.state](),
        "quiet": not row.counts,
        "retained": str(row.retained),
        "cells": [_cell(line, key) for key in columns] if row.counts else [],
    }


def _cell(line: Line, key: Key) -> list[str]:
    offer = line.row.cells.get(key)
    if offer is None or not (offer.rooms or offer.retained):
        return ["–", ""]
    rooms = str(offer.rooms or 0) + (f" ({offer.retained})" if offer.retained else "")
    return [rooms, number_format(offer.price, 2) if offer.price is not None else ""]
