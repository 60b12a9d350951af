"""In a browser: cheques go to the bank on a slip; and of two people at one booking the later is told, and keeps what was typed."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.utils import timezone

from pleniere.accounts.rights import SYSTEM
from pleniere.booking.models import Line
from pleniere.booking.tests.world import leaflet_booking
from pleniere.payment.actions import receive
from pleniere.payment.models import DepositSlip
from pleniere.payment.queries import to_remit
from pleniere.payout.tests.world import paid_seminar
from pleniere.web.tests.browser import faults, sign_in


@pytest.fixture
def world(transactional_db):
    world = paid_seminar()
    world.booking = leaflet_booking(world, method="CHEQUE", at=timezone.now())
    return world


def cheque(world, amount, number):
    facts = {"kind": "CHEQUE", "amount": D(amount), "on": timezone.localdate(), "key": number, "cheque_number": number}
    return receive(world.booking.payers.get(), **facts, by=SYSTEM, at=timezone.now()).receipt


def test_the_cheques_ticked_leave_on_a_slip_whose_paper_is_printed(page, live_server, world):
    cheque(world, "200.00", "0448213")
    kept = cheque(world, "96.50", "0448214")
    sign_in(page, live_server, world.lead)
    page.goto(f"{live_server.url}/office/payments/bank/")
    assert "296,50" in page.locator("form", has_text="0448213").inner_text()
    page.get_by_label(f"Remettre l’encaissement {kept.number}").uncheck()
    page.get_by_role("button", name="Mettre les cochés sur un bordereau").click()
    page.wait_for_load_state()
    slip = DepositSlip.objects.get()
    assert (slip.total, list(to_remit(world.lead))) == (D("200.00"), [kept])
    remitted = page.get_by_role("link", name=f"Bordereau {slip}")
    paper = page.request.get(live_server.url + remitted.get_attribute("href"))
    assert paper.body().startswith(b"%PDF")
    assert "0448214" in page.locator("main").inner_text() and faults(page) == []


def test_two_people_at_one_booking_the_later_is_told_and_keeps_what_was_typed(new_context, live_server, world):
    booking = world.booking
    room, lunch = (booking.lines.get(offer=offer) for offer in (world.room, world.lunch))
    sam, lea = new_context().new_page(), new_context().new_page()
    for page, user in ((sam, world.agent), (lea, world.lead)):
        sign_in(page, live_server, user)
    sam.goto(f"{live_server.url}/office/bookings/{booking.number}/lines/{room.pk}/")
    sam.get_by_label("Au (départ)").fill((world.departure - timedelta(days=1)).isoformat())
    sam.get_by_label("Motif").fill("repart un soir plus tôt")

    lea.goto(f"{live_server.url}/office/bookings/{booking.number}/cancellations/?line={lunch.pk}")
    lea.get_by_label("Motif").fill("ne déjeune pas")
    lea.get_by_role("button", name="Voir l’effet").click()
    lea.locator("button[name=shown]").click()
    lea.wait_for_url(f"**/office/bookings/{booking.number}/**")
    assert Line.objects.get(pk=lunch.pk).state == "CANCELLED"

    sam.get_by_role("button", name="Voir l’effet").click()
    told = sam.get_by_role("alert").first.inner_text()
    assert str(world.lead) in told and "ne déjeune pas" in told
    assert sam.get_by_label("Motif").input_value() == "repart un soir plus tôt"
    assert Line.objects.get(pk=room.pk).end == world.departure
    sam.locator("button[name=shown]").click()  # the effect of now, read again
    sam.wait_for_url(f"**/office/bookings/{booking.number}/")
    assert Line.objects.get(pk=room.pk).end == world.departure - timedelta(days=1)
