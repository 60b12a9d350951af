"""What pages and lists show of requests: the synthesis, the state of each, what is retained and left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, Sum

from pleniere.accounts.models import subject_of
from pleniere.catalogue.models import Service, Supplier
from pleniere.common.money import ZERO, cents
from pleniere.common.places import km_between
from pleniere.congress.models import Price
from pleniere.messaging.models import Message
from pleniere.stock.models import Grant, StockDay

from . import letters
from .models import Block, Cell, Invitation, Reply, Request
from .solving import Key as Key
from .solving import Offered, Problem

MOMENT = timedelta(minutes=5)  # within which a mail just queued leaves
UNSENT = (Message.State.QUEUED, Message.State.FAILED, Message.State.BOUNCED)


@dataclass
class Offer:
    """One cell: what is offered, what of it is retained."""

    rooms: int | None
    price: Decimal | None
    retained: int = 0

    @property
    def left(self) -> int:
        return max(0, (self.rooms or 0) - self.retained)


@dataclass
class Row:
    """One supplier of the synthesis, answered or not."""

    invitation: Invitation
    reply: Reply | None
    versions: int
    draft_at: datetime | None
    km: float | None = None  # from the venue, as the crow flies; None: one of the two places is unknown
    cells: dict[Key, Offer] = field(default_factory=dict)
    mail: Message | None = None  # the request itself; none: asked by phone

    @property
    def has_left(self) -> bool:
        """Its mail is on its way; a demo's stays in the outbox and counts as gone."""
        return self.mail is None or self.mail.state not in UNSENT

    def is_leaving(self, at: datetime) -> bool:
        """Queued a moment ago and not refused yet: nothing to be alarmed about."""
        mail = self.mail
        return mail is not None and mail.state == mail.State.QUEUED and not mail.error and at - mail.queued_at < MOMENT

    @property
    def supplier(self) -> Supplier:
        return self.invitation.supplier

    @property
    def is_placeholder(self) -> bool:
        return self.supplier.kind == Supplier.Kind.PLACEHOLDER

    @property
    def is_silent(self) -> bool:
        return self.invitation.state in (Invitation.State.SENT, Invitation.State.OPENED)

    @property
    def by_phone(self) -> bool:
        return self.is_silent and not self.invitation.email and not self.is_placeholder

    @property
    def counts(self) -> bool:
        """In the totals: answered, and not declined since."""
        return self.invitation.state == Invitation.State.ANSWERED

    @property
    def offered(self) -> int:
        return sum(offer.rooms or 0 for offer in self.cells.values()) if self.counts else 0

    @property
    def retained(self) -> int:
        return sum(offer.retained for offer in self.cells.values())

    @property
    def lowest(self) -> Decimal | None:
        prices = [offer.price for offer in self.cells.values() if offer.rooms and offer.price is not None]
        return min(prices) if prices else None


@dataclass
class Synthesis:
    """A request as a matrix: hotel × (night × type), with totals against the need."""

    request: Request
    nights: list[date]
    types: list[str]
    need: dict[Key, int]
    kinds: dict[str, str]
    rows: list[Row]

    @property
    def columns(self) -> list[Key]:
        return [(room_type, night) for night in self.nights for room_type in self.types]

    def total(self, what: str) -> dict[Key, int]:
        """Per column: "rooms" offered or "retained"."""
        sums: dict[Key, int] = dict.fromkeys(self.columns, 0)
        for row in self.rows:
            for key, offer in row.cells.items():
                if key in sums and (row.counts or what == "retained"):
                    sums[key] += getattr(offer, what) or 0
        return sums

    def by_night(self, what: str) -> dict[date, int]:
        """Capacity of each night, all types together: "rooms", "retained" or "need"."""
        cells = self.need if what == "need" else self.total(what)
        sums: dict[date, int] = dict.fromkeys(self.nights, 0)
        for (_room_type, night), count in cells.items():
            sums[night] = sums.get(night, 0) + count
        return sums

    @property
    def unsent(self) -> list[Row]:
        """Asked, as far as we are concerned; the mail has not left."""
        return [row for row in self.rows if row.is_silent and not row.has_left]

    @property
    def answered(self) -> int:
        return sum(1 for row in self.rows if row.counts)

    @property
    def silent(self) -> list[Row]:
        return [row for row in self.rows if row.is_silent and not row.is_placeholder]

    @property
    def asked(self) -> int:
        return sum(1 for row in self.rows if not row.is_placeholder and row.invitation.state != Invitation.State.DRAFT)

    @property
    def commitment(self) -> Decimal:
        """What the rooms retained cost at the prices the hotels answered."""
        sums = (offer.retained * (offer.price or ZERO) for row in self.rows for offer in row.cells.values())
        return cents(sum(sums, ZERO))


