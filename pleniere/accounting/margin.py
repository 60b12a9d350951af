"""VAT on the margin, by period: what was sold and bought under that scheme since the period before, and the tax it holds.

The margin holds its VAT, at the standard rate of the month's last day. It is taken over all operations of the period; a negative
one is carried to the next (RULES.md §2, line C). What comes late for a month already posted falls in the next period: sums are
those of all time, less what was counted before, so that nothing is taxed twice and nothing is forgotten.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet, Sum

from pleniere.booking.models import Charge, Line, Payer
from pleniere.catalogue.models import Contract, Supplier, Vat
from pleniere.common.money import ZERO, cents, total, vat_within
from pleniere.common.nights import DAY
from pleniere.invoicing.models import Invoice, InvoiceLine
from pleniere.ledger.actions import is_closed, next_month
from pleniere.payment.models import Receipt
from pleniere.payout.models import Payout, PayoutLine

from .models import MarginPart, MarginPeriod

Basis = MarginPeriod.Basis
MARGIN, STANDARD = Contract.Mode.MARGIN, "standard"
SLICE = 500
Sums = dict[int, Decimal]


@dataclass(frozen=True)
class Part:
    """One payer's: sold and bought under the margin scheme, or collected and paid."""

    payer: int
    sold: Decimal
    bought: Decimal

    @property
    def margin(self) -> Decimal:
        return self.sold - self.bought


@dataclass
class Figures:
    """A period as it would be posted now."""

    first: date
    basis: str
    rate: Decimal
    carried: Decimal = ZERO
    parts: list[Part] = field(default_factory=list)

    @property
    def sold(self) -> Decimal:
        return total(part.sold for part in self.parts)

    @property
    def bought(self) -> Decimal:
        return total(part.bought for part in self.parts)

    @property
    def margin(self) -> Decimal:
        return self.sold - self.bought

    @property
    def base(self) -> Decimal:
        return self.margin + self.carried

    @property
    def vat(self) -> Decimal:
        return vat_within(max(self.base, ZERO), self.rate)

    @property
    def carries(self) -> Decimal:
        return min(self.base, ZERO)


def last_period() -> MarginPeriod | None:
    return MarginPeriod.objects.first()


def next_first(today: date) -> date | None:
    """The month whose VAT on the margin comes next; None where nothing was ever sold under that scheme.

    The month after the last that was posted, else that of the first such sale; of closed months it is the first open one's turn.
    """
    last = last_period()
    if last is not None:
        first = next_month(last.first)
    else:
        made = Charge.objects.filter(mode=MARGIN).order_by("made_at").values_list("made_at", flat=True).first()
        if made is None:
            return None
        first = min(made.date(), today).replace(day=1)
    while is_closed(first):
        first = next_month(first)
    return first


def usual_basis() -> str:
    """That of the period before."""
    last = last_period()
    return last.basis if last is not None else Basis.MONEY


def figures(first: date, basis: str) -> Figures:
    """What a period that ends with the month of `first` would hold: all there is up to then, less what was counted before it."""
    end = next_month(first)
    sold, bought = (_billed(end), _purchased(end)) if basis == Basis.DOCUMENTS else (_collected(end), _paid(end))
    for payer, came, went in MarginPart.objects.order_by().values_list("payer").annotate(Sum("sold"), Sum("bought")):
        sold[payer] = sold.get(payer, ZERO) - cents(came)
        bought[payer] = bought.get(payer, ZERO) - cents(went)
    parts = [Part(payer, sold.get(payer, ZERO), bought.get(payer, ZERO)) for payer in sorted(sold.keys() | bought.keys())]
    last = last_period()
    carried = last.carries if last is not None else ZERO
    return Figures(first, basis, _rate(end - DAY), carried, [part for part in parts if part.sold or part.bought])


def _rate(day: date) -> Decimal:
    found = Vat.objects.filter(code=STANDARD, since__lte=day).order_by("-since").values_list("percent", flat=True).first()
    return found if found is not None else Decimal(20)


def _billed(end: date) -> Sums:
    """By payer, what stands billed under the margin scheme in documents dated before `end`."""
    return _signed(_sales(end), "invoice__payer", "total")


