"""What a hotel does with its rooms on sale: gives more, asks some back, stops the sales of a night where its contract lets it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.accounts.actions import trace
from pleniere.accounts.models import Link
from pleniere.accounts.rights import Actor, require
from pleniere.catalogue.actions.services import SLEEPS, room_rate, room_service
from pleniere.catalogue.models import Rate, Service
from pleniere.common.moves import move
from pleniere.common.nights import days
from pleniere.congress.models import Congress, Price
from pleniere.stock.actions import Night, grant

from .. import letters
from ..models import Block, Invitation, Proposal
from ..queries import agreed_prices
from .releasing import NothingToRelease, give_back, left_by_day
from .retaining import TAKEN_BY, write_prices
from .touching import touch

MOST_ROOMS = 500
Kind, State = Proposal.Kind, Proposal.State


class CannotPropose(ValueError):
    """Said in words: nothing of this type is on sale, nights outside, the cut-off is past …"""


@transaction.atomic
def offer_rooms(
    invitation: Invitation,
    *,
    room_type: str,
    first: date,
    last: date,
    rooms: int,
    price: Decimal | None = None,
    remark: str = "",
    key: str,
    by: Actor,
    at: datetime,
) -> Proposal:
    """More rooms of a type that is on sale, at the agreed price: live at once where the hotel sells them.

    Another price waits for the bureau, and so do rooms it buys (`Contract.is_bought`): each is more that it owes.
    The same `key` twice is one. Raises CannotPropose.
    """
    block, known = _begin(invitation, room_type, first, last, rooms, key=key, by=by, at=at)
    if known is not None:
        return known
    agreed = agreed_prices(block, room_type)
    nights = _nights(first, last)
    prices = {agreed.get(night) for night in nights}
    if price is None and None in prices:
        raise CannotPropose(_("No price is agreed for all of these nights: write yours."))
    if prices == {price}:
        price = None
    facts = {"kind": Kind.GIVE, "room_type": room_type, "first": first, "last": last, "rooms": rooms, "price": price}
    proposal = _make(invitation, block, facts, remark=remark, key=key, by=by, at=at)
    if price is None and not block.contract.is_bought:
        _put_on_sale(proposal, by=by, at=at)
        _done(proposal, by=by, at=at)
    letters.proposed(proposal)
    return proposal


@transaction.atomic
def ask_back(
    invitation: Invitation,
    *,
    room_type: str,
    first: date,
    last: date,
    rooms: int,
    remark: str = "",
    key: str,
    by: Actor,
    at: datetime,
) -> Proposal:
    """Rooms the hotel would have back before the cut-off; the bureau says. The same `key` twice is one. Raises CannotPropose."""
    block, known = _begin(invitation, room_type, first, last, rooms, key=key, by=by, at=at)
    if known is not None:
        return known
    if block.released_at is not None or block.cutoff <= block.congress.local_date(at):
        raise CannotPropose(_("The cut-off is past: what was not sold is yours already."))
    left = {(day.service.room_type, day.day) for day in left_by_day(block) if day.free}
    if not any((room_type, night) in left for night in _nights(first, last)):
        raise CannotPropose(_("All of these rooms are taken: call us."))
    facts = {"kind": Kind.BACK, "room_type": room_type, "first": first, "last": last, "rooms": rooms}
    proposal = _make(invitation, block, facts, remark=remark, key=key, by=by, at=at)
    letters.proposed(proposal)
    return proposal


@transaction.atomic
def stop_sales(invitation: Invitation, *, night: date, key: str, by: Actor, at: datetime) -> int:
    """What is free of a night goes back at once, in every block whose contract lets the hotel do so; how many rooms.

    What is optioned, in a cart or booked stays. The same `key` twice stops once. Raises CannotPropose.
    """
    require(by, "allotment.answer", invitation)
    congress = Congress.objects.select_for_update(no_key=True).get(pk=invitation.congress_id)
    if night < congress.local_date(at):
        raise CannotPropose(_("This night is past."))
    blocks = list(_blocks(invitation).filter(contract__stops_sales=True).select_for_update(no_key=True, of=("self",)))
    if not blocks:
        raise CannotPropose(_("Your contract leaves this to the bureau: ask the rooms back, or call us."))
    given = 0
    for block in blocks:
        rooms: dict[tuple[int, date], int] = defaultdict(int)
        for day, count in left_by_day(block).items():
            if day.day == night:
                rooms[day.service_id, day.day] += count
        if not rooms:
            continue
        try:
            reason = _("Sales stopped by the hotel")
            release = give_back(block, key=f"stop-{key}"[:64], rooms=rooms, reason=reason, by=by, at=at)
            given += release.room_nights
        except NothingToRelease:
            continue
    touch(congress)
    trace(by, "allotment.stopped", invitation, at=at, after={"night": night.isoformat(), "rooms": given})
    return given


@transaction.atomic
def accept_proposal(proposal: Proposal, *, by: Actor, at: datetime) -> Proposal:
    """The bureau agrees: the rooms are on sale at the hotel's price, or go back as far as they are free. Raises CannotPropose.

    A repeat changes nothing.
    """
    require(by, "allotment.retain", proposal)
    proposal = _locked(proposal)
    if proposal.state != State.OPEN:
        return proposal
    if proposal.kind == Kind.GIVE:
        _put_on_sale(proposal, by=by, at=at)
    else:
        services = {day.service_id for day in left_by_day(proposal.block) if day.service.room_type == proposal.room_type}
        rooms = {(service, night): proposal.rooms for service in services for night in proposal.stay}
        try:
            give_back(
                proposal.block, key=f"proposal-{proposal.pk}", rooms=rooms, reason=_("Asked back by the hotel"), by=by, at=at
            )
        except NothingToRelease as error:
            raise CannotPropose(str(error)) from error
        touch(proposal.congress)
    _done(proposal, by=by, at=at)
    letters.proposal_answered(proposal)
    return proposal


@transaction.atomic
def refuse_proposal(proposal: Proposal, *, why: str, by: Actor, at: datetime) -> Proposal:
    """The bureau says no, and why; the hotel is told. A repeat changes nothing."""
    require(by, "allotment.retain", proposal)
    proposal = _locked(proposal)
    why = why.replace("\0", "").strip()[:250]
    facts = {"answered_at": at, "answered_by": str(by)[:160], "why": why}
    if proposal.state == State.OPEN and move(proposal, State.REFUSED, Proposal.MOVES, **facts):
        trace(by, "allotment.proposal_refused", proposal.invitation, at=at, reason=why, after={"proposal": str(proposal)})
        letters.proposal_answered(proposal)
    return proposal


def _begin(
    invitation: Invitation, room_type: str, first: date, last: date, rooms: int, *, key: str, by: Actor, at: datetime
) -> tuple[Block, Proposal | None]:
    """The block it is about, locked, and what the same key made already."""
    require(by, "allotment.answer", invitation)
    congress = Congress.objects.select_for_update(no_key=True).get(pk=invitation.congress_id)
    blocks = list(_blocks(invitation).select_for_update(no_key=True, of=("self",)))
    known = Proposal.objects.filter(invitation=invitation, key=key[:64]).first()
    if known is not None:
        return known.block, known
    block = next((b for b in reversed(blocks) if agreed_prices(b, room_type)), None)
    if block is None:
        raise CannotPropose(_("We have no room of this type of yours on sale."))
    if not 0 < rooms <= MOST_ROOMS:
        raise CannotPropose(_("How many rooms? From 1 to %(most)s.") % {"most": MOST_ROOMS})
    on_sale = sorted(agreed_prices(block, room_type))
    if first > last or first < max(congress.local_date(at), on_sale[0]) or last > on_sale[-1]:
        raise CannotPropose(_("These nights are not among those on sale."))
    block.congress = congress
    return block, None


def _blocks(invitation: Invitation) -> Any:
    rows = Block.objects.filter(congress=invitation.congress_id, supplier=invitation.supplier_id)
    return rows.select_related("congress", "supplier", "contract", "pool", "reply").order_by("pk")


def _nights(first: date, last: date) -> list[date]:
    return [*days(first, last), last]


def _make(
    invitation: Invitation, block: Block, facts: dict[str, Any], *, remark: str, key: str, by: Actor, at: datetime
) -> Proposal:
    who = invitation.supplier.name if isinstance(by, Link) else str(by)
    return Proposal.objects.create(
        congress_id=invitation.congress_id,
        invitation=invitation,
        block=block,
        remark=remark.replace("\0", "").strip()[:500],
        made_at=at,
        made_by=who[:160],
        key=key[:64],
        **facts,
    )


def _put_on_sale(proposal: Proposal, *, by: Actor, at: datetime) -> None:
    """The rooms join their block, so that its cut-off is theirs; another price is these nights' price from now on."""
    block = proposal.block
    service = room_service(block.supplier, proposal.room_type)
    if proposal.price is not None:
        amounts: dict[date, Decimal] = dict.fromkeys(proposal.stay, proposal.price)
        side = Price.Side.BUY if block.contract.is_bought else Price.Side.SELL
        for rate in _rates(service, block):
            write_prices(block.congress, rate, side, block.pool, amounts)
    grant(
        {Night(block.pool_id, service.pk, night): proposal.rooms for night in proposal.stay},
        key=f"proposal-{proposal.pk}",
        block=block.grant_block,
        reason="given by the hotel",
        by=proposal.made_by,
        at=at,
        congress_id=block.congress_id,
    )
    touch(block.congress)


