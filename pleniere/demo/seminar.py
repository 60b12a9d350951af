"""The seminar as it is sold: the leaflet's steps, offers and prices."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from pleniere.accounts.models import Role
from pleniere.congress.actions import (
    PriceRow,
    make_audience,
    make_congress,
    make_enquiry,
    make_offer,
    make_rate_type,
    make_season,
    make_step,
    set_method,
    set_prices,
    set_terms,
    write_legal_text,
)
from pleniere.congress.actions.people import set_member_roles
from pleniere.congress.models import Congress, Offer, Price
from pleniere.congress.terms import PRESETS
from pleniere.stock.actions import Night, grant

from .stage import Stage

CODE = "ctv"
WELCOME = {
    "fr": "Trois jours entre professionnels du tourisme urbain, dans la seule ville française du réseau UNESCO des villes de design : "
    "ateliers à la Cité du design, visites de la Biennale et soirée au site Le Corbusier.",
    "en": "Three days among professionals of city tourism, in the only French town of the UNESCO network of cities of design: "
    "workshops at the Cité du design, tours of the Biennale and an evening at the Le Corbusier site.",
}
TERMS = {
    "fr": "1. L’inscription est ferme dès le versement de l’acompte ou la réception du bon de commande signé.\n\n"
    "2. Toute annulation se fait par écrit ; les sommes retenues dépendent de sa date : 10 %, puis 30 % à 45 jours, 50 % à 30 jours et "
    "la totalité à 8 jours.\n\n3. Le bureau vend les nuits au nom et pour le compte des hôtels.\n\n4. Les sommes versées d’avance "
    "sont des acomptes.",
    "en": "1. A registration is firm once the deposit is paid or the signed order received.\n\n2. A cancellation is made in writing; what is "
    "kept depends on its date: 10 %, then 30 % from 45 days, 50 % from 30 days and all from 8 days before.\n\n3. The bureau sells nights "
    "in the name and on behalf of the hotels.\n\n4. Sums paid in advance are binding deposits.",
}
PLACES = {
    "VISITMAM": 60,
    "VISITBIEN": 120,
    "SOIREEOFFIC": 320,
    "SOIRCORBU": 320,
    "DEJNRJ2": 320,
    "RESTOEPHEM": 250,
    "DEJBUREAU": 20,
    "GALA": 200,
    "VISITVILLE": 45,
}


def prepare(stage: Stage) -> None:
    """Everything but the rooms, which come from the hotels' answers."""
    facts: dict[str, Any] = {"by": stage.lead, "at": stage.ago(90)}
    starts = stage.starts
    enquiry = make_enquiry(
        "Séminaire Cluster Tourisme en Ville", contact="Oscar Lemaire", email="oscar@cluster.example", heads=300, **facts
    )
    stage.congress = congress = make_congress(
        CODE,
        title={"fr": "Séminaire Cluster Tourisme en Ville", "en": "City Tourism Cluster Seminar"},
        starts=starts,
        ends=starts + timedelta(days=3),
        organiser={"kind": "COMPANY", "company": "Cluster Tourisme en Ville", "email": "oscar@cluster.example", "town": "Paris"},
        enquiry=enquiry,
        welcome=WELCOME,
        venue="Cité du design, Saint-Étienne",
        venue_address="3 rue Javelin Pagnon, 42000 Saint-Étienne",
        venue_latitude=45.4502,
        venue_longitude=4.3861,
        help_name="Michèle Perrin",
        help_email="congres@saint-etienne.example",
        help_phone="04 00 00 00 00",
        hue="cluster",
        option_cap_night=90,
        **facts,
    )
    stage.audiences = {audience.code: audience for audience in congress.audiences.all()}
    board = {"fr": "Membre du bureau", "en": "Board member"}
    stage.audiences["board"] = make_audience(
        congress, "board", name=board, proof="CODE", secret="BUREAU2027", falls_back_to=stage.audiences["delegate"], **facts
    )
    stage.steps = {step.code: step for step in congress.steps.all()}
    for code, french, english, icon in (
        ("meals", "La restauration", "Meals", "fork"),
        ("evenings", "Soirées et dîners", "Evenings", "star"),
        ("visits", "Visites", "Visits", "ticket"),
    ):
        stage.steps[code] = make_step(congress, code=code, icon=icon, title={"fr": french, "en": english}, **facts)
    _offers(stage, facts)
    _seasons(stage, facts)
    set_terms(congress, PRESETS["balanced"][1], name="Échelonnées", **facts)
    write_legal_text(congress, TERMS, **facts)
    for kind, days in {"CARD": 1, "TRANSFER": 12, "CHEQUE": 12, "ORDER": 25}.items():
        extra: dict[str, Any] = {"provider": "sandbox"} if kind == "CARD" else {}
        set_method(congress, kind, is_on=True, hold_days=days, **extra, **facts)
    set_member_roles(congress, stage.people["oscar"], [Role.ORGANISER], **facts)
    stage.congress = Congress.objects.get(pk=congress.pk)


