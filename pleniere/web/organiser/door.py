"""Who may come to the organiser's desk."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from pleniere.accounts.rights import can
from pleniere.congress.models import Congress

View = Callable[..., HttpResponse]


def organiser(view: View) -> View:
    """Signed in, and following this congress: organisers their own, staff those it works in. Another's is a 404."""

    @wraps(view)
    def wrapped(request: HttpRequest, code: str, *args: Any, **kwargs: Any) -> HttpResponse:
        congress = get_object_or_404(Congress.objects.visible_to(request.user), code=code)
        if not can(request.user, "congress.follow", congress):
            raise PermissionDenied
        return view(request, congress, *args, **kwargs)

    return login_required(wrapped)
