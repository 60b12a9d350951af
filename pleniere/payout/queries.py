"""What the desks ask: per supplier of a congress, per booking, per charge; and which charges a selection takes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from pleniere.allotment.models import BlockDue
from pleniere.booking.models import Booking, Charge, Line
from pleniere.catalogue.models import BankAccount, Supplier
from pleniere.common.money import ZERO, cents, total
from pleniere.congress.models import Congress
from pleniere.payment import actions as payment
from pleniere.payment.models import Receipt

from .models import Payout, PayoutLine
from .owed import Snapshot, Standing, snapshot


@dataclass(frozen=True)
class Selection:
    """Which bookings' charges are looked at, by dates, supplier or mode of payment. Nothing named: all of the congress.

    `since` and `until` (both included) bound the date `by`: of the stay's START or END, of the ORDER or its CONFIRMATION.
    `collected` keeps the charges whose payer has paid a part (DEPOSIT) or all (BALANCE). `kind` keeps bookings of a SINGLE
    service, of SEVERAL, or TOURING ones (nights at more than one place).
    """

    congress: Congress
    by: str = "START"
    since: date | None = None
    until: date | None = None
    supplier_kind: str = ""
    supplier: int | None = None
    collected: frozenset[str] = frozenset()
    seller: int | None = None
    booking: int | None = None
    kind: str = ""

    @property
    def bounds_bookings(self) -> bool:
        return bool(self.since or self.until or self.seller or self.booking or self.kind)


@dataclass
class SupplierRow:
    """G2: one supplier. `owed` and `payable` are two figures: what is left to it, and what may leave today."""

    supplier: Supplier
    standings: list[Standing] = field(default_factory=list)
    advances: dict[int, Decimal] = field(default_factory=dict)
    operator_code: str = ""
    problem: str = ""  # why no transfer may leave for it (`why_not`)
    waiting: BankAccount | None = None  # the account that waits for approval

    @property
    def paid(self) -> Decimal:
        return total(each.paid - each.paid_back for each in self.standings)

    @property
    def bought(self) -> Decimal:
        return total(each.bought for each in self.standings if each.is_live and each.mode != "DIRECT")

    @property
    def commission(self) -> Decimal:
        return total(each.commission for each in self.standings if each.is_live)

    @property
    def owed(self) -> Decimal:
        return total(each.owed for each in self.standings)

    @property
    def positive(self) -> Decimal:
        """What may leave before what the supplier owes us is taken off."""
        return total(each.payable for each in self.standings)

    @property
    def owes_us(self) -> Decimal:
        """What it owes us: struck after it was paid, commission of what was paid at the hotel, advances."""
        return total([-each.owed for each in self.standings if each.owed < 0]) + total(self.advances.values())

    @property
    def payable(self) -> Decimal:
        return max(ZERO, self.positive - self.owes_us)


def supplier_rows(chosen: Selection) -> list[SupplierRow]:
    """One row per supplier that the selection touches, by name. The tourist tax stands apart, the house is never in it."""
    found = snapshot(chosen.congress)
    standings = [each for each in select(found, chosen) if not each.is_tax and not each.is_house]
    return rows_of(found, standings)


def rows_of(found: Snapshot, standings: Iterable[Standing]) -> list[SupplierRow]:
    by_supplier: dict[int, list[Standing]] = defaultdict(list)
    for each in standings:
        by_supplier[each.supplier].append(each)
    suppliers = Supplier.objects.filter(pk__in=by_supplier).order_by("name", "code")
    rows = []
    for supplier in suppliers:
        row = SupplierRow(supplier, by_supplier[supplier.pk])
        row.advances = found.advances.get(supplier.pk, {})
        rows.append(row)
    _add_operator_codes(rows)
    return rows


def _add_operator_codes(rows: Iterable[SupplierRow]) -> None:
    rows = list(rows)
    last = Payout.objects.filter(supplier__in=[row.supplier.pk for row in rows]).exclude(operator_code="")
    codes = dict(last.order_by("pk").values_list("supplier", "operator_code"))
    for row in rows:
        row.operator_code = codes.get(row.supplier.pk, "")


def select(found: Snapshot, chosen: Selection) -> list[Standing]:
    """The charges a selection takes. What a supplier owes us is always among them: it is taken off whatever was chosen."""
    suppliers = _suppliers(chosen)
    bookings = _bookings(chosen) if chosen.bounds_bookings else None

    def is_chosen(each: Standing) -> bool:
        if bookings is not None and each.booking not in bookings:
            return False
        return not chosen.collected or found.collection(each.payer) in chosen.collected

    return [
        each
        for each in found.standings
        if (suppliers is None or each.supplier in suppliers) and (is_chosen(each) or (each.owed < 0 and not chosen.booking))
    ]


def _suppliers(chosen: Selection) -> set[int] | None:
    if chosen.supplier:
        return {chosen.supplier}
    if chosen.supplier_kind:
        return set(Supplier.objects.filter(kind=chosen.supplier_kind).values_list("pk", flat=True))
    return None


def _bookings(chosen: Selection) -> set[int]:
    bookings = Booking.objects.filter(congress=chosen.congress).placed()
    if chosen.booking:
        bookings = bookings.filter(pk=chosen.booking)
    if chosen.seller:
        bookings = bookings.filter(seller=chosen.seller)
    if chosen.kind:
        bookings = bookings.filter(pk__in=_of_kind(bookings, chosen.kind))
    if not (chosen.since or chosen.until):
        return set(bookings.values_list("pk", flat=True))
    since, until = chosen.since or date.min, chosen.until or date.max
    zone = chosen.congress
    if chosen.by in ("ORDER", "CONFIRMATION"):
        name = "placed_at" if chosen.by == "ORDER" else "confirmed_at"
        moments = bookings.filter(**{f"{name}__isnull": False}).values_list("pk", name)
        return {pk for pk, at in moments if since <= zone.local_date(at) <= until}
    return {pk for pk, (start, end) in stays(bookings).items() if since <= (end if chosen.by == "END" else start) <= until}


def _of_kind(bookings: QuerySet[Booking], kind: str) -> set[int]:
    """The bookings of this kind: by how many services were taken, and in how many places one sleeps."""
    lines = Line.objects.counted().filter(booking__in=bookings, is_penalty=False).values_list("booking")
    places = Count("offer__service__supplier", filter=Q(offer__service__kind="ROOM"), distinct=True)
    found = lines.annotate(services=Count("pk"), places=places).order_by()
    is_kind = {
        "SINGLE": lambda services, places: services == 1,
        "SEVERAL": lambda services, places: services > 1 and places < 2,
        "TOURING": lambda services, places: places > 1,
    }[kind]
    return {pk for pk, services, places in found if is_kind(services, places)}


def stays(bookings: QuerySet[Booking]) -> dict[int, tuple[date, date]]:
    """By booking: when its stay begins and ends. Its nights say so; without any, the first and last day of what was taken."""
    lines = Line.objects.filter(booking__in=bookings, is_penalty=False).exclude(state=Line.State.DRAFT)
    nights = Q(offer__service__kind="ROOM")
    rows = lines.values_list("booking").annotate(
        first=Min("start", filter=nights), last=Max("end", filter=nights), begins=Min("start"), ends=Max("end")
    )
    day = timedelta(days=1)
    return {pk: (first or start, last or end - day) for pk, first, last, start, end in rows.order_by()}


def why_not(accounts: Iterable[BankAccount]) -> str:
    """Why a supplier with these accounts cannot be paid by transfer: "", MISSING, WAITING (proposed, not approved) or HOLDER."""
    open_ = [each for each in accounts if each.ended_at is None]
    live = next((each for each in open_ if each.approved_at), None)
    if any(each.approved_at is None for each in open_):
        return "WAITING"
    if live is None:
        return "MISSING"
    return "" if live.holder.strip() else "HOLDER"


def accounts_of(suppliers: Iterable[int]) -> dict[int, list[BankAccount]]:
    """The open bank accounts of these suppliers, approved or waiting, in one query."""
    found: dict[int, list[BankAccount]] = defaultdict(list)
    rows = BankAccount.objects.filter(supplier__in=list(suppliers), ended_at=None).select_related("proposed_by")
    for account in rows.order_by("pk"):
        found[account.supplier_id].append(account)
    return found


def house_account() -> BankAccount | None:
    """The account transfers leave from; None while the house has none approved."""
    try:
        return payment.house_account()
    except payment.NoBankAccount:
        return None


@dataclass(frozen=True)
class BookingMoney:
    """G1 and G2 of one booking."""

    sold: Decimal
    received: Decimal  # what clients have paid
    suppliers: list[SupplierRow]

    @property
    def left(self) -> Decimal:
        return self.sold - self.received

    @property
    def bought(self) -> Decimal:
        return total(row.bought for row in self.suppliers)

    @property
    def commission(self) -> Decimal:
        return total(row.commission for row in self.suppliers)

    @property
    def paid(self) -> Decimal:
        return total(row.paid for row in self.suppliers)

    @property
    def owed(self) -> Decimal:
        return total(row.owed for row in self.suppliers)

    @property
    def payable(self) -> Decimal:
        return total(row.payable for row in self.suppliers)


def booking_money(booking: Booking) -> BookingMoney:
    """Client paid, sold, left; and each supplier's paid, bought, commission, owed, payable now."""
    found = snapshot(booking.congress_id, booking=booking)
    live = [each for each in found.standings if each.is_live]
    received = Receipt.objects.filter(payer__booking=booking).aggregate(sum=Sum("amount"))["sum"]
    shown = [each for each in found.standings if not each.is_tax and not each.is_house]
    rows = rows_of(found, shown)
    return BookingMoney(total(each.total for each in live), cents(received or ZERO), rows)


