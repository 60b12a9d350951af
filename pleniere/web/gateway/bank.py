"""The sandbox bank at work: what it debits and when it tells. It signs as a real bank does, and is believed no sooner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from pleniere.messaging import jobs
from pleniere.payment.actions import take_notice
from pleniere.payment.providers import Status
from pleniere.payment.providers.sandbox import SIGNATURE, Provider

DELAYS = {"now": timedelta(0), "twice": timedelta(0), "late": timedelta(seconds=20), "expired": timedelta(minutes=30)}
SECOND_TELLING = timedelta(seconds=10)
LESS = Decimal("10.00")


@dataclass(frozen=True)
class Telling:
    """One notice: which event, of which money."""

    event: str
    ref: str
    status: str
    amount: str
    currency: str
    transaction: str


def tellings(ref: str, status: Status, *, amount: Decimal, currency: str, debits: str = "asked") -> list[Telling]:
    """What there is to tell of an answer. The same answer given twice is the same event, as at a real bank."""
    paid = max(amount - LESS, Decimal("0.01")) if debits == "less" else amount
    count = 2 if debits == "twice" and status == Status.PAID else 1
    return [Telling(f"{ref}-{status}-{n}", ref, str(status), str(paid), currency, f"SBT-{ref}-{n}") for n in range(1, count + 1)]


def answer(found: list[Telling], *, tells: str, at: datetime) -> None:
    """Tell the merchant: at once before the browser goes back, as banks do; later by the worker; never."""
    for telling in found:
        if tells == "never":
            continue
        if DELAYS[tells]:
            _later(telling, "1", at=at + DELAYS[tells])
        else:
            tell(telling, at=at)
        if tells == "twice":
            _later(telling, "2", at=at + SECOND_TELLING)


def tell(telling: Telling, *, at: datetime) -> None:
    """Through the door every notice takes: its signature is verified like anybody's."""
    bank = Provider()
    body, signature = bank.write(**telling.__dict__)
    take_notice(bank.name, body, {SIGNATURE: signature}, at=at)


def _later(telling: Telling, n: str, *, at: datetime) -> None:
    jobs.enqueue("pleniere.web.gateway.tasks.tell", key=f"sandbox-{telling.event}-{n}", run_at=at, **telling.__dict__)
