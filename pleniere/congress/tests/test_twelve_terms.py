"""Twelve real conditions of hotels, housing bureaus and congresses, written as clauses by a congress's file, and read on dated examples."""

from datetime import UTC, date, datetime
from decimal import Decimal as D
from zoneinfo import ZoneInfo

import pytest
import yaml
from django.utils.translation import override

from pleniere.accounts.rights import SYSTEM
from pleniere.catalogue.clauses import Sums, When, coming, holding, how_many, how_much
from pleniere.common.tests.shared import shared
from pleniere.congress.actions import Refused
from pleniere.congress.file import BadFile, load
from pleniere.congress.models import Congress

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
USUAL = When(date(2027, 1, 4), date(2027, 6, 10), date(2027, 6, 13), PARIS)
STAY = Sums(D("300"), night=D("110"), deposit=D("90"), rooms=1, nights=3, persons=2)


def keep(percent=None, days=None, on=None, **facts):
    start = "DATE" if on else "ORDER" if days is None else "START"
    said = {"verb": "KEEP", "start": start, "on": on, "days": -(days or 0), "percent": percent, **facts}
    return {name: value for name, value in said.items() if value is not None}


def shrink(percent, days=None, on=None, base="GRANTED"):
    return {**keep(percent, days, on), "verb": "SHRINK", "base": base}


def due(percent, start="ORDER", days=0, **facts):
    return {"verb": "DUE", "start": start, "days": days, "percent": percent, **facts}


