"""Pick-up: rooms taken day by day, past editions on the same days before, what is foreseen, what giving back costs."""

from datetime import date, datetime, timedelta
from decimal import Decimal as D
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pleniere.allotment.actions import release_block
from pleniere.allotment.attrition import held
from pleniere.allotment.models import Block, Edition
from pleniere.booking.actions import cancel_lines, change_line
from pleniere.booking.models import Booking
from pleniere.booking.pickup import at_days_before, by_days_before, taken
from pleniere.booking.tests.world import NOW, leaflet_booking, make_service, make_supplier, make_user, seminar
from pleniere.catalogue.models import Terms
from pleniere.congress.models import Member
from pleniere.stock.models import Grant, StockDay
from pleniere.web.pickup import Past, _Foresight, pickups

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def w():
    return seminar()


def block_of(w, terms=None, *, cutoff=None, price="100.00"):
    """The ten rooms of each night as a block of the hotel."""
    nights = [w.congress.starts + n * DAY for n in range(3)]
    facts = {"cutoff": cutoff or w.congress.starts - 10 * DAY, "retained_at": NOW, "retained_by": "x", "key": "k"}
    agreed = [["DOUBLE", night.isoformat(), 10, price] for night in nights]
    block = Block.objects.create(
        congress=w.congress, supplier=w.hotel, pool=w.pool, contract=w.hotel.contracts.get(), terms=terms, agreed=agreed, **facts
    )
    Grant.objects.filter(stock_day__service=w.room.service).update(block=block.grant_block)
    return block


def scale(*clauses):
    terms = Terms.objects.create(code="s", name="s")
    for clause in clauses:
        terms.clauses.create(**{"start": "ORDER", "base": "GRANTED" if clause["verb"] == "SHRINK" else "TOTAL", **clause})
    return terms


CHAVANNES = (
    {"verb": "SHRINK", "percent": 100},
    {"verb": "SHRINK", "percent": 50, "start": "START", "days": -29},
    {"verb": "SHRINK", "percent": 10, "start": "START", "days": -19},
    {"verb": "SHRINK", "percent": 0, "start": "START", "days": -9},
    {"verb": "KEEP", "percent": 50, "start": "START", "days": -29},
    {"verb": "KEEP", "percent": 100, "start": "START", "days": -14},
)


# the days rooms were taken on


def test_a_stay_counts_from_its_order_through_its_changes_to_its_end(w):
    booking = leaflet_booking(w)  # placed on 1 March, two nights
    line = booking.lines.get(offer=w.room)
    change_line(booking, line, end=line.end + DAY, by=w.agent, at=NOW + 5 * DAY)
    cancel_lines(booking, [line.pk], by=w.agent, at=NOW + 9 * DAY)
    curve = by_days_before(taken([w.congress])[w.congress.pk], w.congress.starts)
    before = (w.congress.starts - NOW.date()).days
    assert [at_days_before(curve, before - n) for n in (-1, 0, 4, 5, 8, 9)] == [0, 2, 2, 3, 3, 0]


def test_an_option_that_lapsed_gave_its_rooms_up_that_day_and_a_cart_took_none(w):
    booking = leaflet_booking(w)
    booking.lines.filter(offer=w.room).update(state="CANCELLED", lapsed_at=NOW + 11 * DAY)
    other = leaflet_booking(w)
    Booking.objects.filter(pk=other.pk).update(placed_at=None)
    moves = taken([w.congress])[w.congress.pk]
    ended = date(2027, 3, 12)
    assert [(move.day, move.rooms) for move in moves] == [(NOW.date(), 1), (NOW.date(), 1), (ended, -1), (ended, -1)]


# what is foreseen


