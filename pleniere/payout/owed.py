"""What is owed to suppliers and what of it is payable now, charge by charge. Computed from rows, never stored.

A constant number of queries however many bookings: the charges of the congress, what was paid out on them, what came in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from pleniere.booking.models import Booking, Charge, Line
from pleniere.catalogue.models import Contract, Supplier
from pleniere.common.money import CENT, ZERO, cents, total
from pleniere.congress.models import Congress
from pleniere.payment.models import CardRefund, Receipt

from .models import Payout, PayoutLine

DIRECT, TAX = Contract.Mode.DIRECT, Charge.Kind.TAX
NOBODY = (Supplier.Kind.HOUSE, Supplier.Kind.PLACEHOLDER)  # owed nothing: ourselves, and a hotel still to be named
UNDER_WAY = (Payout.State.DRAFT, Payout.State.APPROVED, Payout.State.FILED, Payout.State.SENT)


@dataclass(slots=True)
class Standing:
    """One charge as its supplier sees it. `paid` are live payouts, `paid_back` what the supplier gave back of them."""

    charge: int
    line: int
    booking: int
    supplier: int
    payer: int | None
    kind: str
    mode: str
    total: Decimal
    bought: Decimal
    commission: Decimal
    is_live: bool
    is_firm: bool
    is_house: bool
    is_room: bool
    start: date
    end: date
    paid: Decimal = ZERO
    paid_back: Decimal = ZERO
    payable: Decimal = ZERO

    @property
    def owed(self) -> Decimal:
        """Bought (paid at the hotel: 0) − commission − live payouts + what was paid back; the house is owed nothing."""
        return ZERO if self.is_house else self.share - self.paid + self.paid_back

    @property
    def share(self) -> Decimal:
        """The supplier's part of the charge: nothing of a struck one, minus the commission of what is paid at the hotel."""
        if not self.is_live:
            return ZERO
        return (ZERO if self.mode == DIRECT else self.bought) - self.commission

    @property
    def had(self) -> Decimal:
        """What was paid out on it, as one who shares a purse counts it."""
        return max(self.paid, ZERO)

    @property
    def asked(self) -> Decimal:
        """What it asks in all: what it is still owed, and what it had."""
        return self.owed + self.had

    @property
    def is_tax(self) -> bool:
        return self.kind == TAX

    @property
    def counts_in_purse(self) -> bool:
        """Paid for by its payer's money through us, to a supplier, on the supplier's own account."""
        return self.is_live and not self.is_house and not self.is_tax and self.mode != DIRECT


@dataclass
class Snapshot:
    """All charges that matter of one congress, and the money around them."""

    standings: list[Standing]
    receipts: dict[int, Decimal]  # by payer, less refunds under way
    to_collect: dict[int, Decimal]  # by payer: its live charges without what is paid at the hotel
    advances: dict[int, dict[int, Decimal]] = field(default_factory=dict)  # by supplier and block: paid ahead, not recovered

    def collected(self, payer: int | None) -> Decimal:
        return self.receipts.get(payer, ZERO) if payer else ZERO

    def collection(self, payer: int | None) -> str:
        """How far a payer has paid: "" nothing, DEPOSIT a part, BALANCE all."""
        due, came = self.to_collect.get(payer, ZERO) if payer else ZERO, self.collected(payer)
        if came >= due:
            return "BALANCE"
        return "DEPOSIT" if came > 0 else ""


def snapshot(congress: Congress | int, *, booking: Booking | None = None) -> Snapshot:
    """What is owed in this congress as it stands now, or of one booking alone."""
    congress_id = congress.pk if isinstance(congress, Congress) else congress
    one = booking.pk if booking is not None else None
    standings = _standings(congress_id, one)
    receipts, to_collect = _receipts(congress_id, one), _to_collect(standings)
    make_payable(standings, receipts, to_collect)
    return Snapshot(standings, receipts, to_collect, _advances(congress_id) if one is None else {})


FACTS = {  # of a charge, by the name of what a standing keeps of it
    "charge": "pk",
    "line": "line",
    "booking": "line__booking",
    "supplier": "supplier",
    "payer": "payer",
    "kind": "kind",
    "mode": "mode",
    "total": "total",
    "bought": "bought",
    "commission": "commission",
    "start": "line__start",
    "end": "line__end",
}
ASKED = (*FACTS.values(), "struck_at", "line__state", "supplier__kind", "line__offer__service__kind")


def _standings(congress_id: int, booking: int | None) -> list[Standing]:
    """The live charges, and the struck ones that money was paid on or given back of."""
    paid = dict(_sums(PayoutLine.objects.filter(_live(), payout__congress=congress_id, charge__isnull=False), "charge"))
    back = dict(_sums(Receipt.objects.filter(congress=congress_id, charge__isnull=False), "charge"))
    found = []
    for row in _charges(congress_id, booking).values_list(*ASKED):
        *facts, struck, state, owner, service = row
        live = struck is None and state in Line.COUNTED
        pk = facts[0]
        if live or pk in paid or pk in back:
            standing = Standing(
                **dict(zip(FACTS, facts, strict=True)),
                is_live=live,
                is_firm=live and state == Line.State.FIRM,
                is_house=owner in NOBODY,
                is_room=service == "ROOM",
                paid=paid.get(pk, ZERO),
                paid_back=back.get(pk, ZERO),
            )
            found.append(standing)
    return found


