"""What was billed is undone by a credit note that refers to it; nothing is ever deleted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.accounts.models import Client
from pleniere.accounts.rights import Actor, require
from pleniere.booking.actions.frame import lock, record
from pleniere.booking.models import Booking, Charge, Payer
from pleniere.catalogue.models import Supplier
from pleniere.congress.models import Congress

from ..models import Confirmation, Invoice, InvoiceLine
from ..queries import deposits_to_credit, standing_deposits, to_credit
from .billing import Billed, bill_charges
from .issuing import Confirmed, Draft, issue


class NothingToCredit(Exception):
    """All of this document was credited already, or it is a credit note itself."""

    def __init__(self, invoice: Invoice):
        super().__init__(_("Nothing of %(number)s is left to credit.") % {"number": invoice.reference})


@transaction.atomic
def credit(invoice: Invoice, *, charges: Iterable[Charge] | None = None, reason: str = "", by: Actor, at: datetime) -> Invoice:
    """A credit note for the whole of a document, or for some charges of it. What is credited already is left out.

    Raises NothingToCredit, MonthClosed. What is still live of it is to bill again.
    """
    require(by, "invoicing.credit", invoice)
    _lock_owner(invoice)
    return _issue_credits([(invoice, open_lines(invoice, charges))], reason=reason, by=by, at=at)[0]


@transaction.atomic
def credit_struck(booking: Booking, *, by: Actor, at: datetime) -> Billed:
    """Credit all that was billed of charges struck since: invoices, confirmations, commissions, deposits no final will take off.

    A repeat finds nothing.
    """
    require(by, "invoicing.credit", booking)
    suppliers = to_credit().filter(line__booking=booking, commissioned__gt=0).values_list("supplier", flat=True)
    _lock_suppliers(suppliers)  # before the booking, as everywhere
    booking = lock(booking)
    struck = list(to_credit().filter(line__booking=booking).select_related("supplier", "payer__client", "payer__booking"))
    lines = InvoiceLine.objects.filter(charge__in=struck, sign=1).exclude(what=InvoiceLine.What.DEPOSIT)
    invoices = Invoice.objects.filter(pk__in=lines.values("invoice")).select_related("series", "payer__client", "supplier")
    pairs = [(invoice, found) for invoice in invoices.order_by("pk") if (found := open_lines(invoice, struck))]
    deposits = deposits_to_credit(standing_deposits().filter(payer__booking=booking))
    pairs += [(deposit, open_lines(deposit)) for deposit in deposits]
    undone = [each for charge in struck if charge.confirmed for each in _unconfirm(charge)]
    credits, rows = _credits(pairs, confirmed=undone, congress=booking.congress, by=by, at=at)
    return Billed(credits, rows)


@transaction.atomic
def readdress(invoice: Invoice, *, client: Client, reason: str = "", by: Actor, at: datetime) -> Invoice:
    """Wrong addressee: credit the invoice, make its payer `client`, and issue it anew. A repeat returns the new one.

    Raises NothingToCredit if nothing of it is left, or if it is not a payer's invoice.
    """
    require(by, "invoicing.credit", invoice)
    if invoice.payer is None or invoice.kind != Invoice.Kind.INVOICE:
        raise NothingToCredit(invoice)
    booking = lock(invoice.payer.booking)
    payer = Payer.objects.select_for_update(no_key=True, of=("self",)).select_related("client").get(pk=invoice.payer.pk)
    lines = open_lines(invoice, None)
    charges = [line.charge for line in lines if line.charge and line.charge.struck_at is None]
    if not charges:
        again = _made_out_to(invoice, client)
        if again is None:
            raise NothingToCredit(invoice)
        return again
    _issue_credits([(invoice, lines)], reason=reason, by=by, at=at)
    before = str(payer.client)
    payer.client = client
    payer.save(update_fields=["client"])
    record(
        booking,
        "payer.readdressed",
        by=by,
        at=at,
        reason=reason,
        before={"client": before, "invoice": invoice.reference},
        after={"client": str(client)},
    )
    made = bill_charges(booking, [charge.pk for charge in charges], by=by, at=at)
    return made.invoices[0]


def _made_out_to(invoice: Invoice, client: Client) -> Invoice | None:
    """The invoice that took the place of one already re-addressed to this client."""
    charges = invoice.lines.exclude(charge=None).values("charge")
    later = Invoice.objects.filter(lines__charge__in=charges, chain_number__gt=invoice.chain_number, kind=Invoice.Kind.INVOICE)
    found = later.order_by("-chain_number").first()
    return found if found and found.buyer_as.get("client") == client.pk else None


def _lock_owner(invoice: Invoice) -> None:
    if invoice.payer is not None:
        lock(invoice.payer.booking)
    elif invoice.supplier_id:
        _lock_suppliers([invoice.supplier_id])


def _lock_suppliers(pks: Iterable[int]) -> None:
    list(Supplier.objects.select_for_update(no_key=True).filter(pk__in=list(pks)).order_by("pk"))


def open_lines(invoice: Invoice, charges: Iterable[Charge] | None = None) -> list[InvoiceLine]:
    """Lines of a document not credited since: all, or those of some charges (a deposit it took off only with the whole)."""
    if invoice.kind == Invoice.Kind.CREDIT:
        return []
    lines = list(invoice.lines.select_related("charge__supplier", "undoes__series").order_by("position"))
    gone = {(g.what, g.charge_id, g.undoes_id, g.turn, g.sign) for g in InvoiceLine.objects.filter(invoice__credit_of=invoice)}
    open_ = [n for n in lines if (n.what, n.charge_id, n.undoes_id, n.turn, -n.sign) not in gone]
    if charges is None:
        return open_
    wanted = {charge.pk for charge in charges}
    return [line for line in open_ if line.charge_id in wanted]


def _issue_credits(pairs: Sequence[tuple[Invoice, list[InvoiceLine]]], *, reason: str, by: Actor, at: datetime) -> list[Invoice]:
    for invoice, lines in pairs:
        if not lines:
            raise NothingToCredit(invoice)
    return _credits(pairs, congress=pairs[0][0].congress, reason=reason, by=by, at=at)[0]


def _credits(
    pairs: Sequence[tuple[Invoice, list[InvoiceLine]]],
    *,
    congress: Congress,
    by: Actor,
    at: datetime,
    confirmed: Sequence[Confirmed] = (),
    reason: str = "",
) -> tuple[list[Invoice], list[Confirmation]]:
    today = congress.local_date(at)
    drafts = []
    for invoice, lines in pairs:
        buyer_as = {**invoice.buyer_as, **({"reason": reason[:500]} if reason else {})}
        drafts.append(
            Draft(
                Invoice.Kind.CREDIT,
                invoice.congress,
                invoice.series.issuer,
                invoice.mode,
                [_opposite(line) for line in lines],
                invoice.issuer_as,
                buyer_as,
                today,
                payer=invoice.payer,
                supplier=invoice.supplier,
                credit_of=invoice,
                language=invoice.language,
                frozen=True,
            )
        )
    return issue(drafts, congress=congress, by=by, at=at, confirmed=confirmed)


def _opposite(line: InvoiceLine) -> InvoiceLine:
    same = ("what", "charge", "turn", "undoes", "label", "detail", "quantity", "unit_net", "vat", "net", "vat_amount", "total")
    return InvoiceLine(sign=-line.sign, **{name: getattr(line, name) for name in same})


def _unconfirm(charge: Charge) -> list[Confirmed]:
    """The turn of a charge's confirmation that still stands, turned round."""
    assert charge.payer is not None
    rows = list(Confirmation.objects.filter(charge=charge))
    gone = {row.turn for row in rows if row.sign < 0}
    return [Confirmed(charge, charge.payer, row.turn, -1) for row in rows if row.sign > 0 and row.turn not in gone]
