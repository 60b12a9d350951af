"""The whole house under any order of events: carts, orders, money, changes, documents, payouts, refunds, months that close.

After each step every audit is asked, and what no audit asks is made again from the rows. Then all is wound up (the rest
collected or given back, all billed and credited, suppliers paid, what they owe paid back) and nothing of others is left.

A hunt: `PLENIERE_HUNT=200 pytest pleniere/accounting/tests/test_machine.py` plays as many other histories, longer ones, at random.
"""

import os
from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, precondition, rule, run_state_machine_as_test

from pleniere.accounting.actions import close_month
from pleniere.accounting.tests.house import IBAN, REFUSALS, House, whole_house
from pleniere.accounts.rights import SYSTEM
from pleniere.booking import actions as booking
from pleniere.booking.models import Charge, Payer
from pleniere.booking.tests.world import make_cart, order
from pleniere.common.nights import DAY
from pleniere.invoicing import actions as invoicing
from pleniere.invoicing.models import Invoice
from pleniere.payment import actions as payment
from pleniere.payment import queries as money
from pleniere.payment.models import Receipt
from pleniere.payout import actions as payout
from pleniere.payout.models import Payout, TransferFile
from pleniere.payout.owed import snapshot
from pleniere.payout.queries import supplier_rows

HUNT = int(os.environ.get("PLENIERE_HUNT", "0"))
OFFERS = ("fee", "room", "lunch", "inn", "own", "tour", "dinner")
PLACE = st.integers(0, 7)  # of a row among those there are, round and round
payers = Bundle("payers")


