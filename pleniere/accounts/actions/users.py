"""People with an account: made, given roles, sent away and called back. Nobody is ever deleted: history names them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from allauth.account.models import EmailAddress
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction

from ..models import STAFF, Bureau, BureauRole, Role, User
from ..rights import Actor, NotAllowed, require
from .traces import changed, trace


class AlreadyKnown(Exception):
    """Somebody has this e-mail already."""


class LastAdministrator(Exception):
    """The bureau would be left without an administrator."""


@transaction.atomic
def make_user(email: str, *, name: str, password: str | None = None, language: str = "fr") -> User:
    """An account whose address counts as proved; without a password until its owner sets one. Gives no right by itself."""
    email = email.strip().lower()
    if User.objects.filter(email__iexact=email).exists():
        raise AlreadyKnown(email)
    user = User.objects.create_user(email, password, name=name, language=language)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


@transaction.atomic
def set_bureau_roles(user: User, roles: Iterable[str], *, by: Actor, at: datetime) -> None:
    """Exactly these roles over the whole bureau. The same again changes nothing."""
    require(by, "users.edit", user)
    _lock_house()
    before = set(user.bureau_roles.values_list("role", flat=True))
    after = set(roles) & {str(role) for role in STAFF}
    if after == before:
        return
    if Role.ADMIN in before - after:
        _require_another_administrator(user)
    user.bureau_roles.exclude(role__in=after).delete()
    BureauRole.objects.bulk_create(BureauRole(user=user, role=role) for role in sorted(after - before))
    trace(by, "users.roles", user, at=at, before={"roles": sorted(before)}, after={"roles": sorted(after)})


@transaction.atomic
def deactivate_user(user: User, *, by: Actor, at: datetime, reason: str = "") -> None:
    """Ends every session at its next page, and lets nobody in again by this account. Its history stays."""
    require(by, "users.edit", user)
    _lock_house()
    if isinstance(by, User) and by.pk == user.pk:
        raise NotAllowed("nobody sends themselves away")
    if user.bureau_roles.filter(role=Role.ADMIN).exists():
        _require_another_administrator(user)
    if User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
        user.is_active = False
        trace(by, "users.deactivate", user, at=at, before={"active": True}, after={"active": False}, reason=reason)


@transaction.atomic
def reactivate_user(user: User, *, by: Actor, at: datetime) -> None:
    require(by, "users.edit", user)
    if User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
        user.is_active = True
        trace(by, "users.reactivate", user, at=at, before={"active": False}, after={"active": True})


@transaction.atomic
def edit_profile(user: User, *, name: str, language: str, by: Actor, at: datetime) -> None:
    """A person's own name and language; an administrator may mend anybody's."""
    if not (isinstance(by, User) and by.pk == user.pk):
        require(by, "users.edit", user)
    before, after = changed(user, {"name": name, "language": language})
    if after:
        User.objects.filter(pk=user.pk).update(name=name, language=language)
        user.name, user.language = name, language
        trace(by, "users.profile", user, at=at, before=before, after=after)


@transaction.atomic
def set_password(user: User, password: str, *, at: datetime) -> None:
    """By the one who holds the invitation: whoever read that mail owns the address."""
    user.set_password(password)
    user.save(update_fields=["password"])
    try:
        address = EmailAddress.objects.get(user=user, email__iexact=user.email)
    except ObjectDoesNotExist:
        address = EmailAddress(user=user, email=user.email, primary=True)
    address.verified = True
    address.save()
    trace(user, "users.password", user, at=at)


def _lock_house() -> None:
    """Roles change one at a time: two administrators do not take each other's at once."""
    list(Bureau.objects.select_for_update(no_key=True).filter(pk=1))


def _require_another_administrator(user: User) -> None:
    if not BureauRole.objects.filter(role=Role.ADMIN, user__is_active=True).exclude(user=user).exists():
        raise LastAdministrator(user.email)
