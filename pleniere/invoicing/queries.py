"""What is to bill, to credit, and what was: computed from charges and documents, never stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from pleniere.booking.models import Booking, Charge, Line, Payer
from pleniere.catalogue.models import Contract, Supplier
from pleniere.common.money import ZERO, cents, percent_of, share, total
from pleniere.congress.models import Congress
from pleniere.payment.models import Receipt

from .models import Confirmation, Invoice, InvoiceLine

Mode, What, Kind = Contract.Mode, InvoiceLine.What, Invoice.Kind
WITH_COMMISSION = (Mode.AGENT, Mode.DIRECT)


def _standing(rows: QuerySet[Any]) -> Coalesce:
    """Billed less credited, of the charge in the outer query."""
    sums = rows.filter(charge=OuterRef("pk")).order_by().values("charge").annotate(sum=Sum("sign")).values("sum")
    return Coalesce(Subquery(sums, output_field=IntegerField()), 0)


def with_standing(charges: QuerySet[Charge]) -> QuerySet[Any]:
    """Each charge with `invoiced`, `confirmed` and `commissioned`: 1 while a document or confirmation of it stands, else 0."""
    return charges.annotate(
        invoiced=_standing(InvoiceLine.objects.filter(what=What.SALE)),
        confirmed=_standing(Confirmation.objects.all()),
        commissioned=_standing(InvoiceLine.objects.filter(what=What.COMMISSION)),
    )


def to_bill() -> QuerySet[Any]:
    """Firm, owed by a payer, neither invoiced nor posted by confirmation. What is free or paid at the hotel needs no document."""
    charges = Charge.objects.live().filter(
        line__state=Line.State.FIRM, payer__isnull=False, line__booking__placed_at__isnull=False
    )
    return with_standing(charges.exclude(mode=Mode.DIRECT).exclude(total=0)).filter(invoiced=0, confirmed=0)


def to_credit() -> QuerySet[Any]:
    """Struck, and something of it still stands: an invoice, a confirmation, a commission."""
    struck = with_standing(Charge.objects.filter(struck_at__isnull=False))
    return struck.filter(Q(invoiced__gt=0) | Q(confirmed__gt=0) | Q(commissioned__gt=0))


def commissions_to_bill() -> QuerySet[Any]:
    """What suppliers owe us for firm charges and were not yet invoiced for; hotels paid on the spot too."""
    charges = Charge.objects.live().filter(line__state=Line.State.FIRM, mode__in=WITH_COMMISSION, commission__gt=0)
    return with_standing(charges.filter(line__booking__placed_at__isnull=False)).filter(commissioned=0)


@dataclass(frozen=True)
class Waiting:
    """One row of the billing queue: a booking, and what of it waits for a document."""

    booking: Booking
    bill: Decimal
    credit: Decimal
    charges: int


def billing_queue(congresses: QuerySet[Congress], *, limit: int = 200) -> list[Waiting]:
    """Bookings with something to bill or to credit, deposits too, the oldest first; in a fixed number of queries."""
    bill = _by_booking(to_bill().filter(congress__in=congresses))
    credit = _by_booking(to_credit().filter(congress__in=congresses))
    for deposit in deposits_to_credit(standing_deposits().filter(congress__in=congresses)):
        assert deposit.payer is not None
        amount, count = credit.get(deposit.payer.booking_id, (ZERO, 0))
        credit[deposit.payer.booking_id] = amount + deposit.total, count + 1
    bookings = (
        Booking.objects.filter(pk__in={*bill, *credit}).select_related("client", "congress").order_by("placed_at", "pk")[:limit]
    )
    return [
        Waiting(
            booking,
            bill.get(booking.pk, (ZERO, 0))[0],
            credit.get(booking.pk, (ZERO, 0))[0],
            bill.get(booking.pk, (ZERO, 0))[1] + credit.get(booking.pk, (ZERO, 0))[1],
        )
        for booking in bookings
    ]


def _by_booking(charges: QuerySet[Charge]) -> dict[int, tuple[Decimal, int]]:
    rows = charges.order_by().values("line__booking").annotate(sum=Sum("total"), count=Count("pk"))
    return {row["line__booking"]: (cents(row["sum"]), row["count"]) for row in rows}


@dataclass(frozen=True)
class CommissionDue:
    """What one supplier is to be invoiced for one congress."""

    supplier: Supplier
    congress: Congress
    amount: Decimal
    charges: int


def commission_queue(congresses: QuerySet[Congress]) -> list[CommissionDue]:
    rows = list(
        commissions_to_bill()
        .filter(congress__in=congresses)
        .order_by()
        .values("supplier", "congress")
        .annotate(sum=Sum("commission"), count=Count("pk"))
    )
    suppliers = Supplier.objects.in_bulk({row["supplier"] for row in rows})
    held = congresses.in_bulk({row["congress"] for row in rows})
    found = [CommissionDue(suppliers[r["supplier"]], held[r["congress"]], cents(r["sum"]), r["count"]) for r in rows]
    return sorted(found, key=lambda due: (due.congress.code, due.supplier.name))


def turns(charges: Iterable[Charge], what: str = What.SALE) -> dict[int, int]:
    """By charge, how many times it was billed so far (documents and confirmations together: one count of turns)."""
    pks = [charge.pk for charge in charges]
    found: dict[int, int] = defaultdict(int)
    sources: list[Any] = [InvoiceLine.objects.filter(what=what)]
    if what == What.SALE:
        sources.append(Confirmation.objects.all())
    for rows in sources:
        for pk, count in rows.filter(charge__in=pks, sign=1).order_by().values_list("charge").annotate(Count("pk")):
            found[pk] += count
    return found


def invoices_of(booking: Booking) -> QuerySet[Invoice]:
    """A booking's documents, oldest first: what its delegate may download."""
    found = Invoice.objects.filter(payer__booking=booking).select_related("series", "payer__client", "credit_of__series")
    return found.order_by("chain_number")


