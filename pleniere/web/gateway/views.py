"""The door of card providers' notices, and the sandbox bank's pages: pay, refuse, abandon, 3-D Secure."""

from __future__ import annotations

import logging
from decimal import Decimal
from urllib.parse import urlsplit

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from pleniere.payment import providers
from pleniere.payment.actions import take_notice
from pleniere.payment.providers import Status
from pleniere.payment.providers.sandbox import Provider

from . import bank
from .forms import Trial

log = logging.getLogger(__name__)
ACTS = {"pay": Status.PAID, "refuse": Status.REFUSED, "abandon": Status.ABANDONED}


@csrf_exempt  # a bank has no cookie of ours: its signature is what is verified
@require_POST
def notice(request: HttpRequest, provider: str) -> HttpResponse:
    """What a provider says. Answered 200 once it is written, so that the provider stops telling."""
    try:
        take_notice(provider, request.body, request.headers, at=timezone.now())
    except providers.Unavailable as error:
        raise Http404 from error
    except providers.Forged:
        log.warning("a notice without the signature of %s was refused", provider[:40])
        return HttpResponse("signature", status=403, content_type="text/plain")
    except providers.Unreadable:
        return HttpResponse("unreadable", status=400, content_type="text/plain")
    return HttpResponse("ok", content_type="text/plain")


@require_http_methods(["GET", "POST"])
def pay(request: HttpRequest, ref: str) -> HttpResponse:
    """The card page: nothing is asked of a card, everything of its holder."""
    order = _order(request, ref)
    form = Trial(request.POST or None)
    act = request.POST.get("act", "")
    if request.method == "POST" and form.is_valid() and act in {*ACTS, "check"}:
        if act == "check":
            query = request.GET.copy()
            query.update(form.cleaned_data)
            return redirect(f"{reverse('sandbox-bank-check', args=[ref])}?{query.urlencode()}")
        return _done(ref, order, act, form.cleaned_data)
    page = render(request, "gateway/pay.html", _facts(ref, order) | {"form": form}, status=422 if form.is_bound else 200)
    return _leads_back(page, order)


@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, ref: str) -> HttpResponse:
    """3-D Secure: the holder's own bank asks; meanwhile the rooms' clock runs."""
    order, form = _order(request, ref), Trial(request.GET)
    trial = form.cleaned_data if form.is_valid() else {"debits": "asked", "tells": "now"}
    act = request.POST.get("act", "")
    if request.method == "POST" and act in ACTS:
        return _done(ref, order, act, trial)
    return _leads_back(render(request, "gateway/check.html", _facts(ref, order)), order)


def _order(request: HttpRequest, ref: str) -> dict[str, str]:
    """What the page was opened for, signed in its address; 404 for any other, and where the sandbox is not enabled."""
    if "sandbox" not in providers.enabled():
        raise Http404
    try:
        return Provider().order(ref, request.GET.get("order", ""))
    except providers.Forged as error:
        raise Http404 from error


def _done(ref: str, order: dict[str, str], act: str, trial: dict[str, str]) -> HttpResponse:
    found = bank.tellings(ref, ACTS[act], amount=Decimal(order["amount"]), currency=order["currency"], debits=trial["debits"])
    bank.answer(found, tells=trial["tells"], at=timezone.now())
    return redirect(order["return"])


def _leads_back(page: HttpResponse, order: dict[str, str]) -> HttpResponse:
    """A bank knows no policy of ours: its form may end where the merchant asked, under whatever name of ours that is."""
    back = urlsplit(order["return"])
    if back.netloc:
        page._csp_update = {"form-action": [f"{back.scheme}://{back.netloc}"]}  # type: ignore[attr-defined]
    return page


def _facts(ref: str, order: dict[str, str]) -> dict[str, object]:
    return {"ref": ref, "order": order, "amount": Decimal(order["amount"])}
