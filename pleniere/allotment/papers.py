"""A hotel's answer on paper: what it sent, as we have it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from pleniere.accounts.models import Bureau
from pleniere.common import paper
from pleniere.common.money import cents
from pleniere.common.shown import day, moment, money, nights_of, number, stay

from .letters import summary
from .models import Reply


def answer_pdf(reply: Reply, *, language: str, strict: bool = False) -> bytes:
    """One version, in the reader's language."""
    with translation.override(language):
        data = paper_of(reply)
    return paper.pdf("allotment/answer", data, title=data["title"], language=language, at=reply.sent_at, strict=strict)


def file_name(reply: Reply) -> str:
    return f"{reply.invitation.request.number}-{reply.invitation.supplier.code}-v{reply.version}.pdf"


def paper_of(reply: Reply) -> dict[str, Any]:
    """Everything the paper says, in the language in force."""
    invitation = reply.invitation
    request, congress, hotel = invitation.request, invitation.congress, invitation.supplier
    bureau = Bureau.objects.filter(pk=1).first()
    lines = summary(reply)
    sent = moment(reply.sent_at) if reply.sent_at else ""
    return {
        "title": _("Answer to request %(number)s, version %(version)s") % {"number": request.number, "version": reply.version},
        "page": _("page {page} of {pages}"),
        "foot": " ".join(bureau.legal_lines()) if bureau else "",
        "sender": bureau.name if bureau else "",
        "address": [*bureau.address.splitlines(), f"{bureau.postcode} {bureau.town}", bureau.email] if bureau else [],
        "dates": [_("Received on %(at)s, from %(who)s, %(how)s") % {"at": sent, "who": reply.by, "how": reply.get_via_display()}],
        "hotel": hotel.name,
        "hotel_lines": [*hotel.address.splitlines(), f"{hotel.postcode} {hotel.town}".strip()],
        "about": [
            str(congress),
            _("Rooms for: %(stay)s") % {"stay": stay(request.arrival, request.departure)},
            _("Unsold rooms given back on: %(day)s") % {"day": day(request.cutoff)},
        ],
        "columns": [
            {"title": _("Type"), "right": False},
            {"title": _("Nights"), "right": False, "width": "52mm"},
            {"title": _("Rooms"), "right": True},
            {"title": _("A room and night"), "right": True},
            {"title": _("All these nights"), "right": True},
        ],
        "rows": [{"cells": _cells(line, congress.currency)} for line in lines],
        "none": "" if lines else _("No room is offered."),
        "notes": [note for note in (_price_words(request), _held(reply), reply.remarks) if note],
    }


def _cells(line: dict[str, Any], currency: str) -> list[Any]:
    count = (line["until"] - line["from"]).days + 1
    price: Decimal | None = line["price"]
    whole = cents(price * (line["rooms"] or 0) * count) if price is not None else None
    shown = [money(amount, currency) if amount is not None else "–" for amount in (price, whole)]
    return [str(line["label"]).capitalize(), nights_of(line["from"], line["until"]), number(line["rooms"] or 0), *shown]


def _price_words(request: Any) -> str:
    board = _("breakfast included") if request.with_breakfast else _("without breakfast")
    return _("Prices are for one room and one night, VAT included, %(board)s, tourist tax not included.") % {"board": board}


def _held(reply: Reply) -> str:
    return _("Rooms held until %(day)s.") % {"day": day(reply.held_until)} if reply.held_until else ""
