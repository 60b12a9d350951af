"""What somebody who means harm would send, and the forms of a page as a browser finds them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

SITE = "http://testserver"
VALUES = {
    "megabyte": "é" * 500_000,
    "nul": "a\x00b",
    "year 9999": "9999-12-31",
    "year 1": "0001-01-01",
    "billions": "1000000000000",
    "beyond 64 bits": "9" * 25,
    "five thousand digits": "9" * 5_000,  # more than Python turns into a number
    "below zero": "-1",
    "nan": "NaN",
    "exponent": "1e999",
    "digits of elsewhere": "٣²",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈",
    "right to left": "\u202egpj.exe\u2066",
    "formula": "=cmd|' /C calc'!A0",
    "markup": "\"'><script>alert(1)</script>{{7*7}}",
    "header": "a\r\nBcc: victim@example.org\r\n\r\nx",
    "path": "../../../../etc/passwd",
    "json": '{"a": [1, {"b": null}]}',
    "nothing": "",
}
IN_A_PATH = ["9" * 25, "0", "-1", "%00", "%D9%A3", "x" * 3_000, "..%2F..", "%F0%9F%98%80"]


@dataclass
class Form:
    """A form of a page: where it goes, and what a browser would send with one of its buttons."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def sent(self, button: tuple[str, str] | None = None, **changes: str) -> dict[str, list[str]]:
        filled: dict[str, list[str]] = {}
        for name, value in [*self.fields, *([button] if button else [])]:
            filled.setdefault(name, []).append(value)
        return filled | {name: [value] for name, value in changes.items()}


class Page(HTMLParser):
    """The forms and the addresses of a page."""

    def __init__(self, html: str, at: str):
        super().__init__()
        self.at = at
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._now: Form | None = None
        self._by_id: dict[str, Form] = {}
        self._loose: list[tuple[str, str, dict[str, str]]] = []
        self._options: list[tuple[str, bool]] | None = None
        self._area: list[str] | None = None
        self._name = ""
        self.feed(html)
        for owner, tag, facts in self._loose:
            if owner in self._by_id:
                _take(self._by_id[owner], tag, facts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = {name: value or "" for name, value in attrs}
        for name in ("href", "src"):
            if tag in ("a", "img", "iframe") and facts.get(name):
                self.links.append(urljoin(self.at, facts[name]))
        if tag == "form":
            self._now = Form(urljoin(self.at, facts.get("action", "")), facts.get("method", "get").lower())
            self.forms.append(self._now)
            self._by_id[facts.get("id", "")] = self._now
        elif tag in ("input", "button") and facts.get("form"):
            self._loose.append((facts["form"], tag, facts))
        elif tag in ("input", "button") and self._now:
            _take(self._now, tag, facts)
        elif tag == "select":
            self._name, self._options = facts.get("name", ""), []
        elif tag == "textarea":
            self._name, self._area = facts.get("name", ""), []
        elif tag == "option" and self._options is not None:
            self._options.append((facts.get("value", ""), "selected" in facts))

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._options is not None:
            chosen = [value for value, is_chosen in self._options if is_chosen]
            self._typed((chosen or [value for value, _ in self._options if value] or [""])[0])
            self._options = None
        elif tag == "textarea" and self._area is not None:
            self._typed("".join(self._area))
            self._area = None
        elif tag == "form":
            self._now = None

    def _typed(self, value: str) -> None:
        if self._now and self._name:
            self._now.names.append(self._name)
            self._now.fields.append((self._name, value))


def _take(form: Form, tag: str, facts: dict[str, str]) -> None:
    name, kind = facts.get("name", ""), facts.get("type", "submit" if tag == "button" else "text")
    if not name:
        return
    if kind == "submit":
        form.buttons.append((name, facts.get("value", "")))
    elif kind == "file":
        form.files.append(name)
    elif kind not in ("checkbox", "radio") or "checked" in facts:
        form.fields.append((name, facts.get("value", "on")))
    if kind not in ("file", "submit") and name != "csrfmiddlewaretoken" and name not in form.names:
        form.names.append(name)


def is_ours(url: str) -> bool:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" == SITE


def local(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")
