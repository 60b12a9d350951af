"""Every address of the house, with words that could stand in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

FORGED = "1f-" + "0" * 32
WORDS = {
    "pk": "1",
    "code": "ctv2027",
    "token": FORGED,
    "number": "00000001",
    "path": "x",
    "key": "0" * 32,
    "uidb36": "1",
    "provider": "sandbox",
}
BY_TYPE = {"int": "1", "str": "x", "slug": "x", "uuid": "00000000-0000-4000-8000-000000000000", "path": "x"}
OUTSIDE = ("account/social", "static/")


def addresses(**known: str) -> Iterator[tuple[str, str]]:
    """(name, path) of every URL; `known` gives real words by parameter ("code", "pk", "invitation_pk" …)."""
    for pattern in _walk(get_resolver().url_patterns, ""):
        name, route = pattern
        if not route.startswith(OUTSIDE):
            yield name, "/" + _fill(route, {**WORDS, **known})


def _walk(patterns, prefix: str) -> Iterator[tuple[str, str]]:
    for each in patterns:
        route = prefix + _plain(str(each.pattern))
        if isinstance(each, URLResolver):
            yield from _walk(each.url_patterns, route)
        elif isinstance(each, URLPattern):
            yield each.name or route, route


def _plain(route: str) -> str:
    """A regular expression of allauth as a route: `^x/(?P<key>…)/$` → `x/<str:key>/`."""
    route = route.removeprefix("^").removesuffix("$").removesuffix("\\Z")
    return re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<str:\1>", route)


def _fill(route: str, words: dict[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        kind, name = found[1] or "str", found[2]
        return words.get(name, BY_TYPE.get(kind, "x"))

    return re.sub(r"<(?:(\w+):)?(\w+)>", value, route)
