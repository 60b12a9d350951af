"""What every act on the waiting list begins and ends with: the rules locked, a wish or an offer closed, stock told who waits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pleniere.accounts import links
from pleniere.accounts.models import Link, subject_of
from pleniere.accounts.rights import Actor
from pleniere.booking.actions.frame import people_of
from pleniere.booking.models import Line, Person
from pleniere.booking.selling import audience_of
from pleniere.booking.staying import Wrong, wrong_stays
from pleniere.common.money import ZERO, total
from pleniere.common.nights import DAY
from pleniere.congress.models import Congress
from pleniere.congress.pricing import price
from pleniere.congress.programme import programme
from pleniere.messaging import outbox
from pleniere.stock.actions import Kind, Night, Wanted, claim, wait
from pleniere.stock.models import StockDay

from ..clock import answer_until, awake, zone_of
from ..models import Proposal, WaitingList, Wish


def rules_of(congress: Congress) -> WaitingList:
    """The congress's rules, or those a congress begins with."""
    return WaitingList.objects.filter(congress=congress).first() or WaitingList(congress=congress)


def lock_list(congress: Congress) -> WaitingList:
    """The rules, locked: one at a time wishes, answers or offers in a congress."""
    WaitingList.objects.get_or_create(congress=congress)
    return WaitingList.objects.select_for_update(no_key=True).get(congress=congress)


def say_waited(congress: Congress) -> None:
    """Tell stock for how many rooms people wait, on the nights that lack some: what comes free there is theirs first."""
    asked: dict[Night, int] = defaultdict(int)
    for wish in Wish.objects.filter(booking__congress=congress, state=Wish.State.WAITING).select_related("offer"):
        for night, rooms in wish.wanted.items():
            asked[night] += rooms
    services = {night.service for night in asked}
    rows = StockDay.objects.filter(congress=congress, service__in=services)
    free = {Night(row.pool_id, row.service_id, row.day): row.free for row in rows}
    wait({night: rooms for night, rooms in asked.items() if night in free and free[night] < rooms}, congress_id=congress.pk)


def price_of(wish: Wish, nights: dict[date, int], people: Sequence[Person], *, at: datetime) -> Decimal:
    """What these nights cost if taken now. Raises NotSold."""
    plan = programme(wish.booking.congress)
    facts: dict[str, Any] = {"on": wish.booking.congress.local_date(at), "pool": wish.offer.pool_id}
    facts["audience"] = audience_of(plan, people[0] if people else None)
    amount = ZERO
    for start, end, rooms in spans(nights):
        heads = len(people) if rooms == 1 else wish.rate.occupancy
        quoted = price(plan, wish.rate, start=start, end=end, quantity=rooms, persons=heads, heads=heads * rooms, **facts)
        amount += total(each.total for each in quoted)
    return amount


def wrong_nights(wish: Wish, nights: dict[date, int], people: Sequence[Person]) -> list[Wrong]:
    """What the hotel's rules of stay forbid of these nights, were they added to what the booking has there."""
    plan = programme(wish.booking.congress)
    if not plan.stays or wish.despite:
        return []
    offer = plan.offers.get(wish.offer_id, wish.offer)
    has = list(wish.booking.lines.counted().select_related("offer__service"))
    on_line: dict[int, list[Person]] = dict(people_of(has))
    more = [Line(pk=-n, offer=offer, start=start, end=end) for n, (start, end, _rooms) in enumerate(spans(nights), start=1)]
    return wrong_stays(plan, more, [*has, *more], on_line | {line.pk: list(people) for line in more})


def spans(nights: dict[date, int]) -> list[tuple[date, date, int]]:
    """Neighbouring nights of the same number of rooms, as (start, end, rooms)."""
    found: list[tuple[date, date, int]] = []
    for day, rooms in sorted(nights.items()):
        if found and found[-1][1] == day and found[-1][2] == rooms:
            found[-1] = (found[-1][0], day + DAY, rooms)
        else:
            found.append((day, day + DAY, rooms))
    return found


def proposal_of(
    rules: WaitingList, wish: Wish, nights: Mapping[Night, int], people: Sequence[Person], closes: datetime, *, at: datetime
) -> Proposal | None:
    """These rooms as an offer to the wish, with its price, the hour it leaves and its end; None if no fair time is left.

    Not saved, nothing claimed. Raises NotSold.
    """
    zone = zone_of(wish)
    leaves = awake(rules, at, zone)
    until = answer_until(rules, leaves, zone, closes)
    if until is None:
        return None
    amount = price_of(wish, {night.day: rooms for night, rooms in nights.items()}, people, at=at)
    proposal = Proposal(wish=wish, total=amount, made_at=at, leaves_at=leaves, until=until)
    proposal.nights = {night.day.isoformat(): rooms for night, rooms in sorted(nights.items())}
    return proposal


def local_until(proposal: Proposal) -> datetime:
    """The end of its time to answer, where its delegate is."""
    return proposal.until.astimezone(zone_of(proposal.wish))


def close(proposal: Proposal, state: str, *, at: datetime, by: Actor, keep: dict[date, int] | None = None) -> None:
    """The proposal has its answer: nights not wanted go to the next at once."""
    offer = proposal.wish.offer
    assert offer.pool_id is not None
    rest = {Night(offer.pool_id, offer.service_id, day): rooms for day, rooms in (keep or {}).items()}
    claim({proposal.owner: Wanted(Kind.KEPT, proposal.until, rest)}, at=at)
    proposal.state, proposal.answered_at, proposal.answered_by = state, at, str(by)[:160]
    proposal.save(update_fields=["state", "answered_at", "answered_by"])


def end_wish(wish: Wish, state: str, why: str, *, at: datetime, by: Actor) -> None:
    for proposal in wish.proposals.filter(state=Proposal.State.OPEN).select_related("wish__offer"):
        close(proposal, Proposal.State.REFUSED if state == Wish.State.WITHDRAWN else Proposal.State.LAPSED, at=at, by=by)
    set_state(wish, state, why)
    if state == Wish.State.ENDED and why == "cutoff":
        mail(wish, "ended", key=f"waiting-ended-{wish.pk}")


def set_state(wish: Wish, state: str, why: str = "") -> None:
    wish.state = state
    wish.why_ended = why if state == Wish.State.ENDED else ""
    Wish.objects.filter(pk=wish.pk).update(state=wish.state, why_ended=wish.why_ended)


def words(wish: Wish) -> dict[str, Any]:
    return {"offer": str(wish.offer), "start": wish.start.isoformat(), "end": wish.end.isoformat(), "rooms": wish.rooms}


def mail(wish: Wish, template: str, *, key: str, send_at: datetime | None = None, **facts: Any) -> None:
    booking = wish.booking
    outbox.queue(
        f"waiting/{template}",
        to=wish.email,
        key=key,
        language=booking.language,
        about=subject_of(booking),
        congress_id=booking.congress_id,
        send_at=send_at,
        congress=booking.congress,
        booking=booking,
        wish=wish,
        hotel=wish.offer.service.supplier,
        link=links.url(links.make(Link.Purpose.BOOKING, booking)),
        **facts,
    )
