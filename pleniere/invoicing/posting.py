"""What a document or a confirmation posts, by selling mode: DOMAIN's table in one place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

from pleniere.booking.models import Charge, Payer
from pleniere.catalogue.models import Contract, Supplier
from pleniere.common.money import ZERO
from pleniere.ledger import chart
from pleniere.ledger.actions import Posting

from .models import InvoiceLine

Mode, What = Contract.Mode, InvoiceLine.What


def payer_aux(payer: Payer) -> tuple[str, str]:
    """Whose account of clients: the payer's reference, and its name."""
    return f"P:{payer.reference}", str(payer.client)


def supplier_aux(supplier: Supplier) -> tuple[str, str]:
    return f"S:{supplier.code}", supplier.name


def document_postings(mode: str, lines: Iterable[InvoiceLine], payer: Payer | None, supplier: Supplier | None) -> list[Posting]:
    """The entry of a document, of whatever kind: each line by what it is, signed as it stands."""
    sides: list[Posting] = []
    for line in lines:
        if line.what == What.COMMISSION:
            assert supplier is not None  # the invoice_of_one constraint
            sides += _commission(line, supplier)
        else:
            assert payer is not None
            sides += _deposit(mode, line, payer) if line.what == What.DEPOSIT else _sale(mode, line, payer)
    return merged(sides)


def confirmation_postings(charge: Charge, payer: Payer, sign: int) -> list[Posting]:
    """A sale in the supplier's name: the client owes, we hold for the supplier. A discount there is the house's cost."""
    amount = sign * charge.total
    if charge.mode == Mode.OWN:
        return [_client(payer, amount), Posting(chart.DISCOUNTS, credit=amount)]
    return [_client(payer, amount), _held(charge, amount)]


def merged(sides: Sequence[Posting]) -> list[Posting]:
    """One side per account and owner, in the order first named."""
    sums: dict[tuple[str, str, str], Decimal] = defaultdict(lambda: ZERO)
    for side in sides:
        sums[side.role, side.aux, side.aux_label] += side.amount
    return [Posting(role, debit=amount, aux=aux, aux_label=label) for (role, aux, label), amount in sums.items()]


def _client(payer: Payer, amount: Decimal) -> Posting:
    aux, label = payer_aux(payer)
    return Posting(chart.CLIENTS, debit=amount, aux=aux, aux_label=label)


def _held(charge: Charge, amount: Decimal) -> Posting:
    aux, label = supplier_aux(charge.supplier)
    role = chart.TOURIST_TAX if charge.kind == Charge.Kind.TAX else chart.PRINCIPALS
    return Posting(role, credit=amount, aux=aux, aux_label=label)


def _sale(mode: str, line: InvoiceLine, payer: Payer) -> list[Posting]:
    charge = line.charge
    assert charge is not None  # a sale is always of a charge
    gross = line.sign * line.total
    if mode == Mode.AGENT:
        return [_client(payer, gross), _held(charge, gross)]
    if mode == Mode.MARGIN:
        return [_client(payer, gross), Posting(chart.MARGIN_SALES, credit=gross)]
    role = chart.PENALTIES if charge.kind == Charge.Kind.PENALTY else chart.SALES
    return [
        _client(payer, gross),
        Posting(role, credit=line.sign * line.net),
        Posting(chart.VAT_OUT, credit=line.sign * line.vat_amount),
    ]


def _deposit(mode: str, line: InvoiceLine, payer: Payer) -> list[Posting]:
    gross, vat = line.sign * line.total, line.sign * line.vat_amount
    aux, label = payer_aux(payer)
    sides = [_client(payer, gross), Posting(chart.DEPOSITS, credit=gross, aux=aux, aux_label=label)]
    if mode == Mode.OWN:
        sides += [Posting(chart.VAT_ON_DEPOSITS, debit=vat), Posting(chart.VAT_OUT, credit=vat)]
    return sides


def _commission(line: InvoiceLine, supplier: Supplier) -> list[Posting]:
    aux, label = supplier_aux(supplier)
    return [
        Posting(chart.PRINCIPALS, debit=line.sign * line.total, aux=aux, aux_label=label),
        Posting(chart.COMMISSIONS, credit=line.sign * line.net),
        Posting(chart.VAT_OUT, credit=line.sign * line.vat_amount),
    ]
