"""Bookings: by the actions and through HTTP at 1, 4, 16 and 64 clients, beside bare SQL; statements of each."""

import os
import re
import threading
import time

import _reference
import _world
from _browser import Buyer, at_once, percentile
from _report import against, median, say
from _server import own_cpu, served
from django.db import connection, connections
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

ROUNDS, EACH = 5, 40
CLIENTS = [int(each) for each in os.environ.get("BENCH_CLIENTS", "1,4,16,64").split(",")]
PRETIX_CPU = 930  # CPU ms of a whole order of five positions through pretix, all processes, measured on such a machine


class Booking:
    """Two people, two nights, three services by the actions that the pages call."""

    def __init__(self, w, number):
        from pleniere.registration.actions import begin

        self.w, self.number = w, number
        self.booking, self.link = begin(w.congress, language="fr", at=w.now)

    def fill(self):
        from pleniere.booking.actions import PersonFacts, Take, fill_cart, set_persons

        w, facts = self.w, {"by": self.link, "at": self.w.now}
        names = [PersonFacts(first_name="Camille", last_name=f"Banc {self.number}")]
        names += [PersonFacts(first_name="Do", last_name=f"Banc {self.number}", companion_of=0)]
        persons = set_persons(self.booking, names, **facts)
        offer, rate = w.rooms[self.number % len(w.rooms)]
        takes = [Take(w.fee, w.fee_rate, w.congress.starts, w.congress.ends, persons[:1])]
        takes += [Take(offer, rate, w.arrival, w.departure, persons)]
        for step in ("meals", "evenings", "visits"):
            offer, rate = w.things[step][self.number % len(w.things[step])]
            takes.append(Take(offer, rate, offer.starts, offer.ends, persons[:1]))
        fill_cart(self.booking, takes, **facts)

    def place(self):
        from pleniere.booking.actions import Buyer as Who
        from pleniere.registration.actions import place_order

        who = Who(kind="PERSON", last_name="Banc", first_name="Camille", email=f"actions-{self.number}@example.org")
        place_order(
            self.booking,
            buyer=who,
            method=self.w.method,
            terms=self.w.terms,
            shown=None,
            by=self.link,
            at=self.w.now,
            address="127.0.0.1",
        )


def cpu_of(pieces):
    began = own_cpu()
    for piece in pieces:
        piece()
    return (own_cpu() - began) / max(1, len(pieces)) * 1000


def statements(captured):
    return sum(not re.match(r"BEGIN|COMMIT|SAVEPOINT|RELEASE|ROLLBACK", query["sql"]) for query in captured.captured_queries)


def by_actions(w):
    bare, numbers = _reference.bare(make=True), iter(range(1, 10**9))
    Booking(w, next(numbers)).fill()
    place, whole, reference = [], [], []
    for _turn in range(ROUNDS):
        keys = [next(numbers) for _ in range(EACH * 10)]
        reference.append(cpu_of([lambda key=key: bare.book(key) for key in keys]))
        made = [Booking(w, next(numbers)) for _ in range(EACH)]
        whole.append(cpu_of([each.fill for each in made]))
        place.append(cpu_of([each.place for each in made]))
        whole[-1] += place[-1]
    for name, found in (("placing by the action: CPU", place), ("whole booking by the actions: CPU", whole)):
        ratios = [ours / theirs for ours, theirs in zip(found, reference, strict=True)]
        say(f"booking {name}", median(found), "CPU ms", median(reference), median(ratios))
    rates(w, numbers)
    one = Booking(w, next(numbers))
    with CaptureQueriesContext(connection) as captured:
        one.fill()
    say("booking filling a cart by the actions: statements", statements(captured), "statements", None, None)
    with CaptureQueriesContext(connection) as captured:
        one.place()
    say("booking placing by the action: statements", statements(captured), "statements", None, None)
    say("booking placing by the action: CPU", median(place), "CPU ms", median(reference), median(place) / median(reference))
    return bare


