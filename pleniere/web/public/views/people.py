"""Who comes: participants, places kept for people not known yet, and who comes with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pleniere.booking.actions import PersonFacts, prove_audience, set_persons
from pleniere.booking.models import Person
from pleniere.booking.selling import audience_of
from pleniere.congress.programme import Programme
from pleniere.registration.visit import Stage

from ..door import Cart
from ..forms import GUESTS_MOST, GuestForm
from ..full import CODE, MARK, full

NAMES = (
    "pk",
    "first_name",
    "last_name",
    "institution",
    "is_unnamed",
    "email",
    "audience",
    "code",
    "with_companion",
    "c_pk",
    "c_first_name",
    "c_last_name",
    "c_is_minor",
)
Words = dict[str, str]


def people(request: HttpRequest, cart: Cart, stage: Stage) -> HttpResponse:
    if request.method != "POST":
        guests = _from_drafts(cart) or _from_persons(cart) or [{"code": request.GET.get(CODE, "")[:40]}]
        return _show(
            request, cart, stage, [GuestForm(initial=each, prefix=f"p{i}", plan=cart.visit.plan) for i, each in enumerate(guests)]
        )
    guests = _posted(request.POST)
    do = request.POST.get("do", "save")
    if do != "save":
        _keep(cart, _altered(guests, do))
        return redirect(f"{cart.step(stage.code)}#p{max(0, len(guests) - 1)}" if do == "add" else cart.step(stage.code))
    forms = [GuestForm(request.POST, prefix=f"p{i}", plan=cart.visit.plan) for i in range(len(guests))]
    if not all(form.is_valid() for form in forms):
        _keep(cart, guests)
        return _show(request, cart, stage, forms, status=422)
    return _save(request, cart, stage, [form.cleaned_data for form in forms])


def _save(request: HttpRequest, cart: Cart, stage: Stage, found: list[dict[str, Any]]) -> HttpResponse:
    now = timezone.now()
    facts: list[PersonFacts] = []
    codes: dict[int, str] = {}
    for each in found:
        names = {name: each[name] for name in ("first_name", "last_name", "institution", "is_unnamed")}
        if each["is_unnamed"]:
            names |= {"first_name": "", "last_name": ""}
        place = len(facts)
        if each.get("code"):
            codes[place] = each["code"]
        facts.append(PersonFacts(**names, pk=each["pk"], audience=each.get("audience"), email=each.get("email", "")))
        if each["with_companion"]:
            companion = {name: each[f"c_{name}"] for name in ("first_name", "last_name", "is_minor", "pk")}
            facts.append(PersonFacts(**companion, companion_of=place))
    persons = set_persons(cart.booking, facts, by=cart.link, at=now, read=cart.visit.content)
    for place, code in codes.items():
        prove_audience(cart.booking, persons[place], code, by=cart.link, at=now, read=cart.visit.content)
    cart.forget("persons.")
    _say_unproved(request, cart.visit.plan, persons)
    count = len(found)
    messages.success(request, ngettext("One participant is saved.", "%(n)d participants are saved.", count) % {"n": count})
    return redirect(cart.step(cart.visit.after(stage.code).code))


def _say_unproved(request: HttpRequest, plan: Programme, persons: Sequence[Person]) -> None:
    """Whom they are priced as meanwhile, where what they say to be is not proved."""
    for person in persons:
        said = plan.audiences.get(person.audience_id) if person.audience_id else None
        priced = audience_of(plan, person)
        if said and priced and said != priced:
            facts = {"person": person, "said": said, "priced": priced}
            text = _("%(person)s pays as “%(priced)s” until “%(said)s” is proved: by the e-mail given here, or to the bureau.")
            messages.warning(request, text % facts)


def _show(request: HttpRequest, cart: Cart, stage: Stage, forms: list[GuestForm], *, status: int = 200) -> HttpResponse:
    wrong = [(i, form, field) for i, form in enumerate(forms, start=1) if form.is_bound for field in form if field.errors]
    companions = sum(bool(form["with_companion"].value()) for form in forms)
    facts = {
        "forms": forms,
        "wrong": wrong,
        "companions": companions,
        "most": GUESTS_MOST,
        "full": full(cart.visit.plan, cart.visit.at) if MARK in request.GET else None,
    }
    return cart.show(request, "public/people.html", stage, status=status, **facts)


def _posted(words: Mapping[str, str]) -> list[Words]:
    """The blocks as typed, in their order."""
    guests = []
    for i in range(GUESTS_MOST):
        each = {name: words[f"p{i}-{name}"] for name in NAMES if f"p{i}-{name}" in words}
        if not each:
            break
        guests.append(each)
    return guests or [{}]


def _altered(guests: list[Words], do: str) -> list[Words]:
    """One more, one less, or that one out."""
    verb, _sep, place = do.partition(":")
    if verb == "add" and len(guests) < GUESTS_MOST:
        return [*guests, {"institution": guests[-1].get("institution", "")}]
    if verb == "less" and len(guests) > 1:
        return guests[:-1]
    if verb == "remove" and place.isdecimal() and len(place) < 4 and len(guests) > 1:
        return [each for i, each in enumerate(guests) if i != int(place)]
    return guests


def _keep(cart: Cart, guests: list[Words]) -> None:
    """The blocks as they stand now, whole: one taken away leaves no words behind."""
    cart.forget("persons.")
    words = {f"persons.p{i}-{name}": each.get(name, "") for i, each in enumerate(guests) for name in NAMES}
    cart.keep({name: value for name, value in words.items() if value or name.endswith("-first_name")})


def _from_drafts(cart: Cart) -> list[Words]:
    """Words not yet saved, over what is saved."""
    typed = {name.partition(".")[2]: value for name, value in cart.visit.drafts.items() if name.startswith("persons.p")}
    if not typed:
        return []
    saved, drafts = _from_persons(cart), _posted(typed)
    whole = any(f"p{i}-pk" in typed for i in range(len(drafts))) or not saved
    if whole:
        return drafts
    merged = [{**each, **(drafts[i] if i < len(drafts) else {})} for i, each in enumerate(saved)]
    return merged + drafts[len(saved) :]


def _from_persons(cart: Cart) -> list[Words]:
    companions = {person.companion_of_id: person for person in cart.visit.companions}
    return [_words(person, companions.get(person.pk)) for person in cart.visit.delegates]


def _words(person: Person, companion: Person | None) -> Words:
    found: dict[str, Any] = {
        name: getattr(person, name) for name in ("pk", "first_name", "last_name", "institution", "is_unnamed", "email")
    }
    found["audience"] = person.audience_id or ""
    if companion:
        found["with_companion"] = True
        found |= {f"c_{name}": getattr(companion, name) for name in ("pk", "first_name", "last_name", "is_minor")}
    return {name: "" if value in (None, False) else str(value) if value is not True else "on" for name, value in found.items()}
