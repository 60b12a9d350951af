"""From what is to bill to documents: one per payer × mode × issuer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from pleniere.accounts.models import Client
from pleniere.accounts.rights import Actor, require
from pleniere.booking.actions import booking_dues
from pleniere.booking.actions.frame import lock, people_of
from pleniere.booking.models import Booking, Charge, Line, Payer, Person
from pleniere.catalogue.models import Contract, Supplier
from pleniere.common.money import ZERO, total
from pleniere.common.shown import days, nights
from pleniere.common.words import LocalText

from ..models import Confirmation, Invoice, InvoiceLine
from ..parties import bills_in_its_name, bureau_facts, payer_facts, supplier_facts, the_house
from ..queries import deposit_due, live_deposits, to_bill, turns
from .issuing import Confirmed, Draft, issue

Mode, What = Contract.Mode, InvoiceLine.What
PUBLIC_DELAY = timedelta(days=30)  # public purchase code R2192-10


@dataclass
class Billed:
    """What came of it: documents, and charges posted by confirmation because their supplier gave us no billing mandate."""

    invoices: list[Invoice] = field(default_factory=list)
    confirmations: list[Confirmation] = field(default_factory=list)


@transaction.atomic
def issue_invoices(booking: Booking, *, payer: Payer | None = None, by: Actor, at: datetime) -> Billed:
    """Bill all that is to bill of a booking (or of one of its payers). A repeat finds nothing more.

    Raises MonthClosed, NoHouse.
    """
    require(by, "invoicing.issue", booking)
    booking = lock(booking)
    charges = to_bill().filter(line__booking=booking)
    if payer is not None:
        charges = charges.filter(payer=payer)
    return bill_charges(booking, [charge.pk for charge in charges], by=by, at=at)


@transaction.atomic
def issue_deposit_invoice(payer: Payer, *, by: Actor, at: datetime) -> list[Invoice]:
    """Invoice the money received for what we sell in our own name and have not invoiced yet; one document per mode.

    The final invoice takes it off again. A repeat without new money makes none. Raises MonthClosed, NoHouse.
    """
    require(by, "invoicing.issue", payer.booking)
    booking = lock(payer.booking)
    payer = Payer.objects.select_for_update(no_key=True, of=("self",)).select_related("client").get(pk=payer.pk)
    house, today = the_house(), booking.congress.local_date(at)
    drafts = []
    for mode in (Mode.OWN, Mode.MARGIN):
        with translation.override(booking.language):
            words = _("Deposit on booking %(number)s") % {"number": booking}
        parts = deposit_due(payer, mode)
        if mode == Mode.MARGIN and parts:
            parts = {ZERO: total(parts.values())}
        lines = [InvoiceLine(what=What.DEPOSIT, label=words, vat=rate, total=part) for rate, part in parts.items()]
        if lines:
            facts = {"issuer": house, "issuer_as": bureau_facts(), "due_on": today}
            drafts.append(_draft(Invoice.Kind.DEPOSIT, booking, payer, mode, lines, **facts))
    return issue(drafts, congress=booking.congress, by=by, at=at)[0]


def bill_charges(booking: Booking, pks: Sequence[int], *, by: Actor, at: datetime) -> Billed:
    """Documents and confirmations of these charges of a locked booking."""
    rows = Charge.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=pks).order_by("pk")
    rows = rows.select_related(
        "line__offer__service__supplier", "line__offer__contract", "line__rate", "supplier", "payer__client"
    )
    charges = list(rows)
    today = booking.congress.local_date(at)
    so_far = turns(charges)
    groups: dict[tuple[int, str, int], list[Charge]] = defaultdict(list)
    confirmed = []
    house, house_as = the_house(), bureau_facts()
    for charge in sorted(charges, key=lambda charge: (charge.line_id, charge.pk)):
        assert charge.payer is not None  # to_bill() asks for one
        issuer = _issuer(charge, house, today)
        if issuer is None:
            confirmed.append(Confirmed(charge, charge.payer, so_far[charge.pk] + 1))
        else:
            groups[charge.payer.pk, charge.mode, issuer.pk].append(charge)
    people = people_of([charge.line for charge in charges])
    drafts = [
        draft
        for (_payer, mode, _issuer_pk), group in groups.items()
        if (draft := _final(booking, mode, group, so_far, people, house, house_as, today))
    ]
    invoices, rows_ = issue(drafts, congress=booking.congress, by=by, at=at, confirmed=confirmed)
    return Billed(invoices, rows_)


def _issuer(charge: Charge, house: Supplier, on: date) -> Supplier | None:
    """In whose series a charge is billed; none: by confirmation."""
    if charge.mode == Mode.AGENT:
        return charge.supplier if bills_in_its_name(charge.supplier, on) else None
    bears = charge.kind == Charge.Kind.DISCOUNT and charge.line.offer.contract.mode == Mode.AGENT
    return None if bears else house  # a discount on another's sale is a cost of ours, no document


def _final(
    booking: Booking,
    mode: str,
    charges: Sequence[Charge],
    so_far: dict[int, int],
    people: dict[int, list[Person]],
    house: Supplier,
    house_as: dict[str, Any],
    today: date,
) -> Draft | None:
    payer = charges[0].payer
    assert payer is not None
    with translation.override(booking.language):
        lines = [_line(booking, charge, so_far[charge.pk] + 1, people[charge.line_id]) for charge in charges]
    kind, credit_of = Invoice.Kind.INVOICE, None
    whole = total(line.total for line in lines)
    if whole < 0:  # discounts alone: they take off an invoice already made
        kind, credit_of = Invoice.Kind.CREDIT, _last_invoice(payer, mode, charges[0].supplier)
        if credit_of is None:
            return None
    elif mode != Mode.AGENT:
        lines += _deposits(payer, mode, whole, booking.language)
    issuer = charges[0].supplier if mode == Mode.AGENT else house
    issuer_as = {**supplier_facts(issuer), "agent": house_as} if mode == Mode.AGENT else house_as
    facts = {"issuer": issuer, "issuer_as": issuer_as, "due_on": _due_on(booking, payer, charges, today)}
    return _draft(kind, booking, payer, mode, lines, credit_of=credit_of, **facts)


def _draft(kind: str, booking: Booking, payer: Payer, mode: str, lines: Sequence[InvoiceLine], **facts: Any) -> Draft:
    buyer = {**payer_facts(payer), "booking": str(booking), "congress": dict(booking.congress.title)}
    return Draft(kind, booking.congress, mode=mode, lines=lines, buyer_as=buyer, payer=payer, language=booking.language, **facts)


def _line(booking: Booking, charge: Charge, turn: int, persons: Sequence[Person]) -> InvoiceLine:
    """A charge as the document words it: what was taken; by what formula, for whom, when."""
    line, sold_as = charge.line, str(LocalText(charge.label))
    by_itself = charge.kind != Charge.Kind.SALE
    when = nights(charge.start, charge.end) if line.rate.by_night else days(charge.start, charge.end)
    label = sold_as if by_itself and sold_as else str(line.offer)
    detail = [
        "" if label == sold_as else sold_as,
        ", ".join(str(person) for person in persons),
        when,
    ]
    return InvoiceLine(
        what=What.SALE,
        charge=charge,
        turn=turn,
        label=(label or sold_as)[:250],
        detail=" · ".join(part for part in detail if part)[:500],
        quantity=max(1, charge.units),
        vat=ZERO if charge.kind == Charge.Kind.TAX else charge.vat,
        total=charge.total,
    )


def _deposits(payer: Payer, mode: str, whole: Any, language: str) -> list[InvoiceLine]:
    """Lines that take off deposits invoiced before, as many as the final can bear."""
    lines: list[InvoiceLine] = []
    left = whole
    for deposit in live_deposits(payer, mode):
        if deposit.total > left:
            continue
        left -= deposit.total
        turn = InvoiceLine.objects.filter(undoes=deposit, sign=-1).count() + 1
        with translation.override(language):
            words = _("Deposit already invoiced, no. %(number)s") % {"number": deposit.reference}
        lines.append(_taken_off(deposit, turn=turn, label=words))
    return lines


def _taken_off(deposit: Invoice, *, turn: int, label: str) -> InvoiceLine:
    """One line for the whole of a deposit, its VAT as it was invoiced."""
    rows = list(deposit.lines.all())
    rates = {row.vat for row in rows}
    gross, vat = total(row.total for row in rows), total(row.vat_amount for row in rows)
    facts = {"net": gross - vat, "unit_net": gross - vat, "vat_amount": vat, "total": gross}
    rate = rates.pop() if len(rates) == 1 else ZERO  # several rates: their sum stands in vat_amount
    return InvoiceLine(what=What.DEPOSIT, undoes=deposit, turn=turn, sign=-1, label=label, vat=rate, **facts)


def _last_invoice(payer: Payer, mode: str, supplier: Supplier) -> Invoice | None:
    found = Invoice.objects.filter(payer=payer, mode=mode, kind=Invoice.Kind.INVOICE)
    if mode == Mode.AGENT:
        found = found.filter(series__issuer=supplier)
    return found.order_by("-chain_number").first()


def _due_on(booking: Booking, payer: Payer, charges: Sequence[Charge], today: date) -> date:
    """A public body pays within thirty days of its invoice; anyone else by the last due date of what is billed."""
    if payer.client.kind == Client.Kind.PUBLIC:
        return today + PUBLIC_DELAY
    lines: dict[int, Line] = {charge.line_id: charge.line for charge in charges}
    dues = [due.on for due in booking_dues(booking, list(lines.values()), charges) if due.payer_id == payer.pk]
    return max([today, *dues])
