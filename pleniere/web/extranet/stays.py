"""After the stay: the hotel says, on one page, who came, left early, stayed longer or never came."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods

from pleniere.booking.actions import WrongStays, tell_stays
from pleniere.booking.stays import stays_of
from pleniere.web.stays import read, rows

from .views import Door, by_account, by_link


def _stays(request: HttpRequest, door: Door) -> HttpResponse:
    at, invitation = timezone.now(), door.invitation
    congress = invitation.congress
    found = stays_of(congress, congress.local_date(at), invitation.supplier_id)
    typed: QueryDict | None = None
    problems: dict[int, str] = {}
    if request.method == "POST":
        typed = request.POST
        told, problems = read(found, typed)
        try:
            if not problems:
                count = tell_stays(invitation, told, by=door.by, at=at)
                words = ngettext("%(n)s stay is noted. Thank you!", "%(n)s stays are noted. Thank you!", count) % {"n": count}
                messages.success(request, words if count else _("It is noted already."))
                return redirect(door.url("stays"))
        except WrongStays as error:
            problems = error.problems
    page = {
        "invitation": invitation,
        "congress": congress,
        "supplier": invitation.supplier,
        "rows": rows(found, typed, problems),
        "refused": bool(problems),
        "home": door.url(),
        "open": sum(each.change is None for each in found),
    }
    return render(request, "extranet/stays.html", page, status=422 if problems else 200)


stays = gzip_page(by_link(require_http_methods(["GET", "HEAD", "POST"])(_stays)))
request_stays = by_account(require_http_methods(["GET", "HEAD", "POST"])(_stays))
