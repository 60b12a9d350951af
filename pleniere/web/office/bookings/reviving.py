"""Paid after its time: what can come back is chosen by an agent, who sees what it does before the yes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from pleniere.booking.actions import Lost, lost_lines
from pleniere.booking.models import Booking
from pleniere.payment.actions import bring_back_paid, late_payer, priced_on
from pleniere.payment.queries import payer_sums
from pleniere.web.forms import Form

from ..door import StaffRequest
from .deciding import decide
from .frame import of_booking


class RevivalForm(Form):
    """What comes back: ticked ahead wherever there is room."""

    reason = forms.CharField(label=gettext_lazy("Reason"), required=False, max_length=500)

    def __init__(self, *args: Any, lost: list[Lost], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.lost = lost
        for each in lost:
            self.fields[f"line{each.line.pk}"] = forms.BooleanField(
                label=str(each.line.offer), required=False, initial=each.can_come_back, disabled=not each.can_come_back
            )

    def rows(self) -> list[tuple[Lost, Any]]:
        return [(each, self[f"line{each.line.pk}"]) for each in self.lost]

    def chosen(self) -> list[int]:
        return [each.line.pk for each in self.lost if self.cleaned_data.get(f"line{each.line.pk}")]

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if not any(facts.get(f"line{each.line.pk}") for each in self.lost):
            self.add_error(None, _("Choose at least one line; to give all of the money back, go to the refunds."))
        return facts


@of_booking
@require_http_methods(["GET", "POST"])
def revival(request: StaffRequest, booking: Booking) -> HttpResponse:
    """The lapsed lines of who paid late: what is left of them, at what price, and what the money covers."""
    payer, now = late_payer(booking), timezone.now()
    lost = lost_lines(booking, on=priced_on(payer, at=now)) if payer else []
    if payer is None or not lost:
        messages.info(request, _("Nothing is left to decide: no money waits, or nothing has lapsed."))
        return redirect("office-booking", booking.number)
    form = RevivalForm(request.POST or None, lost=lost)

    def act(seen: int | None) -> Any:
        facts = {"seen": seen, "reason": form.cleaned_data["reason"], "by": request.user, "at": timezone.now()}
        return bring_back_paid(booking, payer, form.chosen(), **facts)

    return decide(
        request,
        booking,
        form,
        act,
        template="office/bookings/revival.html",
        done=_("Brought back. What was paid beyond it stands among the refunds to make."),
        money_left=payer_sums([booking.pk])[payer.pk].refundable,
        payer=payer,
        some_left=any(each.can_come_back for each in lost),
    )
