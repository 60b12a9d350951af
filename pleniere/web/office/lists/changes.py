"""Towards the hotels: what each has still to take in, the overdue first; as a file, and by mail."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pleniere.accounts.rights import can
from pleniere.common import sheets
from pleniere.congress.models import Congress
from pleniere.lists.news import CannotTell, News, columns, is_gone, letter_of, news_of, preview_news, tell_news
from pleniere.web.typed import pk_of

from ..door import StaffRequest, acting, of_congress


@of_congress
@require_http_methods(["GET", "POST"])
def changes(request: StaffRequest, congress: Congress) -> HttpResponse:
    found = news_of(congress, at=timezone.now(), supplier=pk_of(request.GET.get("hotel", "")) or None)
    if request.method == "POST":
        wanted, told = request.POST.get("tell", ""), 0
        for news in found:
            if wanted in ("all", str(news.supplier.pk)):
                try:
                    tell_news(congress, news.supplier, **acting(request))
                    told += 1
                except CannotTell as error:
                    messages.warning(request, str(error))
        if told:
            messages.success(request, ngettext("%(n)s hotel is written to.", "%(n)s hotels are written to.", told) % {"n": told})
        return redirect("office-changes", congress.code)
    if request.GET.get("export") in sheets.FORMATS:
        rows = [piece for news in found for piece in news.pieces]
        facts = {
            "title": _("What hotels have to take in, %(congress)s") % {"congress": congress},
            "name": f"changes-{congress.code}",
        }
        kind, language = request.GET["export"], get_language() or "fr"
        return sheets.export(kind, columns(with_hotel=True), rows, **facts, language=language, struck=is_gone)
    page = {
        "congress": congress,
        "hotels": found,
        "count": sum(len(news.pieces) for news in found),
        "late": sum(news.late for news in found),
        "may": can(request.user, "lists.send", congress),
        **_mail(congress, found, pk_of(request.GET.get("mail", ""))),
    }
    return render(request, "office/lists/changes.html", page)


def _mail(congress: Congress, found: list[News], wanted: int) -> dict[str, Any]:
    """The mail to one of these hotels as it would leave now, or why none can."""
    supplier = next((news.supplier for news in found if news.supplier.pk == wanted), None)
    if supplier is None:
        return {}
    try:
        letter = letter_of(congress, supplier, at=timezone.now())
    except CannotTell as error:
        return {"mail_of": supplier, "no_mail": str(error)}
    return {"mail_of": supplier, "mail": preview_news(letter), "mail_to": letter.invitation}
