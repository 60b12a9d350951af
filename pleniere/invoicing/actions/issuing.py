"""The one place that numbers: series locked in key order, then the chain of documents, then the entries."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Max
from django.utils import translation
from django.utils.translation import gettext as _

from pleniere.accounts.rights import Actor
from pleniere.booking.models import Charge, Payer
from pleniere.catalogue.models import Contract, Supplier
from pleniere.common.money import ZERO, total
from pleniere.common.words import fold
from pleniere.congress.models import Congress
from pleniere.ledger import chains
from pleniere.ledger.actions import MonthClosed, is_closed, post

from ..models import Confirmation, Invoice, InvoiceLine, Series
from ..posting import confirmation_postings, document_postings
from ..signals import billed
from ..vat import vat_of_lines

What = InvoiceLine.What


@dataclass
class Draft:
    """A document before its number. Lines bear gross totals; their VAT is found here, once per rate."""

    kind: str
    congress: Congress
    issuer: Supplier
    mode: str
    lines: Sequence[InvoiceLine]
    issuer_as: dict[str, Any]
    buyer_as: dict[str, Any]
    due_on: date
    payer: Payer | None = None
    supplier: Supplier | None = None
    credit_of: Invoice | None = None
    language: str = "fr"
    frozen: bool = False  # a credit note's lines keep the VAT of what they undo

    @property
    def total(self) -> Decimal:
        effect = -1 if self.kind == Invoice.Kind.CREDIT else 1
        return effect * total(line.sign * line.total for line in self.lines)


@dataclass
class Confirmed:
    """A charge posted without a document of ours, not yet written."""

    charge: Charge
    payer: Payer
    turn: int
    sign: int = 1


def issue(
    drafts: Sequence[Draft], *, congress: Congress, by: Actor, at: datetime, confirmed: Sequence[Confirmed] = ()
) -> tuple[list[Invoice], list[Confirmation]]:
    """Number and post all of them, inside the caller's transaction. Raises MonthClosed: then nothing was numbered."""
    if not drafts and not confirmed:
        return [], []
    today = congress.local_date(at)
    if is_closed(today):
        raise MonthClosed(today)
    for draft in drafts:
        if not draft.frozen:
            _set_vat(draft)
    series = _locked_series({draft.issuer for draft in drafts}, today)
    invoices = [_number(draft, series[draft.issuer.pk], today, by=by, at=at) for draft in drafts]
    rows = Confirmation.objects.bulk_create(
        Confirmation(charge=each.charge, turn=each.turn, sign=each.sign, at=at, by=str(by)[:160]) for each in confirmed
    )
    for draft, invoice in zip(drafts, invoices, strict=True):
        _post_document(draft, invoice, by=by, at=at)
    for each, row in zip(confirmed, rows, strict=True):
        _post_confirmation(each, row, today, by=by, at=at)
    return invoices, list(rows)


def _set_vat(draft: Draft) -> None:
    margin = draft.mode == Contract.Mode.MARGIN and draft.kind != Invoice.Kind.COMMISSION
    for line in draft.lines:
        line.vat = ZERO if margin else line.vat
    sales = [line for line in draft.lines if line.undoes_id is None]  # a deposit taken off keeps the VAT it was invoiced with
    for line, vat in zip(sales, vat_of_lines([(line.total, line.vat) for line in sales]), strict=True):
        line.vat_amount, line.net = vat, line.total - vat
        line.unit_net = (line.net / line.quantity).quantize(Decimal("0.0001"))


def _locked_series(issuers: Iterable[Supplier], on: date) -> dict[int, Series]:
    """By issuer, its series of the year, locked. Made first, locked together in key order: two who issue never wait in a ring."""
    made = {issuer.pk: _series(issuer, on.year) for issuer in sorted(issuers, key=lambda issuer: issuer.pk)}
    locked = Series.objects.select_for_update(no_key=True).filter(pk__in=[s.pk for s in made.values()]).order_by("pk")
    by_pk = {series.pk: series for series in locked}
    return {issuer: by_pk[series.pk] for issuer, series in made.items()}


def _series(issuer: Supplier, year: int) -> Series:
    """One continuous sequence per issuer and year, for all its documents: "FA2027" the house's, "HOTEL7-2027" a hotel's."""
    clean = re.sub(r"[^A-Za-z0-9]", "", issuer.code)[:11]
    prefix = f"FA{year}" if issuer.kind == Supplier.Kind.HOUSE else f"{clean}-{year}"
    series, _is_new = Series.objects.get_or_create(prefix=prefix, defaults={"issuer": issuer})
    if series.issuer_id != issuer.pk:  # another's code shortens to the same
        series, _is_new = Series.objects.get_or_create(prefix=f"S{issuer.pk}-{year}", defaults={"issuer": issuer})
    return series


