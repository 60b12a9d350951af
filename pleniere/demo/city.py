"""The city's suppliers: real hotels by what the national list says of them, invented ones for all that is not to their credit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from schwifty import IBAN

from pleniere.catalogue.actions import (
    approve_iban,
    edit_supplier,
    give_account,
    make_contact,
    make_contract,
    make_rate,
    make_service,
    make_supplier,
    make_tourist_tax,
    propose_iban,
)
from pleniere.catalogue.models import Supplier
from pleniere.common.words import LocalText

from .stage import Stage


class House(NamedTuple):
    code: str
    kind: str
    name: str
    stars: int | None
    address: str
    postcode: str
    rooms: int
    latitude: float
    longitude: float
    amenities: tuple[str, ...] = ()


HOTELS = (
    House(
        "sitraHCO593119",
        "RESIDENCE",
        "ADAGIO SAINT-ÉTIENNE CENTRE",
        3,
        "Rue Balaÿ",
        "42000",
        86,
        45.43403,
        4.38660,
        ("LIFT", "AIRCON", "WIFI"),
    ),
    House("ASTORIA", "HOTEL", "HÔTEL ASTORIA", 4, "Rue Henri Déchaud", "42100", 33, 45.4210, 4.3985, ("PARKING", "WIFI", "LIFT")),
    House("AUSTRIA", "HOTEL", "HÔTEL AUSTRIA", 3, "21 place Massenet", "42000", 30, 45.4540, 4.3870, ("WIFI", "LIFT")),
    House(
        "BBMONTHIEU",
        "HOTEL",
        "HÔTEL B&B SAINT-ÉTIENNE MONTHIEU",
        2,
        "17 rue Marc Charras",
        "42100",
        64,
        45.4290,
        4.4090,
        ("PARKING", "WIFI"),
    ),
    House("CONTINENTAL", "HOTEL", "HÔTEL CONTINENTAL", 1, "10 rue François Gillet", "42000", 22, 45.4418, 4.3885, ("WIFI",)),
    House(
        "GOLF",
        "HOTEL",
        "HÔTEL DU GOLF",
        4,
        "67 rue Saint-Simon",
        "42000",
        48,
        45.4350,
        4.3640,
        ("PARKING", "WIFI", "LIFT", "AIRCON", "ACCESS"),
    ),
    House("MIDI", "HOTEL", "HÔTEL DU MIDI", 3, "19 boulevard Pasteur", "42100", 33, 45.4237, 4.3907, ("WIFI", "LIFT")),
    House("FURANIA", "HOTEL", "HÔTEL FURANIA", 2, "18 rue de la Résistance", "42000", 34, 45.4405, 4.3862, ("WIFI",)),
    House(
        "IBISGARE",
        "HOTEL",
        "HÔTEL IBIS SAINT-ÉTIENNE GARE CHÂTEAUCREUX",
        3,
        "35 avenue Denfert-Rochereau",
        "42000",
        88,
        45.4431,
        4.3985,
        ("LIFT", "AIRCON", "WIFI", "ACCESS"),
    ),
    House(
        "IBISTERRASSE",
        "HOTEL",
        "HÔTEL IBIS SAINT-ÉTIENNE LA TERRASSE",
        3,
        "35 place Massenet",
        "42000",
        85,
        45.4545,
        4.3872,
        ("LIFT", "AIRCON", "WIFI", "PARKING", "ACCESS"),
    ),
    House(
        "KYRIAD",
        "HOTEL",
        "HÔTEL KYRIAD SAINT-ÉTIENNE CENTRE",
        3,
        "77 rue de la Montat",
        "42100",
        71,
        45.4338,
        4.4015,
        ("LIFT", "AIRCON", "WIFI", "PARKING"),
    ),
    House("NATIONAL", "HOTEL", "HÔTEL LE NATIONAL", 2, "3 rue Cugnot", "42000", 23, 45.4428, 4.3962, ("WIFI",)),
    House("QUAI33", "HOTEL", "HÔTEL QUAI 33", 3, "33 avenue Denfert-Rochereau", "42000", 16, 45.4429, 4.3982, ("WIFI", "LIFT")),
    House(
        "TERMINUS",
        "HOTEL",
        "HÔTEL TERMINUS DU FOREZ",
        3,
        "31 avenue Denfert-Rochereau",
        "42000",
        66,
        45.4428,
        4.3979,
        ("WIFI", "LIFT", "PARKING"),
    ),
    House(
        "CHEVALNOIR",
        "HOTEL",
        "HÔTELLERIE DU CHEVAL NOIR",
        3,
        "11 rue François Gillet",
        "42000",
        42,
        45.4419,
        4.3887,
        ("WIFI", "LIFT"),
    ),
    House(
        "CITYLOFT",
        "RESIDENCE",
        "RÉSIDENCE CITY LOFT SAINT-ÉTIENNE CENTRE",
        3,
        "15 rue Gambetta",
        "42000",
        85,
        45.4378,
        4.3875,
        ("WIFI", "LIFT"),
    ),
)
INVENTED = (
    House(
        "DEUXRIVES",
        "HOTEL",
        "Hôtel des Deux Rives",
        3,
        "4 quai des Deux Rives",
        "42000",
        40,
        45.4390,
        4.3920,
        ("LIFT", "WIFI", "ACCESS"),
    ),
    House("TROISRUBANS", "HOTEL", "Hôtel des Trois Rubans", 2, "8 rue des Trois Rubans", "42000", 25, 45.4370, 4.3840, ("WIFI",)),
    House(
        "MARTEAU", "RESIDENCE", "Résidence du Marteau", 3, "12 rue du Marteau", "42100", 50, 45.4280, 4.3950, ("PARKING", "WIFI")
    ),
    House(
        "PASSEMENT",
        "HOTEL",
        "Hôtel de la Passementerie",
        4,
        "2 place de la Passementerie",
        "42000",
        28,
        45.4400,
        4.3850,
        ("LIFT", "AIRCON", "WIFI"),
    ),
    House("MINEURS", "HOTEL", "Hôtel des Mineurs", 2, "6 rue du Puits", "42100", 30, 45.4300, 4.3900, ("WIFI",)),
)
MANDATED, MANDATED_SIRET = "DEUXRIVES", "98765432400001"  # we bill in its name, in its own series
DIRECT = "PASSEMENT"  # paid at the hotel
OTHERS = (  # code, kind, name, contract mode
    ("ATOUTFRANCECTV", "ORGANISER", "Atout France pour Cluster Tourisme en Ville", "AGENT"),
    ("TROISPONTS", "CATERER", "Traiteur des Trois Ponts", "MARGIN"),
    ("CARSFOREZ", "TRANSPORT", "Cars de la Démonstration", "OWN"),
)
SERVICES = (  # supplier, code, rate, kind, French, English, VAT
    (
        "ATOUTFRANCECTV",
        "FRAISINSCRIP",
        "DROITINSCR",
        "FEE",
        "Droits d’inscription séminaire CTV",
        "Registration fee, CTV seminar",
        "standard",
    ),
    ("ATOUTFRANCECTV", "DEJBUREAU", "DEJBUREAU", "MEAL", "Déjeuner du bureau", "Board lunch", "standard"),
    (
        "ATOUTFRANCECTV",
        "RESTOEPHEM",
        "RESTOEPHEM",
        "MEAL",
        "Le restaurant éphémère à la Cité du design",
        "Pop-up restaurant at the Cité du design",
        "intermediate",
    ),
    (
        "ATOUTFRANCECTV",
        "DEJNRJ2",
        "DEJNRJ2",
        "MEAL",
        "Déjeuner à la Cité du design",
        "Lunch at the Cité du design",
        "intermediate",
    ),
    (
        "ATOUTFRANCECTV",
        "SOIREEOFFIC",
        "SOIREEOFFI",
        "EVENING",
        "Soirée à l’office de tourisme",
        "Evening at the tourist office",
        "intermediate",
    ),
    (
        "ATOUTFRANCECTV",
        "SOIRCORBU",
        "SOIRCORBU",
        "EVENING",
        "Soirée au site Le Corbusier",
        "Evening at the Le Corbusier site",
        "intermediate",
    ),
    (
        "ATOUTFRANCECTV",
        "VISITMAM",
        "VISITMAM",
        "VISIT",
        "Visite du musée d’art moderne",
        "Tour of the museum of modern art",
        "standard",
    ),
    ("ATOUTFRANCECTV", "VISITBIEN", "VISITBIEN", "VISIT", "Visite de la Biennale", "Tour of the Biennale", "standard"),
    ("TROISPONTS", "GALA", "GALA", "EVENING", "Dîner de gala", "Gala dinner", "intermediate"),
    (
        "CARSFOREZ",
        "NAVETTE",
        "NAVETTE",
        "EXTRA",
        "Navette gare, aller et retour",
        "Shuttle to the station, return",
        "intermediate",
    ),
    ("HOUSE", "VISITVILLE", "VISITVILLE", "VISIT", "Visite guidée de la ville", "Guided tour of the town", "standard"),
)


def build(stage: Stage) -> None:
    facts: dict[str, Any] = {"by": stage.lead, "at": stage.ago(400)}
    for house in (*HOTELS, *INVENTED):
        _hotel(stage, house, facts)
    for code, kind, name, mode in OTHERS:
        supplier = make_supplier(
            code=code, kind=kind, name=name, legal_name=name, town="Saint-Étienne", postcode="42000", **facts
        )
        make_contract(supplier, code="std", mode=mode, **facts)
        _account(stage, supplier, approved=True)
        stage.suppliers[code] = supplier
    make_supplier(code="CNFPT", kind=Supplier.Kind.PLACEHOLDER, name="Votre hôtel vous sera attribué par le bureau", **facts)
    for code, what, rate, kind, french, english, vat in SERVICES:
        words = LocalText(fr=french, en=english)
        service = make_service(stage.suppliers[code], code=what, kind=kind, name=words, **facts)
        make_rate(service, code=rate, name=words, unit="PIECE", vat=vat, occupancy=1, **facts)
        stage.services[what] = service
    for stars, amount in {"1": "0.88", "2": "0.99", "3": "1.65", "4": "2.53"}.items():
        make_tourist_tax(
            town="Saint-Étienne", lodging_class=stars, since=date(2025, 1, 1), amount=Decimal(amount), exempt_under=18, **facts
        )


def _hotel(stage: Stage, house: House, facts: dict[str, Any]) -> None:
    supplier = make_supplier(
        code=house.code,
        kind=house.kind,
        name=house.name,
        legal_name=house.name,
        stars=house.stars,
        typology="RÉSIDENCE DE TOURISME" if house.kind == "RESIDENCE" else "HÔTEL DE TOURISME",
        address=house.address,
        postcode=house.postcode,
        town="Saint-Étienne",
        rooms=house.rooms,
        latitude=house.latitude,
        longitude=house.longitude,
        amenities=list(house.amenities),
        **facts,
    )
    if house.code == MANDATED:
        edit_supplier(supplier, siret=MANDATED_SIRET, billing_mandate_on=stage.ago(390).date(), **facts)
    mode = "DIRECT" if house.code == DIRECT else "AGENT"
    make_contract(supplier, code="std", mode=mode, commission=Decimal(8), **facts)
    stage.suppliers[house.code] = supplier
    if house in INVENTED:
        mailbox = f"groupes@{house.code.lower()}.example"
        contact = make_contact(supplier, role="SALES", name="Service des groupes", email=mailbox, **facts)
        make_contact(supplier, role="RECEPTION", name="Réception", email=f"reception@{house.code.lower()}.example", **facts)
        make_contact(supplier, role="ACCOUNTS", name="Comptabilité", email=f"compta@{house.code.lower()}.example", **facts)
        if house.code == "DEUXRIVES":
            give_account(contact, stage.people["hana"], **facts)
    _account(stage, supplier, approved=house.code != "MARTEAU")


def _account(stage: Stage, supplier: Supplier, *, approved: bool) -> None:
    """An account that no bank holds; one waits for its second person."""
    number = f"{supplier.pk:011d}"
    iban = str(IBAN.generate("FR", bank_code="30006", branch_code="00001", account_code=number))
    at = stage.ago(380) if approved else stage.ago(2)
    account = propose_iban(supplier, holder=supplier.legal_name[:70], iban=iban, by=stage.accountant, at=at)
    if approved:
        approve_iban(account, by=stage.lead, at=at)
