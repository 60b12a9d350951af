"""The reference a payer writes on a transfer: booking number, payer's number, two check digits. Digits only."""

import re

DIGITS = re.compile(r"(?<!\d)(?:\d[ .\-/]?){12}(?!\d)")


def make(number: str, payer: int) -> str:
    """ "00000842", 1 → 12 digits whose remainder by 97 is 1, as IBANs do it."""
    base = f"{number}{payer:02d}"
    return f"{base}{98 - int(base) * 100 % 97:02d}"


def is_valid(reference: str) -> bool:
    return len(reference) == 12 and reference.isdigit() and int(reference) % 97 == 1


def read(text: str) -> str | None:
    """The first valid reference in free text (a bank's label), however it was spaced; None if there is none."""
    for found in DIGITS.finditer(text):
        digits = re.sub(r"\D", "", found.group())
        if is_valid(digits):
            return digits
    return None
