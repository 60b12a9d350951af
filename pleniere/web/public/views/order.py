"""The end of the form: the cart, who orders, how it is paid, what was ordered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from pleniere.booking.actions import Buyer, DivisionChanged, NothingToOrder, NotThatStay, PriceChanged, TooManyOptions
from pleniere.booking.actions.options import first_lapse
from pleniere.booking.models import Booking, Payer
from pleniere.booking.queries import Row
from pleniere.catalogue.models import Supplier
from pleniere.common.money import total
from pleniere.common.shown import money
from pleniere.congress.models import LegalText, Method, Step
from pleniere.payment.actions import NothingToPay, announce_order, start_card
from pleniere.payment.providers import Declined, Unavailable
from pleniere.registration.actions import ClosedNow, NotComplete, place_order
from pleniere.registration.division import Division, is_shared
from pleniere.registration.papers import summary_of
from pleniere.registration.tax import estimate
from pleniere.registration.visit import Stage
from pleniere.stock.actions import NotEnough
from pleniere.web.links import remember_buyer, to_pay

from ..door import Cart
from ..forms import ContactForm, PaymentForm
from ..payers import PayerForm, divided, judged
from ..paying import first_words, methods_for_others, methods_of, until
from ..said import what_is_full
from .payers import Party, idle, parties, shares_of


@dataclass
class Part:
    """The cart's rows of one step, by supplier."""

    step: Step
    suppliers: list[tuple[Supplier, list[Row]]]

    @property
    def subtotal(self) -> Decimal:
        return total(charge.total for _supplier, rows in self.suppliers for row in rows for charge in row.charges)


def parts(rows: list[Row]) -> list[Part]:
    """By step, in the form's order, then by supplier."""
    found: dict[int, Part] = {}
    for row in sorted(rows, key=lambda row: (row.line.offer.step.position, row.line.offer.step_id, row.line.start, row.line.pk)):
        part = found.setdefault(row.line.offer.step_id, Part(row.line.offer.step, []))
        supplier = row.line.offer.service.supplier
        mine = next((rows for known, rows in part.suppliers if known.pk == supplier.pk), None)
        if mine is None:
            mine = []
            part.suppliers.append((supplier, mine))
        mine.append(row)
    return list(found.values())


def cart_page(request: HttpRequest, cart: Cart, stage: Stage) -> HttpResponse:
    visit = cart.visit
    tax = estimate(visit.rows, visit.plan.taxes)
    facts: dict[str, Any] = {
        "parts": parts(visit.rows),
        "tax": tax,
        "problems": visit.problems,
        "on_site": visit.total - visit.due,
        "takes_codes": any(each.secret for each in visit.plan.discounts),
        "vouchers": [each for each in visit.plan.discounts if each.pk in visit.booking.vouchers],
        "codes_url": cart.url("codes"),
    }
    return cart.show(request, "public/cart.html", stage, **facts)


def contact(request: HttpRequest, cart: Cart, stage: Stage) -> HttpResponse:
    if request.method != "POST":
        return _contact(request, cart, stage, ContactForm(initial=first_words(cart)))
    form = ContactForm(request.POST)
    words = {f"contact.{name}": request.POST.get(name, "") for name in form.fields}
    if not form.is_valid():
        cart.keep(words | {"passed.contact": ""})
        return _contact(request, cart, stage, form, status=422)
    cart.keep(words | {"passed.contact": "1"})
    language = get_language() or "fr"
    if language != cart.booking.language:
        Booking.objects.filter(pk=cart.booking.pk, placed_at=None).update(language=language)
    messages.success(request, _("Your details are saved."))
    shared = is_shared(cart.visit.drafts) and methods_for_others(cart)
    return redirect(cart.url("payers") if shared else cart.step("payment"))


def _contact(request: HttpRequest, cart: Cart, stage: Stage, form: ContactForm, *, status: int = 200) -> HttpResponse:
    facts = {"form": form, "parts": parts(cart.visit.rows), "can_share": bool(methods_for_others(cart))}
    return cart.show(request, "public/contact.html", stage, status=status, **facts)


