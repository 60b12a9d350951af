"""A purse shared among suppliers: what is paid to some changes nothing for the others, and comes up for nobody again."""

from datetime import date
from decimal import Decimal as D
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from pleniere.payout.owed import Standing, make_payable

CENTS = st.integers(1, 200_000).map(lambda cents: D(cents) / 100)
PAYER = 1


def standing(number, asked, part=0, *, firm=True):
    day = date(2027, 4, 7)
    had = (asked * part / 100).quantize(D("0.01"))
    return Standing(
        charge=number,
        line=number,
        booking=1,
        supplier=number,
        payer=PAYER,
        kind="SALE",
        mode="AGENT",
        total=asked,
        bought=asked,
        commission=D(0),
        is_live=True,
        is_firm=firm,
        is_house=False,
        is_room=False,
        start=day,
        end=day,
        paid=had,
    )


def share(standings, came):
    due = sum(each.total for each in standings)
    for each in standings:
        each.payable = D(0)
    make_payable(standings, {PAYER: came}, {PAYER: due})
    return {each.charge: each.payable for each in standings}


PARTS = st.lists(st.tuples(CENTS, st.sampled_from([0, 0, 0, 10, 50, 100]), st.booleans()), min_size=1, max_size=7)


@settings(max_examples=150, deadline=None)
@given(PARTS, st.integers(0, 110), st.sets(st.integers(0, 6)))
def test_who_is_paid_is_not_payable_again_and_the_others_as_before(parts, percent, chosen):
    standings = [standing(n, asked, had, firm=firm or n == 0) for n, (asked, had, firm) in enumerate(parts)]
    came = (sum(each.total for each in standings) * percent / 100).quantize(D("0.01"))
    first = share(standings, came)
    for each in standings:
        if each.charge in chosen:
            each.paid += each.payable
    assert share(standings, came) == {n: D(0) if n in chosen else amount for n, amount in first.items()}


@settings(max_examples=150, deadline=None)
@given(PARTS, st.integers(0, 110))
def test_never_more_than_is_owed_nor_than_the_purse_holds_and_less_than_a_cent_each_is_kept(parts, percent):
    standings = [standing(n, asked, had, firm=firm) for n, (asked, had, firm) in enumerate(parts)]
    due = sum(each.total for each in standings)
    came = (due * percent / 100).quantize(D("0.01"))
    payable = share(standings, came)
    purse = Fraction(min(came, due)) - Fraction(sum(each.paid for each in standings))
    ready = sum(Fraction(each.owed) for each in standings if each.is_firm)
    assert all(0 <= payable[each.charge] <= each.owed for each in standings)
    assert all(each.is_firm or not payable[each.charge] for each in standings)
    most = min(Fraction(ready), max(purse, Fraction(0)))
    assert most - Fraction(len(parts), 100) < sum(Fraction(amount) for amount in payable.values()) <= most or not most


def test_a_third_collected_is_paid_to_the_hotel_first_and_the_others_share_waits_for_it():
    hotel, caterer, guide = (standing(n, D(asked)) for n, asked in enumerate(["600.00", "200.00", "100.00"]))
    assert share([hotel, caterer, guide], D("300.00")) == {0: D("200.00"), 1: D("66.66"), 2: D("33.33")}
    hotel.paid = D("200.00")
    assert share([hotel, caterer, guide], D("300.00")) == {0: D("0.00"), 1: D("66.66"), 2: D("33.33")}


def test_who_has_had_more_than_its_part_waits_for_the_others():
    """The first was paid when all had come; then half bounced."""
    paid, waiting = standing(0, D("100.00"), 80), standing(1, D("100.00"))
    assert share([paid, waiting], D("100.00")) == {0: D("0.00"), 1: D("20.00")}
    assert share([paid, waiting], D("200.00")) == {0: D("20.00"), 1: D("100.00")}
