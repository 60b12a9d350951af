"""A payout's life: drafted, approved, filed, sent, executed or not; who may; what it posts."""

import threading
from datetime import timedelta
from decimal import Decimal as D
from io import BytesIO

import pikepdf
import pytest
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from pleniere.accounts.rights import SYSTEM, NotAllowed
from pleniere.booking.models import Charge
from pleniere.booking.tests.world import reload_congress
from pleniere.catalogue.actions import edit_contract, make_tourist_tax
from pleniere.catalogue.models import Contact
from pleniere.common.moves import IllegalMove
from pleniere.invoicing.actions import issue_invoices
from pleniere.ledger.models import Entry, EntryLine
from pleniere.messaging.models import Message
from pleniere.payout.actions import (
    CannotMake,
    CannotPay,
    IbanChanged,
    NoChequeNumber,
    approve,
    drop,
    drop_file,
    execute,
    give_cheque,
    make_file,
    mark_sent,
    pay_anew,
    prepare_payouts,
    prepare_tax,
    reject,
    return_payout,
)
from pleniere.payout.models import Payout, TransferFile
from pleniere.payout.notes import cheque_letter, note_pdf, preview, send_note
from pleniere.payout.queries import Selection, supplier_rows

from .world import TODAY, give_account, paid_booking, paid_seminar, prepare, receive, send


@pytest.fixture
def world(db):
    return paid_seminar(rooms=60)


NOTE = {"template": "payout/remittance"}


def of(world, supplier, prepared):
    return next(payout for payout in prepared.payouts if payout.supplier == supplier)


def balance(role, aux=""):
    lines = EntryLine.objects.filter(role=role, **({"aux": aux} if aux else {}))
    sums = lines.aggregate(d=Sum("debit"), c=Sum("credit"))
    return (sums["d"] or D(0)) - (sums["c"] or D(0))


def test_one_payout_per_supplier_and_a_repeat_finds_nothing(world):
    paid_booking(world)
    prepared = prepare(world)
    assert {p.supplier.code: p.amount for p in prepared.payouts} == {"ATOUTFRANCECTV": D("85.00"), "sitraHCO593119": D("194.58")}
    hotel = of(world, world.hotel, prepared)
    assert hotel.iban == "FR1420041010050500013M02606" and hotel.holder.startswith("SARL ADAGIO")
    assert prepare(world).payouts == [] and not prepare(world).blocked


def test_an_iban_not_approved_or_missing_holds_the_supplier_back(world):
    paid_booking(world)
    give_account(world.hotel, world, "FR7630006000011234567890189", approved=False)
    world.atout.bank_accounts.update(ended_at=world.now)
    blocked = {(b.supplier.code, b.why, b.amount) for b in prepare(world).blocked}
    assert blocked == {("sitraHCO593119", "WAITING", D("194.58")), ("ATOUTFRANCECTV", "MISSING", D("85.00"))}
    assert not Payout.objects.exists()
    assert len(prepare(world, kind="CHEQUE").payouts) == 2  # a cheque needs none


def test_an_iban_changed_after_the_draft_is_approved_as_it_is_today_or_not_at_all(world):
    paid_booking(world)
    hotel = of(world, world.hotel, prepare(world))
    newer = give_account(world.hotel, world, "FR7610107001011234567890129", approved=False)
    with pytest.raises(IbanChanged):
        approve(hotel, by=world.lead, at=world.now)
    world.hotel.bank_accounts.exclude(pk=newer.pk).update(ended_at=world.now)
    world.hotel.bank_accounts.filter(pk=newer.pk).update(approved_by=world.lead, approved_at=world.now)
    assert approve(hotel, by=world.lead, at=world.now)
    hotel.refresh_from_db()
    assert hotel.iban == "FR7610107001011234567890129"
    assert not approve(hotel, by=world.lead, at=world.now)


