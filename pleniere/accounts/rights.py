"""Who may do what. Verbs are declared by each floor in its `rules.py`; roles come from the bureau and from each congress.

An actor is a User, a Link's holder (the Link itself), or SYSTEM: forms, desks, commands and the API pass the same gate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from django.core.exceptions import PermissionDenied
from django.db.models import Model

from .models import STAFF, Link, Role, User, subject_of

__all__ = [
    "ANYWHERE",
    "STAFF",
    "SYSTEM",
    "Actor",
    "NotAllowed",
    "Role",
    "can",
    "declare",
    "is_staff",
    "require",
    "role_source",
    "roles",
    "verbs",
]


class System:
    """The program itself: the worker, a command, an import."""

    def __str__(self) -> str:
        return "Plénière"


SYSTEM = System()
ANYWHERE = object()  # asks role sources for every role the user has, in whatever congress
Actor: TypeAlias = User | Link | System


class NotAllowed(PermissionDenied):
    """This actor may not do this to this object: answered with 403, or 404 where the object itself is a secret."""


_VERBS: dict[str, frozenset[str]] = {}
_SOURCES: list[Callable[[User, Any], Iterable[str]]] = []


def declare(verbs: dict[str, Iterable[str]]) -> None:
    """Tell which roles, or purposes of links (`Link.Purpose`), may do each verb ("floor.verb")."""
    for verb, roles in verbs.items():
        _VERBS[verb] = frozenset(roles)


def verbs() -> dict[str, frozenset[str]]:
    """Every declared verb, for the page that documents them and its test."""
    return dict(_VERBS)


def role_source(source: Callable[[User, Any], Iterable[str]]) -> Callable[[User, Any], Iterable[str]]:
    """Register where a higher floor keeps roles: `source(user, subject)` names those the user has over `subject`."""
    _SOURCES.append(source)
    return source


def bureau_roles(user: User) -> frozenset[str]:
    """The user's roles over the whole bureau; one query per user object."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return frozenset()
    if not hasattr(user, "_bureau_roles"):
        user._bureau_roles = frozenset(user.bureau_roles.values_list("role", flat=True))  # type: ignore[attr-defined]
    return user._bureau_roles  # type: ignore[attr-defined,no-any-return]


def roles(user: User, subject: Any = None) -> frozenset[str]:
    """All roles of the user over `subject`: the bureau's, and those of the congress or supplier it belongs to."""
    found = set(bureau_roles(user))
    if getattr(user, "is_authenticated", False) and user.is_active:
        for source in _SOURCES:
            found.update(source(user, subject))
    return frozenset(found)


def is_staff(actor: Any) -> bool:
    """Works for the bureau, wherever: sees the shared files (suppliers, clients). One query per user object."""
    if isinstance(actor, System):
        return True
    if not isinstance(actor, User):
        return False
    if not hasattr(actor, "_is_staff"):
        actor._is_staff = _has_one(actor, STAFF, ANYWHERE)  # type: ignore[attr-defined]
    return actor._is_staff  # type: ignore[attr-defined,no-any-return]


def can(actor: Any, verb: str, subject: Any = None) -> bool:
    """May `actor` do `verb` to `subject`? A link may only for its own subject, or what that one owns (`link_subject`)."""
    allowed = _VERBS[verb]
    if isinstance(actor, System):
        return True
    if isinstance(actor, Link):
        return actor.purpose in allowed and isinstance(subject, Model) and actor.subject in _owners(subject)
    return _has_one(actor, allowed, subject)


def _has_one(actor: Any, wanted: Iterable[str], subject: Any) -> bool:
    """Who has such a role over the whole bureau need not be looked for in the congresses and suppliers."""
    return not bureau_roles(actor).isdisjoint(wanted) or not roles(actor, subject).isdisjoint(wanted)


def require(actor: Any, verb: str, subject: Any = None) -> None:
    """`can`, or raise NotAllowed."""
    if not can(actor, verb, subject):
        raise NotAllowed(f"{actor}: {verb} {subject}")


def _owners(subject: Model) -> set[str]:
    """The subject and what it says it belongs to (`link_owner`), as links name them."""
    owners = {subject_of(subject)}
    owner = getattr(subject, "link_owner", None)
    return owners | _owners(owner) if owner is not None else owners
