"""Asking hotels for rooms through the office's screens: made, addressed, sent, read side by side."""

import csv
import re
import zipfile
from datetime import date, timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import escape

from pleniere.allotment.models import Invitation, Request
from pleniere.allotment.tests.world import make_hotel, make_user
from pleniere.catalogue.models import Supplier
from pleniere.common.tests.shared import shared
from pleniere.congress.models import Congress
from pleniere.messaging.models import Message

from .asking import answer, asked_and_answered, desk, make, send, typed

pytestmark = pytest.mark.django_db
TYPES = ("SINGLE", "TWIN", "DOUBLE", "QUAD", "ACCESSIBLE")


@pytest.fixture
def w(client):
    return desk(client)


def test_the_leaflet_s_request_is_refused_for_both_its_dates_and_nothing_typed_is_lost(w):
    late = w.starts + timedelta(days=300)
    six = {"arrival": (w.starts - timedelta(days=2)).isoformat(), "departure": (w.starts + timedelta(days=4)).isoformat()}
    words = typed(w, **six, deadline=f"{late}T18:00", cutoff=(late + timedelta(days=30)).isoformat())
    for code in TYPES:
        words |= {f"ask:{code}": "on", f"kind:{code}": "QUOTE", f"need:{code}:{w.starts}": "17"}
    response = w.desk.post(w.url + "new/", words)
    page = response.content.decode()
    assert response.status_code == 422 and not Request.objects.exists()
    assert "tombe après le congrès" in page and page.count("field__error") == 2
    assert page.count('value="17"') == 5


def test_the_leaflet_s_request_to_its_own_hotels_leaves_once_its_dates_are_mended(w):
    text = shared("data/suppliers/leaflet_suppliers_matched.csv").read_text(encoding="utf-8-sig")
    hotels = [
        make_hotel(row["code_seed"][:32], name=row["NOM COMMERCIAL"], town=row["COMMUNE"], email=f"h{n}@example.org")
        for n, row in enumerate(csv.DictReader(text.splitlines(), delimiter=";"))
    ]
    six = {"arrival": (w.starts - timedelta(days=2)).isoformat(), "departure": (w.starts + timedelta(days=4)).isoformat()}
    words = typed(w, **six)
    for code in TYPES:
        words |= {f"ask:{code}": "on", f"kind:{code}": "QUOTE", f"need:{code}:{w.starts}": "17"}
    late = w.starts + timedelta(days=300)
    assert w.desk.post(w.url + "new/", {**words, "deadline": f"{late}T18:00", "cutoff": late.isoformat()}).status_code == 422
    assert w.desk.post(w.url + "new/", words).status_code == 302
    asked = Request.objects.get()
    w.desk.post(f"{w.url}{asked.number}/recipients/", {"supplier": [hotel.pk for hotel in hotels]})
    w.desk.post(f"{w.url}{asked.number}/sendings/")
    assert Message.objects.filter(template="allotment/request").count() == len(hotels)
    page = w.desk.get(f"{w.url}{asked.number}/").content.decode()
    assert all(escape(hotel.name) in page for hotel in hotels) and page.count('class="silent"') == len(hotels)


def test_the_order_of_dates_is_deadline_then_cutoff_then_arrival(w):
    for changes in (
        {"deadline": f"{w.starts - timedelta(days=30)}T18:00"},
        {"cutoff": w.starts.isoformat()},
        {"deadline": "2020-01-01T18:00"},
        {"departure": w.arrival.isoformat()},
    ):
        assert w.desk.post(w.url + "new/", typed(w, **changes)).status_code == 422
    assert w.desk.post(w.url + "new/", typed(w, cutoff=w.arrival.isoformat())).status_code == 302


def test_new_dates_show_their_nights_and_save_nothing(w):
    words = typed(w, nights="1", departure=(w.departure + timedelta(days=3)).isoformat())
    page = w.desk.post(w.url + "new/", words)
    assert page.status_code == 200 and not Request.objects.exists()
    assert page.content.decode().count("need:DOUBLE:") == 2 * 7


@pytest.mark.parametrize(
    "words",
    [
        {"arrival": "9999-12-31", "departure": "9999-12-31"},
        {"deadline": "0001-01-01T00:00"},
        {"deadline": "x" * 1_000_000},
        {"title": "\x00", "remarks": "\u202e" + "é" * 5000},
        {"cutoff": "2027-02-30"},
        {"price_is": "=1+1"},
    ],
)
def test_hostile_words_in_a_new_request_are_told_not_crashed_upon(w, words):
    assert w.desk.post(w.url + "new/", typed(w, **words)).status_code == 422
    assert not Request.objects.exists()


