"""People at a supplier. One who moves to another hotel leaves here and begins anew there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.accounts.actions import trace
from pleniere.accounts.models import User
from pleniere.accounts.rights import Actor, require

from ..models import Contact, Supplier
from ..signals import contact_left
from .facts import Facts, changed, check

FIELDS = ("role", "name", "email", "phone", "language")


@transaction.atomic
def make_contact(supplier: Supplier, *, by: Actor, at: datetime, **facts: Any) -> Contact:
    require(by, "catalogue.edit", supplier)
    contact = Contact(supplier=supplier, **facts)
    _save(contact)
    trace(by, "contact.made", supplier, at=at, after=_facts(contact))
    return contact


@transaction.atomic
def edit_contact(contact: Contact, *, by: Actor, at: datetime, **facts: Any) -> Contact:
    """Mend what is known of this person. Another person is another contact."""
    require(by, "catalogue.edit", contact.supplier)
    contact = Contact.objects.select_for_update(of=["self"], no_key=True).select_related("supplier").get(pk=contact.pk)
    was = _facts(contact)
    for name, value in facts.items():
        setattr(contact, name, value)
    _save(contact)
    before, after = changed(was, _facts(contact))
    if after:
        trace(by, "contact.edited", contact.supplier, at=at, before=before, after={"name": contact.name, **after})
    return contact


@transaction.atomic
def leave(contact: Contact, *, by: Actor, at: datetime, reason: str = "") -> bool:
    """This person works here no longer: nothing is sent to them, their account opens this house no more, and the links they
    were sent for it end. False if they had left already. Their account itself stays: they may be somebody elsewhere.
    """
    require(by, "catalogue.edit", contact.supplier)
    if not Contact.objects.filter(pk=contact.pk, left_at=None).update(left_at=at):
        return False
    contact.left_at = at
    contact_left.send(Contact, contact=contact, by=by, at=at)
    trace(by, "contact.left", contact.supplier, at=at, before=_facts(contact), reason=reason)
    return True


@transaction.atomic
def give_account(contact: Contact, user: User | None, *, by: Actor, at: datetime) -> Contact:
    """Let this account see the supplier's own pages; None takes that away."""
    require(by, "catalogue.edit", contact.supplier)
    contact = Contact.objects.select_for_update(of=["self"], no_key=True).select_related("supplier").get(pk=contact.pk)
    if contact.left_at is not None:
        raise ValidationError(_("This person has left."))
    before, contact.user = contact.user, user
    contact.save(update_fields=["user"])
    if before != user:
        account = {"account": user.email if user else ""}
        trace(by, "contact.account", contact.supplier, at=at, after={"name": contact.name, **account})
    return contact


def _facts(contact: Contact) -> dict[str, Any]:
    return Facts.of(contact, FIELDS)


def _save(contact: Contact) -> None:
    contact.email = contact.email.strip()
    if not (contact.name or contact.email):
        raise ValidationError({"name": _("A name or an e-mail, at least.")})
    check(contact)
    contact.save()
