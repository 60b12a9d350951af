"""The draw itself: the list frozen at the hour, drawn once by the rule of `replay`, given as offers with time to answer."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from pleniere.accounts.actions import trace
from pleniere.accounts.rights import SYSTEM, Actor, require
from pleniere.booking.actions.frame import record
from pleniere.booking.models import Booking, Person
from pleniere.common.moves import move
from pleniere.common.nights import days
from pleniere.congress.actions.frame import touch
from pleniere.congress.models import Offer
from pleniere.congress.pricing import NotSold
from pleniere.messaging.models import Message
from pleniere.stock.actions import Kind, Night, Wanted, claim
from pleniere.waiting.actions import close, local_until, lock_list, proposal_of, say_waited, set_state
from pleniere.waiting.clock import awake, closings, zone_of
from pleniere.waiting.models import Proposal, WaitingList, Wish, mark_of

from .. import replay
from ..models import Choice, Draw, DrawRoom, Entry
from .frame import lock_with_congress, mail

State = Draw.State


class NotYet(Exception):
    """It still takes entries, its hour has not come, or the public source has not spoken (`Draw.lacks`)."""


class CannotDraw(Exception):
    """Whoever is drawn could not be given an offer: `entry` would get a room without a price, or no time to answer."""

    def __init__(self, entry: Entry):
        self.entry = entry
        super().__init__(f"entry {entry.number}")


@transaction.atomic
def close_draw(draw: Draw, *, by: Actor, at: datetime) -> bool:
    """Freeze the list at the hour announced, and publish it by numbers with its SHA-256. False if it is frozen already."""
    require(by, "draw.set", draw.congress)
    draw = lock_with_congress(draw)
    if draw.state != State.ANNOUNCED:
        return False
    if at < draw.closes_at:
        raise NotYet
    _freeze(draw, by=by, at=at)
    return True


@transaction.atomic
def draw_now(draw: Draw, *, by: Actor, at: datetime) -> bool:
    """Draw, once, all in one transaction: offers made, rooms kept for them, everybody told. False if it is drawn already.

    Raises NotYet before everything announced has come, CannotDraw when an offer could not be made; nothing has happened then.
    """
    require(by, "draw.set", draw.congress)
    draw = lock_with_congress(draw)
    if draw.is_over or draw.state == State.DRAFT:
        return False
    if draw.lacks(at):
        raise NotYet
    if draw.state == State.ANNOUNCED:
        _freeze(draw, by=by, at=at)
    _draw(draw, by=by, at=at)
    return True


def rehearse_draw(draw: Draw, *, by: Actor, at: datetime) -> list[Message]:
    """A mail to somebody drawn and one to somebody not, as they would read: by a made-up seed, and undone."""
    require(by, "draw.set", draw.congress)
    with transaction.atomic():
        draw = lock_with_congress(draw)
        draw.seed, draw.public_word = secrets.token_hex(32), draw.public_word or "—"
        if draw.state == State.ANNOUNCED:
            _freeze(draw, by=by, at=at)
        _draw(draw, by=by, at=at)
        found: list[Message] = []
        for entries in (draw.entries.filter(got__gt=0), draw.entries.filter(got=0)):
            entry = entries.order_by("place").first()
            found += Message.objects.filter(key=_mail_key(draw, entry)) if entry else []
        transaction.set_rollback(True)
    return found


def published(draw: Draw) -> dict[str, Any]:
    """All that anybody needs to draw again; before it is drawn, what is published of it by then."""
    facts: dict[str, Any] = {
        "format": replay.FORMAT,
        "draw": f"{draw.congress.code}/{draw.number}",
        "commitment": draw.commitment,
        "public_source": draw.public_source,
    }
    if draw.frozen:
        facts |= {"list_sha256": draw.list_sha256, "list": json.loads(draw.frozen)}
    if draw.state == State.DRAWN:
        drawn_at = draw.drawn_at.isoformat() if draw.drawn_at else ""
        facts |= {"seed": draw.seed, "public": draw.public_word, "drawn_at": drawn_at, **draw.result}
    return facts


def code_of(offer: Offer) -> str:
    """A room type's name in the published list."""
    pool = offer.pool.code if offer.pool else ""
    return f"{offer.service.supplier.code}/{offer.service.code}/{pool}"


