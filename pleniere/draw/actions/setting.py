"""The office's part: what is to be had, until when one enters, when it is drawn; announced once, and then as announced."""

from __future__ import annotations

import secrets
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from pleniere.accounts.actions import changed, trace
from pleniere.accounts.rights import Actor, require
from pleniere.common.moves import move
from pleniere.congress.actions.frame import touch
from pleniere.congress.models import Congress, Offer
from pleniere.stock.actions import Kind, NotEnough, Wanted, claim
from pleniere.waiting.actions import rules_of
from pleniere.waiting.clock import FAIR_HOURS, closings
from pleniere.waiting.models import Wish

from ..models import Draw, DrawRoom
from ..replay import sha256
from .frame import lock_draw, lock_with_congress, mail

KEPT_AFTER = timedelta(days=7)  # how long after its hour what is set aside says it is; it ends with the draw, or its cancelling
State = Draw.State


class CannotAnnounce(Exception):
    """Something is missing, past or not free; the words say what."""


@transaction.atomic
def prepare_draw(congress: Congress, *, by: Actor, at: datetime, **facts: Any) -> Draw:
    """A draw in preparation: nobody sees it, nothing is set aside."""
    require(by, "draw.set", congress)
    Congress.objects.select_for_update(no_key=True).get(pk=congress.pk)
    last = Draw.objects.filter(congress=congress).aggregate(most=Max("number"))["most"] or 0
    draw = Draw.objects.create(congress=congress, number=last + 1, **facts)
    trace(by, "draw.prepared", congress, at=at, after={"draw": str(draw)})
    return draw


@transaction.atomic
def edit_draw(draw: Draw, *, by: Actor, at: datetime, **facts: Any) -> Draw:
    """Other dates or words, while it is in preparation. Raises CannotAnnounce once it is announced."""
    require(by, "draw.set", draw.congress)
    draw = _in_preparation(draw)
    before, after = changed(draw, facts)
    if after:
        for name, value in facts.items():
            setattr(draw, name, value)
        draw.save(update_fields=list(facts))
        trace(by, "draw.edited", draw.congress, at=at, before=before, after={"draw": str(draw), **after})
    return draw


@transaction.atomic
def put_room(draw: Draw, offer: Offer, *, start: date, end: date, rooms: int, by: Actor, at: datetime) -> DrawRoom:
    """So many rooms of an offer of its congress on each night; the same offer again replaces what was said."""
    require(by, "draw.set", draw.congress)
    draw = _in_preparation(draw)
    if offer.pool_id is None or offer.congress_id != draw.congress_id or start >= end:
        raise CannotAnnounce(_("These rooms are not counted, or not of this congress."))
    facts = {"start": start, "end": end, "rooms": rooms}
    return DrawRoom.objects.update_or_create(draw=draw, offer=offer, defaults=facts)[0]


@transaction.atomic
def drop_room(room: DrawRoom, *, by: Actor, at: datetime) -> None:
    require(by, "draw.set", room.draw.congress)
    _in_preparation(room.draw)
    room.delete()


@transaction.atomic
def announce(draw: Draw, *, by: Actor, at: datetime) -> bool:
    """Publish it: its rooms are set aside, its seed is made and sealed, and its SHA-256 published. Raises CannotAnnounce."""
    require(by, "draw.set", draw.congress)
    draw = lock_with_congress(draw)
    if draw.state != State.DRAFT:
        return False
    rooms = list(draw.rooms.select_related("offer__service"))
    _may_announce(draw, rooms, at=at)
    try:
        nights = {night: count for room in rooms for night, count in room.nights.items()}
        claim({draw.owner: Wanted(Kind.KEPT, draw.draws_at + KEPT_AFTER, nights)}, at=at)
    except NotEnough as error:
        days = ", ".join(sorted({f"{night.day:%d/%m/%Y}" for night in error.nights}))
        raise CannotAnnounce(_("So many rooms are not free on: %(days)s.") % {"days": days}) from error
    draw.seed = secrets.token_hex(32)
    draw.commitment = sha256(draw.seed)
    draw.save(update_fields=["seed", "commitment"])
    move(draw, State.ANNOUNCED, Draw.MOVES, announced_at=at)
    touch(draw.congress)
    trace(by, "draw.announced", draw.congress, at=at, after={"draw": str(draw), "commitment": draw.commitment})
    return True


def _may_announce(draw: Draw, rooms: list[DrawRoom], *, at: datetime) -> None:
    if not rooms:
        raise CannotAnnounce(_("No room is to be had yet."))
    if draw.closes_at <= at:
        raise CannotAnnounce(_("The hour at which the entries close is past."))
    congress, rules = draw.congress, rules_of(draw.congress)
    wishes = [Wish(pk=room.pk, offer=room.offer, start=room.start, end=room.end) for room in rooms]
    soonest = min(closings(congress, rules, wishes).values())
    if soonest <= draw.draws_at + timedelta(hours=FAIR_HOURS):
        raise CannotAnnounce(_("A hotel takes its rooms back, or the first night comes, before whoever is drawn can answer."))


@transaction.atomic
def say_word(draw: Draw, word: str, *, by: Actor, at: datetime) -> bool:
    """What the public source announced has said, once, after the entries have closed. False if it was said already."""
    require(by, "draw.set", draw.congress)
    draw = lock_draw(draw)
    if draw.public_word or not draw.public_source or draw.state != State.CLOSED:
        return False
    draw.public_word = word.strip()[:120]
    draw.save(update_fields=["public_word"])
    trace(by, "draw.word", draw.congress, at=at, after={"draw": str(draw), "word": draw.public_word})
    return True


@transaction.atomic
def cancel_draw(draw: Draw, *, why: str, by: Actor, at: datetime) -> bool:
    """Call it off before it is drawn: its rooms go to those who wait, else back on sale, and who entered is told."""
    require(by, "draw.set", draw.congress)
    draw = lock_with_congress(draw)
    if draw.state == State.DRAFT:
        trace(by, "draw.dropped", draw.congress, at=at, before={"draw": str(draw)})
        draw.delete()
        return True
    if draw.is_over:
        return False
    move(draw, State.CANCELLED, Draw.MOVES, why=why.strip()[:250])
    touch(draw.congress)
    claim({draw.owner: Wanted(Kind.KEPT, at, {})}, at=at)
    for entry in draw.entries.live().select_related("draw", "booking__congress"):
        mail(entry, entry.booking, "cancelled", key=f"draw-off-{draw.pk}-{entry.number}", why=draw.why)
    trace(by, "draw.cancelled", draw.congress, at=at, after={"draw": str(draw)}, reason=draw.why)
    return True


def _in_preparation(draw: Draw) -> Draw:
    draw = lock_draw(draw)
    if draw.state != State.DRAFT:
        raise CannotAnnounce(_("It is announced: it stays as it was announced."))
    return draw
