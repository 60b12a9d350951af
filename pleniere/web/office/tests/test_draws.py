"""A draw on the office's pages, the buyer's and the world's."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pleniere.accounts import links
from pleniere.accounts.models import Link
from pleniere.accounts.rights import SYSTEM
from pleniere.booking.tests.world import ARRIVAL
from pleniere.congress.actions.frame import touch
from pleniere.congress.models import Congress, Price
from pleniere.draw import replay, tasks
from pleniere.draw.actions import cancel_draw, draw_now
from pleniere.draw.models import Draw, Entry
from pleniere.draw.tasks import close_and_draw
from pleniere.draw.tests.world import buyer, draw_world, enters, make_draw
from pleniere.stock.actions import Night
from pleniere.waiting.actions import keep_for_office

pytestmark = pytest.mark.django_db
# The clock of a test is the machine's: a congress of next spring is still ahead of it.
SOON = timezone.now().replace(microsecond=0)


@pytest.fixture
def world(db):
    return draw_world(
        rooms=2, opens_at=SOON - timedelta(days=1), closes_at=SOON + timedelta(days=2), draws_at=SOON + timedelta(days=3)
    )


def there(world, name: str = "", *args: object) -> str:
    return reverse(f"office-draw{name}", args=[world.congress.code, *args])


def text(answer) -> str:
    return answer.content.decode().replace("\xa0", " ")


def statements(act) -> int:
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


def test_an_agent_prepares_announces_and_cancels_a_draw_and_is_asked_before(world, client):
    client.force_login(world.agent)
    moments = {
        name: f"{SOON + timedelta(days=n):%Y-%m-%dT%H:%M}" for n, name in enumerate(("opens_at", "closes_at", "draws_at"), 1)
    }
    facts = {"title_fr": "Second tirage", "title_en": "Second draw", **moments}
    assert client.post(there(world, "-new"), {**facts, "closes_at": moments["opens_at"]}).status_code == 422
    assert client.post(there(world, "-new"), {**facts, "draws_at": "9999-01-01T00:00"}).status_code == 422
    made = client.post(there(world, "-new"), facts)
    draw = Draw.objects.get(number=2)
    assert made["Location"] == there(world, "", 2) and "Second tirage" in text(client.get(there(world, "", 2)))
    room = {"offer": world.room.pk, "start": ARRIVAL, "last": ARRIVAL, "rooms": 1}
    assert client.post(there(world, "-put", 2), {**room, "rooms": "many"}).status_code == 422
    assert client.post(there(world, "-put", 2), room).status_code == 302 and draw.rooms.count() == 1
    assert "Annoncer ce tirage" in text(client.get(there(world, "-announce", 2)))
    assert "pas tant de chambres libres" in text(
        client.post(there(world, "-announce", 2), follow=True)
    )  # the first draw has them
    assert "Annuler ce tirage" in text(client.get(there(world, "-cancel", 1)))
    assert client.post(there(world, "-cancel", 1), {"why": "Fermé"}).status_code == 302
    assert client.post(there(world, "-announce", 2)).status_code == 302
    draw.refresh_from_db()
    assert draw.state == Draw.State.ANNOUNCED and client.post(there(world, "-edit", 2), facts).status_code in (302, 422)
    client.force_login(world.accountant)
    assert client.get(there(world, "", 2)).status_code == 200 and client.post(there(world, "-cancel", 2), {}).status_code == 403


def test_the_page_lists_who_entered_in_as_many_queries_for_many(world, client):
    client.force_login(world.agent)
    for n in range(2):
        enters(world, f"Guest{n}", at=SOON)
    client.get(there(world, "", 1))
    few = statements(lambda: client.get(there(world, "", 1)))
    for n in range(2, 12):
        enters(world, f"Guest{n}", at=SOON)
    assert statements(lambda: client.get(there(world, "", 1))) == few
    assert "12 participations" in text(client.get(there(world, "", 1)))
    page = text(client.post(there(world, "-mails", 1)))
    assert "graine inventée" in page and "pas tiré" in page and not world.draw.frozen
    assert client.post(there(world, "-run", 1)).status_code == 302 and Draw.objects.get(pk=world.draw.pk).state == "ANNOUNCED"


def entering(world, **more):
    room = {"room1": f"{world.room.pk}-{world.room_rate.pk}", "arrival1": ARRIVAL, "nights1": "2"}
    return {**room, "rooms": "1", "waits_after": "on", "email": "ada@example.org", "time_zone": "Europe/Paris", **more}


def test_an_agent_enters_a_booking_for_who_rings(world, client):
    client.force_login(world.agent)
    booking = buyer(world, "Ada")
    page = there(world, "-entry", 1, booking.number)
    assert "participer" in text(client.get(page))
    assert client.post(page, entering(world, who=booking.persons.get().pk, nights1="3")).status_code == 422
    assert client.post(page, entering(world, who=booking.persons.get().pk)).status_code == 302
    assert client.post(page, entering(world, who=booking.persons.get().pk)).status_code == 422
    entry = Entry.objects.get()
    assert client.post(there(world, "-leave", 1, entry.pk)).status_code == 302
    assert not Entry.objects.live().exists()


def test_a_buyer_enters_by_their_link_reads_what_became_of_it_and_nobody_elses(world, client):
    booking = buyer(world, "Ada")
    token = links.token(links.make(Link.Purpose.BOOKING, booking))
    page = reverse("client-draw", args=[token, 1])
    assert "Participer au tirage" in text(client.get(page))
    assert client.post(page, entering(world)).status_code == 422  # for nobody
    assert client.post(page, entering(world, who=booking.persons.get().pk, room1="")).status_code == 422
    assert client.post(page, entering(world, who=booking.persons.get().pk)).status_code == 302
    entry = Entry.objects.get()
    assert "Votre numéro est le 1" in text(client.get(page)) and entry.code in text(client.get(page))
    other = links.token(links.make(Link.Purpose.BOOKING, buyer(world, "Bob")))
    assert client.post(reverse("client-draw-leave", args=[other, 1])).status_code == 404
    for name in ("Cleo", "Dora", "Emma"):
        enters(world, name, at=SOON)
    assert draw_now(world.draw, by=SYSTEM, at=world.draw.draws_at)
    assert ("votre choix 1" in text(client.get(page))) == (Entry.objects.get(pk=entry.pk).got == 1)
    loser = Entry.objects.filter(got=0).first()
    theirs = links.token(links.make(Link.Purpose.BOOKING, loser.booking))
    assert "chambres restantes à votre tour : 0, nécessaires : 1" in text(client.get(reverse("client-draw", args=[theirs, 1])))
    assert client.get(f"/l/{theirs}/draws/1/")["Location"] == reverse("client-draw", args=[theirs, 1])


def test_the_world_reads_the_rules_before_and_the_whole_draw_after(world):
    client, page = Client(), reverse("public-draw", args=["ctv2027", 1])
    for name in ("Ada", "Bob", "Cleo"):
        enters(world, name, at=SOON)
    assert world.draw.commitment in text(client.get(page)) and world.draw.seed not in text(client.get(page))
    file = client.get(reverse("public-draw-file", args=["ctv2027", 1]))
    assert "seed" not in json.loads(file.content)
    assert "Tirage des chambres" in text(client.get(reverse("public-welcome", args=["ctv2027"])))
    few = statements(lambda: client.get(page))
    draw_now(world.draw, by=SYSTEM, at=world.draw.draws_at)
    assert statements(lambda: client.get(page)) == few <= 6
    assert world.draw.seed in text(client.get(page)) and "Hopes" not in text(client.get(page))
    published = json.loads(client.get(reverse("public-draw-file", args=["ctv2027", 1])).content)
    assert not list(replay.check(published)) and len(published["result"]) == 3
    assert "def drawn(" in client.get(reverse("public-draw-script", args=["ctv2027", 1])).content.decode()
    make_draw(world, rooms=1, announced=False)
    assert client.get(reverse("public-draw", args=["ctv2027", 2])).status_code == 404  # in preparation: nobody's


def test_the_worker_closes_and_draws_what_is_due_and_a_draw_that_fails_stops_no_other(world, monkeypatch):
    enters(world, "Ada", at=SOON)
    assert close_and_draw() == 0 and not Draw.objects.exclude(state="ANNOUNCED").exists()
    at = world.draw.draws_at
    monkeypatch.setattr(tasks.timezone, "now", lambda: at)
    assert close_and_draw() == 1 and close_and_draw() == 0
    assert Draw.objects.get().state == "DRAWN" and Entry.objects.get().got == 1


def test_the_office_gives_a_room_it_kept_from_the_page_of_a_wish(world, client):
    client.force_login(world.agent)
    cancel_draw(world.draw, why="", by=SYSTEM, at=SOON)
    night = Night(world.pool.pk, world.room.service_id, ARRIVAL)
    booking = buyer(world, "Ada")
    page = reverse("office-waiting-list-wish", args=[world.congress.code, booking.number])
    assert "gardée pour le bureau" not in text(client.get(page))
    keep_for_office(night, 1, congress=world.congress, until=SOON + timedelta(days=9), by=SYSTEM, at=SOON)
    assert "Donner tout de suite une chambre gardée pour le bureau" in text(client.get(page))
    typed = {"room": f"{world.room.pk}-{world.room_rate.pk}", "arrival": ARRIVAL, "nights": "2", "rooms": "1", "is_whole": "1"}
    typed |= {"who": booking.persons.get().pk, "rank": "1", "email": "a@example.org", "time_zone": "Europe/Paris", "give": "1"}
    assert client.post(page, typed).status_code == 422  # one night of two is kept
    assert client.post(page, {**typed, "nights": "1"}).status_code == 302
    assert booking.lines.filter(offer=world.room).count() == 1


def test_the_queue_is_set_on_the_congress_page_and_watched_there(world, client):
    client.force_login(world.agent)
    page = reverse("office-setup-general", args=["ctv2027"])
    shown = client.get(page)
    typed = {name: shown.context["form"][name].value() or "" for name in shown.context["form"].fields if name != "title"}
    typed |= {"title_fr": "Séminaire", "title_en": "Seminar", "queue_places": "-1"}
    assert client.post(page, typed).status_code == 422
    assert client.post(page, {**typed, "queue_places": "60"}).status_code == 302
    assert Congress.objects.get().queue_places == 60
    Client().post(reverse("public-begin", args=["ctv2027"]))
    assert "1 sur 60 s’inscrivent, 0 attendent" in text(client.get(reverse("office-congress", args=["ctv2027"])))
    assert client.post(page, {**typed, "queue_places": ""}).status_code == 302 and not Congress.objects.get().queue_places


def test_a_draw_that_cannot_be_drawn_is_on_the_first_page_until_it_is(world, client, monkeypatch):
    enters(world, at=SOON)
    client.force_login(world.agent)
    assert b"Tirages qui n" not in client.get("/office/").content
    late = world.draw.draws_at + timedelta(minutes=20)
    monkeypatch.setattr(timezone, "now", lambda: late)
    Price.objects.filter(rate=world.room_rate).delete()
    touch(world.congress)
    assert close_and_draw() == 0
    page = text(client.get("/office/"))
    assert "Tirages qui n" in page and there(world, "", world.draw.number) in page
    assert "sans prix" in page
    Draw.objects.update(state="DRAWN")
    assert b"Tirages qui n" not in client.get("/office/").content