def _freeze(draw: Draw, *, by: Actor, at: datetime) -> None:
    rooms = draw.rooms.select_related("offer__service__supplier", "offer__pool")
    frozen = {
        "draw": f"{draw.congress.code}/{draw.number}",
        "rooms": {code_of(room.offer): _by_night(room) for room in rooms},
        "entries": [_as_listed(entry) for entry in _entries(draw)],
    }
    facts: dict[str, Any] = {"frozen": replay.canonical(frozen)}
    facts["list_sha256"] = replay.sha256(facts["frozen"])
    move(draw, State.CLOSED, Draw.MOVES, **facts)
    touch(draw.congress)
    after = {"draw": str(draw), "entries": len(frozen["entries"]), "list_sha256": draw.list_sha256}
    trace(by, "draw.closed", draw.congress, at=at, after=after)


def _by_night(room: DrawRoom) -> dict[str, int]:
    return {day.isoformat(): room.rooms for day in days(room.start, room.end)}


def _as_listed(entry: Entry) -> dict[str, Any]:
    choices = [
        {"room": code_of(each.offer), "arrival": each.start.isoformat(), "departure": each.end.isoformat()}
        for each in entry.choices.all()
    ]
    group = entry.group.number if entry.group else entry.number
    return {"number": entry.number, "group": group, "rooms": entry.rooms, "choices": choices}


def _entries(draw: Draw) -> list[Entry]:
    related = ("draw__congress", "booking__congress", "booking__client", "group")
    found = draw.entries.live().select_related(*related).order_by("number")
    kept = ("choices__offer__service__supplier", "choices__offer__pool", "choices__rate", "people__person")
    return list(found.prefetch_related(*kept))


def _draw(draw: Draw, *, by: Actor, at: datetime) -> None:
    entries = {entry.number: entry for entry in _entries(draw)}
    bookings = Booking.objects.filter(pk__in=[entry.booking_id for entry in entries.values()])
    list(bookings.select_for_update(no_key=True).order_by("pk"))
    rules = lock_list(draw.congress)
    frozen = json.loads(draw.frozen)
    result = replay.drawn(frozen, draw.seed, draw.public_word)
    order = replay.order(frozen, draw.seed, draw.public_word)
    won = [each for each in result if each["choice"] and each["entry"] in entries]
    _offer(draw, rules, [(entries[each["entry"]], _choice(entries, each["entry"], each["choice"])) for each in won], at=at)
    for each in result:
        if each["entry"] in entries:
            _tell(rules, entries, each, by=by, at=at)
    say_waited(draw.congress)
    claim({draw.owner: Wanted(Kind.KEPT, at, {})}, at=at)  # what met no choice: to those who wait, else back on sale
    facts: dict[str, Any] = {"result": {"order": order, "result": result}, "drawn_at": at, "drawn_by": str(by)[:160]}
    move(draw, State.DRAWN, Draw.MOVES, **facts)
    touch(draw.congress)
    trace(by, "draw.drawn", draw.congress, at=at, after={"draw": str(draw), "entries": len(result), "drawn": len(won)})


def _choices(entries: dict[int, Entry], entry: Entry) -> list[Choice]:
    """Its own, or those of the group it joined."""
    return list((entries[entry.group.number] if entry.group else entry).choices.all())


def _choice(entries: dict[int, Entry], entry: int, rank: int) -> Choice:
    return _choices(entries, entries[entry])[rank - 1]


def _offer(draw: Draw, rules: WaitingList, won: list[tuple[Entry, Choice]], *, at: datetime) -> None:
    """What was set aside passes to the offers, in one claim: nobody comes between."""
    left = {night: rooms for room in draw.rooms.select_related("offer") for night, rooms in room.nights.items()}
    made: list[tuple[Entry, Proposal, dict[Night, int]]] = []
    for entry, choice in won:
        people = [each.person for each in entry.people.all()]
        wish = _wish_of(entry, choice, people, at=at, is_drawn=True)
        for open_one in wish.proposals.filter(state=Proposal.State.OPEN).select_related("wish__offer"):
            close(open_one, Proposal.State.LAPSED, at=at, by=SYSTEM)  # the draw's offer follows it
        closes = closings(draw.congress, rules, [wish])[wish.pk]
        try:
            proposal = proposal_of(rules, wish, wish.wanted, people, closes, at=at)
        except NotSold:
            proposal = None
        if proposal is None:
            raise CannotDraw(entry)
        for night, rooms in wish.wanted.items():
            left[night] -= rooms
        made.append((entry, proposal, wish.wanted))
    kept = Wanted(Kind.KEPT, draw.draws_at, {night: rooms for night, rooms in left.items() if rooms})
    claim({draw.owner: kept, **{p.owner: Wanted(Kind.KEPT, p.until, n) for _e, p, n in made}}, at=at, is_handed=True)
    for entry, proposal, _nights in made:
        proposal.save()
        set_state(proposal.wish, Wish.State.OFFERED)
        entry.wish = proposal.wish


