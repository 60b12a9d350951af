"""What a payer owes, has paid, and is to be given back. Computed, never stored; the same count of queries for one and for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, F, OuterRef, Q, QuerySet, Subquery, Sum, TextChoices
from django.db.models.functions import Coalesce, Round
from django.utils.translation import gettext_lazy as _

from pleniere.booking.actions import booking_dues
from pleniere.booking.dues import in_dues
from pleniere.booking.models import Booking, Charge, Line, Payer
from pleniere.booking.queries import totals_by_payer
from pleniere.booking.reference import read as read_reference
from pleniere.common.money import ZERO, cents, total
from pleniere.common.words import fold
from pleniere.congress.models import Congress, Method

from .models import Attempt, CardRefund, DepositSlip, Notice, Receipt


class PayerState(TextChoices):
    """Where a payer stands."""

    DUE = "DUE", _("to pay")
    PART = "PART", _("part paid")
    PAID = "PAID", _("paid")
    OVERPAID = "OVERPAID", _("overpaid")


@dataclass(frozen=True)
class PayerSums:
    """One payer's money: what it owes in all, what came, what is on its way back."""

    payer_id: int
    total: Decimal = ZERO
    received: Decimal = ZERO
    under_way: Decimal = ZERO

    @property
    def paid(self) -> Decimal:
        """Receipts less refunds under way."""
        return self.received - self.under_way

    @property
    def left(self) -> Decimal:
        return max(ZERO, self.total - self.paid)

    @property
    def refundable(self) -> Decimal:
        """Receipts − live charges that are not paid at the hotel − refunds under way."""
        return max(ZERO, self.paid - self.total)

    @property
    def state(self) -> PayerState:
        return state_of(self.total, self.paid)


def state_of(owed: Decimal, paid: Decimal) -> PayerState:
    if paid > owed:
        return PayerState.OVERPAID
    if paid == owed:
        return PayerState.PAID
    return PayerState.PART if paid > 0 else PayerState.DUE


RefundSource = Callable[[Collection[int]], Mapping[int, Decimal]]
_REFUNDS: list[RefundSource] = []


def refund_source(source: RefundSource) -> RefundSource:
    """Register where a higher floor keeps refunds: `source(payers)` gives the amounts (positive) still under way."""
    _REFUNDS.append(source)
    return source


def refunds_under_way(payers: Collection[int]) -> dict[int, Decimal]:
    """By payer, what has been decided to go back and has not left yet: card refunds asked, payouts not executed."""
    found: dict[int, Decimal] = defaultdict(lambda: ZERO)
    rows = CardRefund.objects.filter(payer__in=list(payers), state=CardRefund.State.ASKED).order_by()
    for row in rows.values("payer").annotate(sum=Sum("amount")):
        found[row["payer"]] += cents(row["sum"])
    for source in _REFUNDS:
        for payer, amount in source(payers).items():
            found[payer] += amount
    return dict(found)


_BACK: list[RefundSource] = []


def back_source(source: RefundSource) -> RefundSource:
    """Register where a higher floor sends money of nobody back: `source(receipts)` gives the amounts still under way."""
    _BACK.append(source)
    return source


def received_by_payer(payers: Collection[int]) -> dict[int, Decimal]:
    """By payer, the sum of its receipts (refunds are negative ones)."""
    rows = Receipt.objects.filter(payer__in=list(payers)).order_by().values("payer").annotate(sum=Sum("amount"))
    return {row["payer"]: cents(row["sum"]) for row in rows}


def payer_sums(bookings: Iterable[int]) -> dict[int, PayerSums]:
    """The money of every payer of these bookings, by payer; a fixed number of queries."""
    bookings = list(bookings)
    return _sums_by_payer(bookings, list(Payer.objects.filter(booking__in=bookings).values_list("pk", flat=True)))


def _sums_by_payer(bookings: list[int], payers: list[int]) -> dict[int, PayerSums]:
    owed, received, under_way = totals_by_payer(bookings), received_by_payer(payers), refunds_under_way(payers)
    return {pk: PayerSums(pk, owed.get(pk, ZERO), received.get(pk, ZERO), under_way.get(pk, ZERO)) for pk in payers}


def sums_of(payer: Payer) -> PayerSums:
    return payer_sums([payer.booking_id])[payer.pk]


def booking_sums(bookings: Iterable[int]) -> dict[int, PayerSums]:
    """The same, all payers of a booking together (`payer_id` is the booking's): what a list of bookings shows."""
    bookings = list(bookings)
    owners = dict(Payer.objects.filter(booking__in=bookings).values_list("pk", "booking"))
    sums: dict[int, list[PayerSums]] = defaultdict(list)
    for pk, each in _sums_by_payer(bookings, list(owners)).items():
        sums[owners[pk]].append(each)
    return {
        pk: PayerSums(
            pk,
            total(each.total for each in sums[pk]),
            total(each.received for each in sums[pk]),
            total(each.under_way for each in sums[pk]),
        )
        for pk in bookings
    }


