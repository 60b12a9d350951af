"""Money of nobody yet: what is left of it once a part was matched, sent back, or bounced."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Any

from django.db.models import F, OuterRef, Sum

from pleniere.common.money import ZERO

from ..models import Receipt
from .sums import RefundSource, rounded

_BACK: list[RefundSource] = []


def back_source(source: RefundSource) -> RefundSource:
    """Register where a higher floor sends money of nobody back: `source(receipts)` gives the amounts still under way."""
    _BACK.append(source)
    return source


def rest_of(receipt: Receipt) -> Decimal:
    """What of a receipt of nobody is still of nobody. Lock the receipt before you trust it."""
    return rests([receipt])[receipt.pk]


def rests(receipts: Iterable[Receipt]) -> dict[int, Decimal]:
    """The same for many, in a fixed number of queries: less what was matched, sent back or on its way, or bounced."""
    found = {receipt.pk: receipt.amount for receipt in receipts}
    sources: Any = Receipt.objects.filter(source__in=list(found)).values_list("source", "payer", "amount")
    for origin, payer, amount in sources:
        found[origin] -= amount if payer else -amount
    undone: Any = Receipt.objects.filter(reverses__in=list(found)).values_list("reverses", "amount")
    for pk, amount in undone:
        found[pk] += amount
    for pk, amount in going_back(list(found)).items():
        found[pk] -= amount
    return found


def going_back(receipts: Collection[int]) -> dict[int, Decimal]:
    """By receipt of nobody, what was decided to go back to its sender and has not left yet."""
    found: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for source in _BACK:
        for pk, amount in source(receipts).items():
            found[pk] += amount
    return dict(found)


def in_suspense(actor: Any) -> list[tuple[Receipt, Decimal]]:
    """Receipts of nobody yet, oldest first, each with what is left of it."""
    nobody = Receipt.objects.visible_to(actor).filter(payer=None, supplier=None, source=None, reverses=None)
    matched = Receipt.objects.filter(source=OuterRef("pk"), payer__isnull=False).order_by().values("source")
    nobody = nobody.annotate(matched=rounded(matched.annotate(sum=Sum("amount")).values("sum")))
    nobody = nobody.filter(matched__lt=F("amount"), reversal=None).order_by("on", "number")
    left = rests(nobody)
    return [(receipt, left[receipt.pk]) for receipt in nobody if left[receipt.pk] > 0]
