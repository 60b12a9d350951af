"""The statements a claim is made of, and what is free, written out: to build them anew each time costs several times what the database asks for them.

Each is one round trip however many rows it is about. All but `free` and `located` are for rows that are locked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection

FREE = "SELECT pool_id, service_id, day, granted - held - optioned - booked FROM stock_stockday WHERE congress_id = %s"
LOCATED = """
WITH had AS (SELECT stock_day_id FROM stock_claim WHERE owner IN ({owners}))
SELECT id, pool_id, service_id, day, granted, held, optioned, booked, waited, EXISTS (SELECT 1 FROM had)
FROM stock_stockday
WHERE id IN (SELECT id FROM stock_stockday WHERE {named} UNION SELECT stock_day_id FROM had)
ORDER BY id"""
NAMED = "pool_id = %s AND service_id = %s AND day IN ({days})"
COUNTED = """
UPDATE stock_stockday SET
    held = held + column2, optioned = optioned + column3, booked = booked + column4,
    short = CASE WHEN {taken} > granted THEN {taken} - granted ELSE 0 END
FROM (VALUES {rows}) AS moves
WHERE id = column1 AND (granted >= {taken} OR (column2 + column3 + column4 <= 0 AND column3 + column4 <= 0))
""".replace("{taken}", "held + optioned + booked + column2 + column3 + column4")
PUT = "INSERT INTO stock_claim (owner, stock_day_id, rooms, kind, until) VALUES {rows} ON CONFLICT (owner, stock_day_id) DO "
ONLY_NEW = "NOTHING RETURNING owner, stock_day_id"
CHANGED = "UPDATE SET rooms = excluded.rooms, kind = excluded.kind, until = excluded.until"


class Row(NamedTuple):
    """A StockDay as it is while it is locked."""

    pk: int
    pool: int
    service: int
    day: date
    granted: int
    held: int
    optioned: int
    booked: int
    waited: int

    @property
    def taken(self) -> int:
        return self.held + self.optioned + self.booked

    @property
    def free(self) -> int:
        return max(0, self.granted - self.taken)


class Held(NamedTuple):
    """A claim, as its row says or is to say."""

    owner: str
    stock_day: int
    rooms: int
    kind: str
    until: datetime | None
    pk: int | None = None  # of one that is there


def free(
    congress: int, start: date | None, end: date | None, services: Iterable[int] | None
) -> Iterator[tuple[int, int, date, int]]:
    """Pool, service, day and what is left, below nothing where it is short: of each row of the congress, from `start` up to `end`."""
    sql, values = FREE, list[Any]([congress])
    for words, day in ((" AND day >= %s", start), (" AND day < %s", end)):
        if day is not None:
            sql, values = sql + words, [*values, connection.ops.adapt_datefield_value(day)]
    if services is not None:
        wanted = list(services)
        sql, values = f"{sql} AND service_id IN ({_marks(wanted)})", values + wanted
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows = cursor.fetchall()
    return ((pool, service, _date(day), left) for pool, service, day, left in rows)


def located(nights: Iterable[tuple[int, int, date]], owners: Sequence[str]) -> tuple[list[Row], bool]:
    """Rows of these nights and of what the owners have, locked in key order; and whether the owners had anything a moment ago."""
    days = defaultdict(list)
    for pool, service, day in nights:
        days[pool, service].append(day)
    words, values = [], list[Any](owners)
    for (pool, service), found in days.items():
        words.append(NAMED.format(days=_marks(found)))
        values += [pool, service, *(connection.ops.adapt_datefield_value(day) for day in found)]
    sql = LOCATED.format(owners=_marks(owners), named=" OR ".join(words) or "1 = 0")
    if connection.features.has_select_for_no_key_update:
        sql += " FOR NO KEY UPDATE OF stock_stockday"
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows = cursor.fetchall()
    return [Row._make((*row[:3], _date(row[3]), *row[4:9])) for row in rows], any(row[9] for row in rows)


def counted(moves: Mapping[int, tuple[int, int, int]]) -> int:
    """Move held, optioned and booked of each row by its differences, where what grows has room; how many rows had it."""
    values = [value for pk, move in moves.items() for value in (pk, *move)]
    with connection.cursor() as cursor:
        cursor.execute(COUNTED.format(rows=", ".join(["(%s, %s, %s, %s)"] * len(moves))), values)
        return int(cursor.rowcount)


def put_new(claims: Sequence[Held]) -> set[tuple[str, int]]:
    """Write the claims that are not there; the owner and row of each that was written."""
    with connection.cursor() as cursor:
        cursor.execute(*_put(claims, ONLY_NEW))
        return {(owner, stock_day) for owner, stock_day in cursor.fetchall()}


def put(claims: Sequence[Held]) -> None:
    """Write the claims; one that is there becomes as said."""
    with connection.cursor() as cursor:
        cursor.execute(*_put(claims, CHANGED))


def _put(claims: Sequence[Held], conflict: str) -> tuple[str, list[Any]]:
    values: list[Any] = []
    for each in claims:
        values += [*each[:4], connection.ops.adapt_datetimefield_value(each.until)]
    return PUT.format(rows=", ".join(["(%s, %s, %s, %s, %s)"] * len(claims))) + conflict, values


def _marks(values: Sequence[Any]) -> str:
    return ", ".join(["%s"] * len(values)) or "NULL"


def _date(day: date | str) -> date:
    return day if isinstance(day, date) else date.fromisoformat(day)
