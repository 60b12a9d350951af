"""Lines of a placed booking: one more, another, none. Each is shown with its effect before the yes."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from pleniere.accounts.rights import can
from pleniere.booking.actions import Fee, add_line, cancel_lines, change_line, fees_by_terms
from pleniere.booking.models import Booking, Line, Person
from pleniere.catalogue.models import Rate
from pleniere.common.nights import DAY
from pleniere.congress.models import Offer
from pleniere.congress.programme import Programme, programme
from pleniere.draw.queries import open_draws
from pleniere.web.forms import DayField, Form, MoneyField, despite_field
from pleniere.web.typed import pk_of, pks_of

from ..door import StaffRequest
from .deciding import decide
from .frame import of_booking

MOST = 500  # of one line


class LineForm(Form):
    """What is taken: formula, dates, who, how many, why. Built for one offer; `ruled`: its hotels have rules of stay."""

    rate = forms.ChoiceField(label=gettext_lazy("Formula"))
    start = DayField(label=gettext_lazy("From"))
    end = DayField(
        label=gettext_lazy("To (departure)"),
        help_text=gettext_lazy("For a room: the day of departure. For a meal or a visit: its day."),
    )
    persons = forms.MultipleChoiceField(label=gettext_lazy("For"), required=False, widget=forms.CheckboxSelectMultiple)
    quantity = forms.IntegerField(
        label=gettext_lazy("Quantity"),
        min_value=1,
        max_value=MOST,
        initial=1,
        help_text=gettext_lazy("More than one only for people who are not named."),
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), required=False, max_length=500)

    def __init__(self, *args: Any, offer: Offer, rates: list[Rate], people: list[Person], ruled: bool = False, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.offer, self.rates, self.people = offer, {str(rate.pk): rate for rate in rates}, {str(p.pk): p for p in people}
        self.fields["rate"].choices = [(pk, f"{rate} ({rate.code})") for pk, rate in self.rates.items()]  # type: ignore[attr-defined]
        self.fields["persons"].choices = [(pk, str(person)) for pk, person in self.people.items()]  # type: ignore[attr-defined]
        if ruled and offer.service.kind == "ROOM":
            self.fields["despite"] = despite_field()

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        rate, start, end = self.rates.get(facts.get("rate", "")), facts.get("start"), facts.get("end")
        if rate and start and end:
            facts["end"] = end if rate.by_night or self.offer.starts is None else start + DAY
            if facts["end"] <= start:
                self.add_error("end", _("The departure comes after the arrival."))
            elif (facts["end"] - start).days > 60:
                self.add_error("end", _("More than sixty nights: please check the dates."))
        if facts.get("quantity", 1) > 1 and facts.get("persons"):
            self.add_error("quantity", _("Named people have a line each: leave the quantity at one, or name nobody."))
        return facts

    def taken(self) -> dict[str, Any]:
        """What the action takes."""
        facts = self.cleaned_data
        return {
            "rate": self.rates[facts["rate"]],
            "start": facts["start"],
            "end": facts["end"],
            "persons": [self.people[pk] for pk in facts["persons"]],
            "quantity": facts["quantity"],
            "reason": facts["reason"],
            "despite": facts.get("despite", ""),
        }


def rates_of(plan: Programme, offer: Offer) -> list[Rate]:
    return plan.rates.get(offer.service_id, []) or list(offer.service.rates.all())


def offers_by_step(plan: Programme) -> list[tuple[str, list[Offer]]]:
    return [(str(step), plan.offers_of(step)) for step in plan.steps if plan.offers_of(step)]


def days_of(offer: Offer, booking: Booking) -> tuple[date, date]:
    """The dates to begin with: the offer's own day, else those of the congress."""
    if offer.starts and offer.ends:
        return offer.starts, offer.ends
    return booking.congress.starts, booking.congress.ends - timedelta(days=1 if offer.service.kind == "ROOM" else 0)


@of_booking
@require_http_methods(["GET", "POST"])
def new(request: StaffRequest, booking: Booking) -> HttpResponse:
    """Choose an offer, then how; `?offer=` holds the choice."""
    plan = programme(booking.congress)
    offer = plan.offers.get(pk_of(request.GET.get("offer", "")))
    if offer is None:
        return (
            decide(
                request,
                booking,
                Form(),
                lambda seen: None,
                template="office/bookings/choose.html",
                done="",
                steps=offers_by_step(plan),
                draws=open_draws(plan, timezone.now()),
            )
            if request.method == "GET"
            else HttpResponse(status=405)
        )
    start, end = days_of(offer, booking)
    people = list(booking.persons.all())
    initial = {"start": start, "end": end, "persons": [str(people[0].pk)] if len(people) == 1 else []}
    form = LineForm(
        request.POST or None,
        offer=offer,
        rates=rates_of(plan, offer),
        people=people,
        ruled=bool(plan.stays),
        initial=initial,
    )

    def act(seen: int | None) -> Any:
        return add_line(booking, offer, **form.taken(), seen=seen, by=request.user, at=timezone.now())

    return decide(
        request,
        booking,
        form,
        act,
        template="office/bookings/line.html",
        done=_("The line was added."),
        offer=offer,
        title=_("Add: %(what)s") % {"what": offer},
        action=_("Add the line"),
    )


