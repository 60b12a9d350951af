"""Hands and eyes in a browser: people at their desks, who type, press, follow, and read every page they come to."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from .words import foreign

NAMES = ("Français", "français", "French", "Le Corbusier")


class Hands:
    """Somebody at every desk. `facts` is what was read on a page and is needed later; `seen`, French on a page in English."""

    def __init__(self, browser: Any, url: str, facts: dict[str, Any] | None = None):
        self.browser, self.url, self.facts = browser, url, facts if facts is not None else {}
        self.desks: dict[str, Any] = {}
        self.seen: dict[str, list[str]] = {}
        self.starts = date.today() + timedelta(days=120)

    def sit(self, who: str, width: int = 1280) -> None:
        """Each person has a browser of their own, in English."""
        if who not in self.desks:
            context = self.browser.new_context(
                locale="en-GB", timezone_id="Europe/Paris", viewport={"width": width, "height": 900}
            )
            self.desks[who] = context.new_page()
            self.desks[who].set_default_timeout(15_000)
        self.page = self.desks[who]

    def read(self) -> None:
        """What this page says in French, if it does."""
        self.page.wait_for_load_state("load")
        if found := foreign(self.page.content(), "en", names=NAMES):
            self.seen.setdefault(self.page.url.removeprefix(self.url), found)

    def go(self, path: str) -> None:
        answer = self.page.goto(path if path.startswith("http") else self.url + path)
        assert answer.ok, f"{path}: {answer.status}"
        self.read()

    def fill(self, **words: Any) -> None:
        for name, word in words.items():
            field = self.page.locator(f'main [name="{name}"]').first
            if field.evaluate("e => e.tagName") == "SELECT":
                field.select_option(str(word))
            else:
                field.fill(str(word))

    def tick(self, name: str, value: str | None = None) -> None:
        self.page.locator(f'main [name="{name}"]' + (f'[value="{value}"]' if value else "")).first.check()

    def press(self, label: str, *, exact: bool = False) -> None:
        """A button of the page, by its words."""
        inside = self.page.locator("main").get_by_role("button", name=label, exact=exact)
        (inside if inside.count() else self.page.get_by_role("button", name=label, exact=exact)).first.click()
        self.read()
        assert not self.errors(), f"{self.page.url}: {self.errors()}"

    def follow(self, label: str) -> None:
        self.page.locator("main").get_by_role("link", name=label).first.click()
        self.read()

    def errors(self) -> str:
        texts = self.page.locator(".errors, .field__error").all_inner_texts()
        return " ".join(text.strip() for text in texts if text.strip())

    def text(self) -> str:
        return self.page.locator("main").inner_text()

    def mail_to(self, address: str) -> str:
        """The link in the last mail to somebody, read in the outbox by the administrator."""
        self.sit("ada")
        self.go(f"/office/mails/?q={address}")
        self.page.locator('main td a[href^="/office/mails/"], main th a[href^="/office/mails/"]').first.click()
        self.read()
        found = re.search(r"https?://\S+/l/[\w-]+/", self.text())
        assert found, self.text()
        return found[0]
