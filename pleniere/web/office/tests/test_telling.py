"""What a client is told by the office: the booking as it changed, and answers to what they ask; each seen before it leaves."""

import re

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pleniere.accounts import links
from pleniere.accounts.models import Bureau, Link
from pleniere.booking.actions import cancel_lines
from pleniere.booking.tests.world import leaflet_booking, make_user, seminar
from pleniere.messaging.models import Message
from pleniere.registration.actions import ask_agent
from pleniere.registration.telling import ChangedMeanwhile, questions, send_update, told_of


@pytest.fixture
def world(db):
    w = seminar()
    Bureau.objects.update(email="congres@example.org")
    w.booking = leaflet_booking(w, method="CHEQUE", at=timezone.now())
    w.url = f"/office/bookings/{w.booking.number}/"
    return w


@pytest.fixture
def desk(world):
    browser = Browser()
    browser.force_login(world.lead)
    return browser


def text(answer) -> str:
    return answer.content.decode().replace("\xa0", " ")


def cancel_one(world) -> None:
    line = world.booking.lines.alive().filter(charges__total__gt=0).order_by("pk").last()
    cancel_lines(world.booking, [line.pk], by=world.lead, at=timezone.now(), reason="a call")


def ask(world, words: str = "May I leave on Saturday?"):
    ask_agent(world.booking, words, by=links.make(Link.Purpose.BOOKING, world.booking), at=timezone.now())
    return world.booking.changes.get(verb="client.asked", reason=words)


def sent(template: str):
    return Message.objects.filter(template=f"registration/{template}")


def state_on(page: str) -> str:
    return re.search(r'name="state" value="(\d+)"', page)[1]


def test_a_booking_as_ordered_proposes_nothing(world, desk):
    assert "ne connaît pas encore" not in text(desk.get(world.url))
    page = text(desk.get(world.url + "confirmation/"))
    assert "telle qu’il l’a commandée" in page and 'value="send"' not in page


def test_after_a_change_the_updated_confirmation_is_proposed_seen_and_sent_once(world, desk):
    cancel_one(world)
    assert "Le client ne connaît pas encore 1 changement" in text(desk.get(world.url))
    here = world.url + "confirmation/"
    page = text(desk.get(here))
    assert "a changé" in page and "claire@example.org" in page
    looked = text(desk.post(here, {"do": "look", "word": "As you asked on the phone", "state": state_on(page)}))
    assert looked.count("As you asked on the phone") == 2 and not sent("updated").exists()
    facts = {"do": "send", "word": "As you asked on the phone", "state": state_on(looked)}
    assert desk.post(here, facts).status_code == 302
    message = sent("updated").get()
    assert "As you asked on the phone" in message.text and message.attachments.count() == 2
    assert "ne connaît pas encore" not in text(desk.get(world.url))
    desk.post(here, facts)
    assert sent("updated").count() == 1 and world.booking.changes.filter(verb="confirmation.sent").count() == 1
    cancel_one(world)
    assert "ne connaît pas encore 1 changement" in text(desk.get(world.url))


def test_what_changed_since_the_preview_is_looked_at_anew(world, desk):
    cancel_one(world)
    seen = told_of(world.booking).state
    cancel_one(world)
    with pytest.raises(ChangedMeanwhile):
        send_update(world.booking, state=seen, by=world.lead, at=timezone.now())
    answer = desk.post(world.url + "confirmation/", {"do": "send", "word": "", "state": seen})
    assert answer.status_code == 422 and "a changé depuis" in text(answer) and not sent("updated").exists()


def test_a_booking_of_which_nothing_is_left_is_told_as_cancelled_and_is_not_cancelled_again(world, desk):
    assert "Annuler le dossier" in text(desk.get(world.url))
    alive = [line.pk for line in world.booking.lines.alive()]
    cancel_lines(world.booking, alive, by=world.lead, at=timezone.now(), reason="a call")
    page = text(desk.get(world.url + "confirmation/"))
    assert (
        "est annulée : plus rien n’est réservé" in page
        and "réservation 00000001 a changé" not in page
        and "Annuler le dossier" not in page
    )


def test_a_client_without_an_address_is_said_so(world, desk):
    cancel_one(world)
    type(world.booking.client).objects.update(email="")
    answer = desk.post(world.url + "confirmation/", {"do": "send", "word": "", "state": told_of(world.booking).state})
    assert answer.status_code == 422 and "pas d’adresse électronique" in text(answer)


def test_a_question_stands_on_today_and_on_the_booking_until_it_is_answered(world, desk):
    asked = ask(world)
    assert "Questions de clients" in text(desk.get("/office/")) and "May I leave" in text(desk.get(world.url))
    here = f"{world.url}questions/{asked.pk}/"
    assert desk.post(here, {"do": "look", "text": ""}).status_code == 422
    looked = text(desk.post(here, {"do": "look", "text": "Of course."}))
    assert "notre réponse" in looked and not sent("answer").exists()
    assert desk.post(here, {"do": "send", "text": "Of course."}).status_code == 302
    message = sent("answer").get()
    assert "Of course." in message.text and "May I leave" in message.text and message.to == "claire@example.org"
    assert not questions().exists() and "Questions de clients" not in text(desk.get("/office/"))
    assert f"Répondu par {world.lead}" in text(desk.get(here))
    desk.post(here, {"do": "send", "text": "Again."})
    desk.post(here, {"do": "done", "text": ""})
    assert sent("answer").count() == 1 and world.booking.changes.filter(verb="client.answered").count() == 1


def test_a_question_is_marked_as_done_without_a_mail(world, desk):
    asked = ask(world)
    assert desk.post(f"{world.url}questions/{asked.pk}/", {"do": "done", "text": "on the phone"}).status_code == 302
    assert not sent("answer").exists() and not questions().exists()
    page = text(desk.get(f"{world.url}questions/{asked.pk}/"))
    assert f"Marquée comme traitée par {world.lead}" in page and "on the phone" in page


def test_who_may_not_edit_sends_nothing_and_an_outsider_finds_nothing(world):
    cancel_one(world)
    asked = ask(world)
    outsider = Browser()
    outsider.force_login(make_user("nobody@example.org"))
    for here in (f"{world.url}questions/{asked.pk}/", world.url + "confirmation/"):
        assert outsider.get(here).status_code in (403, 404)
        assert outsider.post(here, {"do": "send", "text": "x", "state": told_of(world.booking).state}).status_code in (403, 404)
    assert not sent("answer").exists() and not sent("updated").exists()


def test_today_reads_two_questions_as_twenty(world, desk):
    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            desk.get("/office/")
        return len(caught)

    ask(world, "one")
    ask(world, "two")
    desk.get("/office/")
    few = cost()
    for n in range(18):
        ask(world, f"more {n}")
    assert cost() == few