@dataclass(frozen=True)
class ChargeRow:
    """A charge behind a figure: which booking, which client, what, and its five amounts."""

    standing: Standing
    charge: Charge

    @property
    def paid(self) -> Decimal:
        return self.standing.paid - self.standing.paid_back


def charge_rows(standings: Iterable[Standing]) -> list[ChargeRow]:
    """The charges of these standings with their bookings at hand, by booking; one query."""
    by_pk = {each.charge: each for each in standings}
    charges = Charge.objects.filter(pk__in=by_pk).select_related(
        "line__booking__client", "line__offer__service", "supplier", "payer__client"
    )
    return [ChargeRow(by_pk[charge.pk], charge) for charge in charges.order_by("line__booking__number", "line", "pk")]


def tax_rows(chosen: Selection) -> list[SupplierRow]:
    """The tourist tax collected, by hotel, kept apart until it is handed on."""
    found = snapshot(chosen.congress)
    standings = [each for each in select(found, chosen) if each.is_tax]
    for each in standings:
        each.payable = each.owed if each.is_firm and found.collection(each.payer) == "BALANCE" else ZERO
    return rows_of(Snapshot([], {}, {}), standings)


@dataclass(frozen=True)
class Deposit:
    """A deposit agreed with a hotel for its block; `left`: what of it no payout has taken yet."""

    due: BlockDue
    left: Decimal


def deposits_of(congress: Congress | int, supplier: Supplier | int) -> list[Deposit]:
    """The deposits of a supplier's agreements, by day. What was paid ahead on a block, drafts counted, fills its earliest first."""
    dues = list(
        BlockDue.objects.filter(block__congress=congress, block__supplier=supplier).select_related("block").order_by("on", "pk")
    )
    lines = PayoutLine.objects.filter(block__in={due.block_id for due in dues}, amount__gt=0).exclude(
        payout__state__in=Payout.DEAD
    )
    ahead = {block: cents(amount) for block, amount in lines.values_list("block").annotate(Sum("amount")).order_by()}
    found = []
    for due in dues:
        taken = min(due.amount, ahead.get(due.block_id, ZERO))
        ahead[due.block_id] = ahead.get(due.block_id, ZERO) - taken
        found.append(Deposit(due, due.amount - taken))
    return found
