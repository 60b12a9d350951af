"""Asking: a request is made, edited, sent to its suppliers; the silent are reminded; it is prolonged and closed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from pleniere.accounts import links
from pleniere.accounts.actions import trace
from pleniere.accounts.models import Link
from pleniere.accounts.rights import Actor, require
from pleniere.catalogue.models import Contact, Supplier
from pleniere.common.moves import move
from pleniere.congress.models import Congress

from .. import dates, letters
from ..models import Invitation, Need, Request
from .retaining import not_chosen
from .stepping import StepFacts, set_request_steps

LINK_OUTLIVES = timedelta(days=120)  # the link is the hotel's page until long after the last departure
ASKED_KINDS = (Supplier.Kind.HOTEL, Supplier.Kind.RESIDENCE, Supplier.Kind.LODGING, Supplier.Kind.PLACEHOLDER)

Needs = Mapping[str, tuple[str, Mapping[date, int]]]  # room type: (Need.Kind, rooms by night)


class NothingToSend(ValueError):
    """Nobody, or no room, is asked."""


@transaction.atomic
def make_request(
    congress: Congress,
    *,
    arrival: date,
    departure: date,
    deadline: datetime,
    cutoff: date,
    needs: Needs,
    steps: Sequence[StepFacts] = (),
    by: Actor,
    at: datetime,
    **facts: Any,
) -> Request:
    """A draft with its 8-digit number. Raises BadDates, with every reason, when the dates do not stand in order; CannotStep."""
    require(by, "allotment.ask", congress)
    dates.check(congress, arrival=arrival, departure=departure, deadline=deadline, cutoff=cutoff, at=at)
    request = Request.objects.create(
        congress=congress,
        arrival=arrival,
        departure=departure,
        deadline=deadline,
        deadline_date=congress.local_date(deadline),
        cutoff=cutoff,
        **facts,
    )
    request.number = f"{request.pk:08d}"
    request.save(update_fields=["number"])
    _write_needs(request, needs)
    if steps:
        set_request_steps(request, steps, by=by)
    return request


@transaction.atomic
def edit_request(
    request: Request,
    *,
    needs: Needs | None = None,
    steps: Sequence[StepFacts] | None = None,
    by: Actor,
    at: datetime,
    **facts: Any,
) -> Request:
    """Change a draft. What was sent stands as it was asked: prolong it, or ask anew."""
    require(by, "allotment.ask", request)
    request = Request.objects.select_for_update(no_key=True).get(pk=request.pk)
    if request.state != Request.State.DRAFT:
        raise NothingToSend(_("This request has been sent: it stands as the hotels have read it."))
    for name, value in facts.items():
        setattr(request, name, value)
    _check(request, at=at)
    request.deadline_date = request.congress.local_date(request.deadline)
    request.save()
    if needs is not None:
        request.needs.all().delete()
        _write_needs(request, needs)
    if steps is not None:
        set_request_steps(request, steps, by=by)
    return request


@transaction.atomic
def drop_request(request: Request, *, by: Actor) -> None:
    """Throw away a draft that nobody has received."""
    require(by, "allotment.ask", request)
    request = Request.objects.select_for_update().get(pk=request.pk)
    if request.state != Request.State.DRAFT:
        raise NothingToSend(_("This request has been sent: close it instead."))
    request.invitations.all().delete()
    request.delete()


@transaction.atomic
def invite(request: Request, suppliers: Iterable[Supplier], *, by: Actor) -> list[Invitation]:
    """Make these the recipients that wait for sending: others not yet sent go, those already asked stay.

    A retired supplier is never asked; a placeholder ("to be assigned by the office") becomes a row without mail.
    """
    require(by, "allotment.ask", request)
    Request.objects.select_for_update(no_key=True).get(pk=request.pk)
    offered = Supplier.objects.offered().filter(pk__in=[supplier.pk for supplier in suppliers], kind__in=ASKED_KINDS)
    wanted = {supplier.pk: supplier for supplier in offered}
    request.invitations.filter(state=Invitation.State.DRAFT).exclude(supplier__in=wanted).delete()
    there = set(request.invitations.values_list("supplier_id", flat=True))
    contacts = contacts_of(set(wanted) - there)
    Invitation.objects.bulk_create(
        Invitation(
            congress_id=request.congress_id,
            request=request,
            supplier=supplier,
            email=contacts[pk].email if pk in contacts else "",
            language=contacts[pk].language if pk in contacts else "fr",
        )
        for pk, supplier in wanted.items()
        if pk not in there
    )
    return list(request.invitations.select_related("supplier"))


@transaction.atomic
def send_request(request: Request, *, by: Actor, at: datetime) -> list[Invitation]:
    """Send to everybody invited and not yet asked. Again later, it sends to those invited since; to nobody twice."""
    require(by, "allotment.ask", request)
    request = Request.objects.select_for_update(of=["self"], no_key=True).select_related("congress").get(pk=request.pk)
    if request.state == Request.State.CLOSED:
        raise NothingToSend(_("This request is closed."))
    _check(request, at=at)
    waiting = list(
        request.invitations.filter(state=Invitation.State.DRAFT, supplier__retired_at=None).select_related(
            "supplier", "congress", "request"
        )
    )
    if not request.needs.exists():
        raise NothingToSend(_("No room type is asked yet."))
    if not waiting:
        raise NothingToSend(
            _("Nobody is chosen yet.") if request.state == Request.State.DRAFT else _("Everybody chosen has been asked.")
        )
    contacts = contacts_of({invitation.supplier_id for invitation in waiting})
    for invitation in waiting:
        contact = contacts.get(invitation.supplier_id)
        invitation.email, invitation.language = (contact.email, contact.language) if contact else ("", invitation.language)
        move(
            invitation,
            Invitation.State.SENT,
            Invitation.MOVES,
            sent_at=at,
            email=invitation.email,
            language=invitation.language,
        )
        link_for(invitation)
        letters.ask(invitation, name=contact.name if contact else "")
    if move(request, Request.State.SENT, Request.MOVES, sent_at=at):
        trace(by, "allotment.sent", request, at=at, after={"recipients": len(waiting)})
    return waiting


@transaction.atomic
def remind(invitations: Iterable[Invitation], *, retired_too: bool = False, by: Actor, at: datetime) -> int:
    """Write again to those that have an e-mail and have not answered; at most once a day each. Returns how many.

    A hotel retired since it was asked is passed over, unless the office means it.
    """
    count = 0
    rows = Invitation.objects.filter(pk__in=[invitation.pk for invitation in invitations]).exclude(email="")
    silent = rows.silent() if retired_too else rows.silent().filter(supplier__retired_at=None)
    for invitation in silent.select_related("supplier", "congress", "request").order_by("pk"):
        require(by, "allotment.ask", invitation)
        if not invitation.request.takes_answers(at):
            raise NothingToSend(_("The reply deadline is past: prolong it first."))
        day = invitation.congress.local_date(at)
        if invitation.reminded_at and invitation.congress.local_date(invitation.reminded_at) == day:
            continue
        Invitation.objects.filter(pk=invitation.pk).update(reminded_at=at)
        letters.remind(invitation, day=day)
        count += 1
    return count


@transaction.atomic
def prolong(request: Request, *, deadline: datetime, by: Actor, at: datetime) -> Request:
    """A later reply deadline, still before the cut-off; those who have not answered are told."""
    require(by, "allotment.ask", request)
    request = Request.objects.select_for_update(of=["self"], no_key=True).select_related("congress").get(pk=request.pk)
    before = request.deadline
    if request.state != Request.State.SENT:
        raise NothingToSend(_("Only a request that has been sent and is not closed can be prolonged."))
    if deadline <= before:
        raise dates.BadDates([dates.Problem("deadline", _("The new deadline comes no later than the present one."))])
    request.deadline = deadline
    _check(request, at=at)
    request.deadline_date = request.congress.local_date(deadline)
    request.save(update_fields=["deadline", "deadline_date"])
    Invitation.objects.filter(request=request).update(more_time_asked_at=None)
    trace(
        by,
        "allotment.prolonged",
        request,
        at=at,
        before={"deadline": before.isoformat()},
        after={"deadline": deadline.isoformat()},
    )
    for invitation in request.invitations.silent().exclude(email="").select_related("supplier", "congress", "request"):
        letters.prolonged(invitation)
    return request


@transaction.atomic
def close_request(request: Request, *, tell_others: bool = False, by: Actor, at: datetime) -> Request:
    """No answer is taken any more. `tell_others`: thank those who offered rooms and of whom none was retained."""
    require(by, "allotment.ask", request)
    request = Request.objects.select_for_update(of=["self"], no_key=True).select_related("congress").get(pk=request.pk)
    if move(request, Request.State.CLOSED, Request.MOVES):
        trace(by, "allotment.closed", request, at=at)
    if tell_others:
        for invitation in not_chosen(request):
            letters.not_retained(invitation)
    return request


@transaction.atomic
def send_link(
    invitation: Invitation, *, to: Contact | None = None, replace: bool = False, key: str, by: Actor, at: datetime
) -> bool:
    """Send a hotel the link of its page again, whatever it has answered; `to` another of its people, who follows it from then on.

    `replace` ends the links that went out before. The same `key` twice sends once: True the first time.
    """
    require(by, "allotment.ask", invitation)
    locked = (
        Invitation.objects.select_for_update(of=["self"], no_key=True)
        .select_related("supplier", "congress", "request")
        .get(pk=invitation.pk)
    )
    if locked.state == Invitation.State.DRAFT:
        raise NothingToSend(_("This supplier has not been asked yet."))
    if letters.is_sent_again(locked, key=key):
        return False
    if to is not None:
        locked.email, locked.language = to.email, to.language
        locked.save(update_fields=["email", "language"])
    if not locked.email:
        raise NothingToSend(_("This supplier has no e-mail: give one in its sheet."))
    ended = links.revoke(locked, at=at, purpose=Link.Purpose.ANSWER) if replace else 0
    link_for(locked)
    letters.link_again(locked, key=key, name=to.name if to else "")
    trace(by, "allotment.link_sent", locked, at=at, after={"to": locked.email, "ended": ended})
    return True


def link_for(invitation: Invitation) -> Link:
    """The supplier's own link; it stays its page long after the deadline."""
    ends = datetime.combine(invitation.congress.ends + LINK_OUTLIVES, datetime.min.time(), invitation.congress.zone)
    return links.make(Link.Purpose.ANSWER, invitation, until=ends)


