"""A placed booking changes: lines added, altered, cancelled, people renamed. Stock and money follow; history stays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from pleniere.accounts.rights import Actor, require
from pleniere.catalogue.models import Contract, Rate
from pleniere.common.money import ZERO, total
from pleniere.congress.models import Offer
from pleniere.congress.programme import Programme, programme
from pleniere.stock.actions import Kind, Wanted, claim

from ..discounting import discounts_by_line, lock_counted, priced
from ..models import Booking, Charge, Line, LinePerson, Payer, Person, new_key
from ..selling import audience_of, charge_of, line_nights
from ..sharing import as_shared
from .cart import NotForThem
from .fees import Fee, fees_by_terms, payer_of
from .frame import facts, lines_of, lock, name_people, people_of, record
from .options import option_end, option_ends
from .stay_rules import hold_among

State = Line.State
KINDS = {State.OPTION: Kind.OPTION, State.FIRM: Kind.BOOKED, State.HELD: Kind.CART}


class LineGone(Exception):
    """The line was cancelled or dropped meanwhile, or is a fee, which never changes."""


@transaction.atomic
def add_line(
    booking: Booking,
    offer: Offer,
    rate: Rate,
    *,
    start: date,
    end: date,
    persons: Sequence[Person] = (),
    quantity: int = 1,
    heads: int | None = None,
    payer: Payer | None = None,
    seen: int | None = None,
    despite: str = "",
    by: Actor,
    at: datetime,
    reason: str = "",
) -> Line:
    """Add a line to a placed booking, as an option until its method's delay; `despite`: why against its hotel's rule of stay.

    Raises NotEnough, NotSold, NotForThem, NotThatStay, Outdated.
    """
    require(by, "booking.edit", booking)
    booking = lock(booking, seen=seen)
    plan = programme(booking.congress)
    offer = plan.offers.get(offer.pk, offer)
    _check_theirs(plan, offer, persons)
    payer = payer or booking.payers.select_related("method").first()
    line = Line(
        congress_id=booking.congress_id,
        booking=booking,
        offer=offer,
        rate=rate,
        start=start,
        end=end,
        quantity=quantity,
        heads=heads or len(persons) or 1,
        payer=payer,
        state=State.OPTION,
        priced_on=booking.congress.local_date(at),
    )
    until = line.until = _until(booking, line, payer, at=at)
    line.save()
    name_people(line, persons)
    hold_among(booking, [line], {line.pk: list(persons)}, despite=despite, by=by, at=at)
    lock_counted(plan, lines_of(booking, *Line.COUNTED))
    claim({line.key: Wanted(Kind.OPTION, until, line_nights(line))}, at=at)
    charges = _charge(booking, line, persons, payer=payer, by=by, at=at)
    after = facts(line, persons, total(charge.total for charge in charges))
    record(booking, "line.added", line=line, by=by, at=at, reason=reason, after=after)
    return line


def _check_theirs(plan: Programme, offer: Offer, persons: Sequence[Person]) -> None:
    refused = [person for person in persons if not plan.admits(offer, audience_of(plan, person))]
    if refused:
        raise NotForThem(refused)


def _until(booking: Booking, line: Line, payer: Payer | None, *, at: datetime) -> datetime:
    """When an option added now ends: by the method and the terms of who pays; a week where nobody is known to."""
    method = payer.method if payer else None
    usual = option_end(booking.congress, method, at) if method else at + timedelta(days=7)
    return option_ends(booking.congress, [line], usual, terms_id=payer.terms_id if payer else None, at=at)[line.key]


@transaction.atomic
def change_line(
    booking: Booking,
    line: Line,
    *,
    start: date | None = None,
    end: date | None = None,
    rate: Rate | None = None,
    persons: Sequence[Person] | None = None,
    quantity: int | None = None,
    heads: int | None = None,
    seen: int | None = None,
    despite: str = "",
    by: Actor,
    at: datetime,
    reason: str = "",
) -> Line:
    """Alter a live line. Its key stays, its version moves; nights are exchanged in one claim; charges are struck and made.

    `heads`: persons of each, named or not; places that had no name yet stay taken when some are named. A difference that the house
    bears or keeps stays with the same room on the same nights.
    Other dates keep to the hotel's rule of stay, unless an agent says `despite` what. Raises LineGone, NotEnough, NotSold, NotThatStay, Outdated.
    """
    require(by, "booking.edit", booking)
    booking = lock(booking, seen=seen)
    live = {found.pk: found for found in lines_of(booking, *KINDS) if not found.is_penalty}
    if line.pk not in live:
        raise LineGone(line)
    line = live[line.pk]
    old = people_of([line])[line.pk]
    before = facts(line, old, _live_total(line))
    people = list(persons) if persons is not None else old
    moves, sold = (start or line.start, end or line.end) != (line.start, line.end), (line.rate_id, line.quantity)
    line.start, line.end, line.rate = start or line.start, end or line.end, rate or line.rate
    if moves:
        line.despite = ""
        hold_among(booking, [line], {line.pk: people}, despite=despite, by=by, at=at)
    line.quantity, line.version = quantity or line.quantity, line.version + 1
    kept = line.heads if len(old) < line.heads else 0
    line.heads = heads or (max(len(people), kept) if persons is not None else 0) or line.heads
    lock_counted(programme(booking.congress), [*lines_of(booking, *Line.COUNTED), line])
    claim({line.key: Wanted(KINDS[State(line.state)], line.until, line_nights(line))}, at=at)
    line.save()
    if persons is not None:
        LinePerson.objects.filter(line=line).delete()
        name_people(line, people)
    is_same = not moves and (line.rate_id, line.quantity) == sold
    charges = _charge_anew(booking, line, people, is_same=is_same, by=by, at=at)
    after = facts(line, people, total(charge.total for charge in charges))
    record(booking, "line.changed", line=line, by=by, at=at, reason=reason, before=before, after=after)
    return line


@transaction.atomic
def cancel_lines(
    booking: Booking,
    lines: Iterable[int],
    *,
    fees: dict[int, Fee] | None = None,
    seen: int | None = None,
    by: Actor,
    at: datetime,
    reason: str = "",
) -> list[Line]:
    """Cancel lines: their rooms come back, their charges are struck, and a fee (by the terms, or as given) is a line of its own.

    Returns the penalty lines made. A line already cancelled is left alone, so that a repeat is harmless.
    """
    require(by, "booking.edit", booking)
    booking = lock(booking, seen=seen)
    gone = [line for line in lines_of(booking) if line.pk in set(lines) and line.state != State.CANCELLED and not line.is_penalty]
    people = people_of(gone)
    fees = fees if fees is not None else fees_by_terms(booking, gone, at=at)
    payers = {line.pk: payer_of(line) for line in gone}
    befores = {line.pk: facts(line, people[line.pk], _live_total(line)) for line in gone}
    claim({line.key: Wanted(Kind.OPTION, at, {}) for line in gone}, at=at)
    _strike(gone, by=by, at=at)
    made = []
    for line in gone:
        line.state, line.until, line.version = State.CANCELLED, None, line.version + 1
        Line.objects.filter(pk=line.pk).update(state=State.CANCELLED, until=None, expiring_since=None, version=line.version)
        record(
            booking,
            "line.cancelled",
            line=line,
            by=by,
            at=at,
            reason=reason,
            before=befores[line.pk],
            after={"state": line.state},
        )
        fee = fees.get(line.pk)
        if fee and fee.amount > 0:
            made.append(_penalty(booking, line, fee, payer=payers[line.pk], by=by, at=at))
    return made


class NamedAlready(Exception):
    """This place has its person."""


@transaction.atomic
def rename_person(
    booking: Booking, person: Person, *, by: Actor, at: datetime, seen: int | None = None, reason: str = "", **names: object
) -> Person:
    """Give a person another name (or a place its person). Every live line they are on is amended for its supplier."""
    require(by, "booking.edit", booking)
    return _rename(lock(booking, seen=seen), person, by=by, at=at, reason=reason, **names)


@transaction.atomic
def name_person(booking: Booking, person: Person, *, first_name: str, last_name: str, by: Actor, at: datetime) -> Person:
    """Give a place kept ("to be named") its person. Raises NamedAlready; a change of name is the office's."""
    require(by, "booking.name", booking)
    booking = lock(booking)
    if not booking.persons.filter(pk=person.pk, is_unnamed=True).exists():
        raise NamedAlready
    return _rename(booking, person, by=by, at=at, first_name=first_name, last_name=last_name, is_unnamed=False)


