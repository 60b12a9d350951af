"""One payer apart: what it pays and how, as its page, its mail and its paper say it. Nothing of the others, nothing they answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from pleniere.accounts import links
from pleniere.accounts.models import Bureau, Client, Link, subject_of
from pleniere.accounts.rights import Actor, require
from pleniere.booking.actions.frame import lock, people_of, record
from pleniere.booking.models import Booking, Charge, Line, Payer
from pleniere.catalogue.models import BankAccount, Contract
from pleniere.common import paper
from pleniere.common.money import ZERO, total, vat_within
from pleniere.common.nights import DAY
from pleniere.common.shown import day, days, money, percent
from pleniere.congress.models import Method
from pleniere.messaging import outbox
from pleniere.messaging.models import Message
from pleniere.payment.queries import PayerDue, payers_of

from .papers import asked_of, house_account_of
from .telling import SAMPLE, NoAddress

TEMPLATE, TOLD = "registration/payer", "payer.told"


@dataclass(frozen=True)
class Item:
    """One thing a payer pays, or its part of it."""

    what: str
    more: str
    amount: Decimal
    is_part: bool


@dataclass(frozen=True)
class Sheet:
    """What one payer pays and how."""

    payer: Payer
    due: PayerDue
    items: list[Item]
    vat: list[tuple[Decimal, Decimal]]  # by rate, what of the sum is VAT
    account: BankAccount | None

    @property
    def by_order(self) -> bool:
        """Is it made firm by a signed order?"""
        return self.payer.method is not None and self.payer.method.firm_by_order

    @property
    def said(self) -> list[str]:
        """What it is asked, in sentences."""
        return asked_of(self.due)


def sheet_of(
    payer: Payer,
    *,
    at: datetime | None = None,
    dues: Iterable[PayerDue] | None = None,
    charges: Iterable[Charge] | None = None,
) -> Sheet:
    """As it stands now; `dues` of its booking and the `charges` of its counted lines (`charges_of`) if they are read already."""
    booking = payer.booking
    due = next(each for each in dues or payers_of(booking, at=at or timezone.now()) if each.payer.pk == payer.pk)
    every = [c for c in (charges_of(booking) if charges is None else charges) if c.total]
    mine = [c for c in every if c.payer_id == payer.pk and c.mode != Contract.Mode.DIRECT]
    mine.sort(key=lambda c: (c.line.start, c.line_id, c.pk))
    shared = {c.line_id for c in every if c.payer_id != payer.pk}
    named = payer.client_id != booking.client_id
    return Sheet(payer, due, _items(mine, shared, named=named), _vat(mine), house_account_of())


def charges_of(booking: Booking) -> list[Charge]:
    """All that is live on the booking's counted lines, each with what its line sells."""
    found = Charge.objects.live().filter(line__booking=booking, line__state__in=Line.COUNTED)
    return list(found.select_related("line__offer__service__supplier", "line__rate", "line__offer__contract"))


def _items(charges: Sequence[Charge], shared: set[int], *, named: bool) -> list[Item]:
    """A line each; for a payer whom the buyer `named`, with who it is for. The buyer's own link, which anybody may get, names nobody."""
    by_line: dict[int, list[Charge]] = defaultdict(list)
    for charge in charges:
        by_line[charge.line_id].append(charge)
    people = people_of({charge.line_id: charge.line for charge in charges}.values()) if named else {}
    found = []
    for pk, mine in by_line.items():
        line = mine[0].line
        service = line.offer.service
        what = f"{service.supplier}, {line.offer}" if service.kind == "ROOM" else str(line.offer)
        what = _("Cancellation fee, %(what)s") % {"what": what} if line.is_penalty else what
        when = days(line.start, line.end + DAY) if line.rate.by_night else day(line.start) if line.offer.starts else ""
        more = ", ".join(part for part in (when, *(str(person) for person in people.get(pk, ()))) if part)
        found.append(Item(what, more, total(charge.total for charge in mine), pk in shared))
    return found


def _vat(charges: Iterable[Charge]) -> list[tuple[Decimal, Decimal]]:
    """As its invoices will say it: found once per document and rate; none in a margin, none in a tax."""
    sums: dict[tuple[Decimal, str, int], Decimal] = defaultdict(lambda: ZERO)
    for charge in charges:
        if charge.mode != Contract.Mode.MARGIN and charge.kind != Charge.Kind.TAX:
            issuer = charge.supplier_id if charge.mode == Contract.Mode.AGENT else 0
            sums[charge.vat, charge.mode, issuer] += charge.total
    by_rate: dict[Decimal, Decimal] = defaultdict(lambda: ZERO)
    for (rate, _mode, _issuer), gross in sums.items():
        by_rate[rate] += vat_within(gross, rate)
    return [(rate, vat) for rate, vat in sorted(by_rate.items()) if vat]


def payer_pdf(payer: Payer) -> bytes:
    """The pro forma of one payer; of one that pays by administrative order, the order to be signed and sent back."""
    booking = payer.booking
    with translation.override(booking.language):
        sheet, bureau = sheet_of(payer), Bureau.objects.filter(pk=1).first()
        kind = _("Purchase order") if sheet.by_order else _("Pro forma")
        data = {
            "bureau": bureau.name if bureau else "Plénière",
            "address": bureau.legal_lines() if bureau else [],
            "kind": kind,
            "number": payer.reference,
            "placed": _("Of booking %(number)s") % {"number": booking.number},
            "congress": str(booking.congress),
            "when": days(booking.congress.starts, booking.congress.ends),
            "client": _addressee(payer),
            "columns": [{"title": _("Item"), "right": False}, {"title": _("Total, VAT incl."), "right": True}],
            "rows": [{"cells": [{"text": _named(each), "note": each.more}, money(each.amount)]} for each in sheet.items],
            "sums": _paper_sums(sheet),
            "how": _how(sheet, bureau),
            "sign": _("Good for order: date, name and function, signature, stamp") if sheet.by_order else "",
            "notes": [_("This is no invoice: the invoice follows, in the name and at the address above.")],
            "page": _("page {page} of {pages}"),
        }
        title = f"{kind} {payer.reference}"
        return paper.pdf("registration/payer", data, title=title, language=booking.language, at=booking.placed_at)


