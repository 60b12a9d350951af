"""The solver on 200 hotels × 6 nights × 6 types, 60 rooms of each wanted, at least 10 room nights per hotel.

The reference is what a person would do, in this run: for each night and type, the cheapest (or the nearest) rooms first; of
the fewest hotels, those that offer most first. Each figure is what the scenario comes to; the ratio says how much better.
"""

import time
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import _world
from _report import say

HOTELS, SECONDS = 200, 10


def problem():
    from pleniere.allotment.solving import Offered, Problem

    random = Random(3)
    types = ("SINGLE", "TWIN", "DOUBLE", "TRIPLE", "QUAD", "ACCESSIBLE")
    keys = [(code, date(2027, 4, 7) + timedelta(days=n)) for code in types for n in range(6)]
    hotels = [
        Offered(
            pk,
            {key: random.randint(0, 14) for key in keys},
            {key: Decimal(random.randint(6_000, 20_000)) / 100 for key in keys},
            random.uniform(0, 12),
        )
        for pk in range(HOTELS)
    ]
    return Problem(dict.fromkeys(keys, 60), tuple(hotels))


def by_hand(problem, place):
    """Rooms taken hotel by hotel in the order of `place`, until each need is met. Minimum per hotel: not looked at."""
    rooms, left = {}, dict(problem.need)
    for hotel, key in sorted(((h, k) for h in problem.hotels for k in h.rooms), key=lambda pair: place(*pair)):
        if count := min(hotel.rooms[key], left[key]):
            rooms[hotel.pk, *key] = count
            left[key] -= count
    return rooms


def measured(problem, rooms):
    hotels = {hotel.pk: hotel for hotel in problem.hotels}
    nights = sum(rooms.values())
    return {
        "COST": float(sum(hotels[pk].prices[code, night] * n for (pk, code, night), n in rooms.items())),
        "HOTELS": len({pk for pk, _code, _night in rooms}),
        "NEAR": sum(hotels[pk].km * n for (pk, _code, _night), n in rooms.items()) / nights,
    }


def main():
    _world.set_up()
    from pleniere.allotment.solving import Wishes, solve

    whole = problem()
    orders = {
        "NEAR": (lambda hotel, key: hotel.km, "km from the venue"),
        "HOTELS": (lambda hotel, key: (-sum(hotel.rooms.values()), hotel.pk), "hotels"),
        "COST": (lambda hotel, key: hotel.prices[key], "EUR"),
    }
    for goal, (place, unit) in orders.items():
        began = time.process_time()
        found = solve(whole, Wishes(goal=goal, minimum=10, seconds=SECONDS))
        spent = time.process_time() - began
        assert found.is_possible and not found.missing
        ours, theirs = measured(whole, found.rooms)[goal], measured(whole, by_hand(whole, place))[goal]
        say(f"solver {goal}: seconds of CPU", spent, "s", SECONDS, spent / SECONDS)
        say(f"solver {goal}: gap", found.gap, "%", None, None)
        say(f"solver {goal}", ours, unit, theirs, ours / theirs)


if __name__ == "__main__":
    main()
