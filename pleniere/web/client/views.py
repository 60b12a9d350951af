"""My booking: its lines with their state, what is due and how, its papers, the names still missing, a word to the bureau."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pleniere.accounts import links
from pleniere.accounts.models import Bureau, Link
from pleniere.booking.actions import NamedAlready, name_person
from pleniere.booking.models import Booking
from pleniere.booking.queries import rows
from pleniere.congress.programme import programme
from pleniere.draw.queries import announced
from pleniere.invoicing.models import Invoice
from pleniere.invoicing.papers import file_name, invoice_pdf
from pleniere.invoicing.queries import invoices_of
from pleniere.registration.actions import NobodyToTell, ask_agent, send_known_links
from pleniere.registration.papers import calendar_file, confirmation_pdf, summary_of
from pleniere.web.links import holds, remember_buyer, to_pay

from .forms import EmailForm, NameForm, WishForm


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """ "I already have a booking": its links are mailed. The answer is the same whether there is one or not."""
    form = EmailForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        send_known_links(form.cleaned_data["email"], language=get_language() or "fr", at=timezone.now())
        return render(request, "client/sent.html", {"house": _house(), "email": form.cleaned_data["email"]})
    status = 422 if request.method == "POST" else 200
    return render(request, "client/find.html", {"house": _house(), "form": form}, status=status)


@require_safe
@holds(Link.Purpose.BOOKING)
def booking(request: HttpRequest, link: Link) -> HttpResponse:
    found = _of(link)
    if found.placed_at is None:
        return redirect("public-cart", found.congress.code, links.token(link))
    return _show(request, link, found)


@require_safe
@holds(Link.Purpose.BOOKING)
def confirmation(request: HttpRequest, link: Link) -> HttpResponse:
    found = _placed(link)
    return _file(confirmation_pdf(found), "application/pdf", f"confirmation-{found.number}.pdf")


@require_safe
@holds(Link.Purpose.BOOKING)
def invoice(request: HttpRequest, link: Link, pk: int) -> HttpResponse:
    """One of the booking's own documents; any other is not there."""
    found = get_object_or_404(invoices_of(_placed(link)).filter(pk__in=Invoice.objects.visible_to(link)), pk=pk)
    return _file(invoice_pdf(found), "application/pdf", file_name(found))


@require_safe
@holds(Link.Purpose.BOOKING)
def calendar(request: HttpRequest, link: Link) -> HttpResponse:
    found = _placed(link)
    return _file(calendar_file(found), "text/calendar; charset=utf-8", f"congres-{found.number}.ics")


@require_POST
@holds(Link.Purpose.BOOKING)
def payer(request: HttpRequest, link: Link, pk: int) -> HttpResponse:
    """To one payer's own page, by a link of its own that can be forwarded; made by a POST, as every link."""
    found = get_object_or_404(_placed(link).payers, pk=pk)
    page = to_pay(found)
    response = redirect(page)
    remember_buyer(response, page, link)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@holds(Link.Purpose.BOOKING)
def name(request: HttpRequest, link: Link, pk: int) -> HttpResponse:
    """Name the person a place was kept for."""
    found = _placed(link)
    person = get_object_or_404(found.persons, pk=pk)
    form = NameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            named = name_person(found, person, **form.cleaned_data, by=link, at=timezone.now())
            messages.success(request, _("%(person)s is registered.") % {"person": named})
        except NamedAlready:
            messages.warning(request, _("This place has its person already. For another name, write to us."))
        return redirect("client-booking", links.token(link))
    status = 422 if request.method == "POST" else 200
    facts = {**_frame(link, found), "form": form, "person": person}
    return render(request, "client/name.html", facts, status=status)


@require_POST
@holds(Link.Purpose.BOOKING)
def wish(request: HttpRequest, link: Link) -> HttpResponse:
    """A change is asked of an agent, in the buyer's words."""
    found = _placed(link)
    form = WishForm(request.POST)
    if not form.is_valid():
        return _show(request, link, found, wish=form, status=422)
    try:
        ask_agent(found, form.cleaned_data["text"], by=link, at=timezone.now())
        messages.success(request, _("Your message is with us. We answer by e-mail."))
    except NobodyToTell:
        messages.warning(request, _("We could not pass your message on: please call us."))
    return redirect("client-booking", links.token(link))


def _show(request: HttpRequest, link: Link, found: Booking, *, wish: WishForm | None = None, status: int = 200) -> HttpResponse:
    every = rows(found)
    facts = {
        **_frame(link, found),
        "rows": sorted(every, key=lambda row: (row.line.offer.step.position, row.line.start, row.line.pk)),
        "summary": summary_of(found, every),
        "unnamed": list({person.pk: person for row in every for person in row.persons if person.is_unnamed}.values()),
        "invoices": invoices_of(found),
        "has_draw": bool(announced(programme(found.congress))),
        "wish": wish or WishForm(),
    }
    return render(request, "client/booking.html", facts, status=status)


def _frame(link: Link, found: Booking) -> dict[str, Any]:
    token = links.token(link)
    return {
        "booking": found,
        "congress": found.congress,
        "house": _house(),
        "token": token,
        "mine": reverse("client-booking", args=[token]),
    }


def _of(link: Link) -> Booking:
    return get_object_or_404(Booking.objects.visible_to(link).select_related("congress", "client", "terms_accepted"))


def _placed(link: Link) -> Booking:
    return get_object_or_404(Booking.objects.visible_to(link).placed().select_related("congress", "client"))


def _house() -> Bureau | None:
    return Bureau.objects.filter(pk=1).first()


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
