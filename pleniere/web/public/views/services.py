"""Fees, meals, evenings, visits: by day, one tap for all, then who does not go."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from pleniere.booking.actions import NotForThem, Take, TooMany, fill_cart, prove_audience
from pleniere.booking.models import Person
from pleniere.congress.pricing import NotSold
from pleniere.registration.shelf import Day, Item, left_out_word, shelf
from pleniere.registration.visit import Stage
from pleniere.stock.actions import NotEnough
from pleniere.stock.queries import free

from ..door import Cart
from ..said import not_for, what_is_full


def services(request: HttpRequest, cart: Cart, stage: Stage) -> HttpResponse:
    if request.method != "POST":
        return _show(request, cart, stage, _days(cart, stage))
    do, _sep, which = request.POST.get("do", "next").partition(":")
    if do == "code":
        return _open_by_code(request, cart, stage)
    assert stage.step is not None
    items = [item for day in shelf(cart.visit, stage.step, {}) for item in day.items]  # what is left, the claim will say
    wanted = {item.offer.pk: _wanted(request.POST, item, everybody=_for_all(item, do, which)) for item in items}
    shown = request.POST.getlist("shown")
    _keep_left_out(cart, [item for item in items if str(item.offer.pk) in shown and not wanted[item.offer.pk]])
    problem = _fill(cart, items, wanted, request.POST)
    if problem:
        return _refused(request, cart, stage.code, wanted, problem)
    cart.changed()
    fresh = cart.visit.stage(stage.code)
    assert fresh is not None
    if do not in ("next", "take"):
        anchor = f"#o{which}" if which else ""
        return redirect(cart.step(stage.code) + anchor)
    if fresh.problems:
        return _show(request, cart, fresh, _days(cart, fresh), blocked=True, status=422)
    further = cart.passed(fresh)
    messages.success(request, _("%(step)s: saved.") % {"step": stage.title})
    return redirect(further)


def _keep_left_out(cart: Cart, items: list[Item]) -> None:
    """What the page ticks ahead and somebody unticked stays so, on this page and the next time."""
    words = {left_out_word(item.offer): "1" for item in items if item.offer.is_mandatory and len(item.people) == 1}
    if words.keys() - cart.visit.drafts.keys():
        cart.keep(words)


def _refused(request: HttpRequest, cart: Cart, code: str, wanted: dict[int, set[int]], problem: str) -> HttpResponse:
    """The step as it now is, with what was asked for still ticked."""
    cart.fresh()
    stage = cart.visit.stage(code)
    assert stage is not None
    days = _days(cart, stage)
    for item in (item for day in days for item in day.items):
        item.ticked = wanted.get(item.offer.pk, item.ticked)
    return _show(request, cart, stage, days, problem=problem, status=422)


def _fill(cart: Cart, items: list[Item], wanted: dict[int, set[int]], posted: QueryDict) -> str:
    """Bring the cart to what is ticked, in one go; the words of what refused it, or none."""
    takes, drop = [], []
    for item in items:
        chosen = wanted[item.offer.pk]
        rate = next((rate for rate, _tag in item.rates if str(rate.pk) == posted.get(f"r{item.offer.pk}")), item.rate)
        kept = {row.line.pk for row in item.rows if row.line.rate_id == rate.pk and {p.pk for p in row.persons} <= chosen}
        drop += [row.line.pk for row in item.rows if row.line.pk not in kept]
        has = {person.pk for person, row in item.people if row and row.line.pk in kept}
        new = [person for person, _row in item.people if person.pk in chosen - has]
        if new:
            takes.append(Take(item.offer, rate, item.start, item.end, new))
    if not takes and not drop:
        return ""
    try:
        fill_cart(cart.booking, takes, drop=drop, by=cart.link, at=timezone.now(), read=cart.visit.content)
    except NotEnough as error:
        return what_is_full(cart.visit, error)
    except NotForThem as error:
        return not_for(error)
    except NotSold:
        return _("One of these is not on sale any more.")
    except TooMany as error:
        return _("At most %(n)d per booking: %(what)s.") % {"n": error.offer.most, "what": error.offer}
    return ""


def _for_all(item: Item, do: str, which: str) -> bool:
    """One tap: this offer for everybody, or all that is compulsory for everybody."""
    return (do == "all" and which == str(item.offer.pk)) or (do == "take" and item.offer.is_mandatory)


def _wanted(posted: QueryDict, item: Item, *, everybody: bool) -> set[int]:
    """Who is to have it: as ticked; all, in one tap; as it is now, when the form did not show it."""
    if everybody:
        return {person.pk for person, _row in item.people}
    if str(item.offer.pk) not in posted.getlist("shown"):
        return {person.pk for person, row in item.people if row}
    return {person.pk for person, _row in item.people if str(person.pk) in posted.getlist(f"o{item.offer.pk}")}


def _open_by_code(request: HttpRequest, cart: Cart, stage: Stage) -> HttpResponse:
    """A code given on the step itself, for one person or the only one."""
    code = request.POST.get("code", "")[:40]
    person: Person | None = next((p for p in cart.visit.delegates if str(p.pk) == request.POST.get("person")), None)
    person = person or (cart.visit.delegates[0] if cart.visit.delegates else None)
    audience = prove_audience(cart.booking, person, code, by=cart.link, at=timezone.now()) if person and code.strip() else None
    if audience is None:
        return _show(request, cart, stage, _days(cart, stage), wrong_code=_("This code is not known."), status=422)
    messages.success(request, _("%(person)s is registered as: %(audience)s.") % {"person": person, "audience": audience})
    return redirect(cart.step(stage.code))


def _days(cart: Cart, stage: Stage) -> list[Day]:
    assert stage.step is not None
    counted = {offer.service_id for offer in cart.visit.plan.offers_of(stage.step) if offer.pool_id}
    return shelf(cart.visit, stage.step, free(cart.booking.congress, services=counted) if counted else {})


def _show(
    request: HttpRequest,
    cart: Cart,
    stage: Stage,
    days: Iterable[Day],
    *,
    problem: str = "",
    wrong_code: str = "",
    blocked: bool = False,
    status: int = 200,
) -> HttpResponse:
    days = list(days)
    missing = [item for day in days for item in day.items if item.offer.is_mandatory and item.missing]
    ahead = not blocked and len(stage.problems) == len(missing) and all(item.is_chosen_ahead for item in missing)
    facts = {
        "days": days,
        "problem": problem,
        "wrong_code": wrong_code,
        "blocked": blocked,
        "missing": missing,
        "told": [] if ahead else stage.problems,  # what is ticked ahead is no reproach
    }
    return cart.show(request, "public/services.html", stage, status=status, **facts)
