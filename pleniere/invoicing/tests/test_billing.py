"""Documents: one payer, one mode, one issuer; numbered without a gap; posted in the same transaction."""

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest
from django.db import connection, transaction

from pleniere.accounts.models import Client, Link
from pleniere.accounts.rights import SYSTEM, NotAllowed
from pleniere.booking.actions import cancel_lines
from pleniere.booking.models import Booking, Charge, Line
from pleniere.invoicing import actions, queries
from pleniere.invoicing.actions import (
    AlreadyInvoiced,
    NotACommission,
    NothingToCredit,
    credit,
    credit_struck,
    issue_commission_invoice,
    issue_deposit_invoice,
    issue_invoices,
    override_commission,
    readdress,
)
from pleniere.invoicing.models import Confirmation, Invoice, InvoiceLine, Series
from pleniere.ledger.actions import MonthClosed, close_month, verify_chain
from pleniere.ledger.models import Entry

from .world import NOW, balances, billing_world, bought, firm_leaflet, receive, sign_mandate

LATER = NOW + timedelta(days=3)


@pytest.fixture
def world(db):
    return billing_world()


def bill(booking, at=NOW):
    return issue_invoices(booking, by=SYSTEM, at=at)


def numbers():
    return [invoice.reference for invoice in Invoice.objects.select_related("series").order_by("chain_number")]


def test_what_we_sell_ourselves_is_billed_in_our_series_with_its_vat(world):
    booking = bought(world, world.own, world.dinner)
    billed = bill(booking)
    (invoice,) = billed.invoices
    assert (invoice.reference, invoice.total, invoice.mode) == ("FA2027-00001", D("79.00"), "OWN")
    assert [(line.vat, line.net, line.vat_amount) for line in invoice.lines.all()] == [
        (D("20"), D("20.00"), D("4.00")),
        (D("10"), D("50.00"), D("5.00")),
    ]
    payer = booking.payers.get()
    found = balances("CLIENTS", "SALES", "VAT_OUT")
    assert found == {f"CLIENTS P:{payer.reference}": D("79.00"), "SALES": D("-70.00"), "VAT_OUT": D("-9.00")}
    assert not verify_chain("documents") and not verify_chain("entries")


def test_a_repeat_bills_nothing_more(world):
    booking = bought(world, world.own)
    bill(booking)
    entries = Entry.objects.count()
    assert bill(booking) == actions.Billed()
    assert (numbers(), Entry.objects.count()) == (["FA2027-00001"], entries)


def test_options_free_lines_and_what_is_paid_at_the_hotel_are_not_to_bill(world):
    option = bought(world, world.own, firm=False)
    Line.objects.filter(booking=option, state="FIRM").update(state="OPTION")
    free = bought(world, world.free["VISITMAM"])
    assert not queries.to_bill().exists()
    assert bill(option) == bill(free) == actions.Billed()


def test_the_margin_is_billed_apart_and_shows_no_vat(world):
    billed = bill(bought(world, world.own, world.tour))
    assert sorted((invoice.mode, invoice.total) for invoice in billed.invoices) == [("MARGIN", D("50.00")), ("OWN", D("24.00"))]
    line = InvoiceLine.objects.get(invoice__mode="MARGIN")
    assert (line.vat, line.vat_amount, line.net) == (0, 0, D("50.00"))
    assert balances("MARGIN_SALES") == {"MARGIN_SALES": D("-50.00")}
    assert numbers() == ["FA2027-00001", "FA2027-00002"]


def test_without_a_mandate_the_confirmation_posts_the_same_entry_once(world):
    booking = firm_leaflet(world)
    billed = bill(booking)
    assert not billed.invoices and len(billed.confirmations) == 3
    assert bill(booking) == actions.Billed()
    payer = booking.payers.get()
    assert balances() == {
        f"CLIENTS P:{payer.reference}": D("296.50"),
        "PRINCIPALS S:ATOUTFRANCECTV": D("-85.00"),
        "PRINCIPALS S:sitraHCO593119": D("-211.50"),
    }
    assert not queries.to_bill().exists()


def test_under_its_mandate_a_hotel_bills_in_its_own_series(world):
    sign_mandate(world.hotel)
    billed = bill(firm_leaflet(world))
    (invoice,) = billed.invoices
    assert (invoice.reference, invoice.total) == ("sitraHCO593-2027-00001", D("211.50"))
    assert invoice.issuer_as["siren"] == "732829320" and invoice.issuer_as["agent"]["name"] == "Saint-Étienne Congrès"
    assert len(billed.confirmations) == 2  # the organiser's fee and lunch: no mandate
    assert balances("PRINCIPALS")["PRINCIPALS S:sitraHCO593119"] == D("-211.50")


