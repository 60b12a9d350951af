"""A list read by its recipient, without an account: as it was sent, and what changed since the one before."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from pleniere.accounts import links
from pleniere.accounts.models import Link
from pleniere.accounts.rights import require
from pleniere.lists.models import ListRun
from pleniere.lists.queries import columns, download, sheet_of_run
from pleniere.web.links import holds


@holds(Link.Purpose.LIST)
@require_http_methods(["GET", "POST"])
def read(request: HttpRequest, link: Link) -> HttpResponse:
    """A GET shows and counts nothing; the button says that it was taken in."""
    run = _run(link)
    if request.method == "POST":
        require(link, "lists.receive", run)
        links.count_opening(link, at=timezone.now())
        return redirect("extranet-list", links.token(link))
    made = sheet_of_run(run)
    shown = columns(made)
    context = {
        "made": made,
        "run": run,
        "link": link,
        "token": links.token(link),
        "columns": shown,
        "rows": [(row, [(column, column.text(row)) for column in shown]) for row in made.rows],
        "newer": ListRun.objects.filter(definition=run.definition_id, pk__gt=run.pk).exists(),
    }
    return render(request, "extranet/list.html", context)


@holds(Link.Purpose.LIST)
@require_safe
def file(request: HttpRequest, link: Link, format: str) -> HttpResponse:
    return download(sheet_of_run(_run(link)), format, getattr(request, "LANGUAGE_CODE", "fr"))


def _run(link: Link) -> ListRun:
    rows = ListRun.objects.visible_to(link).select_related("definition__congress", "definition__supplier", "definition__offer")
    return get_object_or_404(rows)
