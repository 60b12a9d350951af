"""The client base: fed by every booking, searched and mended here."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from pleniere.accounts.actions import edit_client, make_client
from pleniere.accounts.models import Client
from pleniere.accounts.queries import history_of
from pleniere.accounts.rights import can, require
from pleniere.booking.models import Booking
from pleniere.common import sheets
from pleniere.web.forms import add_errors
from pleniere.web.tables import Column, Listing

from ..door import acting, staff
from .forms import ClientFilter, ClientForm

FIELDS = tuple(ClientForm.base_fields)
COLUMNS = (
    Column(
        gettext_lazy("Last name"), str, sort="last_name", is_name=True, href=lambda row: reverse("office-client", args=[row.pk])
    ),
    Column(gettext_lazy("Company or institution"), "company", sort="company"),
    Column(gettext_lazy("Type"), "get_kind_display", sort="kind"),
    Column(gettext_lazy("E-mail"), "email", sort="email"),
    Column(gettext_lazy("Phone"), lambda row: row.mobile or row.phone),
    Column(gettext_lazy("Town"), "town", sort="town"),
    Column(gettext_lazy("Bookings"), "count", sheets.INT),
    Column(gettext_lazy("Known since"), "made_at", sheets.DATE, sort="made_at"),
    Column(gettext_lazy("Address"), "address", on_screen=False),
    Column(gettext_lazy("Postcode"), "postcode", on_screen=False),
    Column("SIRET", "siret", on_screen=False),
)


@staff
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    require(request.user, "clients.see")

    def attach(rows: list[Client]) -> None:
        """How many bookings each has, of those the reader may see."""
        bookings = Booking.objects.visible_to(request.user).placed().filter(client__in=[row.pk for row in rows])
        counts = dict(bookings.order_by().values_list("client").annotate(Count("pk")))
        for row in rows:
            row.count = counts.get(row.pk, 0)  # type: ignore[attr-defined]

    listing = Listing(
        request,
        Client.objects.all(),
        COLUMNS,
        title=_("Clients"),
        name="clients",
        sort="last_name",
        filters=ClientFilter,
        attach=attach,
    )
    facts = {"listing": listing, "may_edit": can(request.user, "clients.edit")}
    return listing.export() or render(request, "office/clients/index.html", facts)


@staff
@require_safe
def client(request: HttpRequest, pk: int) -> HttpResponse:
    require(request.user, "clients.see")
    client = get_object_or_404(Client, pk=pk)
    bookings = Booking.objects.visible_to(request.user).placed().filter(Q(client=client) | Q(payers__client=client)).distinct()
    facts = {
        "client": client,
        "bookings": bookings.select_related("congress").order_by("-placed_at")[:100],
        "may_edit": can(request.user, "clients.edit", client),
        "rows": history_of(client, limit=50),
    }
    return render(request, "office/clients/client.html", facts)


@staff
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    require(request.user, "clients.edit")
    form = ClientForm(request.POST or None)
    if form.is_valid():
        try:
            client = make_client(**form.cleaned_data, **acting(request))
            return redirect("office-client", client.pk)
        except ValidationError as error:
            add_errors(form, error)
    facts = {"form": form, "heading": _("New client"), "action": _("Make this client"), "back": reverse("office-clients")}
    return render(request, "office/clients/form.html", facts, status=422 if form.is_bound else 200)


@staff
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    require(request.user, "clients.edit")
    client = get_object_or_404(Client, pk=pk)
    form = ClientForm(request.POST or None, initial={name: getattr(client, name) for name in FIELDS})
    if form.is_valid():
        try:
            edit_client(client, **form.cleaned_data, **acting(request))
            messages.success(request, _("Saved. Documents already issued keep what stood on them."))
            return redirect("office-client", pk)
        except ValidationError as error:
            add_errors(form, error)
    facts = {"form": form, "heading": str(client), "action": _("Save"), "back": reverse("office-client", args=[pk])}
    return render(request, "office/clients/form.html", facts, status=422 if form.is_bound else 200)
