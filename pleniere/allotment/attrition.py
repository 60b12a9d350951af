"""What may still be given back of a block without paying, and what giving back more costs: its terms' SHRINK and KEEP."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal

from django.db.models import Sum

from pleniere.catalogue.clauses import Sums, When, coming, holding, how_many, how_much
from pleniere.catalogue.models import Clause
from pleniere.common.money import ZERO, cents
from pleniere.common.nights import DAY
from pleniere.stock.models import Grant

from .cutoffs import Share, shares_of
from .models import Block, BlockQuerySet, Release

SHRINK, KEEP = Clause.Verb.SHRINK, Clause.Verb.KEEP
NOON = time(12)


@dataclass(frozen=True)
class Penalty:
    """So many room nights given back on a day: how many of them are free, how many are not, and what these cost (none: no price)."""

    on: date
    back: int
    free: int
    amount: Decimal | None

    @property
    def beyond(self) -> int:
        return self.back - self.free


@dataclass
class Held:
    """A block with all that a reckoning asks: its clauses, its nights, what of it went back when. In room nights."""

    block: Block
    clauses: Sequence[Clause]
    shares: list[Share] = field(default_factory=list)
    granted: int = 0
    gone: list[tuple[datetime, int]] = field(default_factory=list)

    @property
    def left(self) -> int:
        return sum(share.left for share in self.shares)

    @property
    def sold(self) -> int:
        return sum(share.sold for share in self.shares)

    @property
    def nights(self) -> list[date]:
        """As agreed; what was agreed without a request has the nights of its rooms, else the congress's."""
        agreed = {date.fromisoformat(night) for _code, night, _rooms, _price in self.block.agreed}
        return sorted(agreed or {share.day.day for share in self.shares}) or [self.block.congress.starts]

    @property
    def has_scale(self) -> bool:
        return any(clause.verb == SHRINK for clause in self.clauses)

    def free(self, on: date) -> int:
        """Room nights that may go back that day without paying; where the terms say nothing of it, all that is left.

        A share of what was **granted** is one allowance for good: all that ever went back counts against it. A share of what was
        **left** is an allowance of its clause: of what was left when that began, less what went back since.
        """
        at = self._moment(on)
        clause = holding(self.clauses, SHRINK, self._when, at=at)
        if clause is None:
            return self.left
        began = self._when.begins(clause)
        before = sum(rooms for moment, rooms in self.gone if moment < began)
        since = sum(rooms for _moment, rooms in self.gone) - before
        base = Clause.Base(clause.base)
        left = self.left if base == Clause.Base.UNSOLD else max(0, self.granted - before)
        allowed = how_many(clause, granted=self.granted, left=left, unsold=max(0, self.left - self.sold))
        used = {Clause.Base.GRANTED: before + since, Clause.Base.LEFT: since}.get(base, 0)
        return min(self.left, max(0, allowed - used))

    def bounds(self, after: date) -> list[date]:
        """The days from which less may go back free, still to come."""
        days = [
            begins.astimezone(self.block.congress.zone).date() for begins, _clause in coming(self.clauses, SHRINK, self._when)
        ]
        return [day for day in days if day > after]

    def penalty(self, back: int, on: date) -> Penalty:
        """What giving back so many room nights that day costs: beyond what is free, what the terms keep that day (none said: all of it)."""
        free = min(back, self.free(on)) if self.has_scale else back
        price = self.price
        if back == free or price is None:
            return Penalty(on, back, free, ZERO if back == free else None)
        beyond, count = back - free, len(self.nights)
        value = cents(price * beyond)
        clause = holding(self.clauses, KEEP, self._when, at=self._moment(on), whole=value)
        sums = Sums(value, night=cents(value / count), rooms=-(-beyond // count), nights=count)
        return Penalty(on, back, free, how_much(clause, sums) if clause else value)

    @property
    def price(self) -> Decimal | None:
        """The hotel's own mean price of a room night, as agreed; none where no price was written down."""
        priced = [(int(rooms), Decimal(price)) for _code, _night, rooms, price in self.block.agreed if price]
        count = sum(rooms for rooms, _price in priced)
        return sum((rooms * price for rooms, price in priced), ZERO) / count if count else None

    @property
    def _when(self) -> When:
        congress, nights = self.block.congress, self.nights
        return When(congress.local_date(self.block.retained_at), nights[0], nights[-1] + DAY, congress.zone)

    def _moment(self, on: date) -> datetime:
        return datetime.combine(on, NOON, self.block.congress.zone)


def held(blocks: Iterable[Block]) -> list[Held]:
    """These blocks (with their congress and supplier at hand), ready to be reckoned with; five queries, whatever their number."""
    blocks = list(blocks)
    shares = shares_of(blocks)
    clauses: dict[int | None, list[Clause]] = defaultdict(list)
    for clause in Clause.objects.filter(terms__in={block.terms_id for block in blocks if block.terms_id}):
        clauses[clause.terms_id].append(clause)
    named = Grant.objects.filter(block__in=[block.grant_block for block in blocks])
    given = named.exclude(key__startswith="release-").exclude(key__startswith="again-")
    granted = dict(given.order_by().values_list("block").annotate(sum=Sum("rooms")))
    gone: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    for release in Release.objects.filter(block__in=[b.pk for b in blocks], undone_at=None, is_withdrawal=False):
        gone[release.block_id].append((release.at, release.room_nights))
    return [
        Held(block, clauses[block.terms_id], shares[block.grant_block], granted.get(block.grant_block, 0), gone[block.pk])
        for block in blocks
    ]


def with_scale(blocks: BlockQuerySet) -> BlockQuerySet:
    """Blocks not yet given back whose terms say what may go back free."""
    return blocks.filter(released_at=None, terms__clauses__verb=SHRINK).distinct()
