"""Lists: who sleeps, eats and goes; what changed since the last sending; sent once per slot, whatever the clocks do."""

from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pikepdf
import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from pleniere.accounts import links
from pleniere.accounts.models import Link, subject_of
from pleniere.accounts.rights import SYSTEM, NotAllowed
from pleniere.booking.actions import PersonFacts, cancel_lines, change_line, rename_person, take_offer
from pleniere.booking.models import Line, Person
from pleniere.booking.tests.world import leaflet_booking, make_cart, order, rate_of, seminar
from pleniere.catalogue.models import Contact
from pleniere.congress.models import Congress
from pleniere.lists.actions import (
    edit_list,
    last_due,
    make_list,
    make_usual_lists,
    preview,
    send_list,
    slot_of,
    subscribe,
    unsubscribe,
)
from pleniere.lists.models import ListDefinition, ListRun
from pleniere.lists.queries import columns, file_of, sheet, sheet_of_run
from pleniere.lists.tasks import send_due
from pleniere.messaging.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db):
    w = seminar(rooms=60)
    Congress.objects.filter(pk=w.congress.pk).update(option_cap_email=100)
    return w


def by(world):
    return {"by": world.agent, "at": world.now}


def rooming(world, **facts):
    return make_list(world.congress, kind="ROOMING", name="Adagio", supplier=world.hotel, **by(world), **facts)


def stay(world, *people, arrival=None, departure=None, quantity=1, heads=None):
    """A placed booking of one room (or several under the first's name)."""
    booking, persons = make_cart(world, *people)
    span = {"start": arrival or world.arrival, "end": departure or world.departure}
    take_offer(booking, world.room, world.room_rate, persons=persons, by=SYSTEM, at=world.now, **span)
    order(world, booking)
    Line.objects.filter(booking=booking).update(quantity=quantity, heads=heads or len(persons))
    return booking


def shown(made):
    return [(row.who, row.rooms, row.persons, row.nights, row.change) for row in made.rows]


def test_the_rooming_list_of_the_leaflet(world):
    booking = leaflet_booking(world)
    made = sheet(rooming(world), at=world.now)
    row = made.rows[0]
    assert (row.name, row.booking, row.arrival, row.departure) == ("Ingénie Test", booking.number, world.arrival, world.departure)
    assert (row.rooms, row.persons, row.nights) == (1, 1, 2) and made.title == "Adagio\u00a0: 1 chambre"
    assert made.totals == {"rooms": 1, "persons": 1, "nights": 2, "quantity": 0}
    assert [(t.label, list(t.rooms.values())) for t in made.types] == [("double", [1, 1])]


def test_nr_unnamed_when_the_rooming_list_leaves(world):
    booking = stay(world, PersonFacts(is_unnamed=True, institution="OT de Nantes"))
    definition = rooming(world)
    send_list(definition, slot="a", **by(world))
    assert ListRun.objects.get().rows[0]["name"] == "NR OT de Nantes"
    person = booking.persons.get()
    rename_person(booking, person, first_name="Anne", last_name="Le Goff", is_unnamed=False, **by(world))
    made = sheet(definition, at=world.now)
    assert shown(made) == [("Le Goff Anne", 1, 1, 2, "AMENDED")] and "NR OT de Nantes" in made.rows[0].was


def test_three_rooms_under_one_name(world):
    stay(world, PersonFacts(first_name="Jean", last_name="Dupont"), quantity=3, heads=2)
    made = sheet(rooming(world), at=world.now)
    assert shown(made) == [("Dupont Jean", 3, 6, 6, "")] and made.count == 3


def test_who_shares_a_room_stands_beside(world):
    stay(world, PersonFacts(first_name="Claire", last_name="Fournier"), PersonFacts(first_name="Hugo", last_name="Fournier"))
    assert shown(sheet(rooming(world), at=world.now)) == [("Fournier Claire, Fournier Hugo", 1, 2, 2, "")]


def test_the_clocks_change_on_28_march_and_shift_neither_nights_nor_the_weekly_slots(world):
    Congress.objects.filter(pk=world.congress.pk).update(starts=date(2027, 3, 27))
    booking = leaflet_booking(world)
    Line.objects.filter(booking=booking).update(start=date(2027, 3, 27), end=date(2027, 3, 29))
    assert sheet(rooming(world), at=world.now).rows[0].nights == 2
    definition = ListDefinition.objects.get()
    monday = subscribe(definition, to="h@example.org", weekday=0, **by(world))
    sunday = subscribe(definition, to="s@example.org", weekday=6, **by(world))
    winter, summer = datetime(2027, 3, 22, 7, tzinfo=UTC), datetime(2027, 3, 29, 6, tzinfo=UTC)  # 08:00 in Paris, both
    second = timedelta(seconds=1)
    assert last_due(monday, at=winter) == winter and last_due(monday, at=summer) == summer
    assert last_due(monday, at=winter - second) == winter - timedelta(days=7) - timedelta(0)
    assert last_due(monday, at=summer - second) == winter
    assert last_due(sunday, at=summer) == datetime(2027, 3, 28, 6, tzinfo=UTC)
    assert [slot_of(last_due(monday, at=at)) for at in (winter, summer)] == ["2027-W12-1", "2027-W13-1"]


