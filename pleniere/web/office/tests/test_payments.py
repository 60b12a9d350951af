"""The payments desk: written down, matched, remitted, undone, given back; and nothing for who is not of the bureau."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pleniere.accounts.rights import SYSTEM
from pleniere.booking.models import Line
from pleniere.booking.tests.world import leaflet_booking, make_user, seminar
from pleniere.catalogue.models import BankAccount
from pleniere.common.audits import checks
from pleniere.congress.models import Congress, Member
from pleniere.payment import queries
from pleniere.payment.actions import act_on, announce, open_card_attempt, receive, receive_from_nobody
from pleniere.payment.models import CardRefund, DepositSlip, Notice, Receipt
from pleniere.payment.providers import Said, Status

pytestmark = pytest.mark.django_db
KEY = "7f1b1c9e-0d53-4f0a-9d83-0d8e6f1f0a01"


@pytest.fixture
def world(db):
    w = seminar()
    w.today = timezone.localdate()
    return w


@pytest.fixture
def booking(world):
    return leaflet_booking(world, at=timezone.now())


@pytest.fixture
def desk(client, world):
    client.force_login(world.lead)
    return client


def payer_of(booking):
    return booking.payers.select_related("booking__congress", "client", "method").get()


def money(world, booking, amount, kind="TRANSFER", key="k", **facts):
    return receive(
        payer_of(booking), kind=kind, amount=D(amount), on=world.today, key=key, by=world.agent, at=timezone.now(), **facts
    ).receipt


def nobodys(world, amount="593.40", **facts):
    facts = {"kind": "TRANSFER", "drawer": "OT NANTES", "key": "n", **facts}
    return receive_from_nobody(amount=D(amount), on=world.today, by=world.agent, at=timezone.now(), **facts)


def text(response):
    return response.content.decode()


def typed(world, **facts):
    return {"who": "", "kind": "CHEQUE", "amount": "296,50", "on": world.today.isoformat(), "key": KEY, **facts}


def test_a_cheque_is_written_down_by_reference_once_and_makes_the_lines_firm(desk, world, booking):
    payer = payer_of(booking)
    page = desk.get("/office/payments/new/", {"payer": payer.pk})
    assert payer.reference in text(page) and "296,50" in text(page)
    for _ in range(2):
        answer = desk.post("/office/payments/new/", typed(world, who=payer.reference, cheque_number="0448213"))
        assert answer.status_code == 302
    receipt = Receipt.objects.get()
    assert (receipt.amount, receipt.payer, receipt.cheque_number) == (D("296.50"), payer, "0448213")
    assert set(booking.lines.values_list("state", flat=True)) == {"FIRM"}
    shown = text(desk.get(f"/office/payments/{receipt.pk}/"))
    assert "511200" in shown and "411000" in shown and "Le chèque est revenu impayé" in shown


def test_a_name_that_several_bear_asks_which(desk, world, booking):
    other = leaflet_booking(world, at=timezone.now())
    answer = desk.post("/office/payments/new/", typed(world, who="fournier"))
    assert answer.status_code == 422 and payer_of(booking).reference in text(answer) and not Receipt.objects.exists()
    chosen = payer_of(other)
    assert desk.post("/office/payments/new/", typed(world, who="fournier", payer=chosen.pk)).status_code == 302
    assert Receipt.objects.get().payer == chosen


@pytest.mark.parametrize(
    "wrong",
    [{"amount": "0"}, {"amount": "10^12"}, {"amount": "9" * 20}, {"on": "9999-12-31"}, {"on": ""}, {"kind": "GOLD"}, {"who": "Zzz"}, {"who": "x" * 1_000_000}, {"who": "\x00"}, {"drawer": "\x00" * 9}, {"note": "😀" * 400}],
)  # fmt: skip
def test_what_cannot_be_received_is_said_and_nothing_is_lost(desk, world, booking, wrong):
    facts = typed(world, who=payer_of(booking).reference, bank="Crédit agricole", **{})
    answer = desk.post("/office/payments/new/", facts | wrong)
    assert answer.status_code == 422 and "Crédit agricole" in text(answer) and not Receipt.objects.exists()


@pytest.fixture(autouse=True)
def audited(db):
    """Whatever a test did, the books agree with the receipts afterwards."""
    yield
    assert [(name, said) for name, check in checks().items() if name.startswith(("payment", "ledger")) for said in check()] == []


def test_money_without_a_payer_waits_and_is_matched_to_two(desk, world, booking):
    other = leaflet_booking(world, at=timezone.now())
    answer = desk.post("/office/payments/new/", typed(world, kind="TRANSFER", amount="593,40", drawer="OT NANTES"))
    receipt = Receipt.objects.get()
    page = f"/office/payments/suspense/{receipt.pk}/"
    assert answer["Location"] == page and "OT NANTES" in text(desk.get("/office/payments/suspense/"))
    found = text(desk.post(page, {"act": "search", "q": "fournier", "key": KEY}))
    one, two = payer_of(booking), payer_of(other)
    assert one.reference in found and two.reference in found
    parts = {f"pick_{one.pk}": "on", f"amount_{one.pk}": "296,50", f"pick_{two.pk}": "on", f"amount_{two.pk}": "296,90"}
    assert desk.post(page, {"act": "match", "key": KEY, **parts, f"amount_{two.pk}": "297,00"}).status_code == 422
    for _ in range(2):
        assert desk.post(page, {"act": "match", "key": KEY, **parts}).status_code == 302
    assert queries.sums_of(one).state == "PAID" and queries.sums_of(two).state == "OVERPAID"
    assert queries.rest_of(receipt) == 0 and Receipt.objects.count() == 3


def test_a_reference_in_the_wording_points_at_its_payer(desk, world, booking):
    payer = payer_of(booking)
    receipt = nobodys(world, "296.50", note=f"VIR {payer.reference[:4]} {payer.reference[4:]} MERCI")
    page = text(desk.get(f"/office/payments/suspense/{receipt.pk}/"))
    assert f'name="pick_{payer.pk}" id="id_pick_{payer.pk}" checked' in page


def test_nothing_ticked_matches_nothing_and_money_goes_back_to_its_sender(desk, world, booking):
    receipt = nobodys(world)
    page = f"/office/payments/suspense/{receipt.pk}/"
    assert desk.post(page, {"act": "match", "key": KEY}).status_code == 422
    back = {"act": "back", "key": KEY, "on": world.today.isoformat()}
    assert desk.post(page, {**back, "amount": "593,41"}).status_code == 422
    assert desk.post(page, {**back, "amount": "593,40"}).status_code == 302
    assert queries.rest_of(receipt) == 0


def account(world):
    BankAccount.objects.create(
        supplier=world.house,
        holder="Saint-Étienne Congrès",
        iban="FR7630001007941234567890185",
        iban_fingerprint="x",
        proposed_at=timezone.now(),
        approved_at=timezone.now(),
    )


def test_cheques_are_put_on_a_slip_whose_paper_is_printed(desk, world, booking):
    cheque = money(world, booking, "200.00", "CHEQUE", cheque_number="0448213", drawer="A. Diop-Lefèvre")
    kept = money(world, booking, "25.00", "CHEQUE", key="k2")
    facts = {"kind": "CHEQUE", "on": world.today.isoformat(), "receipts": [cheque.pk]}
    assert desk.post("/office/payments/bank/", facts).status_code == 422  # no account yet
    account(world)
    assert desk.post("/office/payments/bank/", {**facts, "receipts": []}).status_code == 422
    assert desk.post("/office/payments/bank/", facts).status_code == 302
    assert desk.post("/office/payments/bank/", facts).status_code == 422  # remitted already
    slip = DepositSlip.objects.get()
    assert slip.total == D("200.00") and list(queries.to_remit(world.lead)) == [kept]
    paper = desk.get(f"/office/payments/bank/slips/{slip.pk}.pdf")
    assert paper.content.startswith(b"%PDF")


def test_a_bounced_cheque_is_confirmed_and_the_payer_owes_again(desk, world, booking):
    cheque = money(world, booking, "296.50", "CHEQUE")
    page = f"/office/payments/{cheque.pk}/undo/"
    assert "même si le prestataire" in text(desk.get(page))
    assert desk.post(page, {"on": world.today.isoformat(), "reason": ""}).status_code == 422
    assert desk.post(page, {"on": world.today.isoformat(), "reason": "sans provision"}).status_code == 302
    assert queries.sums_of(payer_of(booking)).state == "DUE"
    assert "sans provision" in text(desk.get("/office/payments/refunds/"))
    assert desk.get(page).status_code == 404  # undone once


def test_an_announced_payment_is_one_button_from_its_receipt(desk, world, booking):
    payer = payer_of(booking)
    announce(payer, by=SYSTEM, at=timezone.now())
    page = text(desk.get("/office/payments/announced/"))
    assert payer.reference in page and f"/office/payments/new/?payer={payer.pk}" in page
    assert desk.get("/office/payments/announced/", {"export": "csv"}).status_code == 200


@pytest.mark.parametrize(("act", "state"), [("prolong", "OPTION"), ("confirm", "FIRM"), ("cancel", "CANCELLED")])
def test_options_that_end_are_kept_confirmed_or_cancelled(desk, world, booking, act, state):
    soon = timezone.now() + timedelta(days=2)
    Line.objects.filter(state="OPTION").update(until=soon, expiring_since=world.today)
    assert booking.number in text(desk.get("/office/payments/options/"))
    later = world.today + timedelta(days=30)
    facts = {"booking": booking.pk, "act": act, "until": later.isoformat(), "reason": "vu au téléphone"}
    assert desk.post("/office/payments/options/", {**facts, "reason": ""}).status_code == 422
    assert desk.post("/office/payments/options/", {**facts, "until": "2020-01-01", "act": "prolong"}).status_code == 422
    assert desk.post("/office/payments/options/", facts).status_code == 302
    assert booking.lines.get(offer=world.room).state == state
    assert not queries.ending_options(world.lead, at=timezone.now())


def overpaid_by_card(world):
    booking = leaflet_booking(world, method="CARD", at=timezone.now())
    attempt = open_card_attempt(payer_of(booking), by=SYSTEM, at=timezone.now())
    said = Said("e", attempt.ref, Status.PAID, D("300.00"), "EUR", "t", {})
    act_on("sandbox", said, at=timezone.now())
    return booking


def test_what_is_too_much_goes_back_on_the_card_or_by_transfer(desk, world):
    booking = overpaid_by_card(world)
    payer, receipt = payer_of(booking), Receipt.objects.get()
    page = text(desk.get("/office/payments/refunds/"))
    assert "Rendre 3,50" in page and "300,00\xa0€ au lieu de 296,50\xa0€" in page
    facts = {"payer": payer.pk, "receipt": receipt.pk, "key": KEY}
    assert desk.post("/office/payments/refunds/", {**facts, "act": "card", "amount": "3.51"}).status_code == 422
    for _ in range(2):
        assert desk.post("/office/payments/refunds/", {**facts, "act": "card", "amount": "1.50"}).status_code == 302
    assert CardRefund.objects.get().amount == D("1.50")
    transfer = {**facts, "act": "transfer", "amount": "2.00", "key": KEY[:-1] + "2"}
    assert desk.post("/office/payments/refunds/", transfer).status_code == 422  # on which day?
    assert desk.post("/office/payments/refunds/", {**transfer, "on": world.today.isoformat()}).status_code == 302
    assert queries.sums_of(payer).state == "PAID"
    desk.post("/office/payments/refunds/", {"act": "look", "notice": Notice.objects.get().pk})
    assert not queries.odd_notices(world.lead)


def test_the_list_is_searched_filtered_and_exported(desk, world, booking):
    money(world, booking, "100.00", drawer="=1+1")
    money(world, booking, "50.00", "CHEQUE", key="k2", cheque_number="0448213")
    page = text(desk.get("/office/payments/", {"q": "0448213"}))
    assert "50,00" in page and "100,00" not in page
    assert "50,00" not in text(desk.get("/office/payments/", {"kind": "TRANSFER"}))
    for query in ({"kind": "x", "since": "9999-99-99", "page": "x", "sort": "-x"}, {"q": "\x00" * 50}, {"congress": "autre"}):
        assert desk.get("/office/payments/", query).status_code == 200
    assert "'=1+1" in text(desk.get("/office/payments/", {"export": "csv"}))


def pages(receipt):
    names = ["", "new/", "suspense/", "announced/", "options/", "bank/", "refunds/", f"{receipt.pk}/", f"{receipt.pk}/undo/"]
    return [f"/office/payments/{name}" for name in names]


def test_agents_of_another_congress_see_none_of_it_and_outsiders_nothing(client, world, booking):
    receipt = money(world, booking, "100.00", drawer="SECRET")
    announce(payer_of(booking), by=SYSTEM, at=timezone.now())
    overpaid_by_card(world)
    other = Congress.objects.create(code="autre", title={"fr": "Autre"}, starts=world.arrival, ends=world.departure)
    elsewhere = make_user("elsa@example.org")
    Member.objects.create(congress=other, user=elsewhere, role="AGENT")
    client.force_login(elsewhere)
    for page in pages(receipt):
        answer = client.get(page)
        assert answer.status_code == 404 or ("SECRET" not in text(answer) and booking.number not in text(answer)), page
    assert "au lieu de" not in text(client.get("/office/payments/refunds/"))
    assert client.post("/office/payments/refunds/", {"act": "look", "notice": Notice.objects.get().pk}).status_code == 404
    refused = client.post("/office/payments/new/", typed(world, who=payer_of(booking).reference))
    assert refused.status_code == 422 and Receipt.objects.count() == 2
    client.force_login(world.outsider)
    assert {client.get(page).status_code for page in pages(receipt)} == {403}


def test_an_agent_receives_but_gives_nothing_back(client, world):
    booking = overpaid_by_card(world)
    client.force_login(world.agent)
    page = text(client.get("/office/payments/refunds/"))
    assert "Rendre 3,50" not in page
    facts = {"payer": payer_of(booking).pk, "receipt": Receipt.objects.get().pk, "key": KEY, "act": "card", "amount": "3.50"}
    assert client.post("/office/payments/refunds/", facts).status_code == 403


def test_pages_cost_the_same_queries_for_two_rows_as_for_six(desk, world):
    counts = {}
    for rounds in range(2):
        for n in range(2 + rounds * 2):
            booking = leaflet_booking(world, at=timezone.now())
            announce(payer_of(booking), by=SYSTEM, at=timezone.now())
            last = money(world, booking, "400.00", "CHEQUE", key=f"{rounds}-{n}")
            nobodys(world, key=f"n{rounds}-{n}")
            desk.get("/office/payments/")
        Line.objects.filter(state="OPTION").update(until=timezone.now() + timedelta(days=1))
        for page in pages(last)[:7]:
            with CaptureQueriesContext(
                connection,
            ) as found:
                assert desk.get(page).status_code == 200
            counts.setdefault(page, []).append(len(found))
    assert {page: len(set(n)) for page, n in counts.items()} == dict.fromkeys(counts, 1), counts
    assert max(max(n) for n in counts.values()) < 40, counts
