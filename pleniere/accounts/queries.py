"""What is shown of the bureau's people and of what was changed."""

from __future__ import annotations

from django.db.models import QuerySet

from .models import Trace, User, subject_of
from .rights import Actor, can


def users_visible_to(actor: Actor) -> QuerySet[User]:
    """Administrators see everybody; others themselves."""
    if can(actor, "users.edit"):
        return User.objects.order_by("-is_active", "name", "email")
    return User.objects.filter(pk=actor.pk) if isinstance(actor, User) and actor.pk else User.objects.none()


def history_of(subject: object, limit: int = 20) -> QuerySet[Trace]:
    """The last changes of this object, newest first."""
    return Trace.objects.filter(subject=subject_of(subject)).order_by("-at", "-pk")[:limit]  # type: ignore[arg-type]
