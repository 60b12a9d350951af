"""Rooms asked of the city, answered by phone or by the signed link, retained as stock."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from pleniere.allotment.actions import (
    Choice,
    Taken,
    ask_back,
    invite,
    make_request,
    offer_rooms,
    record_decline,
    record_reply,
    retain_together,
    send_reply,
    send_request,
)
from pleniere.allotment.actions.asking import link_for
from pleniere.allotment.models import Request
from pleniere.catalogue.models import Contract, Terms
from pleniere.congress.actions import make_stay_rule

from . import deals
from .city import DIRECT, INVENTED
from .stage import PARIS, Stage

NIGHTS = 5  # the eve, the three days, the day after
PRICES = {  # hotel: price of a room, rooms offered, rooms retained
    "sitraHCO593119": ("105.75", 40, 34),
    "GOLF": ("128.00", 20, 16),
    "AUSTRIA": ("89.00", 18, 14),
    "IBISGARE": ("98.50", 45, 36),
    "IBISTERRASSE": ("92.00", 30, 20),
    "KYRIAD": ("94.00", 30, 20),
    "TERMINUS": ("86.00", 30, 22),
    "CHEVALNOIR": ("88.00", 20, 14),
    "CITYLOFT": ("84.00", 25, 18),
    "FURANIA": ("74.00", 12, 10),
    "DEUXRIVES": ("79.00", 22, 18),
    "PASSEMENT": ("135.00", 12, 8),
    "MIDI": ("82.00", 12, 0),
    "MARTEAU": ("69.00", 20, 12),
}
ACCESSIBLE = {"GOLF": 2, "IBISGARE": 3, "IBISTERRASSE": 2, "DEUXRIVES": 1}


def ask_and_retain(stage: Stage) -> None:
    request = _ask(stage)
    replies = {}
    for code, (price, rooms, _kept) in PRICES.items():
        invitation = stage.invitations[code]
        typed = _typed(code, price, rooms, stage)
        if code in ("DEUXRIVES", "PASSEMENT", "MARTEAU"):
            if code == "DEUXRIVES":  # two more rooms the next day: a second version
                first = _typed(code, price, rooms - 2, stage)
                send_reply(invitation, typed=first, confirmed=True, by=link_for(invitation), at=stage.ago(67, 10))
            replies[code] = send_reply(invitation, typed=typed, confirmed=True, by=link_for(invitation), at=stage.ago(66, 18))
        else:
            replies[code] = record_reply(
                invitation, via="PHONE", typed=typed, confirmed=True, by=stage.agent, at=stage.ago(64, 11)
            )
    deals.compare(stage, request, {code: (Decimal(price), rooms) for code, (price, rooms, _kept) in PRICES.items()})
    cutoff = stage.starts - timedelta(days=30)
    choices = []
    for code, (price, _rooms, kept) in PRICES.items():
        if kept:
            nights = [request.arrival + timedelta(days=n) for n in range(NIGHTS)]
            wanted = {("DOUBLE", night): Taken(kept, Decimal(price)) for night in nights}
            wanted |= {("ACCESSIBLE", night): Taken(ACCESSIBLE[code], Decimal(price)) for night in nights if code in ACCESSIBLE}
            choices.append(Choice(replies[code], wanted, stage.suppliers[code].contracts.get(code="std"), cutoff))
    retain_together(choices, key="demo", by=stage.agent, at=stage.ago(58, 15))


def propose(stage: Stage) -> None:
    """Lately, two hotels speak of their rooms on sale: more at another price, and some back. Both wait for the bureau."""
    Contract.objects.filter(supplier__code="DEUXRIVES", code="std").update(stops_sales=True)
    night = stage.starts - timedelta(days=1)
    more: dict[str, Any] = {
        "room_type": "DOUBLE",
        "first": night,
        "last": night + timedelta(days=2),
        "rooms": 4,
        "price": Decimal("89.00"),
    }
    rives, marteau = stage.invitations["DEUXRIVES"], stage.invitations["MARTEAU"]
    words = "Quatre chambres rénovées"
    offer_rooms(rives, **more, remark=words, key="demo", by=link_for(rives), at=stage.ago(2, 17))
    back: dict[str, Any] = {"room_type": "DOUBLE", "first": night, "last": night, "rooms": 3}
    ask_back(marteau, **back, remark="Un groupe fidèle ce soir-là", key="demo", by=link_for(marteau), at=stage.ago(1, 10))


def _ask(stage: Stage) -> Request:
    arrival = stage.starts - timedelta(days=1)
    nights = [arrival + timedelta(days=n) for n in range(NIGHTS)]
    by_night = {
        "DOUBLE": [220 if 0 < n < 3 else 60 for n in range(NIGHTS)],
        "TWIN": [10] * NIGHTS,
        "ACCESSIBLE": [8] * NIGHTS,
        "SINGLE": [0] * NIGHTS,
    }
    needs = {code: ("QUOTE", dict(zip(nights, rooms, strict=True))) for code, rooms in by_night.items()}
    deadline = datetime.combine(stage.ago(60).date(), time(18), PARIS)
    request = make_request(
        stage.here,
        arrival=arrival,
        departure=arrival + timedelta(days=NIGHTS),
        deadline=deadline,
        cutoff=stage.starts - timedelta(days=30),
        needs=needs,
        title="Séminaire Cluster Tourisme en Ville",
        terms=_terms(),
        remarks="Petit déjeuner compris. La taxe de séjour est réglée sur place par les congressistes.",
        by=stage.agent,
        at=stage.ago(75),
    )
    asked = [stage.suppliers[code] for code in (*PRICES, *(house.code for house in INVENTED))]  # the silent one is invented
    invite(request, asked, by=stage.agent)
    send_request(request, by=stage.agent, at=stage.ago(75, 11))
    stage.invitations = {
        each.supplier.code: each for each in request.invitations.select_related("supplier", "request", "congress")
    }
    record_decline(stage.invitations["TROISRUBANS"], reason="Complet : congrès déjà pris", by=stage.agent, at=stage.ago(70))
    return request


def _terms() -> Terms:
    """A third of the rooms may go back free, then a tenth; half of what goes back beyond is owed."""
    terms = Terms.objects.create(code="contingent", name="Contingent, réduction dégressive")
    steps = [("SHRINK", "ORDER", 0, 33, "GRANTED"), ("SHRINK", "START", -45, 10, "GRANTED"), ("KEEP", "ORDER", 0, 50, "TOTAL")]
    for verb, start, days, percent, base in steps:
        terms.clauses.create(verb=verb, start=start, days=days, percent=percent, base=base)
    return terms


def _typed(code: str, price: str, rooms: int, stage: Stage) -> dict[str, str]:
    """A hotel's words: the same every night, none of what it has not."""
    typed = {
        "same:DOUBLE": "on",
        "n:DOUBLE": str(rooms),
        "p:DOUBLE": price.replace(".", ","),
        "none:SINGLE": "on",
        "name": "Réservations",
    }
    if code in ACCESSIBLE:
        typed |= {"same:ACCESSIBLE": "on", "n:ACCESSIBLE": str(ACCESSIBLE[code]), "p:ACCESSIBLE": price.replace(".", ",")}
    else:
        typed["none:ACCESSIBLE"] = "on"
    if code in ("IBISGARE", "CITYLOFT"):
        typed |= {"same:TWIN": "on", "n:TWIN": "6", "p:TWIN": price.replace(".", ",")}
    else:
        typed["none:TWIN"] = "on"
    if code == DIRECT:
        typed["remarks"] = "Règlement sur place, au départ."
    return typed


def rule_stays(stage: Stage) -> None:
    """Since the first weeks of sale, one hotel wants two nights, another sells the eve only with a night of the seminar."""
    facts: dict[str, Any] = {"by": stage.agent, "at": stage.ago(9, 15)}
    make_stay_rule(stage.here, supplier=stage.suppliers["GOLF"], least=2, **facts)
    make_stay_rule(stage.here, supplier=stage.suppliers["TERMINUS"], night_until=stage.starts, is_shoulder=True, **facts)
