"""The books of the leaflet's booking, from its sale to zero; the audit that would say so if they were not."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from pleniere.accounting.actions import NotAnAccount, ask_for_audit, close_month, edit_account
from pleniere.accounting.audit import audit
from pleniere.accounting.matching import letter_of, letters
from pleniere.accounting.queries import balance_totals, months, trial_balance
from pleniere.accounting.tasks import run_audit
from pleniere.accounting.years import fiscal_years, year_closing_in, year_of
from pleniere.accounts.models import Trace
from pleniere.accounts.rights import SYSTEM, NotAllowed
from pleniere.booking.actions import cancel_lines
from pleniere.common import audits
from pleniere.common.audits import checks
from pleniere.invoicing.actions import credit_struck, issue_commission_invoice, issue_invoices
from pleniere.invoicing.models import Invoice, InvoiceLine, Series
from pleniere.invoicing.tests.world import NOW, balances, billing_world, bought, firm_leaflet
from pleniere.ledger.actions import MonthNotOver, Posting, post
from pleniere.ledger.chart import BANK, CLIENTS, make_chart
from pleniere.ledger.models import Account, EntryLine
from pleniere.messaging.models import Job
from pleniere.payment.actions import receive
from pleniere.stock.models import StockDay

LATER = NOW + timedelta(days=3)


@pytest.fixture
def world(db):
    return billing_world()


def differences():
    return [line for _done, _whole, _name, found in audit() for line in found]


def pay(payer, amount, key="r1"):
    return receive(payer, kind="TRANSFER", amount=D(amount), on=LATER.date(), key=key, by=SYSTEM, at=LATER)


def test_a_purchase_is_posted_with_the_document_and_reversed_with_its_credit(world):
    booking = bought(world, world.dinner, world.tour, world.own)
    issue_invoices(booking, by=SYSTEM, at=NOW)
    assert balances("PURCHASES", "VAT_IN", "MARGIN_PURCHASES", "SUPPLIERS") == {
        "PURCHASES": D("30.00"),
        "VAT_IN": D("3.00"),
        "MARGIN_PURCHASES": D("30.00"),
        "SUPPLIERS S:TRAITEUR": D("-33.00"),
        "SUPPLIERS S:GUIDE": D("-30.00"),
    }
    assert not differences()
    cancel_lines(booking, list(booking.lines.values_list("pk", flat=True)), fees={}, by=SYSTEM, at=LATER)
    credit_struck(booking, by=SYSTEM, at=LATER)
    assert balances() == {}
    assert not differences()


def test_the_audit_says_nothing_of_a_sound_book_and_each_difference_of_another(world):
    booking = firm_leaflet(world)
    issue_invoices(booking, by=SYSTEM, at=NOW)
    own = bought(world, world.own)
    issue_invoices(own, by=SYSTEM, at=NOW)
    issue_commission_invoice(world.hotel, world.congress, by=SYSTEM, at=LATER)
    pay(booking.payers.get(), "296.50")
    assert differences() == []
    out = StringIO()
    call_command("audit", stdout=out)
    assert "No difference." in out.getvalue()

    StockDay.objects.filter(booked=1).update(booked=0)
    Series.objects.filter(prefix="FA2027").update(last=7)
    InvoiceLine.objects.filter(what="COMMISSION").update(total=D("17.00"), net=D("14.18"))
    Invoice.objects.filter(mode="OWN").update(total=D("25.00"))
    EntryLine.objects.filter(role="BANK").update(debit=D("200.00"))
    found = "\n".join(differences())
    for words in [
        "counters (50, 0, 0, 0), rows say (50, 0, 0, 1)",
        "series FA2027: last 7",
        "documents 1: is not what was written",
        "debit 200.00, credit 296.50",
        "its entry says 24.00",
        "467 S:sitraHCO593119",
    ]:
        assert words in found, words
    with pytest.raises(CommandError) as ended:
        call_command("audit", stdout=StringIO())
    assert ended.value.returncode == 1


def test_a_check_that_breaks_is_a_difference_and_stops_none(world, monkeypatch):
    def broken():
        raise ZeroDivisionError

    monkeypatch.setitem(audits._CHECKS, "a: broken", broken)
    assert differences() == ["the check itself failed: ZeroDivisionError()"]


def test_every_floor_with_counters_or_chains_is_audited():
    floors = {name.partition(":")[0] for name in checks()}
    assert {"stock", "booking", "invoicing", "ledger", "accounting"} <= floors


def test_the_audit_runs_as_a_job_with_its_result(world):
    job = ask_for_audit(key="k", by=world.accountant)
    assert ask_for_audit(key="k", by=world.accountant) == job
    with pytest.raises(NotAllowed):
        ask_for_audit(key="k2", by=world.agent)
    result = run_audit(Job.objects.get())
    assert result["differences"] == 0 and len(result["checks"]) == len(checks())


def test_a_month_is_closed_by_the_accountant_once_it_is_over(world):
    first, after = date(2027, 2, 1), datetime(2027, 3, 2, tzinfo=UTC)
    with pytest.raises(NotAllowed):
        close_month(first, by=world.agent, at=after, today=after.date())
    with pytest.raises(MonthNotOver):
        close_month(date(2027, 3, 1), by=world.accountant, at=after, today=after.date())
    month = close_month(first, by=world.accountant, at=after, today=after.date())
    assert close_month(first, by=world.accountant, at=after, today=after.date()) == month
    assert Trace.objects.filter(verb="accounting.month_closed").count() == 1
    rows = months(year_closing_in(2027), after.date())
    assert [bool(row.closed) for row in rows] == [True, True] + [False] * 10
    assert [row.may_close for row in rows] == [False] * 12


def test_an_account_is_renumbered_from_now_on(world):
    make_chart("ASSOCIATION")
    issue_invoices(bought(world, world.own), by=SYSTEM, at=NOW)
    account = Account.objects.get(role=CLIENTS)
    with pytest.raises(NotAnAccount):
        edit_account(account, number="41", label="Clients", by=world.accountant, at=NOW)
    edit_account(account, number="411100", label="Congressistes", by=world.accountant, at=NOW)
    issue_invoices(bought(world, world.own), by=SYSTEM, at=NOW)
    assert sorted(EntryLine.objects.filter(role=CLIENTS).values_list("account", flat=True)) == ["411000", "411100"]


def test_the_trial_balance_is_even_and_cut_by_owner(world, django_assert_num_queries):
    booking = firm_leaflet(world)
    issue_invoices(booking, by=SYSTEM, at=NOW)
    with django_assert_num_queries(1):
        rows = trial_balance(date(2027, 1, 1), date(2028, 1, 1), by_aux=True)
    debit, credit = balance_totals(rows)
    assert debit == credit == D("296.50")
    held = {row.aux: row.balance for row in rows if row.account == "467000"}
    assert held == {"S:ATOUTFRANCECTV": D("-85.00"), "S:sitraHCO593119": D("-211.50")}
    assert [row.balance for row in trial_balance()] == [D("296.50"), D("-296.50")]
    assert trial_balance(end=date(2027, 1, 1)) == []


def test_lines_that_make_zero_together_bear_one_letter(world):
    booking = firm_leaflet(world)
    issue_invoices(booking, by=SYSTEM, at=NOW)
    pay(booking.payers.get(), "200.00", key="a")
    assert not any(EntryLine.objects.get(pk=pk).role == CLIENTS for pk in letters())
    pay(booking.payers.get(), "96.50", key="b")
    found = {EntryLine.objects.get(pk=pk).role: value for pk, value in letters().items()}
    assert found == {CLIENTS: ("A", LATER.date())}
    assert [letter_of(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_a_fiscal_year_may_begin_in_any_month(world):
    world.bureau.fiscal_year_start = 9
    world.bureau.save()
    year = year_of(date(2027, 3, 1))
    assert (year.start, year.closing, year.code) == (date(2026, 9, 1), date(2027, 8, 31), "2027")
    assert year_closing_in(2027) == year and year.months[-1] == date(2027, 8, 1)
    post(
        "old",
        journal="OD",
        date=date(2025, 10, 1),
        piece="x",
        piece_date=date(2025, 10, 1),
        label="x",
        by="x",
        at=NOW,
        lines=[Posting(BANK, debit=D(1)), Posting(CLIENTS, credit=D(1))],
    )
    assert [each.code for each in fiscal_years(date(2027, 3, 1))] == ["2027", "2026"]