def test_past_editions_say_how_it_grows_from_here_on(w):
    pasts = [Past("2025", {60: 40, 30: 100, 0: 200}), Past("2026", {60: 50, 30: 100, 0: 150})]
    foresight = _Foresight(w.congress, w.congress.starts - 30 * DAY, [], pasts)
    night = w.congress.starts
    found = foresight.foresee(10, w.hotel.pk, night, night)
    assert (found.low, found.mid, found.high) == (15, 17, 20), "1.5 and 2.0; the later weighs double"
    alone = _Foresight(w.congress, w.congress.starts - 30 * DAY, [], pasts[:1]).foresee(10, w.hotel.pk, night, night)
    assert (alone.low, alone.mid, alone.high) == (18, 20, 22)
    early = _Foresight(w.congress, w.congress.starts - 90 * DAY, [], pasts)
    assert not early.by_editions and early.foresee(10, w.hotel.pk, night, night).high == 10


def test_without_editions_the_pace_of_a_fortnight_is_held(w):
    leaflet_booking(w)
    found = pickups([w.congress], at=NOW + 7 * DAY)[0]
    first = found.hotels[0].nights[0]
    assert (first.taken, first.week) == (1, 0) and not found.by_editions
    assert (first.foreseen.low, first.foreseen.mid, first.foreseen.high) == (1, 3, 5), "30 days at one a fortnight: 2.1 more"


# what giving back costs


def test_what_may_go_back_free_shrinks_day_by_day_and_more_costs_what_is_kept(w):
    each = held([block_of(w, scale(*CHAVANNES))])[0]
    starts = w.congress.starts
    assert [each.free(starts - n * DAY) for n in (30, 29, 20, 19, 10, 9)] == [30, 15, 15, 3, 3, 0]
    assert each.bounds(starts - 25 * DAY) == [starts - 19 * DAY, starts - 9 * DAY]
    half, whole = each.penalty(20, starts - 25 * DAY), each.penalty(20, starts - 9 * DAY)
    assert (half.free, half.beyond, half.amount) == (15, 5, D("250.00"))
    assert (whole.free, whole.beyond, whole.amount) == (0, 20, D("2000.00"))
    assert each.penalty(15, starts - 25 * DAY).amount == 0


def test_what_went_back_counts_against_it(w):
    block = block_of(w, scale(*CHAVANNES))
    nights = {(w.room.service_id, w.congress.starts): 10}
    at = datetime(2027, 3, 2, 9, tzinfo=PARIS)
    release_block(block, key="r", rooms=nights, by=w.agent, at=at)
    each = held([block])[0]
    assert (each.granted, each.left) == (30, 20)
    assert each.free(w.congress.starts - 29 * DAY) == 5, "half of thirty, less the ten"
    Terms.objects.get().clauses.filter(verb="SHRINK").update(base="LEFT")
    assert held([block])[0].free(w.congress.starts - 29 * DAY) == 10, "half of the twenty left when it began"


def test_terms_without_a_scale_ask_nothing_and_no_price_is_said(w):
    each = held([block_of(w, scale({"verb": "KEEP", "percent": 100}))])[0]
    assert each.free(w.congress.starts) == 30 and each.penalty(30, w.congress.starts).amount == 0
    Block.objects.all().delete()
    Terms.objects.all().delete()
    unpriced = held([block_of(w, scale({"verb": "SHRINK", "percent": 0}), price="")])[0]
    assert unpriced.penalty(3, w.congress.starts).amount is None


# the pages


@pytest.fixture
def near(w, client, monkeypatch):
    """Twenty days before: one stay taken, no more than three room nights free from tomorrow on."""
    leaflet_booking(w)
    block_of(w, scale(*CHAVANNES))
    at = datetime.combine(w.congress.starts - 20 * DAY, NOW.timetz())
    monkeypatch.setattr(timezone, "now", lambda: at)
    client.force_login(w.agent)
    w.url = f"/office/congresses/{w.congress.code}/requests/pickup/"
    return w


