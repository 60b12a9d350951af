"""Several payers of a booking at the office: one more, lines moved with the effect shown before, what a payer is written."""

from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pleniere.booking.queries import totals_by_payer
from pleniere.booking.tests.world import leaflet_booking, make_user, seminar
from pleniere.messaging.models import Message
from pleniere.payment.actions import announce, receive
from pleniere.payment.models import Attempt
from pleniere.payment.queries import payer_sums

pytestmark = pytest.mark.django_db
TOWN = {
    **{"kind": "PUBLIC", "company": "Ville de Paris", "email": "compta@paris.example", "address": "Place de l’Hôtel de Ville"},
    **{"postcode": "75004", "town": "Paris", "siret": "217 500 016 00019", "service_code": "RH", "engagement": "E-12"},
}


@pytest.fixture
def world(db):
    return seminar()


@pytest.fixture
def booking(world):
    return leaflet_booking(world)


@pytest.fixture
def desk(world, client):
    client.force_login(world.agent)
    return client


def text(response) -> str:
    return response.content.decode().replace("\xa0", " ").replace("\u202f", " ").replace("&nbsp;", " ")


def url(name, booking, *args):
    return reverse(f"office-booking-{name}", args=[booking.number, *args])


def add(desk, world, booking, method="ORDER", **words):
    return desk.post(url("payer-new", booking), {**TOWN, "method": world.method[method].pk, **words})


def lines(booking, **by_offer):
    found = {line.offer.service.code: line.pk for line in booking.lines.select_related("offer__service")}
    first = booking.payers.get(number=1).pk
    return {f"l{pk}": str(by_offer.get(code, first)) for code, pk in found.items()}


def sums(booking):
    by_payer = totals_by_payer([booking.pk])
    return [by_payer.get(payer.pk, D(0)) for payer in booking.payers.all()]


def agreed(desk, booking, words):
    """Shown, then done."""
    page = desk.post(url("payers", booking), words)
    assert page.status_code == 200, page.context["form"].errors
    effect = page.context["effect"]
    answer = desk.post(url("payers", booking), {**words, "seen": page.context["seen"], "shown": effect.signature})
    assert answer.status_code == 302
    return effect


def test_a_payer_is_added_and_the_nights_are_moved_to_it_after_their_effect_was_seen(world, desk, booking):
    announce(booking.payers.get(), by=world.agent, at=timezone.now())
    assert add(desk, world, booking)["Location"] == url("payers", booking)
    town = booking.payers.get(number=2)
    assert (town.siret, town.engagement, str(town.client)) == ("21750001600019", "E-12", "Ville de Paris")
    assert desk.get(url("payers", booking)).status_code == 200
    effect = agreed(desk, booking, {**lines(booking, DOUBLE=town.pk), "reason": "au téléphone"})
    assert {(row.name, row.difference) for row in effect.rows if row.side == "client"} == {
        ("Claire Fournier", D("-211.50")),
        ("Ville de Paris", D("211.50")),
    }
    assert sums(booking) == [D("85.00"), D("211.50")]
    open_ = {(a.payer_id, a.amount) for a in Attempt.objects.filter(state="OPEN")}
    assert open_ == {(booking.payers.get(number=1).pk, D("85.00")), (town.pk, D("211.50"))}
    told = text(desk.get(url("changes", booking)))
    assert "Changement de payeur" in told and "Ville de Paris 211,50 €" in told and "au téléphone" in told


def test_a_grant_is_shown_as_the_amount_it_pays_and_may_be_moved(world, desk, booking):
    add(desk, world, booking, "TRANSFER", kind="COMPANY", company="Fonds", siret="")
    fund = booking.payers.get(number=2)
    words = lines(booking, FRAISINSCRIP=fund.pk, DOUBLE=fund.pk) | {f"most{fund.pk}": "100,01"}
    agreed(desk, booking, words)
    assert sums(booking) == [D("196.49"), D("100.01")]
    form = desk.get(url("payers", booking)).context["form"]
    assert form[f"most{fund.pk}"].initial == D("100.01")
    again = {f"l{row.line.pk}": form[f"l{row.line.pk}"].initial for row in form.rows} | {f"most{fund.pk}": "100,01"}
    assert not agreed(desk, booking, again).rows or sums(booking) == [D("196.49"), D("100.01")]


def test_who_had_paid_is_given_back_and_the_new_payer_owes(world, desk, booking):
    now, me = timezone.now(), booking.payers.get()
    receive(me, kind="CARD", amount=D("296.50"), on=now.date(), key="card", by=world.agent, at=now)
    add(desk, world, booking)
    town = booking.payers.get(number=2)
    agreed(desk, booking, lines(booking, DOUBLE=town.pk))
    found = payer_sums([booking.pk])
    assert found[me.pk].refundable == D("211.50") and found[town.pk].left == D("211.50")
    assert set(booking.lines.values_list("state", flat=True)) == {"FIRM"}


def test_a_payer_is_written_to_after_its_mail_was_seen(world, desk, booking):
    add(desk, world, booking)
    town = booking.payers.get(number=2)
    agreed(desk, booking, lines(booking, DOUBLE=town.pk))
    page = text(desk.get(url("payer-mail", booking, town.pk)))
    assert "211,50 €" in page and town.reference in page and "85,00 €" not in page.split('class="mail"')[1].split("</section>")[0]
    assert not Message.objects.filter(to="compta@paris.example").exists()
    for _ in range(2):
        assert desk.post(url("payer-mail", booking, town.pk)).status_code == 302
    assert Message.objects.filter(to="compta@paris.example").count() == 1
    paper = desk.get(url("payer-paper", booking, town.pk))
    assert paper.content.startswith(b"%PDF")
    assert desk.get(url("payer-mail", booking, booking.payers.get(number=1).pk)).status_code == 200


def test_what_is_wrong_is_said_and_nothing_is_lost(world, desk, booking):
    for name, bad in (("siret", "123"), ("company", ""), ("method", "0"), ("email", "x"), ("vat_number", "FR1")):
        answer = (
            add(desk, world, booking, **{name: bad})
            if name != "method"
            else desk.post(url("payer-new", booking), {**TOWN, "method": bad})
        )
        assert answer.status_code == 422 and name in answer.context["form"].errors
    add(desk, world, booking)
    town = booking.payers.get(number=2)
    for words in ({f"most{town.pk}": "-1"}, {f"most{town.pk}": "1e99"}, {next(iter(lines(booking))): str(town.pk + 99)}):
        assert desk.post(url("payers", booking), {**lines(booking), **words}).status_code == 422
    assert sums(booking) == [D("296.50"), D("0")]


def test_others_find_nothing_there(world, client, booking):
    payer = booking.payers.get()
    pages = [
        url("payers", booking),
        url("payer-new", booking),
        url("payer-mail", booking, payer.pk),
        url("payer-paper", booking, payer.pk),
    ]
    client.force_login(world.outsider)
    assert {client.get(page).status_code for page in pages} <= {403, 404}
    client.force_login(world.accountant)
    assert [client.get(page).status_code for page in pages] == [403, 403, 200, 200]
    client.post(url("payer-mail", booking, payer.pk))
    assert not Message.objects.exists()
    client.force_login(make_user("zoe@example.org", "ADMIN"))
    assert client.get(url("payer-mail", booking, payer.pk + 99)).status_code == 404


def test_the_division_asks_as_many_statements_for_two_payers_as_for_six(world, desk, booking):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            desk.get(url("payers", booking))
        return len(captured)

    add(desk, world, booking)
    few = cost()
    for n in range(4):
        add(desk, world, booking, company=f"Ville {n}")
    assert cost() == few