@dataclass
class Checkout:
    """The last page before the yes: who orders, the means of payment there are, the terms, the form that says yes."""

    request: HttpRequest
    cart: Cart
    stage: Stage
    contact: ContactForm
    methods: list[Method]
    terms: LegalText | None
    others: list[PayerForm]

    @property
    def division(self) -> Division:
        """Of the cart as it is now."""
        return divided(self.cart.visit, self.others)

    @property
    def shares(self) -> str:
        """What each other payer is asked, as the page that is answered said it."""
        return ";".join(str(amount) for amount in self.division.asked[1:]) if self.others else ""

    def parties(self) -> list[Party]:
        return parties(self.division, self.others, self.contact.buyer_name) if self.others else []

    def asked(self) -> PaymentForm:
        """The form as it is first shown: what was typed before, and what the contact page already knows."""
        drafts, known = self.cart.visit.drafts, self.contact.cleaned_data
        words = {"order_siret": known["siret"], "order_service": known["service_code"], "order_engagement": known["engagement"]}
        words |= {name.partition(".")[2]: value for name, value in drafts.items() if name.startswith("payment.") and value}
        words |= {"shown": self.cart.visit.total, "shares": self.shares, "version": self.terms.version if self.terms else None}
        return self.form(initial=words)

    def form(self, *args: Any, **facts: Any) -> PaymentForm:
        return PaymentForm(*args, methods=self.methods, has_terms=self.terms is not None, **facts)

    def method(self, form: PaymentForm) -> Method | None:
        return next((method for method in self.methods if method.kind == form.cleaned_data.get("method")), None)

    def buyer(self, form: PaymentForm) -> tuple[Buyer, str]:
        """Who orders, with the engagement number: as told to the means of payment where that asks for it."""
        facts, found = self.contact.buyer_facts, form.cleaned_data
        engagement: str = self.contact.cleaned_data["engagement"]
        method = self.method(form)
        if method and method.kind == Method.Kind.ORDER:
            facts |= {"kind": "PUBLIC", "siret": found["order_siret"], "service_code": found["order_service"]}
            engagement = found["order_engagement"] or engagement
        return Buyer(**facts), engagement

    def page(self, form: PaymentForm, *, status: int = 200) -> HttpResponse:
        cart, visit = self.cart, self.cart.visit
        chosen = form["method"].value() if self.methods else ""
        lapse = first_lapse(cart.booking.congress, [row.line for row in visit.rows], terms_id=None, at=visit.at)
        facts = {
            "form": form,
            "terms": self.terms,
            "means": [(method, until(cart, method, lapse), chosen == method.kind) for method in self.methods],
            "order": Method.Kind.ORDER if any(method.kind == Method.Kind.ORDER for method in self.methods) else "",
            "parts": parts(visit.rows),
            "tax": estimate(visit.rows, visit.plan.taxes),
            "on_site": visit.total - visit.due,
            "is_free": not visit.total,
            "parties": self.parties(),
            "others": [(each, until(cart, each.form.means, lapse)) for each in self.parties() if each.form and each.form.means],
        }
        return cart.show(self.request, "public/payment.html", self.stage, status=status, **facts)


def payment(request: HttpRequest, cart: Cart, stage: Stage) -> HttpResponse:
    """The last page before the yes: recap, means of payment, terms, the button the law words."""
    contact_form = ContactForm(first_words(cart))
    if not contact_form.is_valid():
        messages.warning(request, _("Your details are not complete."))
        return redirect(cart.step("contact"))
    terms = cart.visit.plan.legal.get(LegalText.Kind.TERMS)
    others = judged(cart.visit, methods) if is_shared(cart.visit.drafts) and (methods := methods_for_others(cart)) else []
    division = divided(cart.visit, others)
    if any(not form.is_valid() for form in others) or idle(division, others):
        messages.warning(request, _("Say who pays what: it is not complete."))
        return redirect(cart.url("payers"))
    mine = division.asked[0] if others else cart.visit.due
    checkout = Checkout(request, cart, stage, contact_form, methods_of(cart) if mine else [], terms, others)
    if request.method != "POST":
        return checkout.page(checkout.asked())
    form = checkout.form(request.POST)
    if not form.is_valid():
        return checkout.page(form, status=422)
    if terms and form.cleaned_data.get("version") not in (terms.version, None):
        form.add_error("terms", _("The terms have changed while you were reading: please read and accept them anew."))
        return checkout.page(form, status=422)
    if form.cleaned_data["shares"] != checkout.shares:
        return _shown_anew(checkout, form)
    return _order(checkout, form)


def _shown_anew(checkout: Checkout, form: PaymentForm) -> HttpResponse:
    """What each pays is no longer what the page said: nothing was ordered."""
    form.add_error(None, _("What each pays has changed. Nothing is ordered: look at it again, and say yes if it suits you."))
    form.data = {**checkout.request.POST.dict(), "shares": checkout.shares}  # type: ignore[assignment]
    return checkout.page(form, status=422)