def _seasons(stage: Stage, facts: dict[str, Any]) -> None:
    """The congress's nights and the quiet ones around them, as the planning names them."""
    low = make_rate_type(stage.here, "BS", name={"fr": "Basse saison", "en": "Low season"}, **facts)
    full = make_rate_type(stage.here, "CG", name={"fr": "Tarif congrès", "en": "Congress rate"}, **facts)
    first, last = stage.starts - timedelta(days=1), stage.starts + timedelta(days=3)
    for code, french, english, rate, starts, until in (
        ("avant", "Avant le congrès", "Before the congress", low, first - timedelta(days=40), first),
        ("congres", "Congrès", "Congress", full, first, last),
        ("apres", "Après le congrès", "After the congress", low, last, last + timedelta(days=40)),
    ):
        name = {"fr": french, "en": english}
        make_season(stage.here, code, name=name, starts=starts, until=until, rate_type=rate, **facts)


def _offers(stage: Stage, facts: dict[str, Any]) -> None:
    wednesday = stage.starts
    thursday, friday = wednesday + timedelta(days=1), wednesday + timedelta(days=2)
    delegate, board = stage.audiences["delegate"], stage.audiences["board"]
    gross, net = (lambda amount: PriceRow(Decimal(amount))), (lambda amount: PriceRow(Decimal(amount), basis="NET"))
    _offer(stage, "fee", "FRAISINSCRIP", net("50.00"), facts, counted=False, is_mandatory=True, audiences=[delegate, board])
    _offer(
        stage, "meals", "DEJBUREAU", net("21.00"), facts, day=wednesday, audiences=[board], starts_at="12:30", place="La Platine"
    )
    _offer(stage, "meals", "DEJNRJ2", gross("0.00"), facts, day=thursday, starts_at="12:30", place="Cité du design")
    _offer(stage, "meals", "RESTOEPHEM", gross("25.00"), facts, day=friday, starts_at="12:30", place="Cité du design")
    _offer(stage, "evenings", "SOIREEOFFIC", gross("0.00"), facts, day=wednesday, one_of="soiree", starts_at="19:00")
    _offer(
        stage, "evenings", "SOIRCORBU", gross("0.00"), facts, day=thursday, one_of="soiree", starts_at="19:30", place="Firminy"
    )
    _offer(stage, "evenings", "GALA", gross("62.00"), facts, day=thursday, starts_at="20:30", buy="48.00")
    _offer(stage, "visits", "VISITMAM", gross("0.00"), facts, day=wednesday, starts_at="16:00")
    _offer(stage, "visits", "VISITBIEN", gross("0.00"), facts, day=thursday, starts_at="16:00")
    _offer(stage, "visits", "VISITVILLE", gross("12.00"), facts, day=friday, starts_at="15:00")
    _offer(stage, "visits", "NAVETTE", gross("9.00"), facts, counted=False, buy="6.50")


def _offer(
    stage: Stage,
    step: str,
    code: str,
    price: PriceRow,
    facts: dict[str, Any],
    *,
    buy: str = "",
    day: date | None = None,
    **more: Any,
) -> Offer:
    service = stage.services[code]
    rate = service.rates.get()
    if buy:
        set_prices(stage.here, rate, [PriceRow(Decimal(buy))], side=Price.Side.BUY, **facts)
    counted = more.pop("counted", True)
    offer = make_offer(stage.steps[step], service, day=day, counted=counted, prices=[price], rate=rate, **more, **facts)
    if counted:
        night = Night(offer.pool_id, service.pk, day)  # type: ignore[arg-type]
        grant({night: PLACES[code]}, key=f"places:{code}", congress_id=stage.here.pk, reason="jauge de la salle", **facts)
    stage.offers[code] = offer
    return offer
