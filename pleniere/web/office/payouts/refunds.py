"""Money that goes back by transfer: to a payer who paid too much, to the sender of money of nobody."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pleniere.accounts.rights import require
from pleniere.booking.models import Booking, Payer
from pleniere.congress.models import Congress
from pleniere.payment.models import Receipt
from pleniere.payment.queries import refundable, rest_of
from pleniere.payout.actions import CannotPay, prepare_refund, prepare_send_back
from pleniere.payout.models import Payout

from ..door import of_congress
from .forms import RefundForm
from .shared import who


@of_congress
@require_http_methods(["GET", "POST"])
def refund(request: HttpRequest, congress: Congress, pk: int) -> HttpResponse:
    """A transfer back to a payer, of no more than it has paid too much."""
    bookings = Booking.objects.visible_to(request.user).filter(congress=congress)
    payer = get_object_or_404(Payer.objects.filter(booking__in=bookings).select_related("client", "booking__congress"), pk=pk)
    words = {
        "title": _("Refund %(client)s") % {"client": payer.client},
        "about": _("Booking %(number)s") % {"number": payer.booking.number},
    }
    return _page(request, congress, refundable(payer), str(payer.client), words, lambda **facts: prepare_refund(payer, **facts))


@of_congress
@require_http_methods(["GET", "POST"])
def back(request: HttpRequest, congress: Congress, pk: int) -> HttpResponse:
    """A transfer of money of nobody back to its sender."""
    rows = Receipt.objects.visible_to(request.user).filter(payer=None, supplier=None, amount__gt=0)
    receipt = get_object_or_404(rows, pk=pk)
    words = {"title": _("Send back the money of %(sender)s") % {"sender": receipt.drawer or "–"}, "about": receipt.note}
    return _page(
        request, congress, rest_of(receipt), receipt.drawer, words, lambda **facts: prepare_send_back(receipt, congress, **facts)
    )


def _page(
    request: HttpRequest, congress: Congress, most: Decimal, holder: str, words: dict[str, str], prepare: Callable[..., Payout]
) -> HttpResponse:
    require(request.user, "payout.prepare", congress)
    form = RefundForm(request.POST or None, initial={"amount": most, "holder": holder[:70]})
    if request.method == "POST" and form.is_valid():
        facts: dict[str, Any] = {"by": who(request), "at": timezone.now(), **form.cleaned_data}
        try:
            payout = prepare(**facts)
            messages.success(request, _("The refund is drafted: it leaves with the next file, once approved."))
            return redirect("office-payout", congress.code, payout.pk)
        except CannotPay as error:
            form.add_error(None, str(error))
    context = {"congress": congress, "form": form, "most": most, **words}
    return render(request, "office/payouts/refund.html", context, status=422 if form.is_bound else 200)
