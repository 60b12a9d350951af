"""VAT on the margin: found by period, posted once, on the last day of its month; nothing is taxed twice, nothing forgotten."""

from datetime import UTC, date, datetime
from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pleniere.accounting.actions import PostedAlready, close_month, post_margin_vat
from pleniere.accounting.audit import audit
from pleniere.accounting.checker import check
from pleniere.accounting.fec import export
from pleniere.accounting.margin import figures, next_first, part_rows
from pleniere.accounting.models import MarginPart, MarginPeriod
from pleniere.accounting.years import year_closing_in
from pleniere.accounts.models import Trace
from pleniere.accounts.rights import SYSTEM, NotAllowed
from pleniere.booking.actions import cancel_lines
from pleniere.catalogue.models import Vat
from pleniere.congress.models import Congress
from pleniere.invoicing.actions import credit_struck, issue_invoices
from pleniere.invoicing.tests.world import NOW, balances, billing_world, bought
from pleniere.ledger.actions import MonthClosed, MonthNotOver
from pleniere.ledger.chart import make_chart
from pleniere.ledger.models import Entry
from pleniere.payment.actions import receive
from pleniere.payout.actions import approve, execute, give_cheque, prepare_payouts
from pleniere.payout.queries import Selection
from pleniere.payout.tests.world import give_account, make_user

MARCH, APRIL, MAY = date(2027, 3, 1), date(2027, 4, 1), date(2027, 5, 1)
IN_APRIL, IN_MAY, IN_JUNE = (datetime(2027, month, 2, 10, tzinfo=UTC) for month in (4, 5, 6))


@pytest.fixture
def world(db):
    world = billing_world()
    world.admin = make_user("ada@example.org", "ADMIN")
    world.bureau.siret = "73282932000074"
    world.bureau.save()
    make_chart("ASSOCIATION")
    return world


def differences():
    return [line for _done, _whole, _name, found in audit() for line in found]


def posts(world, first, basis="DOCUMENTS", at=IN_JUNE, by=None):
    return post_margin_vat(first, basis=basis, by=by or world.accountant, at=at, today=at.date())


def pay(booking, amount, on):
    facts = {"kind": "TRANSFER", "amount": D(amount), "on": on, "key": f"{booking}-{on}-{amount}"}
    receive(booking.payers.get(), **facts, by=SYSTEM, at=NOW)


def test_what_was_billed_less_what_it_cost_holds_its_vat_and_a_repeat_posts_nothing(world):
    """Two tours at 50.00 bought at 30.00: a margin of 40.00 that holds 6.67 at 20 %. What is ours or the hotel's is not in it."""
    for _each in range(2):
        issue_invoices(bought(world, world.tour, world.own, world.dinner), by=SYSTEM, at=NOW)
    before = balances("VAT_OUT")["VAT_OUT"]
    period = posts(world, MARCH)
    assert (period.sold, period.bought, period.base, period.vat) == (D("100.00"), D("60.00"), D("40.00"), D("6.67"))
    assert balances("MARGIN_SALES") == {"MARGIN_SALES": D("-93.33")}
    assert balances("VAT_OUT")["VAT_OUT"] - before == D("-6.67")
    assert posts(world, MARCH, basis="MONEY") == period and MarginPeriod.objects.count() == 1
    entry = Entry.objects.get(key="margin-vat/2027-03")
    assert (entry.journal, entry.date, entry.piece, entry.label) == (
        "OD",
        date(2027, 3, 31),
        "TVA-MARGE-2027-03",
        "TVA sur la marge, 03/2027",
    )
    assert Trace.objects.filter(verb="accounting.margin_vat_posted").count() == 1
    assert not differences()


def test_on_money_what_came_for_it_less_what_was_paid_for_it(world):
    """50.00 of 74.00 is under the scheme: of the 37.00 that came in March, 25.00; in April the rest, and 30.00 leaves for the guide."""
    give_account(world.guide, world)
    booking = bought(world, world.tour, world.own)
    pay(booking, "37.00", date(2027, 3, 2))
    march = posts(world, MARCH, basis="MONEY")
    assert (march.sold, march.bought, march.vat) == (D("25.00"), D("0.00"), D("4.17"))
    pay(booking, "37.00", date(2027, 4, 2))
    (payout,) = prepare_payouts(Selection(world.congress), kind="CHEQUE", by=world.accountant, at=IN_APRIL).payouts
    approve(payout, by=world.lead, at=IN_APRIL)
    give_cheque(payout, "1234567", by=world.accountant, at=IN_APRIL)
    execute(payout, on=date(2027, 4, 2), by=world.accountant, at=IN_APRIL)
    april = posts(world, APRIL, basis="MONEY")
    assert (april.sold, april.bought, april.base, april.vat) == (D("25.00"), D("30.00"), D("-5.00"), D("0.00"))
    assert not Entry.objects.filter(key="margin-vat/2027-04").exists()
    other = bought(world, world.tour)
    pay(other, "50.00", date(2027, 5, 3))
    may = posts(world, MAY, basis="MONEY")
    assert (may.sold, may.carried, may.base, may.vat) == (D("50.00"), D("-5.00"), D("45.00"), D("7.50"))
    assert not differences()


