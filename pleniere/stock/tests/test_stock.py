"""No night is ever sold twice."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.db.utils import IntegrityError

from pleniere.catalogue.models import Service, Supplier
from pleniere.congress.models import Congress, Pool
from pleniere.stock.actions import Night, NotEnough, Wanted, claim, end_carts, grant
from pleniere.stock.models import Claim, StockDay
from pleniere.stock.queries import audit

NOW = datetime(2027, 3, 1, 10, tzinfo=UTC)
LATER = NOW + timedelta(minutes=20)
FIRST = date(2027, 4, 7)


@pytest.fixture
def hotel(db):
    congress = Congress.objects.create(code="c", starts=FIRST, ends=FIRST + timedelta(days=3))
    pool = Pool.objects.create(congress=congress)
    supplier = Supplier.objects.create(code="H", name="Hôtel", kind="HOTEL")
    service = Service.objects.create(supplier=supplier, code="DOUBLE", kind="ROOM", room_type="DOUBLE")
    nights = [Night(pool.pk, service.pk, FIRST + timedelta(days=n)) for n in range(3)]
    grant(dict.fromkeys(nights, 2), key="block", block="b1", by="test", at=NOW, congress_id=congress.pk)
    return congress, nights


def take(owner, nights, kind="CART", until=LATER, rooms=1, at=NOW):
    claim({owner: Wanted(kind, until, dict.fromkeys(nights, rooms))}, at=at)


def counters(night):
    day = StockDay.objects.get(pool=night.pool, service=night.service, day=night.day)
    return day.granted, day.short, day.held, day.optioned, day.booked


def test_a_claim_takes_each_night_once_however_often_it_is_repeated(hotel):
    _, nights = hotel
    take("a", nights)
    take("a", nights)
    assert counters(nights[0]) == (2, 0, 1, 0, 0)
    assert not audit()


def test_the_kind_changes_in_place_and_an_empty_claim_frees(hotel):
    _, nights = hotel
    take("a", nights)
    take("a", nights[:2], "OPTION")
    assert [counters(n) for n in nights] == [(2, 0, 0, 1, 0), (2, 0, 0, 1, 0), (2, 0, 0, 0, 0)]
    take("a", nights[:2], "BOOKED", None)
    take("a", [], "BOOKED", None)
    assert counters(nights[0]) == (2, 0, 0, 0, 0)
    assert not Claim.objects.exists() and not audit()


def test_one_night_without_room_undoes_all(hotel):
    _, nights = hotel
    take("a", nights[1:2], "BOOKED", None, rooms=2)
    with pytest.raises(NotEnough) as full:
        take("b", nights)
    assert full.value.nights == [nights[1]]
    assert counters(nights[0]) == (2, 0, 0, 0, 0) and not audit()


def test_two_owners_swap_the_last_room_in_one_call(hotel):
    _, nights = hotel
    take("a", nights[:1], rooms=2)
    claim({"a": Wanted("CART", LATER, {}), "b": Wanted("OPTION", LATER, {nights[0]: 2})}, at=NOW)
    assert counters(nights[0]) == (2, 0, 0, 2, 0) and not audit()


def test_an_expired_cart_gives_way_only_on_the_night_that_is_needed(hotel):
    _, nights = hotel
    take("old", nights, rooms=2)
    with pytest.raises(NotEnough):
        take("new", nights[:1])
    take("new", nights[:1], at=LATER, until=LATER + timedelta(minutes=20))
    assert counters(nights[0])[2] == 1 and counters(nights[1])[2] == 2
    assert not audit()


def test_an_option_past_its_end_does_not_give_way(hotel):
    _, nights = hotel
    take("old", nights, "OPTION", rooms=2)
    with pytest.raises(NotEnough):
        take("new", nights[:1], at=LATER + timedelta(days=1))


def test_the_worker_frees_expired_carts(hotel):
    _, nights = hotel
    take("old", nights, rooms=2)
    assert end_carts(at=NOW) == 0
    assert end_carts(at=LATER) == 3
    assert counters(nights[0]) == (2, 0, 0, 0, 0) and not audit()


def test_a_release_never_takes_a_room_somebody_has_nor_more_than_the_block_gave(hotel):
    congress, nights = hotel
    take("a", nights[:1], "BOOKED", None)
    with pytest.raises(NotEnough):
        grant({nights[0]: -2}, key="r", block="b1", by="test", at=NOW, congress_id=congress.pk)
    grant({nights[0]: 5}, key="b2", block="b2", by="test", at=NOW, congress_id=congress.pk)
    with pytest.raises(NotEnough):
        grant({nights[0]: -3}, key="r", block="b1", by="test", at=NOW, congress_id=congress.pk)
    assert grant({nights[0]: -1}, key="r", block="b1", by="test", at=NOW, congress_id=congress.pk) == 1
    assert grant({nights[0]: -1}, key="r", block="b1", by="test", at=NOW, congress_id=congress.pk) == 0
    assert counters(nights[0]) == (6, 0, 0, 0, 1) and not audit()


def test_the_database_itself_refuses_to_oversell(hotel):
    _, nights = hotel
    with pytest.raises(IntegrityError):
        StockDay.objects.filter(day=nights[0].day).update(booked=3)


def test_an_unknown_night_has_no_room(hotel):
    _, nights = hotel
    with pytest.raises(NotEnough):
        take("a", [Night(nights[0].pool, nights[0].service, date(2030, 1, 1))])


@pytest.mark.parametrize("nights_taken", [1, 3])
def test_a_first_claim_asks_three_statements_and_a_repeat_two(hotel, django_assert_num_queries, nights_taken):
    _, nights = hotel
    with django_assert_num_queries(3 + 2):  # and a savepoint, for tests run in a transaction
        take("a", nights[:nights_taken])
    with django_assert_num_queries(2 + 2):
        take("a", nights[:nights_taken])
    assert not audit()


def test_an_owner_who_moves_to_other_nights_leaves_the_first(hotel):
    _, nights = hotel
    take("a", nights[:2])
    take("a", nights[1:], "OPTION")
    assert [counters(n) for n in nights] == [(2, 0, 0, 0, 0), (2, 0, 0, 1, 0), (2, 0, 0, 1, 0)]
    assert sorted(Claim.objects.values_list("stock_day__day", flat=True)) == [n.day for n in nights[1:]] and not audit()


def test_owners_with_and_without_a_claim_go_in_one_call(hotel):
    _, nights = hotel
    take("a", nights[:1])
    claim({"a": Wanted("BOOKED", None, {nights[0]: 1}), "b": Wanted("CART", LATER, {nights[0]: 1, nights[1]: 2})}, at=NOW)
    assert [counters(n) for n in nights[:2]] == [(2, 0, 1, 0, 1), (2, 0, 2, 0, 0)] and not audit()


def _hotel(rooms):
    congress = Congress.objects.create(code="c", starts=FIRST, ends=FIRST + timedelta(days=3))
    pool = Pool.objects.create(congress=congress)
    supplier = Supplier.objects.create(code="H", name="Hôtel", kind="HOTEL")
    service = Service.objects.create(supplier=supplier, code="DOUBLE", kind="ROOM", room_type="DOUBLE")
    nights = [Night(pool.pk, service.pk, FIRST + timedelta(days=n)) for n in range(3)]
    grant(dict.fromkeys(nights, rooms), key="block", by="test", at=NOW, congress_id=congress.pk)
    return nights


def _at_once(count, buy):
    """Call `buy(n)` from `count` threads at once; those who got what they wanted."""
    got, start = [], threading.Barrier(count)

    def work(n):
        start.wait()
        try:
            buy(n)
            got.append(n)
        except NotEnough:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[n]) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_sixteen_who_want_three_nights_in_any_order_only_as_many_get_them_as_there_are():
    nights = _hotel(5)
    got = _at_once(16, lambda n: take(f"o{n}", nights if n % 2 else nights[::-1], "BOOKED", None))
    assert len(got) == 5
    assert [counters(n) for n in nights] == [(5, 0, 0, 0, 5)] * 3 and not audit()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_one_owner_claiming_from_eight_sides_at_once_is_counted_once():
    nights = _hotel(5)
    assert len(_at_once(8, lambda n: take("a", nights, "BOOKED", None, rooms=2))) == 8
    assert [counters(n) for n in nights] == [(5, 0, 0, 0, 2)] * 3 and not audit()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_an_expired_cart_that_comes_back_while_others_take_its_rooms_is_never_counted_twice():
    nights = _hotel(2)
    take("cart", nights, until=NOW, rooms=2)
    _at_once(6, lambda n: take("cart" if n % 2 else f"o{n}", nights, "CART", LATER, rooms=1 + n % 2, at=LATER))
    assert all(sum(counters(n)[2:]) <= 2 for n in nights) and not audit()
