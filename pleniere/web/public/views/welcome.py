"""Before the form: the congress's welcome, and the texts the law asks for."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from pleniere.accounts import links
from pleniere.accounts.models import Bureau
from pleniere.booking.selling import audience_of
from pleniere.catalogue.models import Photo, Service
from pleniere.common.nights import DAY
from pleniere.congress.models import Congress, LegalText, Offer
from pleniere.congress.pricing import NotSold, price
from pleniere.congress.programme import Programme, programme
from pleniere.draw.queries import announced
from pleniere.registration.actions import ClosedNow, begin
from pleniere.registration.queue import NotYourTurn
from pleniere.registration.search import least_a_night
from pleniere.registration.shelf import Tag, tag_of
from pleniere.stock.queries import free
from pleniere.web.typed import number

from ..door import closed, keep_turn
from ..full import CODE, carried, full
from .queue import asking


def congress_of(code: str) -> Congress:
    return get_object_or_404(Congress, code=code)


@require_safe
def welcome(request: HttpRequest, code: str) -> HttpResponse:
    congress, now = congress_of(code), timezone.now()
    plan, is_open = programme(congress), congress.is_open(now)
    counts = free(congress, start=congress.local_date(now))
    facts = {
        **closed(congress, _house(), now),
        "is_open": is_open,
        "code": request.GET.get(CODE, "")[:40],
        "full": full(plan, now, counts) if is_open else None,
        "fees": _from_prices(plan, Service.Kind.FEE, now),
        "night": least_a_night(plan, counts, audience=audience_of(plan, None), on=congress.local_date(now)),
        "hotels": len({offer.service.supplier_id for offer in plan.offers.values() if _is(offer, Service.Kind.ROOM)}),
        "days": _days(plan),
        "methods": [method for method in plan.methods if not method.closes or congress.local_date(now) < method.closes],
        "terms": plan.legal.get(LegalText.Kind.TERMS),
        "draws": announced(plan),
    }
    return render(request, "public/welcome.html", facts)


@require_POST
def start(request: HttpRequest, code: str) -> HttpResponse:
    """A cart of one's own: made by a POST alone, so that no scanner of links fills the house with carts."""
    congress, now = congress_of(code), timezone.now()
    turn = asking(request, congress, now).turn if congress.queue_places and congress.state == Congress.State.OPEN else None
    try:
        _booking, link = begin(congress, language=get_language() or "fr", at=now, turn=turn)
    except (ClosedNow, NotYourTurn):
        return keep_turn(redirect("public-queue", code), turn, code) if turn else redirect("public-welcome", code)
    answer = redirect(_first_page(request, congress, links.token(link), now))
    return keep_turn(answer, turn, code) if turn else answer


def _first_page(request: HttpRequest, congress: Congress, token: str, now: datetime) -> str:
    """Of the cart just begun: the draw one came for, else the form, which says if no room is left."""
    plan = programme(congress)
    numbers = {str(draw.number) for draw in announced(plan)}
    if request.POST.get("draw") in numbers:
        return reverse("client-draw", args=[token, request.POST["draw"]])
    cart = reverse("public-cart", args=[congress.code, token])
    return cart + carried(request.POST, is_full=full(plan, now) is not None)


@require_safe
def terms(request: HttpRequest, code: str) -> HttpResponse:
    """The terms of sale: the version in force, or an earlier one by `?version=`."""
    congress = congress_of(code)
    texts = congress.legal_texts.filter(kind=LegalText.Kind.TERMS)
    version = number(request.GET.get("version", ""), digits=4)
    text = texts.first() if version is None else texts.filter(version=version).first()
    if text is None:
        raise Http404
    return render(request, "public/terms.html", {"congress": congress, "house": _house(), "text": text})


@require_safe
def privacy(request: HttpRequest, code: str) -> HttpResponse:
    congress = congress_of(code)
    text = congress.legal_texts.filter(kind=LegalText.Kind.PRIVACY).first()
    return render(request, "public/privacy.html", {"congress": congress, "house": _house(), "text": text})


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "public/accessibility.html", {"house": _house()})


@require_safe
def photo(request: HttpRequest, code: str, pk: int) -> FileResponse:
    """A picture of a supplier that this congress sells for."""
    suppliers = {offer.service.supplier_id for offer in programme(congress_of(code)).offers.values()}
    found = get_object_or_404(Photo.objects.select_related("file"), pk=pk, supplier__in=suppliers)
    response = FileResponse(found.file.content.open(), content_type=found.file.content_type)
    response.headers["Cache-Control"] = "public, max-age=86400"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _house() -> Bureau | None:
    return Bureau.objects.filter(pk=1).first()


def _is(offer: Offer, kind: str) -> bool:
    return offer.service.kind == kind and not offer.office_only


def _from_prices(plan: Programme, kind: str, now: datetime) -> list[tuple[Offer, Tag]]:
    """Offers of the kind with what a delegate pays for one unit of it today, the least first."""
    audience, congress = audience_of(plan, None), plan.congress
    facts: dict[str, Any] = {"on": congress.local_date(now), "audience": audience}
    found = []
    for offer in plan.offers.values():
        if _is(offer, kind) and plan.admits(offer, audience):
            start, end = offer.starts or congress.starts, offer.ends or congress.starts + DAY
            for rate in plan.rates.get(offer.service_id, []):
                try:
                    quoted = price(plan, rate, start=start, end=end, pool=offer.pool_id, **facts)
                except NotSold:
                    continue
                found.append((offer, tag_of(offer, quoted, audience)))
    return sorted(found, key=lambda pair: pair[1].gross)


def _days(plan: Programme) -> list[tuple[date, list[Offer]]]:
    """The programme as it is sold: what is on each day, for all to read."""
    days: dict[date, list[Offer]] = {}
    for offer in plan.offers.values():
        if offer.starts and not offer.office_only:
            days.setdefault(offer.starts, []).append(offer)
    return sorted(days.items())
