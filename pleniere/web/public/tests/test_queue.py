"""The queue before the form: by lot before the hour, by arrival after it; so many inside; a rank kept on any device."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pleniere.booking.models import Booking
from pleniere.booking.tests.world import seminar
from pleniere.congress.models import Congress
from pleniere.congress.programme import forget
from pleniere.registration import queue
from pleniere.registration.models import Turn

from .walk import Walk

pytestmark = pytest.mark.django_db
QUEUE, BEGIN = (reverse(f"public-{name}", args=["ctv2027"]) for name in ("queue", "begin"))
NOW = timezone.now


@pytest.fixture
def world(db):
    return queued(places=1)


def queued(*, places: int, **facts):
    world = seminar(rooms=1)
    Congress.objects.update(queue_places=places, **facts)
    world.congress.refresh_from_db()
    forget()
    return world


def text(answer) -> str:
    return answer.content.decode().replace("\xa0", " ")


def joined() -> Client:
    client = Client()
    client.post(QUEUE)
    return client


def standing(turn: Turn, at=None):
    found = queue.standing(turn.code, "ctv2027", at=at or NOW())
    assert found is not None
    return found


def asked(turn: Turn, at) -> bool:
    """Its page asks; is it inside then?"""
    return queue.ask(standing(turn, at), at=at).turn.is_inside(at)


def test_without_a_queue_the_page_is_the_welcome_and_beginning_is_as_ever(world, client):
    Congress.objects.update(queue_places=0)
    assert client.get(QUEUE)["Location"] == reverse("public-welcome", args=["ctv2027"])
    assert client.post(BEGIN).status_code == 302 and not Turn.objects.exists() and Booking.objects.count() == 1


def test_while_there_is_a_place_one_begins_at_once_and_twice_is_one_cart(world, client):
    first = client.post(BEGIN)
    assert "/queue/" not in first["Location"] and client.post(BEGIN)["Location"] == first["Location"]
    assert Booking.objects.count() == 1 == Turn.objects.count()
    assert client.get(first["Location"], follow=True).status_code == 200


def test_who_comes_when_all_places_are_taken_waits_and_is_let_in_when_one_comes_free(world, client):
    client.post(BEGIN)
    late = Client()
    assert late.post(BEGIN)["Location"] == QUEUE and Booking.objects.count() == 1
    page = late.get(QUEUE)
    assert "La prochaine place est pour vous" in text(page) and page["Refresh"].startswith("5;")
    Turn.objects.filter(booking__isnull=False).update(inside_until=NOW())  # its time is over
    page = late.get(QUEUE)
    assert "C’est votre tour" in text(page) and late.post(BEGIN)["Location"] != QUEUE
    assert Booking.objects.count() == 2


def test_no_cookie_no_turn_no_cart_and_a_forged_one_is_a_new_place(world):
    Client().post(BEGIN)
    turns = set(Turn.objects.values_list("code", flat=True))
    forger = Client()
    forger.cookies["queue"] = f"{turns.pop()}:forged"
    assert forger.post(BEGIN)["Location"] == QUEUE and Turn.objects.count() == 2 and Booking.objects.count() == 1
    assert text(forger.post(QUEUE, {"code": "²" * 8}, follow=True)).count("code") and Turn.objects.count() == 2


def test_a_cart_begun_before_the_queue_waits_for_a_turn_too_and_keeps_its_people(world, client):
    Congress.objects.update(queue_places=0)
    old = Walk(world)
    old.people()
    Congress.objects.update(queue_places=1)
    holder = Client()
    holder.post(BEGIN)  # the only place
    turned = old.get("fee")
    assert turned.status_code == 302 and turned["Location"] == f"{QUEUE}?cart={old.token}"
    assert old.post("fee", {}, do="next")["Location"] == turned["Location"]
    old.client.post(turned["Location"], {"cart": old.token})
    assert "La prochaine place" in text(old.client.get(turned["Location"]))
    Turn.objects.filter(booking__isnull=False).update(inside_until=NOW())
    page = text(old.client.get(turned["Location"]))
    assert reverse("public-cart", args=["ctv2027", old.token]) in page
    assert old.get("fee").status_code == 200 and Turn.objects.filter(booking=old.booking).exists()
    assert old.booking.persons.count() == 1


def test_before_the_hour_one_takes_a_place_and_nobody_is_let_in(world, client):
    opens = NOW() + timedelta(minutes=30)
    Congress.objects.update(opens_at=opens)
    welcome = text(client.get(reverse("public-welcome", args=["ctv2027"])))
    assert QUEUE in welcome and client.post(BEGIN)["Location"] == QUEUE and not Booking.objects.exists()
    page = client.get(QUEUE)
    assert "Vous avez une place" in text(page) and page["Refresh"].startswith("60;") and "devant" not in text(page)
    turn = Turn.objects.get()
    assert turn.place < queue.LOTS and not asked(turn, opens - timedelta(seconds=1)) and asked(turn, opens)


def test_those_before_the_hour_are_ordered_by_lot_and_later_ones_by_arrival(world):
    opens = NOW()
    world.congress.opens_at = opens
    early = [queue.join(world.congress, at=opens - timedelta(minutes=n)) for n in range(1, 31)]
    late = [queue.join(world.congress, at=opens + timedelta(seconds=n)) for n in range(3)]
    places = [turn.place for turn in early]
    assert places != sorted(places) and places != sorted(places, reverse=True)
    assert max(places) < late[0].place < late[1].place < late[2].place


def test_who_is_away_holds_nobody_up_and_finds_the_same_rank_again(world):
    at = NOW()
    first, second, third = (queue.join(world.congress, at=at + timedelta(seconds=n)) for n in range(3))
    assert standing(third, at).ahead == 2
    away = at + timedelta(minutes=10)
    Turn.objects.filter(pk__in=[second.pk, third.pk]).update(here_until=away + timedelta(minutes=1))
    assert asked(second, away)  # the first is away
    Turn.objects.filter(pk=first.pk).update(here_until=away + timedelta(minutes=1))
    assert standing(first, away).ahead == 0 and standing(third, away).ahead == 1
    later = away + queue.TO_BEGIN  # the second did not begin: its place goes to the first, and it keeps its rank
    Turn.objects.update(here_until=later + timedelta(minutes=1))
    assert asked(first, later) and not asked(second, later) and standing(third, later).ahead == 1


def test_a_code_goes_on_with_the_same_rank_on_another_device(world):
    Client().post(BEGIN)
    mine = joined()
    code = Turn.objects.get(booking=None).code
    other = Client()
    assert other.post(QUEUE, {"code": f" {code[:4].lower()} {code[4:]}"}).status_code == 302
    assert f"{code[:4]} {code[4:]}" in text(other.get(QUEUE)) and Turn.objects.count() == 2
    Turn.objects.filter(booking__isnull=False).update(inside_until=NOW())
    assert "C’est votre tour" in text(mine.get(QUEUE)) and "C’est votre tour" in text(other.get(QUEUE))
    carts = {each.post(BEGIN)["Location"] for each in (mine, other)}
    assert len(carts) == 1 and Booking.objects.count() == 2  # one turn, one cart
    page = Client().post(QUEUE, {"code": "ZZZZZZZZ"}, follow=True)
    assert "Aucune place" in text(page)


def test_full_is_told_in_the_queue(world, client):
    walk = Walk(world)
    walk.people()
    walk.room(nights=3)
    client.post(QUEUE)
    assert "Plus aucune chambre n’est libre" in text(client.get(QUEUE))


@pytest.mark.parametrize("waiting", [2, 40])
def test_a_question_of_the_queue_is_one_or_two_statements_however_many_wait(world, waiting):
    Client().post(BEGIN)
    mine = joined()
    for _n in range(waiting):
        queue.join(world.congress, at=NOW())
    mine.get(QUEUE)
    Turn.objects.update(here_until=NOW() + timedelta(minutes=9))
    counts = []
    for here in (True, False):  # long before it counts as away, and about to
        if not here:
            Turn.objects.filter(booking=None).update(here_until=NOW() + timedelta(seconds=1))
        with CaptureQueriesContext(connection) as captured:
            page = mine.get(QUEUE)
        counts.append(len(captured))
    assert counts == [1, 2] and len(page.content) < 6_000 and b"<script" not in page.content


def test_a_placed_order_frees_its_place(world):
    at = NOW()
    first, second = (queue.join(world.congress, at=at + timedelta(seconds=n)) for n in range(2))
    assert asked(first, at) and not asked(second, at)
    booking, _link = queue.enter_by(
        standing(first, at).turn, lambda: (Booking.objects.create(congress=world.congress, language="fr"), None), at=at
    )
    assert not asked(second, at)
    Booking.objects.filter(pk=booking.pk).update(placed_at=at, number="00000009")
    assert asked(second, at)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_many_pages_asking_at_once_let_in_no_more_than_there_are_places():
    world = queued(places=3)
    at = NOW()
    turns = [queue.join(world.congress, at=at + timedelta(microseconds=n)) for n in range(12)]
    start, let_in = threading.Barrier(len(turns)), []

    def asks(turn):
        start.wait()
        try:
            for _n in range(3):
                if asked(turn, at):
                    let_in.append(turn.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=asks, args=[turn]) for turn in turns]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for turn in turns:
        asked(turn, at)
    assert set(Turn.objects.filter(inside_until__gt=at).values_list("pk", flat=True)) == {turn.pk for turn in turns[:3]}
    assert set(let_in) <= {turn.pk for turn in turns[:3]}


def test_who_has_ordered_takes_another_place_for_somebody_else(world, client):
    first = client.post(BEGIN)["Location"]
    Booking.objects.update(placed_at=NOW(), number="00000009")
    page = client.get(QUEUE)
    assert "prenez une autre place" in text(page) and "Refresh" not in page
    second = client.post(BEGIN)["Location"]
    assert second != first and "/queue/" not in second and Booking.objects.count() == 2 == Turn.objects.count()


def test_places_nobody_can_use_any_more_are_forgotten_and_those_before_the_hour_are_not(world):
    at = NOW()
    _idle, here, ordered, under_way = (queue.join(world.congress, at=at) for _n in range(4))
    carts = [Booking.objects.create(congress=world.congress, language="fr") for _n in range(2)]
    Booking.objects.filter(pk=carts[0].pk).update(placed_at=at - timedelta(days=9), number="00000009")
    for turn, cart in ((ordered, carts[0]), (under_way, carts[1])):
        Turn.objects.filter(pk=turn.pk).update(booking=cart)
    Turn.objects.exclude(pk=here.pk).update(here_until=at - timedelta(days=8))
    opens_at = world.congress.opens_at
    Congress.objects.update(opens_at=at + timedelta(days=1))
    assert queue.forget(at=at) == 0
    Congress.objects.update(opens_at=opens_at and at - timedelta(days=30))
    assert queue.forget(at=at) == 2 and queue.forget(at=at) == 0
    assert set(Turn.objects.values_list("pk", flat=True)) == {here.pk, under_way.pk}
