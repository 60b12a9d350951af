"""A cut-off's step of 60 hotels × 10 nights, first alone, then while 64 clients buy through the pages; then the cut-off itself.

The reference is the same act of the same hotels with nobody buying, in this run. At the end every room is counted: what is
sold is what is left, and none is sold twice. BENCH_HOTELS, BENCH_BUYERS and BENCH_BOOKINGS make it shorter.
"""

import os
import threading
import time
from datetime import timedelta
from decimal import Decimal

import _world
from _browser import Buyer, at_once, percentile
from _report import median, say
from _server import served
from django.db import connection
from django.test.utils import CaptureQueriesContext

HOTELS = int(os.environ.get("BENCH_HOTELS", 60))
CLIENTS, BOOKINGS = int(os.environ.get("BENCH_BUYERS", 64)), int(os.environ.get("BENCH_BOOKINGS", 192))
NIGHTS, ROOMS = 10, 40


def retain(w):
    """Each hotel's rooms as a block of ten nights, with two steps of half of what is unsold."""
    from pleniere.accounts.rights import SYSTEM
    from pleniere.allotment.actions import StepFacts, set_steps
    from pleniere.allotment.models import Block
    from pleniere.stock.actions import Night, grant
    from pleniere.stock.models import Grant

    blocks = []
    for n, (offer, _rate) in enumerate(w.rooms):
        block = Block.objects.create(
            congress=w.congress,
            supplier=offer.supplier,
            pool=w.pool,
            contract=offer.contract,
            cutoff=w.arrival - timedelta(days=20),
            retained_at=w.now,
            retained_by="bench",
            key=f"bench-{n}",
        )
        Grant.objects.filter(stock_day__service=offer.service).update(block=block.grant_block)
        later = [w.congress.ends + timedelta(days=n) for n in range(NIGHTS - (w.congress.ends - w.congress.starts).days)]
        nights = {Night(w.pool.pk, offer.service_id, day): ROOMS for day in later}
        grant(nights, key="later", block=block.grant_block, by=SYSTEM, at=w.now, congress_id=w.congress.pk)
        halves = [StepFacts(w.arrival - timedelta(days=days), Decimal(50)) for days in (40, 30)]
        set_steps(block, halves, by=SYSTEM, at=w.now)
        blocks.append(block)
    return blocks


def release(blocks, place, at):
    """Do the step of this place of every block: (CPU ms, seconds) of each."""
    from pleniere.accounts.rights import SYSTEM
    from pleniere.allotment.actions import release_step

    found = []
    for block in blocks:
        step = block.steps.order_by("on")[place]
        began, cpu = time.perf_counter(), time.thread_time()
        release_step(step, by=SYSTEM, at=at)
        found.append(((time.thread_time() - cpu) * 1000, time.perf_counter() - began))
    return found


def counted(blocks):
    """(rooms still granted, given back) over all nights."""
    from django.db.models import Sum

    from pleniere.allotment.models import Release
    from pleniere.stock.models import StockDay

    services = [block.supplier.services.get().pk for block in blocks]
    granted = StockDay.objects.filter(service__in=services).aggregate(Sum("granted"))["granted__sum"]
    return granted, sum(release.room_nights for release in Release.objects.filter(block__in=blocks))


def main():
    _world.set_up()
    from pleniere.accounts.rights import SYSTEM
    from pleniere.allotment.actions import release_block
    from pleniere.stock.models import StockDay
    from pleniere.stock.queries import audit

    w = _world.make(rooms=ROOMS, hotels=HOTELS, offers=4)
    blocks = retain(w)
    with CaptureQueriesContext(connection) as seen:
        quiet = release(blocks[:1], 0, w.now)
    quiet = release(blocks[1:], 0, w.now) or quiet
    with served() as server:
        url, sold = f"{server.url}/c/{w.congress.code}/", {}
        buying = threading.Thread(target=lambda: sold.update(buy(url)))
        buying.start()
        time.sleep(3)  # the first of them are in the form
        busy = release(blocks, 1, w.now)
        buying.join()
    before = counted(blocks)
    for block in blocks:
        release_block(block, key="cutoff", is_cutoff=True, by=SYSTEM, at=w.now)
    after = counted(blocks)
    services = [offer.service_id for offer, _rate in w.rooms]
    rows = list(StockDay.objects.filter(service__in=services))
    lost = sum(before) - HOTELS * NIGHTS * ROOMS, sum(after) - HOTELS * NIGHTS * ROOMS
    overrun = sum(row.granted != row.taken for row in rows) + len(audit())
    say("release: queries of one hotel", len(seen), "queries", None, None)
    say("release: rooms lost or invented", sum(map(abs, lost)) + overrun, "room nights", None, None)
    say("release: bookings meanwhile; 0 failed", sold["ok"], "bookings", BOOKINGS, sold["ok"] / BOOKINGS)
    say("release: longest of a hotel while they buy", max(s for _c, s in busy), "s", max(s for _c, s in quiet), None)
    waits = [percentile([s for _c, s in each], 0.5) for each in (busy, quiet)]
    say("release: median of a hotel while they buy", waits[0], "s", waits[1], waits[0] / waits[1])
    cpu = [median([c for c, _s in each]) for each in (busy, quiet)]
    say("release: CPU of a hotel while they buy", cpu[0], "CPU ms", cpu[1], cpu[0] / cpu[1])
    raise SystemExit(0 if not any(lost) and not overrun and not sold["errors"] else 1)


def buy(url):
    _pages, errors, seconds, wall = at_once(CLIENTS, BOOKINGS, lambda number: Buyer(url, number).buy())
    print(f"# {len(seconds)} bookings in {wall:.0f} s, p50 {percentile(seconds, 0.5)} s, errors {errors}")
    return {"ok": len(seconds), "errors": errors}


if __name__ == "__main__":
    main()
