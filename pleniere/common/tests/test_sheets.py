"""One list of columns: screen, .xlsx, .csv and PDF say the same, and no cell is ever a formula."""

from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from pleniere.common.sheets import DATE, INT, MOMENT, MONEY, Column, export, to_csv, to_pdf, to_xlsx

COLUMNS = [
    Column("Nom", "name"),
    Column("Arrivée", "day", DATE),
    Column("Chambres", "rooms", INT, total=True),
    Column("Total", "total", MONEY, total=True),
]
ROWS = [
    {"name": "Aubert", "day": date(2027, 4, 7), "rooms": 2, "total": Decimal("211.50"), "gone": False},
    {"name": "Œuvre d’Étienne", "day": None, "rooms": 1, "total": Decimal("-25.00"), "gone": False},
    {"name": "Annulé", "day": date(2027, 4, 8), "rooms": 5, "total": Decimal("999.00"), "gone": True},
]
EVIL = ["=1+1", "+33 4 77", "-2", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", '=HYPERLINK("http://x")', "=cmd|' /C calc'!A0"]


def gone(row):
    return row["gone"]


def read(content):
    return CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()


def test_a_workbook_holds_values_and_sums_without_the_struck():
    head, first, _second, third, sums = read(to_xlsx(COLUMNS, ROWS, title="Liste", struck=gone))
    assert head == ["Nom", "Arrivée", "Chambres", "Total"]
    assert first == ["Aubert", date(2027, 4, 7), 2.0, 211.5]
    assert third[0] == "Annulé"
    assert sums == ["Total", "", 3.0, 186.5]


def test_a_french_csv_opens_in_excel():
    text = to_csv(COLUMNS, ROWS, "fr", totals={}, struck=gone)
    assert text.startswith(b"\xef\xbb\xbf")
    lines = text.decode("utf-8-sig").split("\r\n")
    assert lines[1] == "Aubert;07/04/2027;2;211,50;"
    assert lines[2].startswith("Œuvre d’Étienne;;1;-25,00")
    assert to_csv(COLUMNS, ROWS, "en").decode("utf-8-sig").split("\r\n")[1] == "Aubert,2027-04-07,2,211.50"


@pytest.mark.parametrize("words", EVIL)
def test_no_cell_is_ever_a_formula(words):
    column = [Column("Nom", "name")]
    import csv

    line = list(csv.reader(to_csv(column, [{"name": words}], "fr").decode("utf-8-sig").splitlines(keepends=True), delimiter=";"))[
        1
    ][0]
    assert line.startswith("'")
    content = to_xlsx(column, [{"name": words}], title="x")
    import zipfile

    assert b"<f>" not in zipfile.ZipFile(BytesIO(content)).read("xl/worksheets/sheet1.xml")
    assert read(content)[1][0].strip() == words.strip()


def test_a_function_a_path_or_a_key_gives_a_value():
    class Thing:
        name = "x"

    assert Column("a", "thing.name").value({"thing": Thing()}) == "x"
    assert Column("a", "thing.other").value({"thing": None}) is None
    assert Column("a", lambda row: row["n"] * 2).value({"n": 2}) == 4


def test_hostile_values_make_a_file_not_an_error():
    at = datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    columns = [Column("=evil/[x]*", "v"), Column("At", "at", MOMENT), Column("N", "n", MONEY, total=True)]
    rows = [
        {"v": "\x00\ud800" + "y" * 40_000, "at": at, "n": Decimal("9999999999.99")},
        {"v": date(1, 1, 1), "at": None, "n": None},
    ]
    for format in ("xlsx", "csv", "pdf"):
        response = export(format, columns, rows, title="=evil/[x]*:\r\nSet-Cookie", name="../../etc/passwd\r\n")
        assert response.status_code == 200
        assert response["Content-Disposition"].isprintable()
        assert "/" not in response["Content-Disposition"]
    assert read(to_xlsx(columns, rows, title="x"))[1][1] == datetime(2027, 3, 28, 3, 30), "summer time in Paris"


def test_twenty_thousand_rows_keep_a_flat_memory():
    import tracemalloc

    tracemalloc.start()
    rows = ({"name": f"Nom {n}", "day": date(2027, 4, 7), "rooms": 1, "total": Decimal("1.00")} for n in range(20_000))
    content = to_xlsx(COLUMNS, rows, title="Liste")
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert read(content)[-1] == ["Total", "", 20_000.0, 20_000.0]
    assert peak < 12_000_000


def test_the_pdf_carries_the_same_table():
    assert to_pdf(COLUMNS, ROWS, title="Liste", struck=gone).startswith(b"%PDF")
