"""What we buy to sell in our own name is posted when it is billed, and reversed when that is credited."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from pleniere.accounts.actions import trace
from pleniere.accounts.models import subject_of
from pleniere.accounts.rights import Actor, require
from pleniere.booking.models import Charge
from pleniere.catalogue.models import Contract, Supplier
from pleniere.common.money import ZERO, total, vat_within
from pleniere.invoicing.posting import merged, supplier_aux
from pleniere.ledger import chart
from pleniere.ledger.actions import Posting, post, reverse
from pleniere.ledger.models import Entry
from pleniere.payout.models import Purchase

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


class CannotEnter(ValueError):
    """Said in words: no number, a day that is not past, what is entered or cancelled already."""


@transaction.atomic
def enter_invoice(purchase: Purchase, *, number: str, on: date, by: Actor, at: datetime) -> Purchase:
    """The supplier's invoice of what no delegate asked for: 604 + 44566 / 401. Entered once; another needs it taken out first.

    Raises CannotEnter, MonthClosed.
    """
    require(by, "payout.enter", purchase)
    purchase = _locked(purchase)
    number = number.strip()
    if purchase.invoice_number == number and purchase.invoice_on == on and number:
        return purchase
    if not number or "\x00" in number or len(number) > 40:
        raise CannotEnter(_("Which number does the supplier’s invoice bear?"))
    if purchase.invoice_number:
        raise CannotEnter(_("Its invoice %(number)s is entered already.") % {"number": purchase.invoice_number})
    if on > purchase.congress.local_date(at):
        raise CannotEnter(_("An invoice is dated today at the latest."))
    charges = list(Charge.objects.live().filter(line=purchase.line_id).select_related("supplier"))
    if not charges:
        raise CannotEnter(_("It is cancelled: nothing is owed of it."))
    purchase.invoice_number, purchase.invoice_on = number, on
    purchase.posted, purchase.turn = total(charge.bought for charge in charges), purchase.turn + 1
    purchase.save(update_fields=["invoice_number", "invoice_on", "posted", "turn"])
    facts = {"what": str(purchase.line.rate), "invoice": number, "amount": f"{purchase.posted:f}"}
    trace(by, "purchase.entered", purchase.congress, at=at, after=facts)
    with translation.override("fr"):  # the books are French
        label = _("Purchase %(supplier)s, %(piece)s") % {"supplier": purchase.supplier, "piece": number}
    said: dict[str, Any] = {"journal": "AC", "label": label, "piece": number, "about": subject_of(purchase), "by": by, "at": at}
    post(_key(purchase), date=on, piece_date=on, lines=purchase_postings(charges), **said)
    return purchase


@transaction.atomic
def take_out_invoice(purchase: Purchase, *, why: str, by: Actor, at: datetime) -> Purchase:
    """It was wrong, or credited: its entry is reversed today. A repeat changes nothing. Raises MonthClosed."""
    require(by, "payout.enter", purchase)
    purchase = _locked(purchase)
    if not purchase.invoice_number:
        return purchase
    number, today = purchase.invoice_number, purchase.congress.local_date(at)
    entry = Entry.objects.filter(key=_key(purchase)).first()
    if entry is not None:
        reverse(entry, date=today, by=by, at=at)
    purchase.invoice_number, purchase.invoice_on, purchase.posted = "", None, ZERO
    purchase.save(update_fields=["invoice_number", "invoice_on", "posted"])
    facts = {"what": str(purchase.line.rate), "invoice": number}
    trace(by, "purchase.taken_out", purchase.congress, at=at, before=facts, reason=why)
    return purchase


def _key(purchase: Purchase) -> str:
    return f"purchase/own/{purchase.pk}/{purchase.turn}"


def _locked(purchase: Purchase) -> Purchase:
    rows = Purchase.objects.select_for_update(no_key=True, of=("self",)).select_related("line__rate", "congress", "supplier")
    return rows.get(pk=purchase.pk)
