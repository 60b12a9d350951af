"""Who pays what: other payers beside who orders, each line to one of them, what it makes for each. Everything by POST, without scripts."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pleniere.booking.actions import Share
from pleniere.booking.queries import Row
from pleniere.congress.models import Method
from pleniere.registration.division import ME, OTHERS_MOST, PREFIX, Division, number_in, with_rules, without
from pleniere.registration.visit import CONTACT, DONE, Stage

from ..door import Cart, of_cart
from ..forms import ContactForm
from ..payers import PayerForm, divided, payer_forms
from ..paying import first_words, methods_for_others

FIELDS = tuple(PayerForm.base_fields)


@dataclass
class Party:
    """A payer as a page shows it. `form` none: who orders."""

    number: int
    name: str
    amount: Decimal
    form: PayerForm | None = None


def parties(division: Division, forms: list[PayerForm], me: str) -> list[Party]:
    asked = division.asked
    mine = Party(ME, me, asked[0])
    return [mine, *(Party(form.number, form.name or other(form.number), asked[form.number - 1], form) for form in forms)]


def other(number: int) -> str:
    return _("Payer %(n)d") % {"n": number}


def shares_of(division: Division, forms: list[PayerForm]) -> list[Share]:
    """What `place_order` takes; the forms are judged, and found right."""
    lines = division.portions
    return [
        Share(
            form.buyer,
            lines[form.number].lines,
            form.means,
            lines[form.number].most,
            form.cleaned_data["engagement"],
            shown=division.asked[form.number - 1],
        )
        for form in forms
    ]


def idle(division: Division, forms: list[PayerForm]) -> list[str]:
    """Why the division is not one: somebody pays nothing."""
    words = _("%(payer)s pays nothing: give them a line, or take them out.")
    return [words % {"payer": form.name or other(form.number)} for form in forms if division.asked[form.number - 1] <= 0]


@require_http_methods(["GET", "HEAD", "POST"])
@of_cart
def payers(request: HttpRequest, cart: Cart) -> HttpResponse:
    stage = cart.visit.stage(CONTACT)
    assert stage is not None
    if cart.booking.placed_at is not None:
        return redirect(cart.step(DONE))
    methods = methods_for_others(cart)
    contact = ContactForm(first_words(cart))
    if stage.shut_by or not methods or not contact.is_valid():
        return redirect(cart.step(CONTACT))
    if request.method != "POST":
        return _show(request, cart, stage, contact, payer_forms(cart.visit, methods))
    return _take(request, cart, stage, contact, methods)


def _take(request: HttpRequest, cart: Cart, stage: Stage, contact: ContactForm, methods: list[Method]) -> HttpResponse:
    verb, _sep, what = request.POST.get("do", "next").partition(":")
    forms = payer_forms(cart.visit, methods, request.POST)
    division = Division(cart.visit)
    chosen, wrong = _chosen(request, division)
    words = {f"{PREFIX}{form.add_prefix(name)}": request.POST.get(form.add_prefix(name), "") for form in forms for name in FIELDS}
    if not wrong:
        words |= with_rules(division, chosen)
    cart.keep({"contact.has_others": "on"} | words)
    if verb == "next":
        division = divided(cart.visit, forms)
        invalid = [form for form in forms if not form.is_valid()]
        wrong += idle(division, forms) if not wrong else []
        if invalid or wrong:
            return _show(request, cart, stage, contact, forms, wrong=wrong, status=422)
        return redirect(cart.step("payment"))
    if wrong:
        return _show(request, cart, stage, contact, forms, wrong=wrong, status=422)
    return redirect(_alter(request, cart, verb, what))


def _chosen(request: HttpRequest, division: Division) -> tuple[dict[int, int], list[str]]:
    """By line, who pays it as posted; a number of nobody's is refused."""
    chosen, wrong = {}, []
    for row in division.rows:
        posted = request.POST.get(f"l{row.line.pk}")
        if posted is None:
            continue
        number = number_in(posted, division.others + 1)
        if number:
            chosen[row.line.pk] = number
        else:
            wrong = [_("Choose who pays each line among those named.")]
    return chosen, wrong


def _alter(request: HttpRequest, cart: Cart, verb: str, what: str) -> str:
    """One payer more or less, several lines to one at once. Returns where it goes on."""
    division, here = Division(cart.visit), cart.url("payers")
    number = number_in(what, division.others + 1)
    if verb == "add" and division.others < OTHERS_MOST:
        cart.keep({f"{PREFIX}count": str(division.others + 1)})
        return f"{here}#payer{division.others + 2}"
    if verb == "remove" and number > ME:
        alone = division.others == 1
        cart.keep(
            without(cart.visit.drafts, number, FIELDS, others=division.others) | ({"contact.has_others": ""} if alone else {})
        )
        if alone:
            messages.success(request, _("You pay for all of it."))
        return cart.step(CONTACT) if alone else here
    if verb == "apply" and (to := number_in(request.POST.get("to", ""), division.others + 1)):
        cart.keep(with_rules(division, {row.line.pk: to for row in _meant(division, request.POST.get("which", ""))}))
    return f"{here}#lines"


def _meant(division: Division, which: str) -> list[Row]:
    """All rows, a step's or a person's."""
    kind, _sep, pk = which.partition(":")
    return [
        row
        for row in division.rows
        if kind == "all"
        or (kind == "step" and str(row.line.offer.step_id) == pk)
        or (kind == "person" and pk in {str(person.pk) for person in row.persons})
    ]


def _show(
    request: HttpRequest,
    cart: Cart,
    stage: Stage,
    contact: ContactForm,
    forms: list[PayerForm],
    *,
    wrong: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    division = divided(cart.visit, forms)
    people = {person.pk: person for row in division.rows for person in row.persons}
    steps = {row.line.offer.step_id: row.line.offer.step for row in division.rows}
    facts: dict[str, Any] = {
        "parties": parties(division, forms, contact.buyer_name),
        "forms": forms,
        "steps": [
            (step, [(row, division.of_line[row.line.pk]) for row in division.rows if row.line.offer.step_id == pk])
            for pk, step in steps.items()
        ],
        "people": list(people.values()) if len(people) > 1 else [],
        "wrong": wrong or [],
        "errors": [(form.number, field) for form in forms if form.is_bound and status == 422 for field in form if field.errors],
        "may_add": division.others < OTHERS_MOST,
        "due": cart.visit.due,
        "on_site": cart.visit.total - cart.visit.due,
    }
    return cart.show(request, "public/payers.html", stage, status=status, **facts)