def synthesis(request: Request) -> Synthesis:
    """The whole answer to a request, the silent, the declined and the retired included; in nine queries, whatever its size."""
    needs = list(request.needs.all())
    asked = {need.room_type for need in needs}
    invitations = list(request.invitations.select_related("supplier"))
    replies: dict[int, list[Reply]] = defaultdict(list)
    for reply in Reply.objects.filter(invitation__request=request).defer("typed").order_by("version"):
        replies[reply.invitation_id].append(reply)
    latest = {pk: sent[-1] for pk, found in replies.items() if (sent := [reply for reply in found if not reply.is_draft])}
    retained = retained_by_cell([invitation.pk for invitation in invitations])
    mails = mails_of(invitations)
    cells: dict[int, dict[Key, Offer]] = defaultdict(dict)
    found = Cell.objects.filter(reply__in=[reply.pk for reply in latest.values()])
    for reply_id, room_type, night, rooms, price in found.values_list("reply", "room_type", "night", "rooms", "price"):
        cells[reply_id][room_type, night] = Offer(rooms, price)
    rows = []
    for invitation in invitations:
        mine = replies.get(invitation.pk, [])
        last = latest.get(invitation.pk)
        row = Row(
            invitation,
            last,
            versions=sum(1 for each in mine if not each.is_draft),
            draft_at=next((each.saved_at for each in mine if each.is_draft), None),
            km=km_to_venue(request, invitation.supplier),
            cells=cells.get(last.pk, {}) if last else {},
            mail=mails.get(invitation.pk),
        )
        for key, count in retained.get(invitation.pk, {}).items():
            row.cells.setdefault(key, Offer(None, None)).retained = count
        rows.append(row)
    return Synthesis(
        request=request,
        nights=list(request.stay),
        types=[code for code in Service.Room.values if code in asked],
        need={(need.room_type, need.night): need.rooms for need in needs},
        kinds={need.room_type: need.kind for need in needs},
        rows=rows,
    )


def problem_of(request: Request) -> Problem:
    """What the solver works on: the need less what is retained, and what is left of the last answers."""
    table = synthesis(request)
    kept = table.total("retained")
    need = {key: rooms - kept.get(key, 0) for key, rooms in table.need.items() if rooms > kept.get(key, 0)}
    hotels = tuple(
        Offered(
            row.invitation.pk,
            {key: offer.left for key, offer in row.cells.items() if offer.left},
            {key: offer.price for key, offer in row.cells.items() if offer.price is not None},
            row.km,
        )
        for row in table.rows
        if row.counts and not row.is_placeholder
    )
    return Problem(need, hotels)


def km_to_venue(request: Request, supplier: Supplier) -> float | None:
    congress = request.congress
    return km_between(congress.venue_latitude, congress.venue_longitude, supplier.latitude, supplier.longitude)


def mails_of(invitations: Iterable[Invitation]) -> dict[int, Message]:
    """The mail that asked each of them, with its state: queued is not sent. One query."""
    keys = {letters.key_of(invitation): invitation.pk for invitation in invitations}
    rows = Message.objects.filter(key__in=list(keys)).only("key", "state", "sent_at", "error", "queued_at")
    return {keys[row.key]: row for row in rows}


def unsent_by_request(requests: Iterable[Request]) -> dict[int, int]:
    """How many letters of each request have not left, whatever they say. One query."""
    named = {subject_of(request): request.pk for request in requests}
    rows = Message.objects.filter(about__in=list(named), state__in=UNSENT).values("about").annotate(count=Count("pk"))
    return {named[row["about"]]: row["count"] for row in rows}


def retained_by_cell(invitations: Iterable[int]) -> dict[int, dict[Key, int]]:
    """Rooms retained of each invitation's answers, less what was given back, by type and night. Two queries."""
    blocks = dict(Block.objects.filter(reply__invitation__in=list(invitations)).values_list("pk", "reply__invitation"))
    named = {f"allotment.Block:{pk}": invitation for pk, invitation in blocks.items()}
    sums = (
        Grant.objects.filter(block__in=list(named))
        .values("block", "stock_day__service__room_type", "stock_day__day")
        .annotate(count=Sum("rooms"))
    )
    found: dict[int, dict[Key, int]] = defaultdict(dict)
    for row in sums:
        key = (row["stock_day__service__room_type"], row["stock_day__day"])
        mine = found[named[row["block"]]]
        mine[key] = mine.get(key, 0) + row["count"]
    return found


def with_counts(requests: Any) -> Any:
    """Requests with how many were asked, have answered, declined, stay silent, and of how many rooms were retained."""
    real = ~Q(invitations__supplier__kind=Supplier.Kind.PLACEHOLDER)
    state = Invitation.State

    def count(*states: str) -> Count:
        return Count("invitations", filter=real & Q(invitations__state__in=states), distinct=True)

    blocks = Block.objects.filter(reply__invitation__request=OuterRef("pk"))
    return requests.annotate(
        chosen=Count("invitations", distinct=True),
        asked=count(state.SENT, state.OPENED, state.ANSWERED, state.DECLINED),
        answered=count(state.ANSWERED),
        declined=count(state.DECLINED),
        silent=count(state.SENT, state.OPENED),
        wants_time=Count("invitations", filter=Q(invitations__more_time_asked_at__isnull=False), distinct=True),
        has_blocks=Exists(blocks),
    )


