"""A seminar where money comes: its payers, what they pay, what a bank tells."""

from decimal import Decimal as D

from pleniere.booking.tests.world import NOW
from pleniere.ledger.models import EntryLine
from pleniere.payment import queries
from pleniere.payment.actions import receive, take_notice
from pleniere.payment.providers.sandbox import SIGNATURE, Provider

TODAY = NOW.date()


def payer_of(booking):
    return booking.payers.select_related("booking__congress", "client", "method").get()


def pay(world, payer, amount, key="k", kind="TRANSFER", at=NOW, **facts):
    return receive(payer, kind=kind, amount=D(amount), on=at.date(), key=key, by=world.agent, at=at, **facts)


def books(role, aux=None):
    """What an account holds: debits less credits."""
    lines = EntryLine.objects.filter(role=role, **({"aux": aux} if aux else {}))
    return sum((line.debit - line.credit for line in lines), D("0.00"))


def states(booking):
    return set(booking.lines.values_list("state", flat=True))


def state(payer):
    return queries.sums_of(payer).state


def notice(attempt, status="PAID", *, amount=None, currency="EUR", event="e1", transaction="t1", at=NOW, ref=None):
    bank = Provider()
    body, signature = bank.write(
        event=event,
        ref=ref or attempt.ref,
        status=status,
        amount=str(amount or attempt.amount),
        currency=currency,
        transaction=transaction,
    )
    return take_notice("sandbox", body, {SIGNATURE: signature}, at=at)
