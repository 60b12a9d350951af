"""The synthesis: what it shows of many hotels at once, in windows; its workbook that computes; its A3 sheet."""

import re
import zipfile
from io import BytesIO

import pikepdf
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from pleniere.accounts.models import Bureau
from pleniere.allotment.models import Cell, Invitation
from pleniere.allotment.tests import grid
from pleniere.allotment.tests.world import make_user
from pleniere.catalogue.models import Supplier
from pleniere.messaging.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    Bureau.objects.create(pk=1, name="Saint-Étienne Congrès", sender="congres@example.org", email="congres@example.org")
    client.force_login(make_user("sam@example.org", "AGENT"))
    return client


def url(asked, tail=""):
    return f"/office/congresses/grid/requests/{asked.number}/{tail}"


def names(page):
    return re.findall(r"Hôtel (\d+) de la Mesure</a>", page)


def test_two_hundred_hotels_eight_nights_and_seven_types_come_in_windows_below_100_kb_and_under_15_queries(desk):
    asked = grid.make()
    with CaptureQueriesContext(connection) as seen:
        first = desk.get(url(asked))
    assert first.status_code == 200 and len(seen) < 15, len(seen)
    shown = names(first.content.decode())
    assert len(shown) == 10 and "page=2" in first.content.decode()
    second = desk.get(url(asked, "?page=2"), headers={"HX-Request": "true"})
    page = second.content.decode()
    assert "<html" not in page and len(second.content) < 100_000 and len(names(page)) == 10
    assert not set(names(page)) & set(shown), "the next window holds others"
    last = desk.get(url(asked, "?page=20"), headers={"HX-Request": "true"}).content.decode()
    assert "hx-get" not in last and "Sans réponse" in last


def test_filters_and_orders_choose_lines_and_columns_while_sums_count_every_answer(desk):
    asked = grid.make(hotels=12, nights=2, types=2)
    Supplier.objects.filter(code="GRID003").update(name="Auberge du Lac", town="Lyon")
    by_name = desk.get(url(asked, "?q=lyon")).content.decode()
    assert "Auberge du Lac" in by_name and not names(by_name)
    silent = desk.get(url(asked, "?state=retired")).content.decode()
    assert names(silent) == ["000"] and "Relancer" in silent, "one retired since stays visible and can be reminded"
    one = desk.get(url(asked, f"?night={asked.arrival}&type=TWIN")).content.decode()
    assert len(re.findall(r'id="c\d+"', one)) == 1
    near = desk.get(url(asked, "?sort=km")).content.decode()
    km = [float(found.replace(",", ".")) for found in re.findall(r"· ([\d,]+)\skm", near)]
    assert km == sorted(km) and len(km) == 12
    offered = sum(Cell.objects.filter(room_type="TWIN", night=asked.arrival).values_list("rooms", flat=True))
    assert f'<td class="r night-start">{offered}</td>' in one
    for hostile in (
        "?km=abc",
        "?km=-1",
        "?stars=9",
        "?sort=%00",
        "?night=9999-99-99",
        "?page=99999999",
        "?page=-1",
        "?q=" + "x" * 5000,
    ):
        assert desk.get(url(asked, hostile)).status_code == 200


def test_one_retired_since_is_reminded_by_its_own_button_alone(desk):
    asked = grid.make(hotels=11, nights=1, types=1)
    gone = Invitation.objects.get(supplier__code="GRID000")
    desk.post(url(asked, "reminders/"))
    assert [m.to for m in Message.objects.filter(template="allotment/reminder")] == ["hotel-10@example.org"]
    desk.post(url(asked, "reminders/"), {"invitation": gone.pk})
    assert Message.objects.filter(template="allotment/reminder", to="hotel-0@example.org").count() == 1


def test_the_workbook_says_what_the_screen_says_and_its_sums_are_formulas(desk):
    asked = grid.make(hotels=5, nights=2, types=2, silent=0.2)
    content = desk.get(url(asked, "?export=xlsx")).content
    rows = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_name("Synthèse").to_python()
    sums = next(row for row in rows if row[0] == "Offert")
    columns = [(code, night) for night in asked.stay for code in ("SINGLE", "TWIN")]
    for i, (code, night) in enumerate(columns):
        offered = sum(Cell.objects.filter(room_type=code, night=night).values_list("rooms", flat=True))
        assert sums[6 + 2 * i] == offered
    gap = next(row for row in rows if row[0].startswith("Écart"))
    assert gap[6] == -60
    sheet = zipfile.ZipFile(BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>SUM(G4:G8)</f>" in sheet and "<f>SUM('Retenu'!G4:G8)</f>" in sheet and "<f>G10-G11</f>" in sheet


def test_the_a3_sheet_holds_every_hotel_lying_across_and_is_tagged(desk):
    asked = grid.make(hotels=30, nights=8, types=7)
    response = desk.get(url(asked, "?export=pdf"))
    with pikepdf.open(BytesIO(response.content)) as pdf:
        width, height = (float(side) for side in pdf.pages[0].MediaBox[2:])
        assert round(width) == 1191 and round(height) == 842, "A3 across, in points"
        assert len(pdf.pages) >= 2 and pdf.Root.MarkInfo.Marked


def test_without_any_answer_all_three_are_still_made(desk):
    asked = grid.make(hotels=2, nights=1, types=1, silent=0.5)
    Invitation.objects.update(state="SENT")
    Cell.objects.all().delete()
    for tail in (
        "",
        "?export=xlsx",
        "?export=pdf",
        "?state=answered",
        "?state=answered&export=xlsx",
        "?state=answered&export=pdf",
    ):
        assert desk.get(url(asked, tail)).status_code == 200
