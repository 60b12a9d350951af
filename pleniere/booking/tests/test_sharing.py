"""A price cut between payers: to the cent, whatever the amounts; and put together again."""

from datetime import date
from decimal import Decimal as D

from hypothesis import given
from hypothesis import strategies as st

from pleniere.booking.models import Charge, Line
from pleniere.booking.sharing import Portion, asked_by_payer, cuts, divided, in_parts, merged
from pleniere.common.money import ZERO, cents, total

ME, EMPLOYER, GRANT = 1, 2, 3
DAY = date(2027, 4, 7)
LINES = {n: Line(pk=n) for n in range(1, 5)}


def charge(line, amount, *, mode="AGENT", units=1, bought=None, commission=ZERO, kind="SALE", label="x"):
    return Charge(
        line=LINES[line],
        kind=kind,
        label={"fr": label},
        start=DAY,
        end=DAY,
        units=units,
        unit=cents(amount / units),
        total=amount,
        mode=mode,
        bought=amount if mode in ("AGENT", "DIRECT") else bought or ZERO,
        commission=commission,
        congress_id=1,
        supplier_id=1,
        vat=D(10),
    )


money = st.integers(1, 500_000).map(lambda n: D(n) / 100)
prices = st.lists(
    st.tuples(st.integers(1, 4), money, st.sampled_from(["AGENT", "OWN", "DIRECT", "MARGIN"]), st.integers(1, 9)),
    min_size=1,
    max_size=9,
)


@given(prices, money, st.frozensets(st.integers(1, 4)), st.frozensets(st.integers(1, 4)), st.booleans())
def test_every_cut_adds_up_to_the_cent_and_the_cap_is_met_exactly(found, most, of_grant, of_employer, discounted):
    charges = [
        charge(line, amount, mode=mode, units=units, bought=cents(amount * D("0.7")), commission=cents(amount * D("0.08")))
        for line, amount, mode, units in found
    ]
    if discounted:
        charges.append(charge(found[0][0], -cents(found[0][1] / 3), mode="OWN", kind="DISCOUNT"))
    portions = {GRANT: Portion(of_grant, most), EMPLOYER: Portion(of_employer)}
    cut = cuts(charges, portions, rest=ME)
    for each, parts in zip(charges, cut, strict=True):
        made = in_parts(each, parts)
        for name in ("total", "unit", "bought", "commission"):
            assert total(getattr(part, name) for part in made) == getattr(each, name)
        assert all(part.units == each.units and abs(part.total) <= abs(each.total) for part in made)
        assert all((part.total < 0) == (each.total < 0) or not part.total for part in made)
        assert all(part.bought == part.total for part in made if part.mode in ("AGENT", "DIRECT"))
    asked = asked_by_payer(charges, cut)
    within = total(c.total for c in charges if c.line_id in of_grant and c.mode != "DIRECT")
    assert asked.get(GRANT, ZERO) == max(ZERO, min(most, within))
    assert total(asked.values()) == total(c.total for c in charges if c.mode != "DIRECT")


@given(money, money, st.integers(1, 9))
def test_what_was_cut_is_put_together_again_as_it_was(amount, most, units):
    one = charge(1, amount, mode="OWN", units=units, bought=cents(amount / 3))
    (whole,) = merged(divided([one], {GRANT: Portion(frozenset([1]), most)}, rest=ME))
    for name in ("unit", "total", "bought", "commission", "units", "label"):
        assert getattr(whole, name) == getattr(one, name)


def test_two_alike_at_one_payer_stay_two():
    two = divided([charge(1, D("30.00")), charge(1, D("30.00"))], {}, rest=ME)
    assert len(merged(two)) == 2


def test_spare_cents_go_to_the_largest_remainders():
    three = [charge(n, D("33.33")) for n in (1, 2, 3)]
    cut = cuts(three, {GRANT: Portion(frozenset([1, 2, 3]), D("50.00"))}, rest=ME)
    assert [parts[GRANT] for parts in cut] == [D("16.67"), D("16.67"), D("16.66")]


def test_what_is_paid_at_the_hotel_is_no_grants():
    cut = cuts([charge(1, D("80.00"), mode="DIRECT")], {GRANT: Portion(frozenset([1]), D("50.00"))}, rest=ME)
    assert cut == [{ME: D("80.00")}]