def test_an_iban_changed_after_approval_stops_the_file(world):
    paid_booking(world)
    hotel = of(world, world.hotel, prepare(world))
    approve(hotel, by=world.lead, at=world.now)
    world.hotel.bank_accounts.update(ended_at=world.now)
    give_account(world.hotel, world, "FR7610107001011234567890129")
    with pytest.raises(CannotMake) as refused:
        make_file(world.congress, [hotel.pk], on=TODAY, by=world.accountant, at=world.now)
    assert refused.value.problems[0].payout == hotel and not TransferFile.objects.exists()


def test_a_part_may_be_chosen_and_the_rest_follows(world):
    paid_booking(world)
    prepared = prepare(world, suppliers=[world.hotel.pk], most={world.hotel.pk: D("100.00")}, codes={world.hotel.pk: "SL"})
    assert [(p.amount, p.operator_code) for p in prepared.payouts] == [(D("100.00"), "SL")]
    row = next(r for r in supplier_rows(Selection(world.congress)) if r.supplier == world.hotel)
    assert (row.owed, row.payable, row.operator_code) == (D("94.58"), D("94.58"), "SL")
    assert prepare(world, suppliers=[world.hotel.pk], most={world.hotel.pk: D("-5")}).payouts == []


def test_the_same_decision_twice_drafts_once_though_something_is_left(world):
    paid_booking(world)
    facts = {"suppliers": [world.hotel.pk], "most": {world.hotel.pk: D("10.00")}}
    first, again = (prepare(world, key="a" * 32, **facts) for _ in range(2))
    assert first.payouts == again.payouts and first.payouts[0].amount == D("10.00")
    assert prepare(world, key="b" * 32, **facts).payouts != first.payouts


def test_who_may(world):
    paid_booking(world)
    with pytest.raises(NotAllowed):
        prepare_payouts(Selection(world.congress), by=world.outsider, at=world.now)
    hotel = of(world, world.hotel, prepare_payouts(Selection(world.congress), by=world.agent, at=world.now))
    with pytest.raises(NotAllowed):
        approve(hotel, by=world.agent, at=world.now)
    approve(hotel, by=world.lead, at=world.now)
    with pytest.raises(NotAllowed):
        make_file(world.congress, [hotel.pk], on=TODAY, by=world.lead, at=world.now)


def test_executed_posts_on_each_lines_account_and_tells_the_supplier_once(world):
    booking = paid_booking(world)
    Charge.objects.filter(supplier=world.atout, total=D("25.00")).update(mode="OWN")
    prepared = prepare(world)
    hotel, atout = of(world, world.hotel, prepared), of(world, world.atout, prepared)
    send(world, hotel, atout)
    assert not Entry.objects.filter(key__startswith="payout").exists() and not Message.objects.filter(**NOTE).exists()
    for payout in (hotel, atout):
        assert execute(payout, on=TODAY, by=world.accountant, at=world.now)
        assert not execute(payout, on=TODAY, by=world.accountant, at=world.now)
    assert balance("PRINCIPALS", "S:sitraHCO593119") == D("194.58")
    assert (balance("PRINCIPALS", "S:ATOUTFRANCECTV"), balance("SUPPLIERS", "S:ATOUTFRANCECTV")) == (D("60.00"), D("25.00"))
    assert balance("BANK") == D("296.50") - D("279.58")
    mail = Message.objects.get(**NOTE)
    assert mail.to == "compta@hotel.example.org" and "194,58" in mail.subject and booking.number in mail.text
    assert mail.attachments.get().content[:4] == b"%PDF"