def test_what_is_struck_is_credited_and_what_is_made_anew_is_billed_again(world):
    sign_mandate(world.hotel)
    booking = firm_leaflet(world)
    bill(booking)
    cancel_lines(booking, list(booking.lines.values_list("pk", flat=True)), fees={}, by=SYSTEM, at=LATER)
    assert queries.to_credit().count() == 3
    credited = credit_struck(booking, by=SYSTEM, at=LATER)
    (note,) = credited.invoices
    assert (note.kind, note.total, note.reference) == ("CREDIT", D("211.50"), "sitraHCO593-2027-00002")
    assert note.credit_of.reference == "sitraHCO593-2027-00001"
    assert balances() == {}
    assert credit_struck(booking, by=SYSTEM, at=LATER) == actions.Billed()
    assert not queries.to_credit().exists()


def test_a_whole_invoice_is_credited_once_and_is_to_bill_again_in_a_second_turn(world):
    booking = bought(world, world.own)
    (invoice,) = bill(booking).invoices
    note = credit(invoice, reason="typing error", by=SYSTEM, at=LATER)
    assert (note.total, note.buyer_as["reason"], note.lines.get().sign) == (D("24.00"), "typing error", -1)
    with pytest.raises(NothingToCredit):
        credit(invoice, by=SYSTEM, at=LATER)
    with pytest.raises(NothingToCredit):
        credit(note, by=SYSTEM, at=LATER)
    (again,) = bill(booking, at=LATER).invoices
    assert again.lines.get().turn == 2
    assert numbers() == ["FA2027-00001", "FA2027-00002", "FA2027-00003"]
    assert balances("SALES") == {"SALES": D("-20.00")}


def test_some_charges_alone_are_credited(world):
    booking = bought(world, world.own, world.dinner)
    (invoice,) = bill(booking).invoices
    note = credit(invoice, charges=[Charge.objects.get(line__offer=world.own)], by=SYSTEM, at=LATER)
    assert note.total == D("24.00")
    assert credit(invoice, by=SYSTEM, at=LATER).total == D("55.00")
    assert balances() == {}


def test_the_wrong_addressee_is_a_credit_note_and_a_new_invoice(world):
    booking = bought(world, world.own)
    (invoice,) = bill(booking).invoices
    employer = Client.objects.create(kind="COMPANY", company="Office de tourisme de Saumur", siret="73282932000074")
    again = readdress(invoice, client=employer, by=SYSTEM, at=LATER)
    assert (again.buyer_as["name"], again.buyer_as["siren"]) == ("Office de tourisme de Saumur", "732829320")
    assert Invoice.objects.get(kind="CREDIT").buyer_as["name"] == "Claire Fournier"
    assert booking.payers.get().client == employer
    assert booking.changes.filter(verb="payer.readdressed").count() == 1
    assert readdress(invoice, client=employer, by=SYSTEM, at=LATER) == again
    assert numbers() == ["FA2027-00001", "FA2027-00002", "FA2027-00003"]
    assert balances("CLIENTS") == {f"CLIENTS P:{booking.payers.get().reference}": D("24.00")}


def test_a_deposit_is_invoiced_for_money_received_and_taken_off_by_the_final(world):
    booking = bought(world, world.own, world.dinner)
    payer = booking.payers.get()
    assert issue_deposit_invoice(payer, by=SYSTEM, at=NOW) == []
    receive(payer, "30.00")
    (deposit,) = issue_deposit_invoice(payer, by=SYSTEM, at=NOW)
    assert (deposit.kind, deposit.total) == ("DEPOSIT", D("30.00"))
    assert issue_deposit_invoice(payer, by=SYSTEM, at=NOW) == []
    vat = sum(line.vat_amount for line in deposit.lines.all())
    assert balances("DEPOSITS", "VAT_OUT", "VAT_ON_DEPOSITS") == {
        f"DEPOSITS P:{payer.reference}": D("-30.00"),
        "VAT_OUT": -vat,
        "VAT_ON_DEPOSITS": vat,
    }
    (final,) = bill(booking).invoices
    assert final.total == D("49.00")
    assert balances("DEPOSITS", "VAT_OUT", "VAT_ON_DEPOSITS") == {"VAT_OUT": D("-9.00")}
    assert balances("CLIENTS") == {f"CLIENTS P:{payer.reference}": D("79.00")}  # the receipt's entry is the payment floor's
    paid = queries.paid_of(payer)
    assert paid[deposit.pk].is_whole and paid[final.pk].left == D("49.00")
    note = credit(final, by=SYSTEM, at=LATER)
    assert note.total == D("49.00")
    (final2,) = bill(booking, at=LATER).invoices
    assert (final2.total, final2.lines.get(what="DEPOSIT").turn) == (D("49.00"), 2)