@pytest.mark.parametrize("words", ["1000000000000", "-3", "1e6", "٣", "=1+1", "😀", "1.5"])
def test_a_need_that_is_no_number_is_said_so(w, words):
    response = w.desk.post(w.url + "new/", typed(w, **{f"need:DOUBLE:{w.nights[1]}": words}))
    assert response.status_code == 422 and "aria-invalid" in response.content.decode()


def test_a_retired_supplier_is_never_offered_yet_keeps_its_row_and_its_answer(w):
    asked = send(w)
    answer(w, asked.invitations.get(supplier=w.adagio))
    Supplier.objects.filter(pk=w.adagio.pk).update(retired_at=timezone.now())
    page = w.desk.get(f"{w.url}{asked.number}/").content.decode()
    assert "ADAGIO" in page and "retiré" in page
    second = make(w)
    page = w.desk.get(f"{w.url}{second.number}/recipients/").content.decode()
    assert "ADAGIO" not in page and "TERMINUS" in page
    w.desk.post(f"{w.url}{second.number}/recipients/", {"supplier": [w.adagio.pk, w.terminus.pk]})
    assert [row.supplier for row in second.invitations.all()] == [w.terminus]


def test_a_long_list_is_shown_a_letter_at_a_time_and_keeps_the_choice(w):
    for n in range(90):
        make_hotel(f"Z{n:02}", name=f"Zénith {n:02}")
    asked = make(w)
    url = f"{w.url}{asked.number}/recipients/"
    page = w.desk.get(url).content.decode()
    assert "ADAGIO" in page and "Zénith" not in page
    moved = w.desk.post(url, {"supplier": [w.adagio.pk], "at": "A", "letter": "Z"})
    assert moved["Location"].endswith("letter=Z")
    page = w.desk.get(moved["Location"]).content.decode()
    assert "Zénith 42" in page and "ADAGIO" in page, "who is chosen stays in sight"
    w.desk.post(url, {"supplier": [w.adagio.pk], "at": "Z", "act": "all"})
    assert asked.invitations.count() == 91
    w.desk.post(url, {"supplier": [w.adagio.pk], "at": "Z", "act": "none"})
    assert [row.supplier for row in asked.invitations.all()] == [w.adagio]


def test_the_mails_are_read_before_they_leave(w):
    asked = make(w)
    w.desk.post(f"{w.url}{asked.number}/recipients/", {"supplier": [w.adagio.pk, w.rives.pk, w.terminus.pk]})
    page = w.desk.get(f"{w.url}{asked.number}/recipients/?mail=2").content.decode()
    assert "terminus@example.org" in page and "Hôtel des Deux Rives" in page
    page = w.desk.get(f"{w.url}{asked.number}/mails/").content.decode()
    assert page.count("mail__to") == 2 and not Message.objects.exists()
    for odd in ("0", "999999", "-1", "x"):
        assert w.desk.get(f"{w.url}{asked.number}/recipients/?mail={odd}").status_code == 200


def test_reminders_go_to_the_silent_alone_once_a_day(w):
    asked = send(w)
    answer(w, asked.invitations.get(supplier=w.adagio))
    w.desk.post(f"{w.url}{asked.number}/reminders/")
    w.desk.post(f"{w.url}{asked.number}/reminders/")
    assert [mail.to for mail in Message.objects.filter(template="allotment/reminder")] == ["terminus@example.org"]
    assert w.desk.post(f"{w.url}{asked.number}/reminders/", {"invitation": "x"}).status_code == 404


def test_without_a_mail_server_nothing_is_said_to_have_left(w):
    asked = make(w)
    w.desk.post(f"{w.url}{asked.number}/recipients/", {"supplier": [w.adagio.pk, w.terminus.pk]})
    page = w.desk.post(f"{w.url}{asked.number}/sendings/", follow=True).content.decode()
    assert "2 hôtels interrogés n’ont rien reçu" in page
    assert "les e-mails ne sont pas partis" in page and "/office/settings/mail/" in page
    assert "envoyé le" not in page and "pas encore parti" in page
    assert "2 e-mails ne sont pas partis" in w.desk.get(w.url).content.decode()
    Message.objects.update(state="SENT", sent_at=timezone.now())
    page = w.desk.get(f"{w.url}{asked.number}/").content.decode()
    assert "pas partis" not in page and "envoyé le" in page


def test_a_stay_is_said_with_its_departure_and_its_nights(w):
    asked = asked_and_answered(w)
    mail = Message.objects.get(template="allotment/request", to="sophie@example.org")
    assert f"arrivée {date_format(w.arrival, 'l j F')}" in mail.text and "4 nuits" in mail.text and "4 nuits" in mail.subject
    book = w.desk.get(f"{w.url}{asked.number}/?export=xlsx")
    words = zipfile.ZipFile(BytesIO(book.content)).read("xl/sharedStrings.xml").decode()
    assert "départ" in words and "4 nuits" in words


