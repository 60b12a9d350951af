"""The bookings of a congress: searched, filtered, sorted, exported."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Count, F, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from pleniere.booking.models import Booking, Charge, Line, Payer, Person
from pleniere.common import sheets
from pleniere.common.shown import day, money
from pleniere.congress.models import Congress
from pleniere.congress.programme import programme
from pleniere.payment.queries import PayerState, booking_sums, with_money
from pleniere.web.forms import DayField
from pleniere.web.tables import Column, FilterForm, Listing
from pleniere.web.templatetags.ui import state

from ..door import StaffRequest, of_congress
from .frame import state_of

ANY = [("", gettext_lazy("All"))]


class BookingFilters(FilterForm):
    """Which bookings: by the state of a line, by money, by supplier, by nights, by a category or a discount of somebody in it."""

    state = forms.ChoiceField(label=gettext_lazy("State"), required=False, choices=[*ANY, *Line.State.choices[1:]])
    money = forms.ChoiceField(label=gettext_lazy("Money"), required=False, choices=[*ANY, *PayerState.choices])
    supplier = forms.ChoiceField(label=gettext_lazy("Supplier"), required=False)
    arrives = DayField(label=gettext_lazy("Stays from"), required=False)
    leaves = DayField(label=gettext_lazy("until"), required=False)

    def apply(self, rows: QuerySet[Any], facts: dict[str, Any]) -> QuerySet[Any]:
        lines = Line.objects.filter(booking__in=rows.order_by().values("pk"))
        chosen = False
        if facts.get("state"):
            lines, chosen = lines.filter(state=facts["state"]), True
        if facts.get("supplier"):
            lines, chosen = lines.filter(offer__service__supplier=facts["supplier"]), True
        if facts.get("arrives"):
            lines, chosen = lines.filter(end__gt=facts["arrives"]), True
        if facts.get("leaves"):
            lines, chosen = lines.filter(start__lt=facts["leaves"]), True
        if chosen:
            rows = rows.filter(pk__in=lines.values("booking"))
        if facts.get("money"):
            rows = rows.filter(pk__in=_payers_in(facts["money"]).values("booking"))
        if facts.get("audience"):
            rows = rows.filter(pk__in=Person.objects.filter(audience=facts["audience"]).values("booking"))
        if facts.get("discount"):
            uses = Charge.objects.live().filter(discount=facts["discount"], line__state__in=Line.COUNTED)
            rows = rows.filter(pk__in=uses.values("line__booking"))
        return rows


def _payers_in(state: str) -> QuerySet[Any]:
    payers = with_money(Payer.objects.all())
    wanted: dict[str, dict[str, Any]] = {
        "DUE": {"got__lte": 0, "owed__gt": 0},
        "PART": {"got__gt": 0, "got__lt": F("owed")},
        "PAID": {"got": F("owed"), "owed__gt": 0},
        "OVERPAID": {"got__gt": F("owed")},
    }
    return payers.filter(**wanted[state])


def filters_of(congress: Congress) -> type[BookingFilters]:
    """The filters with this congress's suppliers to choose from."""
    plan = programme(congress)
    suppliers = {offer.service.supplier_id: str(offer.service.supplier) for offer in plan.offers.values()}
    choices = [*ANY, *sorted(((str(pk), name) for pk, name in suppliers.items()), key=lambda pair: pair[1])]
    categories = [*ANY, *((str(pk), str(each)) for pk, each in plan.audiences.items())]
    discounts = [*ANY, *((str(each.pk), str(each)) for each in congress.discounts.all())]  # those withdrawn have their sales too

    class Filters(BookingFilters):
        supplier = forms.ChoiceField(label=gettext_lazy("Supplier"), required=False, choices=choices)
        if len(categories) > 2:
            audience = forms.ChoiceField(label=gettext_lazy("Category"), required=False, choices=categories)
        if len(discounts) > 1:
            discount = forms.ChoiceField(label=gettext_lazy("Discount"), required=False, choices=discounts)

    return Filters


