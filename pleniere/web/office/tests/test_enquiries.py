"""Enquiries at the office: written, moved on the board, listed, counted, followed to a request for rooms."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pleniere.accounts.models import Client
from pleniere.allotment.models import Request
from pleniere.booking.tests.world import seminar
from pleniere.congress.actions import Want, make_enquiry, put_option, set_needs
from pleniere.congress.models import Enquiry, EnquiryReason

pytestmark = pytest.mark.django_db
ASKED = {
    "title": "Assises du vélo",
    "contact": "Vélo & Cie",
    "email": "v@example.org",
    "starts": "2030-09-20",
    "last": "2030-09-22",
    "starts_2": "2030-10-04",
    "last_2": "2030-10-06",
    "heads": "310",
    "budget": "84 500,00",
    "next_step": "Relancer",
}


@pytest.fixture
def w(client):
    w = seminar()
    client.force_login(w.agent)
    client.cookies["django_language"] = "en"
    return w


def made(w, **facts):
    return make_enquiry(facts.pop("title", "Assises"), by=w.agent, at=timezone.now(), **facts)


def test_an_enquiry_is_written_followed_lost_reopened_and_becomes_a_congress(client, w):
    assert client.post(reverse("office-enquiry-new"), ASKED).status_code == 302
    row = Enquiry.objects.get()
    assert (row.heads, row.budget, row.other_dates.get().starts) == (310, Decimal("84500.00"), date(2030, 10, 4))
    page = reverse("office-enquiry", args=[row.pk])
    assert client.get(page).status_code == 200
    assert client.post(page + "closing/", {"lost": "1", "why": ""}).status_code == 422
    assert client.post(page + "closing/", {"lost": "1", "why": "trop cher"}).status_code == 302
    assert client.post(page + "closing/", {"reopen": "1"}).status_code == 302
    board = client.get(reverse("office-enquiries"))
    assert [column.count for column in board.context["columns"]] == [0, 1, 0, 0, 0]
    assert client.post(page + "congress/", {"code": "a b"}).status_code == 422
    answer = client.post(page + "congress/", {"code": "velo2030", "dates": "1"})
    assert answer.url == "/office/congresses/velo2030/setup/general/?guide=1"
    row.refresh_from_db()
    assert (row.state, row.organiser.company) == ("PROPOSED", "Vélo & Cie")
    assert row.congresses.get().starts == date(2030, 10, 4)
    assert client.get(answer.url).status_code == 200
    assert client.post(page + "congress/", {"code": "velo2030"}).status_code == 422


@pytest.mark.parametrize(
    "bad",
    [
        {"last": "2030-09-01"},
        {"heads": "10000000000000"},
        {"title": "x" * 10**6},
        {"starts": "9999-01-01"},
        {"last_2": "2030-10-01"},
        {"last_2": ""},
        {"probability": "101"},
        {"starts_2": "2030-09-20", "last_2": "2030-09-22"},
        {"owner": "999999"},
        {"title": "\x00"},
    ],
)
def test_an_enquiry_that_makes_no_sense_comes_back(client, w, bad):
    answer = client.post(reverse("office-enquiry-new"), ASKED | bad)
    assert answer.status_code == 422
    assert "Relancer" in answer.content.decode()


def test_a_tile_is_moved_by_its_buttons_and_asks_a_reason_to_end(client, w):
    row = made(w)
    move = reverse("office-enquiry-state", args=[row.pk])
    assert client.post(move, {"to": "QUALIFIED"}).url == f"/office/enquiries/?moved={row.pk}"
    assert "data-focus" in client.get(f"/office/enquiries/?moved={row.pk}").content.decode()
    assert client.post(move, {"to": "LOST"}).url.endswith("?closing=LOST#closing")
    assert client.post(move, {"to": "nowhere"}).status_code == 302
    row.refresh_from_db()
    assert row.state == "QUALIFIED"


def test_the_list_is_searched_filtered_sorted_and_exported(client, w):
    made(w, title="Colloque Imagerie", contact="Mme Arnaud", next_on=date(2020, 1, 1), owner=w.agent)
    made(w, title="=cmd", starts=date(2030, 1, 1), ends=date(2030, 1, 2))
    page = reverse("office-enquiries-list")

    def titles(query):
        return [row.title for row in client.get(page + query).context["listing"].rows]

    assert titles("?q=arnaud") == ["Colloque Imagerie"]
    assert titles("?late=on") == titles(f"?owner={w.agent.pk}") == ["Colloque Imagerie"]
    assert titles("") == ["Colloque Imagerie", "=cmd"]
    assert titles("?sort=-title") == ["Colloque Imagerie", "=cmd"]
    assert titles("?state=WON") == []
    assert "'=cmd" in client.get(page + "?export=csv").content.decode("utf-8-sig")
    assert client.get(page + "?export=xlsx").status_code == 200


def test_what_is_likely_is_summed_by_month(client, w):
    made(w, budget=Decimal(1000), starts=date(2030, 9, 20), ends=date(2030, 9, 22))
    made(w, budget=Decimal(500), probability=50)
    page = client.get(reverse("office-enquiries"))
    found = [(each.month, each.budget, each.weighted) for each in page.context["forecast"]]
    assert found == [(date(2030, 9, 1), Decimal("1000.00"), Decimal("200.00")), (None, Decimal("500.00"), Decimal("250.00"))]
    assert page.context["sums"]["weighted"] == Decimal("450.00")


def test_needs_are_typed_in_a_sheet_and_fill_the_request_for_rooms(client, w):
    row = made(w, title="Vélo", contact="Vélo & Cie", starts=date(2030, 9, 20), ends=date(2030, 9, 22))
    page = reverse("office-enquiry-needs", args=[row.pk])
    assert client.get(page).status_code == 200
    typed = {"n:DOUBLE:-1": "40", "n:DOUBLE:0": "45", "what:MEETING0": "Plénière", "n:MEETING0:0": "310"}
    assert client.post(page, typed | {"n:SINGLE:0": "beaucoup"}).status_code == 422
    assert client.post(page, typed | {"what:MEAL0": "", "n:MEAL0:0": "12"}).status_code == 422
    assert not row.wanted.exists()
    assert client.post(page, typed).status_code == 302
    assert client.post(page, typed).status_code == 302
    assert "40 double" in client.get(reverse("office-enquiry", args=[row.pk])).content.decode()
    answer = client.post(reverse("office-enquiry-congress", args=[row.pk]), {"code": "velo", "ask": "1"})
    assert answer.url == "/office/congresses/velo/requests/new/"
    asking = client.get(answer.url)
    assert asking.context["form"].initial["arrival"] == date(2030, 9, 19)
    assert asking.context["grid"].by_night == [40, 45]
    assert not Request.objects.exists()


def test_a_client_who_looks_alike_is_chosen_by_a_person(client, w):
    known = Client.objects.create(kind="COMPANY", company="Vélo & Cie", email="v@example.org")
    row = made(w, contact="Velo & cie", email="v@example.org", starts=date(2030, 9, 20), ends=date(2030, 9, 22))
    making = reverse("office-enquiry-congress", args=[row.pk])
    assert client.post(making, {"code": "velo"}).status_code == 422
    client.post(reverse("office-enquiry-organiser", args=[row.pk]), {"client": known.pk})
    assert client.post(making, {"code": "velo"}).status_code == 302
    row.refresh_from_db()
    assert row.organiser == known


def test_options_notes_and_reasons_are_kept(client, w):
    row = made(w)
    page = reverse("office-enquiry-options", args=[row.pk])
    assert client.post(page, {"supplier": "personne", "until": "2030-01-01"}).status_code == 422
    assert client.post(page, {"supplier": w.hotel.code, "until": "2030-01-01", "rooms": "12"}).status_code == 302
    assert client.post(page, {"drop": row.options.get().pk}).status_code == 302
    assert not row.options.exists()
    assert client.post(reverse("office-enquiry-notes", args=[row.pk]), {"words": "appelé"}).status_code == 302
    assert "appelé" in client.get(reverse("office-enquiry", args=[row.pk])).content.decode()
    listed = reverse("office-enquiry-reasons")
    assert client.post(listed, {"outcome": "LOST", "fr": "Grève"}).status_code == 302
    reason = EnquiryReason.objects.get(name__fr="Grève")
    assert client.post(listed, {"drop": reason.pk}).status_code == 302
    assert client.post(listed, {"outcome": "PERHAPS", "fr": "x"}).status_code == 422


def test_the_history_is_read_in_days_and_sums_and_the_last_day_is_the_last(client, w):
    row = made(w, starts=date(2030, 3, 24), ends=date(2030, 3, 26), budget=Decimal(4800))
    page = client.get(reverse("office-enquiry", args=[row.pk])).content.decode().replace("\xa0", " ")
    assert "<ins>24 March 2030</ins>" in page and "<ins>25 March 2030</ins>" in page and "<ins>€4,800.00</ins>" in page
    assert "2030-03-2" not in page.partition('id="history"')[2]


def test_today_says_what_is_late_and_by_whom(client, w):
    made(w, title="Vieille", next_on=timezone.now().date() - timedelta(days=1), next_step="rappeler", owner=w.agent)
    held = made(w, title="Tenue")
    put_option(held, w.hotel, until=timezone.now().date() + timedelta(days=2), by=w.agent, at=timezone.now())
    section = next(each for each in client.get("/office/").context["sections"] if each.title == "Enquiries to follow")
    assert [(item.text, item.look) for item in section.items] == [("Vieille", "late"), ("Tenue", "option")]
    assert str(w.agent) in section.items[0].note


def test_enquiries_are_for_who_follows_them(client, w):
    row = made(w)
    for who in (w.accountant, w.outsider):
        client.force_login(who)
        for name, args in (("office-enquiries", []), ("office-enquiries-list", []), ("office-enquiry-needs", [row.pk])):
            assert client.get(reverse(name, args=args)).status_code == 403


def test_the_board_costs_the_same_at_two_and_at_twenty(client, w):
    def count():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("office-enquiries")).status_code == 200
        return len(queries)

    def some(many):
        for n in range(many):
            days = {"starts": date(2030, 9, 20), "ends": date(2030, 9, 22)}
            row = made(w, title=f"C{n}", other_dates=[(date(2031, 9, 20), date(2031, 9, 22))], owner=w.agent, **days)
            set_needs(row, [Want("ROOM", "DOUBLE", 0, 3)], by=w.agent, at=timezone.now())

    some(2)
    count()
    few = count()
    some(18)
    assert count() == few
