"""Why a line is ignored, ambiguous or broken: a code in the row, a sentence for people."""

from django.utils.translation import gettext_lazy as _

REASONS = {
    # ignored
    "department": _("in another département"),
    "typology": _("of another typology"),
    "retired": _("the supplier is retired here"),
    # ambiguous
    "twice": _("the same name, postcode and typology stand twice in the list"),
    "alike": _("looks like a supplier we have"),
    "address": _("a supplier we have stands at the same address under another name"),
    # broken
    "columns": _("another number of columns than the heading"),
    "name": _("no name"),
    "postcode": _("the postcode has not five digits"),
    "date": _("this date does not exist"),
    "number": _("this is not a number"),
    "class": _("unknown class"),
    "too_long": _("a text too long to be one"),
    "characters": _("characters that are none"),
}


def reason_in_words(code: str) -> str:
    return str(REASONS.get(code, code))
