"""The organiser's statement: what it pays, what was collected for it, our fee for that, what is left between us.

It reads what the organiser may know and nothing else: no purchase price, no commission of a hotel's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils import translation
from django.utils.translation import gettext as _

from pleniere.accounts.models import Bureau
from pleniere.booking.models import Booking, Charge, Line
from pleniere.booking.sharing import merged
from pleniere.catalogue.models import Contract, Supplier
from pleniere.common import paper
from pleniere.common.money import ZERO, cents, total
from pleniere.common.shown import day, days, money
from pleniere.congress.models import Congress
from pleniere.invoicing.models import Invoice
from pleniere.invoicing.queries import invoices_of
from pleniere.payment.models import Receipt

from .models import Payout, PayoutLine
from .owed import snapshot


@dataclass
class Item:
    """A line of the statement: what, how many, for how much."""

    label: str
    count: int = 0
    amount: Decimal = ZERO


@dataclass
class Statement:
    """Both sides, VAT included: what the organiser owes us, what we hold for it."""

    congress: Congress
    booking: Booking | None
    pays: list[Item] = field(default_factory=list)
    received: Decimal = ZERO  # of the organiser, refunds taken off
    documents: list[Invoice] = field(default_factory=list)
    collected: list[Item] = field(default_factory=list)  # sold in its name to its delegates
    fee: Decimal = ZERO  # what we keep of it: our management fee
    handed_on: Decimal = ZERO
    ready: Decimal = ZERO  # of what is left to hand on, what its delegates have paid

    @property
    def asked(self) -> Decimal:
        return total(item.amount for item in self.pays)

    @property
    def left(self) -> Decimal:
        """What it still has to pay us; below zero: what it paid too much."""
        return self.asked - self.received

    @property
    def sold(self) -> Decimal:
        return total(item.amount for item in self.collected)

    @property
    def held(self) -> Decimal:
        """Of what is sold in its name, what we have still to hand on, whether its delegates have paid already or not."""
        return self.sold - self.fee - self.handed_on

    @property
    def balance(self) -> Decimal:
        """In its favour; below zero, in ours."""
        return self.held - self.left

    @property
    def gap(self) -> Decimal:
        """The balance without its sign, for who is told in whose favour it is."""
        return abs(self.balance)


def statement_of(congress: Congress) -> Statement:
    """As it stands now; a fixed number of queries."""
    booking = congress.bookings.filter(kind=Booking.Kind.MASTER).select_related("client").first()
    found = Statement(congress, booking)
    if booking is not None and congress.organiser_id:
        own = booking.payers.filter(client=booking.client)
        charges = Charge.objects.live().filter(payer__in=own, line__state__in=Line.COUNTED).exclude(total=0)
        found.pays = _summed(charges.exclude(mode=Contract.Mode.DIRECT).select_related("line").order_by("line", "pk"))
        found.received = cents(Receipt.objects.filter(payer__in=own).aggregate(sum=Sum("amount"))["sum"] or ZERO)
        found.documents = list(invoices_of(booking).filter(payer__in=own))
    for_it = Charge.objects.live().filter(congress=congress, supplier__kind=Supplier.Kind.ORGANISER, line__state=Line.State.FIRM)
    rows = list(for_it.exclude(mode=Contract.Mode.DIRECT).exclude(total=0).select_related("line").order_by("rate", "pk"))
    found.collected = _summed(rows)
    found.fee = total(charge.commission for charge in rows) + total(charge.total - charge.bought for charge in rows)
    paid = PayoutLine.objects.filter(charge__congress=congress, charge__supplier__kind=Supplier.Kind.ORGANISER)
    paid = paid.filter(payout__state=Payout.State.EXECUTED)
    found.handed_on = cents(paid.aggregate(sum=Sum("amount"))["sum"] or ZERO)
    back = Receipt.objects.filter(congress=congress, charge__supplier__kind=Supplier.Kind.ORGANISER)
    mine = {charge.pk for charge in rows}
    found.ready = total(each.payable for each in snapshot(congress).standings if each.charge in mine)
    found.handed_on -= cents(back.aggregate(sum=Sum("amount"))["sum"] or ZERO)
    return found


def _summed(charges: Iterable[Charge]) -> list[Item]:
    """By what was sold, as it was called."""
    found: dict[str, Item] = {}
    for charge in merged(charges):
        item = found.setdefault(charge.text, Item(charge.text))
        item.count += charge.units
        item.amount += charge.total
    return list(found.values())


def statement_name(congress: Congress) -> str:
    return f"{congress.code}-statement.pdf"


def statement_pdf(congress: Congress, *, at: datetime, strict: bool = False) -> bytes:
    """In the organiser's language."""
    language = congress.organiser.language if congress.organiser else "fr"
    with translation.override(language):
        data = paper_of(statement_of(congress), at=at)
    return paper.pdf("payout/statement", data, at=at, title=data["title"], language=language, strict=strict)


def paper_of(statement: Statement, *, at: datetime) -> dict[str, Any]:
    """Everything the paper says, in the language in force; what tests read."""
    congress, currency = statement.congress, statement.congress.currency
    bureau, client = Bureau.objects.filter(pk=1).first(), congress.organiser
    columns = [
        {"title": _("Item"), "right": False},
        {"title": _("Quantity"), "right": True},
        {"title": _("Total"), "right": True},
    ]

    def rows(items: list[Item]) -> list[dict[str, Any]]:
        return [{"cells": [item.label, str(item.count), money(item.amount, currency)]} for item in items]

    return {
        "title": _("Statement of account, %(congress)s") % {"congress": congress},
        "page": _("page {page} of {pages}"),
        "foot": " ".join(bureau.legal_lines()) if bureau else "",
        "sender": bureau.name if bureau else "",
        "address": [*bureau.address.splitlines(), f"{bureau.postcode} {bureau.town}", bureau.email] if bureau else [],
        "dates": [_("As of %(day)s") % {"day": day(congress.local_date(at))}],
        "about": [str(congress), days(congress.starts, congress.ends), congress.venue],
        "buyer": str(client or ""),
        "buyer_lines": [*client.address.splitlines(), f"{client.postcode} {client.town}".strip(), client.email] if client else [],
        "columns": columns,
        "pays_title": _("What you pay"),
        "pays": rows(statement.pays),
        "pays_sums": [
            [_("Asked, VAT incl."), money(statement.asked, currency), False],
            [_("Received"), money(statement.received, currency), False],
            [_("Left to pay"), money(statement.left, currency), True],
        ],
        "documents": _documents(statement, currency),
        "collected_title": _("What is collected for you"),
        "collected": rows(statement.collected),
        "collected_sums": [
            [_("Sold in your name, VAT incl."), money(statement.sold, currency), False],
            [_("Our management fee, VAT incl."), money(-statement.fee, currency), False],
            [_("Handed on"), money(-statement.handed_on, currency), False],
            [_("Left to hand on"), money(statement.held, currency), True],
            [_("of which paid by your participants"), money(statement.ready, currency), False],
        ],
        "balance": [[balance_words(statement), money(statement.gap, currency), True]],
    }


def balance_words(statement: Statement) -> str:
    return _("Balance in your favour") if statement.balance >= 0 else _("Balance in our favour")


def _documents(statement: Statement, currency: str) -> str:
    said = [f"{document.reference}, {day(document.date)}, {money(document.total, currency)}" for document in statement.documents]
    return _("Documents: %(list)s.") % {"list": "; ".join(said)} if said else ""
