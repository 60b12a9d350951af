"""Every receipt is in the books, every slip adds up, and nothing of nobody was given twice."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import CharField, F, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_noop

from pleniere.common.audits import check
from pleniere.common.money import ZERO, cents
from pleniere.ledger.models import Entry

from .models import Attempt, DepositSlip, Receipt
from .queries import rests

SLICE = 1000


@check(gettext_noop("payment: each receipt has its entry"))
def entries() -> Iterator[str]:
    about = Concat(Value("payment.Receipt:"), Cast(OuterRef("pk"), CharField()))
    bare = Receipt.objects.annotate(entry=Subquery(Entry.objects.filter(about=about).values("pk")[:1])).filter(entry=None)
    for number in bare.order_by("number").values_list("number", flat=True):
        yield f"receipt {number} is not in the books"


@check(gettext_noop("payment: each slip is the sum of its receipts"))
def slips() -> Iterator[str]:
    for slip in DepositSlip.objects.annotate(sum=Sum("receipts__amount")).order_by("pk"):
        found = cents(slip.sum or ZERO)  # type: ignore[attr-defined]
        if found != slip.total:
            yield f"slip {slip.kind} {slip}: {slip.total}, its receipts {found}"


@check(gettext_noop("payment: no money of nobody is given twice"))
def suspense() -> Iterator[str]:
    nobody = Receipt.objects.filter(payer=None, supplier=None, source=None, reverses=None).order_by("pk")
    last = 0
    while found := list(nobody.filter(pk__gt=last)[:SLICE]):
        left, last = rests(found), found[-1].pk
        for receipt in found:
            if left[receipt.pk] < 0:
                yield f"receipt {receipt.number}: {receipt.amount} came, {-left[receipt.pk]} too much was given away"


@check(gettext_noop("payment: what is undone is undone whole, what is matched is its source’s"))
def opposites() -> Iterator[str]:
    wrong = Receipt.objects.filter(reverses__isnull=False).exclude(reverses__payer=F("payer"), reverses__amount=-F("amount"))
    wrong = wrong.exclude(payer=None, reverses__payer=None, reverses__amount=-F("amount"))
    for number in wrong.order_by("number").values_list("number", flat=True):
        yield f"receipt {number} does not undo what it says"


@check(gettext_noop("payment: an attempt is paid by a receipt"))
def attempts() -> Iterator[str]:
    bare = Attempt.objects.filter(state=Attempt.State.PAID, receipts=None).order_by("pk")
    for ref in bare.values_list("ref", flat=True):
        yield f"attempt {ref} is paid by nothing"
