"""The sandbox bank: its pages, when it tells, and the door its notices come through."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from pleniere.accounts.rights import SYSTEM
from pleniere.booking.models import Line
from pleniere.booking.tests.world import leaflet_booking, seminar
from pleniere.messaging import jobs
from pleniere.messaging.models import Job
from pleniere.payment import queries
from pleniere.payment.actions import start_card
from pleniere.payment.models import Attempt, Notice, Receipt
from pleniere.payment.providers.sandbox import SIGNATURE, Provider

pytestmark = pytest.mark.django_db
NOW = "now"


@pytest.fixture
def bank(client):
    """The card page of a fresh order, as (payer, page address)."""
    world = seminar()
    booking = leaflet_booking(world, method="CARD", at=timezone.now())
    payer = booking.payers.select_related("booking__congress", "client", "method").get()
    url = start_card(payer, return_url="/my/return/", by=SYSTEM, at=timezone.now())
    parts = urlsplit(url)
    return payer, f"{parts.path}?{parts.query}"


def post(client, page, act="pay", debits="asked", tells="now"):
    return client.post(page, {"act": act, "debits": debits, "tells": tells})


def state(payer):
    return queries.sums_of(payer).state


def work(at):
    """What the worker would do until `at`."""
    for job in jobs.claim(at):
        assert jobs.run(job), job.error


def test_paying_tells_the_merchant_before_the_browser_is_back(client, bank):
    payer, page = bank
    shown = client.get(page)
    assert "Banque d’essai" in shown.content.decode() and "296,50" in shown.content.decode()
    answer = post(client, page)
    assert (answer.status_code, answer["Location"]) == (302, "/my/return/")
    assert state(payer) == "PAID" and set(Line.objects.values_list("state", flat=True)) == {"FIRM"}
    post(client, page)  # gone back and paid again: the same money
    assert Receipt.objects.count() == 1


def test_3d_secure_asks_and_then_pays_or_refuses(client, bank):
    payer, page = bank
    step = post(client, page, act="check", tells="now")
    assert step.status_code == 302 and state(payer) == "DUE"
    check = step["Location"]
    assert client.get(check).status_code == 200
    client.post(check, {"act": "refuse"})
    assert Attempt.objects.get().state == "REFUSED" and state(payer) == "DUE"
    client.post(check, {"act": "pay"})
    assert state(payer) == "PAID"


@pytest.mark.parametrize(("act", "ends"), [("refuse", "REFUSED"), ("abandon", "ABANDONED")])
def test_a_payment_refused_or_given_up_leaves_nothing_paid(client, bank, act, ends):
    payer, page = bank
    assert post(client, page, act=act)["Location"] == "/my/return/"
    assert Attempt.objects.get().state == ends and state(payer) == "DUE"


def test_the_bank_may_tell_late(client, bank):
    payer, page = bank
    post(client, page, tells="late")
    assert state(payer) == "DUE"  # the browser is back, and that proves nothing
    work(timezone.now() + timedelta(seconds=21))
    assert state(payer) == "PAID"


def test_the_bank_may_tell_twice_and_it_counts_once(client, bank):
    payer, page = bank
    post(client, page, tells="twice")
    work(timezone.now() + timedelta(seconds=11))
    assert Job.objects.get(task__contains="gateway").done_at and Receipt.objects.count() == 1 and state(payer) == "PAID"


def test_the_bank_may_never_tell(client, bank):
    payer, page = bank
    post(client, page, tells="never")
    assert not Notice.objects.exists() and state(payer) == "DUE" and not Job.objects.filter(task__contains="gateway").exists()


def test_the_bank_may_debit_less_or_twice(client, bank):
    payer, page = bank
    post(client, page, debits="less")
    assert state(payer) == "PART"
    assert Notice.objects.get().to_look_at


def test_two_debits_are_overpaid(client, bank):
    payer, page = bank
    post(client, page, debits="twice")
    assert Receipt.objects.count() == 2 and state(payer) == "OVERPAID"


@pytest.mark.parametrize("order", ["", "x", "é\x00", "eyJ9:1:2"])
def test_a_forged_order_is_not_found(client, bank, order):
    _, page = bank
    path = page.partition("?")[0]
    assert client.get(path, {"order": order}).status_code == 404
    assert client.post(f"{path}check/", {"act": "pay"}).status_code == 404
    assert client.get(page.replace("/sandbox-bank/", "/sandbox-bank/X")).status_code == 404


def test_what_the_page_does_not_offer_is_refused(client, bank):
    _, page = bank
    assert post(client, page, tells="tomorrow").status_code == 422
    assert post(client, page, act="rob").status_code == 422
    assert not Notice.objects.exists()


def test_without_the_sandbox_there_is_no_bank(client, bank, settings):
    _, page = bank
    settings.PAYMENT_PROVIDERS = {}
    assert client.get(page).status_code == 404
    assert client.post("/payment/notice/sandbox/", b"{}", content_type="application/json").status_code == 404


def test_a_signed_notice_comes_in_and_any_other_does_not(bank):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    payer, _ = bank
    attempt = Attempt.objects.get()
    body, signature = Provider().write(
        event="e", ref=attempt.ref, status="PAID", amount="296.50", currency="EUR", transaction="t"
    )

    def send(body, **headers):
        return client.post("/payment/notice/sandbox/", body, content_type="application/json", headers=headers).status_code

    assert send(body) == 403 and send(body, **{SIGNATURE: "0" * 64}) == 403 and state(payer) == "DUE"
    assert send(b"nonsense", **{SIGNATURE: Provider().sign(b"nonsense")}) == 400
    assert send(body, **{SIGNATURE: signature}) == 200 == send(body, **{SIGNATURE: signature})
    assert state(payer) == "PAID" and Receipt.objects.count() == 1
    assert client.get("/payment/notice/sandbox/").status_code == 405
    assert client.post("/payment/notice/other/", body, content_type="application/json").status_code == 404
