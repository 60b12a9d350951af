"""What is done to the waiting list: wishing, offering, answering, ending. The worker calls `run`; a repeat of any is harmless.

Locks: a booking, then the congress's rules, then stock. Rooms offered are a KEPT claim of the proposal; the yes hands them to the line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import override

from pleniere.accounts import links
from pleniere.accounts.actions import changed, trace
from pleniere.accounts.models import Link, actor_name, subject_of
from pleniere.accounts.rights import SYSTEM, Actor, require
from pleniere.booking.actions import Take, add_line, fill_cart
from pleniere.booking.actions.frame import lock, record
from pleniere.booking.models import Booking, Person
from pleniere.booking.selling import audience_of
from pleniere.catalogue.models import Rate, Service
from pleniere.common.money import ZERO, total
from pleniere.common.nights import DAY, days
from pleniere.congress.models import Congress, Offer
from pleniere.congress.pricing import NotSold, price
from pleniere.congress.programme import programme
from pleniere.messaging import outbox
from pleniere.stock.actions import Kind, Night, Wanted, claim, wait
from pleniere.stock.models import RESERVE, Claim, StockDay

from . import owners
from .clock import answer_by, awake, closings, zone_of
from .models import Proposal, WaitingList, Wish

MOST_WISHES = 20  # of one booking
MOST_ROOMS = 200
MOST_NIGHTS = 30


class CannotWait(Exception):
    """This cannot be wished: the list is closed, the hotel's cut-off too near, the offer not counted or not for them."""


class TooLate(Exception):
    """The offer was answered, or its time is over."""


class PriceMoved(Exception):
    """The price is no longer the one shown: the proposal bears the new one, nothing was taken."""


def rules_of(congress: Congress) -> WaitingList:
    """The congress's rules, or those a congress begins with."""
    return WaitingList.objects.filter(congress=congress).first() or WaitingList(congress=congress)


def _locked(congress: Congress) -> WaitingList:
    """The rules, locked: one at a time wishes, answers or offers in a congress."""
    WaitingList.objects.get_or_create(congress=congress)
    return WaitingList.objects.select_for_update(no_key=True).get(congress=congress)


@transaction.atomic
def set_rules(congress: Congress, *, by: Actor, at: datetime, **facts: Any) -> WaitingList:
    """Announce other rules to whoever waits from now on; the same rules again leave no trace."""
    require(by, "waiting.rule", congress)
    rules = _locked(congress)
    before, after = changed(rules, facts)
    if after:
        for name, value in facts.items():
            setattr(rules, name, value)
        rules.save(update_fields=list(after))
        trace(by, "waiting.rules", congress, at=at, before=before, after=after)
    return rules


@transaction.atomic
def make_wish(
    booking: Booking,
    offer: Offer,
    rate: Rate,
    *,
    start: date,
    end: date,
    persons: Sequence[Person],
    email: str,
    by: Actor,
    at: datetime,
    rooms: int = 1,
    is_whole: bool = True,
    rank: int = 1,
    time_zone: str = "",
) -> Wish:
    """Wait for these nights. The same wish twice is one. Raises CannotWait, NotSold."""
    require(by, "waiting.wish", booking)
    booking = lock(booking)
    rules, plan = _locked(booking.congress), programme(booking.congress)
    offer = plan.offers.get(offer.pk, offer)
    known = Wish.objects.live().filter(booking=booking, offer=offer, rate=rate, start=start, end=end).first()
    if known:
        return known
    _may_wait(rules, booking, offer, rate, persons, rooms=rooms, start=start, end=end, by=by)
    wish = Wish(booking=booking, offer=offer, rate=rate, start=start, end=end, rooms=rooms, is_whole=is_whole, rank=rank)
    wish.left = {day.isoformat(): rooms for day in days(start, end)}
    wish.time_zone, wish.email = time_zone or booking.congress.time_zone, email
    wish.made_at, wish.made_by = at, str(by)[:160]
    if closings(booking.congress, rules, [wish])[wish.pk] <= at:
        raise CannotWait
    price_of(wish, _nights(wish.left), persons, at=at)
    wish.save()
    wish.persons.set(persons)
    record(booking, "wish.made", by=by, at=at, after=_words(wish))
    _say_waited(booking.congress)
    return wish


