"""Pages: CPU beside a bare Django page, queries, bytes over the wire; the office's list of bookings from 20 to 100,000 rows."""

import os
import re
import time
import urllib.parse

import _office
import _reference
import _world
from _browser import Browser, Buyer, Page
from _report import against, median, say
from _server import database_cpu, served
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

ROUNDS, PAGES = 7, 12
SIZES = [int(size) for size in os.environ.get("BENCH_ROWS", "20,60,20000,100000").split(",")]


def cpu_of(ask, times=PAGES):
    """CPU milliseconds of one call, of this process and of the database."""
    began, database = time.process_time(), database_cpu()
    for _turn in range(times):
        ask()
    return (time.process_time() - began + database_cpu() - database) / times * 1000


def queries_of(ask):
    with CaptureQueriesContext(connection) as captured:
        ask()
    return sum(not re.match(r"BEGIN|COMMIT|SAVEPOINT|RELEASE", query["sql"]) for query in captured.captured_queries)


def walk(client, w):
    """A cart of two with a room, on the way to the step of twenty offers; its addresses by name."""
    from pleniere.accounts import links
    from pleniere.accounts.rights import SYSTEM
    from pleniere.booking.actions import PersonFacts, set_persons, take_offer
    from pleniere.registration.actions import begin

    booking, link = begin(w.congress, language="fr", at=w.now)
    people = [PersonFacts(first_name="Camille", last_name="Banc"), PersonFacts(first_name="Do", last_name="B", companion_of=0)]
    persons = set_persons(booking, people, by=SYSTEM, at=w.now)
    facts = {"by": SYSTEM, "at": w.now}
    take_offer(booking, w.fee, w.fee_rate, start=w.congress.starts, end=w.congress.ends, persons=persons[:1], **facts)
    offer, rate = w.rooms[0]
    take_offer(booking, offer, rate, start=w.arrival, end=w.departure, persons=persons, **facts)
    cart = f"/c/{w.congress.code}/{links.token(link)}"
    return {
        "welcome": f"/c/{w.congress.code}/",
        "people": f"{cart}/step/persons/",
        "20 offers": f"{cart}/step/meals/",
        "16 hotels": f"{cart}/step/lodging/",
        "hotel": f"{cart}/hotel/{offer.service.supplier_id}/",
        "cart": f"{cart}/step/cart/",
    }


def public(w):
    """Rounds of ours and of the bare page, in turn: the neighbours' noise falls on both."""
    client = Client(headers={"accept-language": "fr"})
    addresses = walk(client, w)

    def ask(url):
        response = client.get(url)
        assert response.status_code == 200, (url, response.status_code)
        return response

    bare = override_settings(ROOT_URLCONF="_reference_urls", MIDDLEWARE=_reference.MIDDLEWARE)
    with bare:
        bare_client = Client()
        size = len(bare_client.get("/bare/").content)
    print(f"# bare page: {_reference.QUERIES} queries, {size} bytes")
    ratios, ours, theirs = {}, {}, []
    for name, url in addresses.items():
        ask(url), ask(url)
        say(f"pages {name}: queries", queries_of(lambda url=url: ask(url)), "queries", None, None)
    for _turn in range(ROUNDS):
        with bare:
            reference = cpu_of(lambda: bare_client.get("/bare/"))
        theirs.append(reference)
        for name, url in addresses.items():
            figure = cpu_of(lambda url=url: ask(url))
            ours.setdefault(name, []).append(figure)
            ratios.setdefault(name, []).append(figure / reference)
    for name in addresses:
        say(f"pages {name}: CPU", median(ours[name]), "CPU ms", median(theirs), median(ratios[name]))
    return median(ours["20 offers"]), median(theirs), median(ratios["20 offers"])


def wire(url):
    """Bytes of the page and of all it loads but photos, as a browser that takes gzip and brotli receives them."""
    browser = Browser(url)
    accept = {"Accept-Encoding": "gzip, deflate, br"}
    buyer = Buyer(url)
    pages = [buyer.browser.get(url), buyer.begin()]
    for page in pages:
        _status, _headers, html = browser.raw("GET", page.url, more=accept)
        loads = set(Page(page.url, 200, page.text).loads)
        for sheet in [load for load in loads if ".css" in load]:
            text = browser.raw("GET", sheet)[2].decode()
            loads |= {urllib.parse.urljoin(sheet, found) for found in re.findall(r"url\(['\"]?([^'\")]+)['\"]?\)", text)}
        loads = {load for load in loads if not load.startswith("data:") and "%23" not in load and "/photos/" not in load}
        sizes = {load: len(browser.raw("GET", load, more=accept)[2]) for load in loads}
        for ends in (".css", ".js", ".woff2", ".svg"):
            print(f"#   {ends}: {sum(size for load, size in sizes.items() if load.partition('?')[0].endswith(ends))} bytes")
        name = "welcome" if page is pages[0] else "form"
        say(f"pages {name}: HTML over the wire", len(html) / 1024, "KB", None, None)
        say(f"pages {name}: CSS, JS, fonts, icons over the wire", sum(sizes.values()) / 1024, "KB", None, None)
        say(
            f"pages {name}: all over the wire",
            (len(html) + sum(sizes.values())) / 1024,
            "KB",
            100,
            (len(html) + sum(sizes.values())) / 102400,
        )


def office(w):
    """The list of bookings as it grows."""
    client = Client(headers={"accept-language": "fr"})
    client.force_login(w.agent)
    url, have, found = f"/office/congresses/{w.congress.code}/bookings/", 0, {}
    for size in SIZES:
        _office.add(w, size - have)
        have = size

        def ask():
            response = client.get(url)
            assert response.status_code == 200, response.status_code

        ask(), ask()
        say(f"pages list of {size} bookings: queries", queries_of(ask), "queries", None, None)
        times = []
        for _turn in range(5):
            times.append(cpu_of(ask, 4))
        found[size] = median(times)
        for base in [base for base in SIZES[:2] if base < size] or [size]:  # 60: a full page of 50, as every longer list shows
            against(f"pages list of {size} bookings: CPU beside {base}", found[size], "CPU ms", found[base])


def main():
    _world.set_up()
    w = _world.make()
    headline = public(w)
    with served() as server:
        wire(f"{server.url}/c/{w.congress.code}/")
        say("pages memory at rest, 2 web and 1 worker", server.memory(), "MiB", None, None)
    office(w)
    say("pages 20 offers: CPU", headline[0], "CPU ms", headline[1], headline[2])


if __name__ == "__main__":
    main()
