"""Part of the seminar's rooms for its speakers: asked by who looks after them, allocated, accepted; two have registered."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from pleniere.booking.actions import Buyer, PersonFacts, Take, fill_cart, open_cart, prove_audience, set_persons
from pleniere.common.nights import DAY
from pleniere.congress.models import Congress, Offer
from pleniere.payment.actions import announce
from pleniere.registration.actions import place_order
from pleniere.registration.visit import look
from pleniere.subblock.actions import accept, allocate, ask, invite, link_of, make_sub_block, name_guests, propose
from pleniere.subblock.actions.making import Contact, StepFacts

from .crowd import Crowd
from .stage import Stage

NAMES = {"fr": "Orateurs", "en": "Speakers"}
EXPECTED = (
    "Hélène; Vasseur; helene@orateurs.example\nMarc; Toussaint; marc@orateurs.example\nLucia; Ferrante; lucia@orateurs.example"
)


def set_apart(stage: Stage, crowd: Crowd) -> None:
    """Three rooms a night asked, given from what is free; a first half of the rest goes back a month and a half before."""
    said: dict[str, Any] = {"by": stage.agent, "at": stage.ago(6, 11)}
    starts = stage.starts
    part = make_sub_block(
        stage.here,
        "ORATEURS",
        name=NAMES,
        secret="PAROLE2027",
        contact=Contact("Inès Roy", "ines@cluster.example"),
        pays_as=stage.audiences["delegate"],
        purpose="Intervenants et modérateurs",
        steps=[StepFacts(starts - timedelta(days=45), percent=Decimal(50)), StepFacts(starts - timedelta(days=21))],
        **said,
    )
    link, at = link_of(part), stage.ago(6, 14)
    wanted = {("DOUBLE", starts + n * DAY): 3 for n in range(2)}
    asked = ask(part, wanted, remark="Près de la Cité du design, si possible.", key="demo", by=link, at=at)
    allocate(part, propose(part, asked.cells), key="demo", by=stage.agent, at=stage.ago(5, 9))
    part.refresh_from_db()
    accept(part, version=part.version, by=link, at=stage.ago(5, 11))
    name_guests(part, EXPECTED, by=link, at=stage.ago(5, 11))
    invite(part, list(part.guests.all()), by=link, at=stage.ago(5, 12))
    stage.congress = Congress.objects.select_related("organiser", "terms").get(pk=stage.here.pk)
    for number, (first, last) in enumerate((("Hélène", "Vasseur"), ("Marc", "Toussaint"))):
        _register(stage, crowd, part.pool_id, first, last, days_ago=4 - number)


def _register(stage: Stage, crowd: Crowd, pool: int, first: str, last: str, *, days_ago: int) -> None:
    at = stage.ago(days_ago, 15)
    said: dict[str, Any] = {"by": stage.agent, "at": at}
    booking = open_cart(stage.here, language="fr", at=at)
    [person] = set_persons(booking, [PersonFacts(first_name=first, last_name=last, institution="Orateurs")], **said)
    prove_audience(booking, person, "PAROLE2027", **said)
    offer = Offer.objects.select_related("service").filter(pool=pool).order_by("pk")[0]
    rate = next(rate for rate in crowd.plan.rates[offer.service_id] if rate.occupancy == 1)
    room = Take(offer, rate, stage.starts, stage.starts + 2 * DAY, [person])
    fill_cart(booking, [crowd.taking(code, [person]) for code in ("FRAISINSCRIP", "SOIREEOFFIC", "SOIRCORBU")] + [room], **said)
    buyer = Buyer(
        kind="PERSON", first_name=first, last_name=last, email=f"{first[0].lower()}.{last.lower()}@orateurs.example", town="Lyon"
    )
    facts: dict[str, Any] = {"method": crowd.methods["TRANSFER"], "terms": crowd.terms, "shown": look(booking).total}
    announce(place_order(booking, buyer=buyer, **facts, **said).payers.get(), **said)
