"""The organiser's account: what it pays, how many come and who they are, and its invoice."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from pleniere.accounts.rights import can
from pleniere.booking.actions import LineGone, Outdated, change_line, set_attendees
from pleniere.booking.models import Booking, Line
from pleniere.booking.pasted import Wrong, read_attendees
from pleniere.catalogue.models import Service
from pleniere.common.money import ZERO, total
from pleniere.congress.models import Congress
from pleniere.congress.pricing import NotSold
from pleniere.invoicing.actions import NoHouse, issue_invoices
from pleniere.invoicing.queries import invoices_of, to_bill
from pleniere.ledger.actions import MonthClosed
from pleniere.payout.statement import statement_name, statement_of, statement_pdf
from pleniere.quote.models import Quote
from pleniere.stock.actions import NotEnough

from ..door import StaffRequest, acting, of_congress
from .forms import NamesForm, NumberForm

PACKAGE = Service.Kind.PACKAGE


@of_congress
@require_safe
def account(request: StaffRequest, congress: Congress) -> HttpResponse:
    booking = _booking(congress)
    if booking is None:
        quote = congress.quotes.exclude(state=Quote.State.DRAFT).first() or congress.quotes.first()
        return render(request, "office/account/none.html", {"congress": congress, "quote": quote})
    return _page(request, congress, booking)


@of_congress
@require_safe
def statement(request: StaffRequest, congress: Congress) -> HttpResponse:
    """Both sides, as the organiser reads them."""
    if not can(request.user, "booking.see", congress):
        raise PermissionDenied
    return render(request, "office/account/statement.html", {"congress": congress, "statement": statement_of(congress)})


@of_congress
@require_safe
def statement_paper(request: StaffRequest, congress: Congress) -> HttpResponse:
    if not can(request.user, "booking.see", congress):
        raise PermissionDenied
    headers = {"Content-Disposition": f'inline; filename="{statement_name(congress)}"'}
    return HttpResponse(statement_pdf(congress, at=timezone.now()), content_type="application/pdf", headers=headers)


@of_congress
@require_POST
def number(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    """So many persons come, on so many days: struck and charged anew at the price agreed."""
    booking = _found(congress)
    line = get_object_or_404(booking.lines.filter(offer__service__kind=PACKAGE), pk=pk)
    form = NumberForm(request.POST, prefix=f"l{pk}")
    if form.is_valid():
        said = form.cleaned_data
        try:
            change_line(booking, line, heads=said["persons"], quantity=said["days"], reason=said["reason"], **acting(request))
            messages.success(request, _("Counted anew: the price follows."))
            return redirect("office-organiser-account", congress.code)
        except LineGone:
            form.add_error(None, _("This line is cancelled, or a fee."))
        except NotSold:
            form.add_error(None, _("It has no price in this congress any more."))
        except NotEnough:
            form.add_error(None, _("There are not that many places."))
    return _page(request, congress, booking, number=form, line=pk)


@of_congress
@require_POST
def names(request: StaffRequest, congress: Congress) -> HttpResponse:
    """Everybody who comes, pasted: all or nothing, and what is wrong is said by cell."""
    booking = _found(congress)
    form = NamesForm(request.POST)
    wrong: list[Wrong] = []
    if form.is_valid():
        found, wrong = read_attendees(form.cleaned_data["names"])
        if not wrong:
            try:
                named = set_attendees(booking, found, seen=form.cleaned_data["version"], **acting(request))
                words = ngettext("%(n)d person is named.", "%(n)d persons are named.", len(named)) % {"n": len(named)}
                messages.success(request, words)
                return redirect("office-organiser-account", congress.code)
            except Outdated:
                form.add_error(None, _("Somebody changed this account meanwhile: look at it, then paste again."))
    return _page(request, congress, booking, names=form, wrong=wrong)


@of_congress
@require_POST
def invoices(request: StaffRequest, congress: Congress) -> HttpResponse:
    """Bill all that waits on the account: one document per selling mode and issuer."""
    try:
        billed = issue_invoices(_found(congress), **acting(request))
    except (MonthClosed, NoHouse) as error:
        messages.error(request, str(error))
        return redirect("office-organiser-account", congress.code)
    made = [str(document.reference) for document in billed.invoices]
    if made:
        messages.success(request, _("Issued: %(documents)s.") % {"documents": ", ".join(made)})
    if billed.confirmations:
        messages.success(
            request, _("What is sold in a supplier’s name without its mandate is posted, without a document of ours.")
        )
    return redirect("office-organiser-account", congress.code)


def _booking(congress: Congress) -> Booking | None:
    return congress.bookings.filter(kind=Booking.Kind.MASTER).select_related("client", "congress").first()


def _found(congress: Congress) -> Booking:
    return get_object_or_404(congress.bookings.select_related("client", "congress"), kind=Booking.Kind.MASTER)


def _page(request: StaffRequest, congress: Congress, booking: Booking, **more: Any) -> HttpResponse:
    if not can(request.user, "booking.see", booking):
        raise PermissionDenied
    lines = list(
        booking.lines.counted()
        .filter(purchase=None)
        .select_related("offer__service__supplier", "rate")
        .prefetch_related("charges")
        .order_by("pk")
    )
    rows = [_row(line, more) for line in lines]
    persons = list(booking.persons.all())
    heads = max((line.heads for line in lines if line.offer.service.kind == PACKAGE), default=0)
    bill = total(charge.total for charge in to_bill().filter(line__booking=booking)) or ZERO
    refused = [form for form in (more.get("number"), more.get("names")) if form is not None]
    facts = {
        "congress": congress,
        "booking": booking,
        "rows": rows,
        "total": total(row["total"] for row in rows),
        "persons": persons,
        "heads": heads,
        "names": NamesForm(initial={"names": _as_pasted(persons), "version": booking.version}),
        "documents": list(invoices_of(booking)),
        "to_bill": bill,
        "can_edit": can(request.user, "booking.edit", booking),
        "can_bill": can(request.user, "invoicing.issue", booking),
        **more,
    }
    return render(request, "office/account/account.html", facts, status=422 if refused else 200)


def _row(line: Line, more: dict[str, Any]) -> dict[str, Any]:
    """A line with its live charges, and the form of its number where it is a package."""
    charges = [charge for charge in line.charges.all() if charge.struck_at is None]
    form = None
    if line.offer.service.kind == PACKAGE:
        form = NumberForm(initial={"persons": line.heads, "days": line.quantity}, prefix=f"l{line.pk}")
        form = more["number"] if more.get("line") == line.pk else form
    return {"line": line, "charges": charges, "total": total(charge.total for charge in charges), "form": form}


def _as_pasted(persons: list[Any]) -> str:
    names = ("last_name", "first_name", "email", "institution", "phone")
    return "\n".join("\t".join(getattr(person, name) for name in names).rstrip("\t") for person in persons)
