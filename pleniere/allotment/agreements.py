"""The agreement of a block on paper: what we keep of a hotel, until when, what it is paid before, and where both sign."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pleniere.accounts.models import Bureau
from pleniere.catalogue.models import Clause, Contract, Service
from pleniere.common import paper
from pleniere.common.money import ZERO, cents, total
from pleniere.common.shown import day, days, money, number, percent
from pleniere.congress.terms import clauses_of

from .models import Block, Invitation

Dues = Sequence[tuple[date, Decimal]]


def agreement(block: Block, invitation: Invitation, dues: Dues) -> bytes:
    """In the hotel's language. `block` may be one that is not saved yet: the agreement as it would be."""
    with translation.override(invitation.language):
        data = agreement_of(block, invitation, dues)
    return paper.pdf("allotment/agreement", data, title=data["title"], language=invitation.language, at=block.retained_at)


def file_of(block: Block, invitation: Invitation, dues: Dues) -> tuple[str, str, bytes]:
    """As a mail bears it."""
    return file_name(block, invitation), "application/pdf", agreement(block, invitation, dues)


def file_name(block: Block, invitation: Invitation) -> str:
    with translation.override(invitation.language):
        return f"{_('agreement')}-{block.congress.code}-{block.supplier.code}.pdf"


def agreement_of(block: Block, invitation: Invitation, dues: Dues) -> dict[str, Any]:
    """Everything the paper says, in the language in force; what tests read."""
    bureau, congress, supplier = Bureau.objects.filter(pk=1).first(), block.congress, block.supplier
    currency = congress.currency
    rows = [
        (code, date.fromisoformat(night), rooms, Decimal(price) if price else None) for code, night, rooms, price in block.agreed
    ]
    whole = total(cents(price * rooms) for _code, _night, rooms, price in rows if price is not None)
    return {
        "title": _("Room block agreement, %(hotel)s") % {"hotel": supplier.name},
        "page": _("page {page} of {pages}"),
        "foot": " ".join(bureau.legal_lines()) if bureau else "",
        "sender": bureau.name if bureau else "",
        "address": [*bureau.address.splitlines(), f"{bureau.postcode} {bureau.town}", bureau.email] if bureau else [],
        "dates": [_("Made on %(moment)s") % {"moment": day(congress.local_date(block.retained_at))}, _request(invitation)],
        "about": [str(congress), days(congress.starts, congress.ends), congress.venue],
        "hotel": supplier.legal_name or supplier.name,
        "hotel_lines": [
            *supplier.address.splitlines(),
            f"{supplier.postcode} {supplier.town}".strip(),
            supplier.siret and f"SIRET {supplier.siret}",
        ],
        "columns": [
            {"title": _("Night"), "right": False},
            {"title": _("Room"), "right": False},
            {"title": _("Rooms"), "right": True},
            {"title": _("Price, VAT incl."), "right": True},
            {"title": _("Total, VAT incl."), "right": True},
        ],
        "rows": [{"cells": _cells(*row, currency)} for row in rows],
        "totals": [[_("Total"), "", number(sum(row[2] for row in rows)), "", money(whole, currency)]],
        "lines": _lines(block, invitation, rows),
        "dues_title": _("Deposits we will pay you"),
        "dues_columns": [{"title": _("Due on"), "right": False}, {"title": _("Amount"), "right": True}],
        "dues": [{"cells": [day(on), money(amount, currency)]} for on, amount in dues],
        "terms_title": _("Conditions"),
        "terms": [f"– {clause}" for clause in clauses_of(block.terms) if clause.verb != Clause.Verb.DUE],
        "back": _("Please send this agreement back signed: by its signature the hotel keeps these rooms for us at these prices."),
        "signs": [
            [_("For the hotel: name, date, signature"), supplier.name],
            [_("For the bureau"), ", ".join(filter(None, [bureau.name if bureau else "", block.retained_by]))],
        ],
    }


def _request(invitation: Invitation) -> str:
    return _("Request %(number)s") % {"number": invitation.request.number}


def _cells(code: str, night: date, rooms: int, price: Decimal | None, currency: str) -> list[str]:
    label = str(Service.Room(code).label) if code in Service.Room.values else code
    sum_ = money(cents(price * rooms), currency) if price is not None else "–"
    return [date_format(night, "D j F Y"), label, number(rooms), money(price, currency) if price is not None else "–", sum_]


def _lines(block: Block, invitation: Invitation, rows: list[tuple[str, date, int, Decimal | None]]) -> list[str]:
    count = sum(row[2] for row in rows)
    found = [
        ngettext("%(n)s room night in all.", "%(n)s room nights in all.", count) % {"n": number(count)},
        _("What is not sold by %(day)s comes back to the hotel that day.") % {"day": day(block.cutoff)},
        _("Breakfast is included.") if invitation.request.with_breakfast else _("Breakfast is not included."),
    ]
    contract = block.contract
    if contract.mode in (Contract.Mode.AGENT, Contract.Mode.DIRECT) and contract.commission > ZERO:
        found.append(_("Our commission: %(share)s of these prices.") % {"share": percent(contract.commission)})
    if contract.mode == Contract.Mode.DIRECT:
        found.append(_("Guests pay at the hotel."))
    return found
