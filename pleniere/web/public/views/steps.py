"""The form's frame: which page a stage is, words kept as typed, the timer, the cart's lines, the link that resumes."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pleniere.accounts import links
from pleniere.booking.actions import (
    AlreadyPlaced,
    NoMoreTime,
    NoSuchCode,
    drop_lines,
    drop_voucher,
    empty_cart,
    hold_again,
    prolong_cart,
    use_voucher,
)
from pleniere.common.shown import moment
from pleniere.registration.actions import save_drafts, send_resume_link
from pleniere.registration.visit import CART, CONTACT, DONE, PAYMENT
from pleniere.stock.actions import NotEnough
from pleniere.web.typed import pks_of

from ..door import Cart, of_cart
from ..forms import EmailForm
from ..full import MARK, carried
from ..said import what_is_full
from .lodging import lodging
from .order import cart_page, contact, done, payment
from .people import people
from .services import services

PAGES: dict[str, Callable[..., HttpResponse]] = {
    "PERSONS": people,
    "FEE": services,
    "SERVICES": services,
    "LODGING": lodging,
    CART.upper(): cart_page,
    CONTACT.upper(): contact,
    PAYMENT.upper(): payment,
    DONE.upper(): done,
}
FIELD = re.compile(r"^(persons|contact|payment|lodging|payers)\.[A-Za-z0-9_-]{1,60}$")
AT_ONCE = 60  # fields in one saving


@require_http_methods(["GET", "HEAD", "POST"])
@of_cart
def step(request: HttpRequest, cart: Cart, stage: str) -> HttpResponse:
    """A stage of the form. One that is shut leads back to the first that must be done, and says why."""
    found = cart.visit.stage(stage)
    if found is None:
        raise Http404
    if cart.booking.placed_at is not None and found.code != DONE:
        return redirect(cart.step(DONE))
    if found.shut_by:
        messages.warning(request, _("%(step)s %(why)s.") % {"step": found.title, "why": found.shut_by})
        return redirect(cart.step(_first_open(cart)))
    try:
        return PAGES[found.kind](request, cart, found)
    except AlreadyPlaced:
        return redirect(cart.step(DONE))


@require_safe
@of_cart
def resume(request: HttpRequest, cart: Cart) -> HttpResponse:
    """Where one left: the first stage that is open and not done."""
    where = cart.step(DONE if cart.booking.placed_at else _first_open(cart))
    return redirect(where + carried(request.GET, is_full=MARK in request.GET))


@require_POST
@of_cart
def drafts(request: HttpRequest, cart: Cart) -> HttpResponse:
    """A field as it was left, kept before it is judged. Answers when it was kept."""
    words = {name: value for name, value in request.POST.items() if isinstance(value, str) and FIELD.match(name)}
    now = timezone.now()
    if cart.booking.placed_at is None:
        save_drafts(cart.booking, dict(list(words.items())[:AT_ONCE]), at=now)
    return JsonResponse({"saved": _("Saved at %(time)s") % {"time": f"{timezone.localtime(now):%H:%M}"}})


@require_POST
@of_cart
def hold(request: HttpRequest, cart: Cart) -> HttpResponse:
    """More time, or what was lost held anew."""
    now = timezone.now()
    try:
        if request.POST.get("do") == "again":
            hold_again(cart.booking, by=cart.link, at=now)
            messages.success(request, _("Your places are held again."))
        else:
            until = prolong_cart(cart.booking, by=cart.link, at=now)
            messages.success(request, _("Your places are held until %(time)s.") % {"time": f"{timezone.localtime(until):%H:%M}"})
    except NoMoreTime:
        messages.warning(
            request, _("The time cannot be prolonged any more: please order now, your places are held until the end.")
        )
    except NotEnough as error:
        messages.warning(
            request, what_is_full(cart.visit, error) + " " + _("Take it out of your cart, the rest can be held again.")
        )
    except AlreadyPlaced:
        return redirect(cart.step(DONE))
    return _back(request, cart)


@require_POST
@of_cart
def lines(request: HttpRequest, cart: Cart) -> HttpResponse:
    """Take lines out of the cart, or empty it."""
    now = timezone.now()
    try:
        if request.POST.get("do") == "empty":
            empty_cart(cart.booking, by=cart.link, at=now)
            messages.success(request, _("Your cart is empty. The people you named are still there."))
        else:
            count = drop_lines(cart.booking, pks_of(request.POST.getlist("line")), by=cart.link, at=now)
            if count:
                messages.success(request, ngettext("One line was removed.", "%(n)d lines were removed.", count) % {"n": count})
    except AlreadyPlaced:
        return redirect(cart.step(DONE))
    return _back(request, cart)


@require_POST
@of_cart
def codes(request: HttpRequest, cart: Cart) -> HttpResponse:
    """A code that takes something off: used, or no longer."""
    now = timezone.now()
    try:
        if request.POST.get("drop"):
            for pk in pks_of([request.POST["drop"]]):
                drop_voucher(cart.booking, pk, by=cart.link, at=now, read=cart.visit.content)
        else:
            used = use_voucher(cart.booking, request.POST.get("code", "")[:40], by=cart.link, at=now, read=cart.visit.content)
            messages.success(request, _("Code taken: %(name)s.") % {"name": used})
    except AlreadyPlaced:
        return redirect(cart.step(DONE))
    except NoSuchCode:
        messages.warning(request, _("Nothing is taken off for this code, or not any more."))
    return redirect(cart.step(CART))


@require_http_methods(["GET", "HEAD", "POST"])
@of_cart
def link(request: HttpRequest, cart: Cart) -> HttpResponse:
    """The link that resumes this registration: shown, to copy, or mailed on request."""
    form = EmailForm(request.POST or None, initial={"email": cart.visit.drafts.get("contact.email", "")})
    status = 200
    if request.method == "POST":
        if form.is_valid():
            send_resume_link(cart.booking, to=form.cleaned_data["email"], by=cart.link, at=timezone.now())
            messages.success(request, _("The link is on its way to %(email)s.") % {"email": form.cleaned_data["email"]})
            return redirect(cart.url("resume"))
        status = 422
    stage = cart.visit.stage(_first_open(cart))
    assert stage is not None
    return cart.show(
        request,
        "public/link.html",
        stage,
        status=status,
        form=form,
        address=links.url(cart.link),
        since=moment(cart.booking.made_at),
    )


def _first_open(cart: Cart) -> str:
    stages = cart.visit.stages
    return next((stage.code for stage in stages if not stage.is_done and not stage.shut_by), stages[0].code)


def _back(request: HttpRequest, cart: Cart) -> HttpResponse:
    """To the page of this house that asked, else to the cart."""
    to = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(to, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return redirect(to if safe and to.startswith("/c/") else cart.step(CART))
