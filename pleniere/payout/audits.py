"""A payout is the sum of its lines, is in the books once executed and only then, and advances stand as the books say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from django.db.models import CharField, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_noop

from pleniere.common.audits import check
from pleniere.common.money import ZERO, cents
from pleniere.ledger.chart import ADVANCES
from pleniere.ledger.models import Entry, EntryLine
from pleniere.payment.models import Receipt

from .models import Payout, PayoutLine, TransferFile

State = Payout.State


@check(gettext_noop("payout: each transfer is the sum of its lines, each file the sum of its transfers"))
def sums() -> Iterator[str]:
    for payout in Payout.objects.annotate(sum=Sum("lines__amount")).order_by("pk").iterator(500):
        found = cents(payout.sum or ZERO)  # type: ignore[attr-defined]
        if found != payout.amount:
            yield f"payout {payout}: {payout.amount}, its lines {found}"
    for file in TransferFile.objects.annotate(sum=Sum("payouts__amount")).defer("content").order_by("pk"):
        found = cents(file.sum or ZERO)  # type: ignore[attr-defined]
        if found != file.total:
            yield f"file {file}: {file.total}, its payouts {found}"


@check(gettext_noop("payout: what was executed is in the books, what was returned is undone there, nothing else is"))
def entries() -> Iterator[str]:
    """A supplier's posts by itself; a refund, or money of nobody sent back, by the receipt it writes."""
    its = Concat(Value("payout-"), Cast(OuterRef("pk"), CharField()))
    own, undone = (Entry.objects.filter(key=key).values("pk") for key in (its, Concat(its, Value("/reversed"))))
    wrote, came_back = (Receipt.objects.filter(key=key).values("pk") for key in (its, Concat(its, Value("-returned"))))
    to_suppliers = Payout.objects.filter(supplier__isnull=False).annotate(done=Subquery(own), back=Subquery(undone))
    others = Payout.objects.filter(supplier=None).annotate(done=Subquery(wrote), back=Subquery(came_back))
    left = Q(state__in=[State.EXECUTED, State.RETURNED])
    silent = Q(amount=0)  # of lines that make zero on one account there is nothing to say
    for rows in (to_suppliers, others):
        for reference in rows.filter(left, done=None).exclude(silent).order_by("pk").values_list("end_to_end", flat=True):
            yield f"payout {reference} was executed and is not in the books"
        for reference in rows.exclude(left).filter(done__isnull=False).order_by("pk").values_list("end_to_end", flat=True):
            yield f"payout {reference} is in the books and was not executed"
        wrong = rows.filter(
            Q(state=State.RETURNED, done__isnull=False, back=None) | ~Q(state=State.RETURNED) & Q(back__isnull=False)
        )
        for reference in wrong.order_by("pk").values_list("end_to_end", flat=True):
            yield f"payout {reference}: returned in one place, not in the other"


@check(gettext_noop("payout: 4091 of each supplier is advances less what was recovered or paid back"))
def advances() -> Iterator[str]:
    expected: dict[str, Decimal] = defaultdict(lambda: ZERO)
    paid = PayoutLine.objects.filter(block__isnull=False, payout__state=State.EXECUTED).order_by()
    for code, amount in paid.values_list("payout__supplier__code").annotate(Sum("amount")):
        expected[f"S:{code}"] += cents(amount)
    back = Receipt.objects.filter(block__isnull=False, supplier__isnull=False).order_by()
    for code, amount in back.values_list("supplier__code").annotate(Sum("amount")):
        expected[f"S:{code}"] -= cents(amount)
    lines = EntryLine.objects.filter(role=ADVANCES).order_by().values_list("aux").annotate(Sum("debit"), Sum("credit"))
    found = {aux: cents(debit) - cents(credit) for aux, debit, credit in lines}
    for owner in sorted(expected.keys() | found.keys()):
        if expected.get(owner, ZERO) != found.get(owner, ZERO):
            yield f"4091 {owner}: the books say {found.get(owner, ZERO)}, payouts {expected.get(owner, ZERO)}"


@check(gettext_noop("payout: a line settles a charge of the one who is paid"))
def owners() -> Iterator[str]:
    """The tourist tax apart, which a town may receive for its hotels."""
    lines = PayoutLine.objects.filter(charge__isnull=False).exclude(charge__supplier=F("payout__supplier"))
    for line in lines.exclude(charge__kind="TAX").select_related("payout").order_by("pk"):
        yield f"payout {line.payout}: charge {line.charge_id} is another supplier’s"
