"""The same yes from several browsers at the same instant: an order, a payout, rooms retained, a quote, the last room. Once each, and no server error."""

import threading
from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pleniere.accounting.audit import audit
from pleniere.accounts import links
from pleniere.accounts.models import Trace
from pleniere.allotment.actions.asking import link_for
from pleniere.allotment.models import Block, Request
from pleniere.allotment.tests import world as asking
from pleniere.booking.models import Booking, Line, Payer
from pleniere.booking.tests.world import seminar
from pleniere.congress.models import Congress
from pleniere.messaging import jobs
from pleniere.messaging.models import Message
from pleniere.payout.models import Payout
from pleniere.payout.tests.world import paid_booking, paid_seminar
from pleniere.quote.actions import edit_quote, make_quote, send_quote
from pleniere.quote.models import Quote
from pleniere.quote.retained import LineFacts
from pleniere.stock.models import StockDay
from pleniere.web.public.tests.walk import Walk

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]


def at_once(*asks):
    """Ask these together; the status of each answer (a page that breaks raises here, as the test client does)."""
    start, found = threading.Barrier(len(asks)), [None] * len(asks)

    def run(place, ask):
        try:
            start.wait(20)
            found[place] = ask().status_code
        except Exception as error:
            found[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(asks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def differences():
    return [line for _done, _whole, _name, found in audit() for line in found]


def test_an_order_sent_by_three_browsers_is_one_booking_one_payer_one_mail():
    walk = Walk(seminar(rooms=2))
    walk.to_payment()

    def order():
        other = Walk.__new__(Walk)
        other.world, other.client, other.code, other.token = walk.world, Client(), walk.code, walk.token
        return other.order()

    assert at_once(order, order, order) == [302] * 3
    booking = Booking.objects.placed().get(kind="GUEST")
    assert (Payer.objects.filter(booking=booking).count(), booking.lines.counted().count()) == (1, 3)
    for job in jobs.claim(timezone.now()):
        assert jobs.run(job), job.error
    assert Message.objects.filter(to__contains="claire@example.org").count() == 1
    assert not differences()


def test_the_last_room_asked_for_by_four_carts_is_held_by_one_and_the_others_are_told():
    world = seminar(rooms=1)
    walks = [Walk(world, Client()) for _each in range(4)]
    for walk in walks:
        walk.people()
        walk.take("fee", world.fee)
        assert walk.booking.persons.exists()  # who sleeps there is known before the race
    statuses = at_once(*(walk.room for walk in walks))
    assert set(statuses) <= {200, 302, 409, 422}
    assert Line.objects.filter(offer=world.room, state="HELD").count() == 1
    rooms = StockDay.objects.filter(service=world.room.service, day__gte=world.arrival, day__lt=world.departure)
    assert set(rooms.values_list("granted", "held")) == {(1, 1)}
    assert not differences()


def test_a_payout_decided_by_three_browsers_and_by_a_colleague_leaves_once(monkeypatch):
    world = paid_seminar()
    paid_booking(world)
    monkeypatch.setattr("django.utils.timezone.now", lambda: world.now)
    address, hotel = reverse("office-payouts", args=[world.congress.code]), world.hotel.pk
    facts = {"mode": "TRANSFER", f"pay-{hotel}": "on", f"amount-{hotel}": "194,58", f"code-{hotel}": ""}
    mine, theirs = {**facts, "key": "0" * 32}, {**facts, "key": "1" * 32}
    browsers = [signed_in(user) for user in (world.accountant, world.accountant, world.admin)]
    found = at_once(*(lambda c=c, k=k: c.post(address, k) for c, k in zip(browsers, [mine, mine, theirs], strict=True)))
    assert set(found) <= {302, 422}
    payout = Payout.objects.get()
    assert (payout.supplier, payout.amount) == (world.hotel, D("194.58"))
    assert not differences()


def test_rooms_retained_by_three_browsers_are_one_block():
    world = asking.world()
    starts = timezone.localdate() + timedelta(days=120)
    Congress.objects.filter(pk=world.congress.pk).update(starts=starts, ends=starts + timedelta(days=3))
    url, nights = f"/office/congresses/{world.congress.code}/requests/", [starts, starts + timedelta(days=1)]
    desk = signed_in(world.sam)
    typed = {
        "arrival": starts,
        "departure": starts + timedelta(days=2),
        "deadline": f"{starts - timedelta(days=60)}T18:00",
        "cutoff": starts - timedelta(days=30),
        "price_is": "COMMISSIONABLE",
        "ask:DOUBLE": "on",
        "kind:DOUBLE": "QUOTE",
        **{f"need:DOUBLE:{night}": "20" for night in nights},
    }
    assert desk.post(f"{url}new/", typed).status_code == 302
    asked = Request.objects.get()
    desk.post(f"{url}{asked.number}/recipients/", {"supplier": [world.adagio.pk]})
    desk.post(f"{url}{asked.number}/sendings/")
    invitation = asked.invitations.get()
    words = {"act": "send", "same:DOUBLE": "on", "n:DOUBLE": "20", "p:DOUBLE": "105,75", "name": "Sophie"}
    Client().post(f"/hotel/answer/{links.token(link_for(invitation))}/", words)
    yes = {"cell": [f"{invitation.pk}:DOUBLE:{night}" for night in nights], "retain": "yes", "key": "k" * 32}
    yes |= {f"sell:{invitation.pk}:DOUBLE:105.75": "110,00"}
    other = {**yes, "key": "o" * 32}
    retained = f"{url}{asked.number}/retained/"
    browsers = [signed_in(world.sam) for _each in range(3)]
    found = at_once(*(lambda c=c, w=w: c.post(retained, w) for c, w in zip(browsers, [yes, yes, other], strict=True)))
    assert set(found) <= {200, 302, 422}
    assert Block.objects.count() == 1
    assert set(StockDay.objects.values_list("granted", flat=True)) == {20} and not differences()


def test_a_quote_accepted_by_three_browsers_is_accepted_once():
    world, now = seminar(), timezone.now()
    Congress.objects.filter(pk=world.congress.pk).update(state="PREPARED")
    quote = make_quote(world.congress, by=world.agent, at=now)
    lines = [LineFacts("Auditorium", D("1850.00"), 2, D(20), "ORGANISER", "Cité du design")]
    edit_quote(quote, lines=lines, text="", valid_until=now.date() + timedelta(days=10), by=world.agent, at=now)
    address = reverse("organiser-quote", args=[links.token(send_quote(quote, by=world.agent, at=now))])
    quote.refresh_from_db()
    yes = {"accept": "1", "name": "Hélène Astier", "function": "Directrice", "may": "on", "seen": quote.sha256}
    assert at_once(*[lambda: Client().post(address, yes)] * 3) == [302] * 3
    assert Quote.objects.get().state == "ACCEPTED"
    assert Trace.objects.filter(verb="quote.accepted").count() == 1
    assert not differences()
