"""What money and signatures make of lines: firm, revived, or a refund to propose. Payment passes the facts down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from pleniere.accounts.actions import the_bureau
from pleniere.accounts.models import Bureau
from pleniere.accounts.rights import Actor, require
from pleniere.common.money import ZERO, total
from pleniere.congress.models import Congress
from pleniere.congress.pricing import NotSold
from pleniere.congress.programme import programme
from pleniere.stock.actions import Kind, NotEnough, Wanted, claim

from ..discounting import discounts_again, lock_counted, priced
from ..dues import Due, covered_lines, deposit, dues_of_all, in_dues
from ..models import Booking, Charge, Line, Payer
from ..selling import charge_of, heads_by_rate, line_nights
from ..sharing import as_shared
from .frame import facts, lines_of, lock, people_of, record
from .lapse import end_card_hold
from .proving import reprice

State = Line.State


@dataclass
class Settled:
    """What came of it: lines made firm, lines brought back after a lapse, and by payer what no line asks for."""

    firm: list[Line] = field(default_factory=list)
    revived: list[Line] = field(default_factory=list)
    spare: dict[int, Decimal] = field(default_factory=dict)


@transaction.atomic
def settle(
    booking: Booking,
    *,
    paid: Mapping[int, Decimal],
    signed: Iterable[int] = (),
    by: Actor,
    at: datetime,
    priced_on: date | None = None,
    paid_on: date | None = None,
) -> Settled:
    """Make firm what is covered: `paid` by payer (receipts less refunds under way), `signed` payers whose order is signed.

    Where the price is that of the payment, what money made firm is then priced on `paid_on`, its value
    date: another price strikes and remakes the charge, once, and the difference is due.
    Lines that lapsed come back if spare money covers what they ask now and their rooms are still there, priced on `priced_on`
    (the day its attempt was opened). A repeat does nothing.
    """
    signed = set(signed)
    booking = lock(booking)
    lines = lines_of(booking)
    charges = list(Charge.objects.live().filter(line__in=[line.pk for line in lines]))
    result = Settled()
    today = booking.congress.local_date(at)
    dues = booking_dues(booking, [line for line in lines if line.is_counted], charges)
    spare = _spare(dues, paid)
    lapsed = [line for line in lines if line.state == State.CANCELLED and line.lapsed_at]
    lock_counted(programme(booking.congress), [*lapsed, *(line for line in lines if line.is_counted)])
    if lapsed and any(amount > 0 for amount in spare.values()):
        charges = [*charges, *_revive(booking, lapsed, spare, result, on=priced_on or today, by=by, at=at)]
        dues = booking_dues(booking, [line for line in lines if line.is_counted], charges)
    covered = covered_lines(dues, paid, signed, today=today, tolerance=_tolerance(paid))
    with_dues = {due.line.pk for due in dues}
    waiting = [line for line in lines if line.state in (State.OPTION, State.HELD)]
    ready = [line for line in waiting if line.pk in covered or (line.pk not in with_dues and nothing_is_due(line, charges))]
    if ready:
        try:
            with transaction.atomic():
                _make_firm(booking, ready, by=by, at=at)
        except NotEnough:  # a card hold was over, or a hotel took its rooms back: they went before the money came
            if not end_card_hold(booking, at=at):
                raise
            return settle(booking, paid=paid, signed=signed, by=by, at=at, priced_on=priced_on, paid_on=paid_on)
        result.firm = ready
        if booking.congress.price_date == Congress.PriceDate.PAYMENT and paid_on is not None:
            dues = _priced_at_payment(booking, ready, on=paid_on, by=by, at=at) or dues
    result.spare = {payer: amount for payer, amount in _spare(dues, paid).items() if amount > 0}
    return result


@transaction.atomic
def make_firm(booking: Booking, lines: Iterable[int], *, reason: str, by: Actor, at: datetime) -> list[Line]:
    """An agent makes options firm without money, and says why."""
    require(by, "booking.confirm", booking)
    booking = lock(booking)
    chosen = [line for line in lines_of(booking, State.OPTION, State.HELD) if line.pk in set(lines)]
    _make_firm(booking, chosen, by=by, at=at, reason=reason)
    return chosen


def _priced_at_payment(booking: Booking, firm: Sequence[Line], *, on: date, by: Actor, at: datetime) -> list[Due]:
    """What money has just made firm, at the price of the day it came; the booking's dues then, if any of it moved.

    A day nothing is sold on any more changes nothing: what was ordered and paid stays at its price.
    """
    lines = [line for line in firm if line.priced_on != on]
    try:
        with transaction.atomic():
            moved = reprice(booking, lines, on=on, by=by, at=at)
    except NotSold:
        return []
    Line.objects.filter(pk__in=[line.pk for line in lines]).update(priced_on=on)
    if not moved:
        return []
    counted = lines_of(booking, *Line.COUNTED)
    return booking_dues(booking, counted, Charge.objects.live().filter(line__in=[line.pk for line in counted]))


def booking_dues(
    booking: Booking,
    lines: Sequence[Line],
    charges: Iterable[Charge],
    *,
    payers: Iterable[Payer] | None = None,
    buyer: int | None = None,
    order: date | None = None,
) -> list[Due]:
    """Every due of these lines, each part by its payer's terms where the offer has none. `payers` if read already.

    A `buyer` stands for the payer that a cart's charges do not have yet, `order` is the day it would be ordered on.
    """
    charges = list(charges)
    if payers is None:
        named = {charge.payer_id for charge in charges if charge.payer_id}
        rows = Payer.objects.filter(pk__in=named, terms__isnull=False).values_list("pk", "terms") if named else ()
        agreed: dict[int, int | None] = dict(rows)
    else:
        agreed = {payer.pk: payer.terms_id for payer in payers}
    return dues_of_all({booking.pk: booking}, lines, charges, agreed, buyer=buyer, order=order)


def _spare(dues: Iterable[Due], paid: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """By payer, the money that no due asks for."""
    owed: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for due in dues:
        owed[due.payer_id] += due.amount
    return {payer: amount - owed[payer] for payer, amount in paid.items()}


def _tolerance(paid: Mapping[int, Decimal]) -> Decimal:
    """A cent short is not a reason to lose a room; nothing paid is."""
    if not any(paid.values()):
        return ZERO
    try:
        return the_bureau().tolerance
    except Bureau.DoesNotExist:
        return ZERO


def nothing_is_due(line: Line, charges: Iterable[Charge]) -> bool:
    """Firm by itself: a price of zero, or all of it is paid at the hotel."""
    return total(charge.total for charge in in_dues(charges) if charge.line_id == line.pk) == 0


def _make_firm(booking: Booking, lines: Sequence[Line], *, by: Actor, at: datetime, reason: str = "") -> None:
    claim({line.key: Wanted(Kind.BOOKED, None, line_nights(line)) for line in lines}, at=at)
    Line.objects.filter(pk__in=[line.pk for line in lines]).update(
        state=State.FIRM, until=None, expiring_since=None, lapsed_at=None
    )
    for line in lines:
        line.state, line.until, line.lapsed_at = State.FIRM, None, None
    if booking.confirmed_at is None:
        Booking.objects.filter(pk=booking.pk).update(confirmed_at=at)
        booking.confirmed_at = at
    record(booking, "lines.firm", by=by, at=at, after={"lines": [facts(line) for line in lines]}, reason=reason)


def _revive(
    booking: Booking, lapsed: list[Line], spare: dict[int, Decimal], result: Settled, *, on: date, by: Actor, at: datetime
) -> list[Charge]:
    """Bring back as options the lapsed lines whose payers' spare money covers what they ask now, if no room is missing."""
    try:
        made = _charges_again(booking, lapsed, spare, on=on, by=by, at=at)
        asked: dict[int, list[Due]] = defaultdict(list)
        for due in booking_dues(booking, lapsed, made):
            asked[due.payer_id].append(due)
        today, tolerance = booking.congress.local_date(at), _tolerance(spare)
        poor = {pk for pk, dues in asked.items() if deposit(dues, today=today) > spare.get(pk, ZERO) + tolerance}
        short = {due.line.pk for pk in poor for due in asked[pk] if due.amount}
        lines = [line for line in lapsed if line.pk not in short]
        if not lines or not any(due.amount for pk in asked.keys() - poor for due in asked[pk] if due.line.pk not in short):
            return []
        with transaction.atomic():
            claim({line.key: Wanted(Kind.OPTION, at, line_nights(line)) for line in lines}, at=at)
    except (NotEnough, NotSold):
        return []
    result.revived = lines
    charges = [charge for charge in made if charge.line_id not in short]
    return bring_back(booking, lines, charges, until=dict.fromkeys((line.key for line in lines), at), on=on, by=by, at=at)