def _number(draft: Draft, series: Series, on: date, *, by: Actor, at: datetime) -> Invoice:
    last = Invoice.objects.filter(series=series).aggregate(last=Max("date"))["last"]
    series.last += 1
    Series.objects.filter(pk=series.pk).update(last=series.last)
    invoice = Invoice(
        congress=draft.congress,
        series=series,
        number=series.last,
        kind=draft.kind,
        payer=draft.payer,
        supplier=draft.supplier,
        mode=draft.mode,
        credit_of=draft.credit_of,
        date=max(on, last or on),  # a sequence is chronological
        due_on=max(draft.due_on, on),
        issuer_as=draft.issuer_as,
        buyer_as=draft.buyer_as,
        language=draft.language,
        total=draft.total,
        issued_at=at,
        issued_by=str(by)[:160],
    )
    invoice.search = fold(invoice.reference, draft.buyer_as["name"], draft.buyer_as.get("booking", ""))
    for position, line in enumerate(draft.lines, start=1):
        line.position = position
    invoice.chain_number, invoice.previous_hash, invoice.hash = chains.append(chains.DOCUMENTS, payload(invoice, draft.lines))
    invoice.save()
    for line in draft.lines:
        line.invoice = invoice
    InvoiceLine.objects.bulk_create(draft.lines)
    return invoice


def _post_document(draft: Draft, invoice: Invoice, *, by: Actor, at: datetime) -> None:
    with translation.override("fr"):  # the books are French, whatever the buyer reads
        label = f"{invoice.get_kind_display()} {invoice.reference} {draft.buyer_as['name']}"
    post(
        f"invoice/{invoice.pk}",
        journal="OD" if invoice.mode == Contract.Mode.AGENT and draft.payer else "VE",  # OD: another's sale, not ours
        date=invoice.date,
        label=label[:1].upper() + label[1:],
        piece=invoice.reference,
        piece_date=invoice.date,
        lines=document_postings(draft.mode, draft.lines, draft.payer, draft.supplier),
        about=f"invoicing.Invoice:{invoice.pk}",
        by=by,
        at=at,
    )
    for sign in (1, -1):
        turns = {line.charge: line.turn for line in draft.lines if line.what == What.SALE and line.sign == sign and line.charge}
        if turns:
            facts = {"piece": invoice.reference, "date": invoice.date, "about": f"invoicing.Invoice:{invoice.pk}"}
            billed.send(Invoice, turns=turns, sign=sign, by=by, at=at, **facts)


def _post_confirmation(each: Confirmed, row: Confirmation, on: date, *, by: Actor, at: datetime) -> None:
    booking = each.payer.booking
    with translation.override("fr"):
        words = _("Confirmation %(booking)s") if each.sign > 0 else _("Confirmation %(booking)s cancelled")
    post(
        row.key,
        journal="OD",
        date=on,
        label=words % {"booking": f"{booking} {each.payer.client}"},
        piece=f"{booking}",
        piece_date=on,
        lines=confirmation_postings(each.charge, each.payer, each.sign),
        about=f"invoicing.Confirmation:{row.pk}",
        by=by,
        at=at,
    )


def payload(invoice: Invoice, lines: Iterable[InvoiceLine]) -> dict[str, Any]:
    """What the chain vouches for: the document and each of its lines."""
    names = ["number", "kind", "mode", "date", "due_on", "issuer_as", "buyer_as", "language", "total", "issued_at", "issued_by"]
    keys = ["congress_id", "series_id", "payer_id", "supplier_id", "credit_of_id"]
    columns = ["position", "what", "charge_id", "turn", "sign", "undoes_id", "label", "detail", "quantity", "unit_net", "vat"]
    columns += ["net", "vat_amount", "total"]
    facts = {name: getattr(invoice, name) for name in [*names, *keys]}
    return {**facts, "lines": [[getattr(line, column) for column in columns] for line in lines]}


@chains.reader(chains.DOCUMENTS)
def _chained_documents() -> Iterable[chains.Chained]:
    count = Invoice.objects.count()
    for offset in range(0, count, 500):
        for invoice in Invoice.objects.order_by("chain_number").prefetch_related("lines")[offset : offset + 500]:
            lines = sorted(invoice.lines.all(), key=lambda line: line.position)
            yield chains.Chained(invoice.chain_number, invoice.previous_hash, invoice.hash, payload(invoice, lines))