def test_the_page_says_what_threatens_and_so_does_the_day_page(client, near):
    page = client.get(near.url)
    html = page.content.decode()
    assert page.status_code == 200 and "<svg" in html and 'style="' not in html
    ((_hotel, threat),) = page.context["threats"]
    assert (threat.held.left, threat.held.sold, threat.free_now) == (30, 2, 15)
    assert threat.until == near.congress.starts - 20 * DAY and threat.cutoff == near.congress.starts - 10 * DAY
    assert (threat.foreseen.mid, threat.then.free, threat.then.beyond, threat.then.amount) == (28, 3, 25, D("2500.00"))
    today = client.get("/office/").content.decode()
    assert "Pénalités" in today and "28 nuitées" in today and near.url in today


def test_a_night_that_runs_out_stands_on_the_day_page(client, near):
    assert "Nuits qui s’épuisent" not in client.get("/office/").content.decode()
    type(near.congress).objects.filter(pk=near.congress.pk).update(version=99)
    StockDay.objects.filter(service=near.room.service, day=near.congress.starts).update(booked=9)
    assert "Nuits qui s’épuisent" in client.get("/office/").content.decode()


@pytest.mark.parametrize("kind", ["xlsx", "csv", "pdf"])
def test_it_goes_out_as_a_file(client, near, kind):
    response = client.get(f"{near.url}?export={kind}")
    assert response.status_code == 200 and "attachment" in response["Content-Disposition"]
    if kind == "csv":
        assert near.hotel.name in response.content.decode("utf-8-sig") and "2500,00" in response.content.decode("utf-8-sig")


def test_the_organiser_sees_counts_and_never_what_it_costs(client, near):
    oscar = make_user("oscar@example.org")
    Member.objects.create(congress=near.congress, user=oscar, role="ORGANISER")
    client.force_login(oscar)
    url = f"/organiser/congress/{near.congress.code}/pickup/"
    html = client.get(url).content.decode()
    assert near.hotel.name in html and "<svg" in html
    for secret in ("€", "2 500", "2500,00", "Commission", "Pénalité"):
        assert secret not in html
    assert "2500" not in client.get(url + "?export=csv").content.decode("utf-8-sig")
    assert client.get(near.url).status_code in (403, 404)
    client.force_login(near.outsider)
    assert client.get(url).status_code == 404 and client.get(near.url).status_code in (403, 404)


def test_past_editions_of_ours_are_drawn_on_the_same_days_before(client, near):
    Edition.objects.create(
        congress=near.congress, name="2025", starts=near.congress.starts, heads=10, source=near.congress, made_at=NOW, made_by="x"
    )
    page = client.get(near.url)
    assert page.context["pickup"].by_editions and "polyline" in page.content.decode()


def queries(client, url):
    client.get(url)
    with CaptureQueriesContext(connection) as found:
        assert client.get(url).status_code == 200
    return len(found)


def test_sixty_hotels_ask_no_more_of_the_database_than_one(client, near):
    few = queries(client, near.url)
    for n in range(60):
        hotel = make_supplier(f"H{n}", "HOTEL")
        service, _rate = make_service(hotel, "DOUBLE", "ROOM", room="DOUBLE", rate="R", unit="NIGHT")
        facts = {"cutoff": near.congress.starts, "retained_at": NOW, "retained_by": "x", "key": f"k{n}"}
        block = Block.objects.create(
            congress=near.congress,
            supplier=hotel,
            pool=near.pool,
            contract=hotel.contracts.get(),
            terms=Terms.objects.get(),
            **facts,
        )
        for k in range(3):
            day = StockDay.objects.create(
                congress=near.congress, pool=near.pool, service=service, day=near.congress.starts + k * DAY, granted=5
            )
            Grant.objects.create(stock_day=day, key=f"b{n}", block=block.grant_block, rooms=5, at=NOW, by="x")
    assert queries(client, near.url) == few <= 16
    assert queries(client, "/office/waiting/penalties/") <= 16
