"""What no delegate asked for: guaranteed, owed, paid before any receipt, posted with its supplier's invoice, in the margin."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from django.utils import translation

from pleniere.accounting.audit import audit
from pleniere.accounting.purchases import CannotEnter, enter_invoice, take_out_invoice
from pleniere.accounts.rights import NotAllowed
from pleniere.booking.models import Booking
from pleniere.booking.tests.world import make_supplier
from pleniere.invoicing.queries import to_bill
from pleniere.invoicing.tests.world import NOW, billing_world
from pleniere.ledger.models import Entry
from pleniere.payout.owed import snapshot
from pleniere.payout.purchases import CannotBuy, Order, buy, cancel, count, margin_of, sum_of, units_of

pytestmark = pytest.mark.django_db
DAY = date(2027, 4, 8)


@pytest.fixture
def w():
    with translation.override("en"):
        w = billing_world()
        w.coach = make_supplier("CARS", "TRANSPORT")
        w.said = {"by": w.agent, "at": NOW}
        yield w


def covers(w, **facts):
    order = {"kind": "COVERS", "label": "Gala, couverts", "day": DAY, "persons": 200, "unit": D("55.00"), "vat": "intermediate"}
    return buy(w.congress, w.caterer, Order(**order | facts), key=facts.pop("key", "k1"), **w.said)


def owed(w):
    return {s.charge: (s.owed, s.payable) for s in snapshot(w.congress).standings if s.is_live}


def test_covers_are_owed_and_payable_before_any_receipt(w):
    purchase = covers(w)
    assert covers(w).pk == purchase.pk
    assert purchase.final_on == DAY - timedelta(days=8)
    assert list(owed(w).values()) == [(D("11000.00"), D("11000.00"))]
    (row,) = margin_of(w.congress)
    assert (row.sold, row.bought, row.untied, row.margin, row.part) == (D(0), D("11000.00"), D("11000.00"), D("-11000.00"), None)
    assert not to_bill().exists()
    assert Booking.objects.filter(congress=w.congress, kind="MASTER").count() == 1


def test_a_guide_for_each_twenty_five(w):
    assert [units_of(n, 25) for n in (1, 25, 26, 50, 51)] == [1, 1, 2, 2, 3]
    purchase = buy(w.congress, w.guide, Order("GUIDE", "Guides", DAY, 120, D("180.00"), per=25), key="g", **w.said)
    assert purchase.line.charges.live().get().bought == D("900.00")
    count(purchase, 126, **w.said)
    assert sum(charge.bought for charge in purchase.line.charges.live()) == D("1080.00")


def test_the_final_number_grows_and_is_billed_even_if_fewer_come(w):
    purchase = covers(w)
    count(purchase, 230, **w.said)
    count(purchase, 210, **w.said)
    late = {"by": w.agent, "at": NOW.replace(year=2027, month=4, day=2)}
    with pytest.raises(CannotBuy, match="only grow"):
        count(purchase, 205, **late)
    count(purchase, 220, **late)
    with pytest.raises(CannotBuy, match="guaranteed"):
        count(purchase, 190, **w.said)
    assert [value for value, _payable in owed(w).values()] == [D("12100.00")]


def test_its_invoice_posts_once_and_is_taken_out_by_a_counter_entry(w):
    purchase = covers(w)
    who = {"by": w.accountant, "at": NOW}
    enter_invoice(purchase, number="F-77", on=NOW.date(), **who)
    enter_invoice(purchase, number="F-77", on=NOW.date(), **who)
    entry = Entry.objects.get(key=f"purchase/own/{purchase.pk}/1")
    sides = {line.role: (line.debit, line.credit) for line in entry.lines.all()}
    assert sorted(map(str, sides.values())) == sorted(
        map(str, [(D("10000.00"), D("0.00")), (D("1000.00"), D("0.00")), (D("0.00"), D("11000.00"))])
    )
    with pytest.raises(CannotBuy, match="invoice"):
        count(purchase, 300, **w.said)
    with pytest.raises(CannotBuy, match="invoice"):
        cancel(purchase, **w.said)
    with pytest.raises(CannotEnter, match="already"):
        enter_invoice(purchase, number="F-78", on=NOW.date(), **who)
    assert [(name, found) for _n, _of, name, found in audit() if found] == []
    take_out_invoice(purchase, why="erreur", **who)
    take_out_invoice(purchase, why="erreur", **who)
    assert Entry.objects.filter(key__startswith="purchase/own/").count() == 2
    enter_invoice(purchase, number="F-77", on=NOW.date(), **who)
    assert [(name, found) for _n, _of, name, found in audit() if found] == []


def test_a_penalty_for_empty_rooms_is_owed_and_may_be_let_off(w):
    order = Order("ATTRITION", "12 nuits non vendues", DAY, 12, D("105.75"), vat="none")
    purchase = buy(w.congress, w.hotel, order, key="a", **w.said)
    assert [value for value, _payable in owed(w).values()] == [D("1269.00")]
    assert cancel(purchase, **w.said)
    assert not cancel(purchase, **w.said)
    assert owed(w) == {}
    assert margin_of(w.congress) == []
    assert sum_of([]).margin == D(0)


@pytest.mark.parametrize(
    "bad",
    [
        {"persons": 0},
        {"persons": 10**9},
        {"unit": D(0)},
        {"unit": D(10) ** 12},
        {"label": " "},
        {"label": "\x00"},
        {"vat": "luxury"},
        {"kind": "YACHT"},
        {"per": 0},
        {"day": date(9999, 1, 1)},
        {"last": date(2027, 4, 1)},
        {"final_on": date(2027, 5, 1)},
    ],
)
def test_what_makes_no_sense_is_refused(w, bad):
    with pytest.raises(CannotBuy):
        covers(w, **bad)
    assert not Booking.objects.filter(kind="MASTER").exists()


def test_who_may(w):
    with pytest.raises(NotAllowed):
        buy(w.congress, w.coach, Order("COACH", "Car", DAY, 50, D(400), per=50), key="c", by=w.outsider, at=NOW)
    purchase = covers(w)
    with pytest.raises(NotAllowed):
        enter_invoice(purchase, number="1", on=NOW.date(), by=w.agent, at=NOW)
    with pytest.raises(NotAllowed):
        cancel(purchase, by=w.accountant, at=NOW)
