"""The bank's file: valid against the ISO schema, in the bank's characters; and what the pre-flight finds."""

from datetime import date, datetime, timedelta
from decimal import Decimal as D
from pathlib import Path

import pytest
import sepaxml
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from pleniere.payout import sepa
from pleniere.payout.actions import CannotMake, approve, make_file
from pleniere.payout.models import Payout
from pleniere.payout.preflight import check

from .world import TODAY, paid_booking, paid_seminar, prepare

SCHEMAS = Path(sepaxml.__file__).parent / "schemas"
DEBTOR = sepa.Debtor(
    "Saint-Étienne Congrès & Événements",
    "FR76 3000 6000 0112 3456 7890 189",
    "AGRIFRPPXXX",
    sepa.Place("16 avenue de la Libération", "42000", "Saint-Étienne", "FR"),
    "999 999 998 00019",
)
FACTS = {"message_id": "PL270301-1", "on": date(2027, 3, 2), "made": datetime(2027, 3, 1, 11)}


def a_transfer(**facts):
    known = {"end_to_end": "PL-1", "amount": D("194.58"), "name": "Hôtel Ténor", "iban": "FR1420041010050500013M02606"}
    return sepa.Transfer(**known | facts)


def valid(content, version=sepa.V09):
    schema = etree.XMLSchema(etree.parse(str(SCHEMAS / f"{version}.xsd")))
    document = etree.fromstring(content)
    schema.assertValid(document)
    return document


def texts(document, tag):
    return [element.text for element in document.iter(f"{{*}}{tag}")]


@pytest.mark.parametrize("version", [sepa.V09, sepa.V03])
def test_a_file_is_valid_by_the_schema_and_sums_up(version):
    transfers = [a_transfer(words="CTV2027, œuvre n° 1"), a_transfer(end_to_end="PL-2", amount=D("0.05"), bic="PSSTFRPPXXX")]
    document = valid(sepa.build(DEBTOR, transfers, version=version, **FACTS), version)
    assert texts(document, "CtrlSum") == ["194.63"] * 2 and texts(document, "NbOfTxs") == ["2"] * 2
    assert texts(document, "Nm")[0] == "Saint-Etienne Congres + Evenements"
    assert texts(document, "Ustrd") == ["CTV2027, oeuvre no 1"] and not texts(document, "AdrLine")


def test_no_element_bears_a_prefix_for_portals_read_the_plain_form():
    content = sepa.build(DEBTOR, [a_transfer()], **FACTS).decode()
    assert '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09">' in content
    assert "ns0:" not in content and content.count("xmlns") == 1 and "<CdtTrfTxInf>" in content


def test_without_a_bic_or_a_town_the_file_says_so_as_banks_want_it():
    debtor = sepa.Debtor("Bureau", DEBTOR.iban)
    document = valid(sepa.build(debtor, [a_transfer(place=sepa.Place(street="1 rue Haute", country="FR"))], **FACTS))
    assert "NOTPROVIDED" in texts(document, "Id") and not texts(document, "StrtNm")


def test_the_same_arguments_give_the_same_bytes():
    assert sepa.build(DEBTOR, [a_transfer()], **FACTS) == sepa.build(DEBTOR, [a_transfer()], **FACTS)


@given(st.text(max_size=300))
def test_whatever_was_typed_comes_out_in_the_banks_characters(text):
    out = sepa.plain(text, 70)
    assert len(out) <= 70 and not sepa.REFUSED.search(out) and out == out.strip()
    assert "//" not in sepa.reference(text) and not sepa.reference(text).startswith("/")


def test_characters_are_spelled_as_the_trade_does():
    assert sepa.plain("Hôtel “L’Œuvre” & Fils_2 @ 5 % – 3 €", 140) == "Hotel 'L'OEuvre' + Fils-2 (at) 5 pct - 3 EUR"
    assert sepa.loses("فندق Ténor") and not sepa.loses("Hôtel Œuvre")


@pytest.fixture
def world(db):
    return paid_seminar(rooms=60)


def approved(world):
    payouts = prepare(world).payouts
    for payout in payouts:
        approve(payout, by=world.lead, at=world.now)
    return Payout.objects.filter(pk__in=[p.pk for p in payouts]).select_related("supplier", "congress").order_by("pk")


def words(world, payouts, on=TODAY):
    return [(p.what, p.stops) for p in check(payouts, world.house.bank_accounts.first(), on=on, today=TODAY)]


def test_the_file_of_the_leaflet_is_valid_and_kept_as_it_was_made(world):
    paid_booking(world)
    payouts = approved(world)
    file = make_file(world.congress, [p.pk for p in payouts], on=TODAY, by=world.accountant, at=world.now)
    document = valid(bytes(file.content))
    assert file.total == D("279.58") and texts(document, "EndToEndId") == [p.end_to_end for p in payouts]
    assert texts(document, "MsgId") == [file.message_id] and texts(document, "IBAN")[0] == "FR7630006000011234567890189"
    assert {p.state for p in payouts.all()} == {"FILED"}


def test_a_clean_file_has_no_problem(world):
    paid_booking(world)
    assert words(world, approved(world)) == []


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"iban": "FR1420041010050500013M02600"}, "IBAN"),
        ({"bic": "NOPE"}, "BIC"),
        ({"holder": ""}, "titulaire"),
        ({"holder": "酒店"}, "nom"),
        ({"holder": "€" * 30}, "70"),
        ({"amount": D("0.00")}, "rien"),
        ({"amount": D("1000000000.00")}, "virement"),
    ],
)
def test_each_problem_is_named_and_stops_the_file(world, facts, said):
    paid_booking(world)
    payouts = approved(world)
    Payout.objects.filter(pk=payouts[0].pk).update(**facts)
    found = check(payouts.all(), world.house.bank_accounts.first(), on=TODAY, today=TODAY)
    stopping = [problem for problem in found if problem.stops]
    assert stopping and all(problem.cure for problem in stopping)
    assert any(said in problem.what for problem in stopping), stopping
    if "amount" not in facts:
        with pytest.raises(CannotMake):
            make_file(world.congress, [p.pk for p in payouts], on=TODAY, by=world.accountant, at=world.now)


def test_the_house_the_day_and_a_file_of_one_are_looked_at(world):
    paid_booking(world)
    payouts = approved(world)
    assert check(payouts, None, on=TODAY, today=TODAY)[0].stops
    assert check(payouts, world.house.bank_accounts.first(), on=TODAY - timedelta(days=1), today=TODAY)[0].stops
    assert check(payouts, world.house.bank_accounts.first(), on=date(9999, 1, 1), today=TODAY)[0].stops
    sunday = check(payouts, world.house.bank_accounts.first(), on=date(2027, 3, 7), today=TODAY)
    assert [problem.stops for problem in sunday] == [False]
    assert [problem.stops for problem in check(payouts[:1], world.house.bank_accounts.first(), on=TODAY, today=TODAY)] == [False]
    assert check([], world.house.bank_accounts.first(), on=TODAY, today=TODAY)[0].stops
