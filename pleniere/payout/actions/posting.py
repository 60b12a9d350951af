"""What a payout writes in the books when it is executed: each line on its own account, the whole on the bank's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from pleniere.accounts.models import subject_of
from pleniere.booking.models import Charge
from pleniere.catalogue.models import Contract, Supplier
from pleniere.common.money import ZERO
from pleniere.ledger.actions import Posting, open_date, post, reverse
from pleniere.ledger.chart import ADVANCES, BANK, PRINCIPALS, SUPPLIERS, TOURIST_TAX
from pleniere.ledger.models import Entry

from ..models import Payout, PayoutLine

AGENT = (Contract.Mode.AGENT, Contract.Mode.DIRECT)


def key_of(payout: Payout) -> str:
    return f"payout-{payout.pk}"


def post_payout(payout: Payout, *, on: date, by: object, at: datetime) -> Entry | None:
    """467 or 401 S (4671 for the tourist tax, 4091 for an advance) / 512. A refund posts by its receipt alone, not here."""
    if payout.supplier is None:
        return None
    lines = payout.lines.select_related("charge__supplier").order_by("pk")
    return post(
        key_of(payout),
        journal="BQ" if payout.amount else "OD",
        date=open_date(on),
        label=_("Payout %(supplier)s") % {"supplier": payout.supplier},
        piece=payout.cheque_number or payout.end_to_end,
        piece_date=on,
        lines=[*_sides(lines, payout.supplier), Posting(BANK, credit=payout.amount)],
        about=subject_of(payout),
        by=by,
        at=at,
    )


def unpost_payout(payout: Payout, *, on: date, by: object, at: datetime) -> Entry | None:
    """Returned by the bank: the opposite of what it posted."""
    entry = Entry.objects.filter(key=key_of(payout)).first()
    return reverse(entry, date=open_date(on), by=by, at=at) if entry else None


def _sides(lines: Iterable[PayoutLine], supplier: Supplier) -> list[Posting]:
    """One side per account and supplier: equal accounts are summed, the payout keeps the detail."""
    sums: dict[tuple[str, Supplier], Decimal] = {}
    for line in lines:
        key = _account_of(line, supplier)
        sums[key] = sums.get(key, ZERO) + line.amount
    return [Posting(role, debit=amount, aux=f"S:{whose.code}", aux_label=whose.name) for (role, whose), amount in sums.items()]


def _account_of(line: PayoutLine, supplier: Supplier) -> tuple[str, Supplier]:
    if line.block_id:
        return ADVANCES, supplier
    charge = line.charge
    assert charge is not None  # a supplier is paid for charges and advances alone
    if charge.kind == Charge.Kind.TAX:  # of the hotel that owes it, even when the town is paid
        return TOURIST_TAX, charge.supplier
    return (PRINCIPALS if charge.mode in AGENT else SUPPLIERS), charge.supplier