def test_a_deposit_covers_only_its_share_of_what_the_payer_owes(world):
    booking = bought(world, world.own, world.room)  # 24.00 ours, 211.50 the hotel's
    payer = booking.payers.get()
    receive(payer, "117.75")  # half
    (deposit,) = issue_deposit_invoice(payer, by=SYSTEM, at=NOW)
    assert deposit.total == D("12.00")


def test_a_deposit_for_what_was_cancelled_is_credited(world):
    booking = bought(world, world.own, world.dinner)
    payer = booking.payers.get()
    receive(payer, "79.00")
    issue_deposit_invoice(payer, by=SYSTEM, at=NOW)
    cancel_lines(booking, [booking.lines.get(offer=world.own).pk], fees={}, by=SYSTEM, at=LATER)
    (row,) = queries.billing_queue(type(world.congress).objects.all())
    assert (row.bill, row.credit) == (D("55.00"), D("79.00"))
    (note,) = credit_struck(booking, by=SYSTEM, at=LATER).invoices
    assert (note.total, note.credit_of.kind) == (D("79.00"), "DEPOSIT")
    assert balances() == {}
    (deposit,) = issue_deposit_invoice(payer, by=SYSTEM, at=LATER)
    assert deposit.total == D("55.00")
    assert credit_struck(booking, by=SYSTEM, at=LATER) == actions.Billed()


def test_the_commission_is_invoiced_to_the_supplier_once(world):
    bill(firm_leaflet(world))
    (invoice,) = issue_commission_invoice(world.hotel, world.congress, by=SYSTEM, at=LATER)
    line = invoice.lines.get()
    assert (invoice.total, line.net, line.vat_amount) == (D("16.92"), D("14.10"), D("2.82"))
    assert issue_commission_invoice(world.hotel, world.congress, by=SYSTEM, at=LATER) == []
    assert balances("PRINCIPALS", "COMMISSIONS") == {
        "PRINCIPALS S:ATOUTFRANCECTV": D("-85.00"),
        "PRINCIPALS S:sitraHCO593119": D("-194.58"),
        "COMMISSIONS": D("-14.10"),
    }


def test_the_commission_of_a_hotel_paid_on_the_spot_is_invoiced_too(world):
    contract = world.hotel.contracts.get()
    contract.mode = "DIRECT"
    contract.save()
    bought(world, world.room)
    assert not queries.to_bill().exists()
    (invoice,) = issue_commission_invoice(world.hotel, world.congress, by=SYSTEM, at=LATER)
    assert (invoice.mode, invoice.total) == ("DIRECT", D("16.92"))


def test_a_commission_is_overridden_until_it_is_invoiced(world):
    booking = firm_leaflet(world)
    charge = Charge.objects.get(supplier=world.hotel)
    change = override_commission(charge, D("10.00"), reason="agreed by phone", by=world.accountant, at=NOW)
    assert (change.before["commission"], change.after["commission"], change.by) == ("16.92", "10.00", "Cleo")
    assert override_commission(charge, D("10.00"), reason="", by=world.accountant, at=NOW) is None
    with pytest.raises(NotAllowed):
        override_commission(charge, D("5.00"), reason="", by=world.agent, at=NOW)
    with pytest.raises(NotACommission):
        override_commission(charge, D("211.51"), reason="", by=world.accountant, at=NOW)
    issue_commission_invoice(world.hotel, world.congress, by=SYSTEM, at=NOW)
    with pytest.raises(AlreadyInvoiced):
        override_commission(charge, D("5.00"), reason="", by=world.accountant, at=NOW)
    cancel_lines(booking, [charge.line_id], fees={}, by=SYSTEM, at=LATER)
    credit_struck(booking, by=SYSTEM, at=LATER)
    assert balances("COMMISSIONS") == {}


