"""What a cut-off gives back, night by night: counted here for the worker that does it and for the page that shows it before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Q

from pleniere.catalogue.models import Service
from pleniere.stock.models import Claim, Grant, StockDay

from .models import Block, BlockStep

BACK_AND_FORTH = ("release-", "again-", "withdraw-")  # keys of grants that are no part of what was granted at first


@dataclass
class Share:
    """What a block has of a row of stock: granted at first, left of it, and of that how many are optioned or booked."""

    day: StockDay
    granted: int = 0
    left: int = 0
    sold: int = 0

    @property
    def unsold(self) -> int:
        return max(0, self.left - self.sold)

    def wanted(self, step: BlockStep | None) -> int:
        """Rooms that go back if nobody stands in the way: the step's share, or (no step: the cut-off) all that is unsold."""
        return self.unsold if step is None else min(self.unsold, step.rooms(granted=self.granted, unsold=self.unsold))


def shares_of(blocks: Iterable[Block]) -> dict[str, list[Share]]:
    """By block (as stock names it), its rows in order of night; what is sold fills the blocks of a row in order of their grants."""
    names = {block.grant_block for block in blocks}
    rows = Grant.objects.filter(block__in=names).values("stock_day")
    days = StockDay.objects.filter(pk__in=rows).select_related("service").order_by("day", "service", "pk")
    by_day: dict[int, dict[str, Share]] = {day.pk: {} for day in days}
    known = {day.pk: day for day in days}
    for pk, name, key, rooms in (
        Grant.objects.filter(stock_day__in=list(known)).order_by("pk").values_list("stock_day", "block", "key", "rooms")
    ):
        share = by_day[pk].setdefault(name, Share(known[pk]))
        share.left += rooms
        if not key.startswith(BACK_AND_FORTH):
            share.granted += rooms
    found: dict[str, list[Share]] = {name: [] for name in names}
    for pk, shares in by_day.items():
        taken = known[pk].optioned + known[pk].booked
        for name, share in shares.items():
            share.sold = min(taken, max(0, share.left))
            taken -= share.sold
            if name in names and share.left > 0:
                found[name].append(share)
    return found


@dataclass
class Due:
    """A step, or (step none) the cut-off of a block, and the day it comes."""

    on: date
    block: Block
    step: BlockStep | None = None


def due_by(blocks: Iterable[Block], on: date) -> list[Due]:
    """What is still to be done up to this day, oldest first. A block whose cut-off is done has nothing left to do."""
    blocks = [block for block in blocks if block.released_at is None]
    by_pk = {block.pk: block for block in blocks}
    steps = BlockStep.objects.filter(block__in=list(by_pk), done_at=None, on__lte=on)
    found = [Due(step.on, by_pk[step.block_id], step) for step in steps]
    found += [Due(block.cutoff, block) for block in blocks if block.cutoff <= on]
    return sorted(found, key=lambda due: (due.on, due.step is None, due.block.pk))


@dataclass
class Night:
    """A night of a block on the day of a step: what goes back, how many rooms of carts end for it, what stays with somebody."""

    label: str
    night: date
    left: int
    goes: int
    carts: int
    stays: int


@dataclass(frozen=True)
class Felt:
    """Somebody's claim that a step meets: a cart that ends, an option that may be over by then. `owner` is its line's key."""

    owner: str
    night: date
    rooms: int
    until: datetime | None


@dataclass
class Moment:
    """One step as it would happen, everything as it stands now."""

    due: Due
    nights: list[Night] = field(default_factory=list)
    carts: list[Felt] = field(default_factory=list)
    options: list[Felt] = field(default_factory=list)

    @property
    def goes(self) -> int:
        return sum(night.goes for night in self.nights)

    @property
    def stays(self) -> int:
        return sum(night.stays for night in self.nights)

    @property
    def rows(self) -> list[dict[str, object]]:
        """As the letter lists them."""
        return [{"label": night.label, "night": night.night, "rooms": night.goes} for night in self.nights if night.goes]


def simulate(blocks: Sequence[Block], on: date) -> list[Moment]:
    """Each step up to `on`, in the order in which the worker does them. Nothing is written; five queries, whatever the size."""
    dues = due_by(blocks, on)
    shares = shares_of([due.block for due in dues])
    days = {share.day.pk: share.day for rows in shares.values() for share in rows}
    carts, options = _claims(days)
    moments = []
    for due in dues:
        moment = Moment(due)
        for share in shares[due.block.grant_block]:
            _meet(moment, share, carts.get(share.day.pk, []), options.get(share.day.pk, []))
        moments.append(moment)
    return moments


def _meet(moment: Moment, share: Share, carts: list[Felt], options: list[Felt]) -> None:
    """One night of one step, counted as it would be done; the copies of the rows move with it."""
    day, wanted = share.day, share.wanted(moment.due.step)
    if not share.left:
        return
    ended = sum(felt.rooms for felt in carts) if wanted > day.free else 0
    if ended:
        moment.carts += carts
        carts.clear()
        day.held -= ended
    goes = min(wanted, day.free)
    share.left -= goes
    day.granted -= goes
    moment.options += [felt for felt in options if felt.until and felt.until.date() <= moment.due.on]
    label = str(Service.Room(day.service.room_type).label)
    moment.nights.append(Night(label, day.day, share.left + goes, goes, ended, share.left))


def _claims(days: dict[int, StockDay]) -> tuple[dict[int, list[Felt]], dict[int, list[Felt]]]:
    found: dict[str, dict[int, list[Felt]]] = {Claim.Kind.CART: defaultdict(list), Claim.Kind.OPTION: defaultdict(list)}
    rows = Claim.objects.filter(Q(kind=Claim.Kind.CART) | Q(kind=Claim.Kind.OPTION), stock_day__in=list(days))
    for pk, kind, owner, rooms, until in rows.order_by("pk").values_list("stock_day", "kind", "owner", "rooms", "until"):
        found[kind][pk].append(Felt(owner, days[pk].day, rooms, until))
    return found[Claim.Kind.CART], found[Claim.Kind.OPTION]


def horizon(blocks: Iterable[Block], today: date) -> date:
    """The day a simulation proposes: that of the next step or cut-off, today if none is left."""
    waiting = due_by(blocks, date.max - timedelta(days=1))
    return max(today, waiting[0].on) if waiting else today
