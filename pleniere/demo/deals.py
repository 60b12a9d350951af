"""Around what was retained: the scenarios compared before, a hotel's signed agreement, a step before two cut-offs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from pleniere.accounts.files import keep
from pleniere.allotment.actions import StepFacts, make_scenario, record_signature, set_steps
from pleniere.allotment.agreements import agreement, file_name
from pleniere.allotment.models import Block, Request

from .stage import Stage

ENOUGH = 220  # rooms of the fullest nights
STEPPED = ("IBISTERRASSE", "KYRIAD")


def compare(stage: Stage, request: Request, offered: dict[str, tuple[Decimal, int]]) -> None:
    """Two ways to house everybody, by what each hotel offers: (price, rooms)."""
    cheapest = sorted(offered, key=lambda code: offered[code][0])
    largest = sorted(offered, key=lambda code: -offered[code][1])
    for name, order in (("Les moins chers", cheapest), ("Le moins d’hôtels", largest)):
        nights = [request.arrival + timedelta(days=n) for n in range((request.departure - request.arrival).days)]
        chosen = _until(ENOUGH, [(code, offered[code][1]) for code in order])
        rooms = {(stage.invitations[code].pk, "DOUBLE", night): count for code, count in chosen.items() for night in nights}
        make_scenario(request, name=name, rooms=rooms, by=stage.agent, at=stage.ago(60, 11))


def _until(wanted: int, hotels: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Rooms of each in turn, until there are as many as wanted."""
    chosen: dict[str, int] = {}
    for code, rooms in hotels:
        if left := min(rooms, wanted - sum(chosen.values())):
            chosen[code] = left
    return chosen


def agree(stage: Stage) -> None:
    """One agreement came back signed; two hotels take half of what is unsold a month before their cut-off."""
    blocks = {
        block.supplier.code: block for block in Block.objects.filter(congress=stage.here).select_related("supplier", "congress")
    }
    block = blocks["DEUXRIVES"]
    invitation = stage.invitations["DEUXRIVES"]
    at = stage.ago(50, 16)
    paper = agreement(block, invitation, [])
    file = keep(paper, name=file_name(block, invitation), subject=block, by=stage.agent, at=at)
    record_signature(block, file, by=stage.agent, at=at)
    for code in STEPPED:
        step = StepFacts(blocks[code].cutoff - timedelta(days=30), Decimal(50))
        set_steps(blocks[code], [step], by=stage.agent, at=stage.ago(50, 17))
