"""History is read in the reader's language: every change the house writes down has its words."""

import re
from pathlib import Path

import pleniere
from pleniere.common.audits import checks
from pleniere.web.office.bookings import words
from pleniere.web.office.templatetags.traces import VERBS

HOUSE = Path(pleniere.__file__).parent
SOURCES = [path.read_text() for path in HOUSE.rglob("*.py") if "tests" not in path.parts and "migrations" not in path.parts]


def written(call: str) -> set[str]:
    return {verb for source in SOURCES for verb in re.findall(call + r"\([^()]*?\"([a-z_]+\.[a-z_]+)\"", source)}


def test_every_change_that_is_traced_has_words():
    found = written(r"\btrace")
    assert len(found) > 40
    assert found - set(VERBS) == set()


def test_every_change_of_a_booking_has_words():
    found = written(r"\brecord") | written(r"_change")
    assert len(found) > 8
    assert found - set(words.VERBS) == set()


def test_every_check_of_the_audit_has_a_french_name():
    catalogues = "".join(path.read_text() for path in HOUSE.rglob("locale/fr/LC_MESSAGES/django.po")).replace('"\n"', "")
    assert [name for name in checks() if f'"{name}"' not in catalogues] == []
