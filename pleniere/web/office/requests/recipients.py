"""To whom a request goes: the A–Z list filtered, the choice kept, the groups, each mail before it leaves."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet, Value
from django.db.models.functions import Substr
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pleniere.accounts.rights import can
from pleniere.allotment import letters, response
from pleniere.allotment.actions import invite
from pleniere.allotment.actions.asking import contacts_of
from pleniere.allotment.models import Invitation, Request
from pleniere.catalogue.actions import make_group
from pleniere.catalogue.models import Supplier
from pleniere.common.places import km_between
from pleniere.congress.models import Congress
from pleniere.messaging import outbox
from pleniere.web.typed import number, pks_of

from ..door import StaffRequest, of_congress
from .choosing import RecipientFilter
from .views import find

LETTERS = [*"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "#"]
SHORT_LIST = 80  # so many suppliers are shown at once; more, one letter at a time
LONGEST_LETTER = 400
MAILS_AT_ONCE = 20


@of_congress
@require_http_methods(["GET", "POST"])
def recipients(request: StaffRequest, congress: Congress, number: str) -> HttpResponse:
    """A–Z: tick whom to ask; what they will receive stands beside. Every button keeps the choice first."""
    asked = find(request, congress, number)
    filters = RecipientFilter(request.POST if request.method == "POST" else request.GET, congress=congress, at=timezone.now())
    found = filters.rows()
    letters_there = _letters(found)
    letter, shown = _shown(found, letters_there, request.POST.get("at") or request.GET.get("letter", ""))
    if request.method == "POST":
        return _choose(request, asked, shown, filters)
    rows = list(asked.invitations.select_related("supplier"))
    waiting = _addressed(asked, [row for row in rows if row.state == Invitation.State.DRAFT and not row.supplier.retired_at])
    page = {
        "congress": congress,
        "asked": asked,
        "filters": filters,
        "letters": [(each, each in letters_there) for each in LETTERS if each != "#" or "#" in letters_there],
        "letter": letter,
        "groups": _grouped(shown, rows, congress),
        "elsewhere": [row for row in rows if row.supplier_id not in {supplier.pk for supplier in shown}],
        "retired": Supplier.objects.filter(kind__in=Supplier.Kind.values).exclude(retired_at=None).count(),
        "waiting": waiting,
        "may_group": can(request.user, "catalogue.edit"),
        "has_needs": asked.needs.exists(),
        "no_server": not outbox.can_leave(outbox.bureau()),
        **_one_mail(asked, waiting, request.GET.get("mail", "")),
    }
    return render(request, "office/requests/recipients.html", page)


def _choose(request: StaffRequest, asked: Request, shown: list[Supplier], filters: RecipientFilter) -> HttpResponse:
    ticked = set(pks_of(request.POST.getlist("supplier")))
    on_page = {supplier.pk for supplier in shown}
    act = request.POST.get("act", "")
    chosen = {"all": on_page | ticked, "none": ticked - on_page}.get(act, ticked)
    invite(asked, Supplier.objects.filter(pk__in=chosen), by=request.user)
    if act == "group":
        _keep_group(request, asked)
    pairs = [*filters.pairs, ("letter", request.POST.get("letter") or request.POST.get("at", ""))]
    query = urlencode([(name, words[:100]) for name, words in pairs if words])
    return redirect(
        reverse("office-request-recipients", args=[asked.congress.code, asked.number]) + (f"?{query}" if query else "")
    )


def _keep_group(request: StaffRequest, asked: Request) -> None:
    """The recipients of this request, under a name, to be asked together another time."""
    try:
        everybody = list(asked.invitations.values_list("supplier_id", flat=True))
        group = make_group(request.POST.get("group_name", ""), everybody, by=request.user, at=timezone.now())
        messages.success(request, _("The group “%(name)s” is kept.") % {"name": group})
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))


def _letters(found: QuerySet[Supplier]) -> set[str]:
    firsts = found.annotate(first=Substr("search", Value(1), Value(1))).values_list("first", flat=True).distinct().order_by()
    return {first.upper() if first.isascii() and first.isalpha() else "#" for first in firsts}


def _shown(found: QuerySet[Supplier], there: set[str], letter: str) -> tuple[str, list[Supplier]]:
    """All of a short list; of a long one the letter asked for, else its first."""
    rows = found.order_by("search", "pk")
    short = list(rows[: SHORT_LIST + 1])
    if len(short) <= SHORT_LIST:
        return "", short
    letter = letter if letter in there else min(there, key=LETTERS.index)
    mine = rows.filter(search__startswith=letter.lower()) if letter != "#" else rows.exclude(search__regex=r"^[a-z]")
    return letter, list(mine[:LONGEST_LETTER])


def _grouped(shown: list[Supplier], rows: list[Invitation], congress: Congress) -> list[tuple[str, list[Any]]]:
    """By letter: each supplier, its row if it is chosen, how far it is, how often it answers."""
    known = {row.supplier_id: row for row in rows}
    rates = response.rates([supplier.pk for supplier in shown], at=timezone.now())
    venue = congress.venue_latitude, congress.venue_longitude
    groups: dict[str, list[Any]] = {}
    for each in shown:
        km = km_between(each.latitude, each.longitude, *venue)
        groups.setdefault(each.letter, []).append((each, known.get(each.pk), km, rates.get(each.pk)))
    return list(groups.items())


def _addressed(asked: Request, waiting: list[Invitation]) -> list[Invitation]:
    """As they would be sent now: each with the contact of today."""
    contacts = contacts_of({row.supplier_id for row in waiting})
    for row in waiting:
        row.request, row.congress = asked, asked.congress
        contact = contacts.get(row.supplier_id)
        row.contact = contact  # type: ignore[attr-defined]
        row.email, row.language = (contact.email, contact.language) if contact else ("", row.language)
    return waiting


def _one_mail(asked: Request, waiting: list[Invitation], wanted: str) -> dict[str, Any]:
    """The mail of one recipient, with its neighbours."""
    mailed = [row for row in waiting if row.email]
    if not mailed or not asked.needs.exists():
        return {"mailed": mailed}
    place = min(max(1, number(wanted, digits=5) or 1), len(mailed))
    row = mailed[place - 1]
    return {
        "mailed": mailed,
        "mail": letters.preview(row, name=row.contact.name),  # type: ignore[attr-defined]
        "mail_to": row,
        "place": place,
        "before": place - 1,
        "after": place + 1 if place < len(mailed) else 0,
    }


@of_congress
@require_safe
def mails(request: StaffRequest, congress: Congress, number: str) -> HttpResponse:
    """Every mail as it would leave."""
    asked = find(request, congress, number)
    rows = asked.invitations.filter(state=Invitation.State.DRAFT, supplier__retired_at=None).select_related("supplier")
    waiting = [row for row in _addressed(asked, list(rows)) if row.email]
    shown = [(row, letters.preview(row, name=row.contact.name)) for row in waiting[:MAILS_AT_ONCE]]  # type: ignore[attr-defined]
    page = {"congress": congress, "asked": asked, "mails": shown, "more": len(waiting) - len(shown)}
    return render(request, "office/requests/mails.html", page)