def last_reply(invitation: Invitation) -> Reply | None:
    return invitation.replies.filter(is_draft=False).order_by("-version").first()


@dataclass
class LeftDay:
    """What a block still has of a type on a night, and how much of it is free to be given back."""

    service_id: int
    label: str
    night: date
    left: int
    free: int

    @property
    def name(self) -> str:
        return f"rooms:{self.service_id}:{self.night}"


def left_of(block: Block) -> list[LeftDay]:
    """A block's rows of stock that still hold rooms of it, in order of type and night. Two queries."""
    sums = Grant.objects.filter(block=block.grant_block).values("stock_day").annotate(rooms=Sum("rooms"))
    counts = {row["stock_day"]: row["rooms"] for row in sums if row["rooms"] > 0}
    days = StockDay.objects.filter(pk__in=list(counts)).select_related("service")
    order = Service.Room.values
    found = [
        LeftDay(
            day.service_id,
            str(Service.Room(day.service.room_type).label),
            day.day,
            counts[day.pk],
            min(counts[day.pk], day.free),
        )
        for day in sorted(days, key=lambda d: (order.index(d.service.room_type), d.service_id, d.day))
    ]
    return found


@dataclass
class BlockSum:
    """A block in room nights: granted at first, given back since, still ours; of these, taken by somebody."""

    block: Block
    granted: int = 0
    released: int = 0
    taken: int = 0

    @property
    def left(self) -> int:
        return self.granted - self.released

    @property
    def free(self) -> int:
        return max(0, self.left - self.taken)


def block_sums(blocks: Any) -> list[BlockSum]:
    """Blocks with their room nights; three queries, whatever their number. Blocks of one row of stock fill in order of their grants."""
    found = {block.grant_block: BlockSum(block) for block in blocks.select_related("supplier", "contract", "reply", "pool")}
    by_day: dict[int, list[list[Any]]] = defaultdict(list)
    grants = Grant.objects.filter(block__in=list(found)).order_by("pk").values_list("stock_day", "block", "rooms")
    for stock_day, name, rooms in grants:
        if rooms > 0:
            found[name].granted += rooms
        else:
            found[name].released -= rooms
        mine = next((entry for entry in by_day[stock_day] if entry[0] == name), None)
        if mine is None:
            by_day[stock_day].append([name, rooms])
        else:
            mine[1] += rooms
    for day in StockDay.objects.filter(pk__in=list(by_day)):
        taken = day.taken
        for name, rooms in by_day[day.pk]:
            share = min(taken, rooms)
            found[name].taken += share
            taken -= share
    return list(found.values())


def agreed_prices(block: Block, room_type: str) -> dict[date, Decimal | None]:
    """By night on sale of a block's type, the price agreed with the hotel: what it is sold for where the hotel sells, else bought for.

    Nights whose rooms all went back count too. Three queries.
    """
    granted = Grant.objects.filter(block=block.grant_block, stock_day__service__room_type=room_type)
    nights = {day: service for service, day in granted.values_list("stock_day__service", "stock_day__day")}
    side = Price.Side.BUY if block.contract.is_bought else Price.Side.SELL
    rows = Price.objects.filter(
        congress=block.congress_id,
        pool=block.pool_id,
        side=side,
        rate__service__in=set(nights.values()),
        audience=None,
        window=None,
        night_from__isnull=False,
        night_until__isnull=False,
    ).order_by("rate__occupancy", "-pk")
    prices = list(rows)
    return {night: next((p.amount for p in prices if _holds(p, night)), None) for night in sorted(nights)}


def _holds(price: Price, night: date) -> bool:
    return bool(price.night_from and price.night_until and price.night_from <= night < price.night_until)


def types_on_sale(invitation: Invitation) -> dict[str, list[date]]:
    """Of this hotel and congress: each room type of which something was granted, with its nights. Two queries."""
    blocks = Block.objects.filter(congress=invitation.congress_id, supplier=invitation.supplier_id).values_list("pk", flat=True)
    named = [f"allotment.Block:{pk}" for pk in blocks]
    found: dict[str, set[date]] = defaultdict(set)
    for code, night in Grant.objects.filter(block__in=named).values_list("stock_day__service__room_type", "stock_day__day"):
        found[code].add(night)
    return {code: sorted(found[code]) for code in Service.Room.values if code in found}


def may_stop(invitation: Invitation) -> bool:
    """Does a contract of its blocks let the hotel stop the sales of a night by itself?"""
    rows = Block.objects.filter(congress=invitation.congress_id, supplier=invitation.supplier_id)
    return rows.filter(contract__stops_sales=True).exists()
