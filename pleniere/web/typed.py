"""Whole numbers out of an address or a form. What a browser sends is read here and never trusted."""

from __future__ import annotations

from collections.abc import Iterable

MOST_DIGITS = 17  # what a database key holds; Python itself refuses to read some thousands of digits


def number(text: str, *, digits: int = MOST_DIGITS) -> int | None:
    """The number written in plain digits; None for anything else: a sign, a space, ², ٣, too many digits."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def pk_of(text: str | None) -> int:
    """The key of a row; 0, which no row bears, where none was sent."""
    return number(text or "") or 0


def pks_of(texts: Iterable[str]) -> list[int]:
    """The keys among what was ticked, in its order."""
    return [found for found in map(pk_of, texts) if found]
