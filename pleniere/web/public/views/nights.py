"""Night by night: a stay patched over several hotels, the nights that nobody has put on the waiting list in the same act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pleniere.booking.actions import Take
from pleniere.common.nights import DAY, Stay
from pleniere.common.shown import day as say_day
from pleniere.registration.patching import patch
from pleniere.registration.search import Choice, Hotel, Wish
from pleniere.registration.visit import Stage
from pleniere.waiting.actions import CannotWait, rules_of, take_and_wait

from ..door import Cart, of_cart
from ..forms import EmailForm
from .lodging import (
    REFUSALS,
    code_of,
    kept,
    lodging_stage,
    options_of,
    rooms_free,
    sleepers,
    who_is_ticked,
    why_not,
    wish_of,
    wrong_number,
)

WAIT = "w"  # before the code of a room that is full: wait for it


@dataclass
class Night:
    """One night of a stay patched together: what may be taken on it, what may be waited for."""

    day: date
    options: list[tuple[Hotel, Choice]]
    may_wait: bool = False
    chosen: str = ""

    @cached_property
    def codes(self) -> list[tuple[str, Hotel, Choice]]:
        """What is free, by price."""
        return [(code_of(choice), hotel, choice) for hotel, choice in self.options if choice.left > 0]

    @cached_property
    def full_codes(self) -> list[tuple[str, Hotel, Choice]]:
        """What is full and may be waited for."""
        full = [(hotel, choice) for hotel, choice in self.options if choice.left <= 0 and choice.offer.pool_id]
        return [(WAIT + code_of(choice), hotel, choice) for hotel, choice in full] if self.may_wait else []

    @property
    def full(self) -> list[str]:
        """Hotels without a room on this night."""
        open_ = {hotel.supplier.pk for _code, hotel, _choice in self.codes}
        return list(dict.fromkeys(str(hotel.supplier) for hotel, _choice in self.options if hotel.supplier.pk not in open_))

    @property
    def is_full(self) -> bool:
        return not self.codes

    def choice(self, *, waits: bool) -> Choice | None:
        """What is chosen of it, to be taken or to wait for."""
        among = self.full_codes if waits else [(code_of(choice), hotel, choice) for hotel, choice in self.options]
        return next((choice for code, _hotel, choice in among if code == self.chosen), None)


@dataclass
class Asked:
    """What was posted: rooms to take, rooms to wait for, for whom."""

    takes: list[Take] = field(default_factory=list)
    waits: list[Take] = field(default_factory=list)
    problem: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
@of_cart
def nights(request: HttpRequest, cart: Cart) -> HttpResponse:
    """Another hotel on another night is another line; a full night is said, and may be left out or waited for."""
    stage = lodging_stage(cart)
    form, wish = wish_of(request.GET, cart)
    if wish is None:
        return redirect(cart.step(stage.code))
    each = _nights(cart, stage, wish)
    best = patch({night.day: night.options for night in each}, cart.visit.plan.stays)
    first = {day: code_of(leg.choice) for leg in best.legs for day in Stay(leg.start, leg.end)}
    for night in each:
        night.chosen = request.POST.get(f"n{night.day:%Y%m%d}", first.get(night.day, ""))[:40]
    email = EmailForm(request.POST or None, initial={"email": cart.visit.drafts.get("contact.email", "")})
    problem = _take(request, cart, each, email) if request.method == "POST" else ""
    if request.method == "POST" and not problem:
        return redirect(cart.step(stage.code))
    facts = {
        "form": form,
        "wish": wish,
        "nights": each,
        "patch": best,
        "email": email if any(night.full_codes for night in each) else None,
        "problem": problem,
        "sleepers": sleepers(cart, wish, request.POST),
        "query": kept(request.GET),
    }
    return cart.show(request, "public/nights.html", stage, status=422 if problem else 200, **facts)


def _nights(cart: Cart, stage: Stage, wish: Wish) -> list[Night]:
    left = rooms_free(cart, wish)
    found = [Night(day, options_of(cart, stage, wish, day, left)) for day in wish.stay]
    if any(choice.left <= 0 for night in found for _hotel, choice in night.options):
        may_wait = rules_of(cart.booking.congress).is_open
        for night in found:
            night.may_wait = may_wait
    return found


def _take(request: HttpRequest, cart: Cart, each: Sequence[Night], email: EmailForm) -> str:
    """All of what was chosen or none; the words of what refused it."""
    asked = _asked(cart, each, request.POST)
    if asked.problem:
        return asked.problem
    if asked.waits and not email.is_valid():
        return _("Where do we write to you when the night you wait for is free?")
    address = email.cleaned_data["email"] if asked.waits else ""
    at = timezone.now()
    try:
        take_and_wait(cart.booking, asked.takes, asked.waits, email=address, by=cart.link, at=at, read=cart.visit.content)
    except CannotWait:
        cart.fresh()
        return _("This cannot be waited for: these nights are not sold, or the list of this hotel has ended.")
    except REFUSALS as error:
        words = why_not(cart, error)
        cart.fresh()
        return words
    if asked.takes:
        messages.success(request, _("Your nights are in your cart, held for you."))
    for wait in asked.waits:
        facts = {"hotel": wait.offer.service.supplier, "day": say_day(wait.start)}
        messages.success(request, _("You wait for %(hotel)s on %(day)s. We write as soon as it is free.") % facts)
    return ""


def _asked(cart: Cart, each: Sequence[Night], posted: QueryDict) -> Asked:
    """Neighbouring nights in one room type are one line, or one wish; another hotel is another."""
    who, found = who_is_ticked(cart, posted), Asked()
    for night in each:
        waits = night.chosen.startswith(WAIT)
        choice = night.choice(waits=waits)
        if choice is None:
            continue
        found.problem = found.problem or wrong_number(choice, who)
        into = found.waits if waits else found.takes
        last = into[-1] if into else None
        if last and last.end == night.day and (last.offer, last.rate) == (choice.offer, choice.rate):
            into[-1] = Take(last.offer, last.rate, last.start, night.day + DAY, who)
        else:
            into.append(Take(choice.offer, choice.rate, night.day, night.day + DAY, who))
    if not found.takes and not found.waits:
        found.problem = _("Choose at least one night.")
    return found
