"""What a cell may hold: nothing a spreadsheet cannot store, nothing it would compute."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

LONGEST = 32_767  # characters Excel holds in a cell
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def legal(value: Any) -> str:
    """Text an .xlsx can hold: no control character, not too long."""
    return _CONTROL.sub(" ", str(value))[:LONGEST]


def safe(value: Any) -> str:
    """Text no spreadsheet computes: `=1+1` becomes `'=1+1`. Spaces and wide forms before the sign do not help it through."""
    text = legal(value)
    bare = unicodedata.normalize("NFKC", text).lstrip(" \u00a0\ufeff")
    return f"'{text}" if (text[:1] in "\t\r\n" and text) or (bare[:1] in tuple("=+-@|") and bare) else text