def _purchased(end: date) -> Sums:
    """By payer, what these documents' purchases cost; nothing is bought of the house."""
    return _signed(_sales(end).exclude(charge__supplier__kind=Supplier.Kind.HOUSE), "invoice__payer", "charge__bought")


def _sales(end: date) -> QuerySet[InvoiceLine]:
    documents = Invoice.objects.filter(mode=MARGIN, date__lt=end, payer__isnull=False)
    return InvoiceLine.objects.filter(invoice__in=documents, what=InvoiceLine.What.SALE).order_by()


def _signed(rows: QuerySet[InvoiceLine], by: str, amount: str) -> Sums:
    found: Sums = defaultdict(lambda: ZERO)
    for owner, sign, sum in rows.values_list(by, "sign").annotate(Sum(amount)):
        found[owner] += sign * cents(sum)
    return dict(found)


def _collected(end: date) -> Sums:
    """By payer, the part of its receipts that its charges under the margin scheme are of all it owes us."""
    concerned = Charge.objects.filter(mode=MARGIN, payer__isnull=False).values("payer")
    live = Charge.objects.live().filter(line__state__in=Line.COUNTED, payer__in=concerned).exclude(mode=Contract.Mode.DIRECT)
    due, asked = _sums(live, "payer", "total"), _sums(live.filter(mode=MARGIN), "payer", "total")
    came = _sums(Receipt.objects.filter(payer__in=concerned, on__lt=end), "payer", "amount")
    return {payer: _part(came.get(payer, ZERO), whole, asked.get(payer, ZERO)) for payer, whole in due.items()}


def _part(came: Decimal, due: Decimal, asked: Decimal) -> Decimal:
    if came >= due:
        return asked
    return cents(max(came, ZERO) * asked / due)


def _paid(end: date) -> Sums:
    """By payer, what executed payouts settled of its charges under the margin scheme, less what suppliers gave back."""
    lines = PayoutLine.objects.filter(charge__mode=MARGIN, payout__state=Payout.State.EXECUTED, payout__executed_on__lt=end)
    found = _sums(lines.filter(payout__supplier__isnull=False), "charge__payer", "amount")
    back = Receipt.objects.filter(charge__mode=MARGIN, supplier__isnull=False, on__lt=end)
    for payer, amount in _sums(back, "charge__payer", "amount").items():
        found[payer] = found.get(payer, ZERO) - amount
    return found


def _sums(rows: QuerySet[Charge] | QuerySet[Receipt] | QuerySet[PayoutLine], by: str, amount: str) -> Sums:
    return {owner: cents(sum) for owner, sum in rows.order_by().values_list(by).annotate(Sum(amount)) if owner}


@dataclass
class ByCongress:
    """The parts of one congress."""

    code: str
    title: str
    sold: Decimal = ZERO
    bought: Decimal = ZERO

    @property
    def margin(self) -> Decimal:
        return self.sold - self.bought


@dataclass(frozen=True)
class PartRow:
    """A part with the booking it is of."""

    booking: str
    congress: str
    title: str
    client: str
    sold: Decimal
    bought: Decimal

    @property
    def margin(self) -> Decimal:
        return self.sold - self.bought


def part_rows(parts: Iterable[Part] | Iterable[MarginPart]) -> list[PartRow]:
    """Each part with its booking, congress and client at hand, by booking; one query for five hundred of them."""
    of_payer = {part.payer if isinstance(part, Part) else part.payer_id: part for part in parts}
    found, pks = [], sorted(of_payer)
    for begin in range(0, len(pks), SLICE):
        payers = Payer.objects.filter(pk__in=pks[begin : begin + SLICE]).select_related("client", "booking__congress")
        for payer in payers:
            part, congress = of_payer[payer.pk], payer.booking.congress
            found.append(PartRow(str(payer.booking), congress.code, str(congress), str(payer.client), part.sold, part.bought))
    return sorted(found, key=lambda row: row.booking)


def by_congress(rows: Iterable[PartRow]) -> list[ByCongress]:
    found: dict[str, ByCongress] = {}
    for row in rows:
        each = found.setdefault(row.congress, ByCongress(row.congress, row.title))
        each.sold += row.sold
        each.bought += row.bought
    return [found[code] for code in sorted(found)]