# The figures are those of the twelve sources; a bound "from 29 to 15 days" begins on the 29th day before.
TERMS = {
    "europole-grenoble": [
        due(100), due(30, from_total=130), due(100, "END", from_total=130),
        keep(0), keep(50, 90), keep(70, 45), keep(80, 30), keep(100, 15),
        {"verb": "CONFIRM", "start": "START", "days": -30},
    ],
    "bw-chavannes": [
        keep(amount="100", per="BOOKING"), keep(50, 29), keep(100, 14),
        shrink(100), shrink(50, 29), shrink(10, 19), shrink(0, 9),
        {"verb": "CONFIRM", "start": "START", "hours": -48},
    ],
    "ics-housing-2015": [
        keep(25), keep(50, on="2015-04-02"), keep(100, on="2015-07-01"),
        shrink(10), shrink(5, on="2015-06-04", base="LEFT"), shrink(0, on="2015-07-30"),
    ],
    "ot-clermont-2014": [{"verb": "CONFIRM", "start": "DATE", "on": "2014-04-14"}],
    "corum-montpellier-2008": [{"verb": "RELEASE", "start": "DATE", "on": "2008-04-01", "percent": 100, "base": "UNSOLD"}],
    "imaa-liege-2016-groupe": [
        due(100, base="NIGHT"), due(100, "START", -30), {"verb": "LAPSE", "start": "START", "days": -30, "base": "UNPAID"},
        keep(10), keep(100, 44), shrink(20), shrink(0, 44),
    ],
    "ecnp-2024": [due(100), keep(0), keep(100, on="2024-07-05")],
    "oceans-2019-marseille": [due(100), keep(50), keep(100, on="2019-04-25")],
    "novatech-2023": [due(100), keep(0), keep(amount="100", on="2023-05-14")],
    "colloquium-2014": [
        due(100, days=15), {"verb": "LAPSE", "start": "ORDER", "days": 15, "base": "UNPAID"},
        {"verb": "RENAME", "amount": "50"}, {"verb": "CONFIRM", "start": "DATE", "on": "2014-01-09"},
        keep(amount="50"), keep(100, on="2014-01-03"),
    ],
    "les3lieux": [due(30), due(100, "END"), keep(0), keep(50, 10), keep(100, 0, hours=-24)],
    "assises-face-et-cou": [],
}  # fmt: skip
WHEN = {
    "ics-housing-2015": When(date(2015, 1, 5), date(2015, 10, 1), date(2015, 10, 4), PARIS),
    "ot-clermont-2014": When(date(2014, 1, 6), date(2014, 5, 14), date(2014, 5, 17), PARIS),
    "corum-montpellier-2008": When(date(2008, 1, 7), date(2008, 5, 5), date(2008, 5, 8), PARIS),
    "ecnp-2024": When(date(2024, 3, 4), date(2024, 9, 21), date(2024, 9, 24), PARIS),
    "oceans-2019-marseille": When(date(2019, 2, 4), date(2019, 6, 16), date(2019, 6, 19), PARIS),
    "novatech-2023": When(date(2023, 4, 17), date(2023, 7, 3), date(2023, 7, 6), PARIS),
    "colloquium-2014": When(date(2013, 12, 2), date(2014, 1, 27), date(2014, 1, 30), PARIS),
}
KEPT = [
    ("europole-grenoble", "2027-03-11 23:59", "0.00"),  # 91 days before
    ("europole-grenoble", "2027-03-12 00:00", "150.00"),
    ("europole-grenoble", "2027-04-25 23:59", "150.00"),
    ("europole-grenoble", "2027-04-26 00:00", "210.00"),  # 45 days: the bound that two of its rows share
    ("europole-grenoble", "2027-05-11 00:00", "240.00"),
    ("europole-grenoble", "2027-05-26 00:00", "300.00"),
    ("europole-grenoble", "2027-06-10 20:00", "300.00"),  # who does not come
    ("bw-chavannes", "2027-05-11 12:00", "100.00"),  # 30 days before
    ("bw-chavannes", "2027-05-12 00:00", "150.00"),
    ("bw-chavannes", "2027-05-26 23:59", "150.00"),
    ("bw-chavannes", "2027-05-27 00:00", "300.00"),
    ("ics-housing-2015", "2015-04-01 23:59", "75.00"),
    ("ics-housing-2015", "2015-04-02 00:00", "150.00"),
    ("ics-housing-2015", "2015-06-30 23:59", "150.00"),
    ("ics-housing-2015", "2015-07-01 00:00", "300.00"),
    ("imaa-liege-2016-groupe", "2027-04-26 12:00", "30.00"),
    ("imaa-liege-2016-groupe", "2027-04-27 00:00", "300.00"),
    ("ecnp-2024", "2024-07-04 23:59", "0.00"),
    ("ecnp-2024", "2024-07-05 00:00", "300.00"),
    ("oceans-2019-marseille", "2019-04-24 23:59", "150.00"),
    ("oceans-2019-marseille", "2019-04-25 00:00", "300.00"),
    ("novatech-2023", "2023-05-13 23:59", "0.00"),  # the day that stands in both rows is the client's
    ("novatech-2023", "2023-05-14 00:00", "100.00"),
    ("novatech-2023", "2023-06-13 12:00", "100.00"),
    ("colloquium-2014", "2014-01-02 23:59", "50.00"),
    ("colloquium-2014", "2014-01-03 00:00", "300.00"),
    ("les3lieux", "2027-05-30 23:59", "0.00"),
    ("les3lieux", "2027-05-31 00:00", "150.00"),
    ("les3lieux", "2027-06-08 12:00", "150.00"),  # between 48 and 24 hours its source says nothing: the last begun holds
    ("les3lieux", "2027-06-08 23:59", "150.00"),
    ("les3lieux", "2027-06-09 00:00", "300.00"),
]
FREE = [  # of 200 room nights granted, 160 left
    ("bw-chavannes", "2027-05-11 12:00", 160),  # all of it, but no more than is left
    ("bw-chavannes", "2027-05-12 00:00", 100),
    ("bw-chavannes", "2027-05-22 00:00", 20),
    ("bw-chavannes", "2027-06-01 00:00", 0),
    ("ics-housing-2015", "2015-06-03 23:59", 20),
    ("ics-housing-2015", "2015-06-04 00:00", 8),  # 5 % of those left
    ("ics-housing-2015", "2015-07-30 00:00", 0),
    ("imaa-liege-2016-groupe", "2027-04-26 12:00", 40),
    ("imaa-liege-2016-groupe", "2027-04-27 00:00", 0),
]
DUES = [
    ("europole-grenoble", "129.99", [("2027-01-04", "129.99")]),
    ("europole-grenoble", "300", [("2027-01-04", "90.00"), ("2027-06-13", "300.00")]),
    ("imaa-liege-2016-groupe", "300", [("2027-01-04", "110.00"), ("2027-05-11", "300.00")]),
    ("ecnp-2024", "300", [("2024-03-04", "300.00")]),
    ("oceans-2019-marseille", "300", [("2019-02-04", "300.00")]),
    ("colloquium-2014", "300", [("2013-12-17", "300.00")]),
    ("les3lieux", "300", [("2027-01-04", "90.00"), ("2027-06-13", "300.00")]),
]
ONCE = [
    ("europole-grenoble", "CONFIRM", "2027-05-11 00:00"),
    ("bw-chavannes", "CONFIRM", "2027-06-08 00:00"),
    ("ot-clermont-2014", "CONFIRM", "2014-04-14 00:00"),
    ("corum-montpellier-2008", "RELEASE", "2008-04-01 00:00"),
    ("imaa-liege-2016-groupe", "LAPSE", "2027-05-11 00:00"),
    ("colloquium-2014", "LAPSE", "2013-12-17 00:00"),
    ("colloquium-2014", "CONFIRM", "2014-01-09 00:00"),
]


def moment(words):
    return datetime.strptime(words, "%Y-%m-%d %H:%M").replace(tzinfo=PARIS)


def written(name):
    """As a congress's file says them, read back from the database."""
    data = {"congress": "c", "starts": "2027-06-10", "ends": "2027-06-13", "currency": "EUR", "title": {"fr": "C"}}
    load({**data, "terms": {"name": name, "clauses": TERMS[name]}}, by=SYSTEM, at=NOW)
    congress = Congress.objects.get(code="c")
    return list(congress.terms.clauses.all()), WHEN.get(name, USUAL)


