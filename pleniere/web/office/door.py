"""Who comes into the office: staff of the bureau, or of at least one congress."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from pleniere.accounts.models import User
from pleniere.accounts.rights import is_staff
from pleniere.congress.models import Congress

View = Callable[..., HttpResponse]


class StaffRequest(HttpRequest):
    """A request that came through this door: somebody is signed in."""

    user: User  # type: ignore[assignment]


def staff(view: View) -> View:
    """Signed in and working for the bureau; anybody else is told that this is not theirs."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_staff(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return login_required(wrapped)


def of_congress(view: View) -> View:
    """A page of one congress: the view gets the congress instead of its `code`; another's is a 404."""

    @wraps(view)
    def wrapped(request: HttpRequest, code: str, *args: Any, **kwargs: Any) -> HttpResponse:
        congress = get_object_or_404(Congress.objects.staffed_by(request.user).select_related("organiser"), code=code)
        return view(request, congress, *args, **kwargs)

    return staff(wrapped)


def acting(request: HttpRequest) -> dict[str, Any]:
    """Who acts, and when: what every action asks."""
    return {"by": request.user, "at": timezone.now()}
