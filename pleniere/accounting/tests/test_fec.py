"""The FEC is what the tax office's program takes, and what an inspector finds nothing in."""

from datetime import UTC, date, datetime
from decimal import Decimal as D

import pytest

from pleniere.accounting import fec
from pleniere.accounting.checker import check
from pleniere.accounting.years import year_closing_in
from pleniere.accounts.rights import SYSTEM
from pleniere.common.tests.shared import shared
from pleniere.invoicing.actions import issue_commission_invoice, issue_invoices
from pleniere.invoicing.tests.world import NOW, billing_world, bought, firm_leaflet
from pleniere.ledger.actions import Posting, post
from pleniere.ledger.chart import BANK, CLIENTS, SALES
from pleniere.payment.actions import receive

HEAD = "\t".join(fec.COLUMNS)
ROW = "VE\tVentes\t1\t20270301\t411000\tClients\tP1\tX\tFA1\t20270301\tVente\t{}\t{}\t\t\t20270301\t\t"
NAME = "732829320FEC20271231.txt"


@pytest.fixture
def world(db):
    world = billing_world()
    world.bureau.siret = "73282932000074"
    world.bureau.save()
    return world


def rows_of(content):
    return [row.split("\t") for row in content.decode().split("\r\n")[:-1]]


def test_the_leaflets_year_passes_without_a_fault_or_a_warning(world):
    booking = firm_leaflet(world)
    issue_invoices(booking, by=SYSTEM, at=NOW)
    issue_invoices(bought(world, world.own, world.dinner, world.tour), by=SYSTEM, at=NOW)
    payer = booking.payers.get()
    receive(payer, kind="TRANSFER", amount=D("296.50"), on=NOW.date(), key="r", by=SYSTEM, at=NOW)
    issue_commission_invoice(world.hotel, world.congress, by=SYSTEM, at=NOW)
    year = year_closing_in(2027)
    content = fec.export(year)
    assert fec.file_name(year) == NAME
    report = check(NAME, content)
    assert (report.faults, report.warnings) == ([], [])
    rows = rows_of(content)
    assert rows[0] == fec.COLUMNS and all(len(row) == 18 for row in rows)
    clients = [row for row in rows if row[6] == f"P{payer.reference}"]
    assert {row[13] for row in clients} == {"A"} and {row[14] for row in clients} == {"20270301"}
    assert "16,92" in {cell for row in rows for cell in row}


def test_the_next_year_opens_with_the_balances_of_the_last(world):
    issue_invoices(bought(world, world.own), by=SYSTEM, at=NOW)
    at = datetime(2028, 2, 1, tzinfo=UTC)
    lines = [Posting(BANK, debit=D("5.00")), Posting(SALES, credit=D("5.00"))]
    post("n", journal="OD", date=at.date(), label="x", piece="x", piece_date=at.date(), lines=lines, by="x", at=at)
    year = year_closing_in(2028)
    content = fec.export(year)
    report = check(fec.file_name(year), content)
    assert (report.faults, report.warnings) == ([], [])
    opening = [(row[4], row[11], row[12]) for row in rows_of(content) if row[0] == "AN"]
    assert opening == [("411000", "24,00", "0,00"), ("445710", "0,00", "4,00"), ("120000", "0,00", "20,00")]
    assert [row[2] for row in rows_of(content)[1:]] == ["1", "1", "1", "2", "2"]


def test_no_text_can_break_a_record(world):
    lines = [
        Posting(BANK, debit=D("1234567.89")),
        Posting(CLIENTS, credit=D("1234567.89"), aux="P:1", aux_label="A|B\tC\u2028D =1+1 😀"),
    ]
    day = date(2027, 3, 1)
    post("n", journal="BQ", date=day, label="x|y\nz", piece="a b", piece_date=day, lines=lines, by="x", at=NOW)
    content = fec.export(year_closing_in(2027))
    report = check(NAME, content)
    assert (report.faults, report.warnings) == ([], [])
    assert "1234567,89" in content.decode() and "x/y z" in content.decode()


def test_without_a_siret_there_is_no_file(world):
    world.bureau.siret = ""
    world.bureau.save()
    with pytest.raises(fec.NoSiren):
        fec.file_name(year_closing_in(2027))


def test_the_example_of_the_trade_passes():
    path = shared("data/accounting/123456789FEC20261231.txt")
    report = check(path.name, path.read_bytes())
    assert report.faults == []
    assert [warning for warning in report.warnings if not warning.startswith("SIREN")] == []


GOOD = [ROW.format("60,00", "0,00"), ROW.format("0,00", "60,00")]


@pytest.mark.parametrize(
    ("name", "rows", "fault"),
    [
        ("fec.txt", GOOD, "is not SirenFECAAAAMMJJ"),
        (NAME, [ROW.format("60.00", "0,00"), GOOD[1]], "no amount with a comma"),
        (NAME, [ROW.format("1 060,00", "0,00"), GOOD[1]], "no amount with a comma"),
        (NAME, [GOOD[0], ""], "empty"),
        (NAME, [GOOD[0] + "\tx", GOOD[1]], "19 fields"),
        (NAME, [GOOD[0].replace("411000", ""), GOOD[1]], "CompteNum is empty"),
        (NAME, [GOOD[0].replace("Vente", "Ven|te"), GOOD[1]], "a | in a text"),
        (NAME, [GOOD[0].replace("FA1\t20270301", "FA1\t20270231"), GOOD[1]], "is no date"),
        (NAME, [GOOD[0]], "entry 1: debit 60.00, credit 0.00"),
        (NAME, [*GOOD, *[row.replace("\t1\t", "\t3\t") for row in GOOD]], "have a gap"),
        (NAME, [GOOD[0], GOOD[1].replace("\t1\t20270301", "\t1\t20270302")], "has two dates"),
        (
            NAME,
            [*GOOD, *[r.replace("\t1\t", "\t2\t").replace("\t20270301\t\t", "\t20270101\t\t") for r in GOOD]],
            "validated before",
        ),
        (NAME, [GOOD[0].replace("\t\t\t20270301\t\t", "\t\t20270301\t20270301\t\t"), GOOD[1]], "DateLet without"),
        (NAME, [], "empty file"),
    ],
)
def test_the_checker_sees(name, rows, fault):
    content = "".join(f"{row}\r\n" for row in [HEAD, *rows]).encode()
    assert any(fault in each for each in check(name, content).faults)
    assert not check(NAME, "".join(f"{row}\r\n" for row in [HEAD, *GOOD]).encode()).faults
