"""What tests in a browser share: coming in, axe, sideways scroll."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client

WIDTHS = (390, 1280)


def sign_in(page, live_server, user) -> None:
    """Give the browser the user's session."""
    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie.value, "url": live_server.url}])


def faults(page) -> list[str]:
    """What axe finds, and whether the page scrolls sideways at its width."""
    found = [
        f"{fault['id']}: {node['html'][:160]}" for fault in Axe().run(page).response["violations"] for node in fault["nodes"]
    ]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"):
        found.append(f"scrolls sideways at {page.viewport_size['width']} px")
    return found


def look_at(page, address: str) -> list[str]:
    """Faults of the page at a phone's and a desk's width."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(address)
        found += [f"{width}: {fault}" for fault in faults(page)]
    return found
