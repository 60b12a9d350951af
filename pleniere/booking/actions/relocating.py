"""Named stays of several bookings move in one act to other rooms: one claim, so that all of them move or none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.accounts.rights import Actor, require
from pleniere.catalogue.models import Contract, Rate, Supplier
from pleniere.common.money import ZERO, total
from pleniere.congress.models import Offer
from pleniere.congress.programme import programme
from pleniere.stock.actions import Kind, Night, Wanted, claim
from pleniere.stock.moving import Shift, homeward, move_and_claim

from ..models import Booking, Charge, Line, new_key
from ..selling import line_nights
from .changing import KINDS, LineGone, _charge, _live_total, _strike
from .fees import payer_of
from .frame import facts, lock, name_people, people_of, record
from .stay_rules import hold_among

State = Line.State
GUEST, HOUSE, KEEP = "GUEST", "HOUSE", "KEEP"  # who bears what differs; KEEP: the price agreed stays, dearer or cheaper


class CannotRelocate(ValueError):
    """Said in words: a line that something hangs on, or whose guest pays the hotel itself."""


@dataclass(frozen=True)
class Move:
    """This line goes to that offer, by that rate; its nights and its people stay."""

    line: Line
    offer: Offer
    rate: Rate


@dataclass(frozen=True)
class Moved:
    """A stay that moved: what its line cost, what the new one costs, and how much of that the house bears."""

    old: Line
    new: Line
    before: Decimal
    asked: Decimal
    borne: Decimal
    kept: Decimal = ZERO  # the price stays although the room is cheaper: the house’s own charge

    @property
    def booking(self) -> Booking:
        return self.new.booking

    @property
    def after(self) -> Decimal:
        """What the guest owes for the stay from now on."""
        return self.asked - self.borne + self.kept

    @property
    def is_against(self) -> bool:
        """The new hotel's rule of stay forbids it: the reason for the move is kept as why it is sold all the same."""
        return bool(self.new.despite)

    @property
    def difference(self) -> Decimal:
        return self.after - self.before


@transaction.atomic
def relocate(moves: Sequence[Move], *, bears: str, reason: str, by: Actor, at: datetime) -> list[Moved]:
    """Move these stays, all or none. `bears`: GUEST pays the new price; HOUSE gives back what is dearer, a cheaper room is cheaper;
    KEEP leaves the price as it was agreed, by a discount or by a charge of the house (run of house: the hotel is named afterwards).
    A room that a hotel had moved to a placeholder's row goes home with the stay, in the same act.

    The old hotel sees its line cancelled, the new one a new line, which where its rule of stay forbids it bears the reason (`Moved.is_against`).
    Raises LineGone (a repeat does), NotEnough, NotSold, CannotRelocate; NotThatStay against a rule and without a reason.
    """
    bookings = {pk: lock(Booking(pk=pk)) for pk in sorted({move.line.booking_id for move in moves})}
    for booking in bookings.values():
        require(by, "booking.edit", booking)
    rows = Line.objects.filter(pk__in=[move.line.pk for move in moves])
    fresh = {line.pk: line for line in rows.select_related("offer__service__supplier", "offer__contract", "rate", "payer")}
    people = people_of(fresh.values())
    made, wanted = [], {}
    for move in moves:
        old = fresh[move.line.pk]
        _check(old, move)
        old.booking = bookings[old.booking_id]
        new = _new_line(old, move)
        made.append((old, new))
        wanted[old.key] = Wanted(Kind.OPTION, at, {})
        wanted[new.key] = Wanted(KINDS[State(new.state)], new.until, line_nights(new))
    _take(made, wanted, by=by, at=at)
    done = [_write(old, new, people[old.pk], bears=bears, reason=reason, by=by, at=at) for old, new in made]
    for booking in bookings.values():
        sleeping = {new.pk: people[old.pk] for old, new in made if new.booking_id == booking.pk}
        lines = [new for _old, new in made if new.pk in sleeping]
        hold_among(booking, lines, sleeping, despite=reason, by=by, at=at)
    return done


def _take(made: Sequence[tuple[Line, Line]], wanted: dict[str, Wanted], *, by: Actor, at: datetime) -> None:
    """The rooms, at once. Out of a placeholder's rows each goes home to its hotel, where the stay now is."""
    ways: dict[tuple[Night, Night], int] = defaultdict(int)
    for old, new in made:
        there = {night.day: (night, rooms) for night, rooms in line_nights(new).items()}
        for night, rooms in line_nights(old).items():
            if night.day in there:
                ways[night, there[night.day][0]] += rooms
    shifts = homeward([Shift(*way, rooms) for way, rooms in ways.items()])
    if not shifts:
        claim(wanted, at=at)
        return
    move_and_claim(wanted, shifts, key=f"assign-{made[0][1].key}", by=by, at=at, congress_id=made[0][0].congress_id)


