"""The organiser's desk: the quote answered by a person with a name, and counts that never say what things cost us."""

import re
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from pleniere.accounts import links
from pleniere.accounts.models import Link
from pleniere.booking.models import Charge
from pleniere.booking.tests import world as made
from pleniere.booking.tests.world import leaflet_booking, make_user, seminar
from pleniere.congress.models import Congress, Member
from pleniere.lists.actions import make_list
from pleniere.quote.actions import edit_quote, make_quote, send_quote
from pleniere.quote.models import Quote
from pleniere.quote.retained import LineFacts
from pleniere.web.tests.browser import look_at

pytestmark = pytest.mark.django_db


@pytest.fixture
def w(client):
    w = seminar()
    now = timezone.now()
    w.quote = make_quote(w.congress, by=w.agent, at=now)
    lines = [LineFacts("Auditorium", Decimal("1850.00"), 2, Decimal(20), "ORGANISER", "Cité du design")]
    edit_quote(w.quote, lines=lines, text="", valid_until=now.date() + timedelta(days=10), by=w.agent, at=now)
    w.link = send_quote(w.quote, by=w.agent, at=now)
    w.quote.refresh_from_db()
    w.address = reverse("organiser-quote", args=[links.token(w.link)])
    w.oscar = make_user("oscar@example.org")
    Member.objects.create(congress=w.congress, user=w.oscar, role="ORGANISER")
    client.cookies["django_language"] = "en"
    return w


def yes(w, **facts):
    return {"accept": "1", "name": "Hélène Astier", "function": "Directrice", "may": "on", "seen": w.quote.sha256} | facts


def test_the_link_leads_to_the_quote_and_looking_changes_nothing(client, w):
    for _ in range(3):
        answer = client.get(f"/l/{links.token(w.link)}/", follow=True)
        assert answer.status_code == 200
        assert client.get(w.address + "?accept=1&may=on").status_code == 200
        assert client.head(w.address).status_code in (200, 405)
    w.quote.refresh_from_db()
    w.link.refresh_from_db()
    assert (w.quote.state, w.link.openings) == ("SENT", 0)
    assert client.get(w.address + "pdf/").content.startswith(b"%PDF")


def test_a_person_with_a_name_accepts_and_a_repeat_is_harmless(client, w):
    for _ in range(2):
        assert client.post(w.address, yes(w)).status_code == 302
    w.quote.refresh_from_db()
    assert (w.quote.state, w.quote.answered_name, w.quote.answered_from) == ("ACCEPTED", "Hélène Astier", "127.0.0.1")
    page = client.get(w.address).content.decode()
    assert "Accepted by Hélène Astier" in page
    assert 'name="accept"' not in page


@pytest.mark.parametrize("facts", [{"name": ""}, {"function": ""}, {"may": ""}, {"seen": "0" * 64}, {"name": "x" * 1_000_000}])
def test_what_is_not_a_whole_yes_is_none_and_keeps_what_was_typed(client, w, facts):
    answer = client.post(w.address, yes(w, **facts))
    assert answer.status_code == 422
    assert Quote.objects.get().state == "SENT"
    if "may" in facts:
        assert "Hélène Astier" in answer.content.decode()


def test_refusing_says_why(client, w):
    assert client.post(w.address, {"refuse": "1", "why": ""}).status_code == 422
    assert client.post(w.address, {"refuse": "1", "why": "Trop cher", "by_name": "H. Astier"}).status_code == 302
    assert Quote.objects.get().refused_why == "Trop cher"
    assert client.post(w.address, yes(w)).status_code == 302  # too late: the page says so
    assert Quote.objects.get().state == "REFUSED"


def test_forged_revoked_and_foreign_links_open_nothing(client, w):
    assert client.get(reverse("organiser-quote", args=["1f-" + "0" * 32])).status_code == 404
    other = links.make(Link.Purpose.BOOKING, w.congress)
    assert client.get(reverse("organiser-quote", args=[links.token(other)])).status_code == 404
    links.revoke(w.quote, at=timezone.now())
    assert client.get(w.address).status_code == 410
    assert client.post(w.address, yes(w)).status_code == 410


def test_an_expired_quote_says_so_and_takes_no_answer(client, w):
    Quote.objects.update(valid_until=timezone.now().date() - timedelta(days=2))
    assert "past" in client.get(w.address).content.decode()
    client.post(w.address, yes(w))
    assert Quote.objects.get().state == "SENT"


