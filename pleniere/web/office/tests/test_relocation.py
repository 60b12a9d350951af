"""A hotel withdraws sold rooms: the stock says it, the stays move in one act, everybody is told."""

from datetime import timedelta
from decimal import Decimal as D

import pytest

from pleniere.accounting.audit import audit as books
from pleniere.accounts.rights import SYSTEM
from pleniere.allotment.models import Block
from pleniere.booking.actions import HOUSE, LineGone, Move, NotThatStay, make_firm, relocate
from pleniere.booking.models import Booking, Change, Charge, Line
from pleniere.booking.tests.world import NOW, leaflet_booking, make_offer, make_service, make_supplier, make_user, seminar
from pleniere.catalogue.models import Contact
from pleniere.congress.actions import make_stay_rule
from pleniere.congress.programme import forget
from pleniere.messaging.models import Message
from pleniere.stock.actions import Night, grant
from pleniere.stock.models import Grant, StockDay
from pleniere.stock.queries import audit

pytestmark = pytest.mark.django_db


@pytest.fixture
def w(client):
    w = seminar(rooms=3)
    w.agent = make_user("agent@example.org", "AGENT")
    w.block = Block.objects.create(
        congress=w.congress,
        supplier=w.hotel,
        pool=w.pool,
        contract=w.hotel.contracts.get(),
        cutoff=NOW.date() + timedelta(days=9),
        retained_at=NOW,
        retained_by="test",
        key="k",
    )
    Grant.objects.filter(stock_day__service=w.room.service_id).update(block=w.block.grant_block)
    other = make_supplier("TERMINUS", "HOTEL", commission="5", name="Terminus du Forez")
    room, w.rate = make_service(other, "DBL", "ROOM", room="DOUBLE", unit="NIGHT", vat="intermediate")
    w.elsewhere = make_offer(w, w.step["lodging"], room, w.rate, "120.00", stock=2)
    for hotel, mail in ((w.hotel, "adagio@example.org"), (other, "terminus@example.org")):
        Contact.objects.create(supplier=hotel, name="Réception", email=mail)
    forget()
    w.bookings = [_booking(w) for _ in range(2)]
    client.force_login(w.agent)
    w.desk, w.url = client, f"/office/congresses/{w.congress.code}/"
    return w


def _booking(w):
    booking = leaflet_booking(w)
    make_firm(booking, booking.lines.values_list("pk", flat=True), reason="test", by=w.agent, at=NOW)
    return Booking.objects.get(pk=booking.pk)


def short(w):
    return list(StockDay.objects.filter(service=w.room.service_id).order_by("day").values_list("short", flat=True))


def withdraw(w, rooms):
    days = StockDay.objects.filter(service=w.room.service_id).order_by("day")[:2]
    facts = {f"rooms:{day.service_id}:{day.day}": str(rooms) for day in days}
    key = {"key": "00000000-0000-4000-8000-000000000001", "reason": "Travaux, Mme Marchand"}
    return w.desk.post(f"{w.url}requests/blocks/{w.block.pk}/withdrawal/", {**facts, **key})


def test_a_withdrawal_of_sold_rooms_is_entered_once_and_stands_as_a_shortfall(w):
    assert w.desk.get(f"{w.url}requests/blocks/{w.block.pk}/withdrawal/").status_code == 200
    assert withdraw(w, 4).status_code == 422, "more than the hotel left us"
    for _twice in range(2):
        assert "relocation" in withdraw(w, 2)["Location"]
    assert short(w) == [1, 1, 0] and not audit()
    w.desk.force_login(make_user("out@example.org"))
    assert withdraw(w, 1).status_code in (403, 404)


