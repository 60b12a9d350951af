"""The solver against brute force on small grids, and what it says when no choice satisfies every wish."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pleniere.allotment.solving import Goal, Offered, Problem, Wishes, solve

NIGHT = date(2027, 4, 7)
KEYS = [("SINGLE", NIGHT), ("SINGLE", NIGHT + timedelta(days=1))]


def hotel(pk, rooms, prices, km=1.0):
    return Offered(pk, dict(zip(KEYS, rooms, strict=False)), {k: Decimal(p) for k, p in zip(KEYS, prices, strict=False)}, km)


def every_choice(problem, wishes):
    """All ways to take rooms that satisfy the wishes, each with its cost, hotels and distance."""
    most = Decimal(wishes.most_price) if wishes.most_price else None
    cells = [
        (h, key, range(min(h.rooms.get(key, 0), problem.need[key]) + 1))
        for h in problem.hotels
        for key in problem.need
        if h.pk not in wishes.banned
        and (wishes.most_km is None or h.km <= wishes.most_km)
        and (most is None or h.prices[key] <= most)
    ]
    for counts in product(*(counts for _h, _key, counts in cells)):
        taken = [(h, key, n) for (h, key, _c), n in zip(cells, counts, strict=True) if n]
        have = {key: sum(n for _h, k, n in taken if k == key) for key in problem.need}
        by_hotel = {}
        for h, _key, n in taken:
            by_hotel[h.pk] = by_hotel.get(h.pk, 0) + n
        if (
            have == dict(problem.need)
            and all(n >= wishes.minimum for n in by_hotel.values())
            and set(wishes.kept) <= set(by_hotel)
            and (not wishes.most_hotels or len(by_hotel) <= wishes.most_hotels)
        ):
            cost = sum(h.prices[key] * n for h, key, n in taken)
            metres = sum(h.km * 1000 * n for h, _key, n in taken)
            yield float(cost), len(by_hotel), metres


def measured(problem, found):
    hotels = {h.pk: h for h in problem.hotels}
    cost = sum(hotels[pk].prices[code, night] * n for (pk, code, night), n in found.rooms.items())
    metres = sum(hotels[pk].km * 1000 * n for (pk, _code, _night), n in found.rooms.items())
    return float(cost), len({pk for pk, _c, _n in found.rooms}), metres


def worth(goal, wishes):
    return {
        Goal.COST: lambda c, n, m: (c,),
        Goal.HOTELS: lambda c, n, m: (n, c),
        Goal.NEAR: lambda c, n, m: (m + c / 1000,),
        Goal.MIX: lambda c, n, m: (c + wishes.euro_km * m / 1000 + wishes.euro_hotel * n,),
    }[goal]


small = st.integers(0, 3)


@st.composite
def problems(draw):
    hotels = []
    for pk in range(1, draw(st.integers(1, 3)) + 1):
        prices = [str(draw(st.integers(50, 150))) for _key in KEYS]
        hotels.append(hotel(pk, [draw(small) for _key in KEYS], prices, draw(st.integers(0, 9)) / 2))
    need = {key: draw(small) for key in KEYS}
    pks = [h.pk for h in hotels]
    wishes = Wishes(
        goal=draw(st.sampled_from(Goal.values)),
        minimum=draw(st.sampled_from([0, 0, 2, 3])),
        kept=tuple(draw(st.lists(st.sampled_from(pks), max_size=1))),
        banned=tuple(draw(st.lists(st.sampled_from(pks), max_size=1))),
        most_hotels=draw(st.sampled_from([0, 0, 1, 2])),
        most_km=draw(st.sampled_from([None, None, 2.0])),
        most_price=draw(st.sampled_from(["", "", "100"])),
        euro_hotel=draw(st.sampled_from([0, 40])),
        seconds=5,
    )
    return Problem(need, tuple(hotels)), wishes


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(problems())
def test_no_choice_of_a_small_grid_is_better_and_none_is_missed(case):
    problem, wishes = case
    found = solve(problem, wishes)
    best = min((worth(wishes.goal, wishes)(*each) for each in every_choice(problem, wishes)), default=None)
    assert found.is_possible == (best is not None), (found, best)
    if best is not None:
        assert worth(wishes.goal, wishes)(*measured(problem, found)) == pytest.approx(best, abs=1e-3, rel=1e-3)
        assert not found.missing and found.is_proven
        for (pk, code, night), n in found.rooms.items():
            assert 0 < n <= next(h for h in problem.hotels if h.pk == pk).rooms[code, night]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(problems())
def test_a_wish_that_is_named_is_one_whose_giving_up_helps(case):
    from dataclasses import replace

    from pleniere.allotment.solving import GIVEN_UP

    problem, wishes = case
    found = solve(problem, wishes)
    if found.is_possible or found.together:
        return
    for name in found.relax:
        if name == "need":
            assert found.missing
        elif name == "partial":
            assert solve(problem, replace(wishes, partial=True)).is_possible
        else:
            assert solve(problem, replace(wishes, **GIVEN_UP[name][1])).is_possible, name


def test_the_wishes_in_the_way_are_named():
    problem = Problem({KEYS[0]: 4}, (hotel(1, [3], ["80"]), hotel(2, [3], ["90"])))
    assert solve(problem, Wishes(minimum=3)).relax == ["minimum", "partial"]
    assert solve(problem, Wishes(banned=(2,))).relax == ["banned", "partial"]
    assert solve(problem, Wishes(most_hotels=1)).relax == ["most_hotels", "partial"]
    assert solve(problem, Wishes(most_price="85")).relax == ["most_price", "partial"]
    beyond = solve(Problem({KEYS[0]: 9}, problem.hotels), Wishes())
    assert beyond.relax == ["need"] and beyond.missing == {KEYS[0]: 3}


def test_as_much_as_can_be_is_covered_where_that_was_asked():
    problem = Problem({KEYS[0]: 9, KEYS[1]: 1}, (hotel(1, [3, 1], ["80", "80"]), hotel(2, [3, 1], ["90", "70"])))
    found = solve(problem, Wishes(partial=True))
    assert found.is_possible and found.missing == {KEYS[0]: 3} and sum(found.rooms.values()) == 7
    assert found.rooms[2, *KEYS[1]] == 1, "of what covers as much, the cheaper"


def test_a_stop_is_heard():
    wide = [("SINGLE", NIGHT + timedelta(days=n)) for n in range(6)]
    hotels = tuple(
        Offered(pk, {key: (pk * 7 + n) % 9 for n, key in enumerate(wide)}, {key: Decimal(60 + pk % 50) for key in wide}, pk % 7)
        for pk in range(1, 120)
    )
    seen = []
    solve(
        Problem(dict.fromkeys(wide, 90), hotels), Wishes(goal="HOTELS", minimum=7, seconds=30), lambda s, g: bool(seen.append(s))
    )
    assert seen and max(seen) < 25
