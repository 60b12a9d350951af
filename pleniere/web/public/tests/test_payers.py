"""Several payers at the order, through the pages: chosen, divided, ordered, each with its own link; nothing more for who pays alone."""

from decimal import Decimal as D

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pleniere.accounts import links
from pleniere.accounts.models import Link
from pleniere.booking.actions import add_payer
from pleniere.booking.models import Booking, Payer
from pleniere.booking.queries import booking_total
from pleniere.booking.sharing import Portion
from pleniere.booking.tests.world import BUYER, PLACING_MOST, seminar
from pleniere.messaging.models import Job, Message
from pleniere.payment.actions import NotThatMuch, receive, refund_by_transfer
from pleniere.payment.actions import divide as divide_lines
from pleniere.payment.models import Attempt
from pleniere.payment.queries import payer_sums
from pleniere.payment.tasks import tell_payer
from pleniere.registration.tasks import tell_buyer

from .walk import CONTACT, Walk

pytestmark = pytest.mark.django_db
TOWN = {
    **{
        "kind": "PUBLIC",
        "company": "Ville de Saumur",
        "email": "compta@saumur.example",
        "address": "Rue Molière",
        "postcode": "49400",
    },
    **{
        "town": "Saumur",
        "country": "FR",
        "siret": "217 500 016 00019",
        "service_code": "RH",
        "engagement": "",
        "method": "ORDER",
    },
}
FUND = {
    **{"kind": "COMPANY", "company": "Fonds de formation", "address": "1 rue du Fonds", "postcode": "75002", "town": "Paris"},
    **{"country": "FR", "method": "TRANSFER", "most": "100,01"},
}


@pytest.fixture
def world(db):
    return seminar()


@pytest.fixture
def walk(world, client):
    found = Walk(world, client)
    found.people()
    found.take("fee", world.fee)
    found.room()
    found.take("meals", world.lunch)
    found.take("evenings", world.free["SOIRCORBU"])
    return found


def text(response) -> str:
    return response.content.decode().replace("\xa0", " ").replace("\u202f", " ").replace("&nbsp;", " ")


def payer(number=2, **words):
    return {f"p{number}-{name}": value for name, value in words.items()}


def divide(walk, do="next", **words):
    return walk.client.post(walk.url("payers"), {"do": do, **words})


def of_lines(walk, **by_offer):
    lines = {line.offer.service.code: line.pk for line in walk.booking.lines.select_related("offer__service")}
    return {f"l{lines[code]}": str(number) for code, number in by_offer.items()}


def ordered(walk, method="TRANSFER", **more):
    page = walk.get("payment")
    assert page.status_code == 200, page.headers
    form = page.context["form"]
    return walk.order(method, **{"shown": "296.50", "shares": form["shares"].value() or "", **more})


def to_two(walk, **more):
    assert walk.post("contact", {**CONTACT, "has_others": "on"})["Location"] == walk.url("payers")
    answer = divide(walk, **payer(**{**TOWN, **more}))
    assert answer.status_code == 302, answer.context["errors"]
    return answer


def test_who_pays_alone_has_nothing_more_to_fill_in(walk):
    assert walk.post("contact", CONTACT)["Location"] == walk.url("step", "payment")
    page = text(walk.get("payment"))
    assert "Qui paie quoi" not in page
    assert walk.order(shown="296.50").status_code == 302
    assert walk.booking.payers.count() == 1


def test_the_employer_pays_fee_and_nights_and_i_pay_lunch(walk):
    to_two(walk)
    page = text(walk.get("payment"))
    assert "Qui paie quoi" in page and "271,50 €" in page and "25,00 €" in page and "296,50 €" in page
    assert ordered(walk).status_code == 302
    me, town = walk.booking.payers.select_related("client", "method")
    assert (town.client.company, town.siret, town.service_code, town.method.kind) == (
        "Ville de Saumur",
        "21750001600019",
        "RH",
        "ORDER",
    )
    sums = payer_sums([walk.booking.pk])
    assert [sums[me.pk].total, sums[town.pk].total] == [D("25.00"), D("271.50")]
    assert {(a.payer_id, a.kind, a.amount) for a in Attempt.objects.all()} == {
        (me.pk, "TRANSFER", D("25.00")),
        (town.pk, "ORDER", D("271.50")),
    }
    page = text(walk.get("done"))
    assert me.reference in page and town.reference in page and "lien de paiement" in page
    assert "271,50 €" in page and "25,00 €" in page and "296,50 €" in page


