"""What every page of a booking shares: who may come in, its head, its tabs with their counters, errors in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from pleniere.accounts.models import subject_of
from pleniere.booking.actions import LineGone, NotForThem, NotThatStay, TooManyOptions
from pleniere.booking.models import Booking
from pleniere.catalogue.models import Service
from pleniere.common.shown import day
from pleniere.congress.pricing import NotSold
from pleniere.invoicing.queries import invoices_of
from pleniere.messaging.models import Message
from pleniere.payment.models import Attempt, Receipt
from pleniere.payment.queries import PayerDue, payers_of
from pleniere.registration.telling import questions, told_of
from pleniere.stock.actions import NotEnough

from ..door import StaffRequest, staff

ORDER = ("HELD", "OPTION", "WAITING", "FIRM", "CANCELLED", "DRAFT")


def of_booking(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page of one placed booking: the view gets the booking instead of its number; another congress's is a 404."""

    @wraps(view)
    def wrapped(request: StaffRequest, number: str, *args: Any, **kwargs: Any) -> HttpResponse:
        rows = Booking.objects.visible_to(request.user).placed().select_related("congress", "client", "seller", "terms_accepted")
        return view(request, get_object_or_404(rows, number=number), *args, **kwargs)

    return staff(wrapped)


@dataclass(frozen=True)
class Tab:
    label: str
    href: str
    count: int | None
    is_here: bool


def frame(booking: Booking, here: str) -> dict[str, Any]:
    """The context of a booking's page: its state, its payers, its tabs, what its client asks and does not know yet."""
    payers = payers_of(booking, at=timezone.now())
    counts = {
        "office-booking": booking.lines.count(),
        "office-booking-payments": payments_count(booking),
        "office-booking-documents": invoices_of(booking).count(),
        "office-booking-changes": booking.changes.count(),
        "office-booking-mails": Message.objects.filter(about=subject_of(booking)).count(),
    }
    labels = {
        "office-booking-general": _("General"),
        "office-booking": _("Content"),
        "office-booking-payments": pgettext("of a booking", "Payments"),
        "office-booking-documents": _("Documents"),
        "office-booking-changes": _("Changes"),
        "office-booking-mails": _("Mails"),
        "office-booking-suppliers": _("Suppliers"),
    }
    tabs = [Tab(label, reverse(name, args=[booking.number]), counts.get(name), name == here) for name, label in labels.items()]
    return {
        "booking": booking,
        "congress": booking.congress,
        "here": "office-bookings",
        "tabs": tabs,
        "payers": payers,
        "state": state_of(booking.lines.values_list("state", flat=True)),
        "money": money_state(payers),
        "paid_late": any(payer.paid > payer.total for payer in payers) and booking.lines.filter(lapsed_at__isnull=False).exists(),
        "untold": len(told_of(booking).changes),
        "asked": list(questions().filter(booking=booking).order_by("pk")),
    }


def payments_count(booking: Booking) -> int:
    """What the payments tab lists: money that came, and money still announced."""
    announced = Attempt.objects.filter(payer__booking=booking, state=Attempt.State.OPEN).count()
    return Receipt.objects.filter(payer__booking=booking).count() + announced


def state_of(states: Any) -> str:
    """One word for a booking, from its lines: what still needs somebody comes first."""
    found = set(states)
    return next((state for state in ORDER if state in found), "CANCELLED")


def money_state(payers: list[PayerDue]) -> str:
    """One word for all payers; none when there is nothing to pay and nothing came."""
    if not any(payer.total or payer.paid for payer in payers):
        return ""
    states = {str(payer.state) for payer in payers if payer.total or payer.paid}
    for state in ("OVERPAID", "PART", "DUE"):
        if state in states:
            return "PART" if state == "DUE" and "PAID" in states else state
    return "PAID"


def in_words(error: Exception) -> str:
    """Why an action was refused, as the desk says it."""
    if isinstance(error, NotEnough):
        names = {service.pk: str(service) for service in Service.objects.filter(pk__in=[night.service for night in error.nights])}
        nights = ", ".join(f"{names.get(night.service, '?')}, {day(night.day)}" for night in error.nights[:8])
        return _("No room left: %(nights)s. Nothing was changed.") % {"nights": nights}
    if isinstance(error, NotSold):
        return _("There is no price for these dates: it is not sold then. Nothing was changed.")
    if isinstance(error, NotForThem):
        return _("This is not open to %(who)s. Nothing was changed.") % {"who": error}
    if isinstance(error, NotThatStay):
        return _("%(why)s. To do it all the same, say why below.") % {"why": error}
    if isinstance(error, LineGone):
        return _("This line was cancelled meanwhile, or is a fee: it does not change.")
    if isinstance(error, TooManyOptions):
        return _("Too many rooms would be held without money. Nothing was changed.")
    return str(error)


REFUSALS = (LineGone, NotEnough, NotSold, NotForThem, NotThatStay, TooManyOptions)