def _rename(booking: Booking, person: Person, *, by: Actor, at: datetime, reason: str = "", **names: object) -> Person:
    person = booking.persons.get(pk=person.pk)
    before = {name: str(getattr(person, name)) for name in names}
    for name, value in names.items():
        setattr(person, name, value)
    person.save()
    for line in booking.lines.alive().filter(persons=person):
        Line.objects.filter(pk=line.pk).update(version=line.version + 1)
    booking.search = booking.fold_search()
    Booking.objects.filter(pk=booking.pk).update(search=booking.search)
    after = {name: str(value) for name, value in names.items()}
    record(booking, "person.renamed", by=by, at=at, reason=reason, before=before, after=after)
    return person


def _penalty(booking: Booking, line: Line, fee: Fee, *, payer: Payer | None, by: Actor, at: datetime) -> Line:
    today = booking.congress.local_date(at)
    made = Line.objects.create(
        congress_id=booking.congress_id,
        booking=booking,
        key=new_key(),
        offer=line.offer,
        rate=line.rate,
        start=line.start,
        end=line.end,
        quantity=1,
        heads=line.heads,
        because_of=line,
        is_penalty=True,
        state=State.FIRM,
        priced_on=today,
        seen_version=1,
    )
    contract = line.offer.contract
    agent = contract.mode in (Contract.Mode.AGENT, Contract.Mode.DIRECT)
    share = min(fee.supplier_share, fee.amount)
    parts = [("AGENT", share, share), ("OWN", fee.amount - share, ZERO)] if agent else [(contract.mode, fee.amount, share)]
    plan = programme(booking.congress)
    vat = plan.vat_percent(line.rate.vat, today)
    for mode, amount, bought in parts:
        if amount > 0:
            Charge.objects.create(
                congress_id=booking.congress_id,
                line=made,
                kind=Charge.Kind.PENALTY,
                rate=line.rate,
                label={"fr": f"Frais d’annulation, {line.rate}", "en": f"Cancellation fee, {line.rate}"},
                start=line.start,
                end=line.end,
                units=1,
                unit=amount,
                vat=vat,
                total=amount,
                payer=payer,
                supplier_id=line.offer.service.supplier_id,
                contract=contract,
                mode=mode,
                bought=bought,
                made_at=at,
                made_by=str(by)[:160],
            )
    record(booking, "penalty.made", line=made, by=by, at=at, after={"amount": str(fee.amount), "supplier": str(share)})
    return made


