"""A house that sells while its processes are killed: sellers and workers, each its own process, KILLed at random and begun again.

    python -m pleniere.accounting.tests.selling LOG SECONDS

Run by `test_kill.py` on a database of its own. A seller writes to LOG what it has promised once its transaction is over. The last
line printed is what was found afterwards, as JSON.
"""

import json
import os
import random
import signal
import sys
import time
from datetime import timedelta
from decimal import Decimal as D
from pathlib import Path

import django

SELLERS, WORKERS = 3, 2
WORKER_DEATHS = 3  # a job that five workers die of is given up, by intention


def sell(log, slot):
    """Carts that are filled and left, orders, and their money. What the one before had not heard the end of is told again."""
    from pleniere.booking.models import Booking
    from pleniere.congress.models import Congress, LegalText, Method, Offer
    from pleniere.stock.actions import NotEnough

    congress = Congress.objects.get()
    facts = {
        "offers": list(Offer.objects.filter(service__code__in=["FRAISINSCRIP", "DOUBLE", "RESTOEPHEM"])),
        "method": Method.objects.get(kind="TRANSFER"),
        "terms": LegalText.objects.get(),
    }
    paid = said(log, "paid")
    for number in said(log, "placed") - paid:
        if int(number) % SELLERS == slot:
            pay(log, Booking.objects.get(number=number))
    while True:
        try:
            booking = place(congress, **facts)
        except NotEnough:
            time.sleep(0.05)
            continue
        write(log, "placed", booking.number)
        pay(log, booking)


def place(congress, *, offers, method, terms):
    from pleniere.accounts.rights import SYSTEM
    from pleniere.booking.actions import PersonFacts, open_cart, place_booking, set_persons, take_offer
    from pleniere.booking.tests.world import ARRIVAL, BUYER, DEPARTURE, NOW, rate_of

    by = {"by": SYSTEM, "at": NOW}
    cart = open_cart(congress, language="fr", at=NOW)
    persons = set_persons(cart, [PersonFacts(last_name="Un")], **by)
    for offer in offers:
        start, end = offer.starts or ARRIVAL, offer.ends or DEPARTURE
        take_offer(cart, offer, rate_of(offer), start=start, end=end, persons=persons, **by)
    return place_booking(cart, buyer=BUYER, method=method, terms=terms, shown=D("296.50"), **by)


def pay(log, booking):
    from pleniere.accounts.rights import SYSTEM
    from pleniere.booking.tests.world import NOW
    from pleniere.payment.actions import receive

    money = {"kind": "TRANSFER", "amount": D("296.50"), "on": NOW.date(), "key": f"money-{booking.number}"}
    receive(booking.payers.get(), **money, by=SYSTEM, at=NOW)
    write(log, "paid", booking.number)


def work():
    from django.core.management import call_command

    call_command("work", interval=0.05)


def write(log, what, number):
    with open(log, "a") as file:  # one write, at the end of the file, whoever else writes
        file.write(f"{what} {number}\n")


def said(log, what):
    if not Path(log).exists():
        return set()
    lines = [line.split() for line in Path(log).read_text().splitlines(keepends=True) if line.endswith("\n")]
    return {number for verb, number in (line for line in lines if len(line) == 2) if verb == what}


def begin(act, *facts):
    """A process of its own that ends only by being killed."""
    if pid := os.fork():
        return pid
    try:
        act(*facts)
    except BaseException:  # its traceback is the test's: nothing may fail here
        import traceback

        traceback.print_exc()
    finally:
        os._exit(3)


def kill(pid):
    """KILL it. Nothing if it had ended by itself, which is counted as a failure."""
    os.kill(pid, signal.SIGKILL)
    _pid, status = os.waitpid(pid, 0)
    return not os.WIFSIGNALED(status)


def live(log, seconds):
    """Sell, work and die for so long; returns (deaths, of which workers, processes that failed by themselves)."""
    sellers = [begin(sell, log, slot) for slot in range(SELLERS)]
    workers = [begin(work) for _ in range(WORKERS)]
    until, deaths, dead_workers, failed = time.monotonic() + seconds, 0, 0, 0
    while time.monotonic() < until:
        time.sleep(random.uniform(0.2, 0.6))
        deaths += 1
        if dead_workers < WORKER_DEATHS and deaths % 3 == 0:
            dead_workers += 1
            place = random.randrange(WORKERS)
            failed += kill(workers[place])
            workers[place] = begin(work)
        else:
            slot = random.randrange(SELLERS)
            failed += kill(sellers[slot])
            sellers[slot] = begin(sell, log, slot)
    failed += sum(kill(pid) for pid in (*sellers, *workers))
    return deaths, dead_workers + WORKERS, failed


def find(log):
    """Let time pass and the work be done, then ask the rows."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db.models import Count

    from pleniere.accounting.audit import audit
    from pleniere.booking.actions import end_carts
    from pleniere.booking.models import Booking, Line
    from pleniere.booking.tests.world import NOW
    from pleniere.messaging.models import Job, Message
    from pleniere.payment.models import Receipt
    from pleniere.stock.models import StockDay

    time.sleep(settings.WORK_LEASE + 0.1)  # the leases of the dead run out
    call_command("work", until_idle=True)
    end_carts(at=NOW + timedelta(hours=1))
    kept = Booking.objects.exclude(placed_at=None)
    rooms = StockDay.objects.filter(service__code="DOUBLE").values_list("granted", "held", "optioned", "booked")
    return {
        "lost bookings": sorted(said(log, "placed") - set(kept.values_list("number", flat=True))),
        "lost money": sorted(
            said(log, "paid") - set(kept.filter(payers__receipts__isnull=False).values_list("number", flat=True))
        ),
        "doubled money": list(kept.annotate(n=Count("payers__receipts")).filter(n__gt=1).values_list("number", flat=True)),
        "oversold": [row for row in rooms if sum(row[1:]) > row[0]],
        "still held": Line.objects.filter(state="HELD").count(),
        "left undone": Job.objects.filter(done_at=None, task__contains="tell_payer").count()
        + Message.objects.exclude(state="SENT").count(),
        "differences": [f"{name}: {line}" for _done, _whole, name, found in audit() for line in found],
        "placed": kept.count(),
        "receipts": Receipt.objects.count(),
        "messages": Message.objects.count(),
    }


def main(log, seconds):
    django.setup()
    deaths, dead_workers, failed = live(log, float(seconds))
    print(json.dumps({"deaths": deaths, "dead workers": dead_workers, "failed": failed, **find(log)}, default=str))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pleniere.config.settings")
    main(*sys.argv[1:])
