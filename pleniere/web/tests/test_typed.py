import pytest
from django.core.exceptions import ValidationError

from pleniere.congress.models import Audience
from pleniere.web.forms import RowsField
from pleniere.web.typed import number, pk_of, pks_of


@pytest.mark.parametrize("text", ["", " 3", "-3", "+3", "3.0", "²", "٣", "three", "3\0", "9" * 18, "9" * 5000])
def test_what_is_no_plain_number_is_none(text):
    assert number(text) is None
    assert pk_of(text) == 0


def test_a_number_is_read_as_long_as_it_may_be():
    assert (number("0"), number("007"), number("9" * 17)) == (0, 7, 10**17 - 1)
    assert (number("12345", digits=5), number("123456", digits=5)) == (12345, None)


def test_keys_are_those_that_can_be_one():
    assert pks_of(["3", "", "0", "x", "12"]) == [3, 12]
    assert pk_of(None) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["9" * 25, "9" * 5_000, "-1", "x", "٣", "1\x00"])
def test_a_key_that_no_row_can_bear_is_refused_before_a_database_is_asked(key, django_assert_num_queries):
    with django_assert_num_queries(0), pytest.raises(ValidationError):
        RowsField(Audience.objects.all()).clean([key])