def refundable(payer: Payer) -> Decimal:
    """What may go back to this payer. Lock the payer before you trust it."""
    return sums_of(payer).refundable


@dataclass
class PayerDue:
    """One payer as its papers show it: sums, and what is due now and by when."""

    payer: Payer
    sums: PayerSums
    due_now: Decimal
    by: date | None  # until when its rooms are held

    @property
    def total(self) -> Decimal:
        return self.sums.total

    @property
    def paid(self) -> Decimal:
        return self.sums.paid

    @property
    def left(self) -> Decimal:
        return self.sums.total - self.sums.paid

    @property
    def state(self) -> PayerState:
        return self.sums.state


def payers_of(
    booking: Booking, *, at: datetime, lines: Sequence[Line] | None = None, charges: Sequence[Charge] | None = None
) -> list[PayerDue]:
    """Every payer of the booking: total, paid, due now (dues whose date has come, or the first), and until when rooms wait.

    A page that has read the counted lines and their live charges gives them, and they are not read again.
    """
    if lines is None or charges is None:
        lines = list(booking.lines.counted().select_related("offer"))
        charges = list(Charge.objects.live().filter(line__in=[line.pk for line in lines]))
    payers = list(booking.payers.select_related("client", "method", "terms"))
    dues = booking_dues(booking, lines, charges, payers=payers)
    received = received_by_payer([payer.pk for payer in payers])
    back = refunds_under_way([payer.pk for payer in payers]) if received else {}  # what never came cannot go back
    today = booking.congress.local_date(at)
    ends = [line.until for line in lines if line.until and line.state in (Line.State.OPTION, Line.State.HELD)]
    by = booking.congress.local_date(min(ends) - timedelta(seconds=1)) if ends else None
    found = []
    for payer in payers:
        mine = [due for due in dues if due.payer_id == payer.pk]
        sums = PayerSums(
            payer.pk,
            total(charge.total for charge in in_dues(charges) if charge.payer_id == payer.pk),
            received.get(payer.pk, ZERO),
            back.get(payer.pk, ZERO),
        )
        first = min((due.on for due in mine), default=today)
        now = total(due.amount for due in mine if due.on <= max(today, first))
        found.append(PayerDue(payer, sums, max(ZERO, now - sums.paid), by))
    return found


def with_money(payers: QuerySet[Payer]) -> QuerySet[Any]:
    """Payers with `owed` and `got`, to filter and sort by (a fraction of a cent apart on SQLite: hence rounded)."""
    owed = (
        Charge.objects.live()
        .filter(payer=OuterRef("pk"), line__state__in=Line.COUNTED)
        .exclude(mode="DIRECT")
        .order_by()
        .values("payer")
        .annotate(sum=Sum("total"))
        .values("sum")
    )
    got = Receipt.objects.filter(payer=OuterRef("pk")).order_by().values("payer").annotate(sum=Sum("amount")).values("sum")
    return payers.annotate(owed=_rounded(owed), got=_rounded(got))


def _rounded(sums: QuerySet[Any]) -> Round:
    money = DecimalField(max_digits=12, decimal_places=2)
    return Round(Coalesce(Subquery(sums, output_field=money), ZERO, output_field=money), 2)


# What waits for somebody


def to_remit(actor: Any, kind: str = Receipt.Kind.CHEQUE) -> QuerySet[Receipt]:
    """Cheques (or cards, with what went back on them) not yet taken to the bank."""
    kinds = [kind, Receipt.Kind.REFUND] if kind == Receipt.Kind.CARD else [kind]
    found = Receipt.objects.visible_to(actor).filter(kind__in=kinds, deposit_slip=None, reverses=None, reversal=None)
    if kind == Receipt.Kind.CARD:
        found = found.exclude(kind=Receipt.Kind.REFUND, attempt=None)
    return found.select_related("payer__client", "payer__booking__congress").order_by("on", "number")


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
    nobody = nobody.annotate(matched=_rounded(matched.annotate(sum=Sum("amount")).values("sum")))
    nobody = nobody.filter(matched__lt=F("amount"), reversal=None).order_by("on", "number")
    left = rests(nobody)
    return [(receipt, left[receipt.pk]) for receipt in nobody if left[receipt.pk] > 0]


def announced(actor: Any) -> QuerySet[Attempt]:
    """Payments announced and not come: cheques, transfers, orders; the one expected first, first."""
    open_ = Attempt.objects.filter(state=Attempt.State.OPEN, congress__in=Congress.objects.staffed_by(actor))
    open_ = open_.exclude(kind=Method.Kind.CARD).select_related("payer__client", "payer__booking__congress")
    return open_.order_by(F("expected_by").asc(nulls_last=True), "pk")