def _may_wait(
    rules: WaitingList,
    booking: Booking,
    offer: Offer,
    rate: Rate,
    persons: Sequence[Person],
    *,
    rooms: int,
    start: date,
    end: date,
    by: Actor,
) -> None:
    plan = programme(booking.congress)
    is_link = isinstance(by, Link)
    is_sold = offer.pool_id is not None and rate.by_night and rate.service_id == offer.service_id and offer.pk in plan.offers
    is_theirs = all(plan.admits(offer, audience_of(plan, person)) for person in persons) and not (is_link and offer.office_only)
    is_sane = 0 < rooms <= MOST_ROOMS and 0 < (end - start).days <= MOST_NIGHTS and bool(persons)
    is_sane = is_sane and (rooms == 1 or booking.placed_at is not None)  # a cart's rooms have each their people
    if not (rules.is_open and is_sold and is_theirs and is_sane and booking.wishes.count() < MOST_WISHES):
        raise CannotWait


@transaction.atomic
def withdraw(wish: Wish, *, by: Actor, at: datetime) -> bool:
    """It waits no longer; what was kept for it goes to the next. False if it had ended already."""
    require(by, "waiting.wish", wish)
    booking = lock(wish.booking)
    _locked(booking.congress)
    wish = Wish.objects.select_related("booking__congress", "offer").get(pk=wish.pk)
    if wish.state not in (Wish.State.WAITING, Wish.State.OFFERED):
        return False
    _end(wish, Wish.State.WITHDRAWN, "", at=at, by=by)
    record(booking, "wish.withdrawn", by=by, at=at, before=_words(wish))
    _say_waited(booking.congress)
    return True


@transaction.atomic
def keep_for_office(night: Night, rooms: int, *, congress: Congress, until: datetime, by: Actor, at: datetime) -> None:
    """Keep so many rooms of a night for the office, away from passers-by and from offers; 0 gives them back. Raises NotEnough."""
    require(by, "waiting.rule", congress)
    _locked(congress)
    owner = owners.of_office(night)
    kept = Claim.objects.filter(owner=owner, stock_day__congress=congress).aggregate(sum=Sum("rooms"))["sum"] or 0
    claim({owner: Wanted(Kind.KEPT, until, {night: rooms} if rooms else {})}, at=at)
    if kept != rooms:
        words = str(Service.objects.select_related("supplier").get(pk=night.service))
        facts = {"room": words, "night": night.day.isoformat()}
        trace(by, "waiting.kept", congress, at=at, before={"rooms": kept}, after={**facts, "rooms": rooms})


# What the worker does


@transaction.atomic
def run_now(congress: Congress, *, by: Actor, at: datetime) -> int:
    """What the worker does every five minutes, asked by the office: by the same rules, for the same people."""
    require(by, "waiting.rule", congress)
    return run(congress, at=at)


@transaction.atomic
def run(congress: Congress, *, at: datetime) -> int:
    """End what is over, offer what is there by the announced order, give back what fits nobody. How many offers were made."""
    rules = _locked(congress)
    for proposal in _open(congress).filter(until__lte=at):
        _close(proposal, Proposal.State.LAPSED, at=at, by=SYSTEM)
        _set(proposal.wish, Wish.State.WAITING if not _is_last(proposal.wish) else Wish.State.ENDED, "unanswered")
    wishes = _waiting(congress)
    ends = closings(congress, rules, wishes)
    for wish in wishes:
        if ends[wish.pk] <= at:
            _end(wish, Wish.State.ENDED, "cutoff", at=at, by=SYSTEM)
    made = sum(_offer(rules, wish, ends[wish.pk], at=at) for wish in wishes if ends[wish.pk] > at)
    _say_waited(congress)
    _give_back(congress, at=at)
    return made


