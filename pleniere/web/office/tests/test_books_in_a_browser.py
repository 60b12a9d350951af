"""The accountant closes a month; what would still be written in it is refused in words. And no page of the desk has a fault."""

from datetime import timedelta

import pytest
from django.utils import timezone

from pleniere.accounts.rights import SYSTEM
from pleniere.booking.tests.world import make_user
from pleniere.invoicing.actions import issue_invoices
from pleniere.invoicing.tests.world import NOW, billing_world, bought
from pleniere.ledger.models import Month
from pleniere.web.tests.browser import look_at, sign_in


@pytest.fixture
def world(transactional_db):
    world = billing_world()
    world.admin = make_user("ada@example.org", "ADMIN")
    world.booking = bought(world, world.own)
    (world.invoice,) = issue_invoices(world.booking, by=SYSTEM, at=NOW).invoices
    bought(world, world.own)
    return world


def test_a_month_closed_in_the_browser_takes_nothing_more(page, live_server, world):
    sign_in(page, live_server, world.admin)
    last = timezone.localdate().replace(day=1) - timedelta(days=1)
    page.goto(f"{live_server.url}/office/books/months/{last.year}/{last.month}/closing/")
    page.get_by_role("button", name="Clore ce mois et tous les précédents").click()
    page.wait_for_url("**/office/books/months/")
    assert Month.objects.get(closed_at__isnull=False).first == last.replace(day=1)
    page.goto(f"{live_server.url}/office/bookings/{world.booking.number}/receipts/")
    page.get_by_label("Montant").fill("24,00")
    page.locator("input[type=date]").first.fill(last.isoformat())
    page.locator("main form button[type=submit]").last.click()
    assert f"{last:%m/%Y} est clos" in page.locator("main").inner_text()
    assert page.get_by_label("Montant").input_value() in ("24,00", "24.00")


def test_pages_are_clean(page, live_server, world):
    sign_in(page, live_server, world.admin)
    paths = [
        "invoices/",
        "invoices/queue/",
        f"invoices/{world.invoice.pk}/",
        f"invoices/{world.invoice.pk}/credits/",
        f"invoices/{world.invoice.pk}/addressee/",
        f"bookings/{world.booking.number}/documents/",
        "books/",
        "books/balance/?by=owner&year=all",
        "books/months/",
        "books/audit/",
    ]
    assert {path: found for path in paths if (found := look_at(page, f"{live_server.url}/office/{path}"))} == {}
