"""Retaining: of an answer, rooms by type and night become stock with their prices, on sale in the lodging step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from pleniere.accounts.actions import trace
from pleniere.accounts.models import File
from pleniere.accounts.rights import Actor, require
from pleniere.catalogue.actions.services import SLEEPS, room_rate, room_service
from pleniere.catalogue.models import Contract, Rate, Service, Supplier
from pleniere.common.money import ZERO, cents, total
from pleniere.common.nights import DAY, days
from pleniere.common.shown import money
from pleniere.common.words import LocalText
from pleniere.congress.models import Congress, Offer, Pool, Price, Step
from pleniere.stock.actions import Night, grant

from .. import dates, letters
from ..deposits import Dues
from ..models import Block, BlockDue, Invitation, Reply, Request, Scenario
from ..queries import retained_by_cell
from .stepping import steps_of_request
from .touching import touch

TAKEN_BY = {"DOUBLE": (1, 2), "ACCESSIBLE": (1, 2), "SUITE": (1, 2)}  # sold to one or to two at the price of the room


@dataclass(frozen=True)
class Taken:
    """How many rooms of a type on a night, bought and sold at what."""

    rooms: int
    sell: Decimal
    buy: Decimal | None = None  # none for AGENT and DIRECT


class CannotRetain(ValueError):
    """Said in words: more than was offered, an older answer, a price missing …"""


class PastHold(ValueError):
    """The hotel held its rooms until a day that is past: ask it, then say so (`confirm_past_hold`)."""

    def __init__(self, held_until: date):
        self.held_until = held_until
        super().__init__(
            _("The hotel held these rooms until %(day)s: ask it whether it still does.") % {"day": dates.say(held_until)}
        )


@transaction.atomic
def retain(
    reply: Reply,
    rooms: Mapping[tuple[str, date], Taken],
    *,
    contract: Contract,
    key: str,
    cutoff: date | None = None,
    pool: Pool | None = None,
    confirm_past_hold: bool = False,
    dues: Dues = (),
    by: Actor,
    at: datetime,
) -> Block:
    """Make a block of these rooms: stock by night, purchase and selling prices, an offer in the lodging step; tell the hotel.

    The hotel receives the agreement to sign back, with the deposits it is owed (`dues`: day and amount, each day once).

    Part of an answer now and more of it later are two blocks. The same `key` twice is one block.
    """
    invitation = Invitation.objects.select_related("congress", "supplier", "request").get(pk=reply.invitation_id)
    require(by, "allotment.retain", invitation)
    congress = Congress.objects.select_for_update(no_key=True).get(pk=invitation.congress_id)
    request = Request.objects.select_for_update(no_key=True).get(pk=invitation.request_id)
    invitation.congress, invitation.request = congress, request  # as they are under the lock
    known = Block.objects.filter(key=key[:64]).first()
    if known is not None:
        return known
    invitation.state = Invitation.objects.select_for_update(no_key=True).get(pk=invitation.pk).state  # no new answer meanwhile
    wanted = {cell: taken for cell, taken in rooms.items() if taken.rooms}
    cutoff = cutoff or request.cutoff
    _check(reply, invitation, wanted, contract, cutoff, congress.local_date(at), confirm_past_hold)
    _check_dues(dues, worth(wanted, contract), congress.local_date(at))
    block = _block(reply, invitation, wanted, contract, cutoff=cutoff, pool=pool, key=key, by=by, at=at)
    BlockDue.objects.bulk_create(BlockDue(block=block, on=on, amount=amount) for on, amount in dues)
    steps_of_request(request, block, congress.local_date(at))
    services = _put_on_sale(block, wanted, board=Rate.Board.BREAKFAST if request.with_breakfast else Rate.Board.NONE)
    touch(congress)
    after = {"rooms": [[c, str(n), t.rooms, str(t.sell)] for (c, n), t in wanted.items()]}
    trace(by, "allotment.retained", block, at=at, after=after)
    _count_in(block, {(services[code], night): taken.rooms for (code, night), taken in wanted.items()}, by=by, at=at)
    letters.retained(block, rows=letter_rows(wanted, contract), invitation=invitation, dues=dues)
    return block


def _block(
    reply: Reply,
    invitation: Invitation,
    wanted: Mapping[tuple[str, date], Taken],
    contract: Contract,
    *,
    cutoff: date,
    pool: Pool | None,
    key: str,
    by: Actor,
    at: datetime,
) -> Block:
    """What was agreed, written down; without a pool named, in the one of the congress."""
    congress = invitation.congress
    if pool is None:
        pool, _is_new = congress.pools.get_or_create(code="CONGR", defaults={"name": LocalText(fr="Congrès", en="Congress")})
    return Block.objects.create(
        congress=congress,
        supplier=invitation.supplier,
        contract=contract,
        terms=invitation.request.terms,
        reply=reply,
        pool=pool,
        cutoff=cutoff,
        retained_at=at,
        retained_by=str(by)[:160],
        agreed=agreed_of(wanted, contract),
        key=key[:64],
    )


def _its_price(taken: Taken, contract: Contract) -> Decimal | None:
    """The hotel's own price, never ours."""
    return taken.buy if contract.is_bought else taken.sell


