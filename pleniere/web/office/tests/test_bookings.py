"""The booking screen: the leaflet's figures to the cent, changes shown before the yes, two people at one booking."""

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pleniere.accounts.rights import SYSTEM
from pleniere.booking.actions import cancel_lines
from pleniere.booking.models import Booking, Line
from pleniere.booking.tests.world import BUYER, PersonFacts, leaflet_booking, make_cart, make_user, order, seminar, take_offer
from pleniere.congress.actions import touch
from pleniere.congress.models import Audience, Congress, Member, Price
from pleniere.payment.actions import announce
from pleniere.payment.models import Receipt


@pytest.fixture
def world(db):
    w = seminar()
    Congress.objects.filter(pk=w.congress.pk).update(option_cap_night=100)
    w.booking = leaflet_booking(w, method="CHEQUE", at=timezone.now())
    w.url = f"/office/bookings/{w.booking.number}/"
    return w


@pytest.fixture
def desk(world):
    browser = Browser()
    browser.force_login(world.lead)
    return browser


def page(browser, url, status=200, **data):
    answer = browser.post(url, data) if data else browser.get(url)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode().replace("\u00a0", " ").replace("&nbsp;", " ")


def hidden(text, name):
    return re.search(rf'name="{name}" value="([^"]*)"', text)[1]


def say_yes(browser, url, **data):
    """Rehearse, read the effect, then say yes to just that."""
    seen = hidden(page(browser, url), "seen")
    shown = page(browser, url, seen=seen, **data)
    signature = re.search(r'name="shown" value="([^"]*)"', shown)[1].replace("&#x27;", "'")
    answer = browser.post(url, {**data, "seen": seen, "shown": signature})
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return shown


def test_the_leaflets_figures_stand_on_the_screen(world, desk):
    text = page(desk, world.url)
    assert "FRAISINSCRIP" in text and "DROITINSCR" in text and "CHBPDJ1P" in text
    for amount in ("60,00 €", "105,75 €", "211,50 €", "25,00 €", "296,50 €", "16,92 €"):
        assert amount in text
    suppliers = page(desk, world.url + "suppliers/")
    for amount in ("85,00 €", "211,50 €", "16,92 €", "194,58 €", "296,50 €", "279,58 €"):
        assert amount in suppliers
    said = dict(re.findall(r"<dt[^>]*>([^<]+)</dt>\s*<dd[^>]*>([^<]+)</dd>", suppliers))
    assert said["Marge"].strip() == "0,00 € (0,00 %)" and said["Marge et commission"].strip() == "16,92 €"


def test_an_announced_cheque_is_listed_and_counts_for_nothing(world, desk):
    announce(world.booking.payers.get(), by=SYSTEM, at=timezone.now())
    text = page(desk, world.url + "payments/")
    assert "296,50 €" in text
    assert re.search(r'Règlements <span class="count">1</span>', text)
    assert "<dt>Reçu</dt><dd>0,00 €</dd>" in re.sub(r">\s+<", "><", text)


def test_a_cancelled_line_is_struck_and_out_of_every_total(world, desk):
    lunch = world.booking.lines.get(offer=world.lunch)
    cancel_lines(world.booking, [lunch.pk], by=SYSTEM, at=timezone.now(), reason="test")
    text = page(desk, world.url)
    assert "<del>RESTOEPHEM</del>" in text
    assert "271,50 €" in text and "296,50 €" not in text


def test_one_night_more_is_shown_for_client_hotel_and_office_before_the_yes(world, desk):
    room = world.booking.lines.get(offer=world.room)
    one = {
        "rate": world.room_rate.pk,
        "persons": list(room.persons.values_list("pk", flat=True)),
        "quantity": 1,
        "reason": "arrives late",
    }
    shown = say_yes(desk, f"{world.url}lines/{room.pk}/", start=world.arrival, end=world.departure - timedelta(days=1), **one)
    for amount in ("−105,75 €", "−97,29 €", "−8,46 €"):
        assert amount in shown
    assert Line.objects.get(pk=room.pk).end == world.departure - timedelta(days=1)
    assert "190,75 €" in page(desk, world.url)