def _named(item: Item) -> str:
    return _("%(what)s (your part)") % {"what": item.what} if item.is_part else item.what


def _addressee(payer: Payer) -> list[str]:
    client = payer.client
    numbers = [
        (_("SIRET %(x)s"), payer.siret or client.siret),
        (_("Service code %(x)s"), payer.service_code or client.service_code),
        (_("Engagement no. %(x)s"), payer.engagement),
    ]
    place = f"{client.postcode} {client.town}".strip()
    return [str(client), *client.address.splitlines(), place, *(words % {"x": value} for words, value in numbers if value)]


def _paper_sums(sheet: Sheet) -> list[list[Any]]:
    found = [[_("Total, VAT included"), money(sheet.due.total), True]]
    if sheet.vat:
        found.insert(0, [_("Total, VAT excluded"), money(sheet.due.total - total(vat for _rate, vat in sheet.vat)), False])
    found += [[_("of which VAT at %(rate)s") % {"rate": percent(rate)}, money(vat), False] for rate, vat in sheet.vat]
    if sheet.due.paid:
        found += [[_("Received"), money(sheet.due.paid), False], [_("Left to pay"), money(sheet.due.left), True]]
    return found


def _how(sheet: Sheet, bureau: Bureau | None) -> list[str]:
    """Where the money goes, under which reference, by when."""
    said = [_("Reference to write on the payment: %(reference)s") % {"reference": sheet.payer.reference}]
    if sheet.account is not None and (sheet.payer.method is None or sheet.payer.method.kind != Method.Kind.CHEQUE):
        facts = {"holder": sheet.account.holder, "iban": sheet.account.iban, "bic": sheet.account.bic}
        said.append(
            (
                _("Transfer to %(holder)s, IBAN %(iban)s, BIC %(bic)s")
                if facts["bic"]
                else _("Transfer to %(holder)s, IBAN %(iban)s")
            )
            % facts
        )
    if sheet.due.by and sheet.due.left > 0:
        words = _("The signed order is to reach us by %(day)s.") if sheet.by_order else _("To reach us by %(day)s.")
        said.append(words % {"day": day(sheet.due.by)})
    if sheet.by_order and bureau is not None and bureau.email:
        said.append(_("Send it signed to %(email)s: it makes the places firm, the money follows.") % {"email": bureau.email})
    return said


# --- its mail


def tell_others(booking: Booking, *, key: str) -> int:
    """After an order: to each payer beside who ordered that has an address, its own mail. Returns how many."""
    others = [payer for payer in _payers(booking) if payer.client_id != booking.client_id and payer.client.email]
    dues = payers_of(booking, at=timezone.now()) if others else []
    sheets = [sheet for payer in others if (sheet := sheet_of(payer, dues=dues)).due.left > 0]
    for sheet in sheets:
        _mail(sheet, key=f"{key}-p{sheet.payer.number}")
    return len(sheets)


def preview_payer(payer: Payer) -> outbox.Rendered:
    """Its mail as it would leave; no link is made by looking."""
    return outbox.render(TEMPLATE, payer.booking.language, **_facts(sheet_of(payer)), link=SAMPLE)


@transaction.atomic
def send_payer(payer: Payer, *, by: Actor, at: datetime) -> Message:
    """Mail a payer what it pays, its link and its paper. The same state of the booking is one mail. Raises NoAddress."""
    require(by, "booking.edit", payer.booking)
    booking = lock(payer.booking)
    if not payer.client.email:
        raise NoAddress
    message = _mail(sheet_of(payer, at=at), key=f"payer-{payer.pk}-{booking.version}")
    if not booking.changes.filter(verb=TOLD, after__message=message.pk).exists():
        record(booking, TOLD, by=by, at=at, after={"message": message.pk, "name": str(payer.client)}, moves=False)
    return message


def _payers(booking: Booking) -> list[Payer]:
    return list(booking.payers.select_related("client", "method", "booking__congress", "booking__client"))


def _mail(sheet: Sheet, *, key: str) -> Message:
    payer = sheet.payer
    booking, client = payer.booking, payer.client
    return outbox.queue(
        TEMPLATE,
        to=client.email,
        key=key,
        language=booking.language,
        about=subject_of(booking),
        congress_id=booking.congress_id,
        attachments=[(payer_file(payer), "application/pdf", payer_pdf(payer))],
        link=links.url(links.make(Link.Purpose.PAY, payer)),
        **_facts(sheet),
    )


def payer_file(payer: Payer) -> str:
    return f"{payer.reference}.pdf"


def _facts(sheet: Sheet) -> dict[str, Any]:
    booking = sheet.payer.booking
    asker = booking.client if booking.client_id != sheet.payer.client_id else None
    return {"to_name": sheet.payer.client.greeted, "booking": booking, "sheet": sheet, "asker": asker}


def is_public(payer: Payer) -> bool:
    return payer.client.kind == Client.Kind.PUBLIC