def worth(wanted: Mapping[tuple[str, date], Taken], contract: Contract) -> Decimal:
    """What these rooms come to at the hotel's own prices."""
    return total(cents(taken.rooms * (_its_price(taken, contract) or ZERO)) for taken in wanted.values())


def agreed_of(wanted: Mapping[tuple[str, date], Taken], contract: Contract) -> list[list[Any]]:
    """The rooms as the agreement names them: its own price, never ours."""
    order = sorted(wanted.items(), key=lambda item: (item[0][1], item[0][0]))
    return [
        [code, night.isoformat(), taken.rooms, "" if price is None else str(price)]
        for (code, night), taken in order
        for price in [_its_price(taken, contract)]
    ]


def _check_dues(dues: Dues, whole: Decimal, today: date) -> None:
    if len({on for on, _amount in dues}) < len(dues):
        raise CannotRetain(_("Two deposits are due on one day: make them one."))
    for on, amount in dues:
        if amount <= 0 or on < today:
            raise CannotRetain(_("A deposit is more than zero, and due today at the earliest."))
    if sum((amount for _on, amount in dues), ZERO) > whole:
        raise CannotRetain(_("The deposits come to more than the rooms: %(rooms)s.") % {"rooms": money(whole)})


def _put_on_sale(block: Block, wanted: Mapping[tuple[str, date], Taken], *, board: str) -> dict[str, Service]:
    """Each type with its prices by night and its offer in the lodging step. Says the service of each type."""
    services = {code: room_service(block.supplier, code) for code in sorted({code for code, _night in wanted})}
    for code, service in services.items():
        by_night = {night: taken for (asked, night), taken in wanted.items() if asked == code}
        for occupancy in TAKEN_BY.get(code, (SLEEPS[code],)):
            rate = room_rate(service, occupancy, board)
            sold = {night: taken.sell for night, taken in by_night.items()}
            write_prices(block.congress, rate, Price.Side.SELL, block.pool, sold)
            if block.contract.is_bought:
                bought = {night: taken.buy for night, taken in by_night.items() if taken.buy is not None}
                write_prices(block.congress, rate, Price.Side.BUY, block.pool, bought)
        _offer(block.congress, service, block.pool, block.contract)
    return services


def _count_in(block: Block, rooms: Mapping[tuple[Service, date], int], *, by: Actor, at: datetime) -> None:
    grant(
        {Night(block.pool_id, service.pk, night): count for (service, night), count in rooms.items()},
        key=f"block-{block.pk}",
        block=block.grant_block,
        reason="retained",
        by=by,
        at=at,
        congress_id=block.congress_id,
    )


@dataclass(frozen=True)
class Choice:
    """What is retained of one answer, how it is sold, and whether the hotel was asked after its hold had ended."""

    reply: Reply
    rooms: Mapping[tuple[str, date], Taken]
    contract: Contract
    cutoff: date
    confirm_past_hold: bool = False
    dues: Dues = ()


