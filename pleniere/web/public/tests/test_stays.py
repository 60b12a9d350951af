"""A hotel that does not sell the dates asked says why, and when it does; its price "from" is one that somebody can pay."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pleniere.accounts.rights import SYSTEM
from pleniere.booking.actions import Take
from pleniere.booking.tests.world import ARRIVAL, NOW, make_offer, make_service, make_supplier, rate_of, seminar
from pleniere.congress.actions import make_stay_rule
from pleniere.congress.models import Price
from pleniere.stock.actions import Kind, Night, Wanted, claim
from pleniere.stock.models import StockDay
from pleniere.stock.queries import audit
from pleniere.waiting.actions import CannotWait, set_rules, take_and_wait
from pleniere.waiting.models import Wish

from .walk import Walk

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def world(db):
    w = seminar()
    make_stay_rule(w.congress, supplier=w.hotel, least=2, by=SYSTEM, at=NOW)
    return w


@pytest.fixture
def walk(world, client):
    client.cookies["django_language"] = "en"
    found = Walk(world, client)
    found.people()
    return found


def searched(walk, nights=1, arrival=ARRIVAL, **more):
    words = "".join(f"&{name}={value}" for name, value in more.items())
    url = walk.url("step", "lodging") + f"?arrival={arrival}&nights={nights}&rooms=1&adults=1{words}"
    return walk.client.get(url).content.decode()


def test_the_list_says_why_a_hotel_is_not_sold_and_proposes_dates_that_are(world, walk):
    page = searched(walk)
    assert (
        "Who arrives on 7 April 2027 stays at least 2 nights".replace(" April", "\u00a0April").replace("April ", "April\u00a0")
        in page
    )
    assert f"arrival={ARRIVAL:%Y-%m-%d}&amp;nights=2" in page
    assert "Sold for" not in searched(walk, nights=2)


def test_the_sheet_says_it_too_and_takes_nothing_for_these_dates(world, walk):
    answer = walk.room(nights=1)
    assert answer.status_code == 422 and "Not sold for these dates" in answer.content.decode()
    assert not walk.booking.lines.exists()
    assert walk.room(nights=2).status_code == 302


def test_the_price_from_is_of_a_stay_one_can_have(world, walk):
    Price.objects.create(
        congress=world.congress, rate=world.room_rate, night_from=ARRIVAL, night_until=ARRIVAL + DAY, amount="50.00"
    )
    world.congress.version += 1
    world.congress.save(update_fields=["version"])
    assert "77.88" in searched(walk)  # (50.00 + 105.75) / 2: the night at 50.00 is sold to nobody alone
    welcome = walk.client.get(f"/c/{world.congress.code}/").content.decode()
    assert "77.88" in welcome and "50.00 a night" not in welcome


def test_facets_count_what_each_value_would_leave_with_the_others_ticked(world, walk):
    for n, stars in enumerate((3, 4, 4)):
        hotel = make_supplier(f"H{n}", "HOTEL", name=f"Hotel {n}", stars=stars, town="Saint-Étienne" if n else "Firminy")
        service, rate = make_service(hotel, "DOUBLE", "ROOM", room="DOUBLE", unit="NIGHT", vat="intermediate")
        make_offer(world, world.step["lodging"], service, rate, Decimal("90.00"))
    world.congress.version += 1
    world.congress.save(update_fields=["version"])
    page = searched(walk, nights=2, stars=4, sort="distance")
    facets = {name: {value: count for value, _word, count, _on in values} for name, _title, values in _facets(walk, stars=4)}
    assert facets["stars"] == {"4": 2, "3": 2} and facets["town"] == {"saint etienne": 2, "firminy": 0}
    assert "Hotel 1" in page and "Hotel 0" not in page


def _facets(walk, **more):
    words = "".join(f"&{name}={value}" for name, value in more.items())
    answer = walk.client.get(walk.url("step", "lodging") + f"?arrival={ARRIVAL}&nights=2&rooms=1&adults=1{words}")
    return answer.context["facets"]


def test_nights_taken_out_of_a_stay_stop_the_order_until_it_is_right_again(world, walk):
    walk.room(nights=2)
    line = walk.booking.lines.get()
    line.end = ARRIVAL + DAY
    line.save(update_fields=["end"])
    page = walk.get("lodging").content.decode()
    assert "Not sold for these dates" in page


def two_hotels(world):
    """The first night in one hotel, the second in another, the third in neither."""
    world.congress.stays.all().delete()
    other = make_supplier("GOLF", "HOTEL", name="Golf Hôtel", stars=4)
    service, rate = make_service(other, "DOUBLE", "ROOM", room="DOUBLE", unit="NIGHT", vat="intermediate")
    golf = make_offer(world, world.step["lodging"], service, rate, Decimal("120.00"), stock=1)
    for offer, days in ((world.room, (1, 2)), (golf, (0, 2))):
        rows = StockDay.objects.filter(service=offer.service, day__in=[ARRIVAL + n * DAY for n in days])
        claim({f"all-{offer.pk}": Wanted(Kind.KEPT, NOW + 900 * DAY, {night_of(row): row.free for row in rows})}, at=NOW)
    world.congress.version += 1
    world.congress.save(update_fields=["version"])
    return golf, rate


def night_of(row):
    return Night(row.pool_id, row.service_id, row.day)


def test_a_stay_that_no_hotel_has_is_patched_and_the_missing_night_waited_for_in_one_act(world, walk):
    golf, rate = two_hotels(world)
    page = searched(walk, nights=3)
    assert "No hotel has every night" in page and "full everywhere" in page
    url = walk.url("nights") + f"?arrival={ARRIVAL}&nights=3&rooms=1&adults=1"
    shown = walk.client.get(url)
    assert [night.chosen for night in shown.context["nights"]] == [code(world.room), code(golf), ""]
    words = {f"n{ARRIVAL + n * DAY:%Y%m%d}": value for n, value in enumerate([code(world.room), code(golf), "w" + code(golf)])}
    who = {"who": [walk.booking.persons.get().pk]}
    assert walk.client.post(url, {**words, **who}).status_code == 422  # where do we write?
    assert not walk.booking.lines.exists() and not Wish.objects.exists()
    assert walk.client.post(url, {**words, **who, "email": "claire@example.org"}).status_code == 302
    lines = walk.booking.lines.order_by("start")
    assert [(line.offer, line.start, line.end) for line in lines] == [
        (world.room, ARRIVAL, ARRIVAL + DAY),
        (golf, ARRIVAL + DAY, ARRIVAL + 2 * DAY),
    ]
    wish = Wish.objects.get()
    assert (wish.offer, wish.rate, wish.start, wish.email) == (golf, rate, ARRIVAL + 2 * DAY, "claire@example.org")
    assert audit() == []


def test_a_wish_that_cannot_be_leaves_no_room_taken(world, walk):
    golf, _rate = two_hotels(world)
    set_rules(world.congress, is_open=False, by=SYSTEM, at=NOW)
    url = walk.url("nights") + f"?arrival={ARRIVAL}&nights=3&rooms=1&adults=1"
    booking, person = walk.booking, walk.booking.persons.get()
    takes = [Take(world.room, rate_of(world.room), ARRIVAL, ARRIVAL + DAY, [person])]
    waits = [Take(golf, rate_of(golf), ARRIVAL + 2 * DAY, ARRIVAL + 3 * DAY, [person])]
    with pytest.raises(CannotWait):
        take_and_wait(booking, takes, waits, email="c@example.org", by=SYSTEM, at=timezone.now())
    assert not booking.lines.exists() and audit() == []
    assert "Full: wait for it" not in walk.client.get(url).content.decode()


def code(offer):
    return f"{offer.pk}-{rate_of(offer).pk}"


def test_the_list_and_the_nights_ask_no_more_of_the_database_for_more_nights(world, walk):
    two_hotels(world)

    def asked(page, nights):
        url = f"{page}?arrival={ARRIVAL}&nights={nights}&rooms=1&adults=1"
        with CaptureQueriesContext(connection) as captured:
            assert walk.client.get(url).status_code == 200
        return len(captured)

    for page in (walk.url("step", "lodging"), walk.url("nights")):
        asked(page, 2)  # the programme is read once for all
        assert asked(page, 2) == asked(page, 9) <= 12
