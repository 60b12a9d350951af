"""Towards the hotels: only what changed, on the office's page, in a file and in a mail; overdue as on the day page."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pleniere.accounts import links
from pleniere.accounts.models import Link, Trace
from pleniere.accounts.rights import NotAllowed
from pleniere.allotment.actions.asking import link_for
from pleniere.booking.actions import cancel_lines, change_line
from pleniere.booking.models import Booking, Change, Line
from pleniere.booking.tests.world import leaflet_booking, seminar
from pleniere.catalogue.models import Contact
from pleniere.congress.models import Congress
from pleniere.lists.news import CannotTell, news_of, tell_news
from pleniere.messaging.models import Message
from pleniere.web.extranet.tests.world import ask

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def w(client):
    """Two stays: one taken in then a night shorter, one new."""
    w = seminar()
    Contact.objects.create(supplier=w.hotel, name="Sophie", email="sophie@example.org")
    starts, ends = w.congress.starts, w.congress.ends
    w.bookings = [leaflet_booking(w), leaflet_booking(w)]
    ask(w, w.hotel)
    Congress.objects.filter(pk=w.congress.pk).update(starts=starts, ends=ends)
    w.congress.refresh_from_db()
    w.line, w.new = (booking.lines.get(offer=w.room) for booking in w.bookings)
    Line.objects.filter(pk=w.line.pk).update(seen_version=w.line.version)
    facts = {"room": "DOUBLE", "start": "2027-04-07", "end": "2027-04-09", "quantity": 1, "persons": ["Test Ingénie"]}
    Change.objects.create(
        congress=w.congress, booking=w.bookings[0], line=w.line, verb="line.acknowledged", at=w.now, by="x", after=facts
    )
    change_line(w.bookings[0], w.line, end=w.line.end - DAY, by=w.agent, at=w.now)
    Message.objects.all().delete()
    client.force_login(w.agent)
    w.client, w.url = client, f"/office/congresses/{w.congress.code}/lists/changes/"
    return w


def test_only_what_changed_stands_there_with_what_it_was(w):
    (news,) = news_of(w.congress, at=w.now + DAY)
    assert [piece.row.state for piece in news.pieces] == ["AMENDED", "NEW"] and news.late == 0
    html = w.client.get(w.url).content.decode()
    assert "départ\u00a0: 9\u00a0avril\u00a02027" in html and "claire@example.org" not in html
    Line.objects.filter(pk=w.new.pk).update(seen_version=w.new.version)
    assert len(news_of(w.congress, at=w.now)[0].pieces) == 1


def test_what_is_not_taken_in_after_three_days_is_overdue_where_it_presses(w):
    (news,) = news_of(w.congress, at=w.now + 4 * DAY)
    assert [piece.is_late for piece in news.pieces] == [True, False], "the new one arrives in more than a month"
    (news,) = news_of(w.congress, at=w.now + 8 * DAY)
    assert news.late == 2


@pytest.mark.parametrize("kind", ["xlsx", "csv", "pdf"])
def test_the_list_goes_out_as_a_file_to_the_office_and_to_the_hotel(w, kind):
    for url in (f"{w.url}?export={kind}", f"{w.url}?hotel={w.hotel.pk}&export={kind}", f"{w.page}?export={kind}&only=changes"):
        response = w.client.get(url)
        assert response.status_code == 200 and "attachment" in response["Content-Disposition"]
    if kind == "csv":
        rows = response.content.decode("utf-8-sig").strip().splitlines()
        assert len(rows) == 3 and "Modifié" in rows[1] and "105,75" not in rows[1]


def test_the_hotel_is_written_to_once_a_day_with_the_list_and_its_page(w):
    assert w.client.post(w.url, {"tell": "all"}).status_code == 302
    message = Message.objects.get()
    assert message.attachments.count() == 2
    assert message.to == "sophie@example.org" and links.url(link_for(w.invitation)) in message.text and "Modifié" in message.text
    assert "105,75" not in message.text and message.attachments.count() == 2
    tell_news(w.congress, w.hotel, by=w.agent, at=w.now)
    tell_news(w.congress, w.hotel, by=w.agent, at=w.now)
    assert Message.objects.count() == 2, "another day, once"
    cancel_lines(w.bookings[0], [w.line.pk], by=w.agent, at=w.now)
    assert "Annulé" in tell_news(w.congress, w.hotel, by=w.agent, at=w.now).text


def test_the_mail_is_read_before_it_leaves_and_looking_writes_nothing(w):
    links_before = Link.objects.count()
    page = w.client.get(f"{w.url}?mail={w.hotel.pk}").content.decode()
    assert "sophie@example.org" in page and "Modifié : Test Ingénie" in page.replace("\xa0", " ") and "…/l/…/" in page
    assert not Message.objects.exists() and Link.objects.count() == links_before
    assert "sophie@example.org" not in w.client.get(f"{w.url}?mail=x").content.decode()
    type(w.invitation).objects.update(email="")
    assert "n’a pas d’e-mail" in w.client.get(f"{w.url}?mail={w.hotel.pk}").content.decode()


def test_the_same_news_again_is_not_told_twice_in_the_history(w):
    for _twice in range(2):
        tell_news(w.congress, w.hotel, by=w.agent, at=w.now)
    assert Trace.objects.filter(verb="list.news_sent").count() == 1


def test_who_cannot_be_written_to_is_said_and_a_stranger_tells_nobody(w):
    type(w.invitation).objects.update(email="")
    with pytest.raises(CannotTell):
        tell_news(w.congress, w.hotel, by=w.agent, at=w.now)
    assert w.client.post(w.url, {"tell": str(w.hotel.pk)}).status_code == 302 and not Message.objects.exists()
    Line.objects.all().update(seen_version=99, version=99)
    with pytest.raises(CannotTell):
        tell_news(w.congress, w.hotel, by=w.agent, at=w.now)
    assert w.client.get(w.url + "?hotel=x&export=y").status_code == 200
    with pytest.raises(NotAllowed):
        tell_news(w.congress, w.hotel, by=w.outsider, at=w.now)
    w.client.force_login(w.outsider)
    assert w.client.get(w.url).status_code in (403, 404)


def test_ten_stays_ask_no_more_than_two(w):
    def queries():
        w.client.get(w.url)
        with CaptureQueriesContext(connection) as found:
            w.client.get(w.url)
        return len(found)

    few = queries()
    for _each in range(6):
        leaflet_booking(w)
    assert Booking.objects.count() > 6 and queries() == few
