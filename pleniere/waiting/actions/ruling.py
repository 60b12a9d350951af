"""The announced rules, and rooms kept for the office."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Sum

from pleniere.accounts.actions import changed, trace
from pleniere.accounts.rights import Actor, require
from pleniere.catalogue.models import Service
from pleniere.congress.models import Congress
from pleniere.stock.actions import Kind, Night, Wanted, claim
from pleniere.stock.models import Claim

from .. import owners
from ..models import WaitingList
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
