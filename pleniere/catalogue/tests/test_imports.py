"""An outside list: read first, written after a yes, twice is once, what is doubtful is never merged."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from pleniere.accounts.actions import make_user, set_bureau_roles
from pleniere.accounts.files import BadFile
from pleniere.accounts.models import Bureau, Trace
from pleniere.accounts.rights import SYSTEM, NotAllowed
from pleniere.catalogue.actions.imports import (
    AnotherIsWritten,
    NotDecided,
    begin_import,
    choose_rows,
    claim_writing,
    decide_row,
    order_writing,
    upload_import,
)
from pleniere.catalogue.imports import NotThisList, department_of, read, write
from pleniere.catalogue.models import Supplier, SupplierImport
from pleniere.common.tests.shared import shared
from pleniere.messaging.worker import work_once

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
HEAD = (
    "DATE DE CLASSEMENT;TYPOLOGIE ÉTABLISSEMENT;CLASSEMENT;NOM COMMERCIAL;ADRESSE;CODE POSTAL;COMMUNE;SITE INTERNET;"
    "CAPACITÉ D'ACCUEIL (PERSONNES);NOMBRE DE CHAMBRES"
)
RIVES = "28/11/2024;HÔTEL DE TOURISME;3 étoiles;HÔTEL DES DEUX RIVES;6 quai des Deux-Rives;42000;SAINT-ÉTIENNE;www.rives.example;74;38"
MARTEAU = "01/02/2024;RÉSIDENCE DE TOURISME;2 étoiles;RÉSIDENCE DU MARTEAU;1 rue du Marteau;42100;SAINT-ÉTIENNE;-;40;-"
CAMPING = "01/02/2024;CAMPING;Aire naturelle;CAMPING DU LAC;Le Lac;63000;CLERMONT-FERRAND;-;40;-"


def listing(*lines, encoding="utf-8-sig"):
    return io.BytesIO("\r\n".join([HEAD, *lines, ""]).encode(encoding))


def judged(*lines, encoding="utf-8-sig", **facts):
    return read(begin_import(name="liste.csv", by=SYSTEM, at=NOW, **facts), listing(*lines, encoding=encoding))


def written(*lines, **facts):
    imported = judged(*lines, **facts)
    claim_writing(imported, by=SYSTEM, at=NOW)
    return write(imported, at=NOW)


def next_list(*lines, **facts):
    SupplierImport.objects.filter(state="WRITING").update(state="WRITTEN")
    return judged(*lines, **facts)


def verdicts(imported):
    return {(row.line, row.verdict, row.reason) for row in imported.rows.all()}


def cells(line, **changes):
    """The line with some cells replaced, by column number."""
    parts = line.split(";")
    for place, word in changes.items():
        parts[int(place[1:])] = word
    return ";".join(parts)


def test_a_line_becomes_a_supplier_with_what_the_list_knows():
    assert written(RIVES, MARTEAU, CAMPING) == {"created": 3}
    hotel = Supplier.objects.get(kind="HOTEL")
    assert (hotel.code, hotel.stars, hotel.rooms, hotel.capacity) == ("DEUXRIVES", 3, 38, 74)
    assert (hotel.website, hotel.classified_on.isoformat()) == ("https://www.rives.example", "2024-11-28")
    assert "saint etienne" in hotel.search
    assert Supplier.objects.get(kind="LODGING").stars is None
    assert Trace.objects.filter(verb="supplier.imported").count() == 3


def test_reading_writes_no_supplier_and_a_second_run_changes_nothing():
    assert judged(RIVES).counts["CREATE"] == 1 and not Supplier.objects.exists()
    written(RIVES, MARTEAU)
    again = next_list(RIVES, MARTEAU)
    assert (again.counts["SAME"], again.counts["CREATE"], again.counts["CHANGE"]) == (2, 0, 0)
    before = list(Supplier.objects.order_by("pk").values())
    claim_writing(again, by=SYSTEM, at=NOW)
    assert write(again, at=NOW) == {} and list(Supplier.objects.order_by("pk").values()) == before


def test_filters_say_how_many_were_left_out_and_why():
    imported = judged(RIVES, MARTEAU, CAMPING, department="42", typologies=["HÔTEL DE TOURISME"])
    assert imported.counts["ignored"] == {"department": 1, "typology": 1} and imported.counts["CREATE"] == 1
    assert [department_of(code) for code in ("20000", "20200", "97400", "42000")] == ["2A", "2B", "974", "42"]


def test_a_list_in_the_old_western_encoding_reads_the_same():
    judged(RIVES, encoding="cp1252").rows.get(name="HÔTEL DES DEUX RIVES")


def test_broken_lines_are_told_by_number_and_stop_no_other():
    imported = judged(
        cells(RIVES, c0="31/02/2025"),
        cells(RIVES, c3="-"),
        cells(RIVES, c5="4200"),
        "a;b",
        cells(RIVES, c2="6 étoiles"),
        cells(RIVES, c8="beaucoup"),
        cells(RIVES, c4='"6 quai'),
        cells(RIVES, c3="X" * 200),
        cells(RIVES, c3="A\x00B"),
        RIVES,
    )
    reasons = ["date", "name", "postcode", "columns", "class", "number", "columns", "too_long", "characters"]
    assert verdicts(imported) == {(n, "BROKEN", why) for n, why in enumerate(reasons, start=2)} | {(11, "CREATE", "")}


def test_a_file_that_is_no_such_list_says_what_is_missing():
    for content, said in ((b"", "vide"), (b"PK\x03\x04", "classeur"), (b"nom;ville\r\na;b\r\n", "CODE POSTAL")):
        imported = begin_import(name="x", by=SYSTEM, at=NOW)
        with pytest.raises(NotThisList, match=said):
            read(imported, io.BytesIO(content))
        imported.refresh_from_db()
        assert imported.state == "FAILED"


def test_a_change_of_the_list_is_written_and_one_of_ours_is_kept_until_the_list_says_another():
    written(RIVES)
    hotel = Supplier.objects.get()
    hotel.website = "https://typed.example"
    hotel.save()
    assert next_list(RIVES).counts["SAME"] == 1  # the list says nothing new of it
    imported = next_list(cells(RIVES, c2="4 étoiles", c7="www.new.example"))
    row = imported.rows.get()
    assert {(name, by_hand) for name, _before, _after, by_hand in row.changes} == {("stars", False), ("website", True)}
    claim_writing(imported, by=SYSTEM, at=NOW)
    assert write(imported, at=NOW) == {"changed": 1}
    hotel.refresh_from_db()
    assert (hotel.stars, hotel.website) == (4, "https://typed.example")
    assert next_list(cells(RIVES, c2="4 étoiles", c7="www.new.example")).counts["SAME"] == 1


def test_what_was_typed_by_hand_goes_only_when_somebody_says_so():
    written(RIVES)
    Supplier.objects.update(website="https://typed.example")
    imported = next_list(cells(RIVES, c7="www.new.example"))
    row = imported.rows.get()
    choose_rows(imported, shown=[row.pk], taken=[row.pk], overwritten=[row.pk], by=SYSTEM, at=NOW)
    claim_writing(imported, by=SYSTEM, at=NOW)
    write(imported, at=NOW)
    assert Supplier.objects.get().website == "https://www.new.example"


def test_a_row_left_is_not_written():
    imported = judged(RIVES, MARTEAU)
    row = imported.rows.get(line=2)
    choose_rows(imported, shown=[row.pk], taken=[], overwritten=[], by=SYSTEM, at=NOW)
    claim_writing(imported, by=SYSTEM, at=NOW)
    assert write(imported, at=NOW) == {"created": 1}
    with pytest.raises(NotDecided):
        choose_rows(imported, shown=[row.pk], taken=[row.pk], overwritten=[], by=SYSTEM, at=NOW)


def test_an_empty_cell_erases_nothing():
    written(RIVES)
    assert next_list(cells(RIVES, c7="-", c9="-")).counts["SAME"] == 1


def test_a_retired_supplier_is_left_in_peace():
    written(RIVES)
    Supplier.objects.update(retired_at=NOW)
    imported = next_list(cells(RIVES, c2="4 étoiles"))
    assert verdicts(imported) == {(2, "IGNORE", "retired")}


def test_namesakes_in_one_list_are_both_doubtful_and_once_told_apart_stay_so():
    first, second = RIVES, cells(RIVES, c4="9 rue Haute", c9="12")
    imported = judged(first, MARTEAU, second)
    assert verdicts(imported) == {(2, "AMBIGUOUS", "twice"), (4, "AMBIGUOUS", "twice"), (3, "CREATE", "")}
    for row in imported.rows.filter(verdict="AMBIGUOUS"):
        decide_row(row, choice="NEW", by=SYSTEM, at=NOW)
    claim_writing(imported, by=SYSTEM, at=NOW)
    assert write(imported, at=NOW) == {"created": 3}
    assert set(Supplier.objects.filter(name__contains="RIVES").values_list("code", "rooms")) == {
        ("DEUXRIVES", 38),
        ("DEUXRIVES42", 12),
    }
    again = next_list(first, MARTEAU, cells(second, c9="13"))
    assert verdicts(again) == {(4, "CHANGE", "")} and again.counts["SAME"] == 2
    claim_writing(again, by=SYSTEM, at=NOW)
    write(again, at=NOW)
    assert Supplier.objects.get(code="DEUXRIVES42").rooms == 13


def test_a_supplier_typed_by_hand_that_looks_alike_is_shown_and_never_merged():
    mine = Supplier.objects.create(code="DEUXRIVES", name="Deux Rives", kind="HOTEL", postcode="42000", phone="04 77 00 11 22")
    imported = judged(RIVES)
    row = imported.rows.get()
    assert (row.verdict, row.reason, row.candidates) == ("AMBIGUOUS", "alike", [[mine.pk, "DEUXRIVES", "Deux Rives"]])
    claim_writing(imported, by=SYSTEM, at=NOW)
    assert write(imported, at=NOW) == {}  # undecided: nothing
    SupplierImport.objects.update(state="READ")
    other = Supplier.objects.create(code="X", name="X", kind="HOTEL")
    for wrong in ({"choice": "SAME_AS"}, {"choice": "SAME_AS", "supplier": other}, {"choice": "TAKE"}):
        with pytest.raises(NotDecided):
            decide_row(row, **wrong, by=SYSTEM, at=NOW)
    decide_row(row, choice="SAME_AS", supplier=mine, by=SYSTEM, at=NOW)
    imported.refresh_from_db()
    claim_writing(imported, by=SYSTEM, at=NOW)
    assert write(imported, at=NOW) == {"changed": 1}
    mine.refresh_from_db()
    assert (mine.name, mine.stars, mine.phone) == ("Deux Rives", 3, "04 77 00 11 22")  # filled, not renamed
    assert next_list(RIVES).counts["SAME"] == 1


def test_a_new_name_at_a_known_address_is_doubtful_unless_the_old_name_is_in_the_list_too():
    written(RIVES)
    renamed = cells(RIVES, c3="GRAND HÔTEL NOUVEAU")
    assert verdicts(next_list(renamed)) == {(2, "AMBIGUOUS", "address")}
    assert verdicts(next_list(renamed, RIVES)) == {(2, "CREATE", "")}


def test_one_list_is_written_at_a_time_and_a_silent_writer_makes_room():
    first, second = judged(RIVES), judged(MARTEAU)
    assert claim_writing(first, by=SYSTEM, at=NOW) is True
    assert claim_writing(first, by=SYSTEM, at=NOW) is False
    with pytest.raises(AnotherIsWritten):
        claim_writing(second, by=SYSTEM, at=NOW)
    assert claim_writing(second, by=SYSTEM, at=NOW + timedelta(minutes=6)) is True


def test_an_upload_is_read_then_written_by_the_worker():
    Bureau.objects.create(name="Ici")
    sam = make_user("sam@example.org", name="Sam")
    upload = SimpleUploadedFile("../../liste.csv", listing(RIVES).getvalue())
    with pytest.raises(NotAllowed):
        upload_import(upload, department="42", typologies=[], by=sam, at=NOW)
    set_bureau_roles(sam, ["AGENT"], by=SYSTEM, at=NOW)
    del sam._bureau_roles
    upload.seek(0)
    imported = upload_import(upload, department="42", typologies=[], by=sam, at=NOW)
    work_once()
    imported.refresh_from_db()
    assert (imported.state, imported.name, imported.counts["CREATE"]) == ("READ", "liste.csv", 1)
    assert order_writing(imported, by=sam, at=NOW) is True and order_writing(imported, by=sam, at=NOW) is False
    work_once()
    imported.refresh_from_db()
    assert (imported.state, imported.result, Supplier.objects.count()) == ("WRITTEN", {"created": 1}, 1)
    with pytest.raises(BadFile):
        picture = SimpleUploadedFile("x.csv", b"\x89PNG\r\n\x1a\n")
        upload_import(picture, department="", typologies=[], by=sam, at=NOW)


def test_the_command_says_what_it_would_do_and_then_does_it(tmp_path):
    path = tmp_path / "liste.csv"
    path.write_bytes(listing(RIVES, CAMPING, cells(MARTEAU, c0="x")).getvalue())
    said = io.StringIO()
    call_command("import_suppliers", path, "--departement", "42", "--dry-run", stdout=said)
    assert "to create  1" in said.getvalue() and "line 4, broken" in said.getvalue() and not Supplier.objects.exists()
    assert not SupplierImport.objects.exists()
    call_command("import_suppliers", path, "--departement", "42", stdout=io.StringIO())
    call_command("import_suppliers", path, "--departement", "42", stdout=io.StringIO())
    assert Supplier.objects.count() == 1
    with pytest.raises(CommandError):
        call_command("import_suppliers", tmp_path / "none.csv")


def test_a_real_list_of_four_departements_twice():
    path = shared("data/suppliers/atout_france_38_42_49_69.csv")
    for verdict in ("CREATE", "SAME"):
        imported = begin_import(name=path.name, by=SYSTEM, at=NOW)
        with path.open("rb") as file:
            read(imported, file)
        counts = imported.counts
        assert (counts["lines"], counts["CHANGE"], counts["BROKEN"]) == (853, 0, 0)
        assert counts[verdict] + counts["AMBIGUOUS"] == 853 and counts["AMBIGUOUS"] < 5
        claim_writing(imported, by=SYSTEM, at=NOW)
        write(imported, at=NOW)
        SupplierImport.objects.update(state="WRITTEN")


def test_the_whole_national_list_is_read():
    imported = begin_import(name="national", by=SYSTEM, at=NOW)
    with shared("data/suppliers/atout_france_national_2026-01.csv").open("rb") as file:
        read(imported, file)
    expected = {"lines": 21205, "CREATE": 21187, "AMBIGUOUS": 16, "BROKEN": 2, "SAME": 0, "CHANGE": 0}
    assert expected.items() <= imported.counts.items()
