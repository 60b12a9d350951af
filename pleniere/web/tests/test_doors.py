"""Every address, tried by each outsider: nothing breaks, and nobody sees what is not theirs."""

from collections import Counter

import pytest
from django.test import Client

from pleniere.booking.tests.world import leaflet_booking, make_user, seminar
from pleniere.congress.models import Congress, Member

from .doors import addresses

FINE = {200, 301, 302, 400, 403, 404, 405, 410, 422}
OFFICE, ORGANISER, HOTEL = "/office/", "/organiser/", "/hotel/"


@pytest.fixture
def world(db):
    w = seminar()
    w.booking = leaflet_booking(w)
    w.other = Congress.objects.create(code="autre", title={"fr": "Autre"}, starts=w.arrival, ends=w.departure)
    w.elsewhere = make_user("elsa@example.org")
    Member.objects.create(congress=w.other, user=w.elsewhere, role="AGENT")
    w.society = make_user("oscar@example.org")
    Member.objects.create(congress=w.congress, user=w.society, role="ORGANISER")
    w.admin = make_user("ada@example.org", "ADMIN")
    return w


def walk(world, user=None):
    client = Client(raise_request_exception=False)
    if user:
        client.force_login(user)
    known = {"code": world.congress.code, "number": world.booking.number, "pk": str(world.booking.pk)}
    for name, path in addresses(**known):
        if "logout" not in path:
            yield name, path, client.get(path).status_code


@pytest.mark.parametrize("who", ["nobody", "outsider", "elsewhere", "society", "agent", "lead", "accountant", "admin"])
def test_no_address_breaks(world, who):
    broken = [(name, path, code) for name, path, code in walk(world, getattr(world, who, None)) if code not in FINE]
    assert broken == []


@pytest.mark.parametrize("who", ["nobody", "outsider", "society"])
def test_the_office_is_for_its_staff(world, who):
    inside = [path for _name, path, code in walk(world, getattr(world, who, None)) if path.startswith(OFFICE) and code == 200]
    assert inside == []


def test_an_agent_of_another_congress_sees_nothing_of_this_one(world):
    seen = [
        path
        for _name, path, code in walk(world, world.elsewhere)
        if path.startswith(OFFICE) and code == 200 and (world.congress.code in path or world.booking.number in path)
    ]
    assert seen == []


def test_a_forged_link_is_not_found(client, db):
    assert client.get("/l/1f-00000000000000000000000000000000/").status_code == 404
    assert client.get("/l/nothing/").status_code == 404


def test_what_an_agent_sees_is_there(world):
    codes = {path: code for _name, path, code in walk(world, world.agent)}
    assert codes["/office/"] == 200
    assert codes[f"/office/congresses/{world.congress.code}/"] == 200


def test_every_address_has_a_name_of_its_own():
    names = Counter(name for name, _path in addresses() if not name.startswith(("account", "mfa")))
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize(
    "address", ["/c/{}/", "/office/bookings/{}/", "/office/congresses/{}/", "/organiser/congress/{}/", "/my/{}/"]
)
def test_a_nul_in_an_address_is_not_found(world, address):
    client = Client(raise_request_exception=False)
    client.force_login(world.admin)
    assert client.get(address.format("%00")).status_code == 404


def test_no_cache_keeps_what_a_person_signed_in_was_shown(world):
    client = Client()
    assert "no-store" not in client.get("/").get("Cache-Control", "")
    client.force_login(world.agent)
    for address in ("/office/", "/office/mails/", f"/office/bookings/{world.booking.number}/"):
        assert client.get(address)["Cache-Control"] == "private, no-store"
