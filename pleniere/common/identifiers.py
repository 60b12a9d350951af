"""Numbers that carry their own check: SIRET, VAT number, IBAN, BIC. Each function gives the compact form or raises BadNumber."""

from __future__ import annotations

from functools import lru_cache

from django.utils.translation import gettext as _
from stdnum import bic as _bic
from stdnum import iban as _iban
from stdnum.eu import vat as _vat
from stdnum.exceptions import InvalidLength, ValidationError
from stdnum.fr import siret as _siret


class BadNumber(ValueError):
    """It is not one. Says why, in words."""


def siret(text: str) -> str:
    """14 digits, the last one checking the others."""
    try:
        return str(_siret.validate(_tidy(text)))
    except InvalidLength:
        raise BadNumber(_("A SIRET has 14 digits.")) from None
    except ValidationError:
        raise BadNumber(_("This is not a SIRET: check its digits.")) from None


def vat_number(text: str) -> str:
    """A VAT number of a country of the European Union, with its two letters."""
    try:
        return str(_vat.validate(_tidy(text)))
    except ValidationError:
        raise BadNumber(_("This is not a European VAT number: two letters, then digits, as FR40303265045.")) from None


def iban(text: str) -> str:
    """An IBAN, its own check digits and its country's rules."""
    try:
        return str(_iban.validate(_tidy(text)))
    except InvalidLength:
        raise BadNumber(_("This IBAN is too short or too long: a French one has 27 characters.")) from None
    except ValidationError:
        raise BadNumber(_("This is not an IBAN: one of its characters is wrong.")) from None


def bic(text: str) -> str:
    """A bank's code of 8 or 11 characters."""
    try:
        return str(_bic.validate(_tidy(text)))
    except ValidationError:
        raise BadNumber(_("This is not a BIC: 8 or 11 letters and digits.")) from None


@lru_cache(maxsize=500)
def bic_of(iban: str) -> str:
    """The BIC of an IBAN's bank as far as the register goes; empty where it does not."""
    from schwifty import IBAN  # reads its register of banks: half a second nobody else waits for

    try:
        return str(IBAN(iban).bic or "")
    except ValueError:
        return ""


def _tidy(text: str) -> str:
    return "".join(str(text).replace("\x00", "").split()).replace("\u202f", "").upper()[:60]
