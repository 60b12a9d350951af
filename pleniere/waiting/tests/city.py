"""A hotel whose rooms come of a block with two steps, another beside it, and the seminar that sells both."""

from decimal import Decimal

from pleniere.accounts.rights import SYSTEM
from pleniere.allotment.actions import StepFacts, set_steps
from pleniere.allotment.models import Block
from pleniere.booking.tests.world import ARRIVAL, NOW, make_offer, make_service, make_supplier, seminar
from pleniere.common.nights import DAY
from pleniere.stock.models import Grant

ROOMS = 4  # a night, of the block


def city():
    """The seminar; its hotel's rooms come of a block with two steps, and another hotel has two rooms a night."""
    w = seminar(rooms=ROOMS)
    contract = w.room.contract
    w.block = Block.objects.create(
        congress=w.congress,
        supplier=contract.supplier,
        pool=w.pool,
        contract=contract,
        cutoff=ARRIVAL - 10 * DAY,
        retained_at=NOW,
        retained_by="test",
        key="city",
    )
    Grant.objects.filter(stock_day__service=w.room.service).update(block=w.block.grant_block)
    halves = [StepFacts(w.block.cutoff - days * DAY, Decimal(50)) for days in (8, 4)]
    set_steps(w.block, halves, by=SYSTEM, at=NOW)
    other = make_supplier("TERMINUS", "HOTEL", commission="5")
    room, w.elsewhere_rate = make_service(other, "DBL", "ROOM", room="DOUBLE", unit="NIGHT", vat="intermediate")
    w.elsewhere = make_offer(w, w.step["lodging"], room, w.elsewhere_rate, "120.00", stock=2)
    return w
