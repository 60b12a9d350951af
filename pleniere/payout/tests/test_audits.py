"""What `manage.py audit` says of payouts: nothing when all is true, and the difference when a row was touched."""

import pytest

from pleniere.allotment.models import Block
from pleniere.common.audits import checks
from pleniere.ledger.models import Entry, EntryLine
from pleniere.payout.actions import execute, pay_advance, return_payout
from pleniere.payout.models import Payout, PayoutLine

from .world import TODAY, D, paid_booking, paid_seminar, prepare, send


@pytest.fixture
def payouts(db):
    """One to the hotel with an advance recovered, one to the organiser, one returned: all executed first."""
    world = paid_seminar(rooms=60)
    by = {"by": world.accountant, "at": world.now}
    what = {"supplier": world.hotel, "pool": world.pool, "contract": world.hotel.contracts.get(), "cutoff": world.arrival}
    block = Block.objects.create(congress=world.congress, retained_at=world.now, key="b", **what)
    advance = pay_advance(block, D("100.00"), key="a", **by)
    send(world, advance)
    execute(advance, on=TODAY, **by)
    paid_booking(world)
    made = prepare(world).payouts
    send(world, *made)
    for each in made:
        execute(each, on=TODAY, **by)
    returned = next(each for each in made if each.supplier == world.atout)
    return_payout(returned, why="AC04", on=TODAY, **by)
    assert said() == []
    return {each.supplier.code: each for each in Payout.objects.order_by("pk")}  # the last of each


def said():
    return [line for name, check in checks().items() if name.startswith("payout") for line in check()]


def test_a_transfer_that_is_not_the_sum_of_its_lines(payouts):
    Payout.objects.filter(pk=payouts["sitraHCO593119"].pk).update(amount=D("1.00"))
    assert len(said()) == 2  # it, and its file


def test_an_executed_payout_without_its_entry(payouts):
    Entry.objects.filter(key=f"payout-{payouts['sitraHCO593119'].pk}").update(key="other")
    assert any("is not in the books" in line for line in said())


def test_a_payout_in_the_books_that_was_not_executed(payouts):
    Payout.objects.filter(pk=payouts["ATOUTFRANCECTV"].pk).update(state="SENT")
    assert any("was not executed" in line for line in said()) and any("returned" in line for line in said())


def test_an_advance_the_books_do_not_know(payouts):
    EntryLine.objects.filter(role="ADVANCES", debit__gt=0).update(debit=D("90.00"))
    assert [line for line in said() if line.startswith("4091")]


def test_a_line_of_another_suppliers_charge(payouts, django_assert_max_num_queries):
    line = PayoutLine.objects.filter(charge__isnull=False, payout=payouts["sitraHCO593119"]).first()
    PayoutLine.objects.filter(pk=line.pk).update(payout=payouts["ATOUTFRANCECTV"])
    with django_assert_max_num_queries(14):
        assert any("another supplier" in found for found in said())
