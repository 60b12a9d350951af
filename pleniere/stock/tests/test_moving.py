"""Rooms that change their row: no room is lost, none invented, and each keeps the name of who granted it."""

import random
import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import Sum

from pleniere.catalogue.models import Service, Supplier
from pleniere.congress.models import Congress, Pool
from pleniere.stock.actions import Night, NotEnough, Wanted, claim, grant, wait
from pleniere.stock.models import Claim, Grant, StockDay
from pleniere.stock.moving import CannotMove, Shift, came_from, homeward, move, move_and_claim
from pleniere.stock.queries import audit

NOW = datetime(2027, 3, 1, 10, tzinfo=UTC)
LATER = NOW + timedelta(minutes=20)
FIRST = date(2027, 4, 7)


class World:
    def __init__(self):
        self.congress = Congress.objects.create(code="c", starts=FIRST, ends=FIRST + timedelta(days=3))
        self.pool = Pool.objects.create(congress=self.congress)
        self.part = Pool.objects.create(congress=self.congress, code="SPEAKERS", parent=self.pool)
        self.ibis, self.mercure = hotel("IBIS"), hotel("MERC")
        self.later = hotel("LATER", "PLACEHOLDER")

    def night(self, service, pool=None, n=0):
        return Night((pool or self.pool).pk, service.pk, FIRST + timedelta(days=n))

    def grant(self, night, rooms, block="b1", key=""):
        return grant({night: rooms}, key=key or f"k-{block}", block=block, by="test", at=NOW, congress_id=self.congress.pk)

    def move(self, *shifts, key="m"):
        return move(shifts, key=key, by="test", at=NOW, congress_id=self.congress.pk)


def hotel(code, kind="HOTEL"):
    supplier = Supplier.objects.create(code=code, name=code, kind=kind)
    return Service.objects.create(supplier=supplier, code="DOUBLE", kind="ROOM", room_type="DOUBLE")


@pytest.fixture
def w(db):
    return World()


def granted(night):
    return StockDay.objects.get(pool=night.pool, service=night.service, day=night.day).granted


def by_block(night):
    rows = Grant.objects.filter(stock_day__pool=night.pool, stock_day__service=night.service, stock_day__day=night.day)
    return {row["block"]: row["sum"] for row in rows.values("block").annotate(sum=Sum("rooms")) if row["sum"]}


def test_rooms_move_into_a_part_and_back_and_a_repeat_moves_nothing(w):
    here, there = w.night(w.ibis), w.night(w.ibis, w.part)
    w.grant(here, 5)
    assert w.move(Shift(here, there, 3)) == 2
    assert w.move(Shift(here, there, 3)) == 0
    assert (granted(here), granted(there)) == (2, 3)
    w.move(Shift(there, here, 1), key="back")
    assert (granted(here), granted(there)) == (3, 2)
    assert not audit()


def test_what_is_free_goes_with_the_youngest_block_and_keeps_its_name(w):
    here, there = w.night(w.ibis), w.night(w.ibis, w.part)
    w.grant(here, 2, "old")
    w.grant(here, 2, "young")
    w.move(Shift(here, there, 3))
    assert by_block(there) == {"young": 2, "old": 1}
    assert by_block(here) == {"old": 1}


def test_a_room_somebody_has_does_not_move(w):
    here, there = w.night(w.ibis), w.night(w.ibis, w.part)
    w.grant(here, 2)
    claim({"a": Wanted("BOOKED", None, {here: 1})}, at=NOW)
    with pytest.raises(NotEnough):
        w.move(Shift(here, there, 2))
    assert granted(here) == 2 and not audit()


def test_a_room_of_one_hotel_never_becomes_one_of_another(w):
    w.grant(w.night(w.ibis), 2)
    with pytest.raises(NotEnough):
        w.move(Shift(w.night(w.ibis), w.night(w.mercure), 1))
    with pytest.raises(CannotMove):
        w.move(Shift(w.night(w.ibis), w.night(w.ibis, n=1), 1))


def test_a_placeholder_takes_rooms_of_all_and_gives_each_back_to_its_own_hotel(w):
    later = w.night(w.later)
    w.grant(w.night(w.ibis), 2, "b1")
    w.grant(w.night(w.mercure), 1, "")
    w.move(Shift(w.night(w.ibis), later, 2), Shift(w.night(w.mercure), later, 1))
    row = StockDay.objects.get(service=w.later)
    assert came_from([row]) == {row.pk: {w.ibis.pk: 2, w.mercure.pk: 1}}
    ways = [Shift(later, w.night(w.mercure), 2), Shift(later, w.night(w.ibis), 1)]
    assert [way.rooms for way in homeward(ways)] == [1, 1]
    with pytest.raises(NotEnough):
        w.move(Shift(later, w.night(w.mercure), 2), key="too many")
    w.move(Shift(later, w.night(w.mercure), 1), Shift(later, w.night(w.ibis), 2), key="home")
    assert by_block(w.night(w.ibis)) == {"b1": 2} and by_block(w.night(w.mercure)) == {"": 1}
    assert granted(later) == 0 and not audit()


def test_of_a_hotel_s_two_rooms_of_one_type_each_goes_home_as_itself(w):
    better = Service.objects.create(supplier=w.ibis.supplier, code="SUP", kind="ROOM", room_type="DOUBLE")
    single = Service.objects.create(supplier=w.ibis.supplier, code="SGL", kind="ROOM", room_type="SINGLE")
    later = w.night(w.later)
    for service, block in ((better, "b1"), (w.ibis, "b2"), (single, "b1")):
        w.grant(w.night(service), 2, block, key=f"k-{service.code}-{block}")
    w.move(Shift(w.night(better), later, 2))
    assert came_from([StockDay.objects.get(service=w.later)]) == {StockDay.objects.get(service=w.later).pk: {better.pk: 2}}
    for other in (w.ibis, single):
        assert homeward([Shift(later, w.night(other), 1)]) == []
        with pytest.raises(NotEnough):
            w.move(Shift(later, w.night(other), 1), key=f"wrong-{other.code}")
    w.move(Shift(later, w.night(better), 2), key="home")
    assert granted(w.night(better)) == 2 and granted(later) == 0 and not audit()


