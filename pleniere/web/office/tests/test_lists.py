"""The pages of lists: made, previewed, sent, read by a link that no GET counts."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pleniere.accounts import links
from pleniere.accounts.models import Link
from pleniere.booking.tests.world import leaflet_booking, seminar
from pleniere.congress.models import Congress
from pleniere.lists.actions import make_usual_lists, send_list, subscribe
from pleniere.lists.models import ListDefinition, ListRun
from pleniere.messaging.models import Message

HOSTILE = ["\x00", "x" * 100_000, "9999-12-31", "=1+1", "‮🤷", "-5"]


@pytest.fixture
def world(db):
    w = seminar(rooms=60)
    Congress.objects.filter(pk=w.congress.pk).update(option_cap_email=100)
    return w


@pytest.fixture
def desk(world, client):
    client.force_login(world.agent)
    client.url = lambda name, *args: reverse(name, args=[world.congress.code, *args])
    return client


def text(response):
    return response.content.decode().replace("\xa0", " ").replace("&nbsp;", " ")


def rooming(world):
    make_usual_lists(world.congress, by=world.agent, at=world.now)
    return ListDefinition.objects.get(kind="ROOMING")


def test_the_usual_lists_are_made_previewed_and_sent_once_per_form(world, desk):
    booking = leaflet_booking(world)
    desk.post(desk.url("office-lists"))
    definition = ListDefinition.objects.get(kind="ROOMING")
    shown = text(desk.get(desk.url("office-list", definition.pk)))
    assert "1 chambre" in shown and booking.number in shown and "105,75" not in shown
    recipients = desk.url("office-list-recipients", definition.pk)
    assert desk.post(recipients, {"act": "add", "to": "nul", "weekday": "", "language": "fr"}).status_code == 422
    desk.post(recipients, {"act": "add", "to": "reception@example.org", "weekday": "0", "language": "fr"})
    sending = desk.url("office-list-send", definition.pk)
    assert "reception@example.org" in text(desk.get(sending)) and not ListRun.objects.exists()
    for _each in range(2):
        assert desk.post(sending, {"key": "0" * 32}).status_code == 302
    run = ListRun.objects.get()
    assert Message.objects.filter(template="lists/list").count() == 1
    assert booking.number in text(desk.get(desk.url("office-list-sent", definition.pk, run.pk)))
    subscription = definition.subscriptions.get()
    desk.post(recipients, {"act": "off", "pk": subscription.pk})
    assert not definition.subscriptions.filter(is_on=True).exists()


@pytest.mark.parametrize("format", ["xlsx", "csv", "pdf"])
def test_every_list_is_a_file_too(world, desk, format):
    leaflet_booking(world)
    rooming(world)
    for definition in ListDefinition.objects.all():
        response = desk.get(desk.url("office-list", definition.pk), {"export": format})
        assert response.status_code == 200 and f".{format}" in response["Content-Disposition"]


def test_its_recipient_reads_it_by_its_link_without_an_account_and_no_get_counts(world, desk, client):
    booking = leaflet_booking(world)
    definition = rooming(world)
    subscribe(definition, to="h@example.org", by=world.agent, at=world.now)
    send_list(definition, slot="a", by=world.agent, at=world.now)
    link, address = Link.objects.get(purpose="LIST"), f"/l/{links.token(Link.objects.get(purpose='LIST'))}/"
    client.logout()
    page = client.get(address, follow=True)
    assert page.status_code == 200 and booking.number in text(page) and "105,75" not in text(page)
    for format in ("xlsx", "pdf"):
        assert client.get(reverse("extranet-list-file", args=[links.token(link), format])).status_code == 200
    link.refresh_from_db()
    assert link.openings == 0
    client.post(reverse("extranet-list", args=[links.token(link)]))
    link.refresh_from_db()
    assert link.openings == 1
    Link.objects.update(revoked_at=world.now)
    assert client.get(address, follow=True).status_code == 410


def test_a_list_is_edited_and_its_dates_may_not_be_crossed(world, desk):
    leaflet_booking(world)
    definition = rooming(world)
    here = desk.url("office-list-edit", definition.pk)
    facts = {"kind": "ROOMING", "name": "Adagio, arrivées", "supplier": world.hotel.pk, "night_from": "2027-04-09"}
    refused = desk.post(here, {**facts, "night_until": "2027-04-01"})
    assert refused.status_code == 422 and "Adagio, arrivées" in text(refused)
    assert desk.post(here, {**facts, "night_until": "2027-04-10"}).status_code == 302
    assert desk.post(desk.url("office-list-new"), {"kind": "ROOMING", "name": "Sans hôtel"}).status_code == 422


@pytest.mark.parametrize("word", HOSTILE)
def test_hostile_words_break_nothing(world, desk, word):
    leaflet_booking(world)
    definition = rooming(world)
    facts = dict.fromkeys(["kind", "name", "supplier", "offer", "night_from", "night_until"], word)
    assert desk.post(desk.url("office-list-new"), facts).status_code == 422
    assert desk.get(desk.url("office-lists"), {"q": word[:300], "kind": word[:50], "page": word[:50]}).status_code == 200
    recipients = desk.url("office-list-recipients", definition.pk)
    assert desk.post(recipients, {"act": "add", "to": word, "weekday": word, "language": word}).status_code == 422
    assert desk.post(recipients, {"act": "off", "pk": word}).status_code == 302
    assert desk.post(desk.url("office-list-send", definition.pk), {"key": word}).status_code == 422
    assert desk.get(desk.url("office-list", definition.pk), {"export": word[:50]}).status_code == 200


def test_an_outsider_finds_nothing_and_an_accountant_sends_nothing(world, client):
    leaflet_booking(world)
    definition = rooming(world)
    code = world.congress.code
    client.force_login(world.outsider)
    assert client.get(reverse("office-list", args=[code, definition.pk])).status_code in (403, 404)
    client.force_login(world.accountant)
    assert client.get(reverse("office-list", args=[code, definition.pk])).status_code == 200
    assert client.get(reverse("office-list-send", args=[code, definition.pk])).status_code == 403


def test_the_count_of_queries_is_the_same_for_many(world, desk):
    leaflet_booking(world)
    definition = rooming(world)

    def count(name, *args):
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(desk.url(name, *args)).status_code == 200
        return len(queries)

    few = count("office-lists"), count("office-list", definition.pk)
    for n in range(12):
        leaflet_booking(world)
        ListDefinition.objects.create(congress=world.congress, kind="COMPANIONS", name=f"Liste {n}")
    assert (count("office-lists"), count("office-list", definition.pk)) == few
