"""The lists an organiser is granted: who comes, eats, goes. Names and services, as a list to it would say them; no price stands on any."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from pleniere.common import sheets
from pleniere.congress.models import Congress
from pleniere.lists.models import ListDefinition
from pleniere.lists.queries import download, sheet, table

from .door import organiser


def granted(congress: Congress) -> list[ListDefinition]:
    """Those that the bureau lets the organiser read, in their order."""
    return list(ListDefinition.objects.filter(congress=congress, for_organiser=True).select_related("supplier"))


@organiser
@require_safe
def one(request: HttpRequest, congress: Congress, pk: int) -> HttpResponse:
    """A list as it stands now; or as a file. One that is not granted does not exist here, for staff either."""
    rows = ListDefinition.objects.visible_to(request.user).filter(congress=congress, for_organiser=True)
    definition = get_object_or_404(rows.select_related("congress", "supplier", "offer"), pk=pk)
    made = sheet(definition, at=timezone.now())
    if request.GET.get("export") in sheets.FORMATS:
        return download(made, request.GET["export"], get_language() or "fr")
    return render(request, "organiser/list.html", {"congress": congress, "definition": definition, **table(made)})