def test_a_line_cancelled_meanwhile_is_told_and_not_changed(world, desk):
    line = world.booking.lines.get(offer=world.lunch)
    url = f"{world.url}lines/{line.pk}/"
    cancel_lines(world.booking, [line.pk], by=SYSTEM, at=timezone.now())
    seen = Booking.objects.get(pk=world.booking.pk).version
    typed = {
        "rate": line.rate_id,
        "start": line.start,
        "end": line.start,
        "quantity": 2,
        "persons": world.booking.persons.get().pk,
    }
    assert "ne change plus" in page(desk, url, status=422, seen=seen, **typed)


def test_a_rehearsal_changes_nothing(world, desk):
    room = world.booking.lines.get(offer=world.room)
    facts = {"rate": world.room_rate.pk, "start": world.arrival, "end": world.departure - timedelta(days=1), "quantity": 1}
    page(desk, f"{world.url}lines/{room.pk}/", seen=world.booking.version, **facts)
    assert Line.objects.get(pk=room.pk).end == world.departure
    assert not Booking.objects.get(pk=world.booking.pk).changes.filter(verb="line.changed").exists()


def test_of_two_editors_the_later_is_told_and_keeps_what_was_typed(world, desk):
    room = world.booking.lines.get(offer=world.room)
    url = f"{world.url}lines/{room.pk}/"
    seen = hidden(page(desk, url), "seen")
    cancel_lines(
        world.booking, [world.booking.lines.get(offer=world.lunch).pk], by=world.agent, at=timezone.now(), reason="the other one"
    )
    facts = {"rate": world.room_rate.pk, "start": world.arrival, "end": world.departure - timedelta(days=1), "quantity": 1}
    text = page(desk, url, status=422, seen=seen, reason="my own words", **facts)
    assert "my own words" in text
    assert "the other one" in text and str(world.agent) in text
    assert Line.objects.get(pk=room.pk).end == world.departure


def test_a_line_is_added_and_a_full_night_is_refused(world, desk):
    person = world.booking.persons.get()
    url = f"{world.url}lines/new/?offer={world.room.pk}"
    assert "Ajouter quoi" in page(desk, f"{world.url}lines/new/")
    facts = {"rate": world.room_rate.pk, "start": world.arrival, "end": world.departure, "persons": [person.pk]}
    say_yes(desk, url, quantity=1, **facts)
    assert world.booking.lines.filter(offer=world.room).count() == 2
    text = page(desk, url, status=422, seen=0, rate=world.room_rate.pk, start=world.arrival, end=world.departure, quantity=500)
    assert "Plus de place" in text


def test_cancelling_shows_the_fee_and_a_reason_is_compulsory(world, desk):
    url = f"{world.url}cancellations/"
    lines = {f"line{pk}": "on" for pk in world.booking.lines.values_list("pk", flat=True)}
    room = world.booking.lines.get(offer=world.room)
    asked = page(desk, url, status=422, **lines)
    assert "Motif" in asked
    assert f"du {world.arrival.day} au {world.departure.day} " in asked, "arrival and departure"
    say_yes(desk, url, reason="ill", **lines, **{f"fee{room.pk}": "50,00", f"share{room.pk}": "30"})
    states = set(world.booking.lines.filter(is_penalty=False).values_list("state", flat=True))
    assert states == {"CANCELLED"}
    assert world.booking.lines.get(is_penalty=True).charges.live().count() == 2
    assert "50,00 €" in page(desk, world.url)


