"""From past editions to a number of rooms: shares, range, no-shows, arrivals; and files read cell by cell."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pleniere.allotment.editions import read_editions
from pleniere.allotment.forecast import Past, propose

DAY = date(2027, 4, 7)
HEADS = ["Édition", "Premier jour", "Participants", "Nuit", "Chambres", "Arrivées", "No-shows, %"]


def past(name="2025", heads=400, rooms=None, no_show="0", years=2, **facts):
    return Past(name, DAY - timedelta(days=365 * years), heads, Decimal(no_show), rooms or {-1: 100, 0: 200}, **facts)


def test_two_editions_give_a_weighted_mean_and_their_range():
    found = propose([past("2025", 400, {-1: 100, 0: 200}), past("2026", 500, {-1: 100, 0: 300}, years=1)], heads=600, starts=DAY)
    eve, first = found.nights
    assert (eve.night, eve.low, eve.rooms, eve.high) == (DAY - timedelta(days=1), 120, 130, 150)  # 20 % and 25 %, the later twice
    assert (first.low, first.rooms, first.high) == (300, 340, 360)  # 50 % and 60 %
    assert found.peak == first and found.room_nights == 470


def test_no_shows_are_taken_off_and_one_edition_alone_is_no_certainty():
    night = propose([past(rooms={0: 200}, no_show="5")], heads=400, starts=DAY).nights[0]
    assert (night.low, night.rooms, night.high) == (171, 190, 209)


def test_arrivals_are_counted_or_read_from_the_rise_of_the_nights():
    assert past(rooms={-1: 100, 0: 150, 1: 120}).arriving() == {-1: Decimal(100) / 150, 0: Decimal(50) / 150, 1: 0}
    assert past(arrivals={-1: 30, 0: 90}).arriving() == {-1: Decimal("0.25"), 0: Decimal("0.75")}


@given(
    st.dictionaries(st.integers(-3, 5), st.integers(0, 900), min_size=1),
    st.integers(1, 2000),
    st.lists(st.integers(0, 9), min_size=3, max_size=3),
)
def test_rooms_by_type_add_up_to_each_night_and_never_leave_the_range(rooms, heads, parts):
    found = propose([past(rooms=rooms)], heads=heads, starts=DAY)
    for night in found.nights:
        assert 0 <= night.low <= night.rooms <= night.high
    if any(parts):
        cut = found.by_type(dict(zip(["SINGLE", "TWIN", "DOUBLE"], parts, strict=True)))
        for night in found.nights:
            assert sum(nights[night.night] for nights in cut.values()) == night.rooms


def test_a_good_file_is_read_whatever_its_order_of_columns_and_its_forms_of_dates():
    rows = [["Congrès annuel"], [], HEADS, ["2025", "07/04/2025", "480", "06/04/2025", "150", "150", "3"]]
    rows += [["2025", date(2025, 4, 7), 480.0, "2025-04-07", "1 210", "", ""], ["", "", "", "", "", "", ""]]
    found, wrong = read_editions(rows)
    assert not wrong
    assert found == [Past("2025", date(2025, 4, 7), 480, Decimal(3), {-1: 150, 0: 1210}, {-1: 150})]
    mixed = [["rooms", "night", "Year", "delegates", "first day"], ["5", "2025-04-07", "25", "10", "2025-04-07"]]
    assert read_editions(mixed)[0][0].rooms == {0: 5}


@pytest.mark.parametrize(
    "row, cell",
    [
        (["2025", "32/13/2025", "480", "06/04/2025", "150"], "B2"),
        (["2025", "07/04/2025", "beaucoup", "06/04/2025", "150"], "C2"),
        (["2025", "07/04/2025", "480", "hier", "150"], "D2"),
        (["2025", "07/04/2025", "480", "06/04/2025", "-1"], "E2"),
        (["2025", "07/04/2025", "480", "06/04/2025", "1,5"], "E2"),
        (["2025", "07/04/2025", "480", "06/04/2025", "1e99"], "E2"),
        (["2025", "07/04/2025", "480", "06/04/2024", "150"], "D2"),
        (["", "07/04/2025", "480", "06/04/2025", "150"], "A2"),
        (["2025", "07/04/2025", "480", "06/04/2025", "150", "", "120"], "G2"),
        (["2025", "07/04/2025", "480", "06/04/2025", "NaN"], "E2"),
    ],
)
def test_what_is_wrong_is_said_at_its_cell(row, cell):
    _found, wrong = read_editions([HEADS, row])
    assert [each.cell for each in wrong] == [cell] and all(each.words for each in wrong)


def test_a_night_twice_another_first_day_and_missing_columns_are_told():
    good = ["2025", "07/04/2025", "480", "06/04/2025", "150"]
    assert [w.cell for w in read_editions([HEADS, good, good])[1]] == ["D3"]
    assert [w.cell for w in read_editions([HEADS, good, ["2025", "08/04/2025", "480", "07/04/2025", "150"]])[1]] == ["B3"]
    assert read_editions([["Édition", "Nuit", "Chambres"], good])[1][0].cell == "A1"
    assert read_editions([["bonjour"]])[1] and read_editions([])[1] and read_editions([HEADS])[1]
