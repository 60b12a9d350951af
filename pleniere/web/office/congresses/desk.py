"""The set-up desk: one page per noun, each saved by itself."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from pleniere.catalogue.actions import make_rate, make_service
from pleniere.catalogue.models import Clause, Rate, Service
from pleniere.common.words import LocalText, fold
from pleniere.congress import uses
from pleniere.congress.actions import (
    PriceRow,
    Refused,
    drop_audience,
    drop_offer,
    drop_step,
    drop_window,
    edit_audience,
    edit_congress,
    edit_offer,
    edit_step,
    edit_window,
    make_audience,
    make_offer,
    make_step,
    make_window,
    order_steps,
    retire_offer,
    set_method,
    set_prices,
    set_terms,
    write_legal_text,
)
from pleniere.congress.actions.frame import free_code
from pleniere.congress.models import Audience, Congress, LegalText, Method, Offer, Window
from pleniere.congress.terms import PRESETS, ClauseFacts, clauses_of
from pleniere.stock.actions import NotEnough
from pleniere.stock.places import places_of, set_places
from pleniere.web.typed import pk_of

from ..door import StaffRequest, of_congress
from .forms import (
    AudienceForm,
    ClauseForm,
    GeneralForm,
    LegalForm,
    MethodForm,
    NewOfferForm,
    OfferForm,
    StepForm,
    TextsForm,
    WindowForm,
)
from .frame import refusals, saved, show
from .prices import grids

BLANK_CLAUSES = 3
K = Service.Kind
SOLD_IN = {"fee": K.FEE, "meals": K.MEAL, "evenings": K.EVENING, "visits": K.VISIT}  # what a ready-made step sells
CARD = "sandbox"  # the one provider that is built in


@of_congress
@require_http_methods(["GET", "POST"])
def general(request: StaffRequest, congress: Congress) -> HttpResponse:
    form = GeneralForm(request.POST or None, congress=congress, by=request.user, initial=GeneralForm.of(congress))
    if form.is_valid():
        with refusals(form):
            edit_congress(congress, **form.facts(), by=request.user, at=timezone.now())
            return saved(request, congress, "office-setup-general")
    return show(request, congress, "form", here="office-setup-general", form=form, heading=_("General"))


@of_congress
@require_http_methods(["GET", "POST"])
def steps(request: StaffRequest, congress: Congress) -> HttpResponse:
    """The steps in their order, each with what it sells; a new one at the end."""
    form = StepForm(request.POST or None)
    if form.is_valid():
        with refusals(form):
            make_step(congress, **form.cleaned_data, by=request.user, at=timezone.now())
            return saved(request, congress, "office-setup-steps")
    offers = list(congress.offers.select_related("service__supplier", "contract", "step").prefetch_related("audiences"))
    places, sold = places_of(offers), uses.sold(offer.pk for offer in offers)
    by_step: dict[int, list[dict[str, Any]]] = {}
    for offer in offers:
        facts = {"offer": offer, "places": places.get(offer.pk), "sold": sold[offer.pk]}
        by_step.setdefault(offer.step_id, []).append(facts)
    rows = [(step, by_step.get(step.pk, [])) for step in congress.steps.all()]
    return show(request, congress, "steps", here="office-setup-steps", form=form, rows=rows)


@of_congress
@require_http_methods(["GET", "POST"])
def step(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    step = get_object_or_404(congress.steps, pk=pk)
    form = StepForm(request.POST or None, initial={name: getattr(step, name) for name in StepForm.base_fields})
    if form.is_valid():
        with refusals(form):
            if "drop" in request.POST:
                drop_step(step, by=request.user, at=timezone.now())
            else:
                edit_step(step, **form.cleaned_data, by=request.user, at=timezone.now())
            return saved(request, congress, "office-setup-steps")
    facts = {"form": form, "heading": str(step), "drop": _("Remove this step"), "back": "office-setup-steps"}
    return show(request, congress, "form", here="office-setup-steps", **facts)


@of_congress
@require_POST
def move_step(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    """One place up or down."""
    order = [step.pk for step in congress.steps.all()]
    if pk in order:
        here = order.index(pk)
        there = here - 1 if "up" in request.POST else here + 1
        if 0 <= there < len(order):
            order[here], order[there] = order[there], order[here]
            try:
                order_steps(congress, order, by=request.user, at=timezone.now())
            except Refused as error:
                messages.error(request, str(error))
    return redirect(reverse("office-setup-steps", args=[congress.code]) + _guided(request))


@of_congress
@require_http_methods(["GET", "POST"])
def new_offer(request: StaffRequest, congress: Congress) -> HttpResponse:
    """Something to sell: of the catalogue, or made here with its formula; with its price for all and its places."""
    step = congress.steps.filter(pk=pk_of(request.GET.get("step"))).first()
    initial = {"step": step, "basis": "GROSS", "kind": SOLD_IN.get(step.code) if step else None}
    form = NewOfferForm(request.POST or None, congress=congress, initial=initial)
    if form.is_valid():
        with refusals(form):
            try:
                offer = _make_offer(congress, form, by=request.user, at=timezone.now())
                return saved(request, congress, "office-setup-offer", offer.pk)
            except NotEnough:
                form.add_error("places", _("More than these are taken already."))
    facts = {"form": form, "heading": _("Add an offer"), "back": "office-setup-steps"}
    return show(request, congress, "form", here="office-setup-steps", **facts)


@transaction.atomic
def _make_offer(congress: Congress, form: NewOfferForm, *, by: Any, at: Any) -> Offer:
    """The service if it is new, the offer, its price, its places: all or nothing."""
    said, facts = form.cleaned_data, form.facts()
    step = facts.pop("step")
    service = said["service"] or _make_service(said, by=by, at=at)
    contract = (
        said["contract"] if not said["service"] or (said["contract"] and said["contract"].supplier == service.supplier) else None
    )
    counted = said["places"] is not None or service.kind == Service.Kind.ROOM
    rate = service.rates.first()
    if rate is None:
        raise Refused(_("“%(what)s” has no formula yet: give it one among the suppliers first.") % {"what": service})
    offer = make_offer(step, service, contract=contract, counted=counted, **facts, by=by, at=at)
    if said["amount"] is not None:
        row = PriceRow(said["amount"], basis=said["basis"] or "GROSS")
        set_prices(congress, rate, [row], by=by, at=at)
    if said["bought"] is not None:
        set_prices(congress, rate, [PriceRow(said["bought"])], side="BUY", by=by, at=at)
    if said["places"] is not None:
        set_places(offer, said["places"], key=f"places-{said['key']}", by=by, at=at)
    return offer


def _make_service(said: dict[str, Any], *, by: Any, at: Any) -> Service:
    supplier = said["contract"].supplier
    stem = slugify(fold(said["name"].in_language("fr"))).upper().replace("-", "")[:14] or said["kind"]
    name = LocalText(said["name"])
    code = free_code(supplier.services.all(), stem)
    service = make_service(supplier, code=code, kind=said["kind"] or Service.Kind.EXTRA, name=name, by=by, at=at)
    make_rate(service, code=code, name=name, vat=said["vat"] or "standard", unit=Rate.Unit.PIECE, by=by, at=at)
    return service


@of_congress
@require_http_methods(["GET", "POST"])
def offer(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    """An offer: its words and rules, and beside them the grid of its prices."""
    offers = congress.offers.select_related("service__supplier", "contract", "pool", "step")
    offer = get_object_or_404(offers, pk=pk)
    row = places_of([offer]).get(offer.pk)
    sold = uses.sold([offer.pk])[offer.pk]
    form = OfferForm(
        request.POST or None, congress=congress, initial=OfferForm.of(offer) | {"places": row.granted if row else None}
    )
    if offer.service.kind == Service.Kind.ROOM:
        for name in ("day", "places", "starts_at", "ends_at"):
            del form.fields[name]
    if form.is_valid():
        with refusals(form):
            try:
                _edit_offer(congress, offer, form, by=request.user, at=timezone.now())
                return saved(request, congress, "office-setup-offer", offer.pk)
            except NotEnough:
                form.add_error("places", _("More than these are taken already."))
    facts = {"form": form, "offer": offer, "row": row, "sold": sold, "grids": grids(congress, offer)}
    return show(request, congress, "offer", here="office-setup-steps", windows=_windows(congress), **facts)


@transaction.atomic
def _edit_offer(congress: Congress, offer: Offer, form: OfferForm, *, by: Any, at: Any) -> None:
    names = [name for name in form.fields if name not in ("places", "key")]
    facts = {name: form.cleaned_data[name] for name in names}
    places = form.cleaned_data.get("places")
    if places is not None and offer.pool is None:
        facts["pool"] = congress.pools.order_by("pk").first()
    offer = edit_offer(offer, **facts, by=by, at=at)
    if places is not None:
        set_places(offer, places, key=f"places-{form.cleaned_data['key']}", by=by, at=at)


@of_congress
@require_POST
def prices(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    """The whole grid at once: every formula of the offer, sold and bought."""
    offer = get_object_or_404(congress.offers.select_related("service__supplier", "contract", "pool", "step"), pk=pk)
    found = grids(congress, offer, request.POST)
    reasons = [error for grid in found for error in grid.errors]
    if not reasons:
        try:
            with transaction.atomic():
                for grid in found:
                    for side, rows in grid.wanted.items():
                        set_prices(congress, grid.rate, rows, side=side, by=request.user, at=timezone.now())
            return saved(request, congress, "office-setup-offer", offer.pk)
        except Refused as error:
            reasons = error.reasons
    form = OfferForm(congress=congress, initial=OfferForm.of(offer))
    facts = {"form": form, "offer": offer, "grids": found, "reasons": reasons, "refused": True}
    return show(request, congress, "offer", here="office-setup-steps", windows=_windows(congress), **facts)


@of_congress
@require_POST
def retire(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    """Retired, offered again, or removed: what somebody took is never removed."""
    offer = get_object_or_404(congress.offers.select_related("service"), pk=pk)
    try:
        if "drop" in request.POST:
            drop_offer(offer, by=request.user, at=timezone.now())
            return saved(request, congress, "office-setup-steps")
        retire_offer(offer, retired="restore" not in request.POST, by=request.user, at=timezone.now())
    except Refused as error:
        messages.error(request, str(error))
    return redirect(reverse("office-setup-offer", args=[congress.code, offer.pk]) + _guided(request))


@of_congress
@require_http_methods(["GET", "POST"])
def audiences(request: StaffRequest, congress: Congress) -> HttpResponse:
    """Who pays what, and when: the audiences and the sale periods, with a form for one more of each."""
    is_window = "window" in request.POST
    audience = AudienceForm(
        request.POST if request.POST and not is_window else None, congress=congress, initial={"shows": "GROSS"}
    )
    window = WindowForm(request.POST if is_window else None, prefix="w")
    form: AudienceForm | WindowForm = window if is_window else audience
    if form.is_valid():
        with refusals(form):
            said: dict[str, Any] = {"by": request.user, "at": timezone.now()}
            if isinstance(form, WindowForm):
                make_window(congress, _code(congress.windows.all(), form), **form.facts(), **said)
            else:
                make_audience(congress, _code(congress.audiences.all(), form), **form.cleaned_data, **said)
            return saved(request, congress, "office-setup-audiences")
    facts = {"form": audience, "window_form": window, "audiences": congress.audiences.select_related("falls_back_to")}
    return show(request, congress, "audiences", here="office-setup-audiences", windows=_windows(congress), **facts)


@of_congress
@require_http_methods(["GET", "POST"])
def audience(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    row = get_object_or_404(Audience, congress=congress, pk=pk)
    form = AudienceForm(request.POST or None, congress=congress, audience=row, initial=AudienceForm.of(row))
    if form.is_valid():
        with refusals(form):
            if "drop" in request.POST:
                drop_audience(row, by=request.user, at=timezone.now())
            else:
                edit_audience(row, **form.cleaned_data, by=request.user, at=timezone.now())
            return saved(request, congress, "office-setup-audiences")
    facts = {"form": form, "heading": str(row), "drop": _("Remove this audience"), "back": "office-setup-audiences"}
    return show(request, congress, "form", here="office-setup-audiences", **facts)


@of_congress
@require_http_methods(["GET", "POST"])
def window(request: StaffRequest, congress: Congress, pk: int) -> HttpResponse:
    row = get_object_or_404(Window, congress=congress, pk=pk)
    form = WindowForm(request.POST or None, initial=WindowForm.of(row))
    if form.is_valid():
        with refusals(form):
            if "drop" in request.POST:
                drop_window(row, by=request.user, at=timezone.now())
            else:
                edit_window(row, **form.facts(), by=request.user, at=timezone.now())
            return saved(request, congress, "office-setup-audiences")
    facts = {"form": form, "heading": str(row), "drop": _("Remove this period"), "back": "office-setup-audiences"}
    return show(request, congress, "form", here="office-setup-audiences", **facts)


@of_congress
@require_http_methods(["GET", "POST"])
def payment(request: StaffRequest, congress: Congress) -> HttpResponse:
    """Every means of payment with how long rooms wait for it."""
    stands = {method.kind: method for method in congress.methods.all()}
    kinds = Method.Kind
    forms = {k: MethodForm(request.POST or None, prefix=k.lower(), initial=MethodForm.of(stands.get(k))) for k in kinds.values}
    reasons: list[str] = []
    if request.POST and all(form.is_valid() for form in forms.values()):
        try:
            with transaction.atomic():
                _set_methods(congress, stands, forms, by=request.user, at=timezone.now())
            return saved(request, congress, "office-setup-payment")
        except Refused as error:
            reasons = error.reasons
    rows = [(kinds(kind).label, form) for kind, form in forms.items()]
    facts = {"rows": rows, "reasons": reasons, "refused": bool(request.POST)}
    return show(request, congress, "payment", here="office-setup-payment", **facts)


def _set_methods(congress: Congress, stands: dict[str, Method], forms: dict[str, MethodForm], *, by: Any, at: Any) -> None:
    wanted = sorted(forms.items(), key=lambda pair: not pair[1].cleaned_data["is_on"])  # first what is offered: one stays
    for kind, form in wanted:
        facts = {name: value for name, value in form.cleaned_data.items() if value is not None or name == "closes"}
        facts["text"] = form.cleaned_data["text"] or LocalText()
        if kind == Method.Kind.CARD and facts["is_on"] and not (kind in stands and stands[kind].provider):
            facts["provider"] = CARD
        if facts["is_on"] or kind in stands:
            set_method(congress, kind, **facts, by=by, at=at)


@of_congress
@require_http_methods(["GET", "POST"])
def terms(request: StaffRequest, congress: Congress) -> HttpResponse:
    """Deposit and cancellation: a ready-made scale to begin with, then a plain list of clauses."""
    by: Any = request.user
    preset = request.POST.get("preset", "")
    reasons: list[str] = []
    if preset in PRESETS:
        label, clauses = PRESETS[preset]
        try:
            set_terms(congress, clauses, name=str(label).partition(":")[0].strip()[:120], by=by, at=timezone.now())
            return redirect(reverse("office-setup-terms", args=[congress.code]) + _guided(request))
        except Refused as error:
            reasons = error.reasons
    stands = clauses_of(congress.terms)
    count = min(60, len(stands) + BLANK_CLAUSES) if not request.POST else 60
    forms = [
        ClauseForm(
            request.POST if "save" in request.POST else None,
            prefix=f"c{n}",
            initial=_as_form(stands[n]) if n < len(stands) else {},
        )
        for n in range(count)
        if not request.POST or f"c{n}-verb" in request.POST or preset
    ]
    if "save" in request.POST and not [form for form in forms if not form.is_valid()]:
        wanted = [_as_clause(form.cleaned_data) for form in forms if form.cleaned_data.get("verb")]
        name = request.POST.get("name", "").replace("\x00", "").strip()[:120] or congress.code
        try:
            set_terms(congress, wanted, name=name, by=by, at=timezone.now())
            return saved(request, congress, "office-setup-terms")
        except Refused as error:
            reasons = error.reasons
    if request.method == "POST" and "save" not in request.POST and not preset:
        reasons = [_("Nothing was asked: save the clauses, or choose a ready-made scale.")]
    elif preset and preset not in PRESETS:
        reasons = [_("There is no such ready-made scale.")]
    typed = request.POST.get("name", congress.terms.name if congress.terms else "")
    facts = {"forms": forms, "presets": PRESETS.items(), "reasons": reasons, "refused": request.method == "POST", "name": typed}
    return show(request, congress, "terms", here="office-setup-terms", stands=stands, **facts)


def _as_form(clause: ClauseFacts) -> dict[str, Any]:
    facts = {name: getattr(clause, name) for name in ("verb", "amount", "base", "start", "on")}
    facts["percent"] = f"{clause.percent.normalize():f}" if clause.percent is not None else None
    return facts | {"days": abs(clause.days), "side": "before" if clause.days < 0 else "after"}


def _as_clause(said: dict[str, Any]) -> ClauseFacts:
    start = said["start"] or Clause.Start.ORDER
    days = said["days"] or 0
    days = -days if said["side"] == "before" and start in (Clause.Start.START, Clause.Start.END) else days
    facts = {"percent": said["percent"], "amount": said["amount"], "on": said["on"] if start == Clause.Start.DATE else None}
    return ClauseFacts(
        said["verb"], start, 0 if start == Clause.Start.DATE else days, base=said["base"] or Clause.Base.TOTAL, **facts
    )


@of_congress
@require_http_methods(["GET", "POST"])
def texts(request: StaffRequest, congress: Congress) -> HttpResponse:
    """The welcome, and the binding texts: each save of those is a new version, the former stays readable."""
    by: Any = request.user
    latest = {kind: congress.legal_texts.filter(kind=kind).order_by("-version").first() for kind in LegalText.Kind.values}
    words = {"welcome": congress.welcome, "practical": congress.practical}
    form = TextsForm(request.POST if "words" in request.POST or "welcome_fr" in request.POST else None, initial=words)
    legal = {kind: _legal_form(request, kind, row) for kind, row in latest.items()}
    typed = [each for each in (form, *legal.values()) if each.is_bound]
    if typed and all(each.is_valid() for each in typed):
        with refusals(form), transaction.atomic():
            if form.is_bound:
                edit_congress(congress, **form.cleaned_data, by=by, at=timezone.now())
            for kind, each in legal.items():
                if each.is_bound:
                    write_legal_text(congress, each.cleaned_data["text"], kind=kind, by=by, at=timezone.now())
            return saved(request, congress, "office-setup-texts")
    rows = [(kind, LegalText.Kind(kind).label, latest[kind], each) for kind, each in legal.items()]
    refused = request.method == "POST"
    reasons = [_("Nothing was asked: press the button of the text to save.")] if refused and not typed else []
    return show(request, congress, "texts", here="office-setup-texts", form=form, rows=rows, refused=refused, reasons=reasons)


def _legal_form(request: StaffRequest, kind: str, row: LegalText | None) -> LegalForm:
    """Bound if its own button was pressed, or if something was typed into it before another was."""
    form = LegalForm(request.POST or None, prefix=kind.lower(), initial={"text": row.text if row else {}})
    if request.POST and kind not in request.POST:
        said = {code: request.POST.get(f"{form.prefix}-text_{code}", "").replace("\r\n", "\n").strip() for code in ("fr", "en")}
        stands = {code: (row.text.get(code) or "").strip() if row else "" for code in said}
        if said == stands or not any(said.values()):
            return LegalForm(None, prefix=kind.lower(), initial=form.initial)
    return form


def _windows(congress: Congress) -> list[Window]:
    return list(congress.windows.order_by("closes", "pk"))


def _code(rows: Any, form: Any) -> str:
    stem = slugify(fold(form.cleaned_data["name"].in_language("en")))[:16] or "x"
    return free_code(rows, stem)


def _guided(request: StaffRequest) -> str:
    return "?guide=1" if request.GET.get("guide") else ""