def test_rejected_it_is_owed_again_and_paid_anew_under_another_id(world):
    paid_booking(world)
    hotel = of(world, world.hotel, prepare(world))
    send(world, hotel)
    with pytest.raises(CannotPay):
        pay_anew(hotel, by=world.accountant, at=world.now)
    assert reject(hotel, why="AC04 compte clos", by=world.accountant, at=world.now)
    assert not Entry.objects.filter(key__startswith="payout").exists()
    anew = pay_anew(hotel, by=world.accountant, at=world.now)
    assert anew.end_to_end != hotel.end_to_end and (anew.amount, anew.anew_for) == (D("194.58"), hotel)
    assert pay_anew(hotel, by=world.accountant, at=world.now) == anew
    with pytest.raises(IllegalMove):
        execute(hotel, on=TODAY, by=world.accountant, at=world.now)
    assert prepare(world).payouts == []


def test_returned_it_is_unposted_and_owed_again(world):
    paid_booking(world)
    hotel = of(world, world.hotel, prepare(world))
    send(world, hotel)
    execute(hotel, on=TODAY, by=world.accountant, at=world.now)
    assert return_payout(hotel, why="AC04", on=TODAY, by=world.accountant, at=world.now)
    assert not return_payout(hotel, why="AC04", on=TODAY, by=world.accountant, at=world.now)
    assert (balance("PRINCIPALS"), balance("BANK")) == (D("0.00"), D("296.50"))  # what the client paid
    assert of(world, world.hotel, prepare(world)).amount == D("194.58")


def test_a_payout_of_zero_is_executed_at_once_with_no_file(world):
    booking = paid_booking(world)
    send(world, of(world, world.hotel, prepare(world)))
    Charge.objects.filter(line__booking=booking, supplier=world.hotel).update(struck_at=world.now)
    paid_booking(world)
    zero = of(world, world.hotel, prepare(world, suppliers=[world.hotel.pk]))
    assert zero.amount == 0
    approve(zero, by=world.lead, at=world.now)
    zero.refresh_from_db()
    assert (zero.state, zero.executed_on, zero.file) == ("EXECUTED", TODAY, None)
    assert Message.objects.get(**NOTE).about.endswith(f":{zero.pk}")


def test_dropped_it_is_owed_again_and_a_file_is_dropped_whole(world):
    paid_booking(world)
    prepared = prepare(world)
    first, second = prepared.payouts
    assert drop(first, by=world.agent, at=world.now) and not drop(first, by=world.agent, at=world.now)
    again = prepare(world).payouts
    assert [p.supplier for p in again] == [first.supplier]
    for payout in (*again, second):
        approve(payout, by=world.lead, at=world.now)
    pks = [again[0].pk, second.pk]
    file = make_file(world.congress, pks, on=TODAY, by=world.accountant, at=world.now)
    assert make_file(world.congress, pks, on=TODAY, by=world.accountant, at=world.now) == file
    with pytest.raises(CannotPay):
        drop(second, by=world.agent, at=world.now)
    assert drop_file(file, by=world.accountant, at=world.now) == 2
    assert mark_sent(file, by=world.accountant, at=world.now) == 0


def test_a_cheque_leaves_with_a_number_of_its_own_and_its_letter(world):
    paid_booking(world)
    hotel, atout = (of(world, s, prepare(world, kind="CHEQUE", suppliers=[s.pk])) for s in (world.hotel, world.atout))
    for payout in (hotel, atout):
        approve(payout, by=world.lead, at=world.now)
    with pytest.raises(NoChequeNumber):
        give_cheque(hotel, "", by=world.accountant, at=world.now)
    assert give_cheque(hotel, "000 1234", by=world.accountant, at=world.now)
    with pytest.raises(NoChequeNumber):
        give_cheque(atout, "0001234", by=world.accountant, at=world.now)
    hotel.refresh_from_db()
    assert (hotel.state, hotel.cheque_number, hotel.iban) == ("SENT", "0001234", "")
    execute(hotel, on=TODAY, by=world.accountant, at=world.now)
    assert Entry.objects.get(key=f"payout-{hotel.pk}").piece == "0001234"
    with pikepdf.open(BytesIO(cheque_letter(hotel))) as letter:
        assert "0001234" in str(letter.docinfo["/Title"])