def _is_last(wish: Wish) -> bool:
    """Who leaves two offers unanswered waits no longer, as announced."""
    return wish.proposals.filter(state=Proposal.State.LAPSED).count() >= 2


def _waiting(congress: Congress) -> list[Wish]:
    found = Wish.objects.filter(booking__congress=congress, state=Wish.State.WAITING)
    related = found.select_related("booking__congress", "booking__client", "offer__service__supplier", "rate")
    return list(related.prefetch_related("persons").order_by("made_at", "rank", "pk"))


def _open(congress: Congress) -> Any:
    found = Proposal.objects.filter(wish__booking__congress=congress, state=Proposal.State.OPEN)
    return found.select_related("wish__booking__congress", "wish__offer__service", "wish__rate").order_by("pk")


def _offer(rules: WaitingList, wish: Wish, closes: datetime, *, at: datetime) -> int:
    """Offer the wish what there is, if that meets it: 1 if so. Rooms kept for those who wait first, then free ones."""
    booking = wish.booking
    if booking.wishes.filter(state=Wish.State.OFFERED, start__lt=wish.end, end__gt=wish.start).exists():
        return 0  # of a booking's wishes for the same nights one is offered at a time
    zone = zone_of(wish)
    leaves = awake(rules, at, zone)
    until = min(answer_by(rules, leaves, zone), closes)
    nights, rest = _there(wish)
    if until <= leaves or not nights or (wish.is_whole and nights != wish.wanted):
        return 0
    try:
        amount = price_of(wish, {night.day: rooms for night, rooms in nights.items()}, list(wish.persons.all()), at=at)
    except NotSold:
        return 0  # it waits for stock, and is offered at a price that holds
    proposal = Proposal(wish=wish, total=amount, made_at=at, leaves_at=leaves, until=until)
    proposal.nights = {night.day.isoformat(): rooms for night, rooms in sorted(nights.items())}
    claim({proposal.owner: Wanted(Kind.KEPT, until, nights), **rest}, at=at, is_handed=True)
    proposal.save()
    _set(wish, Wish.State.OFFERED)
    _mail_offer(proposal, zone)
    return 1


def _there(wish: Wish) -> tuple[dict[Night, int], dict[str, Wanted]]:
    """What of its nights can be offered now, and what the reserves of those nights keep then. Their rows are locked."""
    wanted = wish.wanted
    pool = wish.offer.pool_id
    found = StockDay.objects.filter(pool=pool, service=wish.offer.service_id, day__in=[night.day for night in wanted])
    rows = list(found.select_for_update(no_key=True).order_by("pk"))
    kept = {each.stock_day_id: each for each in Claim.objects.filter(owner__in=[row.reserve for row in rows])}
    nights: dict[Night, int] = {}
    rest: dict[str, Wanted] = {}
    for row in rows:
        night = Night(row.pool_id, row.service_id, row.day)
        has = kept[row.pk].rooms if row.pk in kept else 0
        got = min(wanted[night], has + row.free)
        if got:
            nights[night] = got
        if got and has:
            left = max(0, has - got)
            rest[row.reserve] = Wanted(Kind.KEPT, kept[row.pk].until, {night: left} if left else {})
    return nights, rest


def _say_waited(congress: Congress) -> None:
    """Tell stock for how many rooms people wait, on the nights that lack some: what comes free there is theirs first."""
    asked: dict[Night, int] = defaultdict(int)
    for wish in Wish.objects.filter(booking__congress=congress, state=Wish.State.WAITING).select_related("offer"):
        for night, rooms in wish.wanted.items():
            asked[night] += rooms
    services = {night.service for night in asked}
    rows = StockDay.objects.filter(congress=congress, service__in=services)
    free = {Night(row.pool_id, row.service_id, row.day): row.free for row in rows}
    wait({night: rooms for night, rooms in asked.items() if night in free and free[night] < rooms}, congress_id=congress.pk)