def standing_deposits() -> QuerySet[Invoice]:
    """Deposit invoices that no final has taken off yet, and that were not credited."""
    deposits = Invoice.objects.filter(kind=Kind.DEPOSIT, credits=None).select_related("series")
    undone = InvoiceLine.objects.filter(undoes=OuterRef("pk")).order_by().values("undoes").annotate(s=Sum("sign")).values("s")
    standing = deposits.annotate(undone=Coalesce(Subquery(undone, output_field=IntegerField()), 0))
    return standing.filter(undone=0).order_by("chain_number")


def live_deposits(payer: Payer, mode: str) -> list[Invoice]:
    """Those of one payer that the final of this mode takes off."""
    return list(standing_deposits().filter(payer=payer, mode=mode))


def deposits_to_credit(deposits: QuerySet[Invoice]) -> list[Invoice]:
    """Of these standing deposits, those for which too little is left to bill: no final will ever take them off. Two queries."""
    found = list(deposits.select_related("payer__client", "payer__booking"))
    live = Charge.objects.live().filter(payer__in={each.payer_id for each in found}, line__state__in=Line.COUNTED)
    left: dict[tuple[int | None, str], Decimal] = defaultdict(lambda: ZERO)
    for charge in with_standing(live).filter(invoiced=0, confirmed=0):
        left[charge.payer_id, charge.mode] += charge.total
    useless = []
    for each in found:
        if each.total > left[each.payer_id, each.mode]:
            useless.append(each)
        else:
            left[each.payer_id, each.mode] -= each.total
    return useless


def deposit_due(payer: Payer, mode: str) -> dict[Decimal, Decimal]:
    """By VAT rate, what a deposit invoice would bear now: the share of the payer's money that falls on what this mode has not
    invoiced yet, less deposits already invoiced. Empty: nothing."""
    received = cents(Receipt.objects.filter(payer=payer).aggregate(sum=Sum("amount"))["sum"] or ZERO)
    live = Charge.objects.live().filter(payer=payer, line__state__in=Line.COUNTED).exclude(mode=Mode.DIRECT)
    whole = cents(live.aggregate(sum=Sum("total"))["sum"] or ZERO)
    rates: dict[Decimal, Decimal] = defaultdict(lambda: ZERO)
    for charge in with_standing(live.filter(mode=mode)).filter(invoiced=0, confirmed=0):
        rates[charge.vat] += charge.total
    open_ = total(rates.values())
    if received <= 0 or whole <= 0 or open_ <= 0:
        return {}
    reached = open_ if received >= whole else percent_of(open_, received * 100 / whole)
    asked = reached - total(deposit.total for deposit in live_deposits(payer, mode))
    if asked <= 0:
        return {}
    parts = share(asked, [asked * rates[rate] / open_ for rate in sorted(rates)])
    return {rate: part for rate, part in zip(sorted(rates), parts, strict=True) if part}


@dataclass(frozen=True)
class Paid:
    """How far a payer's money covers one document. Money fills documents in their order, as the law imputes it."""

    left: Decimal
    on: date | None  # the value date that covered it; None while something is left

    @property
    def is_whole(self) -> bool:
        return self.on is not None


def paid_of(payer: Payer) -> dict[int, Paid]:
    """By document of this payer, what is left of it. Credit notes take off the invoice they refer to."""
    return paid_of_payers([payer.pk])


def paid_of_payers(payers: Iterable[int]) -> dict[int, Paid]:
    """By document of all these payers, in two queries."""
    documents: dict[int | None, list[Invoice]] = defaultdict(list)
    money: dict[int, list[tuple[date, Decimal]]] = defaultdict(list)
    pks = list(payers)
    for document in Invoice.objects.filter(payer__in=pks).order_by("chain_number"):
        documents[document.payer_id].append(document)
    for payer, on, amount in Receipt.objects.filter(payer__in=pks).order_by("number").values_list("payer", "on", "amount"):
        money[payer].append((on, amount))
    return {pk: paid for payer in pks for pk, paid in _fill(documents[payer], money[payer]).items()}


def _fill(documents: list[Invoice], money: list[tuple[date, Decimal]]) -> dict[int, Paid]:
    credited: dict[int | None, Decimal] = defaultdict(lambda: ZERO)
    for document in documents:
        if document.kind == Kind.CREDIT:
            credited[document.credit_of_id] += document.total
    purse, asked = total(amount for _on, amount in money), ZERO
    found = {}
    for document in documents:
        if document.kind == Kind.CREDIT:
            continue
        net = max(ZERO, document.total - credited[document.pk])
        left = max(ZERO, min(net, asked + net - purse))
        asked += net
        found[document.pk] = Paid(left, _reached(money, asked) if not left and document.total > 0 else None)
    return found


def _reached(money: list[tuple[date, Decimal]], asked: Decimal) -> date | None:
    """The value date on which the running sum first reached `asked`."""
    so_far = ZERO
    for on, amount in money:
        so_far += amount
        if so_far >= asked:
            return on
    return None