def test_tourist_tax_goes_to_its_own_account(world):
    booking = firm_leaflet(world)
    line = booking.lines.get(offer=world.room)
    charge = line.charges.get()
    Charge.objects.create(
        congress=world.congress,
        line=line,
        kind="TAX",
        label={"fr": "Taxe de séjour", "en": "Tourist tax"},
        start=line.start,
        end=line.end,
        units=2,
        unit=D("1.65"),
        vat=0,
        total=D("3.30"),
        bought=D("3.30"),
        payer=charge.payer,
        supplier=world.hotel,
        mode="AGENT",
        made_at=NOW,
        made_by="test",
    )
    bill(booking)
    assert balances("TOURIST_TAX") == {"TOURIST_TAX S:sitraHCO593119": D("-3.30")}


def test_a_discount_on_anothers_sale_is_our_cost_and_no_document(world):
    booking = firm_leaflet(world)
    line = booking.lines.get(offer=world.room)
    Charge.objects.create(
        congress=world.congress,
        line=line,
        kind="DISCOUNT",
        label={"fr": "Remise"},
        start=line.start,
        end=line.end,
        units=1,
        unit=D("-20.00"),
        vat=10,
        total=D("-20.00"),
        bought=0,
        payer=line.charges.get().payer,
        supplier=world.hotel,
        mode="OWN",
        made_at=NOW,
        made_by="test",
    )
    assert not bill(booking).invoices
    assert balances("DISCOUNTS", "SALES", "VAT_OUT") == {"DISCOUNTS": D("20.00")}


def test_a_closed_month_refuses_and_nothing_is_numbered(world):
    booking = bought(world, world.own)
    after = datetime(2027, 4, 2, 8, tzinfo=UTC)
    close_month(NOW.date(), by="Cleo", at=after, today=after.date())
    with pytest.raises(MonthClosed, match="03/2027"):
        bill(booking)
    assert not Invoice.objects.exists() and not Series.objects.filter(last__gt=0).exists()
    assert bill(booking, at=after).invoices[0].date == after.date()


def test_a_rollback_leaves_no_gap(world):
    first, second = bought(world, world.own), bought(world, world.own)
    with pytest.raises(RuntimeError), transaction.atomic():
        bill(first)
        raise RuntimeError("the power went")
    assert not Invoice.objects.exists()
    bill(second)
    assert numbers() == ["FA2027-00001"]
    assert not verify_chain("documents")


def test_who_may(world):
    booking = bought(world, world.own)
    with pytest.raises(NotAllowed):
        issue_invoices(booking, by=world.outsider, at=NOW)
    (invoice,) = issue_invoices(booking, by=world.agent, at=NOW).invoices
    with pytest.raises(NotAllowed):
        credit(invoice, by=world.agent, at=NOW)
    link = Link.objects.create(purpose="BOOKING", subject=f"booking.Booking:{booking.pk}")
    other = Link.objects.create(purpose="BOOKING", subject="booking.Booking:999999")
    assert list(Invoice.objects.visible_to(link)) == [invoice]
    assert not Invoice.objects.visible_to(other).exists() and not Invoice.objects.visible_to(world.outsider).exists()
    assert Invoice.objects.visible_to(world.agent).count() == 1


def test_the_queue_asks_the_same_number_of_queries_however_long(world, django_assert_num_queries):
    bookings = [bought(world, world.own) for _ in range(2)]
    congresses = type(world.congress).objects.all()
    with django_assert_num_queries(4):
        rows = queries.billing_queue(congresses)
        assert [(str(row.booking.client), row.bill) for row in rows] == [("Claire Fournier", D("24.00"))] * 2
    bookings += [bought(world, world.own) for _ in range(6)]
    with django_assert_num_queries(4):
        assert len([str(row.booking.client) for row in queries.billing_queue(congresses)]) == len(bookings)


def test_altered_documents_are_seen(world):
    bill(bought(world, world.own))
    InvoiceLine.objects.update(total=D("23.00"))
    assert verify_chain("documents") == ["documents 1: is not what was written"]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_many_who_issue_at_once_leave_no_gap_and_no_double():
    world = billing_world()
    sign_mandate(world.hotel)
    bookings = [bought(world, world.own, world.room) for _ in range(6)]
    errors = []

    def issue(booking):
        try:
            issue_invoices(booking, by=SYSTEM, at=NOW)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=issue, args=(booking,)) for booking in bookings + bookings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    for series in Series.objects.all():
        assert sorted(series.invoices.values_list("number", flat=True)) == list(range(1, 7))
    assert Confirmation.objects.count() == 0 and Booking.objects.count() == 6
    assert not verify_chain("documents") and not verify_chain("entries")
