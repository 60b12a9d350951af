"""Rules of stay are set on a page of the set-up, and an agent who passes by one says why."""

from datetime import timedelta

import pytest
from django.urls import reverse

from pleniere.accounts.rights import SYSTEM
from pleniere.booking.models import Change, Line
from pleniere.booking.tests.world import ARRIVAL, NOW, make_cart, seminar, take_offer
from pleniere.booking.tests.world import order as placed
from pleniere.congress.actions import make_stay_rule
from pleniere.congress.models import StayRule

pytestmark = pytest.mark.django_db
RULE = {"scope": "", "night_from": "", "night_until": "", "least": "2"}


@pytest.fixture
def w(client):
    w = seminar()
    client.force_login(w.agent)
    client.cookies["django_language"] = "en"
    w.page = reverse("office-setup-stays", args=[w.congress.code])
    return w


def test_a_rule_is_added_changed_and_removed_without_code(w, client):
    assert "No rule" in client.get(w.page).content.decode()
    assert client.post(w.page, {**RULE, "scope": f"h{w.hotel.pk}"}).status_code == 302
    rule = StayRule.objects.get()
    assert (rule.supplier, rule.least) == (w.hotel, 2)
    page = reverse("office-setup-stay", args=[w.congress.code, rule.pk])
    assert client.post(page, {**RULE, "scope": f"r{w.room.pk}", "least": "1", "no_arrival": "on"}).status_code == 302
    rule.refresh_from_db()
    assert (rule.supplier, rule.offer, rule.least, rule.no_arrival) == (None, w.room, 1, True)
    assert str(w.hotel) in client.get(w.page).content.decode()
    client.post(page, {**RULE, "scope": f"r{w.room.pk}", "drop": "1"})
    assert not StayRule.objects.exists()


def test_what_makes_no_sense_comes_back_with_its_reason_and_what_cannot_be_met_is_said(w, client):
    answer = client.post(w.page, {**RULE, "least": "1"})
    assert answer.status_code == 422 and "asks nothing" in answer.content.decode()
    for words in ({"least": "999"}, {"scope": "h999999"}, {"night_from": "9999-99-99"}, {"least": "\x00"}):
        assert client.post(w.page, {**RULE, **words}).status_code == 422
    client.post(w.page, {**RULE, "least": "9"})
    assert "leaves no stay that can be sold" in client.get(w.page).content.decode()


def test_an_agent_is_told_the_rule_and_passes_with_a_reason(w, client):
    booking, people = make_cart(w)
    take_offer(booking, w.room, w.room_rate, start=ARRIVAL, end=ARRIVAL + timedelta(days=2), persons=people, by=SYSTEM, at=NOW)
    booking = placed(w, booking)
    make_stay_rule(w.congress, least=2, by=SYSTEM, at=NOW)
    line = booking.lines.get()
    page = reverse("office-line", args=[booking.number, line.pk])
    words = {
        "rate": w.room_rate.pk,
        "start": ARRIVAL,
        "end": ARRIVAL + timedelta(days=1),
        "persons": [people[0].pk],
        "quantity": 1,
    }
    answer = client.post(page, words)
    assert answer.status_code == 422 and "at least 2 nights" in answer.content.decode().replace("\xa0", " ")
    shown = client.post(page, {**words, "despite": "Ill"}).context["effect"].signature
    assert client.post(page, {**words, "despite": "Ill", "shown": shown}).status_code == 302
    assert Line.objects.get(pk=line.pk).despite == "Ill"
    assert Change.objects.filter(booking=booking, verb="stay.overridden", reason="Ill").exists()
    history = client.get(reverse("office-booking-changes", args=[booking.number])).content.decode()
    assert "Sold against the hotel’s rule of stay" in history
