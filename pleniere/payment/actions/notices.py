"""What a card provider says, whenever, in whatever order, however often: each notice lands in a clear state, once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from pleniere.accounts.rights import SYSTEM, Actor
from pleniere.booking.models import Payer
from pleniere.common.money import ZERO
from pleniere.common.moves import IllegalMove, move
from pleniere.common.shown import money
from pleniere.congress.models import Method
from pleniere.ledger import actions as books
from pleniere.messaging.words import one_line

from .. import providers
from ..models import Attempt, Notice, Receipt
from ..providers import Said, Status
from ..queries import payer_sums
from .frame import Kind, Received, locked, may_anywhere
from .receiving import receive, receive_from_nobody
from .undoing import charge_back

State = Attempt.State
CARD_PAGE = timedelta(hours=24)  # no card page lives longer; a notice that comes later still counts


def take_notice(provider: str, body: bytes, headers: Mapping[str, str], *, at: datetime) -> Notice:
    """Verify a notice and do what it says, once. Raises providers.Forged, Unreadable, Unavailable: nothing is believed, nothing kept."""
    said = providers.get(provider).read(body, headers)
    return act_on(provider, said, at=at)


@transaction.atomic
def act_on(provider: str, said: Said, *, at: datetime) -> Notice:
    """One event of a provider. The unique key makes the second wait for the first, and find it done."""
    facts = {
        "ref": one_line(said.ref, 32),
        "status": said.status,
        "amount": said.amount,
        "currency": said.currency[:3],
        "transaction": one_line(said.transaction, 80),
        "payload": said.payload,
        "at": at,
    }
    notice, is_new = Notice.objects.get_or_create(provider=provider, event=one_line(said.event, 80), defaults=facts)
    if is_new:
        with override("fr"):
            notice.outcome, notice.to_look_at = _act(notice, at=at)
        notice.outcome = notice.outcome[:250]
        notice.save(update_fields=["outcome", "to_look_at"])
    return notice


def _act(notice: Notice, *, at: datetime) -> tuple[str, bool]:
    """(What came of it, whether an agent should look)."""
    attempt = Attempt.objects.select_related("payer__booking__congress").filter(provider=notice.provider, ref=notice.ref).first()
    if attempt is None:
        return _of_nobody(notice, at=at)
    locked(attempt.payer)
    attempt = Attempt.objects.select_related("payer__booking__congress", "payer__client").get(pk=attempt.pk)
    if notice.status == Status.PAID:
        return _paid(attempt, notice, at=at)
    if notice.status == Status.CHARGED_BACK:
        return _charged_back(attempt, notice, at=at)
    if notice.status == Status.REFUNDED:
        return _("refund confirmed"), False
    try:
        to = State.REFUSED if notice.status == Status.REFUSED else State.ABANDONED
        moved = move(attempt, to, Attempt.MOVES, ended_at=at)
    except IllegalMove:
        return _("came after the attempt had ended as “%(state)s”: ignored") % {"state": attempt.get_state_display()}, False
    return (_("attempt ended") if moved else _("said already")), False


def _paid(attempt: Attempt, notice: Notice, *, at: datetime) -> tuple[str, bool]:
    if notice.currency != attempt.currency:
        return _("paid in %(currency)s: nothing was booked, see the provider’s page") % {"currency": notice.currency}, True
    amount = notice.amount
    if amount is None or amount <= 0:
        return _("paid nothing: ignored"), True
    key = f"{notice.provider}:{notice.transaction}"
    if Receipt.objects.filter(key=key).exists():
        return _("said already: the money is written"), False
    was_paid, late = attempt.state == State.PAID, attempt.state in (State.REFUSED, State.ABANDONED)
    day = attempt.congress.local_date(at)
    result = receive(
        attempt.payer,
        kind=Kind.CARD,
        amount=amount,
        on=day,
        key=key,
        attempt=attempt,
        entry_on=books.open_date(timezone.localdate(at)),
        by=SYSTEM,
        at=at,
    )
    odd = amount != attempt.amount or was_paid or bool(result.spare)
    return _told(attempt, notice, result, was_paid=was_paid, late=late), odd


def _told(attempt: Attempt, notice: Notice, result: Received, *, was_paid: bool, late: bool) -> str:
    words = [_("received")]
    if was_paid:
        words = [_("paid a second time")]
    elif late:
        words = [_("received late, after the attempt had ended")]
    if notice.amount != attempt.amount:
        words.append(
            _("%(amount)s instead of %(asked)s") % {"amount": money(notice.amount or ZERO), "asked": money(attempt.amount)}
        )
    if result.revived:
        words.append(_("lapsed lines brought back"))
    if result.spare:
        words.append(_("refund proposed: %(amount)s") % {"amount": money(result.spare)})
    return ", ".join(words)


def _charged_back(attempt: Attempt, notice: Notice, *, at: datetime) -> tuple[str, bool]:
    receipt = Receipt.objects.filter(key=f"{notice.provider}:{notice.transaction}", payer=attempt.payer).first()
    if receipt is None:
        return _("charged back, and never received: ignored"), True
    charge_back(
        receipt, on=books.open_date(timezone.localdate(at)), reason=_("charged back by the card’s bank"), by=SYSTEM, at=at
    )
    return _("charged back: the payer owes again"), True


def _of_nobody(notice: Notice, *, at: datetime) -> tuple[str, bool]:
    """A reference we do not know: money is never lost for that."""
    if notice.status != Status.PAID or notice.currency != "EUR" or notice.amount is None or notice.amount <= 0:
        return _("unknown reference: ignored"), True
    receive_from_nobody(
        kind=Kind.CARD,
        amount=notice.amount,
        on=timezone.localdate(at),
        entry_on=books.open_date(timezone.localdate(at)),
        key=f"{notice.provider}:{notice.transaction}",
        note=notice.ref,
        by=SYSTEM,
        at=at,
    )
    return _("unknown reference: the money waits for a name"), True


@transaction.atomic
def look_at_notice(notice: Notice, *, by: Actor) -> None:
    """An agent has read an odd notice."""
    may_anywhere(by, "payment.match")
    Notice.objects.filter(pk=notice.pk, looked_by="").update(looked_by=str(by)[:160])


def end_attempts(*, at: datetime) -> int:
    """End what is expected no more: card pages a day old, and announcements of payers that owe nothing since their rooms lapsed."""
    ended = 0
    for attempt in Attempt.objects.filter(kind=Method.Kind.CARD, state=State.OPEN, opened_at__lt=at - CARD_PAGE):
        ended += _abandon(attempt, at=at)
    announced = Attempt.objects.filter(state=State.OPEN).exclude(kind=Method.Kind.CARD)
    lapsed = announced.filter(payer__booking__lines__lapsed_at__isnull=False).select_related("payer").distinct()
    sums = payer_sums({attempt.payer.booking_id for attempt in lapsed})
    for attempt in lapsed:
        if sums[attempt.payer_id].left == 0:
            ended += _abandon(attempt, at=at)
    return ended


@transaction.atomic
def _abandon(attempt: Attempt, *, at: datetime) -> bool:
    locked(Payer.objects.select_related("booking").get(pk=attempt.payer_id))
    try:
        return move(attempt, State.ABANDONED, Attempt.MOVES, ended_at=at)
    except IllegalMove:
        return False
