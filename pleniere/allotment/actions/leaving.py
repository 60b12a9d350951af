"""When somebody leaves a hotel, the links they were sent for it end."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from pleniere.accounts import links
from pleniere.accounts.models import Link, subject_of
from pleniere.accounts.rights import Actor, require
from pleniere.catalogue.models import Contact

from .. import letters
from ..models import Invitation
from .asking import contacts_of, link_for


def end_links(sender: Any, *, contact: Contact, at: datetime, **facts: Any) -> int:
    """Revoke the links of this supplier's requests that went to the address of who left; how many.

    From then on these requests are written to whoever else sells there, with a new link. An address that
    another contact of the house still reads keeps its links: a shared mailbox outlives a person.
    """
    email, supplier = contact.email, contact.supplier_id
    still_read = Contact.objects.filter(supplier=supplier, email__iexact=email, left_at=None).exclude(pk=contact.pk)
    if not email or still_read.exists():
        return 0
    sent = list(Invitation.objects.filter(supplier=supplier, email__iexact=email).select_related("congress"))
    heir = contacts_of([supplier]).get(supplier)
    Invitation.objects.filter(pk__in=[invitation.pk for invitation in sent]).update(email=heir.email if heir else "")
    ended = 0
    for invitation in sent:
        if revoked := links.revoke(invitation, at=at):
            ended += revoked
            link_for(invitation)
    return ended


def fresh_link(invitation: Invitation, *, at: datetime) -> bool:
    """Is there a link that took the place of an ended one, and an address it may be sent to?"""
    live = Link.objects.live(at).filter(purpose=Link.Purpose.ANSWER, subject=subject_of(invitation))
    return bool(invitation.email) and live.exists()


@transaction.atomic
def send_new_link(invitation: Invitation, *, by: Actor, at: datetime) -> bool:
    """Who holds an ended link has the new one sent to the address the office knows, once a day. False where there is none."""
    require(by, "allotment.answer", invitation)
    if not fresh_link(invitation, at=at):
        return False
    letters.new_link(invitation, day=invitation.congress.local_date(at))
    return True
