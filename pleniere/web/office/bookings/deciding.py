"""A change is rehearsed, shown, and done once it does what was shown: one way for adding, changing and cancelling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from pleniere.booking.actions import EffectDiffers, Outdated, act_as_shown, rehearse
from pleniere.booking.models import Booking
from pleniere.web.forms import Form
from pleniere.web.typed import number

from .frame import REFUSALS, frame, in_words
from .words import told


def decide(
    request: HttpRequest,
    booking: Booking,
    form: Form,
    act: Callable[[int | None], Any],
    *,
    template: str,
    done: str,
    **context: Any,
) -> HttpResponse:
    """Show the form; once it is valid, what `act(seen)` would do; once that was seen, do it and say `done`.

    Somebody else's change in between is told, what was typed stays, and the effect is shown anew.
    """
    context |= frame(booking, "office-booking") | {"form": form, "seen": booking.version}
    if request.method != "POST":
        return render(request, template, context)
    if not form.is_valid():
        return render(request, template, context, status=422)
    seen = number(request.POST.get("seen", ""))
    try:
        if shown := request.POST.get("shown", ""):
            act_as_shown(booking, lambda: act(seen), shown=shown)
            messages.success(request, done)
            return redirect("office-booking", booking.number)
        context["effect"] = rehearse(booking, lambda: act(seen))
    except Outdated as error:
        context["theirs"] = [told(change, booking.congress) for change in error.changes]
        context["effect"] = _effect_of_now(booking, act, form)
    except EffectDiffers as error:
        context["effect"], context["differs"] = error.effect, True
    except REFUSALS as error:
        form.add_error(None, in_words(error))
    return render(request, template, context, status=422 if form.errors or "theirs" in context or "differs" in context else 200)


def _effect_of_now(booking: Booking, act: Callable[[int | None], Any], form: Form) -> Any:
    try:
        return rehearse(booking, lambda: act(None))
    except REFUSALS as error:
        form.add_error(None, in_words(error))
    return None