def _order(checkout: Checkout, form: PaymentForm) -> HttpResponse:
    cart, now = checkout.cart, timezone.now()
    buyer, engagement = checkout.buyer(form)
    try:
        place_order(
            cart.booking,
            buyer=buyer,
            method=checkout.method(form),
            terms=checkout.terms,
            shown=form.cleaned_data["shown"],
            by=cart.link,
            at=now,
            comment=checkout.contact.cleaned_data["comment"],
            address=address_of(checkout.request),
            engagement=engagement,
            shares=shares_of(checkout.division, checkout.others),
            visit=cart.visit,
            then=lambda placed: announce_order(placed, by=cart.link, at=now),
        )
    except (PriceChanged, NotEnough, NotThatStay, TooManyOptions, NotComplete, NothingToOrder) as error:
        for words in _why_not(cart, error):
            form.add_error(None, words)
        if isinstance(error, PriceChanged):
            form.data = {**form.data.dict(), "shown": str(error.now)}  # type: ignore[attr-defined]
    except DivisionChanged:
        cart.fresh()
        return _shown_anew(checkout, form)
    except ClosedNow:
        return redirect("public-welcome", cart.booking.congress.code)
    else:
        return _to_pay(checkout.request, cart, checkout.method(form), at=now)
    cart.fresh()
    return checkout.page(form, status=422)


def _why_not(cart: Cart, error: Exception) -> list[str]:
    """Why nothing was ordered, each reason in the buyer's words."""
    if isinstance(error, PriceChanged):
        words = _(
            "The total is no longer %(before)s but %(now)s. Nothing is ordered: look at it again, and say yes if it suits you."
        )
        return [words % {"before": money(error.shown), "now": money(error.now)}]
    if isinstance(error, NotEnough):
        rest = _("Nothing is ordered. Choose something else, the rest of your cart is as it was.")
        return [what_is_full(cart.visit, error) + " " + rest]
    if isinstance(error, TooManyOptions):
        return [_too_many(error)]
    if isinstance(error, NotThatStay):
        return [_("Not sold for these dates. %(why)s.") % {"why": error}]
    return getattr(error, "problems", None) or [_("Your cart is empty.")]


def _to_pay(request: HttpRequest, cart: Cart, method: Method | None, *, at: datetime) -> HttpResponse:
    """Where the buyer goes from the order: to the bank's page, or to the confirmation. The order stands whatever the bank does."""
    if method is None or method.kind != Method.Kind.CARD:
        return redirect(cart.step("done"))
    payer = cart.booking.payers.select_related("booking__congress", "client", "method").first()
    if payer is None:
        return redirect(cart.step("done"))
    try:
        return _to_bank(request, cart, payer, at=at)
    except NothingToPay:
        return redirect(cart.step("done"))


def _to_bank(request: HttpRequest, cart: Cart, payer: Payer, *, at: datetime) -> HttpResponse:
    """To the bank's page. It sends back to the payer's, which leads this browser on to the confirmation."""
    page = to_pay(payer)
    try:
        bank = start_card(payer, return_url=request.build_absolute_uri(f"{page}?from=bank"), by=cart.link, at=at)
    except (Unavailable, Declined):
        messages.warning(
            request, _("The bank’s page does not answer. Your order is recorded: try again, or choose another means.")
        )
        bank = page
    response = redirect(bank)
    remember_buyer(response, page, cart.link)
    return response


def _too_many(error: TooManyOptions) -> str:
    return {
        "PERSON": _("Too many rooms without payment for so few people: pay by card, or call us."),
        "EMAIL": _("This address already has as many unpaid rooms as it may: pay by card, or call us."),
        "NIGHT": _("Too many rooms of one of these nights wait for a payment: pay by card, or call us."),
    }[error.why]


def address_of(request: HttpRequest) -> str | None:
    return request.META.get("REMOTE_ADDR") or None


def done(request: HttpRequest, cart: Cart, stage: Stage) -> HttpResponse:
    """What was ordered, what is left to do, what to keep."""
    summary = summary_of(cart.booking, cart.visit.rows)
    facts: dict[str, Any] = {
        "summary": summary,
        "unnamed": [person for person in cart.visit.persons if person.is_unnamed],
        "my": reverse("client-booking", args=[cart.token]),
    }
    return cart.show(request, "public/done.html", stage, **facts)
