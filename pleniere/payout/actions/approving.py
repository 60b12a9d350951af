"""The second look: what was drafted is approved, its amount and its IBAN frozen; or dropped."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.accounts.actions import trace
from pleniere.accounts.rights import Actor, require
from pleniere.common.moves import move

from ..models import Payout
from ..notes import send_note
from ..queries import accounts_of, why_not
from .posting import post_payout
from .preparing import Blocked, CannotPay, frozen, live_account

State, Kind = Payout.State, Payout.Kind


class IbanChanged(CannotPay):
    """The account it was drafted for is no longer the approved one, or another waits for approval."""


@transaction.atomic
def approve(payout: Payout, *, by: Actor, at: datetime) -> bool:
    """Let it leave. Its IBAN is the supplier's approved one of this moment; a payout of zero is executed at once.

    True for who did it, False if it was approved already. Raises IbanChanged, IllegalMove.
    """
    require(by, "payout.approve", payout)
    payout = lock(payout)
    account: dict[str, str] = {}
    if payout.kind == Kind.TRANSFER and payout.supplier_id and payout.amount and payout.state == State.DRAFT:
        accounts = accounts_of([payout.supplier_id])[payout.supplier_id]
        why = why_not(accounts)
        if why:
            assert payout.supplier is not None
            raise IbanChanged(str(Blocked(payout.supplier, why, payout.amount)))
        live = live_account(accounts)
        account = frozen(live) if live else {}
    if not move(payout, State.APPROVED, Payout.MOVES, approved_at=at, approved_by=str(by)[:160], **account):
        return False
    trace(by, "payout.approved", payout, at=at, after={"amount": str(payout.amount), "to": payout.payee})
    if not payout.amount:
        day = payout.congress.local_date(at)
        move(payout, State.EXECUTED, Payout.MOVES, executed_on=day)
        post_payout(payout, on=day, by=by, at=at)
        trace(by, "payout.executed", payout, at=at, after={"on": day.isoformat()})
        send_note(payout, by=by, at=at)
    return True


@transaction.atomic
def drop(payout: Payout, *, why: str = "", by: Actor, at: datetime) -> bool:
    """It will not leave: what it was to settle is owed again. False if dropped already; IllegalMove once it was sent."""
    require(by, "payout.prepare", payout)
    payout = lock(payout)
    if payout.state == State.FILED:
        raise CannotPay(_("It is in the file %(file)s: drop the whole file.") % {"file": payout.file})
    before = payout.state
    if not move(payout, State.DROPPED, Payout.MOVES, why=why[:250]):
        return False
    trace(by, "payout.dropped", payout, at=at, before={"state": before}, reason=why)
    return True


def lock(payout: Payout) -> Payout:
    """As it is now, until the transaction ends."""
    rows = Payout.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("supplier", "payer__client", "congress", "file").get(pk=payout.pk)