def test_the_deadline_moves_later_never_past_the_cutoff(w):
    asked = send(w)
    url = f"{w.url}{asked.number}/deadline/"
    assert w.desk.post(url, {"deadline": f"{w.starts - timedelta(days=29)}T18:00"}).status_code == 422
    assert w.desk.post(url, {"deadline": f"{w.starts - timedelta(days=61)}T18:00"}).status_code == 422
    assert w.desk.post(url, {"deadline": f"{w.starts - timedelta(days=50)}T18:00"}).status_code == 302
    assert Message.objects.filter(template="allotment/prolonged").count() == 2


def test_the_workbook_has_the_synthesis_s_layout_and_no_formula_of_theirs(w):
    Supplier.objects.filter(pk=w.adagio.pk).update(name="=HYPERLINK(1)")
    asked = send(w)
    answer(w, asked.invitations.get(supplier=w.adagio), remarks='=cmd|"/c calc"!A1')
    book = zipfile.ZipFile(BytesIO(w.desk.get(f"{w.url}{asked.number}/?export=xlsx").content))
    sheet, words = book.read("xl/worksheets/sheet1.xml").decode(), book.read("xl/sharedStrings.xml").decode()
    assert 'state="frozen"' in sheet and 'topLeftCell="B4"' in sheet
    assert sheet.count("<v>105.75</v>") == 4 and "=HYPERLINK(1)" in words and "=cmd|" in words
    assert all(re.fullmatch(r"[A-Z0-9:,+*()!'Retnu-]+", formula) for formula in re.findall(r"<f>([^<]*)</f>", sheet))
    assert "HYPERLINK" not in sheet and "cmd" not in sheet
    assert "Hôtel des Deux Rives" in words and "sans réponse" in words, "the silent ones stay"


def test_the_synthesis_asks_as_many_queries_for_twenty_hotels_as_for_two(w):
    def queries(count):
        hotels = [make_hotel(f"H{count}-{n}", email=f"h{count}-{n}@example.org") for n in range(count)]
        asked = send(w, hotels)
        for invitation in asked.invitations.all():
            answer(w, invitation)
        with CaptureQueriesContext(connection) as seen:
            assert w.desk.get(f"{w.url}{asked.number}/").status_code == 200
        return len(seen)

    assert queries(2) == queries(20)


def test_another_congress_s_agent_and_the_hotels_find_nothing_here(w):
    asked = send(w)
    invitation = asked.invitations.first()
    pages = [
        "",
        f"{asked.number}/",
        f"{asked.number}/edit/",
        f"{asked.number}/recipients/",
        f"{asked.number}/answers/{invitation.pk}/",
    ]
    for user, expected in ((w.olga, 404), (w.hana, 403)):
        other = Client()
        other.force_login(user)
        assert {other.get(w.url + page).status_code for page in pages} == {expected}
        assert other.post(f"{w.url}{asked.number}/sendings/").status_code == expected
    olga = Client()
    olga.force_login(w.olga)
    assert olga.get(f"/office/congresses/{w.other.code}/requests/{asked.number}/").status_code == 404


def test_an_accountant_reads_and_does_not_ask(w):
    asked = make(w)
    client = Client()
    client.force_login(make_user("carl@example.org", "ACCOUNTANT"))
    assert client.get(w.url).status_code == 200
    assert client.post(f"{w.url}{asked.number}/sendings/").status_code == 403
    assert client.post(w.url + "new/", typed(w)).status_code == 403


def test_a_draft_is_edited_and_thrown_away_what_was_sent_is_not(w):
    asked = make(w)
    assert w.desk.post(f"{w.url}{asked.number}/edit/", typed(w, title="Avril")).status_code == 302
    asked.refresh_from_db()
    assert asked.title == "Avril" and asked.needs.filter(room_type="DOUBLE").count() == 4
    assert w.desk.post(f"{w.url}{asked.number}/removal/").status_code == 302
    assert not Request.objects.exists()
    asked = send(w)
    w.desk.post(f"{w.url}{asked.number}/removal/")
    assert w.desk.get(f"{w.url}{asked.number}/edit/").status_code == 302
    assert Request.objects.exists() and Invitation.objects.filter(state="SENT").exists()


def test_a_day_in_march_with_the_clock_s_change_is_kept_as_typed(w):
    Congress.objects.filter(pk=w.congress.pk).update(starts=date(2199, 5, 1), ends=date(2199, 5, 4))
    w.arrival, w.departure, w.starts = date(2199, 4, 30), date(2199, 5, 4), date(2199, 5, 1)
    asked = make(w, deadline="2199-03-31T18:00", cutoff="2199-04-20", **{f"need:DOUBLE:{w.arrival}": "1"})
    assert timezone.localtime(asked.deadline, w.congress.zone).strftime("%d %H:%M") == "31 18:00"