def _charge_anew(
    booking: Booking, line: Line, persons: Sequence[Person], *, is_same: bool, by: Actor, at: datetime
) -> list[Charge]:
    """Strike what a line cost, and charge it again. Of the same room on the same nights, what was agreed by hand stays."""
    payer, had = payer_of(line) or booking.payers.first(), list(line.charges.live())
    agreed = [charge for charge in had if is_same and charge.is_by_hand]
    _strike([line], but=agreed, by=by, at=at)
    was = [charge for charge in had if charge not in agreed]
    made = _charge(booking, line, persons, payer=payer, was=was, by=by, at=at)
    if total(charge.total for charge in [*made, *agreed]) < 0:  # no price is left to bear it
        _strike([line], but=made, by=by, at=at)
        return made
    return [*made, *agreed]


def _charge(
    booking: Booking,
    line: Line,
    persons: Sequence[Person],
    *,
    payer: Payer | None,
    was: Sequence[Charge] = (),
    by: Actor,
    at: datetime,
) -> list[Charge]:
    """Charges at today's rules, the payer's; of a line that others share (`was`), theirs as far as they paid it."""
    taken = booking.lines.counted().filter(rate=line.rate)
    heads = sum(each.quantity * each.heads for each in taken) or line.quantity * line.heads
    plan, today = programme(booking.congress), booking.congress.local_date(at)
    living = lines_of(booking, *Line.COUNTED) if plan.discounts else []
    off = discounts_by_line(plan, booking, living, people_of(living), on=lambda each: each.priced_on or today, at=at)
    sales = priced(plan, line, persons, off.get(line.pk, []), on=line.priced_on or today, heads=heads)
    charges = [charge_of(line, sale, payer=payer, by=by, at=at) for sale in sales]
    return Charge.objects.bulk_create(as_shared(charges, was, rest=payer.pk) if payer else charges)


def _strike(lines: Iterable[Line], *, but: Iterable[Charge] = (), by: Actor, at: datetime) -> None:
    pks, kept = [line.pk for line in lines], [charge.pk for charge in but]
    Charge.objects.live().filter(line__in=pks).exclude(pk__in=kept).update(struck_at=at, struck_by=str(by)[:160])


def _live_total(line: Line) -> Decimal:
    return total(line.charges.live().values_list("total", flat=True))
