"""VAT belongs to a document: the lines' shares sum to it, whatever their signs."""

from decimal import Decimal as D

from hypothesis import given
from hypothesis import strategies as st

from pleniere.common.money import total, vat_within
from pleniere.invoicing.vat import vat_of_lines

GROSS = st.decimals(min_value=D("-999.99"), max_value=D("9999.99"), places=2)
RATE = st.sampled_from([D("20"), D("10"), D("5.5"), D("2.1"), D("0")])


def test_five_hundred_lines_of_25_23_hold_2102_50_of_vat():
    parts = vat_of_lines([(D("25.23"), D("20"))] * 500)
    assert total(parts) == D("2102.50")
    assert set(parts) == {D("4.20"), D("4.21")}


@given(st.lists(st.tuples(GROSS, RATE), max_size=40))
def test_the_parts_sum_to_the_documents_vat_by_rate_and_none_is_off_by_a_cent(lines):
    parts = vat_of_lines(lines)
    for rate in {rate for _gross, rate in lines}:
        mine = [(gross, part) for (gross, each), part in zip(lines, parts, strict=True) if each == rate]
        assert total(part for _gross, part in mine) == vat_within(total(gross for gross, _part in mine), rate)
        assert all(abs(part - gross * rate / (100 + rate)) <= D("0.011") for gross, part in mine)
