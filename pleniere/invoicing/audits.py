"""Numbers without a gap; documents that are the sum of their lines; an entry for each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from django.db.models import Count, Max, Sum
from django.utils.translation import gettext_noop

from pleniere.common.audits import check
from pleniere.common.money import ZERO, cents, total, vat_within
from pleniere.ledger.chart import CLIENTS, PRINCIPALS
from pleniere.ledger.models import EntryLine

from .models import Confirmation, Invoice, InvoiceLine, Series


@check(gettext_noop("invoicing: numbers have no gap"))
def numbers() -> Iterator[str]:
    for series in Series.objects.annotate(count=Count("invoices"), highest=Max("invoices__number")).order_by("pk"):
        if not series.last == (series.highest or 0) == series.count:
            yield f"series {series}: last {series.last}, highest number {series.highest or 0}, {series.count} documents"
    before: dict[int, tuple[int, object]] = {}
    for series_id, number, date in Invoice.objects.order_by("series", "number").values_list("series", "number", "date"):
        if series_id in before and before[series_id][1] > date:  # type: ignore[operator]
            yield f"series {series_id}: number {number} is dated before the one ahead of it"
        before[series_id] = number, date


@check(gettext_noop("invoicing: documents are the sum of their lines, VAT by rate"))
def sums() -> Iterator[str]:
    for invoice in Invoice.objects.select_related("series").prefetch_related("lines").order_by("pk").iterator(500):
        lines = list(invoice.lines.all())
        whole = invoice.effect * total(line.sign * line.total for line in lines)
        if whole != invoice.total:
            yield f"{invoice}: total {invoice.total}, lines {whole}"
        if any(line.net + line.vat_amount != line.total for line in lines):
            yield f"{invoice}: net and VAT do not make the total of a line"
        if invoice.kind != Invoice.Kind.CREDIT:  # a partial credit note keeps the VAT of the lines it undoes
            yield from _vat(invoice, [line for line in lines if line.undoes_id is None])


def _vat(invoice: Invoice, lines: list[InvoiceLine]) -> Iterator[str]:
    gross: dict[Decimal, Decimal] = defaultdict(lambda: ZERO)
    vat: dict[Decimal, Decimal] = defaultdict(lambda: ZERO)
    for line in lines:
        gross[line.vat] += line.total
        vat[line.vat] += line.vat_amount
    for rate, amount in gross.items():
        if vat[rate] != vat_within(amount, rate):
            yield f"{invoice}: VAT at {rate} is {vat[rate]}, of {amount} it would be {vat_within(amount, rate)}"


@check(gettext_noop("invoicing: each document has its entry, for its amount"))
def entries() -> Iterator[str]:
    owed = EntryLine.objects.filter(role__in=[CLIENTS, PRINCIPALS], entry__key__startswith="invoice/").order_by()
    posted: dict[tuple[str, str], Decimal] = {}
    for key, role, debit, credit in owed.values_list("entry__key", "role").annotate(Sum("debit"), Sum("credit")):
        posted[key, role] = cents(debit) - cents(credit)
    for invoice in Invoice.objects.select_related("series").order_by("pk").iterator(500):
        role = CLIENTS if invoice.payer_id else PRINCIPALS
        found = posted.get((f"invoice/{invoice.pk}", role), ZERO)
        if found != invoice.effect * invoice.total:
            yield f"{invoice}: {invoice.effect * invoice.total}, its entry says {found}"
    keys = EntryLine.objects.filter(entry__key__startswith="confirmation/", role=CLIENTS).values_list(
        "entry__key", "debit", "credit"
    )
    confirmed = {key: debit - credit for key, debit, credit in keys}
    for row in Confirmation.objects.select_related("charge").order_by("pk").iterator(500):
        if confirmed.get(row.key, ZERO) != row.sign * row.charge.total:
            yield f"{row}: {row.sign * row.charge.total}, its entry says {confirmed.get(row.key, ZERO)}"


@check(gettext_noop("invoicing: nothing is billed twice"))
def turns() -> Iterator[str]:
    standing: dict[tuple[int, str], int] = defaultdict(int)
    rows = InvoiceLine.objects.filter(charge__isnull=False).order_by().values_list("charge", "what").annotate(Sum("sign"))
    for charge, what, sign in rows:
        standing[charge, what] += sign
    for charge, sign in Confirmation.objects.order_by().values_list("charge").annotate(Sum("sign")):
        standing[charge, "SALE"] += sign
    for (charge, what), sign in sorted(standing.items()):
        if sign not in (0, 1):
            yield f"charge {charge}: {what} stands {sign} times"
