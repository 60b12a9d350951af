"""Append-only chains: each record carries the hash of the one before, so that none can be altered, dropped or slipped in unseen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction

from .models import Chain

RECEIPTS, DOCUMENTS, ENTRIES = "receipts", "documents", "entries"  # locked in this order, always last of all


class Link3(NamedTuple):
    """A place in a chain: what the record appended stores of it."""

    number: int
    previous_hash: str
    hash: str


class Chained(NamedTuple):
    """A record as it stands now, for the chain to be verified against."""

    number: int
    previous_hash: str
    hash: str
    payload: dict[str, Any]


Reader = Callable[[], Iterable[Chained]]
_READERS: dict[str, Reader] = {}


def reader(name: str) -> Callable[[Reader], Reader]:
    """Say how the records of chain `name` are read back, in order of number: `Chained`, payload as it was appended."""

    def register(read: Reader) -> Reader:
        _READERS[name] = read
        return read

    return register


def chain_names() -> list[str]:
    return sorted(_READERS)


@transaction.atomic
def append(name: str, payload: dict[str, Any]) -> Link3:
    """Take the next place in the chain for a record of this content, under the chain's lock until the transaction ends."""
    head = lock(name)
    hash = _hash(name, head.length + 1, head.hash, payload)
    link = Link3(head.length + 1, head.hash, hash)
    Chain.objects.filter(pk=head.pk).update(length=link.number, hash=hash)
    return link


def lock(name: str) -> Chain:
    """The chain's head row, locked."""
    heads = Chain.objects.select_for_update(no_key=True).filter(name=name)
    head = heads.first()
    if head is None:
        Chain.objects.get_or_create(name=name)
        head = heads.get()
    return head


def verify_chain(name: str) -> list[str]:
    """What is wrong with the chain, in words; nothing when it holds."""
    faults: list[str] = []
    number, previous = 0, ""
    for record in _READERS[name]():
        number += 1
        if record.number != number:
            faults.append(f"{name}: {number} is missing, {record.number} follows")
            number = record.number
        if record.previous_hash != previous:
            faults.append(f"{name} {number}: does not follow the one before it")
        if record.hash != _hash(name, record.number, record.previous_hash, record.payload):
            faults.append(f"{name} {number}: is not what was written")
        previous = record.hash
    head = Chain.objects.filter(name=name).first()
    length, last = (head.length, head.hash) if head else (0, "")
    if length != number or last != previous:
        faults.append(f"{name}: its head says {length} records, {number} were found, or the last was replaced")
    return faults


def _hash(name: str, number: int, previous: str, payload: dict[str, Any]) -> str:
    written = json.dumps(
        [name, number, previous, payload], sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain
    )
    return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(value: object) -> str:
    """One spelling per value, whether fresh or read back from either database."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value)
