"""What we buy to sell in our own name is posted when it is billed, and reversed when that is credited."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from pleniere.booking.models import Charge
from pleniere.catalogue.models import Contract, Supplier
from pleniere.common.money import ZERO, total, vat_within
from pleniere.invoicing.posting import merged, supplier_aux
from pleniere.ledger import chart
from pleniere.ledger.actions import Posting, post

Mode = Contract.Mode
SIGNS = {1: "+", -1: "-"}


def post_purchases(
    sender: Any,
    *,
    turns: dict[Charge, int],
    sign: int,
    piece: str,
    date: date,
    about: str,
    by: object,
    at: datetime,
    **_kwargs: Any,
) -> None:
    """One entry per supplier of the document: 604 + 44566 / 401, or 6041 / 401 under the margin scheme. Nothing is owed to the house.

    Keyed by document, supplier and sign: the document was issued once, and its purchase is posted once, in the same transaction.
    """
    by_supplier: dict[int, list[Charge]] = defaultdict(list)
    for charge in turns:
        if charge.mode in (Mode.OWN, Mode.MARGIN) and charge.bought and charge.supplier.kind != Supplier.Kind.HOUSE:
            by_supplier[charge.supplier_id].append(charge)
    for supplier_id, charges in sorted(by_supplier.items()):
        with translation.override("fr"):  # the books are French
            label = _("Purchase %(supplier)s, %(piece)s") % {"supplier": charges[0].supplier, "piece": piece}
        post(
            f"purchase/{about.partition(':')[2]}/{supplier_id}/{SIGNS[sign]}",
            journal="AC",
            date=date,
            label=label,
            piece=piece,
            piece_date=date,
            lines=purchase_postings(charges, sign),
            about=about,
            by=by,
            at=at,
        )


def purchase_postings(charges: list[Charge], sign: int = 1) -> list[Posting]:
    """VAT is found once per rate of the purchase, at the rate it is sold at; under the margin scheme it is not deductible."""
    aux, label = supplier_aux(charges[0].supplier)
    sides: list[Posting] = []
    rates: dict[Decimal, Decimal] = defaultdict(lambda: ZERO)
    for charge in charges:
        if charge.mode == Mode.MARGIN:
            sides.append(Posting(chart.MARGIN_PURCHASES, debit=sign * charge.bought))
        else:
            rates[charge.vat] += charge.bought
    for rate, gross in rates.items():
        vat = vat_within(gross, rate)
        sides += [Posting(chart.PURCHASES, debit=sign * (gross - vat)), Posting(chart.VAT_IN, debit=sign * vat)]
    sides.append(Posting(chart.SUPPLIERS, credit=sign * total(c.bought for c in charges), aux=aux, aux_label=label))
    return merged(sides)