def test_a_weekly_list_leaves_once_per_slot_and_a_server_that_was_off_catches_up_once(world):
    leaflet_booking(world)
    definition = rooming(world)
    subscribe(definition, to="h@example.org", weekday=0, **by(world))
    assert send_due(world.now + timedelta(hours=1)) == 0  # the slot of this morning came before it was asked
    monday = datetime(2027, 3, 8, 7, tzinfo=UTC)
    assert send_due(monday - timedelta(seconds=1)) == 0
    assert [send_due(monday), send_due(monday), send_due(monday + timedelta(days=2))] == [1, 0, 0]
    assert send_due(datetime(2027, 3, 24, 12, tzinfo=UTC)) == 1  # two Mondays missed: one list
    assert Message.objects.filter(template="lists/list").count() == 2
    assert send_due(datetime(2027, 5, 3, 12, tzinfo=UTC)) == 0  # the congress is over


def test_cancelled_is_struck_and_re_dated_is_amended_since_the_last_sending(world):
    gone, moved = leaflet_booking(world), stay(world, PersonFacts(first_name="Maëlle", last_name="Kervella"))
    definition = rooming(world)
    assert not sheet(definition, at=world.now).has_changes
    send_list(definition, slot="a", **by(world))
    cancel_lines(gone, [gone.lines.get(offer=world.room).pk], fees={}, **by(world))
    change_line(moved, moved.lines.get(), end=world.departure + timedelta(days=1), **by(world))
    stay(world, PersonFacts(first_name="Łukasz", last_name="Wójcik"))
    made = sheet(definition, at=world.now)
    assert [(row.name, row.change) for row in made.rows] == [
        ("Ingénie Test", "CANCELLED"),
        ("Kervella Maëlle", "AMENDED"),
        ("Wójcik Łukasz", "NEW"),
    ]
    assert made.totals["rooms"] == 2 and made.totals["nights"] == 5
    run = send_list(definition, slot="b", **by(world))
    assert send_list(definition, slot="b", **by(world)) == run and ListRun.objects.count() == 2
    assert [(row.name, row.change) for row in sheet_of_run(run).rows] == [(row.name, row.change) for row in made.rows]
    assert not sheet(definition, at=world.now).has_changes


def test_limited_to_a_range_of_stay_dates(world):
    stay(world, departure=world.arrival + timedelta(days=1))
    second = world.arrival + timedelta(days=1)
    assert sheet(rooming(world, night_from=second), at=world.now).rows == []
    assert len(sheet(rooming(world, night_until=world.arrival), at=world.now).rows) == 1
    with pytest.raises(ValidationError):
        rooming(world, night_from=second, night_until=world.arrival)


def test_the_list_of_a_meal_and_the_organisers_with_their_counts(world):
    for _each in range(2):
        leaflet_booking(world)
    lunch = make_list(world.congress, kind="SERVICE", name="Déjeuner", offer=world.lunch, **by(world))
    made = sheet(lunch, at=world.now)
    assert made.title == "Déjeuner\u00a0: 2 places" and [row.quantity for row in made.rows] == [1, 1]
    organiser = make_list(world.congress, kind="ORGANISER", name="Tous", for_organiser=True, **by(world))
    assert len(sheet(organiser, at=world.now).rows) == 16


def test_companions_activities_hold_companions_alone(world):
    people = (PersonFacts(first_name="Claire", last_name="Fournier"), PersonFacts(first_name="Hugo", last_name="Fournier"))
    booking, (claire, hugo) = make_cart(world, *people)
    Person.objects.filter(pk=hugo.pk).update(companion_of=claire)
    visit = world.free["VISITMAM"]
    facts = {"start": visit.starts, "end": visit.ends, "by": SYSTEM, "at": world.now}
    for person in (claire, hugo):
        take_offer(booking, visit, rate_of(visit), persons=[person], **facts)
    order(world, booking)
    definition = make_list(world.congress, kind="COMPANIONS", name="Accompagnants", **by(world))
    assert [row.name for row in sheet(definition, at=world.now).rows] == ["Fournier Hugo"]