def test_the_same_cents_on_page_mail_paper_and_the_clients_page(walk):
    walk.post("contact", {**CONTACT, "has_others": "on"})
    assert divide(walk, **payer(**FUND), **of_lines(walk, FRAISINSCRIP=2, DOUBLE=2, RESTOEPHEM=2)).status_code == 302
    assert ordered(walk).status_code == 302
    booking = walk.booking
    assert booking_total(booking) == D("296.50")
    job = _told(booking)
    mine = Message.objects.get(key=job)
    pages = [
        text(walk.get("done")),
        mine.text.replace("\xa0", " "),
        text(walk.client.get(reverse("client-booking", args=[walk.token]))),
    ]
    for page in pages:
        assert "196,49 €" in page and "100,01 €" in page and "296,50 €" in page


def _told(booking):
    """As the worker does after the order."""
    job = Job.objects.get(key__startswith=f"confirmation-{booking.pk}-")
    tell_buyer(booking.pk, job=job)
    return job.key


def test_each_other_payer_is_written_to_and_its_link_shows_its_part_alone(walk, world):
    to_two(walk)
    ordered(walk)
    key = _told(walk.booking)
    letter = Message.objects.get(key=f"{key}-p2")
    assert letter.to == "compta@saumur.example"
    me, town = walk.booking.payers.all()
    body = letter.text.replace("\xa0", " ")
    assert "271,50 €" in body and town.reference in body and "Claire Fournier" in body
    assert me.reference not in body and "25,00 €" not in body
    token = links.token(Link.objects.get(purpose="PAY"))
    page = text(Client().get(reverse("client-pay", args=[token])))
    assert "271,50 €" in page and town.reference in page and "Bon de commande" in page
    for foreign in (me.reference, "25,00 €", "296,50 €", "claire@example.org", "Restoephem", "8 bis quai Carnot"):
        assert foreign not in page
    assert Client().get(reverse("client-booking", args=[token])).status_code == 404
    paper = Client().get(reverse("client-payer-paper", args=[token]))
    assert paper.status_code == 200 and paper.content.startswith(b"%PDF")


def test_a_public_body_gives_its_numbers_by_its_link(walk):
    to_two(walk)
    ordered(walk)
    town = Payer.objects.get(number=2)
    token = links.token(links.make(Link.Purpose.PAY, town))
    url = reverse("client-payer-numbers", args=[token])
    assert "chiffres" in text(Client().post(url, {"siret": "123"}))
    assert Client().post(url, {"siret": "21750001600019", "service_code": "RH", "engagement": "E-2027"}).status_code == 302
    town.refresh_from_db()
    assert town.engagement == "E-2027"
    me = links.token(links.make(Link.Purpose.PAY, Payer.objects.get(number=1)))
    assert Client().post(reverse("client-payer-numbers", args=[me]), {"siret": "21750001600019"}).status_code == 404


def test_card_paid_and_the_employers_transfer_arrives(walk, world):
    """Both are seen; what the employer sent too much goes back to it, not to who paid by card."""
    to_two(walk, method="TRANSFER", kind="COMPANY")
    ordered(walk, "CARD")
    booking, now = walk.booking, timezone.now()
    me, town = booking.payers.all()
    assert booking.lines.get(offer=world.lunch).state == "HELD" and booking.lines.get(offer=world.room).state == "OPTION"
    receive(me, kind="CARD", amount=D("25.00"), on=now.date(), key="card", by=world.agent, at=now)
    assert booking.lines.get(offer=world.lunch).state == "FIRM" and booking.lines.get(offer=world.room).state == "OPTION"
    receive(town, kind="TRANSFER", amount=D("296.50"), on=now.date(), key="transfer", by=world.agent, at=now)
    assert set(booking.lines.values_list("state", flat=True)) == {"FIRM"}
    sums = payer_sums([booking.pk])
    assert (sums[me.pk].state, sums[me.pk].refundable) == ("PAID", D("0.00"))
    assert (sums[town.pk].state, sums[town.pk].refundable) == ("OVERPAID", D("25.00"))
    page = text(walk.client.get(reverse("client-booking", args=[walk.token])))
    assert "25,00 €" in page and "296,50 €" in page
    with pytest.raises(NotThatMuch):  # nothing of it is hers
        refund_by_transfer(me, amount=D("25.00"), on=now.date(), key="to-me", by=world.lead, at=now)
    refund_by_transfer(town, amount=D("25.00"), on=now.date(), key="to-town", by=world.lead, at=now)
    sums = payer_sums([booking.pk])
    assert (sums[me.pk].paid, sums[town.pk].paid, sums[town.pk].state) == (D("25.00"), D("271.50"), "PAID")