def test_stays_move_in_one_act_shown_first_and_everybody_is_told(w):
    withdraw(w, 3)
    assert short(w) == [2, 2, 0]
    row = StockDay.objects.filter(service=w.room.service_id).order_by("day").first()
    url = f"{w.url}planning/{row.pk}/relocation/"
    assert w.desk.get(url).status_code == 200
    lines = list(Line.objects.filter(offer=w.room).order_by("pk"))
    wish = {
        "line": [line.pk for line in lines],
        "to": f"{w.elsewhere.pk}:{w.rate.pk}",
        "bears": HOUSE,
        "reason": "rooms withdrawn",
        "word": "Votre hôtel a changé.",
    }
    assert w.desk.post(url, {**wish, "line": []}).status_code == 422
    page = w.desk.post(url, wish)
    shown = page.context["effect"].signature
    text = page.content.decode()
    assert page.status_code == 200 and "terminus@example.org" in text and "adagio@example.org" in text and "28,50" in text
    assert short(w) == [2, 2, 0] and not Message.objects.filter(template="registration/relocated").exists(), "only shown"
    assert w.desk.post(url, {**wish, "shown": "other"}).context["differs"]
    assert w.desk.post(url, {**wish, "shown": shown}).status_code == 302
    assert short(w) == [0, 0, 0] and not audit()
    moved = Line.objects.filter(offer=w.elsewhere)
    assert {line.state for line in moved} == {"FIRM"} and not Line.objects.filter(offer=w.room).exclude(
        state="CANCELLED"
    ).exists()
    for line in moved:
        charges = line.charges.live()
        assert sum(charge.total for charge in charges) == D("211.50"), "the guest pays what it paid before"
        assert charges.get(kind=Charge.Kind.DISCOUNT).total == D("-28.50")
        assert line.towards_supplier == "NEW" and line.persons.exists()
    assert {line.towards_supplier for line in lines_again(lines)} <= {"CANCELLED"}
    mails = Message.objects.filter(template="registration/relocated")
    assert sorted(mail.to for mail in mails) == ["adagio@example.org", "terminus@example.org"]
    assert "Terminus" not in mails.get(to="adagio@example.org").text
    assert Message.objects.filter(template="registration/updated").count() == 2
    assert [found for *_head, found in books() if found] == []
    assert w.desk.post(url, {**wish, "shown": shown}).status_code == 422, "they have moved already"


def lines_again(lines):
    return Line.objects.filter(pk__in=[line.pk for line in lines])


def test_the_guest_may_bear_it_and_a_repeat_moves_nothing(w):
    line = Line.objects.filter(offer=w.room).first()
    move = [Move(line, w.elsewhere, w.rate)]
    moved = relocate(move, bears="GUEST", reason="wish", by=w.agent, at=NOW)
    assert (moved[0].borne, moved[0].difference) == (0, D("28.50"))
    with pytest.raises(LineGone):
        relocate(move, bears="GUEST", reason="wish", by=w.agent, at=NOW)
    assert not audit()


def test_what_has_no_room_there_moves_nobody(w):
    grant_away = {Night(w.pool.pk, w.elsewhere.service_id, w.arrival): -1}
    grant(grant_away, key="less", by=SYSTEM, at=NOW, congress_id=w.congress.pk)
    row = StockDay.objects.filter(service=w.room.service_id).order_by("day").first()
    lines = Line.objects.filter(offer=w.room).values_list("pk", flat=True)
    wish = {"line": list(lines), "to": f"{w.elsewhere.pk}:{w.rate.pk}", "bears": HOUSE, "reason": "r", "word": "w"}
    assert w.desk.post(f"{w.url}planning/{row.pk}/relocation/", wish).status_code == 422
    assert Line.objects.filter(offer=w.room, state="FIRM").count() == 2


def test_a_withdrawal_is_undone_when_the_hotel_changes_its_mind(w):
    withdraw(w, 3)
    release = w.block.releases.get()
    assert w.desk.post(f"{w.url}requests/releases/{release.pk}/undoing/", {"reason": "finalement si"}).status_code == 302
    assert short(w) == [0, 0, 0] and not audit()
    assert Grant.objects.filter(key__startswith="again-").count() == 2


def test_a_hotel_whose_rule_of_stay_forbids_it_is_shown_and_the_reason_kept(w):
    """The stays have two nights; the other hotel sells four at least."""
    make_stay_rule(w.congress, supplier=w.elsewhere.service.supplier, least=4, by=SYSTEM, at=NOW)
    forget()
    line = Line.objects.filter(offer=w.room).first()
    move = [Move(line, w.elsewhere, w.rate)]
    with pytest.raises(NotThatStay):
        relocate(move, bears="GUEST", reason=" ", by=w.agent, at=NOW)
    assert Line.objects.get(pk=line.pk).state == "FIRM" and not audit()
    row = StockDay.objects.filter(service=w.room.service_id).order_by("day").first()
    wish = {"line": [line.pk], "to": f"{w.elsewhere.pk}:{w.rate.pk}", "bears": HOUSE, "reason": "Travaux", "word": "Bonjour"}
    page = w.desk.post(f"{w.url}planning/{row.pk}/relocation/", wish)
    assert "contre la règle de séjour de cet hôtel" in page.content.decode()
    shown = page.context["effect"].signature
    assert w.desk.post(f"{w.url}planning/{row.pk}/relocation/", {**wish, "shown": shown}).status_code == 302
    assert Line.objects.get(offer=w.elsewhere).despite == "Travaux"
    assert Change.objects.get(verb="stay.overridden").reason == "Travaux"