def test_the_note_is_previewed_and_sent_again_only_when_asked(world):
    paid_booking(world)
    hotel = of(world, world.hotel, prepare(world))
    assert "Compta" in preview(hotel).text and note_pdf(hotel, "en")[:4] == b"%PDF"
    first = send_note(hotel, by=world.agent, at=world.now)
    assert send_note(hotel, by=world.agent, at=world.now) == first
    assert send_note(hotel, again="2", by=world.agent, at=world.now) != first
    Contact.objects.update(left_at=world.now)
    assert send_note(hotel, again="3", by=world.agent, at=world.now) is None


def test_the_tourist_tax_is_handed_on_from_its_own_account_to_the_hotel_or_the_town(world):
    booking = paid_booking(world)
    charge = Charge.objects.get(line__booking=booking, supplier=world.hotel)
    charge.pk, charge.kind, charge.total, charge.bought, charge.commission = None, "TAX", D("3.00"), D("3.00"), D(0)
    charge.save()
    assert prepare_tax(Selection(world.congress), by=world.accountant, at=world.now).payouts == []  # not collected in full
    receive(world, booking, "3.00")
    town = world.atout
    payout = prepare_tax(Selection(world.congress), to=town, by=world.accountant, at=world.now).payouts[0]
    assert (payout.supplier, payout.amount) == (town, D("3.00"))
    send(world, payout)
    execute(payout, on=TODAY, by=world.accountant, at=world.now)
    assert balance("TOURIST_TAX", "S:sitraHCO593119") == D("3.00")
    assert prepare_tax(Selection(world.congress), by=world.accountant, at=world.now).payouts == []


def test_a_day_to_come_executes_nothing(world):
    paid_booking(world)
    hotel = of(world, world.hotel, prepare(world))
    send(world, hotel)
    with pytest.raises(CannotPay):
        execute(hotel, on=TODAY + timedelta(days=1), by=world.accountant, at=world.now)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_people_prepare_at_once_and_each_charge_is_paid_once():
    world = paid_seminar(rooms=60)
    for _each in range(3):
        paid_booking(world)
    barrier, made, failed = threading.Barrier(4), [], []

    def one():
        try:
            barrier.wait()
            made.extend(prepare_payouts(Selection(world.congress), by=world.accountant, at=timezone.now()).payouts)
        except Exception as error:  # a thread's error is the test's
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed and len(made) == 2
    assert sum(payout.amount for payout in made) == D("838.74")


def test_the_tax_we_charge_goes_from_the_buyer_by_the_invoice_to_the_hotel(world):
    """Nothing of it is left on any account once the hotel, or the town, has it."""
    since = TODAY.replace(year=TODAY.year - 1)
    make_tourist_tax(
        town="Saint-Étienne", lodging_class="3", since=since, amount=D("1.65"), exempt_under=18, by=world.lead, at=world.now
    )
    edit_contract(world.hotel.contracts.get(), tax_authorised_on=since, by=world.lead, at=world.now)
    reload_congress(world)
    booking = paid_booking(world)
    receive(world, booking, "3.30")
    tax = Charge.objects.get(line__booking=booking, kind="TAX")
    assert tax.total == D("3.30")
    hotel = of(world, world.hotel, prepare(world))
    assert hotel.amount == D("194.58")  # the price less our commission: the tax stands apart
    payout = prepare_tax(Selection(world.congress), by=world.accountant, at=world.now).payouts[0]
    assert (payout.supplier, payout.amount) == (world.hotel, D("3.30"))
    issue_invoices(booking, by=SYSTEM, at=world.now)
    assert balance("TOURIST_TAX", "S:sitraHCO593119") == -D("3.30")
    send(world, hotel, payout)
    for each in (hotel, payout):
        execute(each, on=TODAY, by=world.accountant, at=world.now)
    assert balance("TOURIST_TAX") == 0
