"""Answering: a draft of typed words, then versions that are sent, never edited; by the hotel or written down for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from pleniere.accounts import links
from pleniere.accounts.actions import trace
from pleniere.accounts.models import File, Link
from pleniere.accounts.rights import Actor, require
from pleniere.common.moves import move

from .. import letters, reading
from ..models import Cell, Invitation, Reply


class TooLate(Exception):
    """The reply deadline is past, or the request closed. What was typed is kept as a draft."""


class AlreadyRetained(Exception):
    """Rooms of this answer are retained: it can no longer be declined by a tap."""


class NotUnderstood(ValueError):
    """Some fields are not understood: `problems` by field, in words."""

    def __init__(self, problems: Mapping[str, str]):
        self.problems = dict(problems)
        super().__init__(" ".join(self.problems.values()))


class Questions(ValueError):
    """Understood, yet surprising: asked back. Sent again with `confirmed`, it passes."""

    def __init__(self, questions: list[str]):
        self.questions = questions
        super().__init__(" ".join(questions))


@transaction.atomic
def save_draft(invitation: Invitation, *, typed: Mapping[str, object], by: Actor, at: datetime, whole: bool = False) -> Reply:
    """Keep these fields as typed (`whole`: and no other). Works after the deadline too: nothing typed is ever lost."""
    require(by, "allotment.answer", invitation)
    locked = _lock(invitation)
    draft = _draft(locked, by=by, at=at)
    known = reading.fields(locked.request, locked.request.needs.all())
    draft.typed = {**({} if whole else draft.typed), **{n: words for n, words in reading.clean(typed).items() if n in known}}
    draft.saved_at = at
    draft.save(update_fields=["typed", "saved_at"])
    _opened(locked, by=by, at=at)
    return draft


@transaction.atomic
def mark_read(invitation: Invitation, *, by: Actor, at: datetime) -> None:
    """The hotel says that it has read what changed: its next look begins here."""
    require(by, "allotment.answer", invitation)
    locked = _lock(invitation)
    Invitation.objects.filter(pk=locked.pk).update(looked_at=at)
    _opened(locked, by=by, at=at)


@transaction.atomic
def send_reply(invitation: Invitation, *, typed: Mapping[str, object], confirmed: bool = False, by: Actor, at: datetime) -> Reply:
    """The hotel's answer, a new version of it; amendable until the deadline.

    Raises TooLate, NotUnderstood or Questions: the caller has saved the draft before, so that nothing typed is lost.
    """
    require(by, "allotment.answer", invitation)
    locked = _lock(invitation)
    if not locked.request.takes_answers(at):
        raise TooLate(locked.request)
    answer = _read(locked, typed, confirmed=confirmed, at=at)
    _opened(locked, by=by, at=at)
    reply = _write(locked, answer, typed, via=Reply.Via.LINK, name=answer.name or _who(by, locked), by=by, at=at)
    letters.received(reply)
    return reply


@transaction.atomic
def record_reply(
    invitation: Invitation,
    *,
    via: str,
    typed: Mapping[str, object],
    source: File | None = None,
    confirmed: bool = False,
    by: Actor,
    at: datetime,
) -> Reply:
    """What the hotel said by phone, mail or PDF, typed by the office: marked who and from what, and shown to the hotel.

    The office may do so after the deadline too; the hotel's own draft stays as it is.
    """
    require(by, "allotment.record", invitation)
    if via == Reply.Via.LINK:
        raise NotUnderstood({"via": _("Say how the answer came: by phone, mail or PDF.")})
    locked = _lock(invitation)
    if locked.state == Invitation.State.DRAFT:
        raise NotUnderstood({"grid": _("This supplier has not been asked yet.")})
    answer = _read(locked, typed, confirmed=confirmed, at=at)
    reply = _write(locked, answer, typed, via=via, name=answer.name, by=by, at=at, source=source)
    letters.received(reply)
    return reply


@transaction.atomic
def decline(invitation: Invitation, *, reason: str = "", by: Actor, at: datetime) -> Invitation:
    """The hotel cannot host the group. Answering again before the deadline undoes it."""
    require(by, "allotment.answer", invitation)
    locked = _lock(invitation)
    if not locked.request.takes_answers(at):
        raise TooLate(locked.request)
    _opened(locked, by=by, at=at)
    return _decline(locked, reason=reason, by=by, at=at)


@transaction.atomic
def record_decline(invitation: Invitation, *, reason: str = "", by: Actor, at: datetime) -> Invitation:
    """The hotel said no by phone or mail."""
    require(by, "allotment.record", invitation)
    return _decline(_lock(invitation), reason=reason, by=by, at=at)


@transaction.atomic
def ask_more_time(invitation: Invitation, *, by: Actor, at: datetime) -> bool:
    """The hotel came after the deadline: the office is told, once per deadline. True the first time."""
    require(by, "allotment.answer", invitation)
    locked = _lock(invitation)
    if locked.more_time_asked_at is not None or locked.request.takes_answers(at):
        return False
    Invitation.objects.filter(pk=locked.pk).update(more_time_asked_at=at)
    letters.more_time(locked)
    return True


def _lock(invitation: Invitation) -> Invitation:
    rows = Invitation.objects.select_for_update(of=["self"], no_key=True)
    return rows.select_related("request", "congress", "supplier").get(pk=invitation.pk)


def _opened(invitation: Invitation, *, by: Actor, at: datetime) -> None:
    if isinstance(by, Link):
        links.count_opening(by, at=at)
    if invitation.state == Invitation.State.SENT:
        move(invitation, Invitation.State.OPENED, Invitation.MOVES, opened_at=at)


def _draft(invitation: Invitation, *, by: Actor, at: datetime) -> Reply:
    found = invitation.replies.filter(is_draft=True).first()
    if found is not None:
        return found
    last = invitation.replies.order_by("-version").first()  # a correction begins with what stands
    return Reply.objects.create(
        invitation=invitation,
        version=_next_version(invitation),
        is_draft=True,
        by=_who(by, invitation),
        typed=last.typed if last else {},
        saved_at=at,
    )


def _next_version(invitation: Invitation) -> int:
    return (invitation.replies.aggregate(last=Max("version"))["last"] or 0) + 1


def _read(invitation: Invitation, typed: Mapping[str, object], *, confirmed: bool, at: datetime) -> reading.Answer:
    words = reading.clean(typed)
    today = invitation.congress.local_date(at)
    needs = list(invitation.request.needs.all())
    answer = reading.read(invitation.request, needs, words, today=today, house=invitation.supplier.rooms)
    if answer.problems:
        raise NotUnderstood(answer.problems)
    if answer.questions and not confirmed:
        raise Questions(answer.questions)
    return answer


def _write(
    invitation: Invitation,
    answer: reading.Answer,
    typed: Mapping[str, object],
    *,
    via: str,
    name: str,
    by: Actor,
    at: datetime,
    source: File | None = None,
) -> Reply:
    """A version that is never edited again. The hotel's draft becomes its own; the office's is a version beside the draft."""
    draft = invitation.replies.filter(is_draft=True).first() if via == Reply.Via.LINK else None
    reply = draft or Reply(invitation=invitation)
    others = invitation.replies.exclude(pk=reply.pk).aggregate(last=Max("version"))["last"] or 0
    reply.version = max(others + 1, reply.version or 1)  # the office may have written one down since the draft was begun
    reply.is_draft, reply.via, reply.source = False, via, source
    reply.by = (name if via == Reply.Via.LINK else str(by))[:160] or _who(by, invitation)
    reply.remarks, reply.held_until, reply.typed = answer.remarks, answer.held_until, reading.clean(typed)
    reply.saved_at = reply.sent_at = at
    reply.save()
    Cell.objects.bulk_create(
        Cell(reply=reply, room_type=room_type, night=night, rooms=offered.rooms, price=offered.price)
        for (room_type, night), offered in answer.cells.items()
    )
    facts = {"answered_at": at, "declined_at": None, "decline_reason": ""}
    if not move(invitation, Invitation.State.ANSWERED, Invitation.MOVES, **facts):
        Invitation.objects.filter(pk=invitation.pk).update(**facts)
    if via != Reply.Via.LINK:
        trace(by, "allotment.recorded", invitation, at=at, after={"via": via, "version": reply.version, "from": name})
    return reply


def _decline(invitation: Invitation, *, reason: str, by: Actor, at: datetime) -> Invitation:
    if invitation.replies.filter(blocks__isnull=False).exists():
        raise AlreadyRetained(invitation)
    reason = reason.replace("\0", "").strip()[:250]
    if move(invitation, Invitation.State.DECLINED, Invitation.MOVES, declined_at=at, decline_reason=reason):
        trace(by, "allotment.declined", invitation, at=at, reason=reason)
    return invitation


def _who(by: Actor, invitation: Invitation) -> str:
    """A link's holder is a hotel: history names it, not the link."""
    return invitation.supplier.name if isinstance(by, Link) else str(by)[:160]
