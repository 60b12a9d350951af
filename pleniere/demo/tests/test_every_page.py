"""Every page of every desk in a full house: clean to axe, never wider than its screen, never in two languages at once."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from pleniere.demo import crowd
from pleniere.demo.build import build
from pleniere.lists.models import ListDefinition
from pleniere.quote.models import QuoteLine
from pleniere.web.tests.crawl import pages
from pleniere.web.tests.glass import Glass
from pleniere.web.tests.words import foreign

DESKS = {"ada": ["/office/"], "oscar": ["/organiser/"], "hana": ["/hotel/"], None: ["/", "/styleguide/", "/account/login/"]}
NAMES = ("English", "Français", "français", "Comptabilité", "none")  # languages, a contact of the demo, the code of no VAT
BY_NIGHT = {"office-today", "office-bookings", "office-booking", "office-planning", "office-payouts", "organiser-congress"}
LEAST = 100  # kinds of pages the administrator reaches by links alone


@pytest.fixture
def stage(db, monkeypatch):
    monkeypatch.setattr(crowd, "DELEGATES", 40)
    return build(timezone.now())


def test_every_page_of_every_desk(stage, page):
    glass = Glass(page) if connection.vendor == "sqlite" else None  # a page is the same on either database: one is enough
    seen: set[str] = set()
    wrong: dict[str, list[str]] = {}
    quoted = (word for words in QuoteLine.objects.values_list("group", "label") for word in words)
    # A list has the language of whoever made it, a quote's items that of whom it is for.
    names = (*NAMES, *ListDefinition.objects.values_list("name", flat=True), *filter(None, quoted))
    for who, starts in DESKS.items():
        client = Client()
        if who:
            client.force_login(stage.people[who])
        for language in ("en", "fr"):
            client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
            for name, path, html in pages(client, starts):
                found = foreign(html, language, prose=language == "fr", names=names) if name != "styleguide" else []
                if glass and name not in seen:
                    found += glass.look(path, html, dark=name in BY_NIGHT)
                seen.add(name)
                if found:
                    wrong[f"{language} {path}"] = found
    assert wrong == {}
    assert len([name for name in seen if name.startswith("office-")]) >= LEAST
