"""The cut-offs on the office's pages: steps asked, shown before they happen, changed, undone."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pleniere.allotment.actions import release_block
from pleniere.allotment.models import Block, BlockStep, Release, RequestStep
from pleniere.allotment.tests.world import CUTOFF, NOW, answer, ask, keep, world
from pleniere.booking.tests.world import leaflet_booking, seminar
from pleniere.stock.models import Claim, Grant, StockDay

pytestmark = pytest.mark.django_db


@pytest.fixture
def w(client):
    w = ask(world())
    answer(w)
    keep(w)
    client.force_login(w.sam)
    w.desk, w.url = client, f"/office/congresses/{w.congress.code}/requests/"
    return w


def row(n, on, percent, base):
    return {f"on_{n}": on.isoformat() if on else "", f"percent_{n}": percent, f"base_{n}": base}


def test_steps_are_set_shown_before_and_what_is_wrong_is_said(w):
    url = f"{w.url}blocks/{w.block.pk}/steps/"
    first = CUTOFF - timedelta(days=30)
    assert w.desk.get(url).status_code == 200
    assert w.desk.post(url, row(1, CUTOFF, "50", "UNSOLD")).status_code == 422
    assert w.desk.post(url, row(1, None, "50", "UNSOLD")).status_code == 422
    assert w.desk.post(url, row(1, first, "1e9", "UNSOLD")).status_code == 422
    assert w.desk.post(url, {**row(1, first, "33,5", "UNSOLD"), **row(2, None, "", "GRANTED")}).status_code == 302
    assert BlockStep.objects.get().percent == 33.5
    page = w.desk.get(f"{w.url}blocks/simulation/?on={CUTOFF}").content.decode()
    assert "90 nuitées rendues" in page and "33,5" in page
    only = w.desk.get(f"{w.url}blocks/simulation/?on={first}&block={w.block.pk}").content.decode()
    assert "30 nuitées rendues" in only and "ces chambres" in only.lower()
    for bad in ("?on=x&block=y", "?on=9999-12-31", "?block=999999999999"):
        assert w.desk.get(f"{w.url}blocks/simulation/{bad}").status_code == 200
    assert not Release.objects.exists()


def test_the_options_a_step_meets_are_told_once_for_each_booking(client):
    w = seminar()
    client.force_login(w.agent)
    block = Block.objects.create(
        congress=w.congress,
        supplier=w.hotel,
        pool=w.room.pool,
        contract=w.hotel.contracts.get(),
        cutoff=w.congress.starts - timedelta(days=1),
        retained_at=w.now,
        retained_by="x",
        key="k",
    )
    Grant.objects.filter(stock_day__service=w.room.service).update(block=block.grant_block)
    type(w.room.service).objects.filter(pk=w.room.service_id).update(room_type="DOUBLE")
    booking = leaflet_booking(w)
    shown = client.get(f"/office/congresses/{w.congress.code}/requests/blocks/simulation/").context["shown"]
    (met,) = shown[0].options
    nights = Claim.objects.filter(kind="OPTION", stock_day__service=w.room.service)
    assert met.booking == booking and met.room_nights == sum(nights.values_list("rooms", flat=True)) > 1


def test_what_went_back_comes_again_by_the_page(w):
    release = release_block(w.block, key="r", by=w.sam, at=NOW)
    url = f"{w.url}releases/{release.pk}/undoing/"
    assert "ADAGIO" in w.desk.get(url).content.decode()
    assert w.desk.post(url, {"reason": ""}).status_code == 422
    assert w.desk.post(url, {"reason": "Mme Marchand"}).status_code == 302
    assert set(StockDay.objects.values_list("granted", flat=True)) == {30}
    assert w.desk.get(f"{w.url}blocks/{w.block.pk}/releases/").status_code == 200


def test_a_request_asks_for_its_steps(w):
    words = {
        "arrival": "2027-04-06",
        "departure": "2027-04-09",
        "deadline": "2026-12-20T18:00",
        "cutoff": CUTOFF.isoformat(),
        "price_is": "NET",
        "ask:DOUBLE": "on",
        "kind:DOUBLE": "QUOTE",
        "need:DOUBLE:2027-04-06": "9",
    }
    assert w.desk.post(f"{w.url}new/", {**words, **row(1, CUTOFF, "", "UNSOLD")}).status_code == 422
    assert w.desk.post(f"{w.url}new/", {**words, **row(1, CUTOFF - timedelta(days=9), "", "UNSOLD")}).status_code == 302
    step = RequestStep.objects.get()
    assert (step.percent, step.base) == (100, "UNSOLD")
    assert w.desk.get(f"{w.url}{step.request.number}/edit/").status_code == 200


def test_outsiders_see_none_of_it(w):
    w.desk.force_login(w.olga)
    for path in (f"blocks/{w.block.pk}/steps/", "blocks/simulation/", "releases/1/undoing/"):
        assert w.desk.get(w.url + path).status_code == 404


def test_the_simulation_asks_as_many_queries_for_many_blocks_as_for_one(w):
    def count():
        with CaptureQueriesContext(connection) as queries:
            assert w.desk.get(f"{w.url}blocks/simulation/?on={CUTOFF}").status_code == 200
        return len(queries)

    one = count()
    for n in range(9):
        w.block.pk, w.block.key, w.block._state.adding = None, f"copy-{n}", True
        w.block.save()
    assert count() == one
