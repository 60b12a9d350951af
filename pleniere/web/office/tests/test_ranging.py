"""Ranges typed in one line: understood in both languages, once, undone whole; what is sold or a block's stays."""

from datetime import date

import pytest

from pleniere.allotment.actions.ranging import NotUnderstoodRange, Range, read_range
from pleniere.allotment.tests.world import NIGHTS, answer, ask, keep, world
from pleniere.stock.models import StockDay
from pleniere.stock.queries import audit

NEAR = date(2027, 4, 7)
KEY = "00000000-0000-4000-8000-00000000000{}"


@pytest.mark.parametrize(
    ("words", "rooms", "first", "last"),
    [
        ("+5 du 12 au 15 juin", 5, date(2027, 6, 12), date(2027, 6, 15)),
        ("-2 le 14/06", -2, date(2027, 6, 14), date(2027, 6, 14)),
        ("−3 du 30 mars au 2 avril", -3, date(2027, 3, 30), date(2027, 4, 2)),
        ("+ 1 from 31 December 2026 to 2 January 2027", 1, date(2026, 12, 31), date(2027, 1, 2)),
        ("+4 12/06/2028-13/06/2028", 4, date(2028, 6, 12), date(2028, 6, 13)),
        ("+10 du 1 au 3 août", 10, date(2027, 8, 1), date(2027, 8, 3)),
    ],
)
def test_a_line_is_read(words, rooms, first, last):
    assert read_range(words, near=NEAR) == Range(rooms, first, last)


@pytest.mark.parametrize(
    "words",
    [
        *("", "5 du 12 au 15 juin", "+0 le 12 juin", "+9999 le 12 juin", "+5 du 15 au 12 juin", "+5 le 31 juin"),
        *("+5 le 12 juin 9999", "+5 du 1 janvier au 31 décembre", "+5 le 12 brumaire", "\0", "+5 " + "9" * 500),
    ],
)
def test_what_is_not_understood_is_said(words):
    with pytest.raises(NotUnderstoodRange):
        read_range(words, near=NEAR)


@pytest.mark.django_db
def test_rooms_come_and_go_by_the_page_once_and_are_undone(client):
    w = ask(world())
    answer(w)
    keep(w)
    client.force_login(w.sam)
    url = f"/office/congresses/{w.congress.code}/planning/"
    row = StockDay.objects.order_by("day").first()
    what = {"what": f"{row.pool_id}:{row.service_id}"}

    def send(words, n):
        return client.post(f"{url}ranges/", {**what, "words": words, "key": KEY.format(n)})

    def granted():
        return list(StockDay.objects.order_by("day").values_list("granted", flat=True))

    assert 'placeholder="+5 du 7 avril au ' in client.get(f"{url}?month={NIGHTS[0]:%Y-%m}").content.decode()
    for _twice in range(2):
        assert send("+5 du 6 au 7 avril", 1).status_code == 302
    assert granted() == [35, 35, 30]
    assert send("-6 le 6 avril", 2).status_code == 302 and granted() == [35, 35, 30], "a block's rooms go back by its release"
    assert send("+5 le 20 avril", 3).status_code == 302 and granted() == [35, 35, 30], "nothing is on sale there"
    assert send("-2 le 6 avril", 4).status_code == 302 and granted() == [33, 35, 30]
    refused = client.get(send("xyz", 5).url)
    page = refused.content.decode()
    assert "toast--bad" in page and f'value="{what["what"]}" selected' in page, "said as a refusal, the room still chosen"
    assert not refused.context["form"].errors, "the filter above is another form"
    for n in (4, 4, 1, 1):
        assert client.post(f"{url}ranges/undoing/", {"key": KEY.format(n)}).status_code == 302
    assert granted() == [30, 30, 30] and not audit()
    client.force_login(w.olga)
    assert send("+5 du 6 au 7 avril", 6).status_code == 404