def _charges(congress_id: int, booking: int | None) -> QuerySet[Charge]:
    was_paid = Exists(PayoutLine.objects.filter(charge=OuterRef("pk")))
    gave_back = Exists(Receipt.objects.filter(charge=OuterRef("pk")))
    counts = Q(struck_at=None) | was_paid | gave_back
    charges = Charge.objects.filter(counts, congress=congress_id, payer__isnull=False)
    if booking is not None:
        charges = charges.filter(line__booking=booking)
    return charges.order_by("pk")


def _live() -> Q:
    return ~Q(payout__state__in=Payout.DEAD)


def _sums(rows: object, by: str) -> Iterable[tuple[int, Decimal]]:
    for key, amount in rows.values_list(by).annotate(Sum("amount")).order_by():  # type: ignore[attr-defined]
        yield key, cents(amount)


def _receipts(congress_id: int, booking: int | None) -> dict[int, Decimal]:
    """By payer: receipts less refunds under way, on cards or by payouts (an executed one is a negative receipt)."""
    owner = {"payer__booking": booking} if booking else {"payer__booking__congress": congress_id}
    came: dict[int, Decimal] = defaultdict(lambda: ZERO)
    came.update(_sums(Receipt.objects.filter(**owner), "payer"))
    cards = CardRefund.objects.filter(state=CardRefund.State.ASKED, **owner)
    for payer, amount in (*_sums(cards, "payer"), *_sums(Payout.objects.filter(state__in=UNDER_WAY, **owner), "payer")):
        came[payer] -= amount
    return dict(came)


def refunds_under_way(payers: Collection[int]) -> dict[int, Decimal]:
    """By payer, the refunds by payout that were decided and are not executed: what the payment floor asks of us."""
    return dict(_sums(Payout.objects.filter(payer__in=list(payers), state__in=UNDER_WAY), "payer"))


def sent_back_under_way(receipts: Collection[int]) -> dict[int, Decimal]:
    """By receipt of nobody, what is on its way back to its sender: no longer to be matched."""
    return dict(_sums(Payout.objects.filter(source__in=list(receipts), state__in=UNDER_WAY), "source"))


def _to_collect(standings: Iterable[Standing]) -> dict[int, Decimal]:
    found: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for each in standings:
        if each.is_live and each.mode != DIRECT and each.payer:
            found[each.payer] += each.total
    return dict(found)


def _advances(congress_id: int) -> dict[int, dict[int, Decimal]]:
    """By supplier and block: advances that have left, less what was recovered (drafts count already) or paid back."""
    ahead: dict[tuple[int, int], Decimal] = defaultdict(lambda: ZERO)
    lines = PayoutLine.objects.filter(payout__congress=congress_id, block__isnull=False, payout__supplier__isnull=False)
    lines = lines.filter(Q(payout__state=Payout.State.EXECUTED) | _live() & Q(amount__lt=0))
    for supplier, block, amount in lines.values_list("payout__supplier", "block").annotate(Sum("amount")).order_by():
        ahead[supplier, block] += cents(amount)
    back = Receipt.objects.filter(congress=congress_id, block__isnull=False, supplier__isnull=False)
    for supplier, block, amount in back.values_list("supplier", "block").annotate(Sum("amount")).order_by():
        ahead[supplier, block] -= cents(amount)
    found: dict[int, dict[int, Decimal]] = defaultdict(dict)
    for (supplier, block), amount in ahead.items():
        if amount > 0:
            found[supplier][block] = amount
    return dict(found)


def make_payable(standings: Iterable[Standing], receipts: dict[int, Decimal], to_collect: dict[int, Decimal]) -> None:
    """Cut what is owed on firm charges to the purse of their payer: the share it has paid of all its charges."""
    by_payer: dict[int | None, list[Standing]] = defaultdict(list)
    for each in standings:
        if each.counts_in_purse:
            by_payer[each.payer].append(each)
        elif each.owed > 0 and not each.is_tax:  # it paid back more than it owed on a charge that asks for nothing
            each.payable = each.owed
    for payer, found in by_payer.items():
        key = payer or 0
        purse = _purse(found, receipts.get(key, ZERO), to_collect.get(key, ZERO))
        _share(purse, [each for each in found if each.is_firm and each.owed > 0])


def _share(purse: Fraction, ready: Sequence[Standing]) -> None:
    """Fill the charges from the purse, all to the same part of what each asks, what was paid out on it counted; rounded down.

    So a payout to some changes nothing for the others, and leaves nothing more for those just paid.
    """
    if total(each.owed for each in ready) <= purse:
        for each in ready:
            each.payable = each.owed
        return
    part, below = Fraction(0), list(ready) if purse else []
    while below:  # who has had more than that part waits for the others
        part = (purse + sum(Fraction(each.had) for each in below)) / sum(Fraction(each.asked) for each in below)
        still = [each for each in below if part * Fraction(each.asked) > each.had]
        if len(still) == len(below):
            break
        below = still
    for each in below:
        each.payable = _down(part * Fraction(each.asked) - Fraction(each.had))


def _purse(found: Iterable[Standing], came: Decimal, due: Decimal) -> Fraction:
    """min(1, receipts ÷ charges) × Σ(bought − commission) − Σ(live payouts − pay-backs); never below zero. Exact, not yet in cents."""
    share = Fraction(total(each.share for each in found))
    if due > 0 and came < due:
        share = share * Fraction(max(came, ZERO)) / Fraction(due)
    return max(share - Fraction(total(each.paid - each.paid_back for each in found)), Fraction(0))


def _down(amount: Fraction) -> Decimal:
    return Decimal(amount * 100 // 1) * CENT