def contacts_of(suppliers: Iterable[int]) -> dict[int, Contact]:
    """Whom each is asked through: its sales contact, else its manager, else any that has an e-mail and has not left."""
    rank = {Contact.Role.SALES: 0, Contact.Role.MANAGER: 1, Contact.Role.RECEPTION: 2, Contact.Role.ACCOUNTS: 3}
    rows = Contact.objects.filter(supplier__in=list(suppliers), left_at=None).exclude(email="").annotate(kind=F("supplier__kind"))
    found: dict[int, Contact] = {}
    for contact in sorted(rows, key=lambda c: (rank[Contact.Role(c.role)], c.pk)):
        if contact.kind != Supplier.Kind.PLACEHOLDER:
            found.setdefault(contact.supplier_id, contact)
    return found


def _check(request: Request, *, at: datetime) -> None:
    dates.check(
        request.congress,
        arrival=request.arrival,
        departure=request.departure,
        deadline=request.deadline,
        cutoff=request.cutoff,
        at=at,
    )


def _write_needs(request: Request, needs: Needs) -> None:
    """A row for every night of each type asked; 0 rooms: tell us what you have."""
    Need.objects.bulk_create(
        Need(request=request, room_type=room_type, night=night, rooms=by_night.get(night, 0), kind=kind)
        for room_type, (kind, by_night) in needs.items()
        for night in request.stay
    )
