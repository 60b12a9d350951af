"""The journal balances, only grows, and shows when somebody touched it."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisCase

from pleniere.ledger import chart
from pleniere.ledger.actions import (
    MonthClosed,
    MonthNotOver,
    Posting,
    Unbalanced,
    close_month,
    open_date,
    post,
    reverse,
    verify_chain,
)
from pleniere.ledger.chart import BANK, CLIENTS, PRINCIPALS, SALES, VAT_OUT, make_chart
from pleniere.ledger.models import Account, Chain, Entry, EntryLine, Month

AT = datetime(2027, 3, 8, 9, 12, tzinfo=UTC)
DAY = date(2027, 3, 8)
D = Decimal
SALE = [
    Posting(CLIENTS, debit=D("60.00"), aux="P:10001", aux_label="Claire Fournier"),
    Posting(SALES, credit=D("50.00")),
    Posting(VAT_OUT, credit=D("10.00")),
]


def write(key="sale", lines=SALE, day=DAY, **facts):
    facts = {"journal": "VE", "label": "Droits d’inscription", "piece": "FA2027-00001", **facts}
    return post(key, date=day, piece_date=day, lines=lines, by="Sam", at=AT, **facts)


@pytest.mark.django_db
def test_an_entry_is_written_once_per_key():
    first, second = write(), write(label="again")
    assert first == second
    assert Entry.objects.count() == 1
    assert [(n.account, n.debit, n.credit) for n in first.lines.order_by("pk")] == [
        ("411000", D("60.00"), D("0.00")),
        ("706000", D("0.00"), D("50.00")),
        ("445710", D("0.00"), D("10.00")),
    ]


@pytest.mark.django_db
def test_what_does_not_balance_is_not_written():
    with pytest.raises(Unbalanced):
        write(lines=SALE[:2])
    assert not Entry.objects.exists()
    assert not Chain.objects.filter(length__gt=0).exists()


@pytest.mark.django_db
def test_zero_lines_are_dropped_and_an_entry_of_nothing_is_none():
    entry = write(lines=[*SALE, Posting(PRINCIPALS)])
    assert entry.lines.count() == 3
    assert write("nothing", lines=[Posting(CLIENTS), Posting(SALES)]) is None


@pytest.mark.django_db
def test_a_negative_amount_stands_on_the_other_side():
    entry = write(lines=[Posting(CLIENTS, debit=D("-5")), Posting(SALES, credit=D("-5"))])
    assert [(n.debit, n.credit) for n in entry.lines.order_by("pk")] == [(0, D(5)), (D(5), 0)]


@pytest.mark.django_db
def test_an_unknown_role_is_refused():
    with pytest.raises(chart.UnknownRole):
        write(lines=[Posting("PIGGY_BANK", debit=D(1)), Posting(SALES, credit=D(1))])


@pytest.mark.django_db
def test_a_closed_month_and_what_lies_before_it_take_no_entry():
    close_month(date(2027, 2, 1), by="Ada", at=AT, today=DAY)
    for day in (date(2027, 2, 28), date(2027, 1, 3)):
        with pytest.raises(MonthClosed):
            write(f"late {day}", day=day)
    assert write(day=date(2027, 3, 1)) is not None
    assert open_date(date(2027, 1, 3)) == date(2027, 3, 1)
    assert open_date(DAY) == DAY


@pytest.mark.django_db
def test_a_repeat_in_a_month_closed_since_returns_the_first():
    entry = write(day=date(2027, 2, 3))
    close_month(date(2027, 2, 1), by="Ada", at=AT, today=DAY)
    assert write(day=date(2027, 2, 3)) == entry


@pytest.mark.django_db
def test_a_month_is_closed_once_and_only_when_over():
    with pytest.raises(MonthNotOver):
        close_month(DAY, by="Ada", at=AT, today=DAY)
    close_month(date(2027, 2, 9), by="Ada", at=AT, today=DAY)
    close_month(date(2027, 2, 1), by="Bob", at=AT, today=DAY)
    assert Month.objects.get().closed_by == "Ada"
    close_month(date(2026, 12, 1), by="Ada", at=AT, today=DAY)
    assert open_date(date(2026, 12, 24)) == date(2027, 3, 1)


@pytest.mark.django_db
def test_a_reversal_empties_every_account():
    entry = write()
    undone = reverse(entry, date=DAY, by="Sam", at=AT)
    assert reverse(entry, date=DAY, by="Sam", at=AT) == undone
    for role in (CLIENTS, SALES, VAT_OUT):
        lines = EntryLine.objects.filter(role=role)
        assert sum(n.debit - n.credit for n in lines) == 0


@pytest.mark.django_db
def test_the_chain_holds_until_somebody_touches_it():
    for n in range(3):
        write(f"sale {n}")
    assert verify_chain("entries") == []
    EntryLine.objects.filter(entry__number=2, role=CLIENTS).update(debit=D("61.00"))
    assert verify_chain("entries") == ["entries 2: is not what was written"]


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_dropped_entry_is_seen_wherever_it_was(number):
    for n in range(3):
        write(f"sale {n}")
    EntryLine.objects.filter(entry__number=number).delete()
    Entry.objects.filter(number=number).delete()
    assert verify_chain("entries")


@pytest.mark.django_db
def test_control_characters_never_reach_the_journal():
    entry = write(
        label="a\x00b\tc\nd", lines=[Posting(CLIENTS, debit=D(1), aux="P:1", aux_label="x\x00y"), Posting(SALES, credit=D(1))]
    )
    assert entry.label == "a b c d"
    assert entry.lines.get(role=CLIENTS).aux_label == "x y"
    assert verify_chain("entries") == []


@pytest.mark.django_db
def test_a_public_bureau_keeps_m4_numbers():
    make_chart("ASSOCIATION")
    make_chart("REGIE")
    assert Account.objects.get(role=BANK).number == "515000"
    Account.objects.filter(role=BANK).update(number="515100")
    make_chart("ASSOCIATION")
    assert Account.objects.get(role=BANK).number == "515100", "what the accountant chose stays"
    write()
    make_chart("EPIC")
    assert Account.objects.get(role=CLIENTS).label == "Clients", "no renumbering once the books have begun"
    assert Account.objects.count() == len(chart.ROLES)


class Balance(HypothesisCase):
    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.decimals(min_value=-9999, max_value=9999, places=2), max_size=6))
    def test_whatever_is_posted_balances_and_verifies(self, amounts):
        lines = [Posting(CLIENTS, debit=a) for a in amounts] + [Posting(SALES, credit=sum(amounts, D(0)))]
        write("any", lines=lines)
        sides = EntryLine.objects.all()
        assert sum(n.debit - n.credit for n in sides) == 0
        assert verify_chain("entries") == []
