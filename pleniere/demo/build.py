"""The demo, from an empty database to today."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pleniere.congress.actions import open_registration
from pleniere.congress.models import Congress

from . import cast, city, crowd, deals, draw, money, papers, rooms, second, seminar, small, speakers, waiting
from .stage import Stage


@transaction.atomic
def build(now: datetime) -> Stage:
    """All or nothing: a demo cut off in the middle leaves the database empty."""
    stage = Stage(now)
    cast.enter(stage)
    city.build(stage)
    seminar.prepare(stage)
    rooms.ask_and_retain(stage)
    deals.agree(stage)
    stage.congress = Congress.objects.get(pk=stage.here.pk)
    papers.quote(stage)
    open_registration(stage.here, by=stage.lead, at=stage.ago(crowd.OPEN_FOR, 8))
    stage.congress = Congress.objects.select_related("organiser", "terms").get(pk=stage.here.pk)
    life = crowd.Crowd(stage)
    life.live()
    crowd.leaflet(stage, life)
    waiting.fill_itself(stage)
    draw.by_lot(stage)
    speakers.set_apart(stage, life)
    speakers.name_later(stage, life)
    rooms.rule_stays(stage)
    papers.lists(stage)
    rooms.propose(stage)
    money.settle(stage)
    second.prepare(stage)
    small.seminar(stage)
    small.purchases(stage)
    return stage
