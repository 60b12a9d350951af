"""The hotel's desk once rooms are booked: it reads them, what changed since, and takes them in."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pleniere.allotment.models import Invitation
from pleniere.booking.actions import cancel_lines, change_line
from pleniere.booking.models import Change, Line
from pleniere.booking.tests.world import leaflet_booking, seminar
from pleniere.catalogue.models import Contact
from pleniere.congress.models import Congress

from .world import ask

pytestmark = pytest.mark.django_db


@pytest.fixture
def booked(client):
    """The leaflet's booking in the hotel, of which a request was sent."""
    w = seminar()
    w.phone = client
    w.booking = leaflet_booking(w)
    Contact.objects.create(supplier=w.hotel, name="Sophie", email="sophie@example.org")
    congress = Congress.objects.get(pk=w.congress.pk)
    starts, ends = congress.starts, congress.ends
    ask(w, w.hotel)
    Congress.objects.filter(pk=congress.pk).update(starts=starts, ends=ends)
    w.line = Line.objects.get(booking=w.booking, offer=w.room)
    return w


def take(w, **words):
    w.line.refresh_from_db()
    return w.phone.post(w.page + "taken/", {f"seen:{w.line.pk}": w.line.version, "line": w.line.pk, **words})


def test_a_new_booking_is_news_until_it_is_taken_in_with_the_hotel_s_number(booked):
    w = booked
    page = w.phone.get(w.page).content.decode()
    assert "Nouveau" in page and w.booking.number in page and "Ingénie" in page
    assert "claire@example.org" not in page
    assert take(w, **{f"number:{w.line.pk}": "R-48213\x00"}).status_code == 302
    w.line.refresh_from_db()
    assert (w.line.seen_version, w.line.supplier_number) == (w.line.version, "R-48213")
    take(w)
    assert Change.objects.filter(verb="line.acknowledged").count() == 1, "twice is once"
    page = w.phone.get(w.page).content.decode()
    assert "Intégré" in page and "R-48213" in page and 'class="change' not in page


def test_what_changed_shows_the_old_value_struck_beside_the_new(booked):
    w = booked
    take(w)
    end = w.line.end - timedelta(days=1)
    change_line(w.booking, w.line, end=end, by=w.agent, at=w.now)
    page = w.phone.get(w.page).content.decode()
    assert "Modifié" in page and "<del>2</del> <ins>1</ins>" in page
    late = w.phone.post(w.page + "taken/", {f"seen:{w.line.pk}": 1, "line": w.line.pk})
    w.line.refresh_from_db()
    assert late.status_code == 302 and w.line.seen_version < w.line.version, "what was not read is not taken in"
    take(w)
    cancel_lines(w.booking, [w.line.pk], by=w.agent, at=w.now)
    page = w.phone.get(w.page).content.decode()
    assert "Annulé" in page and "<del>" in page
    w.line.refresh_from_db()
    w.phone.post(w.page + "taken/", {f"seen:{w.line.pk}": w.line.version, "all": "1"})
    w.line.refresh_from_db()
    assert w.line.towards_supplier == "ACKNOWLEDGED"


def test_a_link_takes_in_its_own_hotel_s_lines_alone(booked):
    w = booked
    lunch = Line.objects.filter(booking=w.booking).exclude(pk=w.line.pk).first()
    words = {f"seen:{lunch.pk}": lunch.version, f"number:{lunch.pk}": "X", "line": lunch.pk, "seen:99999": "1", "seen:x": "y"}
    w.phone.post(w.page + "taken/", words)
    lunch.refresh_from_db()
    assert (lunch.seen_version, lunch.supplier_number) == (0, "")


def test_its_numbers_alone_are_kept_and_a_file_leaves_without_phones(booked):
    w = booked
    w.phone.post(w.page + "taken/", {f"number:{w.line.pk}": "=1+1", "numbers": "1"})
    w.line.refresh_from_db()
    assert (w.line.supplier_number, w.line.seen_version) == ("=1+1", 0)
    for kind in ("xlsx", "pdf", "csv"):
        assert w.phone.get(f"{w.page}?export={kind}").status_code == 200
    text = w.phone.get(f"{w.page}?export=csv").content.decode("utf-8-sig")
    assert "'=1+1" in text and "claire@" not in text


def test_as_many_queries_for_twenty_bookings_as_for_one(booked):
    w = booked

    def queries():
        with CaptureQueriesContext(connection) as seen:
            assert w.phone.get(w.page).status_code == 200
        return len(seen)

    few = queries()
    for _n in range(4):
        leaflet_booking(w)
    assert queries() == few
    assert Invitation.objects.count() == 1