class Events(House):
    """Whoever comes, three desks of the office, a bank that says things, and time."""

    # -- who buys and pays

    @precondition(lambda self: Payer.objects.count() < 4)
    @rule(
        target=payers,
        offers=st.lists(st.sampled_from(OFFERS), min_size=1, max_size=4, unique=True),
        method=st.sampled_from(["TRANSFER", "TRANSFER", "CHEQUE", "ORDER", "CARD"]),
        paid=st.sampled_from([D(0), D("0.5"), D(1), D(1)]),
    )
    def orders(self, offers, method, paid):
        """And pays at once, most often: so the steps that follow have something to act on."""
        cart, (person,) = make_cart(self.world, at=self.now)
        for name in offers:
            self.tries(booking.take_offer, cart, **self.facts(name), persons=[person])
        try:
            with transaction.atomic():
                order(self.world, cart, method=method, at=self.now)
        except (*REFUSALS, booking.NothingToOrder):
            return None
        payer = cart.payers.select_related("booking__congress", "client", "method").get()
        self.receives(payer, "CHEQUE" if method == "CHEQUE" else "TRANSFER", paid)
        return payer

    @rule(offers=st.lists(st.sampled_from(OFFERS), min_size=1, max_size=3, unique=True))
    def fills_a_cart_and_leaves(self, offers):
        cart, (person,) = make_cart(self.world, at=self.now)
        for name in offers:
            self.tries(booking.take_offer, cart, **self.facts(name), persons=[person])

    @rule(
        payer=payers,
        kind=st.sampled_from(["CHEQUE", "TRANSFER", "CASH"]),
        share=st.sampled_from(["0.33", "0.9999", "1", "1", "1.1"]),
    )
    def pays(self, payer, kind, share):
        """Short, right, over; and the same receipt typed twice is one."""
        if payer:
            self.receives(payer, kind, D(share))

    @rule(payer=payers)
    def signs(self, payer):
        if payer and payer.method.firm_by_order:
            self.tries(payment.sign_order, payer, on=self.today)

    @rule(amount=st.sampled_from(["60.00", "300.00"]))
    def money_of_nobody_comes(self, amount):
        facts = {"kind": "TRANSFER", "amount": D(amount), "on": self.today, "key": self.key(), "drawer": "?"}
        self.tries(payment.receive_from_nobody, **facts)

    # -- the booking desk

    @rule(payer=payers, name=st.sampled_from(OFFERS))
    def adds(self, payer, name):
        if payer:
            persons = list(payer.booking.persons.all())
            self.acts_as_shown(payer.booking, booking.add_line, payer.booking, **self.facts(name), persons=persons)

    @rule(payer=payers, place=PLACE, later=st.integers(0, 1), more=st.integers(-1, 1))
    def changes(self, payer, place, later, more):
        line = self.one(payer.booking.lines.filter(offer__service__kind="ROOM", is_penalty=False), place) if payer else None
        if line and line.start + later * DAY < line.end + (later + more) * DAY:
            start, end = line.start + later * DAY, line.end + (later + more) * DAY
            self.acts_as_shown(payer.booking, booking.change_line, payer.booking, line, start=start, end=end)

    @rule(
        payer=payers,
        place=PLACE,
        fee=st.sampled_from([None, "0", "10.00", "30.00"]),
        share=st.sampled_from(["0", "5.00", "10.00"]),
    )
    def cancels(self, payer, place, fee, share):
        """With what the terms keep, or a fee of which the supplier has a part."""
        line = self.one(payer.booking.lines.all(), place) if payer else None
        if line:
            given = None if fee is None else {line.pk: booking.Fee(D(fee), min(D(share), D(fee)))}
            self.acts_as_shown(payer.booking, booking.cancel_lines, payer.booking, [line.pk], fees=given)

    @rule(payer=payers)
    def makes_firm(self, payer):
        if payer:
            self.tries(booking.make_firm, payer.booking, payer.booking.lines.values_list("pk", flat=True), reason="?")

    # -- the money desk

    @rule(place=PLACE, bounced=st.booleans())
    def undoes(self, place, bounced):
        receipt = self.one(Receipt.objects.all(), place)
        if receipt:
            act = payment.bounce_cheque if bounced else payment.correct_receipt
            self.tries(act, receipt, on=self.today, reason="?")

    @rule()
    def remits(self):
        self.tries(payment.make_deposit_slip, money.to_remit(SYSTEM).values_list("pk", flat=True), on=self.today)

    @rule(payer=payers, place=PLACE, amount=st.sampled_from(["20.00", "60.00", "300.00"]))
    def matches(self, payer, place, amount):
        receipt = self.one(self.of_nobody(), place)
        if receipt and payer:
            self.tries(payment.match, receipt, {payer: D(amount)}, key=self.key())

    @rule(payer=payers, more=st.sampled_from(["0", "0", "0.01"]))
    def prepares_a_refund(self, payer, more):
        amount = money.refundable(payer) + D(more) if payer else D(0)
        if amount > 0:
            made = self.tries(payout.prepare_refund, payer, amount=amount, holder="Moi", iban=IBAN, key=self.key())
            assert (made is None) == bool(D(more))

    @rule(place=PLACE, amount=st.sampled_from(["20.00", "60.00"]))
    def prepares_to_send_back(self, place, amount):
        receipt = self.one(self.of_nobody(), place)
        if receipt:
            facts = {"amount": D(amount), "holder": "Lui", "iban": IBAN, "key": self.key()}
            self.tries(payout.prepare_send_back, receipt, self.world.congress, **facts)

    # -- documents

    @rule(payer=payers, what=st.sampled_from(["invoice", "invoice", "deposit", "credit"]))
    def bills(self, payer, what):
        if payer and what == "deposit":
            self.tries(invoicing.issue_deposit_invoice, payer)
        elif payer:
            act = invoicing.issue_invoices if what == "invoice" else invoicing.credit_struck
            self.tries(act, payer.booking)
            again = self.tries(act, payer.booking)
            assert again is None or not (again.invoices or again.confirmations)

    @rule(place=PLACE, anew=st.booleans())
    def corrects_a_document(self, place, anew):
        invoice = self.one(Invoice.objects.all(), place)
        if invoice and anew and invoice.payer_id:
            self.tries(invoicing.readdress, invoice, client=self.world.organiser)
        elif invoice:
            self.tries(invoicing.credit, invoice)

    @rule(place=PLACE, amount=st.sampled_from(["0", "5.00", "20.00"]))
    def overrides_a_commission(self, place, amount):
        charge = self.one(Charge.objects.live().filter(commission__gt=0), place)
        if charge:
            self.tries(invoicing.override_commission, charge, D(amount), reason="?")

    @rule()
    def bills_commissions(self):
        for supplier in (self.world.hotel, self.world.innkeeper):
            self.tries(invoicing.issue_commission_invoice, supplier, self.world.congress)

    # -- the payouts desk and the bank

    @rule(most=st.sampled_from([None, None, D("50.00")]), kind=st.sampled_from(["TRANSFER", "TRANSFER", "CHEQUE"]))
    def prepares_payouts(self, most, kind):
        """No more than each payer's purse holds; and what was drafted is not drafted twice."""
        caps = {row.supplier.pk: most for row in supplier_rows(self.chosen)} if most else None
        self.tries(payout.prepare_payouts, self.chosen, most=caps, kind=kind)
        if not most:
            again = self.tries(payout.prepare_payouts, self.chosen)
            assert again is not None and not again.payouts and not again.blocked

    @rule(amount=st.sampled_from(["40.00", "500.00"]))
    def pays_an_advance(self, amount):
        self.tries(payout.pay_advance, self.world.block, D(amount), key=self.key())

    @rule(sent=st.booleans())
    def approves_all_and_makes_the_file(self, sent):
        for each in Payout.objects.filter(state="DRAFT"):
            self.tries(payout.approve, each)
        for each in Payout.objects.filter(state="APPROVED", kind="CHEQUE"):
            self.tries(payout.give_cheque, each, self.key().replace("-", ""))
        ready = list(Payout.objects.filter(state="APPROVED", kind="TRANSFER").values_list("pk", flat=True))
        file = self.tries(payout.make_file, self.world.congress, ready, on=self.a_bank_day()) if ready else None
        if file and sent:
            self.tries(payout.mark_sent, file)

    @rule(place=PLACE, gone=st.booleans())
    def sends_or_drops_a_file(self, place, gone):
        file = self.one(TransferFile.objects.filter(payouts__state="FILED").distinct(), place)
        if file:
            self.tries(payout.mark_sent if gone else payout.drop_file, file)

    @rule(place=PLACE, said=st.sampled_from(["executed", "executed", "executed", "rejected", "returned", "dropped", "anew"]))
    def something_comes_of_a_payout(self, place, said):
        states = {"executed": ["SENT"], "rejected": ["SENT"], "returned": ["EXECUTED"], "anew": ["REJECTED", "RETURNED"]}
        each = self.one(Payout.objects.filter(state__in=states.get(said, ["DRAFT", "APPROVED"])), place)
        if each is None:
            return
        for _ in range(2):
            if said == "executed":
                self.tries(payout.execute, each, on=self.today)
            elif said == "rejected":
                self.tries(payout.reject, each, why="AC04")
            elif said == "returned":
                self.tries(payout.return_payout, each, why="AC04", on=self.today)
            else:
                self.tries(payout.drop if said == "dropped" else payout.pay_anew, each)

    @rule(place=PLACE)
    def a_supplier_pays_back(self, place):
        owing = [each for each in snapshot(self.world.congress).standings if each.owed < 0]
        if owing:
            self.pays_back([owing[place % len(owing)]])

    # -- time

    @rule(minutes=st.sampled_from([21, 24 * 60, 12 * 24 * 60]), worker=st.booleans())
    def time_passes(self, minutes, worker):
        self.now += timedelta(minutes=minutes)
        if worker:
            for task in (booking.end_carts, booking.end_card_holds, booking.list_expiring, booking.lapse_options):
                task(at=self.now)

    @rule()
    def the_month_before_is_closed(self):
        """Its VAT on the margin is posted first, as an accountant does; once it is closed nothing is."""
        first = (self.today.replace(day=1) - DAY).replace(day=1)
        self.posts_margin(first)
        self.posts_margin(first)
        close_month(first, by=SYSTEM, at=self.now, today=self.today)
        self.closed[first] = self.written_in(first)

    @rule(basis=st.sampled_from(["MONEY", "DOCUMENTS"]))
    def the_vat_on_the_margin_of_the_month_before_is_posted(self, basis):
        self.posts_margin((self.today.replace(day=1) - DAY).replace(day=1), basis)


@pytest.mark.django_db
def test_whatever_happens_in_whatever_order_the_whole_house_agrees():
    Events.world = whole_house()
    run_state_machine_as_test(
        Events,
        settings=settings(
            max_examples=HUNT or 5,
            stateful_step_count=60 if HUNT else 30,
            deadline=None,
            derandomize=not HUNT,
            database=None,
            phases=[Phase.generate],  # a failure prints its steps as they were: shrinking takes minutes
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        ),
    )
