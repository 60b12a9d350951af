"""Whose money it may be: payers by reference, number, name or what they still owe."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from pleniere.booking.models import Booking, Payer
from pleniere.booking.reference import read as read_reference
from pleniere.common.words import fold

from ..models import Receipt
from .sums import PayerSums, payer_sums


def find_payers(actor: Any, text: str, *, most: int = 30) -> list[tuple[Payer, PayerSums]]:
    """Payers of placed bookings by reference, booking number, name or what is left to pay; those who still owe first."""
    payers = Payer.objects.filter(booking__in=Booking.objects.visible_to(actor).placed())
    reference = read_reference(text)
    if reference:
        payers = payers.filter(reference=reference)
    else:
        words = fold(text.replace("\x00", "")).split()[:8]
        if not words:
            return []
        for word in words:
            payers = payers.filter(
                Q(client__search__contains=word) | Q(booking__search__contains=word) | Q(reference__startswith=word)
            )
    return _owing_first(payers, most)


def payers_by_pk(actor: Any, pks: Collection[int]) -> list[tuple[Payer, PayerSums]]:
    """Those of these payers that the actor may see."""
    return _owing_first(Payer.objects.filter(pk__in=list(pks), booking__in=Booking.objects.visible_to(actor).placed()), len(pks))


def suggest_payers(actor: Any, receipt: Receipt, rest: Decimal, *, most: int = 5) -> list[tuple[Payer, PayerSums]]:
    """Whom money of nobody may be from: the reference it bears; else who bears a name of its sender and owes just that."""
    text = f"{receipt.drawer} {receipt.note}"
    if read_reference(text):
        return find_payers(actor, text, most=most)
    names = [word for word in fold(text).split() if len(word) > 3 and not word.isdigit()][:6]
    if not names:
        return []
    alike = Q(pk=None)
    for name in names:
        alike |= Q(client__search__contains=name)
    payers = Payer.objects.filter(booking__in=Booking.objects.visible_to(actor).placed()).filter(alike)
    found = _owing_first(payers, 100)
    return [(payer, sums) for payer, sums in found if sums.left == rest][:most] or [
        (payer, sums) for payer, sums in found if sums.left > 0
    ][:most]


def _owing_first(payers: QuerySet[Payer], most: int) -> list[tuple[Payer, PayerSums]]:
    found = list(payers.select_related("client", "booking__congress", "method").order_by("-pk")[:most])
    sums = payer_sums({payer.booking_id for payer in found})
    return sorted(((payer, sums[payer.pk]) for payer in found), key=lambda pair: (pair[1].left == 0, -pair[0].pk))
