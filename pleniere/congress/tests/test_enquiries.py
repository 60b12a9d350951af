"""An enquiry: its dates in order of preference, its needs by day, its end with a reason, the congress it becomes."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from pleniere.accounts.models import Client, Trace
from pleniere.accounts.rights import NotAllowed
from pleniere.congress.actions import (
    LooksAlike,
    Refused,
    Want,
    alike,
    close_enquiry,
    congress_from,
    drop_option,
    drop_reason,
    edit_enquiry,
    make_enquiry,
    make_reason,
    move_enquiry,
    note_enquiry,
    put_option,
    reopen_enquiry,
    set_needs,
)
from pleniere.congress.models import Enquiry, EnquiryReason

from . import world as made
from .world import ENDS, NOW, STARTS

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def w():
    return made.congress(full=False)


@pytest.fixture
def asked(w):
    others = [(STARTS + WEEK, ENDS + WEEK), (STARTS + 2 * WEEK, ENDS + 2 * WEEK)]
    facts = {"contact": "Société savante", "email": "s@example.org", "phone": "04 77 00 11 22", "budget": Decimal(1000)}
    return make_enquiry("Journées", starts=STARTS, ends=ENDS, other_dates=others, **facts, **w.by)


def test_other_dates_are_kept_in_the_order_of_preference(w, asked):
    assert asked.fetch_dates() == [(STARTS, ENDS), (STARTS + WEEK, ENDS + WEEK), (STARTS + 2 * WEEK, ENDS + 2 * WEEK)]
    edit_enquiry(asked, other_dates=[(STARTS + 2 * WEEK, ENDS + 2 * WEEK)], **w.by)
    assert [row.preference for row in asked.other_dates.all()] == [2]
    traced = Trace.objects.filter(verb="enquiry.edited").count()
    edit_enquiry(asked, other_dates=[(STARTS + 2 * WEEK, ENDS + 2 * WEEK)], **w.by)
    assert Trace.objects.filter(verb="enquiry.edited").count() == traced


@pytest.mark.parametrize(
    ("starts", "ends", "others", "field"),
    [
        (ENDS, STARTS, [], "last"),
        (STARTS, STARTS + timedelta(days=90), [], "last"),
        (date(9000, 1, 1), date(9000, 1, 2), [], "starts"),
        (STARTS, ENDS, [(ENDS, STARTS)], "last_2"),
        (STARTS, ENDS, [(STARTS, ENDS)], "starts"),
        (None, None, [(STARTS, ENDS)], "starts"),
    ],
)
def test_dates_that_make_no_sense_are_refused_at_their_field(w, starts, ends, others, field):
    with pytest.raises(ValidationError) as refused:
        make_enquiry("Journées", starts=starts, ends=ends, other_dates=others, **w.by)
    assert field in refused.value.message_dict
    assert not Enquiry.objects.exists()


def test_needs_are_counted_from_the_first_day(w, asked):
    wants = [Want("ROOM", "DOUBLE", -1, 80), Want("MEAL", "Déjeuner", 0, 300), Want("MEETING", "Plénière", 0, 300)]
    set_needs(asked, wants, **w.by)
    set_needs(asked, wants, **w.by)
    assert next((row.day, row.label, row.count) for row in asked.wanted.all()) == (-1, "double", 80)
    assert Trace.objects.filter(verb="enquiry.needs").count() == 1
    with pytest.raises(ValidationError):
        set_needs(asked, [Want("ROOM", "DOUBLE", 99, 1)], **w.by)
    assert asked.wanted.count() == 3


def test_an_option_of_a_hotel_ends_before_the_event(w, asked):
    hotel = made.supplier("HOT", "HOTEL")
    option = put_option(asked, hotel, until=STARTS - WEEK, rooms=40, **w.by)
    assert put_option(asked, hotel, until=STARTS - WEEK * 2, rooms=40, **w.by).pk == option.pk
    with pytest.raises(Refused, match="begins"):
        put_option(asked, hotel, until=ENDS, **w.by)
    assert list(Enquiry.objects.to_follow(NOW.date(), options_until=STARTS)) == [asked]
    drop_option(option, **w.by)
    drop_option(option, **w.by)
    assert not Enquiry.objects.to_follow(NOW.date(), options_until=STARTS).exists()


def test_a_budget_counts_by_its_chance(w, asked):
    assert (asked.chance, asked.weighted) == (20, Decimal("200.00"))
    move_enquiry(asked, "PROPOSED", **w.by)
    asked.refresh_from_db()
    assert asked.weighted == Decimal("600.00")
    edit_enquiry(asked, probability=75, **w.by)
    asked.refresh_from_db()
    assert asked.weighted == Decimal("750.00")
    close_enquiry(asked, won=False, why="non", **w.by)
    asked.refresh_from_db()
    assert asked.weighted == Decimal("0.00")


def test_it_is_moved_closed_with_a_reason_and_opened_again(w, asked):
    reason = EnquiryReason.objects.filter(outcome="LOST").first() or make_reason("LOST", {"fr": "Dates prises"}, **w.by)
    assert move_enquiry(asked, "QUALIFIED", **w.by)
    assert not move_enquiry(asked, "QUALIFIED", **w.by)
    with pytest.raises(Refused):
        move_enquiry(asked, "WON", **w.by)
    with pytest.raises(Refused, match="no reason"):
        close_enquiry(asked, won=True, reason=reason, **w.by)
    close_enquiry(asked, won=False, reason=reason, why="le 7 avril", **w.by)
    asked.refresh_from_db()
    assert asked.because == f"{reason}: le 7 avril"
    with pytest.raises(Refused):
        move_enquiry(asked, "NEW", **w.by)
    drop_reason(reason, **w.by)
    reopen_enquiry(asked, **w.by)
    asked.refresh_from_db()
    assert (asked.state, asked.reason, asked.closed_at) == ("QUALIFIED", None, None)


def test_a_note_stands_in_its_history(w, asked):
    note_enquiry(asked, "Mme Arnaud rappelle mardi", **w.by)
    assert Trace.objects.get(verb="enquiry.note").reason == "Mme Arnaud rappelle mardi"
    for words in ("", "\x00", "x" * 501):
        with pytest.raises(Refused):
            note_enquiry(asked, words, **w.by)


def test_clients_who_look_alike_are_found_and_never_merged_alone(w, asked):
    same_mail = Client.objects.create(kind="PERSON", last_name="Autre", email="S@example.org")
    same_phone = Client.objects.create(kind="COMPANY", company="Alpha", phone="0477001122")
    same_name = Client.objects.create(kind="COMPANY", company="SOCIETE  SAVANTE de Lyon")
    Client.objects.create(kind="COMPANY", company="Tout autre")
    assert {client.pk for client in alike(asked)} == {same_mail.pk, same_phone.pk, same_name.pk}
    with pytest.raises(LooksAlike):
        congress_from(asked, "j2027", **w.by)
    asked.refresh_from_db()
    assert asked.organiser is None
    congress = congress_from(asked, "j2027", organiser=same_name, **w.by)
    assert congress.organiser == same_name
    assert Client.objects.count() == 4 + Client.objects.filter(congresses=w.congress).count()


def test_a_new_client_is_made_where_somebody_says_so(w, asked):
    Client.objects.create(kind="PERSON", last_name="Autre", email="s@example.org")
    congress = congress_from(asked, "j2027", is_new=True, **w.by)
    assert congress.organiser.company == "Société savante"


def test_everything_is_carried_over_to_the_congress(w, asked):
    set_needs(asked, [Want("MEAL", "Déjeuner", 0, 300)], **w.by)
    congress = congress_from(asked, "j2027", starts=STARTS + WEEK, ends=ENDS + WEEK, **w.by)
    asked.refresh_from_db()
    assert (congress.starts, congress.enquiry, asked.state) == (STARTS + WEEK, asked, "PROPOSED")
    assert "meals" in congress.steps.values_list("code", flat=True)


def test_only_who_follows_enquiries_may(w, asked):
    for act in (
        lambda by: make_enquiry("x", by=by, at=NOW),
        lambda by: move_enquiry(asked, "WON", by=by, at=NOW),
        lambda by: set_needs(asked, [], by=by, at=NOW),
        lambda by: note_enquiry(asked, "x", by=by, at=NOW),
        lambda by: make_reason("WON", {"fr": "x"}, by=by, at=NOW),
    ):
        with pytest.raises(NotAllowed):
            act(w.outsider)
