"""The solver: which rooms of which hotels cover a need best, by mixed-integer programming (HiGHS).

A unit of x is a room of a hotel on a night and of a type; y says whether a hotel is used at all. For y given, what remains is
a transportation problem, whose vertices are whole: x is continuous while y is searched, and read at a vertex at the end.
Nothing here reads or writes the database: a `Problem` goes in, a `Found` comes out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

Key = tuple[str, date]  # room type, night
ENDLESS = 1e30
A_FEW_SECONDS = 3.0  # spent to find out whether one wish alone stands in the way
LEAST_SHARE = 0.25  # of its time that a later goal is given, however long the first took
Watch = Callable[[float, float | None], bool]  # seconds, gap; False: stop


class Goal(models.TextChoices):
    COST = "COST", _("least cost")
    HOTELS = "HOTELS", _("fewest hotels")
    NEAR = "NEAR", _("nearest to the venue")
    MIX = "MIX", _("best mix")


@dataclass(frozen=True)
class Offered:
    """What is left of one hotel's answer."""

    pk: int  # of its invitation
    rooms: Mapping[Key, int]
    prices: Mapping[Key, Decimal]  # none where no price was given
    km: float | None = None


@dataclass(frozen=True)
class Wishes:
    """What the office asks for. Kept as JSON with the scenario."""

    goal: str = Goal.COST
    minimum: int = 0  # room nights at least in each hotel that is used
    kept: tuple[int, ...] = ()  # invitations that must be used
    banned: tuple[int, ...] = ()
    most_hotels: int = 0  # 0: as many as needed
    most_km: float | None = None
    most_price: str = ""  # of a room night, as a decimal
    partial: bool = False  # cover as much as can be, when not all can
    euro_km: float = 5  # best mix: what one km further is worth, by room night
    euro_hotel: float = 150  # best mix: what one more hotel costs us in work
    seconds: int = 10

    @classmethod
    def of(cls, words: Mapping[str, Any]) -> Wishes:
        """From JSON; what is unknown or missing is as usual."""
        known = {each.name for each in fields(cls)}
        facts: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in words.items() if name in known
        }
        return cls(**facts)

    def as_json(self) -> dict[str, Any]:
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


@dataclass(frozen=True)
class Problem:
    need: Mapping[Key, int]  # rooms still to be found
    hotels: tuple[Offered, ...]


@dataclass
class Found:
    """The answer. `gap`: how far it may be from the best, in %; 0 is proven best. No rooms and `relax`: no solution."""

    rooms: dict[tuple[int, str, date], int] = field(default_factory=dict)
    is_possible: bool = True
    gap: float = 0.0
    seconds: float = 0.0
    missing: dict[Key, int] = field(default_factory=dict)  # what stays uncovered
    relax: list[str] = field(default_factory=list)  # wishes, each of which alone stands in the way; several: any of them
    together: bool = False  # `relax` must all be given up

    @property
    def is_proven(self) -> bool:
        return self.gap <= 0.01


def solve(problem: Problem, wishes: Wishes, watch: Watch = lambda seconds, gap: True) -> Found:
    """Rooms that cover the need as wished; or, when none do, the wishes to give up. Takes about `wishes.seconds`."""
    begun = time.monotonic()
    found = _solve(problem, wishes, watch)
    if not found.is_possible:
        found = _reasons(problem, wishes, watch)
    found.seconds = time.monotonic() - begun
    return found


def _solve(problem: Problem, wishes: Wishes, watch: Watch) -> Found:
    begun = time.monotonic()
    model = _Model(problem, wishes)
    if any(pk not in model.hotel for pk in wishes.kept):
        return Found(is_possible=False)
    gap = 0.0
    phases = model.phases()
    for n, (objective, bound) in enumerate(phases):
        left = wishes.seconds - (time.monotonic() - begun)
        share = max(left if n == len(phases) - 1 else left * 0.6, wishes.seconds * LEAST_SHARE)
        solved = model.run(objective, seconds=share, watch=lambda s, g: watch(time.monotonic() - begun, g))
        if not solved:
            return Found(is_possible=n > 0 and bool(model.best), rooms=model.whole() if model.best else {}, gap=100.0)
        gap = max(gap, model.gap)
        if n < len(phases) - 1:
            model.hold(objective, bound(model.value))
    rooms = model.whole()
    return Found(rooms=rooms, gap=round(gap * 100, 3), missing=_missing(problem, rooms))


def _missing(problem: Problem, rooms: Mapping[tuple[int, str, date], int]) -> dict[Key, int]:
    have: dict[Key, int] = {}
    for (_pk, code, night), count in rooms.items():
        have[code, night] = have.get((code, night), 0) + count
    return {key: need - have.get(key, 0) for key, need in problem.need.items() if need > have.get(key, 0)}


