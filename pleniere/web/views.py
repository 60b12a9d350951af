"""Pages of no desk in particular."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from pleniere.accounts.models import Bureau, User
from pleniere.accounts.rights import is_staff
from pleniere.catalogue.models import Contact
from pleniere.congress.models import Congress, Member

from .templatetags.ui import STATES, symbols


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """What is open to register for, and the door for those who work here; in an empty house, the way to found it."""
    if not User.objects.exists():
        return redirect("start")
    now = timezone.now()
    open_now = [
        congress for congress in Congress.objects.filter(state=Congress.State.OPEN).order_by("starts") if congress.is_open(now)
    ]
    return render(request, "front.html", {"congresses": open_now, "house": Bureau.objects.filter(pk=1).first()})


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """After signing in: the desk this person sits at."""
    user = request.user
    assert isinstance(user, User)
    if is_staff(user):
        return redirect("/office/")
    if Member.objects.filter(user=user, role="ORGANISER").exists():
        return redirect("/organiser/")
    if Contact.objects.filter(user=user, left_at=None).exists():
        return redirect("/hotel/")
    return redirect("/my/")


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component as it is drawn, for who builds a page."""
    return render(request, "styleguide.html", {"states": STATES, "icons": sorted(symbols())})


@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The process answers. Asks no database."""
    return HttpResponse("ok", content_type="text/plain")


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """It can work: the database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:
        return JsonResponse({"database": "unreachable"}, status=503)
    return JsonResponse({"database": "ok"})
