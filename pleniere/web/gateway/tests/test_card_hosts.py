"""The policy of our pages lets an order's form end on the bank's page, and on no other place."""

import re
import sys
from types import ModuleType

import pytest
from django.urls import reverse
from django.utils import timezone

from pleniere.accounts import links
from pleniere.accounts.models import Link
from pleniere.booking.tests.world import leaflet_booking, seminar
from pleniere.payment.models import Attempt, Receipt
from pleniere.payment.providers import card_hosts
from pleniere.payment.providers.sandbox import Provider


def form_action(answer):
    return re.search(r"form-action ([^;]*)", answer["Content-Security-Policy"])[1].split()


@pytest.fixture
def far_bank(monkeypatch, settings):
    """A provider whose card pages are its own."""

    class FarBank(Provider):
        name, hosts = "farbank", ("https://pay.farbank.example", "https://3ds.farbank.example")

    module = ModuleType("pleniere.payment.providers.farbank")
    module.Provider = FarBank
    monkeypatch.setitem(sys.modules, module.__name__, module)
    settings.PAYMENT_PROVIDERS = {"farbank": {"secret": "x"}}
    return FarBank


def test_the_origins_a_provider_declares_are_where_forms_may_end(client, db, far_bank):
    seminar()
    answer = client.get(reverse("public-welcome", args=["ctv2027"]))
    assert form_action(answer) == ["'self'", *sorted(far_bank.hosts)] and card_hosts() == sorted(far_bank.hosts)


def test_without_a_card_provider_forms_end_here_alone(client, db, settings):
    seminar()
    settings.PAYMENT_PROVIDERS = {}
    assert form_action(client.get(reverse("public-welcome", args=["ctv2027"]))) == ["'self'"]


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.django_db(transaction=True)
def test_a_browser_follows_the_order_to_the_banks_other_origin_only_if_it_is_declared(
    page, live_server, settings, monkeypatch, declared
):
    """Ours is localhost, the bank's 127.0.0.1: to a browser as far apart as any two houses."""
    settings.SITE_URL = live_server.url.replace("localhost", "127.0.0.1")
    assert live_server.url != settings.SITE_URL
    if not declared:
        monkeypatch.setattr(Provider, "hosts", ())
    world = seminar()
    payer = leaflet_booking(world, method="CARD", at=timezone.now()).payers.get()
    here = reverse("client-pay", args=[links.token(links.make(Link.Purpose.PAY, payer))])
    page.goto(live_server.url + here)
    page.check("input[value=CARD]")
    with page.expect_event("console" if not declared else "framenavigated"):
        page.click("form[method=post] .button--main")
    assert page.url.startswith(settings.SITE_URL) == declared
    if declared:
        page.click("button[value=pay]")
        page.wait_for_url(f"{live_server.url}/**")
        assert Receipt.objects.get().amount == Attempt.objects.get().amount
