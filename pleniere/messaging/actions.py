"""What people do to the outbox: send again, drop; and to a job that failed: try again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import get_language

from pleniere.accounts.actions import trace
from pleniere.accounts.rights import Actor, require
from pleniere.common.moves import move

from . import jobs, outbox
from .models import Attachment, Job, Message
from .words import key_of

STATE = Message.State
MOVES = {
    STATE.QUEUED: {STATE.SENT, STATE.HELD, STATE.FAILED, STATE.DROPPED},
    STATE.HELD: {STATE.QUEUED, STATE.DROPPED},
    STATE.SENT: {STATE.BOUNCED},
    STATE.FAILED: {STATE.QUEUED, STATE.HELD, STATE.DROPPED},
    STATE.BOUNCED: {STATE.DROPPED},
    STATE.DROPPED: set(),
}


class CannotSend(Exception):
    """A secret mail goes to nobody else, and what a sent one held is forgotten."""


@transaction.atomic
def send_again(message: Message, *, to: str, key: str, by: Actor, at: datetime) -> Message:
    """The same mail once more, to the same address or a mended one, as a message of its own. The same `key` twice is one.

    The copy bears a Message-ID of its own: a mail program hides a repeat under the old one.
    """
    require(by, "outbox.send", message)
    if message.is_secret:
        raise CannotSend
    state, error = outbox.state_of(to, outbox.bureau())
    facts = {name: getattr(message, name) for name in ("template", "about", "congress_id", "language", "subject", "text", "html")}
    facts |= {"to": outbox.address(to), "to_name": message.to_name, "state": state, "error": error}
    copy, is_new = Message.objects.get_or_create(key=key_of(f"again:{message.pk}:{key}"), defaults=facts)
    if is_new:
        Attachment.objects.bulk_create(
            Attachment(message=copy, name=file.name, content_type=file.content_type, content=file.content)
            for file in message.attachments.all()
        )
        trace(by, "outbox.send_again", message, at=at, after={"to": copy.to, "message": copy.pk})
    return copy


@transaction.atomic
def queue_test(*, to: str, by: Actor, at: datetime) -> Message:
    """A mail that shows that the settings are right; `sending.send_now` tries it at once. Not the demo's: it keeps it."""
    require(by, "outbox.test")
    return outbox.queue(
        "messaging/test", to=to, key=f"test:{to}:{at.isoformat()}", asked_by=str(by), language=get_language() or "fr"
    )


@transaction.atomic
def drop(message: Message, *, by: Actor, at: datetime) -> bool:
    """It will not be sent. False if it was dropped already; IllegalMove if it has left."""
    require(by, "outbox.send", message)
    before = message.state
    if not move(message, STATE.DROPPED, MOVES, leased_until=None):
        return False
    trace(by, "outbox.drop", message, at=at, before={"state": before}, after={"state": message.state})
    return True


@transaction.atomic
def retry_job(job: Job, *, by: Actor, at: datetime) -> bool:
    """Give a failed job its five attempts back. False if it was not failed (any more)."""
    require(by, "jobs.retry", job)
    if not jobs.retry(job, at=at):
        return False
    trace(by, "jobs.retry", job, at=at, before={"error": job.error[-500:]})
    return True
