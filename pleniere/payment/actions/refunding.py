"""Money that goes back to its payer: on the card it came from, or by a transfer that a payout makes."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from pleniere.accounts.rights import Actor
from pleniere.booking.models import Payer
from pleniere.common.money import ZERO, total
from pleniere.common.moves import move
from pleniere.ledger import actions as books
from pleniere.ledger.chart import CARDS
from pleniere.messaging import jobs

from .. import providers
from ..models import CardRefund, Receipt
from ..queries import sums_of
from .frame import Kind, checked, locked, may, of_payer, settle_booking, tell, write
from .receiving import NotThatMuch

State = CardRefund.State


class NotACard(Exception):
    """Only a card payment is given back on the card."""


def lock_refundable(payer: Payer) -> Decimal:
    """What may go back to this payer, its booking and itself locked until the transaction ends: ask before deciding a refund."""
    locked(payer)
    return sums_of(payer).refundable


def card_left(receipt: Receipt) -> Decimal:
    """What of a card payment has not been given back on the card, nor charged back."""
    if Receipt.objects.filter(reverses=receipt).exists():
        return ZERO
    return receipt.amount - total(receipt.card_refunds.exclude(state=State.REFUSED).values_list("amount", flat=True))


@transaction.atomic
def refund_card(payer: Payer, *, receipt: Receipt, amount: Decimal, key: str, by: Actor, at: datetime) -> CardRefund:
    """Ask that `amount` go back on the card of `receipt`. It is under way until the provider has said; the worker asks it.

    The same `key` twice is one. Raises NotThatMuch, NotACard, NotAnAmount.
    """
    may(by, "payment.refund", payer)
    if receipt.kind != Kind.CARD or receipt.payer_id != payer.pk or receipt.attempt is None or receipt.amount < 0:
        raise NotACard(str(receipt))
    rest = lock_refundable(payer)
    known = CardRefund.objects.filter(key=key).first()
    if known is not None:
        return known
    amount, rest = checked(amount), min(rest, card_left(receipt))
    if amount > rest:
        raise NotThatMuch(rest)
    refund = CardRefund.objects.create(key=key, payer=payer, receipt=receipt, amount=amount, asked_at=at, by=str(by)[:160])
    tell(locked(payer), "refund.asked", {"kind": Kind.CARD, "amount": amount, "payer": payer.reference}, by=by, at=at)
    jobs.enqueue("pleniere.payment.tasks.send_card_refund", key=f"card-refund-{refund.pk}", refund=refund.pk, by=by)
    return refund


def send_card_refund(refund: CardRefund, *, by: Actor, at: datetime) -> bool:
    """Ask the provider, outside any transaction, then write what it said. True once the money is on its way. Safe to repeat.

    Raises providers.Unavailable: the refund stays under way, to be asked again.
    """
    if refund.state != State.ASKED:
        return refund.state == State.DONE
    attempt = refund.receipt.attempt
    assert attempt is not None
    try:
        ref = providers.get(attempt.provider).refund(
            key=refund.key, transaction=transaction_of(refund.receipt), amount=refund.amount, currency=attempt.currency
        )
    except providers.Declined as error:
        return end_card_refund(refund, done=False, why=str(error), by=by, at=at)
    return end_card_refund(refund, done=True, provider_ref=ref, by=by, at=at)


@transaction.atomic
def end_card_refund(refund: CardRefund, *, done: bool, provider_ref: str = "", why: str = "", by: Actor, at: datetime) -> bool:
    """What the provider answered: the negative receipt is written, or the refund is proposed again. Once."""
    payer = refund.payer
    booking = locked(payer)
    facts = {"ended_at": at, "provider_ref": provider_ref[:80], "why": why[:250]}
    if not move(refund, State.DONE if done else State.REFUSED, CardRefund.MOVES, **facts):
        return done
    said = {"kind": Kind.CARD, "amount": refund.amount, "payer": payer.reference}
    tell(booking, "refund.sent" if done else "refund.refused", said, by=by, at=at, reason=why)
    if done:
        on = books.open_date(timezone.localdate(at))
        attempt = refund.receipt.attempt
        _write(f"card-refund:{refund.pk}", payer, -refund.amount, on, by=by, at=at, attempt=attempt, lies_on=CARDS)
    return done


@transaction.atomic
def write_refund_receipt(
    payer: Payer, *, amount: Decimal, on: date, key: str, by: Actor, at: datetime, note: str = "", returned: bool = False
) -> Receipt:
    """A refund by transfer was executed by the bank on `on`: the negative receipt, which alone posts (411 P / 512).

    `returned`: the bank gave it back, and the positive receipt undoes it. The same `key` twice is one. For the payout floor,
    which holds the right to pay and calls this in its own transaction, its payout no longer (or never again) under way.
    """
    amount = checked(amount)
    booking = locked(payer)
    first = Receipt.objects.filter(key=key).first()
    if first is not None:
        return first
    signed = amount if returned else -amount
    settle_booking(booking, {payer.pk: signed}, by=by, at=at)
    said = {"kind": Kind.TRANSFER, "amount": amount, "payer": payer.reference}
    tell(booking, "refund.returned" if returned else "refund.sent", said, by=by, at=at, reason=note)
    return _write(key, payer, signed, on, by=by, at=at, note=note)


@transaction.atomic
def refund_by_transfer(payer: Payer, *, amount: Decimal, on: date, key: str, by: Actor, at: datetime, note: str = "") -> Receipt:
    """A transfer back to the payer that was made at the bank by hand on `on`. Raises NotThatMuch, NotAnAmount. Once per key."""
    may(by, "payment.refund", payer)
    amount, rest = checked(amount), lock_refundable(payer)
    first = Receipt.objects.filter(key=key).first()
    if first is not None:
        return first
    if amount > rest:
        raise NotThatMuch(rest)
    return write_refund_receipt(payer, amount=amount, on=on, key=key, by=by, at=at, note=note)


def transaction_of(receipt: Receipt) -> str:
    """The provider's name of the money: what follows the provider's in the receipt's key."""
    return receipt.key.partition(":")[2]


def _write(key: str, payer: Payer, amount: Decimal, on: date, *, by: Actor, at: datetime, **facts: Any) -> Receipt:
    return write(
        key=key,
        kind=Kind.REFUND,
        amount=amount,
        on=on,
        facing=of_payer(payer, amount),
        label=_("Refund of booking %(number)s") % {"number": payer.booking.number},
        by=by,
        at=at,
        payer=payer,
        congress_id=payer.booking.congress_id,
        **facts,
    )
