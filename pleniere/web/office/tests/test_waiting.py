"""The office's waiting list: who waits, what is kept, the rules; and the buyer's own page of it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pleniere.accounts import links
from pleniere.accounts.models import Link
from pleniere.booking.models import Line
from pleniere.messaging.models import Message
from pleniere.stock.models import Claim
from pleniere.waiting.actions import run
from pleniere.waiting.models import Proposal, WaitingList, Wish
from pleniere.waiting.tests.test_waiting import ARRIVAL, DAYS, frees, full_world, waits

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db):
    return full_world()


def there(world, name: str = "", *args: object) -> str:
    return reverse(f"office-waiting-list{name}", args=[world.congress.code, *args])


def text(answer) -> str:
    return answer.content.decode().replace("\xa0", " ")


def test_the_page_says_who_waits_what_is_kept_and_asks_as_much_for_many(world, client):
    client.force_login(world.agent)
    waits(world, "Bartholomé")
    client.get(there(world))
    with CaptureQueriesContext(
        connection,
    ) as few:
        assert "Bartholomé" not in text(client.get(there(world))) and "Fournier" in text(client.get(there(world)))
    for n in range(6):
        waits(world, f"More{n}")
    frees(world)
    with CaptureQueriesContext(connection) as many:
        client.get(there(world)), client.get(there(world))
    assert len(many) == len(few)
    assert client.post(there(world, "-now"), {"sure": "1"}).status_code == 302
    assert "Adagio" in text(client.get(there(world))) or "ADAGIO" in text(client.get(there(world)))


def test_rules_and_rooms_kept_are_the_agents(world, client):
    client.force_login(world.accountant)
    facts = {"is_open": "on", "answer_hours": "12", "wakes": "9", "sleeps": "19", "closes_days": "3"}
    assert client.post(there(world, "-rules"), facts).status_code == 403
    client.force_login(world.agent)
    assert client.post(there(world, "-rules"), {**facts, "wakes": "20"}).status_code == 422
    assert client.post(there(world, "-rules"), facts).status_code == 302
    assert WaitingList.objects.get().answer_hours == 12
    night = Claim.objects.filter(stock_day__day=ARRIVAL, stock_day__service=world.room.service).get().stock_day
    assert client.post(there(world, "-keep"), {"night": night.pk, "rooms": "1"}).status_code == 422  # it is taken
    frees(world)
    assert client.post(there(world, "-keep"), {"night": night.pk, "rooms": "1"}).status_code == 302
    assert Claim.objects.get(owner__startswith="office-").rooms == 1
    client.force_login(world.outsider)
    assert client.get(there(world)).status_code in (403, 404)


def test_a_buyer_wishes_reads_the_offer_and_takes_it_and_no_get_does(world, client):
    booking = waits(world, "Seed").booking
    Wish.objects.all().delete()
    token = links.token(links.make(Link.Purpose.BOOKING, booking))
    here = reverse("client-waiting", args=[token])
    assert "liste d’attente" in text(client.get(here)).lower()
    facts = {"room": f"{world.room.pk}-{world.room_rate.pk}", "arrival": ARRIVAL.isoformat(), "nights": "2", "rooms": "1"}
    facts |= {"who": [str(booking.persons.get().pk)], "is_whole": "1", "rank": "1", "email": "a@example.org"}
    facts["time_zone"] = "Europe/Paris"
    for name, value in [
        ("arrival", "9999-12-31"),
        ("nights", "1000000000000"),
        ("room", "\0"),
        ("who", ["x"]),
        ("email", "é" * 9000),
    ]:
        assert client.post(here, {**facts, name: value}).status_code == 422
    # The desk reads the real clock: the congress of the test lies ahead of it, or is over and then nothing can be waited for.
    later = timezone.now() < timezone.make_aware(timezone.datetime.combine(ARRIVAL, timezone.datetime.min.time()))
    if not later:
        pytest.skip("the test's congress is over")
    assert client.post(here, facts).status_code == 302
    frees(world)
    assert run(world.congress, at=timezone.now()) == 1
    page = text(client.get(here))
    assert "211,50 €" in page
    proposal = Wish.objects.get().proposals.get()
    reply = reverse("client-waiting-answer", args=[token, proposal.key])
    assert client.get(reply).status_code == 405
    assert client.post(reply, {"answer": "yes"}).status_code == 302  # no night ticked: nothing happens
    other = links.token(links.make(Link.Purpose.BOOKING, world.ada))
    yes = {"answer": "yes", "shown": "211.50", "night": [day.isoformat() for day in DAYS]}
    assert client.post(reverse("client-waiting-answer", args=[other, proposal.key]), yes).status_code == 404
    assert client.post(reply, {**yes, "shown": "1.00"}).status_code == 302  # forged
    assert not booking.lines.filter(offer=world.room).exists()
    assert client.post(reply, yes).status_code == 302
    assert booking.lines.get(offer=world.room).state == Line.State.OPTION
    assert client.post(reply, {"answer": "no"}).status_code == 302  # too late to change one's mind here
    assert booking.lines.get(offer=world.room).end == ARRIVAL + timedelta(days=2)


def test_a_wish_is_taken_back(world, client):
    wish = waits(world, "Bartholomé")
    token = links.token(links.make(Link.Purpose.BOOKING, wish.booking))
    client.post(reverse("client-waiting-leave", args=[token, wish.pk]))
    wish.refresh_from_db()
    assert wish.state == Wish.State.WITHDRAWN


def test_an_agent_enters_a_wish_and_reads_the_offers_mail_before_it_leaves(world, client):
    client.force_login(world.agent)
    booking = waits(world, "Seed").booking
    Wish.objects.all().delete()
    here = there(world, "-wish", booking.number)
    person = booking.persons.get()
    facts = {"room": f"{world.room.pk}-{world.room_rate.pk}", "arrival": ARRIVAL.isoformat(), "nights": "2", "rooms": "1"}
    facts |= {"who": [str(person.pk)], "is_whole": "1", "rank": "1", "email": "rang@example.org", "time_zone": "Europe/Paris"}
    assert client.get(here).status_code == 200 and not Wish.objects.exists()
    assert client.post(here, {**facts, "nights": "0"}).status_code == 422
    assert client.post(here, {**facts, "arrival": "2001-01-01"}).status_code == 422  # over: said, not kept
    if timezone.now().date() >= ARRIVAL:
        pytest.skip("the test's congress is over")
    assert client.post(here, facts).status_code == 302
    assert Wish.objects.get().made_by == str(world.agent)
    frees(world)
    page = text(client.post(there(world, "-now")))
    assert "rang@example.org" in page and "211,50 €" in page
    assert not Proposal.objects.exists() and not Message.objects.filter(template="waiting/offer").exists()
    assert client.post(there(world, "-now"), {"sure": "1"}).status_code == 302
    mail = Message.objects.get(template="waiting/offer")
    assert reverse("office-mail", args=[mail.pk]) in text(client.get(there(world)))
    client.force_login(world.accountant)
    assert client.get(here).status_code == 403