def _wish_of(
    entry: Entry, choice: Choice, people: Sequence[Person], *, at: datetime, rank: int = 1, is_drawn: bool = False
) -> Wish:
    """The choice as a wish of the waiting list; the one it has already, if it waits for the same."""
    same: dict[str, Any] = {"booking": entry.booking, "offer": choice.offer, "rate": choice.rate}
    same |= {"start": choice.start, "end": choice.end, "who": mark_of(people)}
    known = Wish.objects.live().filter(**same).select_related("booking__congress", "offer__service", "rate").first()
    if known is None:
        known = Wish(**same, rooms=entry.rooms, rank=rank, time_zone=entry.time_zone, email=entry.email)
        known.made_at, known.made_by = at, entry.made_by
        known.left = _left(choice.start, choice.end, entry.rooms)
        known.save()
        known.persons.set(people)
    elif is_drawn and known.left != _left(choice.start, choice.end, entry.rooms):
        known.rooms, known.left, known.is_whole = entry.rooms, _left(choice.start, choice.end, entry.rooms), True
        known.save(update_fields=["rooms", "left", "is_whole"])
    return known


def _left(start: date, end: date, rooms: int) -> dict[str, int]:
    return {day.isoformat(): rooms for day in days(start, end)}


def _tell(rules: WaitingList, entries: dict[int, Entry], each: dict[str, Any], *, by: Actor, at: datetime) -> None:
    """Its place, what it got, and why nothing better: in its history, on its page, by mail."""
    entry = entries[each["entry"]]
    choices = _choices(entries, entry)
    entry.place, entry.got, entry.refused = each["place"], each["choice"], each["refused"]
    entry.save(update_fields=["place", "got", "refused", "wish"])
    waits = not entry.got and entry.waits_after and rules.is_open
    if waits:
        people = [one.person for one in entry.people.all()]
        for rank, choice in enumerate(choices, start=1):  # in the drawn order: so many moments after the draw
            _wish_of(entry, choice, people, at=at + timedelta(microseconds=entry.place), rank=rank)
    facts: dict[str, Any] = {"choices": choices, "refused": told(entry.refused, choices), "waits": waits}
    zone = zone_of(Wish(booking=entry.booking, time_zone=entry.time_zone))
    if entry.wish:
        proposal = entry.wish.proposals.get(state=Proposal.State.OPEN)
        facts |= {"proposal": proposal, "wish": entry.wish, "until": local_until(proposal)}
    verb, template = ("draw.won", "won") if entry.got else ("draw.lost", "lost")
    after = {"draw": str(entry.draw), "entry": entry.number, "place": entry.place, "choice": entry.got}
    record(entry.booking, verb, by=by, at=at, after=after)
    mail(entry, entry.booking, template, key=_mail_key(entry.draw, entry), send_at=awake(rules, at, zone), **facts)


def told(refused: list[dict[str, Any]], choices: list[Choice]) -> list[dict[str, Any]]:
    """Why each better choice was not to be had, ready to be read."""
    return [
        {**each, "what": choices[each["choice"] - 1], "night": date.fromisoformat(each["night"])}
        for each in refused
        if each["choice"] <= len(choices)
    ]


def _mail_key(draw: Draw, entry: Entry) -> str:
    """An offer's mail is known to the waiting list's page by the offer; the other by its number."""
    found = entry.wish.proposals.filter(state=Proposal.State.OPEN).first() if entry.wish else None
    return found.mail_key if found else f"draw-{draw.pk}-{entry.number}"
