"""The right number of rooms on the office's screen: a file read, errors by cell, our own congresses, a draft request filled."""

from datetime import timedelta
from io import BytesIO

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from pleniere.accounts.models import Bureau
from pleniere.allotment.models import Edition, Request
from pleniere.allotment.tests.world import make_congress, make_hotel, make_user
from pleniere.catalogue.models import Service
from pleniere.congress.models import Member, Pool
from pleniere.stock.models import StockDay

pytestmark = pytest.mark.django_db
URL = "/office/congresses/ctv2027/requests/forecast/"


@pytest.fixture
def w(client):
    Bureau.objects.create(pk=1, name="Saint-Étienne Congrès", sender="congres@example.org", email="congres@example.org")
    client.starts = timezone.localdate() + timedelta(days=120)
    client.congress = make_congress(starts=client.starts, ends=client.starts + timedelta(days=3))
    client.force_login(make_user("sam@example.org", "AGENT"))
    return client


def csv(*rows):
    lines = ["Édition;Premier jour;Participants;Nuit;Chambres;Arrivées;No-shows, %", *(";".join(row) for row in rows)]
    return SimpleUploadedFile("editions.csv", "\n".join(lines).encode("cp1252"))


def good():
    return csv(
        ("2025", "07/04/2025", "400", "06/04/2025", "100", "", ""), ("2025", "07/04/2025", "400", "07/04/2025", "200", "", "")
    )


def test_from_a_file_to_a_draft_request_in_three_steps(w):
    assert w.post(URL + "editions/", {"file": good()}).status_code == 302
    page = w.get(URL + "?heads=600&part_SINGLE=40&part_DOUBLE=60").content.decode()
    assert "<svg" in page and "300" in page and 'style="' not in page
    done = w.post(URL + "acceptance/", {"heads": "600", "part_SINGLE": "40", "part_DOUBLE": "60"})
    asked = Request.objects.get()
    assert done.url.endswith(f"/{asked.number}/edit/") and asked.state == "DRAFT"
    needs = {(need.room_type, need.night): need.rooms for need in asked.needs.all()}
    eve = w.starts - timedelta(days=1)
    assert needs == {("SINGLE", eve): 60, ("DOUBLE", eve): 90, ("SINGLE", w.starts): 120, ("DOUBLE", w.starts): 180}
    assert (asked.arrival, asked.departure) == (eve, w.starts + timedelta(days=1))
    again = w.post(URL + "acceptance/", {"heads": "300", "part_TWIN": "100", "number": asked.number})
    assert again.status_code == 302 and Request.objects.count() == 1, "the draft named is filled, none is made"
    assert {need.room_type for need in asked.needs.all()} == {"TWIN"}


def test_a_file_with_wrong_cells_names_them_and_keeps_nothing(w):
    bad = csv(
        ("2025", "07/04/2025", "400", "32/04/2025", "100", "", ""), ("2025", "07/04/2025", "400", "07/04/2025", "cent", "", "")
    )
    response = w.post(URL + "editions/", {"file": bad})
    page = response.content.decode()
    assert response.status_code == 422 and "<b>D2</b>" in page and "<b>E3</b>" in page and not Edition.objects.exists()


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\x02", b"PK\x03\x04broken", b"%PDF-1.4", "é".encode() * 40_000, b"a;b\n" * 30_000]
)
def test_what_is_no_table_is_told(w, content):
    assert w.post(URL + "editions/", {"file": SimpleUploadedFile("x.xlsx", content)}).status_code == 422


def test_the_example_can_be_read_back_and_so_can_a_workbook(w):
    model = w.get(URL + "model.xlsx")
    assert w.post(URL + "editions/", {"file": SimpleUploadedFile("m.xlsx", model.content)}).status_code == 302
    assert Edition.objects.get().nights.count() == 2
    out = BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    for n, row in enumerate(
        [["Year", "First day", "Delegates", "Night", "Rooms"], ["2024", "2024-04-07", 300, "2024-04-07", 90]]
    ):
        sheet.write_row(n, 0, row)
    book.close()
    assert w.post(URL + "editions/", {"file": SimpleUploadedFile("b.xlsx", out.getvalue())}).status_code == 302
    assert Edition.objects.count() == 2


def test_one_of_our_own_congresses_gives_its_stock_booked_by_night(w):
    old = make_congress(
        "ctv2025", starts=timezone.localdate() - timedelta(days=400), ends=timezone.localdate() - timedelta(days=397)
    )
    nobody = w.post(URL + "editions/", {"source": old.pk})
    assert nobody.status_code == 422 and "réservé" in nobody.content.decode()
    pool = Pool.objects.create(congress=old, code="CONGR", name={"fr": "Congrès"})
    service = Service.objects.create(
        supplier=make_hotel("H"), code="DOUBLE", kind="ROOM", room_type="DOUBLE", name={"fr": "Double"}
    )
    StockDay.objects.create(congress=old, pool=pool, service=service, day=old.starts, granted=80, booked=60)
    from pleniere.allotment.actions.foreseeing import past_of

    past = past_of(old, heads=150, arrivals={old.starts: 60})
    assert past.rooms == {0: 60} and past.share(0) * 100 == 40


def test_an_edition_is_taken_out_and_strangers_see_none(w):
    w.post(URL + "editions/", {"file": good()})
    edition = Edition.objects.get()
    olga = make_user("olga@example.org")
    Member.objects.create(congress=make_congress("autre"), user=olga, role="AGENT")
    other = Client()
    other.force_login(olga)
    assert other.get(URL).status_code == 404
    assert other.post(f"/office/congresses/autre/requests/forecast/editions/{edition.pk}/removal/").status_code == 404
    paul = Client()
    paul.force_login(make_user("paul@example.org", "ACCOUNTANT"))
    assert paul.get(URL).status_code == 200 and paul.post(URL + "editions/", {"file": good()}).status_code == 403
    assert w.post(f"{URL}editions/{edition.pk}/removal/").status_code == 302 and not Edition.objects.exists()


@pytest.mark.parametrize(
    "query",
    ["?heads=abc", "?heads=0", "?heads=" + "9" * 400, "?heads=10&part_SINGLE=-1", "?heads=10", "?number=%00", "?number=99999999"],
)
def test_hostile_addresses_are_answered(w, query):
    w.post(URL + "editions/", {"file": good()})
    assert w.get(URL + query).status_code in (200, 404)
