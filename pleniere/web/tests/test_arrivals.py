"""The first comer founds the bureau, the invited choose their password; nobody else comes in that way."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from pleniere.accounts.models import Bureau, User
from pleniere.accounts.rights import can
from pleniere.catalogue.actions.founding import found_house
from pleniere.catalogue.models import Supplier
from pleniere.congress.actions.people import invite
from pleniere.messaging.models import Message

pytestmark = pytest.mark.django_db
PASSWORD = "une-phrase-bien-longue"
TYPED = {
    "bureau": "Ici Congrès",
    "kind": "EPIC",
    "name": "Ada",
    "email": "Ada@Example.org",
    "password": PASSWORD,
    "again": PASSWORD,
}


def found():
    return found_house({"name": "Ici"}, email="ada@example.org", name="Ada", password=PASSWORD, at=timezone.now())


def test_an_empty_house_leads_to_its_founding_and_only_once(client):
    assert client.get("/").url == client.get("/account/login/?next=/office/").url == "/start/"
    assert client.get("/start/").status_code == 200
    assert client.post("/start/", TYPED).url == "/home/"
    ada = User.objects.get()
    assert can(ada, "bureau.edit") and Bureau.objects.get().kind == "EPIC" and Supplier.objects.get().kind == "HOUSE"
    assert client.get("/home/").url == "/office/"
    assert client.get("/").status_code == 200
    assert Client().get("/account/login/").status_code == 200
    assert client.get("/start/").status_code == client.post("/start/", {**TYPED, "email": "eve@example.org"}).status_code == 404
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"again": "another"},
        {"password": "1234", "again": "1234"},
        {"email": "no"},
        {"bureau": ""},
        {"kind": "EMPIRE"},
        {"name": "\x00"},
        {"name": "X" * 1_000_00},
    ],
)
def test_a_wrong_founding_founds_nothing_and_keeps_what_was_typed(client, wrong):
    answer = client.post("/start/", {**TYPED, **wrong})
    assert answer.status_code == 422 and not User.objects.exists()
    assert b"Ici Congr" in answer.content or "bureau" in wrong


def invited(client):
    _bureau, ada = found()
    invite("sam@example.org", name="Sam", by=ada, at=timezone.now(), bureau_roles=["AGENT"])
    return re.search(r"/invitation/[^/]+/", Message.objects.get(to="sam@example.org").text)[0]


def test_the_invited_choose_a_password_once_and_are_at_their_desk(client):
    address = invited(client)
    for _ in range(2):  # a scanner's visits use nothing up
        assert client.get(address).status_code == 200
    assert client.post(address, {"password": PASSWORD, "again": "other"}).status_code == 422
    assert client.post(address, {"password": PASSWORD, "again": PASSWORD}).url == "/home/"
    assert User.objects.get(email="sam@example.org").check_password(PASSWORD)
    assert client.get("/office/").status_code == 200
    client.logout()
    assert client.get(address).status_code == 410
    assert client.post(address, {"password": "x" * 20, "again": "x" * 20}).status_code == 410


def test_the_page_of_an_invitation_lets_the_browser_say_where_its_form_comes_from(client):
    response = client.get(invited(client))  # "no-referrer" makes a browser send "Origin: null", which is refused as forged
    assert response["Referrer-Policy"] == "same-origin"


def test_a_forged_or_dead_invitation_lets_nobody_in(client):
    address = invited(client)
    User.objects.filter(email="sam@example.org").update(is_active=False)
    for token in (address, "/invitation/1-abc/", "/invitation/zz/", f"/invitation/{'9' * 400}-x/"):
        assert client.get(token).status_code == 410
    assert client.get("/invitation/%00/").status_code == 404