COLUMNS = (
    Column(gettext_lazy("Booking"), "number", sort="number", href=lambda row: reverse("office-booking", args=[row.number])),
    Column(gettext_lazy("Name"), lambda row: row.who, is_name=True, shown=lambda row: _name(row)),
    Column(gettext_lazy("Institution"), lambda row: row.institution, on_screen=False),
    Column(gettext_lazy("E-mail"), lambda row: row.client.email if row.client else "", on_screen=False),
    Column(gettext_lazy("Persons"), lambda row: row.heads, sheets.INT, total=True),
    Column(gettext_lazy("Line"), lambda row: row.state_word, shown=lambda row: state(row.state)),
    Column(
        gettext_lazy("Money"),
        lambda row: row.money_word,
        shown=lambda row: state(row.sums.state) if row.money_word else _("nothing to pay"),
    ),
    Column(gettext_lazy("Total"), lambda row: row.sums.total, sheets.MONEY, total=True),
    Column(gettext_lazy("Received"), lambda row: row.sums.paid, sheets.MONEY, total=True),
    Column(gettext_lazy("Ordered on"), "placed_at", sheets.MOMENT, sort="placed_at"),
    Column(gettext_lazy("To know"), lambda row: row.to_know),
)


def _name(row: Any) -> Any:
    return format_html('{}<small class="muted block">{}</small>', row.who, row.institution) if row.institution else row.who


def complete(rows: list[Any]) -> None:
    """What the list shows beside the bookings themselves, in a fixed number of queries."""
    pks = [row.pk for row in rows]
    sums = booking_sums(pks)
    people = Person.objects.filter(booking__in=pks).order_by().values_list("booking")
    heads = {
        pk: (count, unnamed) for pk, count, unnamed in people.annotate(n=Count("pk"), nr=Count("pk", filter=Q(is_unnamed=True)))
    }
    states: dict[int, set[str]] = defaultdict(set)
    ends: dict[int, Any] = {}
    for booking, its_state, until in Line.objects.filter(booking__in=pks).order_by().values_list("booking", "state", "until"):
        states[booking].add(its_state)
        if until and its_state == Line.State.OPTION:
            ends[booking] = min(until, ends.get(booking, until))
    for row in rows:
        row.heads, row.unnamed = heads.get(row.pk, (0, 0))
        row.sums, row.state = sums[row.pk], state_of(states[row.pk])
        row.state_word = str(Line.State(row.state).label)
        row.money_word = str(row.sums.state.label) if row.sums.total or row.sums.paid else ""
        client = row.client
        row.who = f"{client.first_name} {client.last_name}".strip() or str(client) if client else ""
        row.institution = client.company if client and client.company != row.who else ""
        row.to_know = _to_know(row, ends.get(row.pk))


def _to_know(row: Any, ends: Any) -> str:
    said = []
    if ends:
        said.append(_("option until %(day)s") % {"day": day(row.congress.local_date(ends - timedelta(seconds=1)))})
    if row.unnamed:
        said.append(ngettext("%(n)d person to be named", "%(n)d persons to be named", row.unnamed) % {"n": row.unnamed})
    if row.sums.refundable:
        said.append(_("%(amount)s to give back") % {"amount": money(row.sums.refundable)})
    return ", ".join(said)


@of_congress
@require_safe
def index(request: StaffRequest, congress: Congress) -> HttpResponse:
    rows = Booking.objects.visible_to(request.user).placed().filter(congress=congress).select_related("client", "congress")
    listing = Listing(
        request,
        rows,
        COLUMNS,
        title=_("Bookings, %(congress)s") % {"congress": congress},
        name=f"bookings-{congress.code}",
        sort="-placed_at",
        filters=filters_of(congress),
        attach=complete,
    )
    carts = (
        Booking.objects.visible_to(request.user)
        .filter(congress=congress, placed_at=None, seller__isnull=False)
        .select_related("client", "seller")
    )
    context = {"congress": congress, "listing": listing, "carts": carts[:20]}
    return listing.export() or render(request, "office/bookings/index.html", context)