@pytest.mark.parametrize(("name", "at", "amount"), KEPT)
def test_what_is_kept_on_cancelling_that_minute(name, at, amount):
    clauses, when = written(name)
    assert how_much(holding(clauses, "KEEP", when, at=moment(at)), STAY) == D(amount)


@pytest.mark.parametrize(("name", "at", "rooms"), FREE)
def test_how_many_room_nights_may_go_back_free_that_minute(name, at, rooms):
    clauses, when = written(name)
    assert how_many(holding(clauses, "SHRINK", when, at=moment(at)), granted=200, left=160, unsold=60) == rooms


@pytest.mark.parametrize(("name", "whole", "dues"), DUES)
def test_what_falls_due_when(name, whole, dues):
    clauses, when = written(name)
    sums = Sums(D(whole), night=min(STAY.night, D(whole)))
    found = [(begins, how_much(clause, sums)) for begins, clause in coming(clauses, "DUE", when, whole=D(whole))]
    assert [(begins.date().isoformat(), f"{amount:.2f}") for begins, amount in found] == dues


@pytest.mark.parametrize(("name", "verb", "at"), ONCE)
def test_what_happens_once(name, verb, at):
    clauses, when = written(name)
    assert [begins for begins, _clause in coming(clauses, verb, when)] == [moment(at)]


def test_a_release_gives_back_what_nobody_has():
    clauses, when = written("corum-montpellier-2008")
    (_begins, clause) = coming(clauses, "RELEASE", when)[0]
    assert how_many(clause, granted=200, left=160, unsold=61) == 61


def test_a_name_is_changed_for_a_fee_then_no_longer():
    clauses, when = written("colloquium-2014")
    assert how_much(holding(clauses, "RENAME", when, at=moment("2014-01-08 23:59")), STAY) == 50
    assert holding(clauses, "CONFIRM", when, at=moment("2014-01-08 23:59")) is None
    assert holding(clauses, "CONFIRM", when, at=moment("2014-01-09 00:00")) is not None


def test_before_any_clause_begins_nothing_holds():
    clauses, when = written("europole-grenoble")
    assert holding(clauses, "KEEP", when, at=moment("2027-01-03 23:59")) is None
    assert holding([], "KEEP", when, at=moment("2027-01-04 00:00")) is None


def test_each_set_of_terms_is_told_in_words_and_loaded_twice_is_the_same():
    for name in TERMS:
        clauses, _when = written(name)
        again, _when = written(name)
        assert [clause.pk for clause in clauses] == [clause.pk for clause in again]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"verb": "AGIOS", "percent": 2}, "AGIOS"),  # 2 % a month of what is late
        ({"verb": "KEEP", "amount": "100", "currency": "CHF"}, "currency"),  # an amount is in the congress's currency
        ({"verb": "DUE", "percent": 100, "start": "MONTHLY"}, "MONTHLY"),  # "the sales, each first of the month"
        ({"verb": "DUE", "percent": 30, "base": "CLASS"}, "CLASS"),
        ({"verb": "SHRINK", "amount": "50", "base": "LEFT"}, "“"),  # rooms are given back, not euros
        ({"verb": "SHRINK", "percent": 20}, "“"),  # of which rooms?
        ({"verb": "KEEP", "percent": 20, "base": "GRANTED"}, "“"),
        ({"verb": "KEEP", "percent": 20, "per": "ROOM"}, "“"),
        ({"verb": "KEEP", "amount": "20", "per": "BADGE"}, "“"),
    ],
)
def test_what_the_grammar_does_not_say_is_refused_in_a_sentence(row, words):
    data = {"congress": "c", "starts": "2027-06-10", "ends": "2027-06-13", "currency": "EUR", "title": {"fr": "C"}}
    with override("en"), pytest.raises((BadFile, Refused)) as refused:
        load({**data, "terms": {"name": "c", "clauses": [row]}}, by=SYSTEM, at=NOW)
    assert words in str(refused.value) and not Congress.objects.exists()


SHARES = {"acompte_pct", "prepaiement_pct", "retenue_pct", "sans_frais_pct", "max_pct_des_nuits"}
SHARES |= {"sans_frais_pct_des_nuitees", "sans_frais_pct_des_nuitees_restantes"}


def figures(found, key=""):
    if isinstance(found, dict):
        return {each for name, value in found.items() for each in figures(value, name)}
    if isinstance(found, list):
        return {each for value in found for each in figures(value, key)}
    return {D(str(found))} if key in SHARES else set()


def test_every_share_of_the_sources_stands_in_the_clauses():
    conditions = yaml.safe_load(shared("data/congresses/block_conditions.yaml").read_text("utf-8"))["conditions"]
    assert {each["id"] for each in conditions} == set(TERMS)
    for each in conditions:
        ours = {D(str(clause["percent"])) for clause in TERMS[each["id"]] if "percent" in clause}
        assert figures(each) <= ours, each["id"]