class Refused(ValueError):
    """Some hotels' rooms could not be retained: `errors` by invitation; nothing was retained of any."""

    def __init__(self, errors: Mapping[int, ValueError]):
        self.errors = dict(errors)
        super().__init__(" ".join(str(error) for error in errors.values()))


@transaction.atomic
def retain_together(
    choices: Iterable[Choice],
    *,
    key: str,
    scenario: Scenario | None = None,
    tell_others: bool = False,
    by: Actor,
    at: datetime,
) -> list[Block]:
    """Retain of several answers at once, all or nothing; every refusal is said. The same `key` twice retains once.

    `scenario`: where the choice was prepared; it is marked as chosen. `tell_others`: thank those who offered rooms and of
    whom nothing is retained, once each: their rooms are free again.
    """
    blocks, errors = [], {}
    for choice in sorted(choices, key=lambda each: each.reply.invitation_id):
        invitation = choice.reply.invitation_id
        try:
            with transaction.atomic():
                blocks.append(
                    retain(
                        choice.reply,
                        choice.rooms,
                        contract=choice.contract,
                        key=f"{key[:32]}-{invitation}",
                        cutoff=choice.cutoff,
                        confirm_past_hold=choice.confirm_past_hold,
                        dues=choice.dues,
                        by=by,
                        at=at,
                    )
                )
        except (CannotRetain, PastHold) as error:
            errors[invitation] = error
    if errors:
        raise Refused(errors)
    if scenario is not None:
        Scenario.objects.filter(pk=scenario.pk).update(chosen_at=at)
    if tell_others and blocks and blocks[0].reply is not None:
        for other in not_chosen(blocks[0].reply.invitation.request):
            letters.not_retained(other)
    return blocks


def not_chosen(request: Request, but: Iterable[int] = ()) -> list[Invitation]:
    """Those who offered rooms, of whom nothing is retained and none of `but` is, and who have an e-mail."""
    rows = request.invitations.filter(state=Invitation.State.ANSWERED).exclude(email="").exclude(pk__in=list(but))
    return list(rows.exclude(replies__blocks__isnull=False).select_related("supplier", "congress", "request"))


def write_prices(congress: Congress, rate: Rate, side: str, pool: Pool, amounts: Mapping[date, Decimal]) -> None:
    """Lay these nights' prices over what stands for this rate in this pool, as runs of equal nights.

    Only the plain rows are rewritten: an audience's, a period's or a quantity's own price stays as an agent set it.
    """
    plain = Price.objects.filter(
        congress=congress, rate=rate, side=side, pool=pool, audience=None, window=None, min_quantity=1, night_from__isnull=False
    ).exclude(night_until=None)
    nights: dict[date, tuple[Decimal, str, str]] = {}
    closed = [(row.night_from, row.night_until, row) for row in plain if row.night_from and row.night_until]
    for start, end, row in sorted(closed, key=lambda found: (found[1] - found[0], found[2].pk), reverse=True):
        nights |= dict.fromkeys(days(start, end), (row.amount, row.basis, row.vat))
    nights.update({night: (amount, "GROSS", "") for night, amount in amounts.items()})
    plain.delete()
    Price.objects.bulk_create(
        Price(
            congress=congress,
            rate=rate,
            side=side,
            pool=pool,
            night_from=start,
            night_until=end,
            amount=amount,
            basis=basis,
            vat=vat,
        )
        for start, end, (amount, basis, vat) in _runs(nights)
    )


def _runs(nights: Mapping[date, Any]) -> Iterable[tuple[date, date, Any]]:
    run: list[date] = []
    for night in sorted(nights):
        if run and (night != run[-1] + DAY or nights[night] != nights[run[0]]):
            yield run[0], run[-1] + DAY, nights[run[0]]
            run = []
        run.append(night)
    if run:
        yield run[0], run[-1] + DAY, nights[run[0]]


