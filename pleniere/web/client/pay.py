"""What one payer owes, by its own link: pay by card, see what the bank said, or choose another means. It shows nobody's name but theirs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pleniere.accounts import links
from pleniere.accounts.models import Bureau, Link
from pleniere.booking.actions import TooManyOptions, choose_method, number_payer
from pleniere.booking.actions.options import first_lapse, option_end
from pleniere.booking.models import Line, Payer
from pleniere.congress.models import Method
from pleniere.invoicing.models import Invoice
from pleniere.invoicing.papers import file_name, invoice_pdf
from pleniere.invoicing.queries import invoices_of
from pleniere.payment.actions import NothingToPay, announce, start_card
from pleniere.payment.models import Attempt
from pleniere.payment.providers import Declined, Unavailable, enabled
from pleniere.payment.queries import payers_of
from pleniere.registration.payers import charges_of, is_public, payer_file, payer_pdf, sheet_of
from pleniere.stock.actions import NotEnough
from pleniere.web.links import buyer_of, holds
from pleniere.web.typed import pk_of

from .forms import NumbersForm

CARD = Method.Kind.CARD


@require_http_methods(["GET", "HEAD", "POST"])
@holds(Link.Purpose.PAY)
def pay(request: HttpRequest, link: Link) -> HttpResponse:
    payer = _payer(link)
    methods = _methods(payer)
    if request.method == "POST":
        chosen = next((method for method in methods if method.kind == request.POST.get("method")), None)
        if chosen is not None:
            return redirect(_take(request, link, payer, chosen))
        return _show(request, link, payer, methods, problem=_("Choose how you pay."), status=422)
    return _show(request, link, payer, methods)


def _take(request: HttpRequest, link: Link, payer: Payer, method: Method) -> str:
    """Go to the bank's page, or wait for the money that comes another way. Returns where to."""
    here, now = reverse("client-pay", args=[links.token(link)]), timezone.now()
    try:
        choose_method(payer, method, by=link, at=now)
        payer = _payer(link)
        if method.kind == CARD:
            return start_card(payer, return_url=request.build_absolute_uri(f"{here}?from=bank"), by=link, at=now)
        announce(payer, by=link, at=now)
        messages.success(request, _("Noted: you pay by %(method)s.") % {"method": method})
    except NothingToPay:
        messages.success(request, _("Nothing is left to pay."))
    except (Unavailable, Declined):
        messages.warning(request, _("The bank’s page does not answer. Try again in a moment, or choose another means."))
    except NotEnough:
        messages.warning(
            request, _("The time for the card is over and a place was taken meanwhile. Call us: we look at it with you.")
        )
    except TooManyOptions:
        messages.warning(request, _("So many places cannot wait for a payment: pay by card, or call us."))
    return here


def _show(
    request: HttpRequest,
    link: Link,
    payer: Payer,
    methods: list[Method],
    *,
    problem: str = "",
    numbers: NumbersForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, to whoever holds its link. Who ordered goes on to the confirmation once the bank has said yes."""
    charges = charges_of(payer.booking)
    lines = list({charge.line_id: charge.line for charge in charges}.values())
    dues = payers_of(payer.booking, at=timezone.now(), lines=lines, charges=charges)
    sheet = sheet_of(payer, dues=dues, charges=charges)
    due = sheet.due
    attempt = payer.attempts.filter(kind=CARD).order_by("-pk").first()
    mine = buyer_of(request, payer)
    congress = payer.booking.congress
    held = [line for line in lines if line.state == Line.State.HELD]
    lapse = first_lapse(congress, held, terms_id=payer.terms_id, at=timezone.now())
    came_back = request.GET.get("from") == "bank"
    lapsed = due.total == 0 and payer.charges.filter(line__lapsed_at__isnull=False).exists()
    if mine and came_back and not lapsed and attempt is not None and attempt.state == Attempt.State.PAID:
        return redirect("public-step", congress.code, mine, "done")
    facts: dict[str, Any] = {
        "payer": payer,
        "booking": payer.booking,
        "congress": congress,
        "house": Bureau.objects.filter(pk=1).first(),
        "due": due,
        "attempt": attempt,
        "came_back": came_back,
        "waits": attempt is not None and attempt.state == Attempt.State.OPEN and came_back and due.left > 0,
        "sheet": sheet,
        "account": sheet.account,
        "numbers": (numbers or NumbersForm(initial=_numbers(payer))) if is_public(payer) else None,
        "invoices": invoices_of(payer.booking).filter(pk__in=Invoice.objects.visible_to(link)),
        "token": links.token(link),
        "means": [(method, _until(method, payer, lapse)) for method in methods],
        "lapsed": lapsed,
        "problem": problem,
        "address": links.url(link),
        "mine": mine,
        "payments": list(payer.receipts.order_by("on", "pk")),
    }
    return render(request, "client/pay.html", facts, status=status)


def _until(method: Method, payer: Payer, lapse: datetime | None) -> Any:
    if method.kind == CARD:
        return None
    congress = payer.booking.congress
    end = option_end(congress, method, timezone.now())
    return congress.local_date(min(end, lapse or end) - timedelta(seconds=1))


def _payer(link: Link) -> Payer:
    pk = link.subject.partition("booking.Payer:")[2]
    found = Payer.objects.select_related("booking__congress", "booking__client", "client", "method")
    return get_object_or_404(found, pk=pk_of(pk))


def _numbers(payer: Payer) -> dict[str, str]:
    return {
        "siret": payer.siret or payer.client.siret,
        "service_code": payer.service_code or payer.client.service_code,
        "engagement": payer.engagement,
    }


@require_POST
@holds(Link.Purpose.PAY)
def numbers(request: HttpRequest, link: Link) -> HttpResponse:
    """What a public body's invoice must bear, given by who holds its link."""
    payer = _payer(link)
    if not is_public(payer):
        raise Http404
    form = NumbersForm(request.POST)
    if not form.is_valid():
        return _show(request, link, payer, _methods(payer), numbers=form, status=422)
    number_payer(payer, **form.cleaned_data, by=link, at=timezone.now())
    messages.success(request, _("These numbers will be on your invoice."))
    return redirect("client-pay", links.token(link))


@require_safe
@holds(Link.Purpose.PAY)
def paper(request: HttpRequest, link: Link) -> HttpResponse:
    """The pro forma, or the purchase order to sign, as it stands now."""
    payer = _payer(link)
    return _file(payer_pdf(payer), payer_file(payer))


@require_safe
@holds(Link.Purpose.PAY)
def invoice(request: HttpRequest, link: Link, pk: int) -> HttpResponse:
    """One of the payer's own documents; any other is not there."""
    found = get_object_or_404(invoices_of(_payer(link).booking).filter(pk__in=Invoice.objects.visible_to(link)), pk=pk)
    return _file(invoice_pdf(found), file_name(found))


def _file(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        content, content_type="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _methods(payer: Payer) -> list[Method]:
    """What the congress offers today; an administrative order where it was chosen, or where a public body's SIRET is known."""
    congress = payer.booking.congress
    today = congress.local_date(timezone.now())
    found = congress.methods.filter(is_on=True)
    return [
        method
        for method in found
        if (not method.closes or today < method.closes)
        and (method.kind != CARD or method.provider in enabled())
        and (method.kind != Method.Kind.ORDER or payer.method_id == method.pk or (is_public(payer) and payer.siret))
    ]
