"""What the form shows of a charge, of an account, and of what is left: written once for a page of many."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.utils.dateformat import format as date_format
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from pleniere.booking.models import Charge, Person
from pleniere.common.money import cents
from pleniere.congress.stays import Broken, say
from pleniere.registration.search import Hotel
from pleniere.registration.shelf import FEW, Item
from pleniere.web.templatetags.ui import icon

from ..words import AMENITIES

register = template.Library()


@register.filter
def unit_price(charge: Charge) -> Decimal:
    """One unit, VAT included: what a buyer multiplies."""
    return cents(charge.total / charge.units) if charge.units else charge.total


@register.filter
def iban(number: str) -> str:
    """In groups of four, which may wrap."""
    return " ".join(number[i : i + 4] for i in range(0, len(number), 4))


@register.filter
def equipment(codes: Iterable[str]) -> list[tuple[str, Any]]:
    """What a hotel has around its rooms, each as its drawing and its word."""
    return [AMENITIES[code] for code in codes if code in AMENITIES]


@register.simple_tag
def names_on_boxes(persons: Iterable[Person]) -> dict[int, SafeString]:
    """Each person's name as `boxes` shows it."""
    companion = format_html('<span class="sr"> ({})</span>', _("companion"))
    return {p.pk: conditional_escape(str(p)) + (companion if p.companion_of_id else SafeString("")) for p in persons}


@register.simple_tag
def boxes(item: Item, names: Mapping[int, SafeString]) -> SafeString:
    """Whom the offer is for, each with a box to tick."""
    offer = item.offer.pk
    return mark_safe(
        "".join(
            f'<label><input class="tick" type="checkbox" name="o{offer}" id="o{offer}p{person.pk}" value="{person.pk}"'
            f"{' checked' if person.pk in item.ticked else ''}{' disabled' if item.is_full and not row else ''}>{names[person.pk]}</label>"
            for person, row in item.people
        )
    )


@register.simple_tag
def places_left(item: Item) -> SafeString:
    """How many places there are still; nothing where they are not counted, or none is left."""
    if not item.left or item.is_full:
        return SafeString("")
    return _places_left(item.left, item.is_few, get_language())


@lru_cache(maxsize=2_000)
def _places_left(left: int, is_few: bool, language: str | None) -> SafeString:
    if is_few:
        words = ngettext("%(n)s place left", "%(n)s places left", left)
        return format_html('<span class="left left--few">{}{}</span>', icon("warn"), words % {"n": left})
    words = ngettext("%(n)s place free", "%(n)s places free", left)
    return format_html('<span class="left">{}{}</span>', icon("ring"), words % {"n": left})


@register.simple_tag
def rooms_left(hotel: Hotel) -> SafeString:
    """How many rooms there are still, with a gauge of six seats; or on which night it is full."""
    if hotel.broken:
        return format_html('<p class="left left--none">{}{}</p>', icon("cal"), because(hotel.broken))
    if not hotel.sellable:
        return format_html('<p class="left left--none">{}{}</p>', icon("glass"), _full_on(hotel))
    return _rooms_left(hotel.left, get_language())


@lru_cache(maxsize=2_000)
def _rooms_left(left: int, language: str | None) -> SafeString:
    seats = mark_safe("".join("<i></i>" if n < left else '<i class="off"></i>' for n in range(6)))
    if left <= FEW:
        look, words = "left left--few", ngettext("%(n)s room left", "%(n)s rooms left", left)
    else:
        look, words = "left", ngettext("%(n)s room free", "%(n)s rooms free", left)
    return format_html('<p class="{}"><span class="seats" aria-hidden="true">{}</span>{}</p>', look, seats, words % {"n": left})


@register.filter
def because(broken: Iterable[Broken]) -> str:
    """Why a hotel does not sell the dates asked, in words."""
    words = ", ".join(dict.fromkeys(map(say, broken)))
    return words[:1].upper() + words[1:]


def _full_on(hotel: Hotel) -> str:
    if not hotel.full_on:
        return _("Not enough rooms")
    return f"{_('Full on')} {', '.join(date_format(day, 'j F') for day in hotel.full_on)}"
