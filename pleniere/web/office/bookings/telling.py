"""What a client is told of a booking: the updated confirmation, the answer to a question. Each is seen before it leaves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from pleniere.accounts.rights import can
from pleniere.booking.models import Booking, Change
from pleniere.common.shown import moment
from pleniere.registration import telling
from pleniere.web.forms import Form
from pleniere.web.typed import number

from ..door import StaffRequest, acting
from .frame import frame, of_booking
from .words import told


class WordForm(Form):
    word = forms.CharField(
        label=gettext_lazy("A word to the client"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("What changed, and why. It stands above the booking."),
    )


class AnswerForm(Form):
    """The answer as the client reads it; for a question that is done without one, a note for us."""

    text = forms.CharField(
        label=gettext_lazy("Answer"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 6})
    )

    def wants_mail(self) -> bool:
        return self.data.get("do") != "done"

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if self.wants_mail() and not facts.get("text"):
            self.add_error("text", _("Write the answer, or mark the question as done."))
        return facts


@of_booking
@require_http_methods(["GET", "POST"])
def update(request: StaffRequest, booking: Booking) -> HttpResponse:
    """The confirmation of the booking as it stands: what changed since the last one, the mail, the button that sends it."""
    now = telling.told_of(
        booking, booking.changes.filter(verb__in=[*telling.TELLING, telling.SENT]).select_related("line__offer")
    )
    form = WordForm(request.POST or None)
    if form.is_valid() and request.POST.get("do") == "send" and (answer := _send(request, booking, form)):
        return answer
    word = form.cleaned_data["word"] if form.is_valid() else ""
    context = {
        "form": form,
        "told": now,
        "rows": [told(change, booking.congress) for change in now.changes],
        "mail": telling.preview_update(booking, word=word),
        "may_edit": can(request.user, "booking.edit", booking),
    }
    status = 422 if form.errors else 200
    return render(request, "office/bookings/update.html", frame(booking, "office-booking-mails") | context, status=status)


def _send(request: StaffRequest, booking: Booking, form: WordForm) -> HttpResponse | None:
    """None when the page has to be looked at anew."""
    state = number(request.POST.get("state", ""))
    try:
        telling.send_update(booking, state=state or 0, word=form.cleaned_data["word"], **acting(request))
        messages.success(request, _("The updated confirmation is on its way."))
    except telling.ToldAlready:
        messages.info(request, _("This state was confirmed already: nothing was sent a second time."))
    except telling.NoAddress:
        form.add_error(None, _("The client has no e-mail address: print the confirmation, or write it on their sheet."))
        return None
    except telling.ChangedMeanwhile:
        form.add_error(None, _("The booking changed since you looked: nothing was sent. Read it again."))
        return None
    return redirect("office-booking", booking.number)


@of_booking
@require_http_methods(["GET", "POST"])
def question(request: StaffRequest, booking: Booking, pk: int) -> HttpResponse:
    """One question of the client: answered by mail, or marked as done."""
    asked = get_object_or_404(booking.changes.select_related("booking__congress", "booking__client"), pk=pk, verb=telling.ASKED)
    form = AnswerForm(request.POST or None)
    if form.is_valid() and request.POST.get("do") in ("send", "done") and (answer := _close(request, asked, form)):
        return answer
    text = form.cleaned_data["text"] if form.is_valid() else ""
    context = {
        "form": form,
        "asked": asked,
        "words": telling.words_of(asked),
        "closed": Change.objects.filter(key=f"answer-{asked.pk}").first(),
        "mail": telling.preview_answer(asked, text=text) if text else None,
        "may_edit": can(request.user, "booking.edit", booking),
    }
    status = 422 if form.errors else 200
    return render(request, "office/bookings/question.html", frame(booking, "office-booking-changes") | context, status=status)


def _close(request: StaffRequest, asked: Change, form: AnswerForm) -> HttpResponse | None:
    text, here = form.cleaned_data["text"], redirect("office-booking", asked.booking.number)
    try:
        if form.wants_mail():
            telling.answer_question(asked, text, **acting(request))
            messages.success(request, _("The answer is on its way, the question is closed."))
        else:
            telling.close_question(asked, note=text, **acting(request))
            messages.success(request, _("The question is closed."))
    except telling.ClosedAlready as error:
        messages.warning(
            request,
            _("%(who)s closed this question on %(when)s: nothing was sent.") % {"who": error.by.by, "when": moment(error.by.at)},
        )
    except telling.NoAddress:
        form.add_error(None, _("The client has no e-mail address: answer by phone, then mark the question as done."))
        return None
    return here
