"""Seasons, pools, types of rate; the year by ISO week; sixty hotels all year in small windows."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pleniere.accounts.models import Trace
from pleniere.accounts.rights import SYSTEM
from pleniere.booking.tests.world import leaflet_booking, make_service, make_supplier, make_user, seminar
from pleniere.catalogue.models import Service, Supplier
from pleniere.common.sheets.reading import read_table
from pleniere.congress.actions import make_pool, make_rate_type, make_season
from pleniere.congress.models import RateType, Season
from pleniere.stock.actions import Night, grant
from pleniere.stock.models import StockDay
from pleniere.web.office.planning import year

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def w(client):
    w = seminar()
    client.force_login(w.agent)
    w.desk, w.url = client, f"/office/congresses/{w.congress.code}/planning/"
    w.said = {"by": SYSTEM, "at": w.now}
    return w


def page(w, **facts):
    return w.desk.get(w.url, facts).content.decode()


def season(w, name, first, last, rate, supplier=None):
    kind = RateType.objects.filter(congress=w.congress, code=rate).first()
    kind = kind or make_rate_type(w.congress, rate, name={"fr": f"Tarif {rate}"}, **w.said)
    days = {"starts": first, "until": last + timedelta(days=1)}
    return make_season(w.congress, name, name={"fr": name}, rate_type=kind, supplier=supplier, **days, **w.said)


def test_each_night_bears_its_type_of_rate_a_hotel_s_own_before_everybody_s(w):
    season(w, "basse", date(2027, 1, 1), date(2027, 4, 7), "BS")
    season(w, "congres", date(2027, 4, 8), date(2027, 4, 30), "CG")
    both = page(w)
    assert re.findall(r"rt\">(\w+)", both) == ["BS", "CG", "CG"]
    season(w, "la-sienne", date(2027, 4, 1), date(2027, 4, 30), "HS", supplier=w.room.service.supplier)
    assert re.findall(r"rt\">(\w+)", page(w)) == ["HS", "HS", "HS"]


def test_a_season_and_a_type_of_rate_hatch_the_other_nights(w):
    low = season(w, "basse", date(2027, 1, 1), date(2027, 4, 7), "BS")
    high = season(w, "congres", date(2027, 4, 8), date(2027, 4, 30), "CG")
    assert page(w).count('class="cell is-free"') == 3
    assert page(w, season=low.pk).count('class="cell is-free"') == 1
    assert page(w, rate=high.rate_type_id).count('class="cell is-free"') == 2
    assert "hotel-row" not in page(w, season=low.pk, rate=high.rate_type_id)
    own = season(w, "la-sienne", date(2027, 4, 1), date(2027, 4, 30), "HS", supplier=w.room.service.supplier)
    assert page(w, season=own.pk).count('class="cell is-free"') == 3
    assert 'class="cell is-free"' not in page(w, season=low.pk)


def test_a_pool_is_looked_at_alone(w):
    leisure = make_pool(w.congress, "LOISIR", name={"fr": "Loisirs"}, **w.said)
    nights = {Night(leisure.pk, w.room.service_id, w.arrival): 7}
    grant(nights, key="k", congress_id=w.congress.pk, by=SYSTEM, at=w.now)
    assert page(w).count('class="type-row"') == 2
    assert page(w, pool=leisure.pk).count('class="type-row"') == 1


def test_suppliers_are_named_by_code_or_name_several_at_once(w):
    hotel = make_supplier("FOREZ", "HOTEL", name="Terminus du Forez")
    service, _rate = make_service(hotel, "DOUBLE", "ROOM", room="DOUBLE", unit="NIGHT")
    grant({Night(w.pool.pk, service.pk, w.arrival): 5}, key="k", congress_id=w.congress.pk, by=SYSTEM, at=w.now)
    assert page(w, q="terminus").count("hotel-row") == 1
    assert page(w, q=f"FOREZ, {w.room.service.supplier.code}").count("hotel-row") == 2


def test_the_year_shows_the_busiest_night_of_each_iso_week(w):
    leaflet_booking(w)
    shown = page(w, view="year")
    assert "Semaine 14" in shown and "semaine 53" not in shown.lower()
    busy = max(StockDay.objects.filter(service=w.room.service), key=lambda row: row.taken)
    assert f"?month=2027-04&amp;q={w.room.service.supplier.code}" in shown
    assert re.search(rf'cell is-option"[^>]*>{busy.optioned + busy.held}<', shown)


def test_an_iso_year_begins_with_the_week_of_its_first_thursday():
    assert year.span_of(2027) == (date(2027, 1, 4), date(2028, 1, 3))
    assert [week.number for week in year.weeks(2026, date(2026, 1, 1), date(2026, 1, 2))][-1] == 53
    april = year.weeks(2027, date(2027, 4, 7), date(2027, 4, 9))[12]
    assert april.monday == date(2027, 3, 29) and april.month == date(2027, 4, 1)


def test_the_workbook_holds_what_the_screen_shows(w):
    season(w, "congres", date(2027, 4, 1), date(2027, 4, 30), "CG")
    for facts, cells in (({}, 3), ({"view": "year"}, 1)):
        rows = read_table(w.desk.get(w.url, {**facts, "export": "xlsx"}).content)
        free = next(row for row in rows if "Libre" in row)
        assert len([cell for cell in free if isinstance(cell, int | float)]) == cells
        assert any("CG" in row for row in rows)


def test_sixty_hotels_all_year_come_in_windows_of_less_than_100_kb_at_the_same_queries(w):
    def queries(facts):
        with CaptureQueriesContext(connection) as seen:
            assert w.desk.get(w.url, facts).status_code == 200
        return len(seen)

    views = [{"month": "2027-04"}, {"month": "2027-04", "view": "year"}]
    few = [queries(facts) for facts in views]
    house = Supplier.objects.bulk_create(
        Supplier(code=f"HOTEL{n}", name=f"Hôtel de la Gare et des Congrès {n:02}", kind="HOTEL", stars=3, search=f"hotel{n}")
        for n in range(60)
    )
    services = Service.objects.bulk_create(
        Service(supplier=hotel, code="DOUBLE", kind="ROOM", room_type="DOUBLE") for hotel in house
    )
    first, facts = date(2027, 1, 1), {"congress": w.congress, "pool": w.pool, "granted": 240, "optioned": 20, "booked": 120}
    StockDay.objects.bulk_create(
        StockDay(service=service, day=first + timedelta(days=n), **facts) for service in services for n in range(365)
    )
    assert [queries(facts) for facts in views] == few
    for facts in views:
        seen, window, after = set(), 1, True
        while after:
            answer = w.desk.get(w.url, {**facts, "page": window}, headers=HTMX if window > 1 else {})
            assert len(answer.content) < 100_000, (facts, window)
            text = answer.content.decode()
            seen |= set(re.findall(r"<small>(HOTEL\d+)</small>", text))
            after = f"page={window + 1}" in text
            window += 1
        assert len(seen) == 60


def test_seasons_are_made_changed_and_removed_by_the_page(w):
    url = f"{w.url}seasons/"
    assert w.desk.post(url, {"rate": "1", "r-code": "BS", "r-name_fr": "Basse saison"}).status_code == 302
    assert w.desk.post(url, {"rate": "1", "r-code": "bs", "r-name_fr": "Encore"}).status_code == 422
    rate = RateType.objects.get()
    facts = {"name_fr": "Hiver", "starts": "2027-01-01", "last": "2027-03-31", "rate_type": rate.pk}
    assert w.desk.post(url, facts).status_code == 302
    row = Season.objects.get()
    assert row.until == date(2027, 4, 1) and "Hiver" in w.desk.get(url).content.decode()
    assert w.desk.post(url, {**facts, "name_fr": "Mars", "starts": "2027-03-31", "last": "2027-04-02"}).status_code == 422
    for odd in ({"last": "2026-01-01"}, {"name_fr": "x" * 500}, {"rate_type": "99999999999999999999"}):
        assert w.desk.post(url, {**facts, **odd}).status_code == 422
    one = f"{url}{row.pk}/"
    assert w.desk.post(one, {**facts, "last": "2027-04-05"}).status_code == 302
    assert Season.objects.get().until == date(2027, 4, 6)
    assert w.desk.post(f"{w.url}rates/{rate.pk}/", {"code": "BS", "name_fr": "x", "drop": "1"}).status_code == 422
    assert w.desk.post(one, {**facts, "drop": "1"}).status_code == 302
    assert w.desk.post(f"{w.url}rates/{rate.pk}/", {"code": "BS", "name_fr": "x", "drop": "1"}).status_code == 302
    assert not Season.objects.exists() and not RateType.objects.exists()
    assert set(Trace.objects.values_list("verb", flat=True)) >= {"season.made", "season.edited", "season.dropped"}


def test_who_may_not_edit_the_congress_reads_its_seasons_and_changes_none(w, client):
    row = season(w, "hiver", date(2027, 1, 1), date(2027, 3, 31), "BS")
    client.force_login(make_user("carl@example.org", "ACCOUNTANT"))
    assert "Ajouter" not in client.get(f"{w.url}seasons/").content.decode()
    assert (
        client.post(f"{w.url}seasons/{row.pk}/", {"name_fr": "Été", "starts": "2027-01-01", "last": "2027-01-02"}).status_code
        == 403
    )
    client.force_login(make_user("zoe@example.org"))
    assert client.get(f"{w.url}seasons/").status_code in (403, 404)
    assert Season.objects.get() == row
