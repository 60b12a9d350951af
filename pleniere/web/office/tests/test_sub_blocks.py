"""Sub-blocks from the office: made, allocated, priced, given back; the outsider and bad input."""

import re
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pleniere.booking.tests.world import NOW, seminar
from pleniere.stock.models import StockDay
from pleniere.stock.queries import audit
from pleniere.subblock.actions import allocate, ask, link_of
from pleniere.subblock.models import SubBlock


@pytest.fixture
def w(db, client):
    w = seminar()
    w.client = client
    client.force_login(w.agent)
    return w


def typed(**more):
    return {
        "name_fr": "Orateurs",
        "name_en": "Speakers",
        "code": "Speakers",
        "secret": "PAROLE",
        "contact_name": "Inès",
        "contact_email": "ines@x.example",
        "language": "fr",
        **more,
    }


def make(w, **more):
    url = reverse("office-sub-block-new", args=["ctv2027"])
    response = w.client.post(url, typed(pays_as=w.delegate.pk, **more))
    assert response.status_code == 302, re.findall(r"errors.*?</ul>", response.content.decode(), re.S)
    return SubBlock.objects.get(pool__code=more.get("code", "Speakers").upper())


def address(name, part, *more):
    return reverse(f"office-sub-block{name}", args=["ctv2027", part.code, *more])


def rooms(w, count):
    nights = [w.arrival, w.arrival + timedelta(days=1)]
    return {f"r-{w.room.service_id}-{night}": str(count) for night in nights}


def there(part):
    return list(StockDay.objects.filter(pool=part.pool, granted__gt=0).order_by("day").values_list("granted", flat=True))


def test_one_is_made_filled_from_what_is_asked_and_given_back(w):
    part = make(w)
    ask(part, {("DOUBLE", w.arrival): 3}, key="1", by=link_of(part), at=NOW)
    page = w.client.get(address("-allocation", part) + "?propose=1").content.decode()
    assert 'value="3"' in page
    key = str(uuid.uuid4())
    for _again in range(2):
        answer = w.client.post(address("-allocation", part), {**rooms(w, 4), "key": key, "tell": "on"})
        assert answer.status_code == 302
    assert there(part) == [4, 4]
    answer = w.client.post(address("-return", part), {"key": str(uuid.uuid4()), "reason": "trop"})
    assert answer.status_code == 302 and there(part) == []
    given = part.returns.get()
    w.client.post(address("-undo", part, given.pk))
    assert there(part) == [4, 4] and audit() == []
    assert "Orateurs" in w.client.get(address("", part)).content.decode()


def test_more_than_there_is_says_so_and_keeps_what_was_typed(w):
    part = make(w)
    answer = w.client.post(address("-allocation", part), {**rooms(w, 11), "key": str(uuid.uuid4())})
    assert answer.status_code == 422 and 'value="11"' in answer.content.decode() and there(part) == []
    for words in ("-3", "1e6", "١٢", "x" * 100_000):
        answer = w.client.post(address("-allocation", part), {**rooms(w, words), "key": "no key"})
        assert answer.status_code == 422


def test_a_price_of_its_own_is_typed_and_taken_away(w):
    part = make(w)
    w.client.post(address("-allocation", part), {**rooms(w, 2), "key": str(uuid.uuid4())})
    name = f"r{w.room_rate.pk}-amount"
    assert w.client.post(address("-prices", part), {name: "80,50"}).status_code == 302
    assert "80,50" in w.client.get(address("-prices", part)).content.decode()
    assert w.client.post(address("-prices", part), {name: "beaucoup"}).status_code == 422
    assert w.client.post(address("-prices", part), {name: ""}).status_code == 302
    assert not part.pool.prices.exists()


def test_bad_words_are_said_at_their_field_and_nothing_is_made(w):
    url = reverse("office-sub-block-new", args=["ctv2027"])
    bad = [{"contact_email": "no"}, {"secret": "abc"}, {"code": "a b"}, {"last_on": "2027-13-45"}, {"name_fr": "x" * 10_000}]
    for each in [*bad, {"secret": "BUREAU2027"}, {"code": "CONGR"}, {"last_on": "2020-01-01"}]:
        answer = w.client.post(url, typed(**{"pays_as": w.delegate.pk, **each}))
        assert answer.status_code == 422, each
    assert not SubBlock.objects.exists()


def test_guests_are_named_and_written_to_from_here_too(w):
    part = make(w)
    w.client.post(address("", part), {"act": "name", "names": "Ada; Roy; ada@x.example"})
    w.client.post(address("", part), {"act": "invite"})
    assert part.guests.get().invited_at is not None
    assert w.client.post(address("", part), {"act": "name", "names": ""}).status_code == 422


def test_an_outsider_sees_none_of_it(w):
    part = make(w)
    w.client.force_login(w.outsider)
    assert w.client.get(address("", part)).status_code in (302, 403, 404)
    assert w.client.post(address("-allocation", part), rooms(w, 1)).status_code in (302, 403, 404)


def queries(w, url):
    with CaptureQueriesContext(connection) as found:
        assert w.client.get(url).status_code == 200
    return len(found)


def test_pages_ask_as_many_questions_for_twenty_as_for_two(w):
    part = make(w)
    cells = {(w.room.service_id, w.arrival): 1}
    allocate(part, cells, key="a", by=w.agent, at=NOW)
    index = reverse("office-sub-blocks", args=["ctv2027"])
    pages = [index, address("", part), address("-allocation", part), address("-return", part)]
    before = [queries(w, page) for page in pages]
    for n in range(8):
        make(w, code=f"B{n}", secret=f"CODE-{n}")
    more = {(w.room.service_id, w.arrival + timedelta(days=n)): 2 for n in range(3)}
    allocate(part, more, key="b", by=w.agent, at=NOW)
    part.guests.bulk_create(part.guests.model(sub_block=part, last_name=f"G{n}", made_at=NOW) for n in range(20))
    assert [queries(w, page) for page in pages] == before
