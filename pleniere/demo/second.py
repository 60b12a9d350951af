"""A second congress, being prepared, and what organisers ask for."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from pleniere.allotment.actions import invite, make_request
from pleniere.congress.actions import (
    Want,
    close_enquiry,
    make_congress,
    make_enquiry,
    move_enquiry,
    put_option,
    set_needs,
)
from pleniere.congress.models import EnquiryReason

from .stage import Stage

NIGHTS = 3


def prepare(stage: Stage) -> None:
    facts: dict[str, Any] = {"by": stage.agent, "at": stage.ago(12)}
    starts = stage.starts + timedelta(days=147)
    congress = make_congress(
        "rhumato",
        title={"fr": "Journées de rhumatologie du Forez", "en": "Forez Rheumatology Days"},
        starts=starts,
        ends=starts + timedelta(days=2),
        organiser={"kind": "COMPANY", "company": "Société de rhumatologie du Forez", "email": "contact@rhumato.example"},
        venue="Centre de congrès Fauriel, Saint-Étienne",
        hue="petrol",
        **facts,
    )
    arrival = starts - timedelta(days=1)
    nights = [arrival + timedelta(days=n) for n in range(NIGHTS)]
    request = make_request(
        congress,
        arrival=arrival,
        departure=arrival + timedelta(days=NIGHTS),
        deadline=stage.now + timedelta(days=20),
        cutoff=starts - timedelta(days=45),
        needs={code: ("QUOTE", dict.fromkeys(nights, rooms)) for code, rooms in {"DOUBLE": 80, "ACCESSIBLE": 4}.items()},
        **facts,
    )
    invite(request, [stage.suppliers[code] for code in ("DEUXRIVES", "PASSEMENT", "IBISGARE", "GOLF")], by=stage.agent)
    _archivists(stage, starts, facts)
    _mutual(stage, starts, facts)
    _others(stage, facts)


def _archivists(stage: Stage, starts: date, facts: dict[str, Any]) -> None:
    archivists = make_enquiry(
        "Congrès des archivistes",
        contact="Nora Haddad",
        email="nora@archives.example",
        starts=starts + timedelta(days=140),
        ends=starts + timedelta(days=143),
        other_dates=[(starts + timedelta(days=147), starts + timedelta(days=150))],
        heads=450,
        budget=Decimal(118000),
        source="salon Heavent",
        next_step="envoyer deux dates",
        next_on=stage.now.date() - timedelta(days=1),
        owner=stage.agent,
        **facts,
    )
    wants = [Want("ROOM", "DOUBLE", day, 180) for day in (-1, 0, 1)] + [Want("MEAL", "Déjeuner", day, 450) for day in (0, 1)]
    set_needs(archivists, [*wants, Want("MEETING", "Plénière", 0, 450)], **facts)
    move_enquiry(archivists, "QUALIFIED", **facts)


def _mutual(stage: Stage, starts: date, facts: dict[str, Any]) -> None:
    mutual = make_enquiry(
        "Convention d’une mutuelle",
        contact="Paul Vidal",
        email="paul@mutuelle.example",
        starts=starts + timedelta(days=60),
        ends=starts + timedelta(days=61),
        heads=120,
        budget=Decimal(60000),
        next_step="relancer sur le devis",
        next_on=stage.now.date() + timedelta(days=5),
        owner=stage.lead,
        **facts,
    )
    move_enquiry(mutual, "PROPOSED", **facts)
    held = stage.now.date() + timedelta(days=9)
    put_option(mutual, stage.suppliers["DEUXRIVES"], until=held, rooms=60, note="60 chambres et la salle Loire", **facts)


def _others(stage: Stage, facts: dict[str, Any]) -> None:
    make_enquiry(
        "Séminaire Métal Loire",
        contact="Thomas Girin",
        email="t.girin@metal.example",
        source="appel",
        starts=stage.starts - timedelta(days=14),
        ends=stage.starts - timedelta(days=12),
        heads=30,
        budget=Decimal(4800),
        probability=80,
        next_step="devis simple",
        next_on=stage.now.date() + timedelta(days=2),
        owner=stage.agent,
        **facts,
    )
    lost = make_enquiry("Assises de l’eau", contact="Jeanne Colin", heads=800, **facts)
    close_enquiry(lost, won=False, why="pas de salle de 800 places à ces dates", reason=_capacity(), **facts)


def _capacity() -> EnquiryReason | None:
    return EnquiryReason.objects.filter(outcome="LOST", position=1).first()