def test_no_price_ever_and_the_phone_only_if_granted(world):
    leaflet_booking(world)
    Person.objects.update(phone="+33612345678")
    definition = rooming(world)
    for format in ("csv", "xlsx", "pdf"):
        assert b"61234" not in file_of(sheet(definition, at=world.now), format, "fr")
    csv = file_of(sheet(definition, at=world.now), "csv", "fr").decode()
    assert "105" not in csv and "211" not in csv
    edit_list(definition, shows_phone=True, **by(world))
    definition.refresh_from_db()
    assert "+33612345678" in file_of(sheet(definition, at=world.now), "csv", "fr").decode()
    send_list(definition, slot="a", **by(world))
    assert "612345678" not in str(ListRun.objects.get().rows)  # kept runs hold no phone


def test_each_form_says_the_same_and_a_formula_stays_text(world):
    stay(world, PersonFacts(first_name="x", last_name="=1+1"))
    made = sheet(rooming(world), at=world.now)
    with pikepdf.open(BytesIO(file_of(made, "pdf", "fr"))) as document:
        assert "Adagio" in str(document.docinfo["/Title"])
    cells = CalamineWorkbook.from_filelike(BytesIO(file_of(made, "xlsx", "en"))).get_sheet_by_index(0).to_python()
    assert any("=1+1 x" in row for row in cells) and any("Persons" in row for row in cells)
    assert "'=1+1 x" in file_of(made, "csv", "fr").decode()
    assert [str(column.title) for column in columns(made)][:3] == ["Personnes", "Dossier", "Chambre"]


def test_sent_by_hand_with_preview_files_and_a_link_that_no_get_counts(world):
    leaflet_booking(world)
    definition = rooming(world)
    subscribe(definition, to="Reception@Hotel.example.org", language="en", **by(world))
    assert "Adagio" in preview(definition, at=world.now).subject and not Link.objects.filter(purpose="LIST").exists()
    run = send_list(definition, slot="a", **by(world))
    mail, link = Message.objects.get(template="lists/list"), Link.objects.get(purpose="LIST")
    assert mail.to == link.holder == "reception@hotel.example.org" and links.url(link) in mail.text
    assert sorted(a.name.rpartition(".")[2] for a in mail.attachments.all()) == ["pdf", "xlsx"]
    assert link.subject == subject_of(run) and ListRun.objects.visible_to(link).get() == run and not link.openings
    subscription = definition.subscriptions.get()
    assert unsubscribe(subscription, **by(world)) and not unsubscribe(subscription, **by(world))
    assert not Link.objects.get(pk=link.pk).is_live(world.now)
    send_list(definition, slot="b", **by(world))
    assert Message.objects.filter(template="lists/list").count() == 1


def test_the_usual_lists_are_made_once(world):
    leaflet_booking(world)
    made = make_usual_lists(world.congress, **by(world))
    kinds = [definition.kind for definition in made]
    assert (kinds.count("ROOMING"), kinds.count("ORGANISER"), kinds.count("COMPANIONS"), kinds.count("SERVICE")) == (1, 1, 1, 7)
    assert make_usual_lists(world.congress, **by(world)) == []


def test_the_usual_lists_go_to_the_reception_else_the_sales_by_hand(world):
    leaflet_booking(world)
    for supplier, role, email in (
        (world.hotel, "SALES", "sales@hotel.example.org"),
        (world.hotel, "RECEPTION", "desk@hotel.example.org"),
        (world.atout, "SALES", "sales@atout.example.org"),
    ):
        Contact.objects.create(supplier=supplier, role=role, email=email)
    for made in make_usual_lists(world.congress, **by(world)):
        to = {"ROOMING": ["desk@hotel.example.org"], "SERVICE": ["sales@atout.example.org"]}.get(made.kind, [])
        if made.supplier in (world.hotel, world.atout, None):
            assert list(made.subscriptions.values_list("to", "weekday")) == [(email, None) for email in to]
    assert not Message.objects.filter(template="lists/list").exists()


def test_who_may(world):
    with pytest.raises(NotAllowed):
        make_list(world.congress, kind="COMPANIONS", name="x", by=world.accountant, at=world.now)
    definition = rooming(world)
    with pytest.raises(NotAllowed):
        send_list(definition, slot="a", by=world.outsider, at=world.now)
    assert not ListDefinition.objects.visible_to(world.outsider).exists()


def test_the_count_of_queries_does_not_grow(world):
    definition = rooming(world)

    def count():
        with CaptureQueriesContext(connection) as queries:
            assert sheet(definition, at=world.now).rows
        return len(queries)

    for _each in range(2):
        leaflet_booking(world)
    few = count()
    for _each in range(18):
        leaflet_booking(world)
    assert count() == few <= 4