def rates(w, numbers):
    """`stock.claim()` and bare SQL on the same few rows from four threads: claims a second, ours ÷ bare."""
    from pleniere.stock.actions import Kind, Night, Wanted, claim

    offer, _rate = w.rooms[0]
    nights = {Night(w.pool.pk, offer.service_id, w.arrival): 1}
    lock = threading.Lock()

    def key():
        with lock:
            return next(numbers)

    def ours(_connection):
        claim({f"hot{key()}": Wanted(Kind.BOOKED, None, nights)}, at=w.now)

    def theirs(bare):
        bare.book(key(), hot=True)

    found = []
    for _turn in range(3):
        reference = rate(theirs, _reference.bare)
        found.append((rate(ours, lambda: None), reference))
    ratios = [mine / bare for mine, bare in found]
    say(
        "booking claim on one hot night, 4 threads",
        median([mine for mine, _ in found]),
        "per s",
        median([bare for _, bare in found]),
        median(ratios),
    )


def rate(piece, connect, threads=4, seconds=1.5):
    done = [0] * threads
    stop = time.perf_counter() + seconds

    def work(n):
        mine = connect()
        while time.perf_counter() < stop:
            piece(mine)
            done[n] += 1
        connections.close_all()

    running = [threading.Thread(target=work, args=(n,)) for n in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return sum(done) / seconds


def through_http(w, bare):
    """Whole bookings at each number of clients; rate beside four clients, CPU of all processes beside pretix."""
    found = {}
    with served() as server:
        url = f"{server.url}/c/{w.congress.code}/"
        # Warmed up: each of the eight threads has composed its statements, each process read the programme and its templates; and
        # the mails of the few hundred bookings placed by the actions are no cost of those that follow.
        at_once(4, 32, lambda number: Buyer(url).buy())
        drain(180)
        for clients in CLIENTS:
            count = max(24, min(2 * clients, 128))
            pages, before = [bare_page()], server.cpu()
            _pages, errors, seconds, wall = at_once(clients, count, lambda number: Buyer(url).buy())
            drain(60)
            used = {name: value - before[name] for name, value in server.cpu().items()}
            found[clients] = len(seconds) / wall
            print(
                f"# {clients} clients: {errors or 'no error'}; p50 {percentile(seconds, 0.5)} s, p99 {percentile(seconds, 0.99)} s"
            )
            each = {name: value / max(1, len(seconds)) * 1000 for name, value in used.items()}
            print("# CPU ms of one: " + ", ".join(f"{name} {value:.0f}" for name, value in each.items()))
            cpu = sum(each.values())
            pages.append(bare_page())
            bare_ms = sum(pages) / 2
            say(f"booking HTTP, {clients} clients: errors", sum(errors.values()), "bookings", None, None)
            against(f"booking HTTP, {clients} clients: CPU of all processes (beside pretix)", cpu, "CPU ms", PRETIX_CPU)
            against(f"booking HTTP, {clients} clients: CPU of all processes, in bare pages", cpu, "CPU ms", bare_ms)
            against(
                f"booking HTTP, {clients} clients: rate beside {CLIENTS[min(1, len(CLIENTS) - 1)]}",
                found[clients],
                "per s",
                found.get(4),
            )
        say("booking memory after the run, 2 web and 1 worker", server.memory(), "MiB", None, None)
    began, keys = own_cpu(), range(10**8, 10**8 + 400)
    for key in keys:
        bare.book(key)
    reference = (own_cpu() - began) / len(keys) * 1000
    say("booking whole, through HTTP: CPU beside bare SQL", cpu, "CPU ms", reference, cpu / reference)
    return found


def bare_page():
    """CPU ms of a bare page of ten queries now, of this process and of the database."""
    client = Client()
    with override_settings(ROOT_URLCONF="_reference_urls", MIDDLEWARE=_reference.MIDDLEWARE):
        client.get("/bare/"), client.get("/bare/")
        return cpu_of([lambda: client.get("/bare/")] * 40)


def drain(seconds):
    """Until the worker has told every buyer: their mail belongs to what a booking costs."""
    from pleniere.messaging.models import Job

    until = time.monotonic() + seconds
    while time.monotonic() < until and Job.objects.filter(done_at=None, failed_at=None, task__contains="registration").exists():
        time.sleep(0.5)


def main():
    _world.set_up()
    w = _world.make()
    w.method, w.terms = w.congress.methods.get(kind="TRANSFER"), w.congress.legal_texts.first()
    bare = by_actions(w)
    found = through_http(w, bare)
    last = CLIENTS[-1]
    against(f"booking HTTP, whole bookings at {last} clients beside 4", found[last], "per s", found.get(4, found[CLIENTS[0]]))


if __name__ == "__main__":
    main()
