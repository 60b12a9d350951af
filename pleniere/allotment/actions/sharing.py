"""What a hotel adds to its answer, and to whom of its own it hands its page on; the office sees both, and ends any link."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.accounts import files, links
from pleniere.accounts.actions import trace
from pleniere.accounts.models import File, Link, Trace, subject_of
from pleniere.accounts.rights import Actor, require

from .. import letters
from ..models import Invitation, Paper
from .asking import LINK_OUTLIVES

MOST_PAPERS = 10
MOST_FILES = 4 * MOST_PAPERS  # with those taken back, whose bytes are kept as the trace of what was shown
MOST_FORWARDS = 5  # a day: a link is no way to write to the whole world


class CannotShare(ValueError):
    """Said in words: too many, or not an address."""


@transaction.atomic
def add_paper(invitation: Invitation, *, name: str, content: bytes, by: Actor, at: datetime) -> Paper:
    """Keep a file with the answer; its kind and weight were checked. The same bytes twice are one. Raises CannotShare."""
    require(by, "allotment.answer", invitation)
    Invitation.objects.select_for_update(no_key=True).get(pk=invitation.pk)
    if File.objects.filter(subject=subject_of(invitation)).count() >= MOST_FILES:
        raise CannotShare(_("Too many files have been added and taken back: send this one by e-mail."))
    file = files.keep(content, name=name, subject=invitation, by=by, at=at)
    known = Paper.objects.filter(invitation=invitation, file=file).first()
    if known is not None:
        return known
    if Paper.objects.filter(invitation=invitation).count() >= MOST_PAPERS:
        raise CannotShare(_("%(most)s files are here already: take one away first.") % {"most": MOST_PAPERS})
    paper = Paper.objects.create(invitation=invitation, file=file, by=_who(by, invitation), at=at)
    trace(by, "allotment.paper_added", invitation, at=at, after={"file": file.name})
    return paper


@transaction.atomic
def drop_paper(invitation: Invitation, pk: int, *, by: Actor, at: datetime) -> bool:
    """Take one's file back; True for the one who did it."""
    require(by, "allotment.answer", invitation)
    paper = Paper.objects.filter(invitation=invitation, pk=pk).select_related("file").first()
    if paper is None:
        return False
    trace(by, "allotment.paper_dropped", invitation, at=at, before={"file": paper.file.name})
    paper.delete()
    return True


@transaction.atomic
def forward_link(invitation: Invitation, *, to: str, by: Actor, at: datetime) -> Link:
    """Hand the page on to a colleague: a link of their own, which the office sees and may end. Raises CannotShare."""
    require(by, "allotment.answer", invitation)
    locked = (
        Invitation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("request", "congress", "supplier")
        .get(pk=invitation.pk)
    )
    to = to.strip().lower()
    try:
        validate_email(to)
    except ValidationError as error:
        raise CannotShare(_("“%(words)s” is not a mail address.") % {"words": to[:60]}) from error
    known = links_to(locked, to, at=at)
    if known is not None:
        return known
    since = Trace.objects.filter(subject=subject_of(locked), verb="allotment.forwarded", at__gte=at - timedelta(days=1))
    if since.count() >= MOST_FORWARDS:
        raise CannotShare(_("Enough for today: ask the bureau to send it to others."))
    ends = datetime.combine(locked.congress.ends + LINK_OUTLIVES, datetime.min.time(), locked.congress.zone)
    link = links.make(Link.Purpose.ANSWER, locked, holder=to, until=ends)
    letters.forwarded(locked, link)
    trace(by, "allotment.forwarded", locked, at=at, after={"to": to})
    return link


def links_to(invitation: Invitation, to: str, *, at: datetime) -> Link | None:
    return Link.objects.live(at).filter(purpose=Link.Purpose.ANSWER, subject=subject_of(invitation), holder=to).first()


@transaction.atomic
def end_link(invitation: Invitation, link: Link, *, by: Actor, at: datetime) -> bool:
    """The office ends one link of a hotel's page; True for the one who did it."""
    require(by, "allotment.ask", invitation)
    rows = Link.objects.filter(pk=link.pk, subject=subject_of(invitation), revoked_at=None)
    if not rows.update(revoked_at=at):
        return False
    trace(by, "allotment.link_ended", invitation, at=at, after={"holder": link.holder})
    return True


def _who(by: Actor, invitation: Invitation) -> str:
    return (by.holder or invitation.supplier.name)[:160] if isinstance(by, Link) else str(by)[:160]
