"""To the bank: cheques on a slip, cards as the acquirer pays them, less its fees."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from pleniere.accounts.rights import Actor
from pleniere.catalogue.models import BankAccount
from pleniere.common.money import ZERO, cents, total
from pleniere.ledger import actions as books
from pleniere.ledger import chains
from pleniere.ledger.chart import BANK, CARD_FEES, CARDS, CHEQUES

from ..models import DepositSlip, Receipt
from ..queries import to_remit
from .frame import NotAnAmount, may_anywhere

FROM = {DepositSlip.Kind.CHEQUE: CHEQUES, DepositSlip.Kind.CARD: CARDS}


class NothingToRemit(Exception):
    """None of these waits for the bank: remitted already, bounced, or of another kind."""


class NoBankAccount(Exception):
    """The house has no approved bank account to remit to."""


def house_account() -> BankAccount:
    """The account of the house. Raises NoBankAccount."""
    account = BankAccount.objects.filter(supplier__kind="HOUSE", approved_at__isnull=False, ended_at=None).first()
    if account is None:
        raise NoBankAccount
    return account


def make_deposit_slip(receipts: Iterable[int], *, on: date, by: Actor, at: datetime) -> DepositSlip:
    """Cheques taken to the bank on `on`: 512 / 5112. Those remitted already are left out; raises NothingToRemit if all were."""
    return _remit(DepositSlip.Kind.CHEQUE, receipts, on=on, fees=ZERO, by=by, at=at)


def remit_cards(receipts: Iterable[int], *, on: date, fees: Decimal = ZERO, by: Actor, at: datetime) -> DepositSlip:
    """Card payments (and refunds) as the acquirer paid them, less its fees: 512 + 6278 / 5115."""
    return _remit(DepositSlip.Kind.CARD, receipts, on=on, fees=fees, by=by, at=at)


@transaction.atomic
def _remit(kind: str, receipts: Iterable[int], *, on: date, fees: Decimal, by: Actor, at: datetime) -> DepositSlip:
    may_anywhere(by, "payment.remit")
    account = house_account()
    waiting = to_remit(by, kind).filter(pk__in=list(receipts)).values("pk")
    found = list(Receipt.objects.select_for_update(no_key=True).filter(pk__in=waiting, deposit_slip=None).order_by("pk"))
    sum_, fees = total(receipt.amount for receipt in found), cents(fees)
    if not found:
        raise NothingToRemit
    if sum_ < 0 or not ZERO <= fees <= max(ZERO, sum_):
        raise NotAnAmount(f"{sum_} {fees}")
    chains.lock(chains.RECEIPTS)  # one slip at a time takes a number
    number = (DepositSlip.objects.filter(kind=kind).aggregate(last=Max("number"))["last"] or 0) + 1
    slip = DepositSlip.objects.create(
        kind=kind, number=number, bank_account=account, on=on, total=sum_, fees=fees, at=at, by=str(by)[:160]
    )
    Receipt.objects.filter(pk__in=[receipt.pk for receipt in found]).update(deposit_slip=slip)
    label = _("Cheques remitted, slip %(slip)s") if kind == DepositSlip.Kind.CHEQUE else _("Cards remitted, %(slip)s")
    books.post(
        f"slip:{kind}:{number}",
        journal="BQ",
        date=on,
        label=label % {"slip": slip},
        piece=f"B{slip}" if kind == DepositSlip.Kind.CHEQUE else f"CB{slip}",
        piece_date=on,
        lines=[
            books.Posting(BANK, debit=sum_ - fees),
            books.Posting(CARD_FEES, debit=fees),
            books.Posting(FROM[DepositSlip.Kind(kind)], credit=sum_),
        ],
        about=f"payment.DepositSlip:{slip.pk}",
        by=by,
        at=at,
    )
    return slip
