"""What the office tells a client afterwards: the confirmation as it stands now, and the answer to what they asked.

Both are mails, shown before they leave. Each state of a booking is confirmed once, each question is closed once, by whoever came first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat

from pleniere.accounts import links
from pleniere.accounts.models import Link, subject_of
from pleniere.accounts.rights import Actor, require
from pleniere.booking.actions.frame import lock, record
from pleniere.booking.models import Booking, Change
from pleniere.messaging import outbox
from pleniere.messaging.models import Message

from .papers import calendar_file, confirmation_pdf, summary_of

ASKED, ANSWERED, SENT = "client.asked", "client.answered", "confirmation.sent"
# What makes the confirmation a client holds untrue. What money does is told by the mails of payment.
TELLING = (
    *("line.added", "line.changed", "line.cancelled", "lines.revived", "penalty.made", "line.divided"),
    *("person.added", "person.renamed", "line.repriced"),
)
SAMPLE = "…/l/…/"  # no link is made by looking


class NoAddress(Exception):
    """The client gave no e-mail address: tell them another way."""


class ToldAlready(Exception):
    """This state was confirmed already; `message` is the mail."""

    def __init__(self, message: Message | None):
        self.message = message
        super().__init__()


class ChangedMeanwhile(Exception):
    """What would leave is no longer what was shown."""


class ClosedAlready(Exception):
    """Somebody answered this question, or marked it as done. `by` says who, and when."""

    def __init__(self, by: Change):
        self.by = by
        super().__init__(by.by)


@dataclass(frozen=True)
class Told:
    """How far the client knows the booking: the changes since its last confirmation, and what names its state now."""

    changes: tuple[Change, ...]
    state: int  # the last change that counts; 0 when there is none
    last: Change | None  # the last confirmation sent anew

    @property
    def is_told(self) -> bool:
        return not self.changes


def told_of(booking: Booking, changes: Iterable[Change] | None = None) -> Told:
    """How far the client knows the booking as it stands. The order itself was confirmed when it was placed."""
    found = booking.changes.filter(verb__in=[*TELLING, SENT]).order_by("pk") if changes is None else changes
    rows = [change for change in found if change.verb in (*TELLING, SENT)]
    sent = [place for place, change in enumerate(rows) if change.verb == SENT]
    since = rows[sent[-1] + 1 :] if sent else rows
    moved = [change.pk for change in rows if change.verb != SENT]
    return Told(tuple(since), moved[-1] if moved else 0, rows[sent[-1]] if sent else None)


def preview_update(booking: Booking, *, word: str = "") -> outbox.Rendered:
    """The updated confirmation as it would leave."""
    return outbox.render("registration/updated", booking.language, **_update(booking, word), link=SAMPLE)


@transaction.atomic
def send_update(booking: Booking, *, state: int, word: str = "", by: Actor, at: datetime) -> Message:
    """Mail the confirmation of the booking as it stands, with an agent's `word`. `state` is that of the preview.

    Raises NoAddress, ToldAlready (nothing is sent twice for one state), ChangedMeanwhile.
    """
    require(by, "booking.edit", booking)
    booking = lock(booking)
    told = told_of(booking)
    if told.is_told:
        raise ToldAlready(Message.objects.filter(pk=told.last.after.get("message")).first() if told.last else None)
    if told.state != state:
        raise ChangedMeanwhile
    message = _mail(
        "registration/updated",
        _update(booking, word),
        key=f"updated-{booking.pk}-{state}",
        files=[
            (f"confirmation-{booking.number}.pdf", "application/pdf", confirmation_pdf(booking)),
            (f"congres-{booking.number}.ics", "text/calendar; charset=utf-8", calendar_file(booking)),
        ],
    )
    record(booking, SENT, by=by, at=at, reason=word, after={"message": message.pk}, moves=False)
    return message


def questions() -> QuerySet[Change]:
    """What clients have asked and nobody has answered or marked as done."""
    closing = Change.objects.filter(key=Concat(Value("answer-"), Cast(OuterRef("pk"), CharField())))
    return Change.objects.filter(~Exists(closing), verb=ASKED)


def words_of(question: Change) -> str:
    """A question as the client wrote it."""
    return str(question.after.get("text") or question.reason)


def preview_answer(question: Change, *, text: str) -> outbox.Rendered:
    booking = question.booking
    return outbox.render("registration/answer", booking.language, **_answer(question, text), link=SAMPLE)


@transaction.atomic
def answer_question(question: Change, text: str, *, by: Actor, at: datetime) -> Message:
    """Mail the answer and close the question. Raises NoAddress, ClosedAlready."""
    require(by, "booking.edit", question.booking)
    booking = _open(question)
    message = _mail("registration/answer", _answer(question, text), key=f"answer-{question.pk}")
    _close(booking, question, by=by, at=at, reason=text, after={"message": message.pk})
    return message


@transaction.atomic
def close_question(question: Change, *, note: str, by: Actor, at: datetime) -> None:
    """Mark a question as done without a mail: answered by phone, or the change was made. Raises ClosedAlready."""
    require(by, "booking.edit", question.booking)
    _close(_open(question), question, by=by, at=at, reason=note, after={})


def _open(question: Change) -> Booking:
    """The question's booking, locked: two people who answer at once come one after the other."""
    booking = lock(question.booking)
    known = Change.objects.filter(key=f"answer-{question.pk}").first()
    if known is not None:
        raise ClosedAlready(known)
    return booking


def _close(booking: Booking, question: Change, *, by: Actor, at: datetime, reason: str, after: dict[str, Any]) -> None:
    closing = record(booking, ANSWERED, by=by, at=at, reason=reason, after=after, moves=False)
    Change.objects.filter(pk=closing.pk).update(key=f"answer-{question.pk}")


def _update(booking: Booking, word: str) -> dict[str, Any]:
    return {"to_name": _greeted(booking), "booking": booking, "summary": summary_of(booking), "word": word.strip()}


def _answer(question: Change, text: str) -> dict[str, Any]:
    booking = question.booking
    return {
        "to_name": _greeted(booking),
        "booking": booking,
        "asked": words_of(question),
        "asked_on": booking.congress.local_date(question.at),
        "text": text.strip(),
    }


def _greeted(booking: Booking) -> str:
    return booking.client.greeted if booking.client else ""


def _mail(template: str, facts: dict[str, Any], *, key: str, files: Iterable[outbox.File] = ()) -> Message:
    booking: Booking = facts["booking"]
    if booking.client is None or not booking.client.email:
        raise NoAddress
    return outbox.queue(
        template,
        to=booking.client.email,
        key=key,
        language=booking.language,
        about=subject_of(booking),
        congress_id=booking.congress_id,
        attachments=files,
        link=links.url(links.make(Link.Purpose.BOOKING, booking)),
        **facts,
    )
