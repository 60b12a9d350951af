"""What a step has on sale, day by day: for whom, at what price, how much is left, who has it already."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from pleniere.booking.models import Person
from pleniere.booking.queries import Row
from pleniere.booking.selling import audience_of
from pleniere.catalogue.models import Basis, Contract, Rate
from pleniere.common.money import total, vat_within
from pleniere.congress.models import Audience, Offer, Step
from pleniere.congress.pricing import NotSold, Quoted, price
from pleniere.stock.actions import Night

from .visit import Visit

FEW = 5  # places left that are worth a warning


@dataclass(frozen=True)
class Tag:
    """A price as it is shown: with VAT and without, the one its audience reads first, first."""

    gross: Decimal
    net: Decimal
    net_first: bool = False

    @property
    def is_free(self) -> bool:
        return not self.gross


class Face(NamedTuple):
    """What is shown of an offer to everybody alike who sees it so."""

    offer: Offer
    tag: Tag
    is_from: bool
    audiences: tuple[Audience, ...]
    formulas: tuple[tuple[Rate, Tag], ...]
    rate: Rate
    is_taken: bool
    is_closed: bool
    is_coded: bool


@dataclass
class Item:
    """One offer of the step, as this cart sees it."""

    offer: Offer
    start: date
    end: date
    rates: list[tuple[Rate, Tag]]
    left: int | None  # places; None: not counted
    people: list[tuple[Person, Row | None]] = field(default_factory=list)  # whom it is for, with their line if they have it
    audiences: tuple[Audience, ...] = ()  # whom it is reserved to; none: everybody
    is_from: bool = False  # others of the cart pay more
    ticked: set[int] = field(default_factory=set)  # persons, as the page shows them: those who have it, or who are to
    is_left_out: bool = False  # it was ticked for them, and they took that away

    @property
    def tag(self) -> Tag:
        return self.rates[0][1]

    @cached_property
    def rows(self) -> list[Row]:
        return list({row.line.pk: row for _person, row in self.people if row}.values())

    @cached_property
    def total(self) -> Decimal:
        return total(charge.total for row in self.rows for charge in row.charges)

    @property
    def rate(self) -> Rate:
        """The formula they have, else the first."""
        return self.rows[0].line.rate if self.rows else self.rates[0][0]

    @property
    def formulas(self) -> tuple[tuple[Rate, Tag], ...]:
        """What there is to choose between; none where there is one."""
        return tuple(self.rates) if len(self.rates) > 1 else ()

    @property
    def missing(self) -> list[Person]:
        """Whom it is for and who does not have it."""
        return [person for person, row in self.people if row is None]

    @property
    def is_full(self) -> bool:
        return self.left is not None and self.left <= 0

    @property
    def face(self) -> Face:
        looks = bool(self.rows), self.is_closed, self.asks_code
        return Face(self.offer, self.tag, self.is_from, self.audiences, self.formulas, self.rate, *looks)

    @cached_property
    def is_closed(self) -> bool:
        """Full, and nobody of the cart has it."""
        return self.is_full and not self.rows

    @property
    def is_chosen_ahead(self) -> bool:
        """What is compulsory, for the only participant there is: ticked before one says so, and taken by going on."""
        may = self.offer.is_mandatory and not self.is_full and not self.is_left_out
        return may and len(self.people) == 1 and not self.rows

    @property
    def for_all(self) -> int:
        """How many "All" takes it for in one tap; 0 where that says nothing more than the boxes."""
        return len(self.people) if len(self.people) > 1 and not self.is_full and self.missing else 0

    @property
    def is_few(self) -> bool:
        return self.left is not None and 0 < self.left <= FEW

    @cached_property
    def asks_code(self) -> bool:
        """Nobody of the cart may have it yet, and a code opens it."""
        return not self.people and any(audience.proof == Audience.Proof.CODE for audience in self.audiences)


@dataclass
class Day:
    """What is on sale on one day; `on` none: at no set day."""

    on: date | None
    items: list[Item]


def tag_of(offer: Offer, quoted: Iterable[Quoted], audience: Audience | None) -> Tag:
    quoted = list(quoted)
    gross = total(each.total for each in quoted)
    if offer.contract.mode == Contract.Mode.MARGIN:
        return Tag(gross, gross)  # VAT on the margin: no price without VAT is ever shown (CGI, article 297 E)
    net = total(
        each.unit * each.units if each.basis == Basis.NET else each.total - vat_within(each.total, each.vat) for each in quoted
    )
    return Tag(gross, net, net_first=audience is not None and audience.shows == Basis.NET)


def shelf(visit: Visit, step: Step, free: dict[Night, int]) -> list[Day]:
    """The step's offers by day and hour; what has no price today, or nobody of the cart could ever take, is not there."""
    found = [item for offer in visit.plan.offers_of(step) if not offer.office_only and (item := item_of(visit, offer, free))]
    days: dict[date | None, list[Item]] = {}
    for item in sorted(found, key=lambda item: (item.offer.starts or date.min, str(item.offer.starts_at or ""))):
        days.setdefault(item.offer.starts, []).append(item)
    return [Day(on, items) for on, items in days.items()]


def item_of(visit: Visit, offer: Offer, free: dict[Night, int]) -> Item | None:
    """The offer as this cart sees it; None when it has no price, or is for a kind of person that never can be here."""
    plan, congress = visit.plan, visit.booking.congress
    start, end = offer.starts or congress.starts, offer.ends or congress.ends
    audiences = tuple(plan.audiences[pk] for pk in sorted(plan.admitted.get(offer.pk, ())))
    has = {person.pk: row for row in visit.rows if row.line.offer_id == offer.pk for person in row.persons}
    people = [(person, has.get(person.pk)) for person in visit.admitted(offer)]
    coded = [audience for audience in audiences if audience.proof == Audience.Proof.CODE]
    seen = {audience_of(plan, person) for person, _row in people} or set(coded)
    if not seen:
        return None
    rates, dearest = _rates(visit, offer, seen, start, end)
    if not rates:
        return None
    left = (
        min((free.get(Night(offer.pool_id, offer.service_id, day), 0) for day in [start]), default=0) if offer.pool_id else None
    )
    left_out = left_out_word(offer) in visit.drafts
    item = Item(offer, start, end, rates, left, people, audiences, dearest > rates[0][1].gross, set(has), left_out)
    if item.is_chosen_ahead:
        item.ticked = {person.pk for person in item.missing}
    return item


def left_out_word(offer: Offer) -> str:
    """The word a cart keeps of what is compulsory and was unticked: the page does not tick it again."""
    return f"left_out.{offer.pk}"


def _rates(
    visit: Visit, offer: Offer, audiences: set[Audience | None], start: date, end: date
) -> tuple[list[tuple[Rate, Tag]], Decimal]:
    """Every formula with the least that one of these audiences pays for it, and the most of the first."""
    plan, on = visit.plan, visit.booking.congress.local_date(visit.at)
    found: list[tuple[Rate, Tag]] = []
    dearest = Decimal(0)
    for rate in plan.rates.get(offer.service_id, []):
        tags = []
        for audience in audiences:
            try:
                quoted = price(plan, rate, start=start, end=end, on=on, audience=audience, pool=offer.pool_id)
            except NotSold:
                continue
            tags.append(tag_of(offer, quoted, audience))
        if tags:
            dearest = dearest if found else max(tag.gross for tag in tags)
            found.append((rate, min(tags, key=lambda tag: tag.gross)))
    return found, dearest
