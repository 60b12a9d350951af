"""Who works in a congress, or follows it: memberships, and the invitation that brings somebody new into the house.

Inviting stands here, the lowest floor that knows accounts, mails, suppliers' contacts and congresses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.accounts.actions import make_user, set_bureau_roles, the_bureau, trace
from pleniere.accounts.models import STAFF, Bureau, Role, User
from pleniere.accounts.rights import Actor, NotAllowed, can, require
from pleniere.catalogue.actions import give_account
from pleniere.catalogue.models import Contact
from pleniere.messaging import outbox

from ..models import Congress, Member

ROLES = {str(role) for role in (*STAFF, Role.ORGANISER)}


@transaction.atomic
def set_member_roles(congress: Congress, user: User, roles: Iterable[str], *, by: Actor, at: datetime) -> None:
    """Exactly these roles in this congress. Only an administrator makes, or unmakes, an administrator."""
    require(by, "congress.members", congress)
    Congress.objects.select_for_update(no_key=True).get(pk=congress.pk)
    before = set(Member.objects.filter(congress=congress, user=user).values_list("role", flat=True))
    after = set(roles) & ROLES
    if after == before:
        return
    if str(Role.ADMIN) in before ^ after and not can(by, "users.edit", congress):
        raise NotAllowed("only an administrator makes an administrator")
    Member.objects.filter(congress=congress, user=user).exclude(role__in=after).delete()
    Member.objects.bulk_create(Member(congress=congress, user=user, role=role) for role in sorted(after - before))
    given = {"roles": sorted(after), "user": user.email}
    trace(by, "congress.members", congress, at=at, before={"roles": sorted(before)}, after=given)


@transaction.atomic
def invite(
    email: str,
    *,
    name: str,
    by: Actor,
    at: datetime,
    language: str = "fr",
    bureau_roles: Iterable[str] = (),
    memberships: Mapping[Congress, Iterable[str]] | None = None,
) -> User:
    """Make an account with these roles, and mail its owner where to choose a password. Raises AlreadyKnown."""
    bureau_roles = list(bureau_roles)
    memberships = memberships or {}
    if bureau_roles or not memberships:
        require(by, "users.edit")
    user = make_user(email, name=name, language=language)
    set_bureau_roles(user, bureau_roles, by=by, at=at) if bureau_roles else None
    for congress, roles in memberships.items():
        set_member_roles(congress, user, roles, by=by, at=at)
    trace(by, "users.invite", user, at=at, after={"email": user.email})
    send_invitation(user, by=by, at=at)
    return user


@transaction.atomic
def open_supplier_account(contact: Contact, *, by: Actor, at: datetime) -> bool:
    """Let a supplier's contact sign in and see its pages; True if an account was made, and an invitation is on its way.

    Who has an account already (of another hotel, of an organiser) keeps it: it opens this supplier too.
    """
    require(by, "catalogue.edit", contact.supplier)
    if not contact.email:
        raise ValidationError(_("Without an e-mail there is no account."))
    user = User.objects.filter(email__iexact=contact.email).first()
    is_new = user is None
    if user is None:
        user = make_user(contact.email, name=contact.name or contact.email, language=contact.language)
    give_account(contact, user, by=by, at=at)
    if is_new:
        send_invitation(user, by=by, at=at)
    return is_new


@transaction.atomic
def send_invitation(user: User, *, by: Actor, at: datetime) -> None:
    """Mail the address where the password is chosen. Sent again it replaces nothing: both addresses work until one is used."""
    bureau: Bureau = the_bureau()
    outbox.queue(
        "congress/invitation",
        to=user.email,
        to_name=user.name,
        language=user.language,
        key=f"invitation:{user.pk}:{at.isoformat()}",
        about=f"accounts.User:{user.pk}",
        secret=True,
        url=f"{settings.SITE_URL}/invitation/{invitation_token(user)}/",
        invited_by=str(by),
        bureau_name=bureau.name,
        days=settings.PASSWORD_RESET_TIMEOUT // 86400,
    )


def invitation_token(user: User) -> str:
    """Ends by time, by being used, and when the account is given another password or address."""
    return f"{user.pk:x}-{default_token_generator.make_token(user)}"


def read_invitation(token: str) -> User | None:
    """Whose invitation this is; None when it was never made, has been used, or is too old."""
    number, _dash, signature = token.partition("-")
    try:
        user = User.objects.filter(pk=int(number, 16), is_active=True).first() if len(number) < 16 else None
    except ValueError:
        return None
    return user if user is not None and default_token_generator.check_token(user, signature) else None