def test_the_organiser_signed_in_answers_too_and_an_agent_does_not(client, w):
    address = reverse("organiser-congress-quote", args=["ctv2027", w.quote.pk])
    client.force_login(w.agent)
    assert 'name="accept"' not in client.get(address).content.decode()
    assert client.post(address, yes(w)).status_code == 403
    client.force_login(w.oscar)
    assert client.post(address, yes(w)).status_code == 302
    assert Quote.objects.get().state == "ACCEPTED"


def test_the_desk_counts_people_nights_and_places(client, w):
    leaflet_booking(w)
    client.force_login(w.oscar)
    assert client.get("/organiser/").url == "/organiser/congress/ctv2027/"
    page = client.get("/organiser/congress/ctv2027/")
    facts = page.context
    assert (facts["people"].all, facts["people"].delegates, facts["people"].companions) == (1, 1, 0)
    assert facts["people"].pending == 1  # its free lines are firm, the room still waits for the transfer
    assert [(night.taken, night.granted) for night in facts["hotels"][0].nights][:2] == [(1, 10), (1, 10)]
    assert facts["curve"].rows[-1][2] == 1
    going = {offer.pk: (n, places) for offer, n, places in facts["services"]}
    assert going[w.lunch.pk] == (1, 50)


def test_what_the_office_alone_sells_and_nobody_goes_to_is_not_told(client, w):
    leaflet_booking(w)
    type(w.lunch).objects.update(office_only=True)  # every offer: what the bureau buys for itself is one of these
    client.force_login(w.oscar)
    told = {offer.pk: n for offer, n, _places in client.get("/organiser/congress/ctv2027/").context["services"]}
    assert told[w.lunch.pk] == 1 and all(told.values())


def test_a_cart_is_nobody_yet(client, w):
    made.make_cart(w)
    client.force_login(w.oscar)
    assert client.get("/organiser/congress/ctv2027/").context["people"].all == 0


def test_a_full_night_says_so(client, w):
    from pleniere.stock.models import StockDay

    StockDay.objects.filter(service=w.room.service, day=w.arrival).update(booked=10)
    client.force_login(w.oscar)
    page = client.get("/organiser/congress/ctv2027/")
    assert page.context["full"] == ["07/04/2027"]


def test_no_page_of_the_desk_says_what_things_cost_us(client, w):
    leaflet_booking(w)
    Charge.objects.update(commission=Decimal("987.65"))
    w.hotel.contracts.update(commission=Decimal("43.21"))
    client.force_login(w.oscar)
    pages = [
        "/organiser/",
        "/organiser/congress/ctv2027/",
        reverse("organiser-congress-quote", args=["ctv2027", w.quote.pk]),
        w.address,
    ]
    for address in pages:
        text = re.sub(
            r"[0-9a-f]+-[0-9a-f]{32}|csrfmiddlewaretoken\" value=\"\w+", "", client.get(address, follow=True).content.decode()
        )
        for secret in ("987", "43.21", "43,21", "ommission", "211.50", "194.58", "ought"):
            assert secret not in text.replace("brought", ""), (address, secret)


LISTS = {"ORGANISER": "Participants", "COMPANIONS": "Accompagnants", "ROOMING": "Chambres"}


@pytest.fixture
def lists(w):
    made_by = {"by": w.agent, "at": timezone.now()}
    found = [
        make_list(
            w.congress, kind=kind, name=name, for_organiser=True, supplier=w.hotel if kind == "ROOMING" else None, **made_by
        )
        for kind, name in LISTS.items()
    ]
    w.kept = make_list(w.congress, kind="SERVICE", name="Traiteur seul", offer=w.lunch, **made_by)
    return [reverse("organiser-list", args=["ctv2027", each.pk]) for each in found]


def test_its_lists_are_read_and_taken_as_files(client, w, lists):
    leaflet_booking(w)
    client.force_login(w.oscar)
    desk = client.get("/organiser/congress/ctv2027/").content.decode()
    assert all(address in desk for address in lists) and "Traiteur seul" not in desk
    for address in lists:
        assert client.get(address).status_code == 200
        for format, start in (("xlsx", b"PK"), ("csv", b"\xef\xbb\xbf"), ("pdf", b"%PDF")):
            file = client.get(f"{address}?export={format}")
            assert file.content.startswith(start) and f".{format}" in file["Content-Disposition"]
    assert len(client.get(lists[0]).context["rows"]) == 8


