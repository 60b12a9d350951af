"""Who pays what of a placed booking: one more payer, lines moved between payers, an amount of them (a capped grant)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from pleniere.accounts.models import Client
from pleniere.accounts.rights import Actor, require
from pleniere.common.money import ZERO
from pleniere.congress.models import Method

from ..models import Booking, Charge, Line, Payer
from ..reference import make
from ..sharing import PAYERS_MOST, Portion, divided, merged
from .frame import lines_of, lock, record
from .placing import Buyer

NUMBERS = ("siret", "service_code", "engagement")


class TooManyPayers(Exception):
    """A booking has as many payers as it may."""


@transaction.atomic
def add_payer(
    booking: Booking, buyer: Buyer | Client, *, method: Method | None, engagement: str = "", by: Actor, at: datetime
) -> Payer:
    """One more who may pay: it pays nothing until lines are given to it. Raises TooManyPayers."""
    require(by, "booking.edit", booking)
    booking = lock(booking)
    number = max(booking.payers.values_list("number", flat=True), default=0) + 1
    if number > PAYERS_MOST:
        raise TooManyPayers
    client = buyer if isinstance(buyer, Client) else Client.objects.create(**asdict(buyer), language=booking.language)
    payer = Payer.objects.create(
        booking=booking,
        number=number,
        reference=make(f"{booking.pk:08d}", number),
        client=client,
        method=method,
        terms_id=booking.congress.terms_id,
        siret=client.siret,
        service_code=client.service_code,
        engagement=engagement,
    )
    record(booking, "payer.added", by=by, at=at, after={"name": str(client), "method": method.kind if method else ""})
    return payer


@transaction.atomic
def number_payer(payer: Payer, *, by: Actor, at: datetime, **numbers: str) -> Payer:
    """What a public body's invoice must bear: its SIRET, service code, engagement number. A repeat changes nothing."""
    require(by, "booking.number", payer)
    booking = lock(payer.booking)
    payer = Payer.objects.select_for_update(no_key=True, of=("self",)).get(pk=payer.pk)
    now = {name: numbers.get(name, getattr(payer, name)) for name in NUMBERS}
    before = {name: getattr(payer, name) for name in NUMBERS}
    if now != before:
        Payer.objects.filter(pk=payer.pk).update(**now)
        record(booking, "payer.numbered", by=by, at=at, before=before, after=now)
    return payer


@transaction.atomic
def divide_booking(
    booking: Booking, portions: Mapping[int, Portion], *, seen: int | None = None, by: Actor, at: datetime, reason: str = ""
) -> list[Line]:
    """Leave each line with the payers named: charges that change hands are struck and made anew at the same price.

    Lines that no portion names are the first payer's. Returns the lines that changed hands; a repeat finds none. Raises Outdated.
    """
    require(by, "booking.edit", booking)
    booking = lock(booking, seen=seen)
    payers = {payer.pk: payer for payer in booking.payers.select_related("client").order_by("number")}
    if not payers or not portions.keys() <= payers.keys():
        raise LookupError(f"{booking}: no such payer")
    first = next(iter(payers))
    lines = lines_of(booking, *Line.COUNTED)
    had = list(Charge.objects.live().filter(line__in=[line.pk for line in lines]).select_related("line").order_by("line", "pk"))
    wanted = divided(merged(had), {pk: each for pk, each in portions.items() if pk != first}, rest=first)
    moved = []
    for line in lines:
        old, new = [c for c in had if c.line_id == line.pk], [c for c in wanted if c.line_id == line.pk]
        if old and _sums(old) != _sums(new):
            _hand_over(booking, line, old, new, payers, by=by, at=at, reason=reason)
            moved.append(line)
    return moved


def _hand_over(
    booking: Booking,
    line: Line,
    old: Sequence[Charge],
    new: Sequence[Charge],
    payers: Mapping[int, Payer],
    *,
    by: Actor,
    at: datetime,
    reason: str,
) -> None:
    Charge.objects.filter(pk__in=[charge.pk for charge in old]).update(struck_at=at, struck_by=str(by)[:160])
    for charge in new:
        charge.made_at, charge.made_by = at, str(by)[:160]
    Charge.objects.bulk_create(new)
    ones, first = {charge.payer_id for charge in new}, next(iter(payers))
    line.payer = payers[ones.pop() or first] if len(ones) == 1 else payers[first]
    Line.objects.filter(pk=line.pk).update(payer=line.payer)
    before, after = ({"payers": _said(_sums(each), payers)} for each in (old, new))
    record(booking, "line.divided", line=line, by=by, at=at, before=before, after=after, reason=reason)


def _sums(charges: Sequence[Charge]) -> dict[int | None, Decimal]:
    found: dict[int | None, Decimal] = defaultdict(lambda: ZERO)
    for charge in charges:
        found[charge.payer_id] += charge.total
    return dict(found)


def _said(sums: Mapping[int | None, Decimal], payers: Mapping[int, Payer]) -> list[list[str]]:
    return [[str(payers[pk].client), str(sums[pk])] for pk in payers if pk in sums]