def _check(old: Line, move: Move) -> None:
    if old.state not in (State.OPTION, State.FIRM) or old.is_penalty:
        raise LineGone(old)
    if old.sleepers.alive().exists() or old.room_of_id:
        raise CannotRelocate(_("%(what)s: something else hangs on this room; move it from its booking.") % {"what": old.offer})
    if move.rate.service_id != move.offer.service_id or move.offer.congress_id != old.congress_id:
        raise CannotRelocate(_("This formula is not one of that room’s."))
    if move.offer.pk == old.offer_id:
        raise CannotRelocate(_("It is there already."))


def _new_line(old: Line, move: Move) -> Line:
    return Line(
        congress_id=old.congress_id,
        booking=old.booking,
        key=new_key(),
        offer=move.offer,
        rate=move.rate,
        start=old.start,
        end=old.end,
        quantity=old.quantity,
        heads=old.heads,
        payer=old.payer,
        state=old.state,
        until=old.until,
        expiring_since=old.expiring_since,
        priced_on=old.priced_on,
    )


def _write(old: Line, new: Line, people: Sequence[Any], *, bears: str, reason: str, by: Actor, at: datetime) -> Moved:
    booking, payer, before, shared = old.booking, payer_of(old), _live_total(old), list(old.charges.live())
    was = facts(old, people, before)
    _strike([old], by=by, at=at)
    old.state, old.until, old.version = State.CANCELLED, None, old.version + 1
    Line.objects.filter(pk=old.pk).update(state=old.state, until=None, expiring_since=None, version=old.version)
    new.save()
    name_people(new, people)
    asked = total(charge.total for charge in _charge(booking, new, people, payer=payer, was=shared, by=by, at=at))
    borne = max(ZERO, asked - before) if bears in (HOUSE, KEEP) else ZERO
    kept = max(ZERO, before - asked) if bears == KEEP else ZERO
    if borne:
        _bear(new, borne, by=by, at=at)
    if kept:
        _keep_price(new, kept, by=by, at=at)
    said: dict[str, Any] = {"by": by, "at": at, "reason": reason}
    record(booking, "line.cancelled", line=old, before=was, after={"state": old.state, "moved_to": new.pk}, **said)
    record(booking, "line.added", line=new, after={**facts(new, people, asked - borne + kept), "moved_from": old.pk}, **said)
    return Moved(old, new, before, asked, borne, kept)


def _bear(line: Line, borne: Decimal, *, by: Actor, at: datetime) -> Charge:
    """What the house takes upon itself: a discount that costs the new hotel nothing."""
    contract = line.offer.contract
    if contract.mode == Contract.Mode.DIRECT:
        raise CannotRelocate(_("%(what)s: its guests pay the hotel itself; agree the price with it.") % {"what": line.offer})
    mode = Contract.Mode.OWN if contract.mode == Contract.Mode.AGENT else contract.mode
    charge = line.charges.live().filter(kind=Charge.Kind.SALE).order_by("pk").first()
    return Charge.objects.create(
        congress_id=line.congress_id,
        line=line,
        kind=Charge.Kind.DISCOUNT,
        rate=line.rate,
        label={"fr": "Différence de prix, à notre charge", "en": "Difference in price, borne by us"},
        start=line.start,
        end=line.end,
        units=1,
        unit=-borne,
        vat=charge.vat if charge else programme(line.booking.congress).vat_percent(line.rate.vat, line.start),
        total=-borne,
        payer=charge.payer if charge else line.payer,
        supplier_id=line.offer.service.supplier_id,
        contract=contract,
        mode=mode,
        bought=ZERO,
        made_at=at,
        made_by=str(by)[:160],
    )


def _keep_price(line: Line, kept: Decimal, *, by: Actor, at: datetime) -> Charge:
    """What the room costs less than was agreed is the house's own: a charge of ours, which no hotel is owed."""
    if line.offer.contract.mode == Contract.Mode.DIRECT:
        raise CannotRelocate(_("%(what)s: its guests pay the hotel itself; agree the price with it.") % {"what": line.offer})
    house = Contract.objects.filter(supplier__kind=Supplier.Kind.HOUSE, retired_at=None).order_by("pk").first()
    if house is None or house.mode != Contract.Mode.OWN:
        raise CannotRelocate(_("The bureau has no contract of its own to sell under: say first how it sells."))
    charge = line.charges.live().filter(kind=Charge.Kind.SALE).order_by("pk").first()
    plan = programme(line.booking.congress)
    return Charge.objects.create(
        congress_id=line.congress_id,
        line=line,
        kind=Charge.Kind.SALE,
        label={"fr": "Réservation, hôtel désigné par nos soins", "en": "Booking, hotel assigned by us"},
        start=line.start,
        end=line.end,
        units=1,
        unit=kept,
        vat=plan.vat_percent(house.commission_vat, line.start),
        total=kept,
        payer=charge.payer if charge else line.payer,
        supplier_id=house.supplier_id,
        contract=house,
        mode=house.mode,
        bought=ZERO,
        made_at=at,
        made_by=str(by)[:160],
    )
