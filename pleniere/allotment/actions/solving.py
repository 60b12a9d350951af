"""The solver's start and stop, and what it found written into the scenario."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from pleniere.accounts.actions import trace
from pleniere.accounts.rights import Actor, require
from pleniere.common.moves import move
from pleniere.messaging.jobs import enqueue

from ..models import Scenario
from ..solving import Found, Wishes
from .choosing import locked, offered, write_rooms

SOLVE = "pleniere.allotment.tasks.solve_scenario"


@transaction.atomic
def ask_solver(scenario: Scenario, wishes: Wishes, *, by: Actor, at: datetime) -> Scenario:
    """Have the worker look for the rooms that meet these wishes; what it finds replaces what the scenario holds.

    Asked again, an earlier search changes nothing any more.
    """
    require(by, "allotment.retain", scenario)
    scenario = locked(scenario, solving_too=True)
    asked = scenario.asked + 1
    facts: dict[str, Any] = {"wishes": wishes.as_json(), "said": {}, "asked": asked}
    if not move(scenario, Scenario.State.SOLVING, Scenario.MOVES, **facts):
        Scenario.objects.filter(pk=scenario.pk).update(**facts)
    trace(by, "allotment.solver_asked", scenario.request, at=at, after={"scenario": scenario.name, **wishes.as_json()})
    enqueue(SOLVE, key=job_key(scenario.pk, asked), by=by, scenario=scenario.pk, asked=asked)
    return scenario


@transaction.atomic
def stop_solver(scenario: Scenario, *, by: Actor) -> None:
    """Give a search up: the scenario holds what it held before."""
    require(by, "allotment.retain", scenario)
    scenario = locked(scenario, solving_too=True)
    if scenario.state == Scenario.State.SOLVING:
        move(scenario, Scenario.State.READY, Scenario.MOVES, asked=scenario.asked + 1)


@transaction.atomic
def write_solution(pk: int, asked: int, found: Found) -> bool:
    """What the solver found, if this search is still the one that was asked for last. A repeat changes nothing.

    Rooms that were retained or taken back while it searched are left out: the scenario then shows what it lacks.
    """
    scenario = Scenario.objects.select_for_update(no_key=True).filter(pk=pk, asked=asked, state=Scenario.State.SOLVING).first()
    if scenario is None:
        return False
    if not found.is_possible:
        move(scenario, Scenario.State.IMPOSSIBLE, Scenario.MOVES, said=said_of(found))
        return True
    left, _cells = offered({invitation for invitation, _code, _night in found.rooms}, request=scenario.request_id)
    rooms = {key: min(count, left.get(key, 0)) for key, count in found.rooms.items()}
    scenario.cells.all().delete()
    write_rooms(scenario, rooms)
    move(scenario, Scenario.State.READY, Scenario.MOVES, said=said_of(found))
    return True


def job_key(pk: int, asked: int) -> str:
    return f"scenario-{pk}-{asked}"


def said_of(found: Found) -> dict[str, Any]:
    """The answer as the scenario keeps it."""
    return {
        "gap": found.gap,
        "seconds": round(found.seconds, 1),
        "relax": found.relax,
        "together": found.together,
        "missing": [[code, night.isoformat(), count] for (code, night), count in sorted(found.missing.items())],
    }