def _rates(service: Service, block: Block) -> Iterable[Rate]:
    """The formulas the block is sold by."""
    asked = block.reply.invitation.request if block.reply else None
    board = Rate.Board.BREAKFAST if asked is None or asked.with_breakfast else Rate.Board.NONE
    for persons in TAKEN_BY.get(service.room_type, (SLEEPS[service.room_type],)):
        yield room_rate(service, persons, board)


def _done(proposal: Proposal, *, by: Actor, at: datetime) -> None:
    who = proposal.made_by if isinstance(by, Link) else str(by)[:160]
    move(proposal, State.ACCEPTED, Proposal.MOVES, answered_at=at, answered_by=who)
    trace(by, "allotment.proposal_accepted", proposal.invitation, at=at, after={"proposal": str(proposal)})


def _locked(proposal: Proposal) -> Proposal:
    """Congress, block, then the proposal: the order of the house."""
    Congress.objects.select_for_update(no_key=True).get(pk=proposal.congress_id)
    Block.objects.select_for_update(no_key=True).get(pk=proposal.block_id)
    rows = Proposal.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related(
        "congress",
        "block__congress",
        "block__contract",
        "block__pool",
        "block__supplier",
        "block__reply__invitation__request",
        "invitation__supplier",
        "invitation__congress",
        "invitation__request",
    ).get(pk=proposal.pk)