@of_booking
@require_http_methods(["GET", "POST"])
def change(request: StaffRequest, booking: Booking, pk: int) -> HttpResponse:
    line = get_object_or_404(booking.lines.select_related("offer__service__supplier", "rate"), pk=pk)
    plan = programme(booking.congress)
    people, rates = list(booking.persons.all()), rates_of(plan, line.offer)
    on_it = [str(each) for each in line.persons.values_list("pk", flat=True)]
    initial = {"rate": str(line.rate_id), "start": line.start, "end": line.end, "persons": on_it, "quantity": line.quantity}
    rates = rates if line.rate in rates else [line.rate, *rates]
    form = LineForm(
        request.POST or None,
        offer=line.offer,
        rates=rates,
        people=people,
        ruled=bool(plan.stays),
        initial=initial,
    )

    def act(seen: int | None) -> Any:
        return change_line(booking, line, **form.taken(), seen=seen, by=request.user, at=timezone.now())

    context = {"line": line, "offer": line.offer, "is_alive": line.state in ("HELD", "OPTION", "FIRM") and not line.is_penalty}
    return decide(
        request,
        booking,
        form,
        act,
        template="office/bookings/line.html",
        done=_("The line was changed."),
        title=_("Change: %(what)s") % {"what": line.offer},
        action=_("Change the line"),
        **context,
    )


class CancelForm(Form):
    """Which lines, what is kept of each and how much of that is the supplier's, and why."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        help_text=gettext_lazy("Compulsory: it stands in the booking’s history."),
        widget=forms.TextInput(attrs={"aria-required": "true"}),
    )

    def __init__(self, *args: Any, lines: list[Line], fees: dict[int, Fee], may_waive: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.lines, self.terms, self.may_waive = lines, fees, may_waive
        nothing = Fee(Decimal(0), Decimal(0))
        for line in lines:
            fee = fees.get(line.pk, nothing)
            self.fields[f"line{line.pk}"] = forms.BooleanField(label=str(line.offer), required=False, initial=True)
            self.fields[f"fee{line.pk}"] = _money(_("Kept of %(what)s") % {"what": line.offer}, fee.amount)
            self.fields[f"share{line.pk}"] = _money(
                _("of which for the supplier of %(what)s") % {"what": line.offer}, fee.supplier_share
            )

    def rows(self) -> list[tuple[Line, Any, Any, Any]]:
        return [(line, self[f"line{line.pk}"], self[f"fee{line.pk}"], self[f"share{line.pk}"]) for line in self.lines]

    def chosen(self) -> list[int]:
        return [line.pk for line in self.lines if self.cleaned_data.get(f"line{line.pk}")]

    def fees(self) -> dict[int, Fee]:
        facts = self.cleaned_data
        return {pk: Fee(facts.get(f"fee{pk}") or Decimal(0), facts.get(f"share{pk}") or Decimal(0)) for pk in self.chosen()}

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if not any(facts.get(f"line{line.pk}") for line in self.lines):
            self.add_error(None, _("Choose at least one line."))
        for line in self.lines:
            fee, share = facts.get(f"fee{line.pk}") or Decimal(0), facts.get(f"share{line.pk}") or Decimal(0)
            if share > fee:
                self.add_error(f"share{line.pk}", _("The supplier’s part is not more than what is kept."))
            due = self.terms.get(line.pk)
            if due and fee < due.amount and facts.get(f"line{line.pk}") and not self.may_waive:
                self.add_error(f"fee{line.pk}", _("Keeping less than the terms say is for a team lead."))
        return facts


def _money(label: str, initial: Decimal) -> MoneyField:
    field = MoneyField(label=label, required=False, initial=initial)
    field.widget.attrs["class"] = "input input--num"
    return field


@of_booking
@require_http_methods(["GET", "POST"])
def cancel(request: StaffRequest, booking: Booking) -> HttpResponse:
    """Cancel the lines of `?line=…&line=…`, or all that live."""
    wanted = set(pks_of(request.GET.getlist("line")))
    lines = [line for line in booking.lines.alive().select_related("offer__service__supplier", "rate") if not line.is_penalty]
    lines = [line for line in lines if line.pk in wanted] if wanted else lines
    fees, may_waive = fees_by_terms(booking, lines, at=timezone.now()), can(request.user, "booking.waive", booking)
    form = CancelForm(request.POST or None, lines=lines, fees=fees, may_waive=may_waive)

    def act(seen: int | None) -> Any:
        facts = {"fees": form.fees(), "seen": seen, "reason": form.cleaned_data["reason"]}
        return cancel_lines(booking, form.chosen(), **facts, by=request.user, at=timezone.now())

    return decide(request, booking, form, act, template="office/bookings/cancel.html", done=_("Cancelled."), lines=lines)