def _check(
    reply: Reply,
    invitation: Invitation,
    wanted: Mapping[tuple[str, date], Taken],
    contract: Contract,
    cutoff: date,
    today: date,
    confirm_past_hold: bool,
) -> None:
    if not wanted:
        raise CannotRetain(_("Nothing is ticked."))
    latest = invitation.replies.filter(is_draft=False).order_by("-version").first()
    if reply.is_draft or latest is None or latest.pk != reply.pk or invitation.state != Invitation.State.ANSWERED:
        raise CannotRetain(_("The hotel has answered anew since you opened this page: look at its last answer."))
    if contract.supplier_id != invitation.supplier_id or contract.retired_at is not None:
        raise CannotRetain(_("This contract is not one of %(hotel)s’s.") % {"hotel": invitation.supplier})
    first = min(night for _code, night in wanted)
    if not today <= cutoff <= first:
        raise CannotRetain(
            _("The cut-off, %(day)s, must lie between today and the first night retained, %(first)s.")
            % {"day": dates.say(cutoff), "first": dates.say(first)}
        )
    offered = {(cell.room_type, cell.night): cell.rooms or 0 for cell in reply.cells.all()}
    already = retained_by_cell([invitation.pk]).get(invitation.pk, {})
    for cell, taken in wanted.items():
        left = offered.get(cell, 0) - already.get(cell, 0)
        facts = {"type": Service.Room(cell[0]).label, "night": dates.say(cell[1]), "left": max(0, left), "rooms": taken.rooms}
        if taken.rooms > left:
            raise CannotRetain(_("%(type)s, %(night)s: %(rooms)s rooms asked, %(left)s left of what was offered.") % facts)
        if contract.is_bought and taken.buy is None:
            raise CannotRetain(_("%(type)s, %(night)s: at what price do we buy it?") % facts)
    if reply.held_until is not None and reply.held_until < today and not confirm_past_hold:
        raise PastHold(reply.held_until)


def _offer(congress: Congress, service: Service, pool: Pool, contract: Contract) -> Offer:
    step = congress.steps.filter(kind=Step.Kind.LODGING).order_by("position", "pk").first()
    if step is None:
        title = LocalText(fr="Hébergement", en="Lodging")
        last = congress.steps.order_by("-position").values_list("position", flat=True).first()
        code = "lodging" if not congress.steps.filter(code="lodging").exists() else f"lodging-{service.pk}"
        step = Step.objects.create(
            congress=congress, kind=Step.Kind.LODGING, code=code, title=title, icon="bed", position=(last or 0) + 1
        )
    offer, _is_new = Offer.objects.get_or_create(
        congress=congress, service=service, pool=pool, starts=None, defaults={"step": step, "contract": contract}
    )
    if offer.contract_id != contract.pk:
        raise CannotRetain(
            _("%(what)s is already sold here under the contract %(code)s: one offer, one contract.")
            % {"what": service, "code": offer.contract.code}
        )
    if offer.retired_at is not None:
        Offer.objects.filter(pk=offer.pk).update(retired_at=None)
    return offer


def letter_rows(wanted: Mapping[tuple[str, date], Taken], contract: Contract) -> list[dict[str, Any]]:
    """What the hotel is told: its own price, never ours."""
    return [
        {"label": Service.Room(code).label, "night": night, "rooms": taken.rooms, "price": _its_price(taken, contract)}
        for (code, night), taken in sorted(wanted.items(), key=lambda item: (item[0][1], Service.Room.values.index(item[0][0])))
    ]


def default_contract(supplier: Supplier) -> Contract | None:
    """The one to propose: the only one, else that named "std", else the oldest."""
    live = sorted((c for c in supplier.contracts.all() if c.retired_at is None), key=lambda c: (c.code != "std", c.pk))
    return live[0] if live else None


@transaction.atomic
def record_signature(block: Block, file: File, *, by: Actor, at: datetime) -> Block:
    """The agreement came back signed: keep the paper. A later one takes its place; the history knows both."""
    require(by, "allotment.retain", block)
    block = Block.objects.select_for_update(no_key=True).get(pk=block.pk)
    before = {"file": block.signed_id} if block.signed_id else None
    block.signed, block.signed_at = file, at
    block.save(update_fields=["signed", "signed_at"])
    trace(by, "allotment.signed", block, at=at, before=before, after={"file": file.pk})
    return block