def _give_back(congress: Congress, *, at: datetime) -> None:
    """What was kept for those who wait and met nobody's wish in its time, or is waited for no more, goes back on sale."""
    kept = Claim.objects.filter(stock_day__congress=congress, owner__startswith=RESERVE).select_related("stock_day")
    wanted = {}
    for each in kept.order_by("stock_day"):
        row = each.stock_day
        rooms = 0 if each.until and each.until <= at else min(each.rooms, row.waited)
        if rooms != each.rooms:
            night = Night(row.pool_id, row.service_id, row.day)
            wanted[each.owner] = Wanted(Kind.KEPT, each.until, {night: rooms} if rooms else {})
    over = Claim.objects.filter(stock_day__congress=congress, owner__startswith=owners.OFFICE, until__lte=at)
    wanted |= {owner: Wanted(Kind.KEPT, at, {}) for owner in over.values_list("owner", flat=True)}
    if wanted:
        claim(wanted, at=at, is_handed=True)


# The answer


@transaction.atomic
def answer(proposal: Proposal, nights: Collection[date], *, shown: Decimal, by: Actor, at: datetime) -> list[date]:
    """Take these nights of what was offered, refuse the others (none: all). The nights taken, once.

    A whole wish is taken whole or not at all. Raises TooLate, PriceMoved; nothing has changed then but the price shown.
    """
    require(by, "waiting.answer", proposal)
    booking = lock(proposal.wish.booking)
    _locked(booking.congress)
    related = ("wish__booking__congress", "wish__offer__service", "wish__rate")
    proposal = Proposal.objects.select_related(*related).get(pk=proposal.pk)
    wish = proposal.wish
    yes = {day: rooms for day, rooms in proposal.days if day in set(nights)}
    if proposal.state != Proposal.State.OPEN:
        if proposal.taken == [day.isoformat() for day in yes]:
            return list(yes)
        raise TooLate
    if proposal.until <= at:
        raise TooLate
    if wish.is_whole and len(yes) < len(proposal.nights):
        yes = {}
    people = list(wish.persons.all())
    if yes and price_of(wish, dict(proposal.days), people, at=at) != shown:
        raise PriceMoved
    _close(proposal, Proposal.State.TAKEN if yes else Proposal.State.REFUSED, at=at, by=by, keep=yes)
    if yes:
        _take(booking, wish, proposal, yes, people, by=by, at=at)
    proposal.taken = [day.isoformat() for day in yes]
    proposal.save(update_fields=["taken"])
    # What was offered and not wanted is wanted no more; what was not yet offered still is.
    wish.left = {
        day: rooms - proposal.nights.get(day, 0) for day, rooms in wish.left.items() if rooms > proposal.nights.get(day, 0)
    }
    wish.save(update_fields=["left"])
    _set(wish, Wish.State.WAITING if wish.left else Wish.State.MET if yes else Wish.State.ENDED, "" if yes else "refused")
    if yes:
        _end_others(wish, yes, at=at, by=by)
    record(booking, "wish.answered", by=by, at=at, after={**_words(wish), "taken": proposal.taken})
    _say_waited(booking.congress)
    return list(yes)


@transaction.atomic
def show_price(proposal: Proposal, *, at: datetime) -> Decimal:
    """The price has moved: the offer bears the one that holds, to be read before the yes. Raises NotSold."""
    people = list(proposal.wish.persons.all())
    proposal.total = price_of(proposal.wish, dict(proposal.days), people, at=at)
    Proposal.objects.filter(pk=proposal.pk, state=Proposal.State.OPEN).update(total=proposal.total)
    return proposal.total