def test_who_pays_for_another_is_thanked_with_its_own_link(walk, world):
    to_two(walk, method="TRANSFER")
    ordered(walk)
    now = timezone.now()
    for each, amount in zip(walk.booking.payers.all(), ("25.00", "271.50"), strict=True):
        receipt = receive(each, kind="TRANSFER", amount=D(amount), on=now.date(), key=amount, by=world.agent, at=now).receipt
        tell_payer(receipt.pk, job=Job.objects.get(key=f"received-{receipt.pk}"))
    mine, towns = (
        Message.objects.get(key__startswith="received-", to=to) for to in ("claire@example.org", "compta@saumur.example")
    )
    of_booking, of_town = (links.url(Link.objects.get(purpose=purpose)) for purpose in ("BOOKING", "PAY"))
    assert of_booking in mine.text and of_booking not in towns.text + towns.html
    assert of_town in towns.text and "Vos places sont fermes" in towns.text


def test_who_paid_for_all_by_card_is_given_back_what_the_employer_pays_then(walk, world):
    """Both paid the same: each sum is seen, and who is asked for chooses which of the two goes back."""
    walk.post("contact", CONTACT)
    walk.order("CARD", shown="296.50")
    booking, now = walk.booking, timezone.now()
    me = booking.payers.get()
    receive(me, kind="CARD", amount=D("296.50"), on=now.date(), key="card", by=world.agent, at=now)
    receive(
        me, kind="TRANSFER", amount=D("296.50"), on=now.date(), key="employer", drawer="Ville de Saumur", by=world.agent, at=now
    )
    assert payer_sums([booking.pk])[me.pk].refundable == D("296.50")
    town = add_payer(booking, BUYER, method=world.method["TRANSFER"], by=world.agent, at=now)
    everything = Portion(frozenset(booking.lines.values_list("pk", flat=True)))
    divide_lines(booking, {town.pk: everything}, by=world.agent, at=now)
    sums = payer_sums([booking.pk])
    assert (sums[me.pk].refundable, sums[town.pk].left) == (D("593.00"), D("296.50"))
    assert set(booking.lines.values_list("state", flat=True)) == {"FIRM"}


def test_the_division_survives_back_reload_and_an_edited_cart(walk, world):
    to_two(walk)
    for _ in range(2):
        page = text(walk.client.get(walk.url("payers")))
        assert "Ville de Saumur" in page and "271,50 €" in page and "2 1490" not in page
    fee = walk.booking.lines.get(offer=world.fee)
    divide(walk, **payer(**TOWN), **of_lines(walk, FRAISINSCRIP=1, DOUBLE=2))
    room = walk.booking.lines.get(offer=world.room)
    walk.client.post(walk.url("lines"), {"line": room.pk})
    walk.room(nights=1)  # other nights are the town's as those before were
    page = walk.get("payment")
    assert [each.amount for each in page.context["parties"]] == [D("85.00"), D("105.75")]
    walk.client.post(walk.url("lines"), {"line": walk.booking.lines.get(offer=world.room).pk})
    assert walk.get("payment")["Location"] == walk.url("payers")  # nothing is left for the town
    assert "ne paie rien" in text(divide(walk, **payer(**TOWN)))
    assert divide(walk, **payer(**TOWN), **{f"l{fee.pk}": "2"}).status_code == 302


