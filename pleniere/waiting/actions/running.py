"""What the worker does every five minutes: end what is over, offer what came free, give back what fits nobody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from pleniere.accounts.rights import SYSTEM, Actor, require
from pleniere.booking.models import Person
from pleniere.congress.models import Congress
from pleniere.congress.pricing import NotSold
from pleniere.messaging.models import Message
from pleniere.stock.actions import Kind, Night, Wanted, claim
from pleniere.stock.models import RESERVE, Claim, StockDay

from .. import owners
from ..clock import closings
from ..models import Proposal, WaitingList, Wish
from .frame import close, end_wish, local_until, lock_list, mail, proposal_of, say_waited, set_state, wrong_nights


@transaction.atomic
def run_now(congress: Congress, *, by: Actor, at: datetime) -> int:
    """What the worker does every five minutes, asked by the office: by the same rules, for the same people."""
    require(by, "waiting.rule", congress)
    return run(congress, at=at)


def rehearse_run(congress: Congress, *, by: Actor, at: datetime) -> list[Message]:
    """The mails `run_now` would write, read and undone."""
    with transaction.atomic():
        run_now(congress, by=by, at=at)
        keys = [offer.mail_key for offer in _open(congress).filter(made_at=at)]
        found = list(Message.objects.filter(key__in=keys).order_by("pk"))
        transaction.set_rollback(True)
    return found


@transaction.atomic
def run(congress: Congress, *, at: datetime) -> int:
    """End what is over, offer what is there by the announced order, give back what fits nobody. How many offers were made."""
    rules = lock_list(congress)
    for proposal in _open(congress).filter(until__lte=at):
        close(proposal, Proposal.State.LAPSED, at=at, by=SYSTEM)
        set_state(proposal.wish, Wish.State.WAITING if not _is_last(proposal.wish) else Wish.State.ENDED, "unanswered")
    wishes = _waiting(congress)
    ends = closings(congress, rules, wishes)
    for wish in wishes:
        if ends[wish.pk] <= at:
            end_wish(wish, Wish.State.ENDED, "cutoff", at=at, by=SYSTEM)
    fresh: list[Proposal] = []
    for _pass in range(2):  # what a second choice gives up for a better one, the next in line is offered at once
        gave_up = [_offer(rules, wish, ends[wish.pk], fresh, at=at) for wish in wishes if _still_waits(wish, ends, at)]
        if not any(gave_up):
            break
    for proposal in fresh:
        key, send_at, until = proposal.mail_key, proposal.leaves_at, local_until(proposal)
        mail(proposal.wish, "offer", key=key, send_at=send_at, proposal=proposal, until=until)
    say_waited(congress)
    _give_back(congress, at=at)
    return len(fresh)


def _still_waits(wish: Wish, ends: dict[int, datetime], at: datetime) -> bool:
    return ends[wish.pk] > at and wish.state == Wish.State.WAITING


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


class _Unmet(Exception):
    """Not even without its second choices."""


def _offer(rules: WaitingList, wish: Wish, closes: datetime, fresh: list[Proposal], *, at: datetime) -> bool:
    """Offer the wish what there is, if that meets it, and put that to the `fresh` offers. Did a second choice give way to it?

    Of wishes of the same people for the same nights one is offered at a time: of what comes free in one run, the one they prefer.
    """
    people = list(wish.persons.all())
    others = wish.booking.wishes.filter(state=Wish.State.OFFERED, start__lt=wish.end, end__gt=wish.start, persons__in=people)
    rivals = set(others.values_list("pk", flat=True))
    worse = [each for each in fresh if each.wish_id in rivals and each.wish.rank > wish.rank]
    if len(worse) < len(rivals):
        return False
    try:
        with transaction.atomic():
            for each in worse:
                _take_back(each, at=at)
            proposal = _propose(rules, wish, people, closes, at=at)
            if proposal is None:
                raise _Unmet
    except _Unmet:
        for each in worse:
            each.wish.state = Wish.State.OFFERED
        return False
    fresh[:] = [*(each for each in fresh if each not in worse), proposal]
    return bool(worse)


def _propose(rules: WaitingList, wish: Wish, people: list[Person], closes: datetime, *, at: datetime) -> Proposal | None:
    """Rooms kept for those who wait first, then free ones; None where they do not meet the wish."""
    nights, rest = _there(wish)
    if not nights or (wish.is_whole and nights != wish.wanted):
        return None
    if wrong_nights(wish, {night.day: rooms for night, rooms in nights.items()}, people):
        return None  # too few of them, or not those, for its hotel's rule of stay: it waits for more
    try:
        proposal = proposal_of(rules, wish, nights, people, closes, at=at)
    except NotSold:
        return None  # it waits for stock, and is offered at a price that holds
    if proposal is None:
        return None
    claim({proposal.owner: Wanted(Kind.KEPT, proposal.until, nights), **rest}, at=at, is_handed=True)
    proposal.save()
    set_state(wish, Wish.State.OFFERED)
    return proposal


def _take_back(proposal: Proposal, *, at: datetime) -> None:
    """Nobody has been told of it yet: its wish waits on, its rooms go to the next."""
    claim({proposal.owner: Wanted(Kind.KEPT, at, {})}, at=at)
    Proposal.objects.filter(pk=proposal.pk).delete()
    set_state(proposal.wish, Wish.State.WAITING)


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