def test_a_stay_leaves_the_placeholder_for_a_hotel_at_once_even_when_others_wait_for_both(w):
    later, there = w.night(w.later), w.night(w.ibis)
    w.grant(there, 1)
    w.move(Shift(there, later, 1))
    claim({"guest": Wanted("BOOKED", None, {later: 1})}, at=NOW)
    wait({later: 1, there: 1}, congress_id=w.congress.pk)
    new = {"guest": Wanted("BOOKED", None, {}), "new": Wanted("BOOKED", None, {there: 1})}
    move_and_claim(new, [Shift(later, there, 1)], key="assign", by="test", at=NOW, congress_id=w.congress.pk)
    assert set(Claim.objects.values_list("owner", flat=True)) == {"new"}
    assert (granted(later), granted(there)) == (0, 1) and not audit()


def test_where_it_cannot_be_claimed_nothing_has_moved(w):
    later, there = w.night(w.later), w.night(w.ibis)
    w.grant(there, 1)
    w.move(Shift(there, later, 1))
    claim({"guest": Wanted("BOOKED", None, {later: 1})}, at=NOW)
    new = {"guest": Wanted("BOOKED", None, {}), "new": Wanted("BOOKED", None, {there: 2})}
    with pytest.raises(NotEnough):
        move_and_claim(new, [Shift(later, there, 1)], key="assign", by="test", at=NOW, congress_id=w.congress.pk)
    assert set(Claim.objects.values_list("owner", flat=True)) == {"guest"}
    assert granted(later) == 1 and not audit()


@pytest.mark.parametrize("seed", range(6))
def test_whatever_moves_is_taken_and_given_back_every_counter_can_be_rebuilt(w, seed):
    """Grant, claim, free, move between pools and to a placeholder, assign, take back: a hundred steps in any order."""
    dice = random.Random(seed)
    hotels = [w.night(s, n=n) for s in (w.ibis, w.mercure) for n in range(2)]
    parts = [w.night(s, w.part, n) for s in (w.ibis, w.mercure) for n in range(2)]
    later = [w.night(w.later, n=n) for n in range(2)]
    for number, night in enumerate(hotels):
        w.grant(night, 4, f"b{number % 2}", key=f"first-{number}")
        w.grant(night, 1, "", key=f"hand-{number}")
    whole = 4 * 5
    for step in range(100):
        same_day = [(a, b) for a in hotels + parts + later for b in hotels + parts + later if a.day == b.day and a != b]
        act = dice.choice(["move", "move", "claim", "free", "assign"])
        owner = f"o{dice.randrange(5)}"
        try:
            if act == "move":
                a, b = dice.choice(same_day)
                w.move(Shift(a, b, dice.randrange(1, 4)), key=f"m{step}")
            elif act == "claim":
                kind, until = dice.choice([("CART", LATER), ("OPTION", LATER), ("BOOKED", None)])
                claim({owner: Wanted(kind, until, {dice.choice(hotels + parts + later): dice.randrange(1, 3)})}, at=NOW)
            elif act == "free":
                claim({owner: Wanted("CART", LATER, {})}, at=NOW)
            else:
                a, b = dice.choice([pair for pair in same_day if pair[0] in later and pair[1] in hotels])
                new = {owner: Wanted("CART", LATER, {}), f"{owner}!": Wanted("BOOKED", None, {b: 1})}
                move_and_claim(new, [Shift(a, b, 1)], key=f"m{step}", by="t", at=NOW, congress_id=w.congress.pk)
        except NotEnough:
            pass
        assert audit() == []
        assert StockDay.objects.aggregate(sum=Sum("granted"))["sum"] == whole
    negative = Grant.objects.values("stock_day", "block").annotate(sum=Sum("rooms")).filter(sum__lt=0)
    assert not negative.exists()


def at_once(*acts):
    """Each act in a thread of its own; what each answered or raised."""
    found, ready = [], threading.Barrier(len(acts))

    def run(act):
        ready.wait()
        try:
            found.append(act())
        except Exception as error:
            found.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return found


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_parts_at_once_on_the_last_rooms_and_a_buyer_beside_them_never_share_one():
    w = World()
    other = Pool.objects.create(congress=w.congress, code="X", parent=w.pool)
    nights = [w.night(w.ibis, n=n) for n in range(3)]
    for number, night in enumerate(nights):
        w.grant(night, 3, key=f"g{number}")

    def allot(pool, order):
        return lambda: w.move(*[Shift(n, Night(pool.pk, n.service, n.day), 2) for n in order], key=f"to-{pool.code}")

    buy = lambda: claim({"buyer": Wanted("BOOKED", None, dict.fromkeys(nights, 1))}, at=NOW)  # noqa: E731
    found = at_once(allot(w.part, nights), allot(other, nights[::-1]), buy, allot(w.part, nights))
    unexpected = [each for each in found if isinstance(each, Exception) and not isinstance(each, NotEnough)]
    assert not unexpected and audit() == []
    assert StockDay.objects.aggregate(sum=Sum("granted"))["sum"] == 9
    into = set(StockDay.objects.filter(pool__in=[w.part, other], granted__gt=0).values_list("pool", "granted"))
    assert len(into) == 1 and {granted for _pool, granted in into} == {2}  # one of the two, once