def test_a_receipt_typed_twice_is_one_and_makes_the_booking_firm(world, desk):
    url = f"{world.url}receipts/"
    key = hidden(page(desk, url), "key")
    facts = {"payer": world.booking.payers.get().pk, "kind": "CHEQUE", "amount": "296,50", "on": date.today(), "key": key}
    for _time in range(2):
        assert desk.post(url, facts).status_code == 302
    assert Receipt.objects.get().amount == Decimal("296.50")
    assert set(world.booking.lines.values_list("state", flat=True)) == {"FIRM"}


@pytest.mark.parametrize("amount", ["0", "-5", "1e12", "abc", "", "99999999999999", "\x00"])
def test_an_odd_amount_is_questioned_never_swallowed(world, desk, amount):
    facts = {"payer": world.booking.payers.get().pk, "kind": "CHEQUE", "amount": amount, "on": "2027-03-01"}
    assert desk.post(f"{world.url}receipts/", facts).status_code == 422
    assert not Receipt.objects.exists()


def test_options_get_time_or_become_firm_with_a_reason(world, desk):
    url = f"{world.url}options/"
    page(desk, url, status=422, act="prolong", until="9999-12-31", reason="x")
    later = timezone.localdate() + timedelta(days=30)
    assert desk.post(url, {"act": "prolong", "until": later, "reason": "asked by phone"}).status_code == 302
    assert desk.post(url, {"act": "firm", "reason": "the chair vouches"}).status_code == 302
    assert not world.booking.lines.filter(state="OPTION").exists()


def test_an_agent_books_for_a_caller(world, desk):
    base = f"/office/congresses/{world.congress.code}/bookings/"
    facts = {"kind": "PERSON", "last_name": "Bergeron", "first_name": "Ève", "email": "eve@example.org", "language": "fr"}
    page(desk, base + "new/", status=422, people="+ Nobody Before", **facts)
    answer = desk.post(base + "new/", {**facts, "people": "Ève Bergeron\n+ Luc Petit\nNR Office de Nantes"})
    cart = answer["Location"]
    booking = Booking.objects.get(placed_at=None)
    ève, _luc, _nr = booking.persons.all()
    stay = {"rate": world.room_rate.pk, "start": world.arrival, "end": world.departure, "persons": [ève.pk]}
    assert desk.post(f"{cart}lines/?offer={world.room.pk}", stay).status_code == 302
    shown = hidden(page(desk, cart), "shown")
    method = {"method": world.method["TRANSFER"].pk, "shown": shown}
    assert "obligatoire" in page(desk, f"{cart}order/", status=422, **method)
    assert desk.post(f"{cart}order/", {**method, "incomplete": "on"}).status_code == 302
    booking.refresh_from_db()
    assert booking.seller == world.lead
    assert booking.payers.get().attempts.get().amount == Decimal("211.50")
    assert str(booking.number) in page(desk, base)


def test_people_are_renamed_named_and_added(world, desk):
    person = world.booking.persons.get()
    url = f"{world.url}people/{person.pk}/"
    seen = hidden(page(desk, url), "seen")
    page(desk, url, status=422, last_name="", seen=seen)
    assert desk.post(url, {"last_name": "Ingénie-Ça", "first_name": "Zoë", "seen": seen}).status_code == 302
    assert "Zoë Ingénie-Ça" in page(desk, world.url + "general/")
    facts = {"is_unnamed": "on", "institution": "OT de Nantes", "companion_of": person.pk}
    assert desk.post(f"{world.url}people/new/", facts).status_code == 302
    assert "NR OT de Nantes" in page(desk, world.url + "general/")
    assert "Personne renommée" in page(desk, world.url + "changes/")


def test_every_tab_has_its_page_and_the_papers_open(world, desk):
    for tab in ("general/", "payments/", "changes/", "mails/", "suppliers/", "receipts/", "orders/", "options/"):
        page(desk, world.url + tab)
    assert desk.get(world.url + "confirmation.pdf").content.startswith(b"%PDF")


