"""The opening: 500 clients, 100 rooms for two nights, through the pages. Exactly 100 are sold, and nobody goes unanswered."""

import os
import threading
import time

import _world
from _browser import Buyer, Full, at_once, percentile
from _report import say
from _server import served

CLIENTS, ROOMS = int(os.environ.get("BENCH_RACERS", 500)), int(os.environ.get("BENCH_ROOMS", 100))
PRETIX_LAST = 134  # seconds until the last of 500 was answered, for 100 places, by pretix on such a machine


def main():
    _world.set_up()
    from pleniere.stock.models import StockDay

    w = _world.make(rooms=ROOMS, hotels=1, offers=4)
    _close_other_nights(w)
    answered, lock = {"held": [], "full": [], "full, told before the form": [], "sold": []}, threading.Lock()
    opened = 0.0

    def note(what):
        with lock:
            answered[what].append(time.perf_counter() - opened)

    def race(number):
        buyer = Buyer(url, number)
        try:
            page = buyer.buy()
        except Full:
            note("full" if buyer.served else "full, told before the form")
            return None
        with lock:
            answered["held"].append(buyer.held_at - opened)
        note("sold")
        return page

    with served() as server:
        url = f"{server.url}/c/{w.congress.code}/"
        opened, before = time.perf_counter(), server.cpu()
        _pages, errors, _seconds, _wall = at_once(CLIENTS, CLIENTS, race)
        used = {name: value - before[name] for name, value in server.cpu().items()}
    service = w.rooms[0][0].service_id
    rows = [row for row in StockDay.objects.filter(service=service, day__lt=w.departure) if row.day >= w.arrival]
    taken = {row.optioned + row.booked for row in rows}
    print(f"# taken a night {sorted(taken)}, held {[row.held for row in rows]}, errors {errors}")
    print(
        "# CPU s: "
        + ", ".join(f"{name} {value:.1f}" for name, value in used.items())
        + f"; these clients {time.process_time():.1f}"
    )
    for what, times in answered.items():
        if times:
            print(f"# {what}: {len(times)}, first {min(times):.1f} s, p50 {percentile(times, 0.5)} s, last {max(times):.1f} s")
    sold = max(taken)
    done = [*answered["sold"], *answered["full"], *answered["full, told before the form"]]
    unanswered = CLIENTS - len(done)
    say("race sold", sold, "rooms a night", min(ROOMS, CLIENTS), sold / min(ROOMS, CLIENTS))
    say("race oversold", max(0, sold - ROOMS), "rooms", None, None)
    say("race unanswered", unanswered, "clients", None, None)
    first = min(answered["held"], default=None)
    say("race first room held", first, "s", 129, first / 129 if first else None)
    last = max(done, default=float(CLIENTS))
    say("race last answer (beside pretix)", last, "s", PRETIX_LAST, last / PRETIX_LAST)
    raise SystemExit(0 if sold == min(ROOMS, CLIENTS) and not unanswered else 1)


def _close_other_nights(w):
    """Rooms are on sale for the two nights everybody wants, and for no other: then the house can be full."""
    from pleniere.accounts.rights import SYSTEM
    from pleniere.stock.actions import grant
    from pleniere.stock.queries import free

    service = w.rooms[0][0].service_id
    others = {night: -rooms for night, rooms in free(w.congress, start=w.departure, services=[service]).items()}
    grant(others, key="race", by=SYSTEM, at=w.now, congress_id=w.congress.pk)


if __name__ == "__main__":
    main()
