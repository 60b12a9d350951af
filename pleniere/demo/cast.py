"""The bureau and the people who sit at its desks."""

from __future__ import annotations

from typing import Any

from pleniere.accounts.actions import make_user, set_bureau_roles
from pleniere.accounts.models import Bureau, User
from pleniere.catalogue.actions import approve_iban, propose_iban
from pleniere.catalogue.actions.founding import found_house
from pleniere.catalogue.models import Supplier

from .stage import PASSWORD, Stage

BUREAU: dict[str, Any] = {
    "name": "Saint-Étienne Congrès (démonstration)",
    "legal_name": "Saint-Étienne Congrès, bureau de démonstration",
    "legal_form": "association loi de 1901",
    "siret": "12345678200002",
    "vat_number": "FR11123456782",
    "registration_number": "IM042000000",
    "guarantor": "Garant de démonstration, 1 rue de la Garantie, 75000 Paris",
    "insurer": "Assureur de démonstration, 2 rue de l’Assurance, 69000 Lyon",
    "mediator": "Médiateur de démonstration, 3 rue de la Médiation, 75000 Paris",
    "address": "16 avenue de la Démonstration",
    "postcode": "42000",
    "town": "Saint-Étienne",
    "phone": "04 00 00 00 00",
    "email": "congres@saint-etienne.example",
    "website": "https://saint-etienne.example",
    "opening_hours": "du lundi au vendredi, de 9 h à 18 h",
    "sender": "congres@saint-etienne.example",
    "reply_to": "congres@saint-etienne.example",
    "is_demo": True,
}
PEOPLE = {  # key: e-mail, name, roles over the bureau
    "michele": ("michele@saint-etienne.example", "Michèle Perrin", ["AGENT"]),
    "luc": ("luc@saint-etienne.example", "Luc Vernay", ["LEAD"]),
    "claire": ("claire@saint-etienne.example", "Claire Astier", ["ACCOUNTANT"]),
    "oscar": ("oscar@cluster.example", "Oscar Lemaire", []),
    "hana": ("hana@deux-rives.example", "Hana Novak", []),
}
IBAN = "FR7630006000011234567890189"  # the example of every manual: no account


def enter(stage: Stage) -> None:
    """Found the bureau, bring in its people; the house's bank account is proposed by one and approved by another."""
    at = stage.ago(420)
    email, name = "ada@saint-etienne.example", "Ada Chevalier"
    stage.bureau, stage.people["ada"] = found_house(dict(BUREAU), email=email, name=name, password=PASSWORD, at=at)
    Bureau.objects.filter(pk=1).update(made_at=stage.now)
    for key, (email, name, roles) in PEOPLE.items():
        stage.people[key] = make_user(email, name=name, password=PASSWORD)
        set_bureau_roles(stage.people[key], roles, by=stage.people["ada"], at=at)
    house = Supplier.objects.get(kind=Supplier.Kind.HOUSE)
    facts: dict[str, Any] = {"holder": BUREAU["legal_name"][:70], "iban": IBAN, "by": stage.accountant, "at": at}
    approve_iban(propose_iban(house, **facts), by=stage.lead, at=at)
    stage.suppliers["HOUSE"] = house


def logins() -> list[tuple[str, str]]:
    """Whom one can come in as: address, and what they are there."""
    known = dict(User.objects.values_list("email", "name"))
    desks = {
        "michele": "agent",
        "luc": "team lead",
        "claire": "accountant",
        "ada": "administrator",
        "oscar": "organiser",
        "hana": "hotel",
    }
    found = []
    for key, desk in desks.items():
        email = "ada@saint-etienne.example" if key == "ada" else PEOPLE[key][0]
        if email in known:
            found.append((email, f"{desk}, {known[email]}"))
    return found