def test_another_congress_agent_finds_nothing(world):
    other = Congress.objects.create(code="autre", title={"fr": "Autre"}, starts=world.arrival, ends=world.departure)
    elsewhere = make_user("elsa@example.org")
    Member.objects.create(congress=other, user=elsewhere, role="AGENT")
    browser = Browser()
    browser.force_login(elsewhere)
    assert browser.get(world.url).status_code == 404
    assert browser.post(f"{world.url}receipts/", {"amount": "1"}).status_code == 404
    assert browser.get(f"/office/congresses/{world.congress.code}/bookings/").status_code == 404


def more_bookings(world, count):
    for n in range(count):
        booking, people = make_cart(world, PersonFacts(first_name="Jean", last_name=f"Numéro {n}"))
        span = {"persons": people, "by": SYSTEM, "at": world.now}
        take_offer(booking, world.fee, world.fee_rate, start=world.congress.starts, end=world.congress.ends, **span)
        order(world, booking)


def queries(browser, url):
    with CaptureQueriesContext(connection) as seen:
        assert browser.get(url).status_code == 200
    return len(seen)


def test_the_list_asks_as_much_at_twenty_as_at_two(world, desk):
    base = f"/office/congresses/{world.congress.code}/bookings/"
    more_bookings(world, 1)
    few = queries(desk, base)
    more_bookings(world, 18)
    assert queries(desk, base) == few <= 15


def test_the_list_filters_by_state_money_supplier_and_nights(world, desk):
    base = f"/office/congresses/{world.congress.code}/bookings/"
    more_bookings(world, 2)
    mine = f">{world.booking.number}<"
    assert mine in page(desk, f"{base}?supplier={world.hotel.pk}&state=OPTION&money=DUE&arrives={world.arrival}")
    assert page(desk, f"{base}?supplier={world.hotel.pk}").count('<th scope="row"') == 1
    assert mine not in page(desk, f"{base}?money=PAID")
    assert mine in page(desk, f"{base}?q={BUYER.last_name.upper()}")
    assert desk.get(f"{base}?export=csv").content.decode("utf-8-sig").count("\n") >= 4


def test_what_is_held_says_its_last_day_and_a_signed_order_is_awaited_from_who_pays_by_one(world, desk):
    room = world.booking.lines.get(offer=world.room)
    until = datetime.combine(date(2026, 12, 6), time.min, world.congress.zone)
    Line.objects.filter(pk=room.pk).update(state="OPTION", until=until)
    text = page(desk, world.url + "payments/")
    assert "5 décembre 2026" in text and "00:00" not in text
    assert "Le bon signé est arrivé" not in text
    world.booking.payers.update(method=world.method["ORDER"])
    assert "Le bon signé est arrivé" in page(desk, world.url + "payments/")


def test_a_category_is_proved_at_the_office_and_what_it_changes_is_priced_anew(world, desk):
    student = Audience.objects.create(
        congress=world.congress, code="student", proof="DOCUMENT", falls_back_to=world.delegate, name={"fr": "Étudiant"}
    )
    Price.objects.create(congress=world.congress, rate=world.fee_rate, audience=student, amount=Decimal("10"), basis="NET")
    touch(Congress.objects.get(pk=world.congress.pk))
    person = world.booking.persons.get()
    url = f"{world.url}people/{person.pk}/category/"
    seen = hidden(page(desk, url), "seen")
    page(desk, url, status=422, audience=world.companion.pk, seen=seen)
    assert desk.post(url, {"audience": student.pk, "seen": seen}).status_code == 302
    assert "à justifier" in page(desk, world.url + "general/") and "296,50 €" in page(desk, world.url)
    seen = hidden(page(desk, url), "seen")
    assert desk.post(url, {"audience": student.pk, "proved": "on", "seen": seen}).status_code == 302
    assert "à justifier" not in page(desk, world.url + "general/") and "248,50 €" in page(desk, world.url)
    assert "Nouveau prix" in page(desk, world.url + "changes/")
