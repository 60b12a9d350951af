"""The bureau is founded once, then edited by its administrators."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from ..models import Bureau, BureauRole, Role, User
from ..rights import Actor, require
from .traces import changed, trace
from .users import make_user

SECRET = frozenset({"smtp_password"})


class AlreadyFounded(Exception):
    """Somebody was first: there is a bureau with its people."""


@transaction.atomic
def found_bureau(
    facts: dict[str, Any], *, email: str, name: str, password: str, at: datetime, language: str = "fr"
) -> tuple[Bureau, User]:
    """The bureau and its first administrator, where there was nobody. Of two at once, one founds; the other is told.

    Nobody is asked who they are: whoever comes first to an empty house is its owner. The row of the bureau is the lock.
    """
    Bureau.objects.get_or_create(pk=1, defaults=facts)
    bureau = Bureau.objects.select_for_update(no_key=True).get(pk=1)
    if User.objects.exists():
        raise AlreadyFounded
    user = make_user(email, name=name, password=password, language=language)
    BureauRole.objects.create(user=user, role=Role.ADMIN)
    trace(user, "bureau.found", bureau, at=at, after={"name": bureau.name, "administrator": user.email})
    return bureau, user


@transaction.atomic
def edit_bureau(bureau: Bureau, *, facts: dict[str, Any], by: Actor, at: datetime) -> Bureau:
    """Write these fields. Nothing changed leaves no trace; a password changed leaves that it was, never which."""
    require(by, "bureau.edit", bureau)
    bureau = Bureau.objects.select_for_update(no_key=True).get(pk=bureau.pk)
    before, after = changed(bureau, facts, secret=SECRET)
    if after:
        for name in after:
            setattr(bureau, name, facts[name])
        bureau.full_clean(exclude=["smtp_password"])
        bureau.save(update_fields=list(after))
        trace(by, "bureau.edit", bureau, at=at, before=before, after=after)
    return bureau
