"""What the payee reads: the remittance note naming each booking, and the letter that goes with a cheque."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from pleniere.accounts.actions import trace
from pleniere.accounts.models import Bureau, subject_of
from pleniere.accounts.rights import Actor, require
from pleniere.booking.models import Charge
from pleniere.catalogue.models import Contact
from pleniere.common import paper, shown
from pleniere.common.money import ZERO, total
from pleniere.common.words import LocalText
from pleniere.messaging import outbox
from pleniere.messaging.models import Message

from .models import Payout, PayoutLine


@dataclass(frozen=True)
class NoteRow:
    """One line of the note. What is not a charge (an advance, something given back) has words of its own and no booking."""

    booking: str
    client: str
    what: str
    when: str
    bought: Decimal
    commission: Decimal
    amount: Decimal


def note_rows(payout: Payout) -> list[NoteRow]:
    """The payout's lines by booking, in the language in force; one query."""
    lines = payout.lines.select_related("charge__line__booking__client", "charge__line__offer__service", "charge__rate", "block")
    found = [_row(line) for line in lines.order_by("charge__line__booking__number", "pk")]
    return sorted(found, key=lambda row: row.booking == "")


def _row(line: PayoutLine) -> NoteRow:
    charge = line.charge
    if charge is None:
        return NoteRow("", "", line.label or _("Advance"), "", ZERO, ZERO, line.amount)
    booking, direct = charge.line.booking, charge.mode == "DIRECT"
    struck = charge.struck_at is not None
    what = str(LocalText(charge.label)) or str(charge.line.offer)
    if charge.kind == Charge.Kind.TAX:
        what = _("Tourist tax, %(what)s") % {"what": what}
    elif direct:
        what = _("Commission on what was paid on the spot, %(what)s") % {"what": what}
    elif struck:
        what = _("Cancelled: %(what)s") % {"what": what}
    by_night = charge.line.offer.service.kind == "ROOM"
    when = shown.nights(charge.start, charge.end) if by_night else shown.days(charge.start, charge.end)
    bought = ZERO if struck or direct else charge.bought
    return NoteRow(
        booking.number or "", str(booking.client or ""), what, when, bought, ZERO if struck else charge.commission, line.amount
    )


def recipient(payout: Payout) -> Contact | None:
    """Who is told at the supplier: its accounts; nobody else reads what it is paid."""
    if payout.supplier_id is None:
        return None
    contacts = Contact.objects.filter(supplier=payout.supplier_id, role=Contact.Role.ACCOUNTS, left_at=None).exclude(email="")
    return contacts.order_by("pk").first()


def send_note(payout: Payout, *, again: str = "", by: Actor, at: datetime) -> Message | None:
    """Queue the note for the supplier's accounts, with its PDF: once per payout, once more per `again`. None where it has no contact."""
    require(by, "payout.see", payout)
    contact = recipient(payout)
    if contact is None:
        return None
    key = f"remittance-{payout.pk}" + (f"-{again}" if again else "")
    name = _file_name(payout)
    message = outbox.queue(
        "payout/remittance",
        to=contact.email,
        to_name=contact.name or payout.payee,
        key=key,
        language=contact.language,
        about=subject_of(payout),
        congress_id=payout.congress_id,
        attachments=[(name, "application/pdf", note_pdf(payout, contact.language))],
        **_facts(payout, contact.language),
    )
    if again:
        trace(by, "payout.note_sent", payout, at=at, after={"to": contact.email})
    return message


def preview(payout: Payout) -> outbox.Rendered:
    """The note as its reader would get it."""
    contact = recipient(payout)
    language = contact.language if contact else "fr"
    name = (contact.name if contact else "") or payout.payee
    return outbox.render("payout/remittance", language, to_name=name, **_facts(payout, language))


def _facts(payout: Payout, language: str) -> dict[str, Any]:
    with translation.override(language):
        rows = note_rows(payout)
    return {"payout": payout, "congress": payout.congress, "rows": rows, "currency": payout.congress.currency}


def _file_name(payout: Payout) -> str:
    return f"{payout.end_to_end}.pdf"


def note_pdf(payout: Payout, language: str = "fr") -> bytes:
    """The remittance note on paper."""
    with translation.override(language):
        title = _("Remittance note %(reference)s") % {"reference": payout.end_to_end}
        how = _how(payout)
        words = [
            _("For %(congress)s we pay you %(amount)s, for the bookings below.")
            % {"congress": payout.congress, "amount": _money(payout, payout.amount)},
            how,
        ]
        return _letter(payout, title, _("Remittance note"), words, language)


def cheque_letter(payout: Payout, language: str = "fr") -> bytes:
    """The letter that goes with a cheque."""
    with translation.override(language):
        title = _("Cheque %(number)s to %(payee)s") % {"number": payout.cheque_number or "–", "payee": payout.payee}
        words = [
            _("Please find enclosed our cheque no. %(number)s of %(amount)s, made out to %(payee)s.")
            % {"number": payout.cheque_number or "…", "amount": _money(payout, payout.amount), "payee": payout.payee},
            _("For %(congress)s it settles the bookings below.") % {"congress": payout.congress},
        ]
        return _letter(payout, title, _("Cheque letter"), words, language)


def _how(payout: Payout) -> str:
    if not payout.amount:
        return _("What you owed us has been taken off: nothing is transferred.")
    if payout.kind == Payout.Kind.CHEQUE:
        return _("Paid by cheque no. %(number)s.") % {"number": payout.cheque_number}
    return _("By transfer to your account ending in %(end)s, under the reference %(reference)s.") % {
        "end": payout.iban[-4:],
        "reference": payout.end_to_end,
    }


def _money(payout: Payout, amount: Decimal) -> str:
    return shown.money(amount, payout.congress.currency)


def _letter(payout: Payout, title: str, kind: str, words: list[str], language: str) -> bytes:
    bureau, supplier, rows = Bureau.objects.filter(pk=1).first(), payout.supplier, note_rows(payout)
    on = payout.executed_on or payout.congress.local_date(payout.approved_at or payout.made_at)
    heads = [
        {"title": _("Booking"), "right": False, "width": "22mm"},
        {"title": _("Client"), "right": False, "width": "1fr"},
        {"title": _("Service"), "right": False, "width": "1.6fr"},
        {"title": _("Price"), "right": True, "width": None},
        {"title": _("Commission"), "right": True, "width": None},
        {"title": _("Amount paid"), "right": True, "width": None},
    ]
    cells = [
        [
            row.booking,
            row.client,
            {"text": row.what, "note": row.when},
            _money(payout, row.bought) if row.bought else "",
            _money(payout, row.commission) if row.commission else "",
            _money(payout, row.amount),
        ]
        for row in rows
    ]
    address = [supplier.legal_name, supplier.address, f"{supplier.postcode} {supplier.town}".strip()] if supplier else []
    data = {
        "bureau": bureau.name if bureau else "Plénière",
        "address": bureau.legal_lines() if bureau else [],
        "kind": kind,
        "reference": payout.end_to_end,
        "date": shown.day(on),
        "to": [payout.payee, *(line for line in address if line and line != payout.payee)],
        "words": words,
        "columns": heads,
        "rows": [{"cells": each} for each in cells],
        "sum": [_("Paid in all"), _money(payout, total(row.amount for row in rows))],
        "page": _("page {page} of {pages}"),
    }
    return paper.pdf("payout/letter", data, title=title, language=language, at=payout.approved_at or payout.made_at)
