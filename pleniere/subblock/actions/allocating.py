"""The office allocates: rooms of the congress's own pool move into the sub-block, or back; its offers follow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from pleniere.accounts.actions import trace
from pleniere.accounts.rights import Actor, require
from pleniere.catalogue.models import Service
from pleniere.common.moves import move as change
from pleniere.common.words import LocalText
from pleniere.congress.actions import make_offer, retire_offer
from pleniere.congress.models import Offer
from pleniere.stock.actions import NotEnough
from pleniere.stock.models import StockDay
from pleniere.stock.moving import move

from .. import letters
from ..models import Allocation, SubBlock
from .frame import Refused, as_json, lock, rows_of, shifts_of
from .making import admitted

Rooms = Mapping[tuple[int, date], int]


class TooFew(ValueError):
    """Said in words: not so many are free in the congress's pool, or its guests have those that would go back."""


@transaction.atomic
def allocate(sub_block: SubBlock, rooms: Rooms, *, key: str, tell: bool = True, by: Actor, at: datetime) -> Allocation:
    """Leave the sub-block with so many rooms of these services and nights; what is not named stays. The same `key` twice is once.

    `tell`: the contact reads what was allocated, and is asked to accept it. Raises TooFew, and nothing has moved then.
    """
    require(by, "subblock.edit", sub_block)
    sub_block = lock(sub_block)
    allocation, is_new = Allocation.objects.get_or_create(
        sub_block=sub_block, key=key[:64], defaults={"at": at, "by": str(by)[:160]}
    )
    if not is_new:
        return allocation
    has = {(row.service_id, row.day): row.granted for row in rows_of(sub_block)}
    more = {cell: count - has.get(cell, 0) for cell, count in rooms.items() if count != has.get(cell, 0)}
    if not more:
        raise Refused(_("Nothing changes: these rooms are what it has already."))
    _offer(sub_block, {service for (service, _night), count in more.items() if count > 0}, by=by, at=at)
    said: dict[str, Any] = {"by": by, "at": at, "congress_id": sub_block.congress_id}
    try:
        move(shifts_of(sub_block, more), key=f"sub-{sub_block.pk}-{allocation.pk}", reason=f"sub-block {sub_block.code}", **said)
    except NotEnough as error:
        raise TooFew(_in_words(sub_block, error)) from error
    allocation.rooms = as_json(more)
    allocation.save(update_fields=["rooms"])
    if not tell and sub_block.state == SubBlock.State.ACCEPTED:
        SubBlock.objects.filter(pk=sub_block.pk).update(version=F("version") + 1)
    else:
        change(
            sub_block, SubBlock.State.ALLOCATED, SubBlock.MOVES, version=sub_block.version + 1, accepted_at=None, accepted_by=""
        )
    trace(by, "subblock.allocated", sub_block, at=at, after={"rooms": allocation.rooms})
    if tell:
        letters.allocated(sub_block, allocation)
    return allocation


def _in_words(sub_block: SubBlock, error: NotEnough) -> str:
    night = error.nights[0]
    service = Service.objects.select_related("supplier").get(pk=night.service)
    row = StockDay.objects.filter(pool=night.pool, service=night.service, day=night.day).first()
    facts = {"hotel": service.supplier, "room": service, "night": night.day.strftime("%d/%m"), "n": row.free if row else 0}
    if night.pool == sub_block.pool_id:
        return _("%(hotel)s, %(room)s, %(night)s: its guests have rooms of these; %(n)s could go back.") % facts
    return _("%(hotel)s, %(room)s, %(night)s: %(n)s free in the congress’s own stock.") % facts


def _offer(sub_block: SubBlock, services: set[int], *, by: Actor, at: datetime) -> None:
    """What enters is on sale as in the congress's own pool, to those who have the code alone."""
    parents = Offer.objects.filter(pool=sub_block.pool.parent_id, service__in=services, starts=None)
    by_service = {offer.service_id: offer for offer in parents.select_related("step", "service__supplier", "contract", "terms")}
    if missing := services - set(by_service):
        raise Refused(_("%(what)s is not on sale in this congress.") % {"what": Service.objects.get(pk=min(missing))})
    own = {offer.service_id: offer for offer in Offer.objects.filter(pool=sub_block.pool_id, service__in=services)}
    for service in sorted(services):
        offer = by_service[service]
        if service in own:
            retire_offer(own[service], retired=False, by=by, at=at)
            continue
        make_offer(
            offer.step,
            offer.service,
            contract=offer.contract,
            pool=sub_block.pool,
            audiences=admitted(sub_block),
            title=_title(offer, sub_block),
            text=offer.text,
            terms=offer.terms,
            by=by,
            at=at,
        )


def _title(offer: Offer, sub_block: SubBlock) -> LocalText:
    """The room, and for whom it is: a guest sees both pools' offers of one hotel."""
    room, part = offer.title or offer.service.name, sub_block.pool.name
    return LocalText({code: f"{room.in_language(code)} – {part.in_language(code)}"[:200] for code in ("fr", "en")})


def propose(sub_block: SubBlock, asked: Mapping[tuple[str, date], int]) -> dict[tuple[int, date], int]:
    """How what was asked could be met from what is free: hotels it has already, then the one with most on all nights. Moves nothing."""
    has: dict[tuple[int, date], int] = {(row.service_id, row.day): row.granted for row in rows_of(sub_block)}
    rows = StockDay.objects.filter(pool=sub_block.pool.parent_id, service__kind="ROOM").select_related("service")
    free: dict[str, dict[int, dict[date, int]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        there = row.free + has.get((row.service_id, row.day), 0)
        free[row.service.room_type][row.service_id][row.day] = there
    found = dict(has)
    for room_type in sorted({code for code, _night in asked}):
        nights = {night: count for (code, night), count in asked.items() if code == room_type}
        mine = {service for service, _night in has}

        def merit(
            service: int, nights: dict[date, int] = nights, code: str = room_type, mine: set[int] = mine
        ) -> tuple[Any, ...]:
            met = sum(min(count, free[code][service].get(night, 0)) for night, count in nights.items())
            return service not in mine, -met, service

        for night, count in nights.items():
            left = count
            for service in sorted(free[room_type], key=merit):
                part = min(left, free[room_type][service].get(night, 0))
                found[service, night] = part
                left -= part
    return {cell: count for cell, count in found.items() if count or cell in has}
