"""The only two ways a counter moves: `claim` (who takes what) and `grant` (what there is). One call per action.

Both lock the rows they touch in one order, then change them by conditional UPDATE: of two who want the last room one gets it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, IntegerField, Q, QuerySet, Sum, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Greatest

from .models import Claim, Grant, StockDay, reserve_of
from .statements import Held, Row, counted, located, put, put_new

Kind = Claim.Kind
GATHER = timedelta(days=3)  # how long what came free is kept for those who wait, if nobody's wish is met by it
TAKEN = F("held") + F("optioned") + F("booked")
COUNTER: dict[str, int] = {Kind.CART: 0, Kind.KEPT: 0, Kind.OPTION: 1, Kind.BOOKED: 2}  # where in a Move


class Night(NamedTuple):
    """Names one row of stock: a service of a pool on a day (a night, or a meal's day)."""

    pool: int
    service: int
    day: date


@dataclass(frozen=True)
class Wanted:
    """What one owner is to have after the call: rooms by row, counted as `kind`, until when (none iff BOOKED)."""

    kind: str
    until: datetime | None
    rooms: Mapping[Night, int]


Move = tuple[int, int, int]  # how held, optioned and booked differ


class NotEnough(Exception):
    """Some rows have no room. `nights` names them; nothing was changed."""

    def __init__(self, nights: Iterable[Night]):
        self.nights = sorted(nights)
        super().__init__(", ".join(f"{night.service} {night.day}" for night in self.nights))


@transaction.atomic
def claim(wanted: Mapping[str, Wanted], *, at: datetime, is_handed: bool = False) -> None:
    """Leave these owners with exactly this. A repeat changes only `until`; an empty `rooms` frees the owner.

    Raises NotEnough and changes nothing if one row lacks room. Expired carts of others give way, their part of that row only.
    What comes free where people wait is kept for them in the same call (`wait`), unless it `is_handed` on by the caller.
    """
    nights = {night for want in wanted.values() for night in want.rooms}
    rows, had_some = located(nights, list(wanted))
    days = {row.pk: row for row in rows}
    by_night = {_night(row): row.pk for row in rows}
    missing = [night for want in wanted.values() for night, rooms in want.rooms.items() if rooms and night not in by_night]
    if missing:
        raise NotEnough(missing)
    will = {
        (owner, by_night[night]): Held(owner, by_night[night], rooms, want.kind, want.until)
        for owner, want in wanted.items()
        for night, rooms in want.rooms.items()
        if rooms
    }
    new: set[tuple[str, int]] = set()
    if will and not had_some:
        new = put_new(list(will.values()))
    had = _held(wanted, days, but=new) if had_some or len(new) < len(will) else {}
    moves = _differences(had.values(), will.values())
    full = [pk for pk, move in moves.items() if _lacks_room(days[pk], move)]
    if full and _shed(full, days, at=at, except_owners=wanted):
        fresh = StockDay.objects.in_bulk(full)
        full = [pk for pk in full if _lacks_room(fresh[pk], moves[pk])]
    if full:
        raise NotEnough(_night(days[pk]) for pk in full)
    _count(moves)
    _write(had, {key: each for key, each in will.items() if key not in new})
    if not is_handed:
        _keep({pk: days[pk].waited for pk, move in moves.items() if sum(move) < 0}, at=at)


@transaction.atomic
def grant(
    rooms: Mapping[Night, int],
    *,
    key: str,
    by: object,
    at: datetime,
    congress_id: int,
    block: str = "",
    reason: str = "",
    may_overrun: bool = False,
    is_handed: bool = False,
) -> int:
    """Add signed `rooms` to what is granted, once per `key` and row. Returns how many rows moved (0 on a repeat).

    Taking away never takes a room somebody has, nor more than the block gave: NotEnough, and nothing changed. A hotel that
    withdraws what is sold (`may_overrun`) leaves a shortfall that says so: `short` is what is taken and no longer there.
    Where people wait, what is added is kept for them, unless it `is_handed` on by the caller in the same transaction.
    """
    fresh = [
        StockDay(congress_id=congress_id, pool_id=n.pool, service_id=n.service, day=n.day)
        for n, count in rooms.items()
        if count > 0
    ]
    StockDay.objects.bulk_create(fresh, ignore_conflicts=True)
    days = {row.pk: row for row in located(rooms, [])[0]}
    unknown = [night for night in rooms if night not in {_night(day) for day in days.values()}]
    if unknown:
        raise NotEnough(unknown)
    done = set(Grant.objects.filter(stock_day__in=list(days), key=key).values_list("stock_day", flat=True))
    todo = {pk: rooms[_night(day)] for pk, day in days.items() if pk not in done and rooms.get(_night(day))}
    _check_block(todo, days, block)
    for delta, pks in _grouped(todo).items():
        rows = StockDay.objects.filter(pk__in=pks)
        floor = Value(-delta) if may_overrun else TAKEN - delta
        rows = rows.filter(granted__gte=floor) if delta < 0 else rows
        granted = F("granted") + delta
        if rows.update(granted=granted, short=_over(TAKEN - granted)) != len(pks):
            raise NotEnough(_night(day) for pk, day in days.items() if pk in pks and day.free < -delta)
    if not is_handed:
        _keep({pk: days[pk].waited for pk, delta in todo.items() if delta > 0}, at=at)
    Grant.objects.bulk_create(
        Grant(stock_day_id=pk, key=key, block=block, rooms=delta, reason=reason, at=at, by=str(by)[:160])
        for pk, delta in todo.items()
    )
    return len(todo)


@transaction.atomic
def end_carts(*, at: datetime, nights: Iterable[Night] | None = None, expired_only: bool = True) -> int:
    """Free carts' claims: the expired ones, or (before a release) all of those on `nights`. Returns how many ended."""
    claims = Claim.objects.filter(kind=Kind.CART)
    claims = claims.filter(until__lte=at) if expired_only else claims
    if nights is not None:
        claims = claims.filter(stock_day__in=StockDay.objects.filter(_named(nights)).values("pk"))
    pks = sorted(set(claims.values_list("stock_day", flat=True)))
    days = {day.pk: day for day in StockDay.objects.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk")}
    return _drop(_read(claims.filter(stock_day__in=list(days))), days, at=at) if days else 0


@transaction.atomic
def wait(rooms: Mapping[Night, int], *, congress_id: int) -> None:
    """Make these the rooms people of a congress wait for, nowhere else any: of what comes free, up to so many are kept for them."""
    stand = StockDay.objects.filter(Q(waited__gt=0) | _named(rooms), congress=congress_id).order_by("pk")
    changed = {
        day.pk: rooms.get(Night(day.pool_id, day.service_id, day.day), 0)
        for day in stand.select_for_update(no_key=True)
        if day.waited != rooms.get(Night(day.pool_id, day.service_id, day.day), 0)
    }
    for count, pks in _grouped(changed).items():
        StockDay.objects.filter(pk__in=pks).update(waited=count)


def lock_nights(nights: Iterable[Night], *, owners: Sequence[str] = ()) -> None:
    """Lock these rows and those the owners have, in key order, before several `claim`s or `grant`s of one transaction."""
    located(nights, owners)


def keep_for_waiting(rows: Iterable[int], *, at: datetime) -> None:
    """On rows that are locked: what is free passes to those who wait, as it does when it comes free."""
    _keep(dict(StockDay.objects.filter(pk__in=list(rows)).values_list("pk", "waited")), at=at)


def _read(claims: QuerySet[Claim]) -> list[Held]:
    return [Held(*row) for row in claims.values_list("owner", "stock_day", "rooms", "kind", "until", "pk")]


def _held(owners: Iterable[str], days: Iterable[int], *, but: Container[tuple[str, int]]) -> dict[tuple[str, int], Held]:
    """What the owners have on these locked rows, `but` what was written just now."""
    found = _read(Claim.objects.filter(owner__in=list(owners), stock_day__in=list(days)))
    return {(each.owner, each.stock_day): each for each in found if (each.owner, each.stock_day) not in but}


def _named(nights: Iterable[Night]) -> Q:
    days = defaultdict(list)
    for night in nights:
        days[night.pool, night.service].append(night.day)
    which = Q(pk__in=[])
    for (pool, service), found in sorted(days.items()):
        which |= Q(pool=pool, service=service, day__in=sorted(found))
    return which


def _night(row: Row) -> Night:
    return Night(row.pool, row.service, row.day)


def _differences(had: Iterable[Held], will: Iterable[Held]) -> dict[int, Move]:
    """By row: how held, optioned and booked move."""
    moves: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    for sign, claims in ((-1, had), (1, will)):
        for each in claims:
            moves[each.stock_day][COUNTER[each.kind]] += sign * each.rooms
    return {pk: (held, optioned, booked) for pk, (held, optioned, booked) in moves.items() if held or optioned or booked}


def _lacks_room(day: Row | StockDay, move: Move) -> bool:
    """What grows needs room in what is granted, and no sale grows a shortfall."""
    return (sum(move) > 0 or move[1] + move[2] > 0) and day.granted < day.taken + sum(move)


def _count(moves: Mapping[int, Move]) -> None:
    """Move the counters of locked rows, in one UPDATE. The condition stands in it too."""
    if moves and counted(moves) != len(moves):
        days = StockDay.objects.filter(pk__in=list(moves))
        raise NotEnough(Night(*row) for row in days.values_list("pool", "service", "day"))


def _shed(full: list[int], days: Mapping[int, Row], *, at: datetime, except_owners: Iterable[str]) -> int:
    expired = Claim.objects.filter(stock_day__in=full, kind=Kind.CART, until__lte=at).exclude(owner__in=list(except_owners))
    return _drop(_read(expired), days, at=at)


def _drop(claims: list[Held], days: Mapping[int, Row] | Mapping[int, StockDay], *, at: datetime) -> int:
    """Delete claims on rows that are locked, and give their rooms back: to those who wait, then to everybody."""
    _count(_differences(claims, ()))
    Claim.objects.filter(pk__in=[each.pk for each in claims if each.pk]).delete()
    _keep({each.stock_day: days[each.stock_day].waited for each in claims}, at=at)
    return len(claims)


def _keep(waited: Mapping[int, int], *, at: datetime) -> None:
    """On locked rows where something came free: what is free passes to the reserve, up to the rooms `waited` for."""
    where = [pk for pk, rooms in waited.items() if rooms]
    if not where:
        return
    had = {each.stock_day: each for each in _read(Claim.objects.filter(owner__in=[reserve_of(pk) for pk in where]))}
    will = []
    for day in StockDay.objects.filter(pk__in=where).order_by("pk"):
        has = had[day.pk].rooms if day.pk in had else 0
        more = min(day.free, waited[day.pk] - has)
        if more > 0:
            will.append(Held(reserve_of(day.pk), day.pk, has + more, Kind.KEPT, at + GATHER))
    _count(_differences([had[each.stock_day] for each in will if each.stock_day in had], will))
    if will:
        put(will)


def _write(had: Mapping[tuple[str, int], Held], will: Mapping[tuple[str, int], Held]) -> None:
    gone = [each.pk for owner_day, each in had.items() if owner_day not in will and each.pk]
    if gone:
        Claim.objects.filter(pk__in=gone).delete()
    changed = [each for owner_day, each in will.items() if not _is_same(had.get(owner_day), each)]
    if changed:
        put(changed)


def _is_same(had: Held | None, will: Held) -> bool:
    return had is not None and (had.rooms, had.kind, had.until) == (will.rooms, will.kind, will.until)


def _check_block(todo: Mapping[int, int], days: Mapping[int, Row], block: str) -> None:
    """A block never gives back more of a row than it gave."""
    taken = [pk for pk, delta in todo.items() if delta < 0]
    if not block or not taken:
        return
    given = Grant.objects.filter(stock_day__in=taken, block=block).values("stock_day").annotate(sum=Sum("rooms"))
    sums = {row["stock_day"]: row["sum"] for row in given}
    over = [pk for pk in taken if sums.get(pk, 0) + todo[pk] < 0]
    if over:
        raise NotEnough(_night(days[pk]) for pk in over)


def _grouped(by_pk: Mapping[int, object]) -> dict:
    groups = defaultdict(list)
    for pk, move in sorted(by_pk.items()):
        groups[move].append(pk)
    return dict(groups)


def _over(excess: CombinedExpression) -> Greatest:
    """max(0, excess): what is taken beyond what is granted."""
    return Greatest(Value(0), excess, output_field=IntegerField())