def _charges_again(
    booking: Booking, lapsed: Sequence[Line], spare: Mapping[int, Decimal], *, on: date, by: Actor, at: datetime
) -> list[Charge]:
    """What lapsed lines cost on `on`, not yet saved, for whom they were when they lapsed; a line of nobody for who has money."""
    plan, heads = programme(booking.congress), heads_by_rate(lapsed)
    living = lines_of(booking, *Line.COUNTED) if plan.discounts else []
    people = people_of([*living, *lapsed])
    payers = {payer.pk: payer for payer in booking.payers.all()}
    off = discounts_again(plan, booking, lapsed, living, people, on=on, at=at)
    richest = max(spare, key=lambda pk: spare[pk])
    was: dict[int, list[Charge]] = defaultdict(list)
    for charge in Charge.objects.filter(line__in=[line.pk for line in lapsed], struck_at__isnull=False).order_by("pk"):
        was[charge.line_id].append(charge)
    made = []
    for line in lapsed:
        last = [charge for charge in was[line.pk] if charge.struck_at == line.lapsed_at and charge.payer_id in payers]
        ones = {charge.payer_id for charge in last}
        bears = line.payer_id if line.payer_id in ones else min(ones, key=lambda pk: payers[pk or 0].number, default=richest)
        sales = priced(plan, line, people[line.pk], off.get(line.pk, []), on=on, heads=heads[line.rate_id])
        charges = [charge_of(line, sale, payer=payers[bears or richest], by=by, at=at) for sale in sales]
        made += as_shared(charges, last, rest=bears or richest)
    return made


def bring_back(
    booking: Booking,
    lines: Sequence[Line],
    charges: Sequence[Charge],
    *,
    until: Mapping[str, datetime],
    on: date,
    by: Actor,
    at: datetime,
    reason: str = "",
) -> list[Charge]:
    """Lapsed lines, claimed again already, are options once more, `until` by key, with these charges of `on`."""
    for line in lines:
        line.state, line.until, line.lapsed_at, line.priced_on = State.OPTION, until[line.key], None, on
        line.version += 1
        again = {"state": line.state, "until": line.until, "lapsed_at": None, "priced_on": on, "version": line.version}
        Line.objects.filter(pk=line.pk).update(**again)
    record(booking, "lines.revived", by=by, at=at, after={"lines": [facts(line) for line in lines]}, reason=reason)
    return Charge.objects.bulk_create(charges)
