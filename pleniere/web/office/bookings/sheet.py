"""The tabs of a booking: content, general, payments, changes, mails, suppliers."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from pleniere.accounts import links
from pleniere.accounts.models import Link, subject_of
from pleniere.accounts.rights import can
from pleniere.booking import queries
from pleniere.booking.actions import booking_dues
from pleniere.booking.dues import deposit
from pleniere.booking.models import Booking, Charge
from pleniere.common.money import ZERO, total
from pleniere.common.nights import days
from pleniere.common.sheets import download
from pleniere.congress.models import Method
from pleniere.invoicing.queries import invoices_of
from pleniere.messaging.models import Message
from pleniere.payment.models import Attempt, Receipt
from pleniere.registration.papers import confirmation_pdf

from ..door import StaffRequest
from .frame import frame, of_booking
from .people import NoteForm, save_note
from .words import told


@of_booking
@require_safe
def content(request: StaffRequest, booking: Booking) -> HttpResponse:
    """Lines (C) with their charges (F), by supplier and stock; what was cancelled is struck and in no total."""
    rows = queries.rows(booking)
    groups, number = [], 0
    for group in queries.by_supplier_and_pool(rows):
        shown = []
        for row in group.rows:
            number += 1
            rates = [(number + 1 + place, charge, _nights(charge)) for place, charge in enumerate(row.charges)]
            shown.append(
                {
                    "number": number,
                    "row": row,
                    "line": row.line,
                    "held": row.line.held_through(booking.congress),
                    "charges": rates,
                    "nights": row.line.rate.by_night and len(list(days(row.line.start, row.line.end))),
                }
            )
            number += len(rates)
        groups.append({"group": group, "rows": shown})
    counted = [row.line for row in rows if row.line.is_counted]
    charges = [charge for row in rows if row.line.is_counted for charge in row.charges if charge.struck_at is None]
    dues = booking_dues(booking, counted, charges)
    context = {
        "groups": groups,
        "total": total(row.total for row in rows),
        "deposit": deposit(dues, today=booking.congress.local_date(timezone.now())),
        "margin": queries.margin(booking) if can(request.user, "booking.see_money", booking) else None,
        "may_edit": can(request.user, "booking.edit", booking),
    }
    return render(request, "office/bookings/content.html", frame(booking, "office-booking") | context)


def _nights(charge: Charge) -> int:
    return (charge.end - charge.start).days if charge.rate and charge.rate.by_night else 1


@of_booking
@require_http_methods(["GET", "POST"])
def general(request: StaffRequest, booking: Booking) -> HttpResponse:
    """Who ordered, who comes, the comment, the terms accepted; the link that opens it."""
    form = NoteForm(request.POST or None, initial={"comment": booking.comment})
    if request.method == "POST" and form.is_valid() and (answer := save_note(request, booking, form)):
        return answer
    context = {
        "form": form,
        "seen": booking.version,
        "people": booking.persons.select_related("audience", "companion_of"),
        "link": links.url(links.make(Link.Purpose.BOOKING, booking))
        if request.method == "GET" and can(request.user, "booking.edit", booking)
        else "",
        "may_edit": can(request.user, "booking.edit", booking),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "office/bookings/general.html", frame(booking, "office-booking-general") | context, status=status)


@of_booking
@require_safe
def payments(request: StaffRequest, booking: Booking) -> HttpResponse:
    """What each payer owes, has announced and has paid. An announced payment counts for nothing."""
    context: dict[str, Any] = {
        "attempts": Attempt.objects.filter(payer__booking=booking)
        .exclude(state=Attempt.State.PAID)
        .select_related("payer__client"),
        "receipts": Receipt.objects.filter(payer__booking=booking).select_related("payer__client", "reverses"),
        "invoices": invoices_of(booking),
        "by_order": booking.payers.filter(Q(method=None) | Q(method__kind=Method.Kind.ORDER)).exists(),
        "options": booking.lines.filter(state__in=["OPTION", "HELD"]).select_related("offer"),
        "may_receive": can(request.user, "payment.receive", booking),
        "may_edit": can(request.user, "booking.edit", booking),
    }
    return render(request, "office/bookings/payments.html", frame(booking, "office-booking-payments") | context)


@of_booking
@require_safe
def changes(request: StaffRequest, booking: Booking) -> HttpResponse:
    rows = [told(change, booking.congress) for change in booking.changes.select_related("line__offer").order_by("-pk")]
    return render(request, "office/bookings/changes.html", frame(booking, "office-booking-changes") | {"rows": rows})


@of_booking
@require_safe
def mails(request: StaffRequest, booking: Booking) -> HttpResponse:
    found = Message.objects.filter(about=subject_of(booking)).order_by("-pk")
    return render(request, "office/bookings/mails.html", frame(booking, "office-booking-mails") | {"mails": found})


@of_booking
@require_safe
def suppliers(request: StaffRequest, booking: Booking) -> HttpResponse:
    """G1–G4: what each supplier sold us, our commission, what is left to it; margin; each commission with who overrode it."""
    if not can(request.user, "booking.see_money", booking):
        return render(request, "403.html", status=403)
    sums = queries.supplier_sums(booking)
    charges = queries.live_charges(booking).filter(commission__gt=0).select_related("line__offer", "rate", "supplier")
    context = {
        "sums": sums,
        "totals": {
            "bought": total(each.bought for each in sums),
            "commission": total(each.commission for each in sums),
            "left": total(each.left for each in sums),
        },
        "commissions": charges.order_by("start", "rate", "pk"),
        "overrides": [told(change, booking.congress) for change in booking.changes.filter(verb="commission.overridden")],
        "margin": queries.margin(booking),
        "paid": total(payer.paid for payer in frame(booking, "").get("payers", [])) or ZERO,
    }
    return render(request, "office/bookings/suppliers.html", frame(booking, "office-booking-suppliers") | context)


@of_booking
@require_safe
def confirmation(request: StaffRequest, booking: Booking) -> HttpResponse:
    return download(confirmation_pdf(booking), f"confirmation-{booking.number}.pdf", inline=True)
