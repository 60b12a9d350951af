"""Money that goes back by transfer: to a payer, or to the sender of money of nobody. It posts by the receipt it writes, alone."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from stdnum import iban as ibans

from pleniere.accounts.rights import Actor, require
from pleniere.booking.models import Payer
from pleniere.common import shown
from pleniere.common.money import ZERO, cents
from pleniere.congress.models import Congress
from pleniere.payment.actions import lock_refundable, receive_from_nobody, send_back, write_refund_receipt
from pleniere.payment.models import Receipt
from pleniere.payment.queries import rest_of

from ..models import Payout
from ..preflight import is_iban
from .preparing import CannotPay, Part, draft

State = Payout.State


@transaction.atomic
def prepare_refund(
    payer: Payer, *, amount: Decimal, holder: str, iban: str, bic: str = "", key: str, by: Actor, at: datetime
) -> Payout:
    """Draft a transfer back to a payer, of no more than it has paid too much. The same `key` twice is one.

    From now on it is under way: it counts as gone until it is dropped or rejected. Raises CannotPay.
    """
    require(by, "payout.prepare", payer.booking)
    rest = lock_refundable(payer)
    known = Payout.objects.filter(key=key).first()
    if known is not None:
        return known
    _check(amount, rest, iban, holder)
    facts: dict[str, Any] = {
        "holder": holder.strip(),
        "iban": ibans.compact(iban),
        "bic": bic.strip().upper(),
        "key": key,
        "payer": payer,
    }
    part = Part(cents(amount), label=_("Refund of booking %(number)s") % {"number": payer.booking.number})
    return draft(payer.booking.congress, [part], by=by, at=at, **facts)


@transaction.atomic
def prepare_send_back(
    receipt: Receipt,
    congress: Congress,
    *,
    amount: Decimal,
    holder: str,
    iban: str,
    bic: str = "",
    key: str,
    by: Actor,
    at: datetime,
) -> Payout:
    """Draft a transfer of money of nobody back to its sender. The same `key` twice is one. Raises CannotPay."""
    require(by, "payout.prepare", congress)
    receipt = Receipt.objects.select_for_update(no_key=True, of=("self",)).get(pk=receipt.pk)
    known = Payout.objects.filter(key=key).first()
    if known is not None:
        return known
    of_nobody = receipt.payer_id is None and receipt.supplier_id is None
    _check(amount, rest_of(receipt) if of_nobody else ZERO, iban, holder)
    facts: dict[str, Any] = {
        "holder": holder.strip(),
        "iban": ibans.compact(iban),
        "bic": bic.strip().upper(),
        "key": key,
        "source": receipt,
    }
    return draft(congress, [Part(cents(amount), receipt=receipt.pk, label=_("Sent back"))], by=by, at=at, **facts)


def refund_anew(payout: Payout, *, by: Actor, at: datetime) -> Payout:
    """A refund, or money of nobody, that was rejected or returned: drafted again on the same account; a repeat returns the first."""
    payout = Payout.objects.select_related("payer__booking", "source", "congress").get(pk=payout.pk)  # its key holds a repeat off
    if payout.state not in (State.REJECTED, State.RETURNED):
        raise CannotPay(_("Only a payout that was rejected or returned is paid anew."))
    again = payout.again.live().first()
    if again is not None:
        return again
    account = {"holder": payout.holder, "iban": payout.iban, "bic": payout.bic}
    key = f"anew-{payout.pk}-{payout.again.count()}"
    facts: dict[str, Any] = {"amount": payout.amount, "key": key, "by": by, "at": at, **account}
    if payout.payer is not None:
        made = prepare_refund(payout.payer, **facts)
    else:
        came_back = Receipt.objects.filter(key=_returned(payout)).first()
        source = came_back or payout.source
        assert source is not None  # the payout_to_one constraint: a supplier's is paid anew from what it is owed
        made = prepare_send_back(source, payout.congress, **facts)
    Payout.objects.filter(pk=made.pk, anew_for=None).update(anew_for=payout)
    made.refresh_from_db(fields=["anew_for"])
    return made


def money_left(payout: Payout, *, on: date, by: Actor, at: datetime) -> None:
    """Executed: the receipt that says so, which alone posts (411 P or 471 / 512). Of a supplier's payout: nothing."""
    key = f"payout-{payout.pk}"
    if payout.payer is not None:
        write_refund_receipt(payout.payer, amount=payout.amount, on=on, key=key, note=payout.end_to_end, by=by, at=at)
    elif payout.source is not None:
        send_back(payout.source, amount=payout.amount, on=on, key=key, note=payout.end_to_end, by=by, at=at)


def money_came_back(payout: Payout, *, on: date, by: Actor, at: datetime) -> None:
    """Returned by the payee's bank: the positive receipt that undoes it."""
    if payout.payer is not None:
        facts: dict[str, Any] = {
            "amount": payout.amount,
            "on": on,
            "key": _returned(payout),
            "note": payout.end_to_end,
        }
        write_refund_receipt(payout.payer, returned=True, by=by, at=at, **facts)
    elif payout.source is not None:
        words: dict[str, Any] = {"kind": Receipt.Kind.TRANSFER, "drawer": payout.holder, "note": payout.end_to_end}
        receive_from_nobody(amount=payout.amount, on=on, key=_returned(payout), by=by, at=at, **words)


def _returned(payout: Payout) -> str:
    """The key of the receipt that undoes it."""
    return f"payout-{payout.pk}-returned"


def _check(amount: Decimal, rest: Decimal, iban: str, holder: str) -> None:
    if amount <= 0:
        raise CannotPay(_("A refund is more than zero."))
    if amount > rest:
        raise CannotPay(_("No more than %(rest)s may go back.") % {"rest": shown.money(rest)})
    if not holder.strip():
        raise CannotPay(_("Write the holder of the account."))
    if not is_iban(iban):
        raise CannotPay(_("This IBAN is not valid."))
