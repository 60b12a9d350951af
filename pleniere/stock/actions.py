"""The only two ways a counter moves: `claim` (who takes what) and `grant` (what there is). One call per action.

Both lock the rows they touch in one order, then change them by conditional UPDATE: of two who want the last room one gets it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter
from typing import NamedTuple

from django.db import transaction
from django.db.models import Case, F, IntegerField, Q, Sum, Value, When
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Greatest

from .models import Claim, Grant, StockDay

Kind = Claim.Kind
TAKEN = F("held") + F("optioned") + F("booked")
COUNTERS = ("held", "optioned", "booked")  # in the order of a Move
COUNTER = {Kind.CART: "held", Kind.KEPT: "held", Kind.OPTION: "optioned", Kind.BOOKED: "booked"}


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
def claim(wanted: Mapping[str, Wanted], *, at: datetime) -> None:
    """Leave these owners with exactly this. A repeat changes only `until`; an empty `rooms` frees the owner.

    Raises NotEnough and changes nothing if one row lacks room. Expired carts of others give way, their part of that row only.
    """
    days = _lock(wanted)
    had = {(c.owner, c.stock_day_id): c for c in Claim.objects.filter(owner__in=list(wanted), stock_day__in=list(days))}
    by_night = {_night(day): pk for pk, day in days.items()}
    missing = [night for want in wanted.values() for night, rooms in want.rooms.items() if rooms and night not in by_night]
    if missing:
        raise NotEnough(missing)
    will = {
        (owner, by_night[night]): Claim(owner=owner, stock_day_id=by_night[night], rooms=rooms, kind=want.kind, until=want.until)
        for owner, want in wanted.items()
        for night, rooms in want.rooms.items()
        if rooms
    }
    moves = _differences(had.values(), will.values())
    full = [pk for pk, move in moves.items() if _lacks_room(days[pk], move)]
    if full and _shed(full, at=at, except_owners=wanted):
        fresh = StockDay.objects.in_bulk(full)
        full = [pk for pk in full if _lacks_room(fresh[pk], moves[pk])]
    if full:
        raise NotEnough(_night(days[pk]) for pk in full)
    _count(moves)
    _write(had, will)


@transaction.atomic
def grant(
    rooms: Mapping[Night, int], *, key: str, by: object, at: datetime, congress_id: int, block: str = "", reason: str = ""
) -> int:
    """Add signed `rooms` to what is granted, once per `key` and row. Returns how many rows moved (0 on a repeat).

    Taking away never takes a room somebody has, nor more than the block gave: NotEnough, and nothing changed.
    """
    fresh = [
        StockDay(congress_id=congress_id, pool_id=n.pool, service_id=n.service, day=n.day)
        for n, count in rooms.items()
        if count > 0
    ]
    StockDay.objects.bulk_create(fresh, ignore_conflicts=True)
    days = _lock({}, rooms)
    unknown = [night for night in rooms if night not in {_night(day) for day in days.values()}]
    if unknown:
        raise NotEnough(unknown)
    done = set(Grant.objects.filter(stock_day__in=list(days), key=key).values_list("stock_day", flat=True))
    todo = {pk: rooms[_night(day)] for pk, day in days.items() if pk not in done and rooms.get(_night(day))}
    _check_block(todo, days, block)
    for delta, pks in _grouped(todo).items():
        rows = StockDay.objects.filter(pk__in=pks)
        rows = rows.filter(granted__gte=TAKEN - delta) if delta < 0 else rows
        granted = F("granted") + delta
        if rows.update(granted=granted, short=_over(TAKEN - granted)) != len(pks):
            raise NotEnough(_night(day) for pk, day in days.items() if pk in pks and day.free < -delta)
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
    return _drop(list(claims.filter(stock_day__in=list(days)))) if days else 0


def lock_nights(nights: Iterable[Night]) -> None:
    """Lock these rows, in key order, before several `claim`s of one transaction (money for many bookings at once)."""
    list(StockDay.objects.select_for_update(no_key=True).filter(_named(nights)).order_by("pk"))


def _lock(wanted: Mapping[str, Wanted], also: Iterable[Night] = ()) -> dict[int, StockDay]:
    """Every row that the owners have or want, locked in key order. Evaluated: Django drops the lock of a lazy update."""
    nights = {*also, *(night for want in wanted.values() for night in want.rooms)}
    which = _named(nights)
    if wanted:
        which |= Q(pk__in=Claim.objects.filter(owner__in=list(wanted)).values("stock_day"))
    return {day.pk: day for day in StockDay.objects.select_for_update(no_key=True).filter(which).order_by("pk")}


def _named(nights: Iterable[Night]) -> Q:
    days = defaultdict(list)
    for night in nights:
        days[night.pool, night.service].append(night.day)
    which = Q(pk__in=[])
    for (pool, service), found in sorted(days.items()):
        which |= Q(pool=pool, service=service, day__in=sorted(found))
    return which


def _night(day: StockDay) -> Night:
    return Night(day.pool_id, day.service_id, day.day)


def _differences(had: Iterable[Claim], will: Iterable[Claim]) -> dict[int, Move]:
    """By row: how held, optioned and booked move."""
    moves: dict[int, Counter[str]] = defaultdict(Counter)
    for sign, claims in ((-1, had), (1, will)):
        for each in claims:
            moves[each.stock_day_id][COUNTER[Kind(each.kind)]] += sign * each.rooms
    found = {pk: (m["held"], m["optioned"], m["booked"]) for pk, m in moves.items()}
    return {pk: move for pk, move in found.items() if any(move)}


def _lacks_room(day: StockDay, move: Move) -> bool:
    """What grows needs room in what is granted, and no sale grows a shortfall."""
    return (sum(move) > 0 or move[1] + move[2] > 0) and day.granted < day.taken + sum(move)


def _count(moves: Mapping[int, Move]) -> None:
    """Move the counters of locked rows, in one UPDATE. The condition stands in it too."""
    groups: dict[Move, list[int]] = _grouped(moves)
    if not groups:
        return
    fits = Q(pk__in=[])
    for move, pks in groups.items():
        grows = sum(move) > 0 or move[1] + move[2] > 0
        fits |= Q(pk__in=pks, granted__gte=TAKEN + sum(move)) if grows else Q(pk__in=pks)
    counters = {name: F(name) + _by_row(groups, itemgetter(n)) for n, name in enumerate(COUNTERS)}
    if StockDay.objects.filter(fits).update(**counters, short=_over(TAKEN + _by_row(groups, sum) - F("granted"))) != len(moves):
        raise NotEnough(_night(day) for day in StockDay.objects.filter(pk__in=list(moves)))


def _by_row(groups: Mapping[Move, list[int]], of: Callable[[Move], int]) -> Case | Value:
    """`of` each row's move, as the database is to add it."""
    numbers = {of(move) for move in groups}
    if len(numbers) == 1:
        return Value(numbers.pop())
    cases = [When(pk__in=pks, then=Value(of(move))) for move, pks in groups.items() if of(move)]
    return Case(*cases, default=Value(0), output_field=IntegerField())


