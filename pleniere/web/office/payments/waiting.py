"""What waits: money for a name, payments for their coming, options for their end."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from pleniere.booking.actions import cancel_lines, make_firm, prolong_options
from pleniere.booking.models import Booking
from pleniere.common import sheets
from pleniere.common.money import total
from pleniere.common.shown import money
from pleniere.congress.models import Congress
from pleniere.ledger.actions import MonthClosed
from pleniere.payment import actions, queries
from pleniere.payment.models import Receipt
from pleniere.web.tables import Column, Listing
from pleniere.web.typed import pk_of, pks_of

from ..door import staff
from .forms import MatchForm, OptionForm, SendBackForm
from .frame import page


@staff
@require_safe
def suspense(request: HttpRequest) -> HttpResponse:
    waiting = queries.in_suspense(request.user)
    whole = total(rest for _receipt, rest in waiting)
    facts = page(request, "office-payments-suspense", waiting=waiting, whole=whole, today=timezone.localdate())
    return render(request, "office/payments/suspense.html", facts)


@staff
@require_http_methods(["GET", "POST"])
def match(request: HttpRequest, pk: int) -> HttpResponse:
    """Whose money this is: who may be meant is proposed, anybody else is searched, the money is cut between those ticked."""
    nobody = Receipt.objects.visible_to(request.user).filter(payer=None, supplier=None, source=None, reverses=None)
    receipt = get_object_or_404(nobody, pk=pk)
    rest, act = queries.rest_of(receipt), request.POST.get("act", "")
    back = SendBackForm(request.POST if act == "back" else None, today=timezone.localdate(), initial={"amount": rest})
    found, guessed = _candidates(request, receipt, rest)
    given = request.POST if act == "search" else {}
    form = MatchForm(
        request.POST if act == "match" else None, found=found, rest=rest, ticked=guessed, given=given, initial=_kept(given)
    )
    try:
        if act == "match" and form.is_valid() and _matched(request, receipt, form):
            return redirect("office-payments-match", pk) if queries.rest_of(receipt) else redirect("office-payments-suspense")
        if act == "back" and back.is_valid():
            return _sent_back(request, receipt, back)
    except actions.NotThatMuch as error:
        (back if act == "back" else form).add_error(None, _("Only %(rest)s of it are left.") % {"rest": money(error.rest)})
    except MonthClosed as error:
        back.add_error("on", str(error))
    facts = {
        "receipt": receipt,
        "rest": rest,
        "form": form,
        "back": back,
        "guessed": guessed,
        "guessed_sum": min(found[0][1].left, rest) if guessed else None,
        "searched": act == "search",
    }
    facts["congresses_open"] = Congress.objects.staffed_by(request.user).exclude(state=Congress.State.OVER)[:3]
    refused = (act == "match" and bool(form.errors)) or bool(back.errors)
    return render(request, "office/payments/match.html", page(request, "", **facts), status=422 if refused else 200)


def _kept(given: Any) -> dict[str, str]:
    """The form's key and search, through a search."""
    return {name: given[name][:200] for name in ("q", "key") if given.get(name)}


def _candidates(request: HttpRequest, receipt: Receipt, rest: Any) -> tuple[list[Any], bool]:
    """Who is shown: those ticked already and those searched; at first, those the wording points at (ticked if it is one)."""
    if request.method == "GET" or request.POST.get("act") == "back":
        found = queries.suggest_payers(request.user, receipt, rest)
        return found, len(found) == 1
    listed = [name[5:] for name in request.POST if name.startswith("pick_")]
    if request.POST.get("act") == "match":
        listed += [name[7:] for name in request.POST if name.startswith("amount_")]
    kept = queries.payers_by_pk(request.user, pks_of(listed)[:100])
    searched = queries.find_payers(request.user, request.POST.get("q", "")[:200]) if request.POST.get("act") == "search" else []
    known = {payer.pk for payer, _sums in kept}
    return [*kept, *(pair for pair in searched if pair[0].pk not in known)], False


