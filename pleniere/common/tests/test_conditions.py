"""Conditions: one grammar, read one way; what cannot be meant is said."""

import pytest

from pleniere.common.conditions import holds, names, wrong

FACTS = {"diet": "other", "nights": 2, "day": "2027-04-08", "has": ["FEE", "GALA"], "minor": True, "none": None}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (None, True),
        ({}, True),
        ({"is": ["diet", "=", "other"]}, True),
        ({"is": ["diet", "!=", "other"]}, False),
        ({"is": ["nights", ">=", 2]}, True),
        ({"is": ["nights", "<", 10]}, True),
        ({"is": ["day", ">", "2027-04-07"]}, True),
        ({"is": ["has", "=", "GALA"]}, True),
        ({"is": ["has", "!=", "GALA"]}, False),
        ({"is": ["has", "in", ["LUNCH", "FEE"]]}, True),
        ({"is": ["minor", "=", True]}, True),
        ({"is": ["minor", "=", "True"]}, False),
        ({"is": ["none", "=", "x"]}, False),
        ({"is": ["none", "!=", "x"]}, True),
        ({"is": ["none", "<", 3]}, False),
        ({"is": ["unsaid", "=", "x"]}, False),
        ({"all": [{"is": ["nights", "=", 2]}, {"not": {"is": ["diet", "=", "none"]}}]}, True),
        ({"any": [{"is": ["nights", "=", 3]}, {"is": ["diet", "=", "none"]}]}, False),
    ],
)
def test_a_condition_holds_or_not(condition, expected):
    assert holds(condition, FACTS) is expected
    assert wrong(condition, set(FACTS) | {"unsaid"}) == []


@pytest.mark.parametrize(
    "condition",
    [
        [],
        "x",
        {"is": ["diet", "=", "x"], "not": {}},
        {"is": ["diet", "="]},
        {"is": ["diet", "=", None]},
        {"is": ["diet", "~", "x"]},
        {"is": ["weather", "=", "x"]},
        {"is": ["diet", "in", "x"]},
        {"all": []},
        {"xor": [{"is": ["diet", "=", "x"]}]},
        {"not": {"not": {"not": {"not": {"not": {"not": {"not": {"is": ["diet", "=", "x"]}}}}}}}},
        {"all": [{"is": ["diet", "=", "x"]}] * 61},
    ],
)
def test_what_cannot_be_meant_is_said(condition):
    assert wrong(condition, {"diet"})


def test_it_knows_what_it_asks_about():
    assert names({"all": [{"is": ["a", "=", 1]}, {"not": {"is": ["b", "=", 1]}}]}) == {"a", "b"}
    assert names({}) == set()