# The wishes in force, and each given up.
GIVEN_UP: dict[str, tuple[Callable[[Wishes], bool], dict[str, Any]]] = {
    "minimum": (lambda w: w.minimum > 0, {"minimum": 0}),
    "kept": (lambda w: bool(w.kept), {"kept": ()}),
    "banned": (lambda w: bool(w.banned), {"banned": ()}),
    "most_hotels": (lambda w: w.most_hotels > 0, {"most_hotels": 0}),
    "most_km": (lambda w: w.most_km is not None, {"most_km": None}),
    "most_price": (lambda w: bool(w.most_price), {"most_price": ""}),
}


def _reasons(problem: Problem, wishes: Wishes, watch: Watch) -> Found:
    """Which wish to give up: each that alone suffices; else all of them together; else the need itself is beyond what is offered."""
    offered: dict[Key, int] = {}
    for hotel in problem.hotels:
        for key, rooms in hotel.rooms.items():
            offered[key] = offered.get(key, 0) + rooms
    short = {key: need - offered.get(key, 0) for key, need in problem.need.items() if need > offered.get(key, 0)}
    if short and not wishes.partial:
        return Found(is_possible=False, relax=["need"], missing=short)
    active = [name for name, (is_on, _without) in GIVEN_UP.items() if is_on(wishes)]
    quick = replace(wishes, goal=Goal.COST, seconds=A_FEW_SECONDS)  # type: ignore[arg-type]
    alone = [name for name in active if _is_possible(problem, replace(quick, **GIVEN_UP[name][1]), watch)]
    if not wishes.partial and _is_possible(problem, replace(quick, partial=True), watch):
        alone.append("partial")
    if alone:
        return Found(is_possible=False, relax=alone)
    return Found(is_possible=False, relax=active, together=True)


def _is_possible(problem: Problem, wishes: Wishes, watch: Watch) -> bool:
    model = _Model(problem, wishes)
    if any(pk not in model.hotel for pk in wishes.kept):
        return False
    return model.run([0.0] * model.width, seconds=A_FEW_SECONDS, watch=watch)


