"""The accounts of others against the records they come from: what each payer and supplier stands at, both ways."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from django.db.models import Q, Sum
from django.utils.translation import gettext_noop

from pleniere.booking.models import Charge
from pleniere.catalogue.models import Contract, Supplier
from pleniere.common.audits import check
from pleniere.common.money import ZERO, cents, vat_within
from pleniere.invoicing.models import Confirmation, Invoice, InvoiceLine
from pleniere.ledger import chart
from pleniere.ledger.models import EntryLine
from pleniere.payment.models import Receipt
from pleniere.payout.models import Payout, PayoutLine, Purchase

from .models import MarginPart, MarginPeriod

Mode, What = Contract.Mode, InvoiceLine.What
Sums = dict[str, Decimal]
OURS = (Mode.OWN, Mode.MARGIN)
PAID = (Payout.State.EXECUTED,)


@check(gettext_noop("accounting: 411 of each payer is billed less received"))
def clients() -> Iterator[str]:
    expected: Sums = defaultdict(lambda: ZERO)
    documents = Invoice.objects.filter(payer__isnull=False).order_by()
    for reference, kind, amount in documents.values_list("payer__reference", "kind").annotate(Sum("total")):
        expected[f"P:{reference}"] += -cents(amount) if kind == Invoice.Kind.CREDIT else cents(amount)
    confirmed = Confirmation.objects.order_by().values_list("charge__payer__reference", "sign").annotate(Sum("charge__total"))
    for reference, sign, amount in confirmed:
        expected[f"P:{reference}"] += sign * cents(amount)
    received = Receipt.objects.filter(payer__isnull=False).order_by().values_list("payer__reference").annotate(Sum("amount"))
    for reference, amount in received:
        expected[f"P:{reference}"] -= cents(amount)
    yield from _differences("411", expected, _balances(chart.CLIENTS))


@check(gettext_noop("accounting: 467 of each supplier is what was sold for it less commission and payouts"))
def principals() -> Iterator[str]:
    expected: Sums = defaultdict(lambda: ZERO)
    for code, amount in _sold(~Q(charge__kind=Charge.Kind.TAX)):
        expected[f"S:{code}"] -= amount
    commissions = InvoiceLine.objects.filter(what=What.COMMISSION).order_by()
    for code, sign, amount in commissions.values_list("invoice__supplier__code", "sign").annotate(Sum("total")):
        expected[f"S:{code}"] += sign * cents(amount)
    agent = Q(charge__mode__in=[Mode.AGENT, Mode.DIRECT]) & ~Q(charge__kind=Charge.Kind.TAX)
    for code, amount in _paid_out(agent):
        expected[f"S:{code}"] += amount
    loose = PayoutLine.objects.filter(payout__state__in=PAID, payout__supplier__isnull=False, charge=None, block=None).order_by()
    for code, amount in loose.values_list("payout__supplier__code").annotate(Sum("amount")):
        expected[f"S:{code}"] += cents(amount)
    for code, amount in _paid_back(~Q(charge__mode__in=OURS) & Q(block=None)):
        expected[f"S:{code}"] -= amount
    yield from _differences("467", expected, _balances(chart.PRINCIPALS))


@check(gettext_noop("accounting: 4671, tourist tax collected and not handed on, by hotel"))
def tourist_tax() -> Iterator[str]:
    expected: Sums = defaultdict(lambda: ZERO)
    for code, amount in _sold(Q(charge__kind=Charge.Kind.TAX)):
        expected[f"S:{code}"] -= amount
    for code, amount in _paid_out(Q(charge__kind=Charge.Kind.TAX)):
        expected[f"S:{code}"] += amount
    yield from _differences("4671", expected, _balances(chart.TOURIST_TAX))


@check(gettext_noop("accounting: 401 of each supplier is what was bought and billed less payouts"))
def suppliers() -> Iterator[str]:
    expected: Sums = defaultdict(lambda: ZERO)
    lines = InvoiceLine.objects.filter(what=What.SALE, charge__mode__in=OURS).exclude(charge__supplier__kind=Supplier.Kind.HOUSE)
    for code, sign, amount in lines.order_by().values_list("charge__supplier__code", "sign").annotate(Sum("charge__bought")):
        expected[f"S:{code}"] -= sign * cents(amount)
    entered = Purchase.objects.exclude(invoice_number="").order_by().values_list("supplier__code").annotate(Sum("posted"))
    for code, amount in entered:
        expected[f"S:{code}"] -= cents(amount)
    for code, amount in _paid_out(Q(charge__mode__in=OURS)):
        expected[f"S:{code}"] += amount
    for code, amount in _paid_back(Q(charge__mode__in=OURS)):
        expected[f"S:{code}"] -= amount
    yield from _differences("401", expected, _balances(chart.SUPPLIERS))


@check(gettext_noop("accounting: 471 is the money of nobody yet"))
def suspense() -> Iterator[str]:
    expected = ZERO
    touching = Receipt.objects.filter(Q(payer=None, supplier=None) | Q(kind=Receipt.Kind.MATCH))
    for kind, amount in touching.order_by().values_list("kind").annotate(Sum("amount")):
        expected += cents(amount) if kind == Receipt.Kind.MATCH else -cents(amount)  # a match takes out what had come in
    found = sum(_balances(chart.SUSPENSE).values(), ZERO)
    if found != expected:
        yield f"471: the books say {found}, receipts {expected}"


@check(gettext_noop("accounting: VAT on the margin is posted as its periods say"))
def margin() -> Iterator[str]:
    """Each period is the sum of its parts, carries what the one before left, and its entry is its tax."""
    parts = {pk: (cents(sold), cents(bought)) for pk, sold, bought in _margin_parts()}
    lines = EntryLine.objects.filter(role=chart.MARGIN_SALES, entry__key__startswith="margin-vat/").order_by()
    posted = {key: cents(debit) - cents(credit) for key, debit, credit in lines.values_list("entry__key", "debit", "credit")}
    carried = ZERO
    for period in MarginPeriod.objects.order_by("first"):
        if (period.sold, period.bought) != parts.get(period.pk, (ZERO, ZERO)) or period.carried != carried:
            yield f"margin {period}: sold {period.sold}, bought {period.bought}, carried {period.carried} are not its parts"
        if not period.vat == posted.pop(period.entry_key, ZERO) == vat_within(max(period.base, ZERO), period.rate):
            yield f"margin {period}: {period.vat} of VAT on {period.base} is not what the books say"
        carried = period.carries
    for key, amount in sorted(posted.items()):
        yield f"margin: the books have {key}, {amount}, of no period"


def _margin_parts() -> Iterator[tuple[int, Decimal, Decimal]]:
    yield from MarginPart.objects.order_by().values_list("period").annotate(Sum("sold"), Sum("bought"))


def _sold(which: Q) -> Iterator[tuple[str, Decimal]]:
    """By supplier, what stands billed in its name, by document or confirmation."""
    lines = InvoiceLine.objects.filter(which, what=What.SALE, charge__mode=Mode.AGENT).order_by()
    for code, sign, amount in lines.values_list("charge__supplier__code", "sign").annotate(Sum("total")):
        yield code, sign * cents(amount)
    rows = Confirmation.objects.filter(which, charge__mode=Mode.AGENT).order_by()
    for code, sign, amount in rows.values_list("charge__supplier__code", "sign").annotate(Sum("charge__total")):
        yield code, sign * cents(amount)


def _paid_out(which: Q) -> Iterator[tuple[str, Decimal]]:
    """By supplier of the charge, what executed payouts settled."""
    lines = PayoutLine.objects.filter(which, payout__state__in=PAID, payout__supplier__isnull=False, charge__isnull=False)
    for code, amount in lines.order_by().values_list("charge__supplier__code").annotate(Sum("amount")):
        yield code, cents(amount)


def _paid_back(which: Q) -> Iterator[tuple[str, Decimal]]:
    rows = Receipt.objects.filter(which, supplier__isnull=False).order_by()
    for code, amount in rows.values_list("supplier__code").annotate(Sum("amount")):
        yield code, cents(amount)


def _balances(role: str) -> Sums:
    """Debit less credit of an account, by owner."""
    rows = EntryLine.objects.filter(role=role).order_by().values_list("aux").annotate(Sum("debit"), Sum("credit"))
    return {aux: cents(debit) - cents(credit) for aux, debit, credit in rows}


def _differences(account: str, expected: Sums, found: Sums) -> Iterator[str]:
    for owner in sorted(expected.keys() | found.keys()):
        wanted, written = expected.get(owner, ZERO), found.get(owner, ZERO)
        if wanted != written:
            yield f"{account} {owner}: the books say {written}, its records {wanted}"