def _take(
    booking: Booking, wish: Wish, proposal: Proposal, yes: dict[date, int], people: list[Person], *, by: Actor, at: datetime
) -> None:
    """The rooms kept become lines, under the lock of their rows: nobody comes between."""
    claim({proposal.owner: Wanted(Kind.KEPT, at, {})}, at=at, is_handed=True)
    runs = spans(yes)
    if booking.placed_at is None:
        takes = [Take(wish.offer, wish.rate, start, end, people) for start, end, _rooms in runs]
        fill_cart(booking, takes, by=by, at=at)
        return
    with override(settings.LANGUAGE_CODE):  # the office reads it, whatever the buyer's language
        why = _("Waiting list: yes of %(who)s") % {"who": _who(by)}
    for start, end, rooms in runs:
        heads = len(people) if rooms == 1 else wish.rate.occupancy
        named = people if rooms == 1 else ()
        add_line(
            booking,
            wish.offer,
            wish.rate,
            start=start,
            end=end,
            persons=named,
            quantity=rooms,
            heads=heads,
            by=SYSTEM,
            at=at,
            reason=why,
        )


def _who(by: Actor) -> str:
    """Whose yes it was, as an agent reads it: a link says yes for who it was sent to."""
    return _("the buyer, by the booking’s link") if isinstance(by, Link) else actor_name(by)


def _end_others(wish: Wish, yes: Iterable[date], *, at: datetime, by: Actor) -> None:
    """Other wishes of the booking for nights it has now: wishes for the same people were second choices."""
    taken = set(yes)
    people = set(wish.persons.values_list("pk", flat=True))
    for other in wish.booking.wishes.live().exclude(pk=wish.pk).prefetch_related("persons"):
        if taken & set(days(other.start, other.end)) and people & {person.pk for person in other.persons.all()}:
            _end(other, Wish.State.ENDED, "other", at=at, by=by)


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


def spans(nights: dict[date, int]) -> list[tuple[date, date, int]]:
    """Neighbouring nights of the same number of rooms, as (start, end, rooms)."""
    found: list[tuple[date, date, int]] = []
    for day, rooms in sorted(nights.items()):
        if found and found[-1][1] == day and found[-1][2] == rooms:
            found[-1] = (found[-1][0], day + DAY, rooms)
        else:
            found.append((day, day + DAY, rooms))
    return found


def _nights(left: dict[str, int]) -> dict[date, int]:
    return {date.fromisoformat(day): rooms for day, rooms in left.items()}


def _close(proposal: Proposal, state: str, *, at: datetime, by: Actor, keep: dict[date, int] | None = None) -> None:
    """The proposal has its answer: nights not wanted go to the next at once."""
    offer = proposal.wish.offer
    assert offer.pool_id is not None
    rest = {Night(offer.pool_id, offer.service_id, day): rooms for day, rooms in (keep or {}).items()}
    claim({proposal.owner: Wanted(Kind.KEPT, proposal.until, rest)}, at=at)
    proposal.state, proposal.answered_at, proposal.answered_by = state, at, str(by)[:160]
    proposal.save(update_fields=["state", "answered_at", "answered_by"])


def _end(wish: Wish, state: str, why: str, *, at: datetime, by: Actor) -> None:
    for proposal in wish.proposals.filter(state=Proposal.State.OPEN).select_related("wish__offer"):
        _close(proposal, Proposal.State.REFUSED if state == Wish.State.WITHDRAWN else Proposal.State.LAPSED, at=at, by=by)
    _set(wish, state, why)
    if state == Wish.State.ENDED and why == "cutoff":
        _mail(wish, "ended", key=f"waiting-ended-{wish.pk}")


def _set(wish: Wish, state: str, why: str = "") -> None:
    wish.state = state
    wish.why_ended = why if state == Wish.State.ENDED else ""
    Wish.objects.filter(pk=wish.pk).update(state=wish.state, why_ended=wish.why_ended)


def _words(wish: Wish) -> dict[str, Any]:
    return {"offer": str(wish.offer), "start": wish.start.isoformat(), "end": wish.end.isoformat(), "rooms": wish.rooms}


def _mail_offer(proposal: Proposal, zone: Any) -> None:
    wish = proposal.wish
    key = f"waiting-{proposal.key}"
    _mail(wish, "offer", key=key, send_at=proposal.leaves_at, proposal=proposal, until=proposal.until.astimezone(zone))


def _mail(wish: Wish, template: str, *, key: str, send_at: datetime | None = None, **facts: Any) -> None:
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