def overpaid(actor: Any) -> list[tuple[Payer, PayerSums]]:
    """Payers to whom money is to go back: refunds proposed."""
    payers = Payer.objects.filter(booking__congress__in=Congress.objects.staffed_by(actor), receipts__isnull=False).distinct()
    payers = with_money(payers).filter(got__gt=F("owed")).select_related("client", "booking__congress").order_by("pk")
    sums = payer_sums({payer.booking_id for payer in payers})
    return [(payer, sums[payer.pk]) for payer in payers if sums[payer.pk].refundable > 0]


def bounced(actor: Any) -> list[tuple[Receipt, PayerSums]]:
    """Receipts that bounced, or were charged back, whose payer still owes."""
    back = Receipt.objects.visible_to(actor).filter(reverses__isnull=False, payer__isnull=False, is_correction=False)
    back = back.select_related("payer__client", "payer__booking__congress", "reverses").order_by("-number")
    sums = payer_sums({receipt.payer.booking_id for receipt in back if receipt.payer})
    return [(receipt, sums[receipt.payer_id]) for receipt in back if receipt.payer_id and sums[receipt.payer_id].left > 0]


def notices(actor: Any) -> QuerySet[Notice]:
    """What providers said of payments the actor may see, and of references nobody knows."""
    seen = Attempt.objects.filter(congress__in=Congress.objects.staffed_by(actor)).values("ref")
    return Notice.objects.filter(Q(ref__in=seen) | ~Q(ref__in=Attempt.objects.values("ref")))


def odd_notices(actor: Any) -> QuerySet[Notice]:
    """Those that did not land as expected, and nobody has looked at."""
    return notices(actor).filter(to_look_at=True, looked_by="").order_by("-at")


def slips(actor: Any) -> QuerySet[DepositSlip]:
    """Deposit slips, the last first."""
    seen = Receipt.objects.visible_to(actor).filter(deposit_slip__isnull=False).values("deposit_slip")
    return DepositSlip.objects.filter(pk__in=seen).order_by("-on", "-number")


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


@dataclass
class Ending:
    """A booking whose options end soon."""

    booking: Booking
    lines: list[Line]
    sums: PayerSums

    @property
    def until(self) -> datetime:
        return min(line.until for line in self.lines if line.until)

    @property
    def last_day(self) -> date:
        """Midnight ends the day before."""
        return self.booking.congress.local_date(self.until - timedelta(seconds=1))

    @property
    def listed_on(self) -> date | None:
        """Since when it stands on the list: it ends on a working day after that."""
        return min((line.expiring_since for line in self.lines if line.expiring_since), default=None)


def ending_options(actor: Any, *, at: datetime, within: timedelta = timedelta(days=7)) -> list[Ending]:
    """Options that end within a week, by booking, the first to end first."""
    lines = (
        Line.objects.filter(state=Line.State.OPTION, until__lte=at + within, booking__in=Booking.objects.visible_to(actor))
        .select_related("booking__congress", "booking__client", "offer__service__supplier", "rate")
        .order_by("until", "pk")
    )
    by_booking: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        by_booking[line.booking_id].append(line)
    sums = booking_sums(by_booking)
    return [Ending(found[0].booking, found, sums[pk]) for pk, found in by_booking.items()]


def card_refunds_under_way(actor: Any) -> QuerySet[CardRefund]:
    """Asked of the provider and not answered yet."""
    rows = CardRefund.objects.filter(state=CardRefund.State.ASKED, receipt__in=Receipt.objects.visible_to(actor))
    return rows.select_related("payer__client", "payer__booking").order_by("pk")


def card_payments(payers: Iterable[int]) -> dict[int, list[tuple[Receipt, Decimal]]]:
    """By payer, its card payments and how much of each can still go back on the card; two queries."""
    receipts = list(
        Receipt.objects.filter(
            payer__in=list(payers), kind=Receipt.Kind.CARD, reverses=None, reversal=None, attempt__isnull=False, amount__gt=0
        ).select_related("attempt")
    )
    live = CardRefund.objects.filter(receipt__in=receipts).exclude(state=CardRefund.State.REFUSED).order_by()
    gone = {row["receipt"]: cents(row["sum"]) for row in live.values("receipt").annotate(sum=Sum("amount"))}
    found: dict[int, list[tuple[Receipt, Decimal]]] = defaultdict(list)
    for receipt in receipts:
        left = receipt.amount - gone.get(receipt.pk, ZERO)
        if left > 0 and receipt.payer_id:
            found[receipt.payer_id].append((receipt, left))
    return found