def test_a_list_that_is_not_granted_does_not_exist_for_it(client, w, lists):
    address = reverse("organiser-list", args=["ctv2027", w.kept.pk])
    client.force_login(w.oscar)
    assert client.get(address).status_code == 404
    w.kept.for_organiser = True
    w.kept.save()
    assert client.get(address).status_code == 200
    client.force_login(w.outsider)
    assert client.get(address).status_code == client.get(address + "?export=xlsx").status_code == 404


def test_no_list_of_it_says_a_price_another_s_offer_nor_what_a_person_confided(client, w, lists):
    """Purchase and selling prices, commissions, comments (an allergy is health), phones, mails and birth dates stay with the bureau."""
    booking = leaflet_booking(w)
    booking.persons.update(phone="+33612345678", email="intime@example.org", birth_date="1971-02-03")
    type(booking).objects.filter(pk=booking.pk).update(comment="allergie aux arachides")
    Charge.objects.update(commission=Decimal("987.65"))
    secrets = ("987", "105", "211", "194", "ommission", "arachide", "61234", "intime", "1971", "Traiteur seul")
    client.force_login(w.oscar)
    for address in lists:
        csv = client.get(address + "?export=csv").content.decode()
        book = CalamineWorkbook.from_filelike(BytesIO(client.get(address + "?export=xlsx").content))
        cells = str([book.get_sheet_by_index(n).to_python() for n in range(len(book.sheet_names))])
        rows = client.get(address).content.decode().split("<main")[1].split("</main>")[0]
        for secret in secrets:
            assert secret not in csv + cells + rows, (address, secret)


def test_a_list_costs_the_same_at_two_bookings_and_at_twenty(client, w, lists):
    def count():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(lists[0]).status_code == 200
        return len(queries)

    client.force_login(w.oscar)
    type(w.congress).objects.update(option_cap_email=1000)
    w.congress.refresh_from_db()
    for _ in range(2):
        leaflet_booking(w)
    count()
    few = count()
    for _ in range(6):
        leaflet_booking(w)
    assert count() == few


def test_it_is_for_its_organiser_and_staff_alone(client, w):
    address = "/organiser/congress/ctv2027/"
    assert client.get(address).status_code == 302
    client.force_login(w.outsider)
    assert client.get(address).status_code == 404
    other = Congress.objects.create(code="autre", title={"fr": "Autre"}, starts=w.arrival, ends=w.departure)
    client.force_login(w.oscar)
    assert client.get(f"/organiser/congress/{other.code}/").status_code == 404
    assert client.get(reverse("organiser-congress-quote", args=["autre", w.quote.pk])).status_code == 404
    assert client.get("/office/congresses/ctv2027/quotes/").status_code == 403
    draft = make_quote(w.congress, by=w.agent, at=timezone.now())
    assert client.get(reverse("organiser-congress-quote", args=["ctv2027", draft.pk])).status_code == 404


def test_the_desk_costs_the_same_at_two_bookings_and_at_twenty(client, w):
    def count():
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/organiser/congress/ctv2027/").status_code == 200
        return len(queries)

    client.force_login(w.oscar)
    w.congress.option_cap_email = 1000
    type(w.congress).objects.update(option_cap_email=1000)
    for _ in range(2):
        leaflet_booking(w)
    count()
    few = count()
    for _ in range(6):
        leaflet_booking(w)
    assert count() == few


def test_the_quote_is_read_on_a_phone_and_accepted_without_scripts(page, live_server, browser, client, db):
    w = seminar()
    now = timezone.now()
    quote = make_quote(w.congress, by=w.agent, at=now)
    facts = {"text": "", "valid_until": now.date() + timedelta(days=10), "by": w.agent, "at": now}
    edit_quote(quote, lines=[LineFacts("Auditorium", Decimal("1850.00"), 2)], **facts)
    link = send_quote(quote, by=w.agent, at=now)
    address = live_server.url + reverse("organiser-quote", args=[links.token(link)])
    assert look_at(page, address) == []
    plain = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844}).new_page()
    plain.goto(address)
    plain.fill("input[name=name]", "Hélène Astier")
    plain.fill("input[name=function]", "Directrice")
    plain.check("input[name=may]")
    plain.click("button[name=accept]")
    assert Quote.objects.get(pk=quote.pk).state == "ACCEPTED"
    plain.context.close()
