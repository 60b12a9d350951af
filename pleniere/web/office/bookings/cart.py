"""A booking made by an agent, for a caller or from a paper form: who orders, who comes, what, then the order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from pleniere.accounts.models import Client
from pleniere.accounts.rights import can
from pleniere.booking.actions import AlreadyPlaced, PersonFacts, PriceChanged, drop_lines, open_cart, set_persons, take_offer
from pleniere.booking.models import Booking
from pleniere.congress.models import Congress, LegalText, Method
from pleniere.congress.programme import programme
from pleniere.payment.actions import announce_order
from pleniere.registration.actions import NotComplete, place_order
from pleniere.registration.visit import look
from pleniere.web.forms import Form
from pleniere.web.typed import pk_of, pks_of

from ..door import StaffRequest, of_congress
from .frame import REFUSALS, in_words
from .lines import LineForm, days_of, offers_by_step, rates_of

MOST_PEOPLE = 50


class BuyerForm(Form):
    """Who orders and pays, and who comes: a person a line."""

    kind = forms.ChoiceField(label=gettext_lazy("Client"), choices=Client.Kind.choices)
    title = forms.CharField(label=gettext_lazy("Title"), required=False, max_length=20)
    first_name = forms.CharField(label=gettext_lazy("First name"), required=False, max_length=80)
    last_name = forms.CharField(label=gettext_lazy("Last name"), max_length=80)
    company = forms.CharField(label=gettext_lazy("Company or institution"), required=False, max_length=160)
    email = forms.EmailField(
        label=gettext_lazy("E-mail"), required=False, help_text=gettext_lazy("Without one, nothing can be confirmed by mail.")
    )
    phone = forms.CharField(label=gettext_lazy("Phone"), required=False, max_length=30)
    address = forms.CharField(label=gettext_lazy("Address"), required=False, max_length=250)
    postcode = forms.CharField(label=gettext_lazy("Postcode"), required=False, max_length=12)
    town = forms.CharField(label=gettext_lazy("Town"), required=False, max_length=80)
    siret = forms.CharField(label=gettext_lazy("SIRET"), required=False, max_length=14)
    service_code = forms.CharField(label=gettext_lazy("Service code (Chorus Pro)"), required=False, max_length=100)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=[("fr", "Français"), ("en", "English")])
    people = forms.CharField(
        label=gettext_lazy("Who comes"),
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "A person a line: first name, last name. A line that begins with + is the companion of the line above; “NR institution” keeps a place."
        ),
    )

    def clean_people(self) -> list[PersonFacts]:
        facts, delegate = [], None
        lines = [line.strip() for line in self.cleaned_data["people"].splitlines() if line.strip()]
        if len(lines) > MOST_PEOPLE:
            raise forms.ValidationError(_("At most %(n)d persons at once.") % {"n": MOST_PEOPLE})
        for place, line in enumerate(lines):
            is_companion = line.startswith("+")
            if is_companion and delegate is None:
                raise forms.ValidationError(_("A companion comes under the person it comes with."))
            facts.append(_person(line.lstrip("+ "), delegate if is_companion else None))
            delegate = delegate if is_companion else place
        return facts

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if facts.get("kind") in ("COMPANY", "PUBLIC") and not facts.get("company"):
            self.add_error("company", _("Which company or institution?"))
        return facts


def _person(line: str, companion_of: int | None) -> PersonFacts:
    if line.upper().startswith("NR "):
        return PersonFacts(institution=line[3:].strip()[:160], is_unnamed=True, companion_of=companion_of)
    first, _space, last = line.replace(",", " ").partition(" ")
    return PersonFacts(first_name=first[:80] if last else "", last_name=(last.strip() or first)[:80], companion_of=companion_of)


class OrderForm(Form):
    method = forms.ChoiceField(label=gettext_lazy("Means of payment"))
    engagement = forms.CharField(label=gettext_lazy("Order or engagement number"), required=False, max_length=50)
    comment = forms.CharField(
        label=gettext_lazy("Comment"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    incomplete = forms.BooleanField(label=gettext_lazy("Order although something compulsory is missing"), required=False)
    shown = forms.DecimalField(max_digits=12, decimal_places=2, widget=forms.HiddenInput)

    def __init__(self, *args: Any, methods: list[Method], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.methods = {str(method.pk): method for method in methods}
        self.fields["method"].choices = [(pk, str(method)) for pk, method in self.methods.items()]  # type: ignore[attr-defined]


@of_congress
@require_http_methods(["GET", "POST"])
def new(request: StaffRequest, congress: Congress) -> HttpResponse:
    if not can(request.user, "booking.edit", congress):
        raise PermissionDenied
    form = BuyerForm(request.POST or None, initial={"language": "fr", "kind": "PERSON"})
    if form.is_valid():
        booking = _open(request, congress, form)
        return redirect("office-cart", congress.code, booking.pk)
    context = {"congress": congress, "form": form}
    return render(request, "office/bookings/new.html", context, status=422 if form.is_bound else 200)


@transaction.atomic
def _open(request: StaffRequest, congress: Congress, form: BuyerForm) -> Booking:
    facts, now = dict(form.cleaned_data), timezone.now()
    people = facts.pop("people")
    booking = open_cart(congress, language=facts["language"], seller=request.user, at=now)
    booking.client = Client.objects.create(**facts)
    booking.save(update_fields=["client"])
    set_persons(booking, people, by=request.user, at=now)
    return booking


def _cart(request: StaffRequest, congress: Congress, pk: int) -> Booking:
    carts = (
        Booking.objects.visible_to(request.user)
        .filter(congress=congress, seller__isnull=False)
        .select_related("client", "congress")
    )
    return get_object_or_404(carts, pk=pk)


@of_congress
@require_http_methods(["GET", "POST"])
def cart(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    """What is in the cart; POST takes lines out of it."""
    booking = _cart(request, congress, pk)
    if booking.placed_at is not None:
        return redirect("office-booking", booking.number)
    if request.method == "POST":
        drop_lines(booking, pks_of(request.POST.getlist("line")), by=request.user, at=timezone.now())
        return redirect("office-cart", congress.code, pk)
    return _show(request, congress, booking, None)


def _show(request: StaffRequest, congress: Congress, booking: Booking, form: OrderForm | None, status: int = 200) -> HttpResponse:
    visit = look(booking)
    form = form or OrderForm(methods=visit.plan.methods, initial={"shown": visit.total})
    context = {"congress": congress, "cart": booking, "visit": visit, "form": form, "steps": offers_by_step(visit.plan)}
    return render(request, "office/bookings/cart.html", context, status=status)


@of_congress
@require_http_methods(["GET", "POST"])
def take(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    """Put an offer (`?offer=`) in the cart for some of its people."""
    booking, plan = _cart(request, congress, pk), programme(congress)
    offer = plan.offers.get(pk_of(request.GET.get("offer", "")))
    if booking.placed_at is not None or offer is None:
        return redirect("office-cart", congress.code, pk)
    people = list(booking.persons.all())
    start, end = days_of(offer, booking)
    initial = {"start": start, "end": end, "persons": [str(person.pk) for person in people]}
    form = LineForm(
        request.POST or None, offer=offer, rates=rates_of(plan, offer), people=people, ruled=bool(plan.stays), initial=initial
    )
    del form.fields["quantity"], form.fields["reason"]
    if form.is_valid():
        facts = form.cleaned_data
        chosen = [form.people[each] for each in facts["persons"]]
        try:
            if not chosen:
                form.add_error("persons", _("For whom?"))
            else:
                take_offer(
                    booking,
                    offer,
                    form.rates[facts["rate"]],
                    start=facts["start"],
                    end=facts["end"],
                    persons=chosen,
                    despite=facts.get("despite", ""),
                    by=request.user,
                    at=timezone.now(),
                )
                return redirect("office-cart", congress.code, pk)
        except REFUSALS as error:
            form.add_error(None, in_words(error))
    context = {"congress": congress, "cart": booking, "form": form, "offer": offer}
    return render(request, "office/bookings/take.html", context, status=422 if form.is_bound else 200)


@of_congress
@require_POST
def order(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    booking = _cart(request, congress, pk)
    if booking.placed_at is not None:
        return redirect("office-booking", booking.number)
    form = OrderForm(request.POST, methods=programme(congress).methods)
    if not form.is_valid():
        return _show(request, congress, booking, form, 422)
    try:
        placed = _place(request, booking, form)
    except NotComplete as error:
        for problem in error.problems:
            form.add_error(None, problem)
    except PriceChanged:
        form.add_error(None, _("The total changed since this page was shown: read it again, then order."))
        form.data = {**request.POST.dict(), "shown": str(look(booking).total)}
    except REFUSALS as error:
        form.add_error(None, in_words(error))
    except AlreadyPlaced:
        return redirect("office-cart", congress.code, pk)
    else:
        messages.success(request, _("Booking %(number)s is placed.") % {"number": placed.number})
        return redirect("office-booking", placed.number)
    return _show(request, congress, booking, form, 422)


@transaction.atomic
def _place(request: StaffRequest, booking: Booking, form: OrderForm) -> Booking:
    """Order, and say how the money will come: a means that waits is announced."""
    facts, now = form.cleaned_data, timezone.now()
    method = form.methods[facts["method"]]
    assert booking.client is not None
    shown: Decimal = facts["shown"]
    return place_order(
        booking,
        buyer=booking.client,
        method=method,
        terms=LegalText.objects.filter(congress=booking.congress, kind=LegalText.Kind.TERMS).first(),
        shown=shown,
        by=request.user,
        at=now,
        comment=facts["comment"],
        engagement=facts["engagement"],
        even_incomplete=facts["incomplete"],
        then=lambda placed: announce_order(placed, by=request.user, at=now),
    )
