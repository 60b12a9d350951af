"""A hotel and the people who work with it."""

import base64

from pleniere.accounts.actions import make_user
from pleniere.accounts.models import Bureau, BureauRole
from pleniere.catalogue.models import Supplier

IBAN = "FR7630006000011234567890189"
OTHER_IBAN = "FR1420041010050500013M02606"
PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


def make_person(name, *roles):
    """An account with these roles over the bureau: `sam@example.org` for Sam."""
    user = make_user(f"{name.lower()}@example.org", name=name, password="a-long-password")
    BureauRole.objects.bulk_create(BureauRole(user=user, role=role) for role in roles)
    return user


def make_hotel(**facts):
    facts = {"code": "DEUXRIVES", "name": "Hôtel des Deux Rives", "kind": "HOTEL", "postcode": "42000", **facts}
    return Supplier.objects.create(**facts)


def make_bureau(**facts):
    return Bureau.objects.get_or_create(pk=1, defaults={"name": "Ici Congrès", **facts})[0]
