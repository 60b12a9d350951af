"""What is kept of a line that is cancelled: by its terms, as far as they ask; and who it is asked of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from pleniere.catalogue.clauses import When, holding, how_much
from pleniere.catalogue.models import Clause, Contract
from pleniere.common.money import ZERO, cents, total

from ..dues import clauses_by_terms, dues_of, first_night, in_dues, sums_of, terms_of
from ..models import Booking, Charge, Line, Payer

State = Line.State


@dataclass(frozen=True)
class Fee:
    """What is kept on cancelling a line, and how much of it is the supplier's."""

    amount: Decimal
    supplier_share: Decimal


def fees_by_terms(booking: Booking, lines: Sequence[Line], *, at: datetime) -> dict[int, Fee]:
    """What the terms keep of each line if it is cancelled now: the last KEEP begun holds. The supplier's share follows its price."""
    agreed = _agreed(booking, lines)
    which = {line.pk: terms_of(line, agreed.get(line.pk), booking.congress.terms_id) for line in lines}
    clauses = clauses_by_terms(which.values())
    order = booking.congress.local_date(booking.placed_at or at)
    fees, spared = {}, _Once(booking)
    for line in lines:
        if line.state != State.FIRM:
            continue
        when = When(order, line.start, line.end, booking.congress.zone)
        mine = clauses[which[line.pk]]
        clause = holding(mine, Clause.Verb.KEEP, when, at=at, whole=_of_order(line, mine))
        if clause is not None:
            charges = list(line.charges.live().exclude(kind=Charge.Kind.TAX))  # whoever does not sleep owes the town nothing
            kept = spared.less(clause, _kept(clause, line, charges, mine, order))
            fees[line.pk] = Fee(kept, _share(kept, charges))
    return fees


class _Once:
    """An amount asked once for the whole booking: what earlier cancellings of it have asked is not asked again."""

    def __init__(self, booking: Booking):
        self.booking = booking
        self.asked: Decimal | None = None

    def less(self, clause: Clause, kept: Decimal) -> Decimal:
        if clause.amount is None or clause.per != "BOOKING":
            return kept
        if self.asked is None:
            past = Charge.objects.live().filter(line__booking=self.booking, kind=Charge.Kind.PENALTY)
            self.asked = total(past.values_list("total", flat=True))
        kept = max(ZERO, min(kept, clause.amount - self.asked))
        self.asked += kept
        return kept


def _agreed(booking: Booking, lines: Sequence[Line]) -> dict[int, int | None]:
    """By line, the terms of who pays for it (the first, where several share it): who the fee is asked of."""
    terms = dict(booking.payers.values_list("pk", "terms"))
    found: dict[int, int | None] = {}
    if any(terms.values()):
        charges = Charge.objects.live().filter(line__in=[line.pk for line in lines], payer__isnull=False).order_by("pk")
        for line_id, payer_id in charges.values_list("line", "payer"):
            found.setdefault(line_id, terms.get(payer_id))
    return found


def _of_order(line: Line, clauses: Sequence[Clause]) -> Decimal:
    """All that the payer of this line owes for the booking; asked of the database only where a clause begins at a total."""
    if not any(clause.from_total for clause in clauses):
        return ZERO
    charges = Charge.objects.live().filter(line__booking=line.booking_id, line__state__in=Line.COUNTED, payer=payer_of(line))
    return total(charges.exclude(mode=Contract.Mode.DIRECT).values_list("total", flat=True))


def _kept(clause: Clause, line: Line, charges: Sequence[Charge], clauses: Sequence[Clause], order: date) -> Decimal:
    ours = in_dues(charges)
    whole, night = total(charge.total for charge in ours), first_night(line, ours)
    deposit = dues_of(line, 0, whole, clauses, order=order, night=night)[0].amount
    return how_much(clause, sums_of(line, whole, night=night, deposit=deposit))


def _share(kept: Decimal, charges: Sequence[Charge]) -> Decimal:
    """What of a fee is the supplier's: all of it where the supplier sells, else in proportion to what it asks."""
    whole = total(charge.total for charge in charges)
    bought = total(charge.bought for charge in charges)
    return cents(kept * bought / whole) if whole else ZERO


def payer_of(line: Line) -> Payer | None:
    """Who bears a line: the one it names, else the first of those who pay it."""
    charges = line.charges.live().exclude(payer=None).select_related("payer__method").order_by("payer__number", "pk")
    payers = [charge.payer for charge in charges]
    return line.payer if not payers or line.payer in payers else payers[0]