def _shed(full: list[int], *, at: datetime, except_owners: Iterable[str]) -> int:
    expired = Claim.objects.filter(stock_day__in=full, kind=Kind.CART, until__lte=at).exclude(owner__in=list(except_owners))
    return _drop(list(expired))


def _drop(claims: list[Claim]) -> int:
    """Delete claims on rows that are locked, and give their rooms back."""
    _count(_differences(claims, ()))
    Claim.objects.filter(pk__in=[each.pk for each in claims]).delete()
    return len(claims)


def _write(had: Mapping[tuple[str, int], Claim], will: Mapping[tuple[str, int], Claim]) -> None:
    gone = [each.pk for owner_day, each in had.items() if owner_day not in will]
    if gone:
        Claim.objects.filter(pk__in=gone).delete()
    new = [each for owner_day, each in will.items() if not _is_same(had.get(owner_day), each)]
    if new:
        Claim.objects.bulk_create(
            new, update_conflicts=True, unique_fields=["owner", "stock_day"], update_fields=["rooms", "kind", "until"]
        )


def _is_same(had: Claim | None, will: Claim) -> bool:
    return had is not None and (had.rooms, had.kind, had.until) == (will.rooms, will.kind, will.until)


def _check_block(todo: Mapping[int, int], days: Mapping[int, StockDay], block: str) -> None:
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
