"""A table that people send is read, or refused in words; a workbook made to harm takes nobody down with it."""

import zipfile
from datetime import date
from io import BytesIO

import pytest

from pleniere.common.sheets import TEXT, Column, to_xlsx
from pleniere.common.sheets.reading import NotATable, read_table

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
HEAD = '<?xml version="1.0"?>'
PARTS = {
    "_rels/.rels": f'{HEAD}<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{RELATED}/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{RELATED}">'
    '<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'{HEAD}<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{RELATED}/worksheet" '
    'Target="worksheets/sheet1.xml"/></Relationships>',
}


def workbook(rows):
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, words in PARTS.items():
            book.writestr(name, words)
        sheet = f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
        book.writestr("xl/worksheets/sheet1.xml", sheet)
    return out.getvalue()


def test_a_workbook_gives_its_cells_as_they_are():
    rows = '<row r="1"><c r="A1" t="inlineStr"><is><t>Nuit</t></is></c><c r="B1"><v>12.5</v></c></row>'
    assert read_table(workbook(rows)) == [["Nuit", 12.5]]


def test_our_own_workbooks_are_read_back_with_their_days():
    columns = (Column("Nuit", lambda row: row[0], "date"), Column("Mot", lambda row: row[1], TEXT))
    found = read_table(to_xlsx(columns, [(date(2027, 4, 7), "=1+1")], title="Essai"))
    assert found[0] == ["Nuit", "Mot"] and found[1] == [date(2027, 4, 7), "=1+1"]


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',  # a cell far away
        f'<row r="1"><c r="A1" t="inlineStr"><is><t>{"a" * 250_000_000}</t></is></c></row>',  # some 200 kB, unfolded
    ],
    ids=["far", "deep"],
)
def test_a_workbook_made_to_take_all_memory_is_refused_in_words(rows):
    content = workbook(rows)
    assert len(content) < 1_000_000
    with pytest.raises(NotATable):
        read_table(content)


def test_what_only_begins_like_a_workbook_is_refused():
    with pytest.raises(NotATable):
        read_table(b"PK\x03\x04" + bytes(4_000))
