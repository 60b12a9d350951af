"""A browser that is shown pages instead of asking for them: the test's own client renders, Chromium lays out, axe looks.

No server runs, no page is rendered twice, and a page is one request: its styles and fonts are put into it. Scripts are left out, as
every page works without; what they do has tests of its own.
"""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import axe_playwright_python
from django.contrib.staticfiles import finders

HOST = "http://testserver"
PHONE, DESK = 390, 1280
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
LOOK = """async (rules) => {
    if (!window.axe) throw new Error("no axe")
    const options = {resultTypes: ["violations"], elementRef: false, preload: false}
    if (rules.length) options.runOnly = {type: "rule", values: rules}
    const found = await axe.run(document, options)
    return found.violations.flatMap(one => one.nodes.map(node => `${one.id}: ${node.html.slice(0, 160)}`))
}"""
FEW = "document.querySelectorAll('tbody > tr:nth-of-type(n + 7)').forEach(row => row.remove())"  # the others are as those
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"


class Glass:
    """`look(path, html)` says what is wrong with a page on a phone and on a desk."""

    def __init__(self, page) -> None:
        self.page = page
        self.html: dict[str, str] = {}
        page.context.route("**/*", self._answer)

    def look(self, path: str, html: str, *, dark: bool = False) -> list[str]:
        """What axe finds at a phone's width, and at which width it scrolls sideways; by night too, for its contrast alone."""
        page, self.html = self.page, {path: html}
        page.set_viewport_size({"width": DESK, "height": 900})
        page.goto(HOST + path, wait_until="load")
        found = self._sideways(DESK)
        page.set_viewport_size({"width": PHONE, "height": 900})
        found += self._sideways(PHONE)
        page.evaluate(FEW)
        page.evaluate(AXE)
        found += page.evaluate(LOOK, [])
        if dark:
            page.emulate_media(color_scheme="dark")
            found += [f"by night, {fault}" for fault in page.evaluate(LOOK, ["color-contrast"])]
            page.emulate_media(color_scheme="light")
        return found

    def _sideways(self, width: int) -> list[str]:
        return [f"scrolls sideways at {width} px"] if self.page.evaluate(SIDEWAYS) else []

    def _answer(self, route) -> None:
        asked = urlsplit(route.request.url)
        html = self.html.get(f"{asked.path}?{asked.query}" if asked.query else asked.path)
        if html is None:
            return route.fulfill(status=204)
        return route.fulfill(body=_whole(html), content_type="text/html; charset=utf-8")


def _whole(html: str) -> str:
    html = re.sub(r"<script\b[^>]*>.*?</script>", "", html, flags=re.DOTALL)
    return re.sub(r'<link rel="(?:(stylesheet)|icon|preload)" href="/static/([^"]+)"[^>]*>', _style, html)


def _style(found: re.Match[str]) -> str:
    return f"<style>{_sheet(found[2])}</style>" if found[1] else ""


@cache
def _sheet(name: str) -> str:
    """A style sheet with its fonts in it."""
    path = Path(str(finders.find(name)))
    return re.sub(r"url\((\.\./[^)]+)\)", lambda font: f"url({_data(path.parent / font[1])})", path.read_text())


def _data(path: Path) -> str:
    return f"data:font/woff2;base64,{b64encode(path.read_bytes()).decode()}"
