"""What every answer of the house shares."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_vary_headers

from pleniere.payment.providers import card_hosts


def people_language(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Who is signed in reads in the language of their account, unless they chose another in this browser."""

    def middleware(request: HttpRequest) -> HttpResponse:
        user = request.user
        if (
            settings.SESSION_COOKIE_NAME in request.COOKIES
            and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES
            and user.is_authenticated
        ):
            translation.activate(user.language)
            request.LANGUAGE_CODE = user.language  # type: ignore[attr-defined]
        return get_response(request)

    return middleware


def vary_on_htmx(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A page and its fragment share an address: caches must not mix them."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        patch_vary_headers(response, ["HX-Request"])
        return response

    return middleware


def no_nul_in_an_address(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """No page of ours has one in its address, and PostgreSQL refuses to look for it: not found, wherever the address leads."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path_info:
            raise Http404
        return get_response(request)

    return middleware


def private_pages_stay_private(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """What was shown to who is signed in is kept by no cache, nor by the browser for the next who sits there."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return middleware


def card_pages_are_reached(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """An order form that ends on a bank's page is let go there: browsers hold `form-action` against its redirects too."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if hosts := card_hosts():
            asked = getattr(response, "_csp_update", None) or {}
            response._csp_update = {**asked, "form-action": [*asked.get("form-action", ()), *hosts]}  # type: ignore[attr-defined]
        return response

    return middleware


HEAVIEST = 25 * 1024 * 1024  # bytes of a request: the heaviest file that a form takes is 20 MB
PATIENCE = 4 * HEAVIEST


def no_body_too_heavy(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A request heavier than any form takes reaches no disk. It is thrown away as it comes, for a browser hears the answer only
    once it has sent all; beyond patience it is not received at all."""

    def middleware(request: HttpRequest) -> HttpResponse:
        told = request.META.get("CONTENT_LENGTH") or ""
        weight = int(told) if told.isdecimal() else 0
        if weight <= HEAVIEST:
            return get_response(request)
        while weight <= PATIENCE and request.read(65_536):
            pass
        return render(request, "413.html", {"most": HEAVIEST // (1024 * 1024)}, status=413)

    return middleware
