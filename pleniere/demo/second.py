"""A second congress, being prepared, and what organisers ask for."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from pleniere.allotment.actions import invite, make_request
from pleniere.congress.actions import close_enquiry, make_congress, make_enquiry

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
    make_enquiry(
        "Congrès des archivistes",
        contact="Nora Haddad",
        email="nora@archives.example",
        heads=450,
        next_step="envoyer deux dates",
        **facts,
    )
    make_enquiry(
        "Convention d’une mutuelle",
        contact="Paul Vidal",
        email="paul@mutuelle.example",
        heads=120,
        budget=Decimal(60000),
        **facts,
    )
    lost = make_enquiry("Assises de l’eau", contact="Jeanne Colin", heads=800, **facts)
    close_enquiry(lost, won=False, why="pas de salle de 800 places à ces dates", **facts)
