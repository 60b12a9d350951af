"""The announced rules, and rooms kept for the office."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Sum

from pleniere.accounts.actions import changed, trace
from pleniere.accounts.rights import Actor, require
from pleniere.booking.actions import add_line
from pleniere.booking.actions.frame import lock
from pleniere.booking.models import Booking, Line, Person
from pleniere.catalogue.models import Rate, Service
from pleniere.common.nights import days
from pleniere.congress.models import Congress, Offer
from pleniere.stock.actions import Kind, Night, NotEnough, Wanted, claim
from pleniere.stock.models import Claim

from .. import owners
from ..models import WaitingList
from ..words import kept_of
from .frame import lock_list


@transaction.atomic
def set_rules(congress: Congress, *, by: Actor, at: datetime, **facts: Any) -> WaitingList:
    """Announce other rules to whoever waits from now on; the same rules again leave no trace."""
    require(by, "waiting.rule", congress)
    rules = lock_list(congress)
    before, after = changed(rules, facts)
    if after:
        for name, value in facts.items():
            setattr(rules, name, value)
        rules.save(update_fields=list(after))
        trace(by, "waiting.rules", congress, at=at, before=before, after=after)
    return rules


@transaction.atomic
def keep_for_office(night: Night, rooms: int, *, congress: Congress, until: datetime, by: Actor, at: datetime) -> None:
    """Keep so many rooms of a night for the office, away from passers-by and from offers; 0 gives them back. Raises NotEnough."""
    require(by, "waiting.rule", congress)
    lock_list(congress)
    owner = owners.of_office(night)
    kept = Claim.objects.filter(owner=owner, stock_day__congress=congress).aggregate(sum=Sum("rooms"))["sum"] or 0
    claim({owner: Wanted(Kind.KEPT, until, {night: rooms} if rooms else {})}, at=at)
    if kept != rooms:
        words = str(Service.objects.select_related("supplier").get(pk=night.service))
        facts = {"room": words, "night": night.day.isoformat()}
        trace(by, "waiting.kept", congress, at=at, before={"rooms": kept}, after={**facts, "rooms": rooms})


@transaction.atomic
def give_kept(
    booking: Booking,
    offer: Offer,
    rate: Rate,
    *,
    start: date,
    end: date,
    persons: Sequence[Person],
    rooms: int = 1,
    despite: str = "",
    by: Actor,
    at: datetime,
) -> Line:
    """Rooms kept for the office become a line of this placed booking: those who wait do not come between.

    Raises NotEnough where fewer are kept on a night, NotSold, NotThatStay (unless an agent says `despite` what); nothing has changed then.
    """
    require(by, "waiting.rule", booking)
    booking = lock(booking)
    lock_list(booking.congress)
    assert offer.pool_id is not None
    nights = {
        owners.of_office(night): night for night in (Night(offer.pool_id, offer.service_id, day) for day in days(start, end))
    }
    kept = {each.owner: each for each in Claim.objects.filter(owner__in=nights, stock_day__congress=booking.congress)}
    lacking = [night for owner, night in nights.items() if owner not in kept or kept[owner].rooms < rooms]
    if lacking:
        raise NotEnough(lacking)
    left = {
        owner: Wanted(Kind.KEPT, kept[owner].until, {night: kept[owner].rooms - rooms} if kept[owner].rooms > rooms else {})
        for owner, night in nights.items()
    }
    claim(left, at=at, is_handed=True)
    named, heads = (persons, len(persons)) if rooms == 1 else ((), rate.occupancy)
    facts: dict[str, Any] = {"start": start, "end": end, "persons": named, "quantity": rooms, "heads": heads}
    return add_line(booking, offer, rate, **facts, despite=despite, by=by, at=at, reason=kept_of(by))
