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
from pleniere.subblock.actions import (
    accept,
    allocate,
    ask,
    fill_house,
    invite,
    link_of,
    make_house,
    make_sub_block,
    name_guests,
    propose,
)
from pleniere.subblock.actions.making import Contact, StepFacts
from pleniere.subblock.house import grid

from .crowd import Crowd
from .stage import Stage

CODE = "PAROLE2027"
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
        secret=CODE,
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
    mine = Offer.objects.select_related("service").filter(pool=part.pool_id).order_by("pk")[0]
    for number, (first, last) in enumerate((("Hélène", "Vasseur"), ("Marc", "Toussaint"))):
        _register(stage, crowd, mine, first, last, days_ago=4 - number)


def name_later(stage: Stage, crowd: Crowd) -> None:
    """A double sold before its hotel is known, two hotels lending it a room each; somebody has taken one."""
    said: dict[str, Any] = {"by": stage.agent, "at": stage.ago(4, 9)}
    offer = make_house(stage.here, "DOUBLE", Decimal("99.00"), **said)
    nights = [stage.starts + n * DAY for n in range(2)]
    able = [lent for lent in grid(offer).rows if all(lent.free.get(night, 0) > 1 for night in nights)][:2]
    fill_house(offer, {(lent.service.pk, night): 1 for lent in able for night in nights}, key="demo", **said)
    stage.congress = Congress.objects.select_related("organiser", "terms").get(pk=stage.here.pk)
    _register(stage, crowd, offer, "Paul", "Garrigue", days_ago=3, code="")


def _register(stage: Stage, crowd: Crowd, offer: Offer, first: str, last: str, *, days_ago: int, code: str = CODE) -> None:
    at = stage.ago(days_ago, 15)
    said: dict[str, Any] = {"by": stage.agent, "at": at}
    booking = open_cart(stage.here, language="fr", at=at)
    [person] = set_persons(booking, [PersonFacts(first_name=first, last_name=last)], **said)
    if code:
        prove_audience(booking, person, code, **said)
    rate = next(rate for rate in offer.service.rates.order_by("pk") if rate.occupancy == 1)
    room = Take(offer, rate, stage.starts, stage.starts + 2 * DAY, [person])
    fill_cart(booking, [crowd.taking(code, [person]) for code in ("FRAISINSCRIP", "SOIREEOFFIC", "SOIRCORBU")] + [room], **said)
    buyer = Buyer(
        kind="PERSON", first_name=first, last_name=last, email=f"{first[0].lower()}.{last.lower()}@orateurs.example", town="Lyon"
    )
    facts: dict[str, Any] = {"method": crowd.methods["TRANSFER"], "terms": crowd.terms, "shown": look(booking).total}
    announce(place_order(booking, buyer=buyer, **facts, **said).payers.get(), **said)
