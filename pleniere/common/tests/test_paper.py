"""PDFs: accessible, no warning, and whatever people type they come out."""

from datetime import UTC, datetime
from io import BytesIO

import pikepdf
import pytest

from pleniere.common import paper

AT = datetime(2027, 3, 8, 9, 12, tzinfo=UTC)


def a_table(**facts):
    column = {"title": "Nom", "right": False, "width": None}
    row = {"cells": ["Claire Fournier-Delacroix"], "gone": False}
    return {
        "title": "Liste",
        "sender": "Bureau",
        "made": "le 8 mars",
        "intro": [],
        "notes": ["Prix : 105,75 €"],
        "foot": "",
        "page": "page {page} sur {pages}",
        "wide": False,
        "columns": [column],
        "rows": [row],
        "totals": [],
        "tables": [],
    } | facts


def opened(content):
    return pikepdf.open(BytesIO(content))


def test_a_document_is_tagged_titled_and_in_its_language():
    document = opened(paper.pdf("common/table", a_table(), title="Liste", language="fr", strict=True, at=AT))
    assert document.Root.MarkInfo.Marked
    assert str(document.Root.Lang) == "fr-FR"
    with document.open_metadata() as xmp:
        assert xmp["pdfuaid:part"] == "1"
        assert xmp["dc:title"] == "Liste"


def test_what_is_archived_says_pdf_a_3a():
    document = opened(paper.pdf("common/table", a_table(), title="Facture", language="en", archived=True, strict=True, at=AT))
    with document.open_metadata() as xmp:
        assert (xmp["pdfaid:part"], xmp["pdfaid:conformance"], xmp["pdfuaid:part"]) == ("3", "A", "1")


def test_the_same_data_at_the_same_instant_is_the_same_file():
    one, two = (paper.pdf("common/table", a_table(), title="x", at=AT) for _ in range(2))
    assert one == two


@pytest.mark.parametrize(
    "words",
    [
        "😀",
        "李小龙",
        "שלום",
        "a\x00b",
        "\u202e gauche",
        '#import "x"',
        "*gras* _x_ $x$ @nobody",
        "ﬀ ﬁ Ω ☎ ★",
        "\ud800",
        "x" * 20_000,
        "\u0301",
    ],
)
def test_whatever_is_typed_can_be_printed(words):
    rows = [{"cells": [words], "gone": True}]
    assert paper.pdf(
        "common/table", a_table(rows=rows, title=words[:200] or "x"), title=words[:200] or "x", archived=True, strict=True
    )


def test_french_punctuation_never_begins_a_line():
    assert (
        paper.french_spaces("Prix : 5 € ! « ça » https://x.y/?a=1")
        == "Prix\u00a0: 5\u00a0€\u00a0! «\u00a0ça\u00a0» https://x.y/?a=1"
    )


def test_two_thousand_rows_stay_small():
    rows = [{"cells": [f"Fournier {n}"], "gone": False} for n in range(2000)]
    content = paper.pdf("common/table", a_table(rows=rows), title="Liste", strict=True)
    assert len(content) < 800_000
    assert len(opened(content).pages) > 20