def test_what_comes_late_for_a_posted_month_falls_in_the_next(world):
    issue_invoices(bought(world, world.tour), by=SYSTEM, at=NOW)
    assert posts(world, MARCH, at=IN_APRIL).base == D("20.00")
    issue_invoices(bought(world, world.tour), by=SYSTEM, at=NOW)  # dated in March, which is open still
    april = posts(world, APRIL)
    assert (april.base, [(part.sold, part.bought) for part in april.parts.all()]) == (D("20.00"), [(D("50.00"), D("30.00"))])
    assert not differences()


def test_what_is_credited_is_taken_off(world):
    booking = bought(world, world.tour)
    issue_invoices(booking, by=SYSTEM, at=NOW)
    posts(world, MARCH, at=IN_APRIL)
    cancel_lines(booking, list(booking.lines.values_list("pk", flat=True)), fees={}, by=SYSTEM, at=IN_APRIL)
    credit_struck(booking, by=SYSTEM, at=IN_APRIL)
    april = posts(world, APRIL)
    assert (april.base, april.vat, april.carries) == (D("-20.00"), D("0.00"), D("-20.00"))


def test_another_basis_from_one_month_to_the_next_counts_nothing_twice(world):
    booking = bought(world, world.tour)
    issue_invoices(booking, by=SYSTEM, at=NOW)
    posts(world, MARCH, at=IN_APRIL)
    pay(booking, "50.00", date(2027, 4, 2))
    april = posts(world, APRIL, basis="MONEY")  # the 50.00 that came were counted as billed; the guide is not paid yet
    assert (april.sold, april.bought) == (D("0.00"), D("-30.00"))


def test_a_month_that_runs_or_is_closed_or_was_passed_is_refused_and_so_is_who_may_not(world):
    issue_invoices(bought(world, world.tour), by=SYSTEM, at=NOW)
    with pytest.raises(MonthNotOver):
        posts(world, APRIL, at=IN_APRIL)
    for user in (world.agent, world.lead, world.outsider):
        with pytest.raises(NotAllowed):
            posts(world, MARCH, by=user)
    april = posts(world, APRIL)
    with pytest.raises(PostedAlready):
        posts(world, MARCH)
    close_month(MAY, by=world.accountant, at=IN_JUNE, today=IN_JUNE.date())
    with pytest.raises(MonthClosed):
        posts(world, MAY)
    assert posts(world, APRIL) == april and MarginPeriod.objects.count() == 1
    assert next_first(IN_JUNE.date()) == date(2027, 6, 1)


def test_the_rate_is_that_of_the_months_last_day(world):
    Vat.objects.create(code="standard", since=date(2027, 3, 15), percent=D("25"))
    issue_invoices(bought(world, world.tour), by=SYSTEM, at=NOW)
    assert (posts(world, MARCH).rate, posts(world, MARCH).vat) == (D("25"), D("4.00"))


def test_the_file_of_the_year_holds_it_as_the_law_wants_it(world):
    issue_invoices(bought(world, world.tour), by=SYSTEM, at=NOW)
    posts(world, MARCH)
    content = export(year_closing_in(2027))
    report = check("732829320FEC20271231.txt", content)
    assert (report.faults, report.warnings) == ([], [])
    lines = [line.split("\t") for line in content.decode().splitlines() if "TVA-MARGE-2027-03" in line]
    assert [(line[4][:4], line[11], line[12]) for line in lines] == [("7061", "3,33", "0,00"), ("4457", "0,00", "3,33")]


def test_the_audit_says_what_is_not_as_it_was_posted(world):
    issue_invoices(bought(world, world.tour), by=SYSTEM, at=NOW)
    posts(world, MARCH)
    MarginPart.objects.update(sold=D("60.00"))
    MarginPeriod.objects.update(vat=D("1.00"))
    found = "\n".join(differences())
    assert "are not its parts" in found and "is not what the books say" in found


def test_the_figures_ask_as_much_of_two_bookings_as_of_twenty(world):
    def asked(basis):
        with CaptureQueriesContext(connection) as queries:
            assert part_rows(figures(MARCH, basis).parts)
        return len(queries)

    Congress.objects.update(option_cap_night=1000)
    for _each in range(2):
        booking = bought(world, world.tour)
        issue_invoices(booking, by=SYSTEM, at=NOW)
        pay(booking, "50.00", MARCH)
    few = [asked(basis) for basis in ("DOCUMENTS", "MONEY")]
    for _each in range(8):
        booking = bought(world, world.tour)
        issue_invoices(booking, by=SYSTEM, at=NOW)
        pay(booking, "50.00", MARCH)
    assert [asked(basis) for basis in ("DOCUMENTS", "MONEY")] == few
