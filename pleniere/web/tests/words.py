"""What a page says, and whether it says it in one language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from gettext import GNUTranslations
from html.parser import HTMLParser
from pathlib import Path

import pleniere

HOUSE = Path(pleniere.__file__).parent
SILENT = {"script", "style", "template", "svg", "noscript"}
SAID = ("placeholder", "title", "alt", "aria-label", "data-confirm", "data-label")
SHORTEST = 4  # letters: what is shorter is as often a name, a code or a unit
FRENCH = re.compile(
    r"\b(?:le|les|des|du|une|est|sont|pour|avec|dans|sur|vous|nous|votre|notre|vos|nos|cette|ces|aux|qui|que|ou|où|pas|sans|"
    r"aucun|aucune|chaque|être|été|déjà|tous|toutes|leur|mais|donc|selon|depuis|jusqu’au|avant|après)\b|[«»]|\b[ldjnscm]’[a-zéèêà]",
    re.IGNORECASE,
)
ENGLISH = re.compile(
    r"\b(?:the|of|and|with|this|that|these|your|our|you|is|are|was|were|has|have|from|which|who|not|will|be|been|their|there|each|every|"
    r"until|without|before|after|already)\b",
    re.IGNORECASE,
)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.silent: list[str] = []
        self.said: list[str] = []

    def handle_starttag(self, tag, attrs):
        facts = dict(attrs)
        if tag in SILENT or (facts.get("lang") and tag != "html") or "data-hidden-text" in facts:
            if tag not in VOID:
                self.silent.append(tag)
        elif self.silent:
            if tag == self.silent[-1]:
                self.silent.append(tag)
        else:
            self.said += [facts[name] for name in SAID if facts.get(name)]
            if tag == "input" and facts.get("type") in ("submit", "button") and facts.get("value"):
                self.said.append(facts["value"])

    def handle_endtag(self, tag):
        if self.silent and self.silent[-1] == tag:
            self.silent.pop()

    def handle_data(self, data):
        if not self.silent and data.strip():
            self.said.append(data)


VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


def said(html: str) -> list[str]:
    """Every piece of text a page shows or reads out, in one language: what carries a `lang` of its own is left out."""
    reader = _Reader()
    reader.feed(html)
    return [" ".join(text.split()) for text in reader.said]


@cache
def _phrases() -> tuple[frozenset[str], frozenset[str]]:
    """(French words of the house that are not English ones, English that are not French), as whole phrases."""
    french, english = set(), set()
    for path in HOUSE.rglob("locale/fr/LC_MESSAGES/django.mo"):
        with path.open("rb") as file:
            for source, text in GNUTranslations(file)._catalog.items():  # type: ignore[attr-defined]
                plain = source[0] if isinstance(source, tuple) else source
                english.add(" ".join(plain.rpartition("\x04")[2].split()))
                french.add(" ".join(text.split()))
    return frozenset(_long(french - english)), frozenset(_long(english - french))


def _long(phrases: set[str]) -> Iterator[str]:
    return (phrase for phrase in phrases if len(phrase) >= SHORTEST and "%" not in phrase)


def foreign(html: str, language: str, *, names: tuple[str, ...] = (), prose: bool = True) -> list[str]:
    """What a page in `language` says in the other one. `names`: words typed by people, which are of no language.
    Without `prose`, only phrases that are whole ones of the catalogues."""
    other = _phrases()[0 if language == "en" else 1]
    words = FRENCH if language == "en" else ENGLISH
    found = []
    for text in said(html):
        for name in names:
            text = text.replace(name, "")
        if text.strip(" :·—-*") in other or text in other or (prose and words.search(text)):
            found.append(text[:120])
    return found
