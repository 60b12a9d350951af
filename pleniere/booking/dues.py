"""When what is owed falls due, and what a payer's money covers. Computed from terms and charges, never stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pleniere.catalogue.clauses import Sums, how_much, reached
from pleniere.catalogue.models import Clause, Contract
from pleniere.common.money import ZERO, cents, total

from .models import Booking, Charge, Line

DUE = Clause.Verb.DUE
WEEK = 7


@dataclass(frozen=True)
class Due:
    """What one payer owes for one line on one day."""

    on: date
    line: Line
    payer_id: int
    amount: Decimal


def in_dues(charges: Iterable[Charge]) -> list[Charge]:
    """What a client owes us: live charges, without what is paid at the hotel."""
    return [charge for charge in charges if charge.struck_at is None and charge.mode != Contract.Mode.DIRECT]


def dues_of(
    line: Line,
    payer_id: int,
    whole: Decimal,
    clauses: Iterable[Clause],
    *,
    order: date,
    night: Decimal = ZERO,
    of_order: Decimal | None = None,
) -> list[Due]:
    """What one payer owes for the line, by day. Without a DUE clause all is due at the order, and so is a fee; the last is the rest.

    `night`: what the first night of it costs this payer; `of_order`: all it owes for the booking (none: this line is all).
    """
    steps = [] if line.is_penalty else reached(clauses, DUE, whole if of_order is None else of_order)
    dated = [(clause.begins_on(order=order, start=line.start, end=line.end), clause) for clause in steps]
    dated.sort(key=lambda pair: (pair[0], pair[1].pk))
    dues, rest = [], whole
    for on, clause in dated[:-1]:
        part = min(how_much(clause, sums_of(line, whole, night=night)), rest)
        dues.append(Due(on, line, payer_id, part))
        rest -= part
    dues.append(Due(dated[-1][0] if dated else order, line, payer_id, rest))
    return dues


def sums_of(line: Line, whole: Decimal, *, night: Decimal = ZERO, deposit: Decimal = ZERO) -> Sums:
    """What the clauses of a line are shares and amounts of."""
    nights, persons = (line.end - line.start).days, line.quantity * line.heads
    return Sums(whole, night=night, deposit=deposit, rooms=line.quantity, nights=nights, persons=persons)


def first_night(line: Line, charges: Iterable[Charge]) -> Decimal:
    """What the first night of these charges of the line costs; a service without nights, all of it."""
    first = [charge for charge in charges if charge.start == line.start and charge.kind != Charge.Kind.TAX]
    return total(cents(charge.total / max(1, (charge.end - charge.start).days)) for charge in first)


def dues_of_all(
    bookings: Mapping[int, Booking],
    lines: Iterable[Line],
    charges: Iterable[Charge],
    agreed: Mapping[int, int | None],
    *,
    buyer: int | None = None,
    order: date | None = None,
) -> list[Due]:
    """Every due of these lines, each part by the terms that rule it: the offer's, else its payer's, else the congress's. One query.

    `agreed` are the payers' own terms. Charges of nobody yet are nobody's dues, unless a `buyer` stands for who will order (a cart
    that asks what an order costs now); `order` is then the day it would be ordered on.
    """
    parts: dict[int, dict[int, list[Charge]]] = defaultdict(lambda: defaultdict(list))
    for charge in in_dues(charges):
        payer = charge.payer_id or buyer
        if payer is not None:
            parts[charge.line_id][payer].append(charge)
    shares = [(line, payer, total(each.total for each in part)) for line in lines for payer, part in parts[line.pk].items()]
    orders: dict[tuple[int, int], Decimal] = defaultdict(lambda: ZERO)
    for line, payer, whole in shares:
        orders[line.booking_id, payer] += whole
    which = [terms_of(line, agreed.get(payer), bookings[line.booking_id].congress.terms_id) for line, payer, _whole in shares]
    clauses = clauses_by_terms(which)
    found: list[Due] = []
    for (line, payer, whole), terms in zip(shares, which, strict=True):
        day = _ordered(bookings[line.booking_id], line, order)
        facts = {"night": first_night(line, parts[line.pk][payer]), "of_order": orders[line.booking_id, payer]}
        found += dues_of(line, payer, whole, clauses[terms], order=day, **facts)
    return found


def _ordered(booking: Booking, line: Line, order: date | None) -> date:
    if booking.placed_at:
        return booking.congress.local_date(booking.placed_at)
    return order or line.priced_on or line.start


def deposit(dues: Iterable[Due], *, today: date) -> Decimal:
    """What is asked now: all dues whose date has come, or the first of each line and payer."""
    dues = list(dues)
    return total(due.amount for due in dues) - total(due.amount for due in _not_now(dues, today=today))


def _not_now(dues: Sequence[Due], *, today: date) -> list[Due]:
    first: dict[tuple[int, int], date] = {}
    for due in dues:
        at = due.line.pk, due.payer_id
        first[at] = min(first.get(at, due.on), due.on)
    return [due for due in dues if due.on > max(today, first[due.line.pk, due.payer_id])]


def later(dues: Iterable[Due], paid: Decimal, *, today: date) -> list[tuple[date, Decimal]]:
    """What one payer owes after what is asked now, by day, less what it has paid ahead."""
    dues = list(dues)
    purse = max(ZERO, paid - deposit(dues, today=today))
    found: dict[date, Decimal] = defaultdict(lambda: ZERO)
    for due in sorted(_not_now(dues, today=today), key=lambda due: (due.on, due.line.pk)):
        ahead = min(purse, due.amount)
        purse -= ahead
        found[due.on] += due.amount - ahead
    return [(on, amount) for on, amount in found.items() if amount]


def together(dues: Iterable[tuple[date, Decimal]]) -> list[tuple[date, Decimal]]:
    """As a buyer is told: what falls due within a week (each service counts from its own day) is one sum, by its first day."""
    found: list[tuple[date, Decimal]] = []
    for on, amount in sorted(dues):
        if found and (on - found[-1][0]).days < WEEK:
            found[-1] = found[-1][0], found[-1][1] + amount
        else:
            found.append((on, amount))
    return found


def covered_lines(
    dues: Iterable[Due], paid: Mapping[int, Decimal], signed: Iterable[int], *, today: date, tolerance: Decimal = ZERO
) -> set[int]:
    """Lines whose first due, and every other due whose date has come, is covered for **each** of their payers.

    Money fills a payer's dues by date, then line. A signed order covers all of its payer's; a shortfall up to `tolerance` too.
    """
    signed = set(signed)
    by_payer: dict[int, list[Due]] = defaultdict(list)
    for due in dues:
        by_payer[due.payer_id].append(due)
    first: dict[tuple[int, int], date] = {}
    for due in sorted((due for found in by_payer.values() for due in found), key=lambda due: due.on):
        first.setdefault((due.line.pk, due.payer_id), due.on)
    lines, open_ = set(), set()
    for payer_id, found in by_payer.items():
        purse = paid.get(payer_id, ZERO) + tolerance
        for due in sorted(found, key=lambda due: (due.on, due.line.pk)):
            purse -= due.amount
            lines.add(due.line.pk)
            needed = due.on <= max(today, first[due.line.pk, payer_id])
            if purse < 0 and due.amount > 0 and needed and payer_id not in signed:
                open_.add(due.line.pk)
    return lines - open_


def terms_of(line: Line, payer_terms_id: int | None, congress_terms_id: int | None) -> int | None:
    """Which terms rule a line: its offer's, else its payer's, else the congress's."""
    return line.offer.terms_id or payer_terms_id or congress_terms_id


def clauses_by_terms(terms: Iterable[int | None]) -> dict[int | None, list[Clause]]:
    """All clauses of these terms, in one query."""
    found: dict[int | None, list[Clause]] = defaultdict(list)
    wanted = {pk for pk in terms if pk}
    for clause in Clause.objects.filter(terms__in=wanted) if wanted else ():
        found[clause.terms_id].append(clause)
    return found
