"""Texts made safe to stand in a header, a key or a column."""

import hashlib
import unicodedata

KEY = 160


def without_nul(text: str) -> str:
    """PostgreSQL holds no NUL."""
    return text.replace("\x00", "")


def one_line(text: str, length: int) -> str:
    """One line, without control characters: nobody adds a header through a name or a subject."""
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text)
    return " ".join(part for part in kept.split(" ") if part)[:length]


def key_of(key: str) -> str:
    """The key as its column holds it: a longer one keeps its start and a digest of the whole."""
    key = without_nul(key)
    return key if len(key) <= KEY else f"{key[: KEY - 41]}#{hashlib.sha1(key.encode(), usedforsecurity=False).hexdigest()}"