def test_a_forged_number_or_amount_is_refused(walk):
    walk.post("contact", {**CONTACT, "has_others": "on"})
    for bad in ("3", "0", "-1", "٢", "9" * 40, "x"):
        answer = divide(walk, **payer(**TOWN), **of_lines(walk, DOUBLE=bad))
        assert answer.status_code == 422, bad
    for bad in ("-5", "0", "1e400", "NaN", "10000000000000", "drop table"):
        assert divide(walk, **payer(**{**TOWN, "most": bad})).status_code == 422, bad
    for name, bad in (("method", "CARD"), ("method", "GOLD"), ("siret", "21750001600018"), ("country", "XX"), ("kind", "KING")):
        assert divide(walk, **payer(**{**TOWN, name: bad})).status_code == 422, bad
    divide(walk, **payer(**TOWN))
    assert ordered(walk, shares="1.00").status_code == 422
    assert ordered(walk, shares="\x00").status_code == 422
    assert walk.booking.placed_at is None
    walk.client.post(walk.url("drafts"), {"payers.count": "77", f"payers.{next(iter(of_lines(walk, DOUBLE=2)))}": "9"})
    assert walk.get("payment").status_code in (200, 302)


def test_a_division_changed_in_another_tab_is_shown_anew(walk):
    to_two(walk)
    old = walk.get("payment").context["form"]["shares"].value()
    divide(walk, **payer(**TOWN), **of_lines(walk, RESTOEPHEM=2))
    answer = ordered(walk, shares=old)
    assert answer.status_code == 422 and "a changé" in text(answer)
    assert walk.booking.placed_at is None


def test_one_payer_more_one_less_and_several_lines_at_once(walk):
    to_two(walk)
    assert "#payer3" in divide(walk, do="add", **payer(**TOWN))["Location"]
    divide(walk, do="save", **payer(**TOWN), **payer(3, **FUND))
    divide(walk, do="apply", which="all:", to="3", **payer(**TOWN), **payer(3, **FUND))
    page = walk.client.get(walk.url("payers"))
    assert [each.amount for each in page.context["parties"]] == [D("196.49"), D("0.00"), D("100.01")]
    divide(walk, do="remove:2", **payer(**TOWN), **payer(3, **FUND))
    page = walk.client.get(walk.url("payers"))
    assert [each.name for each in page.context["parties"]] == ["Claire Fournier", "Fonds de formation"]
    assert [each.amount for each in page.context["parties"]] == [D("196.49"), D("100.01")]
    divide(walk, do="remove:2", **payer(**FUND))
    assert walk.get("payment").context["parties"] == []


def test_placing_for_several_asks_a_few_statements_more_whatever_their_number(walk):
    walk.post("contact", {**CONTACT, "has_others": "on"})
    divide(walk, **payer(**FUND), **of_lines(walk, FRAISINSCRIP=1, DOUBLE=2, RESTOEPHEM=1))
    two = _cost(walk)
    divide(walk, do="add", **payer(**FUND))
    divide(walk, do="add", **payer(**FUND), **payer(3, **FUND))
    divide(
        walk, **payer(**FUND), **payer(3, **FUND), **payer(4, **FUND), **of_lines(walk, FRAISINSCRIP=2, DOUBLE=3, RESTOEPHEM=4)
    )
    four = _cost(walk)
    assert four <= two <= PLACING_MOST + 2


def _cost(walk):
    from django.db import transaction

    from .test_costs import statements

    words = {"shares": walk.get("payment").context["form"]["shares"].value()}
    with transaction.atomic():
        count = statements(lambda: walk.order(shown="296.50", **words))
        assert walk.booking.placed_at
        transaction.set_rollback(True)
    return count


def test_the_payers_page_asks_as_many_statements_for_few_lines_as_for_many(walk, world):
    walk.post("contact", {**CONTACT, "has_others": "on"})

    def cost():
        with CaptureQueriesContext(connection) as captured:
            walk.client.get(walk.url("payers"))
        return len(captured)

    few = cost()
    walk.take("visits", world.free["VISITMAM"], world.free["VISITBIEN"])
    assert cost() == few <= 12


def test_an_order_placed_has_no_division_to_choose(walk):
    to_two(walk)
    ordered(walk)
    assert walk.client.get(walk.url("payers"))["Location"] == walk.url("step", "done")
    assert Booking.objects.get().payers.count() == 2 and not mail.outbox