class _Model:
    """Columns: x per hotel and cell, y per hotel where hotels count, u per cell where some may stay uncovered."""

    def __init__(self, problem: Problem, wishes: Wishes):
        self.problem, self.wishes = problem, wishes
        self.hotels = [hotel for hotel in problem.hotels if self._may(hotel)]
        self.hotel = {hotel.pk: n for n, hotel in enumerate(self.hotels)}
        most = Decimal(wishes.most_price) if wishes.most_price else None
        self.cells: list[tuple[int, Key, int]] = []
        for n, hotel in enumerate(self.hotels):
            for key, rooms in hotel.rooms.items():
                price = hotel.prices.get(key)
                too_dear = most is not None and (price is None or price > most)
                if rooms > 0 and problem.need.get(key, 0) > 0 and not too_dear:
                    self.cells.append((n, key, min(rooms, problem.need[key])))
        self.counts_hotels = bool(
            wishes.minimum or wishes.kept or wishes.most_hotels or wishes.goal == Goal.HOTELS
            or (wishes.goal == Goal.MIX and wishes.euro_hotel)
        )  # fmt: skip
        self.keys = [key for key, need in problem.need.items() if need > 0]
        self.first_y = len(self.cells)
        self.first_u = self.first_y + (len(self.hotels) if self.counts_hotels else 0)
        self.width = self.first_u + (len(self.keys) if wishes.partial else 0)
        self.best: list[float] = []
        self.value = self.gap = 0.0
        self.solver = self._build()

    def _may(self, hotel: Offered) -> bool:
        wishes = self.wishes
        too_far = wishes.most_km is not None and (hotel.km is None or hotel.km > wishes.most_km)
        return hotel.pk not in wishes.banned and not too_far

    def _build(self) -> Any:
        import highspy  # with numpy some 60 MB: loaded by the process that solves, when it is first asked

        solver = highspy.Highs()
        for name, value in (("output_flag", False), ("threads", 1), ("mip_rel_gap", 0.001)):
            solver.setOptionValue(name, value)
        for _n, _key, most in self.cells:
            solver.addVar(0.0, float(most))
        for hotel in self.hotels if self.counts_hotels else []:
            solver.addVar(1.0 if hotel.pk in self.wishes.kept else 0.0, 1.0)
        for key in self.keys if self.wishes.partial else []:
            solver.addVar(0.0, float(self.problem.need[key]))
        for column in range(self.first_y, self.first_u):
            solver.changeColIntegrality(column, highspy.HighsVarType.kInteger)
        self._cover(solver)
        if self.counts_hotels:
            self._count(solver)
        return solver

    def _cover(self, solver: Any) -> None:
        by_key: dict[Key, list[int]] = {key: [] for key in self.keys}
        for column, (_n, key, _most) in enumerate(self.cells):
            by_key[key].append(column)
        for n, key in enumerate(self.keys):
            columns = by_key[key] + ([self.first_u + n] if self.wishes.partial else [])
            need = float(self.problem.need[key])
            solver.addRow(need, need, len(columns), columns, [1.0] * len(columns))

    def _count(self, solver: Any) -> None:
        mine: list[list[int]] = [[] for _hotel in self.hotels]
        for column, (n, _key, most) in enumerate(self.cells):
            mine[n].append(column)
            solver.addRow(-ENDLESS, 0.0, 2, [column, self.first_y + n], [1.0, -float(most)])
        for n, columns in enumerate(mine):
            least = float(max(1, self.wishes.minimum))  # a hotel that is used has a room at least
            solver.addRow(0.0, ENDLESS, len(columns) + 1, [*columns, self.first_y + n], [1.0] * len(columns) + [-least])
        if self.wishes.most_hotels:
            columns = list(range(self.first_y, self.first_u))
            solver.addRow(-ENDLESS, float(self.wishes.most_hotels), len(columns), columns, [1.0] * len(columns))

    # -- what is wanted, in turn

    def phases(self) -> list[tuple[list[float], Callable[[float], float]]]:
        """Each objective, and what the next ones must then hold to."""
        found: list[tuple[list[float], Callable[[float], float]]] = []
        if self.wishes.partial:
            found.append((self._row(range(self.first_u, self.width)), lambda value: round(value)))
        if self.wishes.goal == Goal.HOTELS:
            found.append((self._row(range(self.first_y, self.first_u)), lambda value: round(value)))
        found.append((self._last(), lambda value: value))
        return found

    def _row(self, columns: Iterable[int]) -> list[float]:
        row = [0.0] * self.width
        for column in columns:
            row[column] = 1.0
        return row

    def _last(self) -> list[float]:
        """Euros; nearest: metres, and of two equally near the cheaper; best mix: euros with the worth of distance and of work."""
        row = [0.0] * self.width
        dearest = max((float(price) for hotel in self.hotels for price in hotel.prices.values()), default=0.0)
        farthest = max((hotel.km for hotel in self.hotels if hotel.km is not None), default=0.0)
        for column, (n, key, _most) in enumerate(self.cells):
            hotel = self.hotels[n]
            price = float(hotel.prices[key]) if hotel.prices.get(key) is not None else dearest
            km = hotel.km if hotel.km is not None else farthest
            if self.wishes.goal == Goal.NEAR:
                row[column] = km * 1000 + price / 1000
            elif self.wishes.goal == Goal.MIX:
                row[column] = price + self.wishes.euro_km * km
            else:
                row[column] = price
        if self.wishes.goal == Goal.MIX and self.counts_hotels:
            for column in range(self.first_y, self.first_u):
                row[column] = self.wishes.euro_hotel
        return row

    # -- running

    def run(self, objective: list[float], *, seconds: float, watch: Watch) -> bool:
        """Minimise; True when a solution was found, best or not."""
        import highspy

        if not self.width:  # nothing can be taken: fine when nothing is needed
            return not self.keys
        for column, cost in enumerate(objective):
            self.solver.changeColCost(column, cost)
        self.solver.setOptionValue("time_limit", max(0.5, seconds))

        def look(event: Any) -> None:
            gap = event.data_out.mip_gap
            if not watch(event.data_out.running_time, None if gap > 1e9 else 100 * gap):
                event.interrupt()

        self.solver.cbMipInterrupt.subscribe(look)
        try:
            self.solver.run()
        finally:
            self.solver.cbMipInterrupt.unsubscribe(look)
        status, info = self.solver.getModelStatus(), self.solver.getInfo()
        known = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        if not known or status == highspy.HighsModelStatus.kInfeasible:
            return False
        self.best = list(self.solver.getSolution().col_value)
        self.value = info.objective_function_value
        is_mip = self.counts_hotels and status != highspy.HighsModelStatus.kOptimal
        self.gap = min(1.0, info.mip_gap) if is_mip else 0.0
        return True

    def hold(self, objective: list[float], most: float) -> None:
        """What is reached stays reached while the next goal is sought."""
        columns = [column for column, cost in enumerate(objective) if cost]
        self.solver.addRow(-ENDLESS, float(most), len(columns), columns, [objective[column] for column in columns])
        reached = self.solver.getSolution()
        reached.col_value = self.best
        self.solver.setSolution(reached)  # the next search begins where this one ended

    def whole(self) -> dict[tuple[int, str, date], int]:
        """The same solution at a vertex: hotels as chosen, the linear rest solved again, so that every room is whole."""
        import highspy

        if not self.width:
            return {}
        chosen, before = self.best, self.best
        for column in range(self.first_y, self.first_u):
            fixed = float(round(chosen[column]))
            self.solver.changeColBounds(column, fixed, fixed)
            self.solver.changeColIntegrality(column, highspy.HighsVarType.kContinuous)
        self.solver.setOptionValue("time_limit", ENDLESS)
        self.solver.setOptionValue("solver", "simplex")
        self.solver.run()
        if self.solver.getModelStatus() == highspy.HighsModelStatus.kOptimal:
            self.best = list(self.solver.getSolution().col_value)
        else:
            self.best = before
        return self.rooms()

    def rooms(self) -> dict[tuple[int, str, date], int]:
        found = {}
        for column, (n, (code, night), most) in enumerate(self.cells):
            count = min(most, round(self.best[column]))
            if count:
                found[self.hotels[n].pk, code, night] = count
        return found
