"""What the bank made of a payout: executed, rejected, returned; and paid anew under another id."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.accounts.actions import trace
from pleniere.accounts.rights import Actor, require
from pleniere.catalogue.models import Supplier
from pleniere.common.money import ZERO, total
from pleniere.common.moves import move

from ..models import Payout, PayoutLine
from ..notes import send_note
from ..owed import snapshot
from ..queries import accounts_of, why_not
from .approving import lock
from .posting import post_payout, unpost_payout
from .preparing import Blocked, CannotPay, Part, cut, draft, live_account
from .refunds import money_came_back, money_left, refund_anew

State = Payout.State


@transaction.atomic
def execute(payout: Payout, *, on: date, by: Actor, at: datetime) -> bool:
    """The bank has paid it (a cheque: it was drawn): it posts, and its supplier gets a note naming each booking.

    True for who said so, False if it was known. Raises IllegalMove when it was not sent, CannotPay for a day to come.
    """
    require(by, "payout.send", payout)
    payout = lock(payout)
    if on > payout.congress.local_date(at):
        raise CannotPay(_("That day has not come yet."))
    if not move(payout, State.EXECUTED, Payout.MOVES, executed_on=on):
        return False
    post_payout(payout, on=on, by=by, at=at)
    money_left(payout, on=on, by=by, at=at)
    trace(by, "payout.executed", payout, at=at, after={"on": on.isoformat(), "amount": str(payout.amount)})
    send_note(payout, by=by, at=at)
    return True


@transaction.atomic
def reject(payout: Payout, *, why: str, by: Actor, at: datetime) -> bool:
    """The bank refused it: nothing has moved, what it was to settle is owed again. False if it was known."""
    require(by, "payout.send", payout)
    payout = lock(payout)
    if not move(payout, State.REJECTED, Payout.MOVES, why=why[:250]):
        return False
    trace(by, "payout.rejected", payout, at=at, reason=why)
    return True


@transaction.atomic
def return_payout(payout: Payout, *, why: str, on: date, by: Actor, at: datetime) -> bool:
    """Executed, then sent back by the payee's bank: what it posted is undone, and is owed again. False if it was known."""
    require(by, "payout.send", payout)
    payout = lock(payout)
    if not move(payout, State.RETURNED, Payout.MOVES, why=why[:250]):
        return False
    unpost_payout(payout, on=on, by=by, at=at)
    money_came_back(payout, on=on, by=by, at=at)
    trace(by, "payout.returned", payout, at=at, reason=why, after={"on": on.isoformat()})
    return True


@transaction.atomic
def pay_anew(payout: Payout, *, by: Actor, at: datetime) -> Payout:
    """Draft again what was rejected or returned, under a new id, on the account approved today, and only what is still owed.

    A repeat returns the draft already made. Raises CannotPay when nothing of it is owed any more, or the IBAN is not approved.
    """
    require(by, "payout.prepare", payout)
    list(Supplier.objects.select_for_update(no_key=True).filter(payouts=payout.pk))
    if payout.supplier is None:
        return refund_anew(payout, by=by, at=at)
    payout = lock(payout)
    again = payout.again.live().first()
    if again is not None:
        return again
    if payout.state not in (State.REJECTED, State.RETURNED):
        raise CannotPay(_("Only a payout that was rejected or returned is paid anew."))
    assert payout.supplier is not None
    parts = _still_owed(payout)
    accounts = accounts_of([payout.supplier.pk])[payout.supplier.pk]
    amount = total(part.amount for part in parts)
    why = why_not(accounts) if payout.kind == Payout.Kind.TRANSFER and amount else ""
    if why:
        raise CannotPay(str(Blocked(payout.supplier, why, amount)))
    if not parts:
        raise CannotPay(_("Nothing of it is owed any more."))
    facts = {"kind": payout.kind, "operator_code": payout.operator_code, "anew_for": payout}
    return draft(payout.congress, parts, account=live_account(accounts), supplier=payout.supplier, by=by, at=at, **facts)


def _still_owed(payout: Payout) -> list[Part]:
    """The lines of a dead payout, each cut to what is owed on it now; what is taken off never exceeds what is paid."""
    found = snapshot(payout.congress)
    owed = {each.charge: each.owed for each in found.standings}
    supplier = payout.supplier_id or 0
    ahead = found.advances.get(supplier, {})
    plus: list[Part] = []
    minus: list[Part] = []
    for line in payout.lines.order_by("pk"):
        amount = _bounded(line, owed, ahead)
        part = Part(abs(amount), charge=line.charge_id, block=line.block_id, label=line.label)
        if amount:
            (plus if amount > 0 else minus).append(part)
    off = cut(minus, total(part.amount for part in plus))
    return [*plus, *(replace(part, amount=-part.amount) for part in off)]


def _bounded(line: PayoutLine, owed: dict[int, Decimal], ahead: dict[int, Decimal]) -> Decimal:
    """As much of the line's amount, on its side of zero, as still stands."""
    if line.block_id and line.amount > 0:
        return line.amount
    if line.block_id:
        return max(line.amount, -ahead.get(line.block_id, ZERO))
    now = owed.get(line.charge_id or 0, ZERO)
    return max(ZERO, min(line.amount, now)) if line.amount > 0 else min(ZERO, max(line.amount, now))
