"""The pages of several payers in a browser: axe finds nothing, nothing scrolls sideways, by day and by night."""

import pytest
from django.test import Client
from django.urls import reverse

from pleniere.accounts import links
from pleniere.accounts.models import Link
from pleniere.web.tests.glass import Glass

from .test_payers import FUND, TOWN, divide, ordered, payer, text, walk, world
from .walk import CONTACT

pytestmark = pytest.mark.django_db
__all__ = ["walk", "world"]


def pages(walk):
    """Each page as a browser is given it, refused ones too."""
    walk.post("contact", {**CONTACT, "has_others": "on"})
    yield "contact", walk.get("contact")
    yield "first", walk.client.get(walk.url("payers"))
    yield "refused", divide(walk, **payer(**{**TOWN, "siret": "12", "address": ""}))
    divide(walk, do="add", **payer(**TOWN))
    yield "three", divide(walk, **payer(**TOWN), **payer(3, **{**FUND, "most": "-2"}))
    divide(walk, do="remove:3", **payer(**TOWN))
    divide(walk, **payer(**TOWN))
    yield "payment", walk.get("payment")
    ordered(walk)
    yield "done", walk.get("done")
    yield "booking", walk.client.get(reverse("client-booking", args=[walk.token]))
    for number in (1, 2):
        token = links.token(links.make(Link.Purpose.PAY, walk.booking.payers.get(number=number)))
        yield f"pay{number}", Client().get(reverse("client-pay", args=[token]))


def test_no_page_of_several_payers_has_a_fault(walk, page):
    glass = Glass(page)
    faults = {name: found for name, answer in pages(walk) if (found := glass.look(f"/{name}", text(answer), dark=True))}
    assert faults == {}
