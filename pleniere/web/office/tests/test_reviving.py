"""Who paid late, when only some of their rooms are left: an agent sees what remains, chooses, and the rest of the money goes back."""

import re
from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.test import Client as Browser
from django.utils import timezone

from pleniere.accounts.rights import SYSTEM
from pleniere.booking.actions import PersonFacts, list_expiring, take_offer
from pleniere.booking.actions.lapse import end_lines
from pleniere.booking.models import Booking, Line
from pleniere.booking.tests.world import ARRIVAL, DEPARTURE, leaflet_booking, make_cart, make_user, order, seminar
from pleniere.congress.models import Congress
from pleniere.payment.actions import late_payer, receive
from pleniere.payment.queries import payer_sums
from pleniere.stock.queries import audit

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db):
    """Two rooms in all; the booking lapsed, others took both, and then its transfer came."""
    w = seminar(rooms=2)
    Congress.objects.update(option_cap_night=100)
    w.booking = leaflet_booking(w)
    end_lines(w.booking, set(w.booking.lines.values_list("pk", flat=True)), by=SYSTEM, at=w.now + timedelta(days=20))
    return w


def others_take_the_rooms(world) -> None:
    for _each in range(2):
        other, people = make_cart(world, PersonFacts(first_name="O", last_name="Ther"))
        take_offer(other, world.room, world.room_rate, start=ARRIVAL, end=DEPARTURE, persons=people, by=SYSTEM, at=world.now)
        order(world, other)


def pay(world, amount: str = "296.50"):
    payer = world.booking.payers.get()
    at = world.now + timedelta(days=21)
    return receive(payer, kind="TRANSFER", amount=D(amount), on=at.date(), key="late", by=world.accountant, at=at)


@pytest.fixture
def desk(world):
    browser = Browser()
    browser.force_login(world.lead)
    return browser


def text(answer) -> str:
    return answer.content.decode().replace("\xa0", " ")


def states(booking) -> dict[str, int]:
    found = list(booking.lines.values_list("state", flat=True))
    return {state: found.count(state) for state in set(found)}


def yes(desk, here, **ticked):
    shown = text(desk.post(here, {**ticked, "seen": Booking.objects.get(number=here.split("/")[3]).version}))
    signature = re.search(r'name="shown" value="([^"]*)"', shown)[1].replace("&#x27;", "'")
    seen = re.search(r'name="seen" value="(\d+)"', shown)[1]
    return desk.post(here, {**ticked, "seen": seen, "shown": signature})


def test_what_is_left_comes_back_and_the_rest_of_the_money_is_to_be_given_back(world, desk):
    others_take_the_rooms(world)
    assert pay(world).revived == 0 and states(world.booking) == {"CANCELLED": 8}
    home, here = f"/office/bookings/{world.booking.number}/", f"/office/bookings/{world.booking.number}/revival/"
    assert "Payé après l’échéance" in text(desk.get(home))
    page = text(desk.get(here))
    assert page.count("plus de place") == 1 and page.count("il reste de la place") == 7 and "296,50 €" in page
    room = world.booking.lines.get(offer=world.room)
    ticked = {f"line{pk}": "on" for pk in world.booking.lines.exclude(pk=room.pk).values_list("pk", flat=True)}
    assert yes(desk, here, **ticked).status_code == 302
    assert states(world.booking) == {"FIRM": 7, "CANCELLED": 1} and not audit()
    payer = world.booking.payers.get()
    assert payer_sums([world.booking.pk])[payer.pk].refundable == D("211.50")
    page = text(desk.get(home))
    assert "Payé après l’échéance" not in page and "ne connaît pas encore" in page
    assert Line.objects.get(pk=room.pk).lapsed_at is None  # decided: it does not come back by itself
    assert desk.get(here).status_code == 302


def test_a_room_that_went_meanwhile_is_said_and_nothing_comes_back(world, desk):
    room = world.booking.lines.get(offer=world.room)
    pay(world, "60.00")  # too little for all of it: nothing comes back by itself
    here = f"/office/bookings/{world.booking.number}/revival/"
    assert "plus de place" not in text(desk.get(here))
    others_take_the_rooms(world)
    refused = desk.post(here, {f"line{room.pk}": "on", "seen": Booking.objects.get(pk=world.booking.pk).version})
    assert refused.status_code == 422 and states(world.booking) == {"CANCELLED": 8}


def test_all_that_is_asked_for_more_than_was_paid_waits_as_an_option(world, desk):
    pay(world, "60.00")
    here = f"/office/bookings/{world.booking.number}/revival/"
    ticked = {f"line{pk}": "on" for pk in world.booking.lines.values_list("pk", flat=True)}
    assert yes(desk, here, **ticked).status_code == 302
    assert states(world.booking)["OPTION"] >= 1 and late_payer(world.booking) is None
    list_expiring(at=timezone.now())


def test_an_outsider_brings_nothing_back(world):
    pay(world, "60.00")
    outsider = Browser()
    outsider.force_login(make_user("nobody@example.org"))
    assert outsider.post(f"/office/bookings/{world.booking.number}/revival/", {}).status_code in (403, 404)
