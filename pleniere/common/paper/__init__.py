"""Paper: PDF documents set by typst. Accessible (PDF/UA-1, tagged); those to be kept are PDF/A-3a too.

A template is `pleniere/<app>/paper/<name>.typ`; it imports `/common/paper/base.typ` and writes no word of its own: words, amounts and
dates come in its data, already in the reader's language. What people typed comes in as data too, so it is never markup.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import typst
from django.utils.translation import override

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ARCHIVED = ["a-3a", "ua-1"]  # what is kept ten years: invoices, credit notes
ACCESSIBLE = ["ua-1"]
LONGEST = 8_000  # characters of one text; PDF/A refuses strings beyond 32,767 bytes
REGIONS = {"fr": "FR", "en": "GB"}


class PaperWarning(Exception):
    """typst set the document but complained: a font or a glyph is missing. Tests raise it; production prints anyway."""


def pdf(
    template: str,
    data: dict[str, Any],
    *,
    title: str,
    language: str = "fr",
    archived: bool = False,
    at: datetime | None = None,
    strict: bool = False,
) -> bytes:
    """The document `template` ("invoicing/invoice") made of `data`, under `title`, in `language`.

    `archived` makes it PDF/A-3a as well; `at` dates it (the same data at the same instant give the same text). `strict` raises PaperWarning.
    """
    content, warnings = _set(template, data, title, language, standards=ARCHIVED if archived else ACCESSIBLE, at=at)
    if strict and warnings:
        raise PaperWarning("; ".join(warnings))
    return _repack(content)


def png(template: str, data: dict[str, Any], *, title: str, language: str = "fr", ppi: int = 90) -> list[bytes]:
    """The same document as pictures, one a page: what a preview or a developer looks at."""
    content, _ = _set(template, data, title, language, format="png", ppi=ppi)
    return content if isinstance(content, list) else [content]


def _set(
    template: str,
    data: dict[str, Any],
    title: str,
    language: str,
    *,
    standards: list[str] | None = None,
    format: str = "pdf",
    ppi: int = 90,
    at: datetime | None = None,
) -> tuple[Any, list[str]]:
    app, _, name = template.partition("/")
    source = ROOT / app / "paper" / f"{name}.typ" if app != "common" else HERE / f"{name}.typ"
    with override(language):
        words = _readable(data, language)
    inputs = {
        "data": json.dumps(words, ensure_ascii=False, default=str),
        "title": _readable(title, language).strip() or "–",
        "language": language[:2],
        "region": REGIONS.get(language[:2], "FR"),
    }
    facts: dict[str, Any] = {"format": format}
    if format == "pdf":
        facts["pdf_standards"] = standards or ACCESSIBLE
    else:
        facts["ppi"] = ppi
    if at is not None:
        facts["timestamp"] = int(at.timestamp())
    result, warnings = typst.compile_with_warnings(
        source, root=ROOT, font_paths=_fonts(), ignore_system_fonts=True, sys_inputs=inputs, **facts
    )
    return result, [str(warning) for warning in warnings]


@lru_cache
def _fonts() -> typst.Fonts:
    """Ours and those in typst, read once per process."""
    return typst.Fonts(include_system_fonts=False, font_paths=[HERE / "fonts"])


def _repack(content: bytes) -> bytes:
    """The same file, smaller: typst writes no object streams (a 2,000-row list falls from 4 MB to 0.6)."""
    out = BytesIO()
    with pikepdf.open(BytesIO(content)) as document:
        document.save(
            out,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            compress_streams=True,
            recompress_flate=True,
            deterministic_id=True,
        )
    return out.getvalue()


def _readable(value: Any, language: str) -> Any:
    """`value` with every text in it printable, and with the spaces French puts before ; : ! ? » € %."""
    if isinstance(value, dict):
        return {str(key): _readable(item, language) for key, item in value.items()}
    if isinstance(value, (list, tuple, Iterator)):
        return [_readable(item, language) for item in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    text = printable(str(value)[:LONGEST])
    return french_spaces(text) if language.startswith("fr") else text


def french_spaces(text: str) -> str:
    """A space before high punctuation never breaks a line. What has no space there (an address, a time) is left alone."""
    return re.sub(r"« ", "«\u00a0", re.sub(r" (?=[;:!?»€%])", "\u00a0", text))


def printable(text: str) -> str:
    """`text` with only what our fonts can draw: a hole in a page is refused by PDF/A, and would stop the document."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_drawn(character) for character in unicodedata.normalize("NFC", text))


@lru_cache(maxsize=4096)
def _drawn(character: str) -> str:
    if character in "\n\u00a0":
        return character
    category = unicodedata.category(character)
    if category in ("Cc", "Cf"):
        return " " if category == "Cc" else ""
    if character == "\u202f":
        return "\u00a0"
    if ord(character) in _covered():
        return character
    plain = "".join(c for c in unicodedata.normalize("NFKD", character) if ord(c) in _covered() and not unicodedata.combining(c))
    return plain or "□"


@lru_cache
def _covered() -> frozenset[int]:
    """Code points that one of our fonts, or of those in typst, holds (`coverage.txt`, made when the fonts were)."""
    found: set[int] = set()
    for span in (HERE / "fonts" / "coverage.txt").read_text().split():
        first, _, last = span.partition("-")
        found.update(range(int(first, 16), int(last or first, 16) + 1))
    return frozenset(found)
