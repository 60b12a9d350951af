"""Names pasted from a spreadsheet: understood by headings or by order, refused by cell, written once."""

import time

import pytest
from django.utils import translation

from pleniere.accounts.rights import NotAllowed
from pleniere.booking.actions import Attendee, Outdated, set_attendees
from pleniere.booking.models import Change, Person
from pleniere.booking.pasted import read_attendees

from .world import leaflet_booking, seminar

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def names(text):
    found, wrong = read_attendees(text)
    return [(each.last_name, each.first_name, each.email) for each in found], [(each.cell, each.words) for each in wrong]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Durand\tAnne\ta@x.fr\r\nMoreau\tPaul", [("Durand", "Anne", "a@x.fr"), ("Moreau", "Paul", "")]),
        ("Prénom;Nom;Courriel\nAnne;Durand;a@x.fr", [("Durand", "Anne", "a@x.fr")]),
        ("E-mail,First name,Last name\na@x.fr,Anne,Durand", [("Durand", "Anne", "a@x.fr")]),
        (
            "Anne DURAND\nJean-Paul DE LA TOUR\nMarie Petit",
            [("DURAND", "Anne", ""), ("DE LA TOUR", "Jean-Paul", ""), ("Petit", "Marie", "")],
        ),
        ('"Durand";"Anne"\n\n;;\nMoreau;Paul', [("Durand", "Anne", ""), ("Moreau", "Paul", "")]),
        ("Nom\tMatricule\tPrénom\nDurand\t0042\tAnne", [("Durand", "Anne", "")]),
    ],
)
def test_columns_are_known_by_their_headings_or_their_order(text, found):
    assert names(text) == (found, [])


@pytest.mark.parametrize(
    ("text", "cell", "words"),
    [
        ("Durand\tAnne\ta@x.fr\nMoreau\tPaul\tpas une adresse", "C2", "not an e-mail"),
        ("Nom;Prénom\n;Anne", "A2", "missing"),
        ("x" * 81, "A1", "80 characters"),
        ("Du\x00rand", "A1", "characters"),
        ("", "A1", "Nobody"),
        ("\n".join(f"N{n}" for n in range(1_001)), "A1001", "1000 persons"),
    ],
)
def test_what_is_wrong_is_said_by_cell(text, cell, words):
    _found, wrong = names(text)
    assert wrong[0][0] == cell
    assert words in wrong[0][1]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ('Un\tA\n"Deux\tB\nTrois\tC\nQuatre\tD', 2),  # never closed: three persons are not one
        ('"Un" Deux\tA', 1),
        ("Un\tA\nDeux\tB\n" + "x" * 140_000 + "\tC\nQuatre\tD", 3),  # more than a cell may hold
    ],
)
def test_nobody_is_lost_where_a_cell_has_no_end(text, row):
    found, wrong = read_attendees(text)
    assert (found, [each.row for each in wrong]) == ([], [row])


def test_a_cell_of_a_hundred_thousand_characters_is_refused_at_once():
    begun = time.process_time()
    found, wrong = read_attendees(" ".join(f"A{n}" for n in range(17_000)) + " b")
    assert (found, len(wrong)) == ([], 1) and time.process_time() - begun < 1


def test_a_list_pasted_again_changes_nothing_and_homonyms_stay_two():
    w = seminar()
    booking = leaflet_booking(w)
    booking.persons.all().filter(lines=None).delete()
    others = [Attendee(p.last_name, p.first_name, p.email) for p in booking.persons.all()]
    people = [*others, Attendee("Martin", "Jean"), Attendee("Martin", "Jean"), Attendee("Roux", "Zoé", "z@x.fr")]
    set_attendees(booking, people, by=w.agent, at=w.now)
    pks = set(booking.persons.values_list("pk", flat=True))
    set_attendees(booking, people, by=w.agent, at=w.now)
    assert set(booking.persons.values_list("pk", flat=True)) == pks
    assert booking.persons.filter(last_name="Martin").count() == 2
    assert Change.objects.filter(booking=booking, verb="people.listed").count() == 1
    set_attendees(booking, people[:-2], by=w.agent, at=w.now)
    assert Person.objects.filter(booking=booking, last_name="Martin").count() == 1


def test_only_who_edits_bookings_may_and_an_old_page_is_told():
    w = seminar()
    booking = leaflet_booking(w)
    with pytest.raises(NotAllowed):
        set_attendees(booking, [Attendee("X")], by=w.outsider, at=w.now)
    with pytest.raises(Outdated):
        set_attendees(booking, [Attendee("X")], seen=0, by=w.agent, at=w.now)