def _matched(request: HttpRequest, receipt: Receipt, form: MatchForm) -> bool:
    parts = form.parts
    if not parts:
        form.add_error(None, _("Tick whose money it is."))
        return False
    who: dict[str, Any] = {"by": request.user, "at": timezone.now()}
    actions.match(receipt, parts, key=form.cleaned_data["key"], **who)
    sum_ = money(total(parts.values()))
    said = ngettext("%(sum)s matched to %(n)d booking.", "%(sum)s matched to %(n)d bookings.", len(parts))
    messages.success(request, said % {"sum": sum_, "n": len(parts)})
    return True


def _sent_back(request: HttpRequest, receipt: Receipt, back: SendBackForm) -> HttpResponse:
    facts = back.cleaned_data
    who: dict[str, Any] = {"key": f"back:{facts['key']}", "by": request.user, "at": timezone.now()}
    actions.send_back(receipt, amount=facts["amount"], on=facts["on"], **who)
    messages.success(request, _("%(amount)s sent back to their sender.") % {"amount": money(facts["amount"])})
    return redirect("office-payments-suspense")


ANNOUNCED = (
    Column(gettext_lazy("Reference"), "payer.reference", is_name=True),
    Column(gettext_lazy("Payer"), "payer.client", sort="payer__client__search"),
    Column(gettext_lazy("Booking"), "payer.booking.number", sort="payer__booking__number"),
    Column(gettext_lazy("Means"), "get_kind_display", sort="kind"),
    Column(gettext_lazy("Announced on"), "opened_at", sheets.MOMENT, sort="opened_at"),
    Column(gettext_lazy("Expected by"), "expected_by", sheets.DATE, sort="expected_by"),
    Column(gettext_lazy("Amount"), "amount", sheets.MONEY, sort="amount", total=True),
)


@staff
@require_safe
def announced(request: HttpRequest) -> HttpResponse:
    """Payments to come: they count for nothing until they are received."""
    listing = Listing(
        request,
        queries.announced(request.user),
        ANNOUNCED,
        title=_("Announced payments"),
        name="announced",
        sort="expected_by",
        search="payer__booking__search",
    )
    facts = page(request, "office-payments-announced", listing=listing, today=timezone.localdate())
    return listing.export() or render(request, "office/payments/announced.html", facts)


@staff
@require_http_methods(["GET", "POST"])
def options(request: HttpRequest) -> HttpResponse:
    """Options that end within a week: give them time, make them firm, or give the rooms back. Each asks why."""
    form = OptionForm(request.POST or None, today=timezone.localdate())
    if form.is_valid():
        booking = get_object_or_404(Booking.objects.visible_to(request.user).placed(), pk=form.cleaned_data["booking"])
        messages.success(request, _decide(request, booking, form.cleaned_data))
        return redirect("office-payments-options")
    ending = queries.ending_options(request.user, at=timezone.now())
    facts = {"ending": ending, "form": form, "later": timezone.localdate() + timedelta(days=7)}
    facts |= {"refused": pk_of(form.data.get("booking")) if form.is_bound else 0}
    return render(
        request,
        "office/payments/options.html",
        page(request, "office-payments-options", **facts),
        status=422 if form.is_bound else 200,
    )


def _decide(request: HttpRequest, booking: Booking, facts: dict[str, Any]) -> str:
    lines = list(booking.lines.filter(state="OPTION").values_list("pk", flat=True))
    who: dict[str, Any] = {"reason": facts["reason"], "by": request.user, "at": timezone.now()}
    if facts["act"] == "prolong":
        until = datetime.combine(facts["until"] + timedelta(days=1), time.min, booking.congress.zone)
        prolong_options(booking, lines, until=until, **who)
        return _("%(booking)s: kept longer.") % {"booking": booking}
    if facts["act"] == "confirm":
        make_firm(booking, lines, **who)
        return _("%(booking)s: firm, its money still due.") % {"booking": booking}
    cancel_lines(booking, lines, fees={}, **who)
    return _("%(booking)s: cancelled, its rooms are free again.") % {"booking": booking}
