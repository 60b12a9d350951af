"""The planning of 60 hotels × 3 room types × 365 days: the month and the year, their first window and the next, by the page.

Beside each, the bare Django page of ten queries, in this run, in turn. BENCH_HOTELS and BENCH_DAYS make it shorter.
"""

import os
import time
from datetime import date, timedelta

import _reference
import _world
from _report import median, say
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

HOTELS, DAYS = int(os.environ.get("BENCH_HOTELS", 60)), int(os.environ.get("BENCH_DAYS", 365))
TYPES = ("SINGLE", "DOUBLE", "TWIN")
ROUNDS = 7
FIRST = date(2027, 1, 1)
HTMX = {"HX-Request": "true"}


def fill():
    """A congress whose hotels have rooms all year, half of them taken."""
    from pleniere.allotment.tests.world import make_congress, make_user
    from pleniere.catalogue.models import Service, Supplier
    from pleniere.congress.models import Pool
    from pleniere.stock.models import StockDay

    congress = make_congress("bench")
    pool = Pool.objects.create(congress=congress, code="CONGR")
    hotels = Supplier.objects.bulk_create(
        Supplier(code=f"HOTEL{n}", name=f"Hôtel du Banc {n:02}", kind="HOTEL", stars=3, search=f"hotel{n}") for n in range(HOTELS)
    )
    services = Service.objects.bulk_create(
        Service(supplier=hotel, code=kind, kind="ROOM", room_type=kind) for hotel in hotels for kind in TYPES
    )
    facts = {"congress": congress, "pool": pool, "granted": 40, "optioned": 4, "booked": 16}
    rows = (StockDay(service=service, day=FIRST + timedelta(days=n), **facts) for service in services for n in range(DAYS))
    StockDay.objects.bulk_create(rows, batch_size=5_000)
    client = Client()
    client.force_login(make_user("bench@example.org", "AGENT"))
    return client


def cpu_of(ask):
    began = time.process_time()
    ask()
    return (time.process_time() - began) * 1000


def main():
    _world.set_up()
    client, bare_client = fill(), Client()

    def ask(**facts):
        window = facts.get("page", 1) > 1
        response = client.get("/office/congresses/bench/planning/", facts, headers=HTMX if window else {})
        assert response.status_code == 200, (facts, response.status_code)
        return response

    def bare():
        with override_settings(ROOT_URLCONF="_reference_urls", MIDDLEWARE=_reference.MIDDLEWARE):
            bare_client.get("/bare/")

    views = {"month": {"month": f"{FIRST:%Y-%m}"}, "year": {"month": f"{FIRST:%Y-%m}", "view": "year"}}
    for name, facts in views.items():
        with CaptureQueriesContext(connection) as seen:
            ask(**facts)
        say(f"planning {name}: queries", len(seen), "queries", None, None)
        say(f"planning {name}: the page", len(ask(**facts).content) / 1000, "KB", None, None)
        say(f"planning {name}: a window", len(ask(**facts, page=2).content) / 1000, "KB", None, None)
    for name, facts, page in (
        ("year", views["year"], 2),
        ("year", views["year"], 1),
        ("month", views["month"], 2),
        ("month", views["month"], 1),
    ):
        in_turn(
            f"planning {name}: {'the page' if page == 1 else 'a window'}",
            lambda facts=facts, page=page: ask(**facts, page=page),
            bare,
        )


def in_turn(name, ours, theirs):
    ours(), theirs()
    pairs = [(cpu_of(ours), cpu_of(theirs)) for _turn in range(ROUNDS)]
    say(name, median([a for a, _b in pairs]), "CPU ms", median([b for _a, b in pairs]), median([a / b for a, b in pairs]))


if __name__ == "__main__":
    main()
