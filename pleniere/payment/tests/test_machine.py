"""Money under any order of events: announced, paid, paid twice, late, bounced, of nobody, given back, while rooms come and go.

After each step the sums are made again from the rows; after each history every audit of the floors below is asked.
"""

from datetime import timedelta
from decimal import ROUND_DOWN
from decimal import Decimal as D

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from pleniere.accounts.rights import SYSTEM
from pleniere.booking.actions import cancel_lines, end_card_holds, lapse_options, list_expiring
from pleniere.booking.models import Charge, Line, Payer
from pleniere.booking.tests.world import NOW, leaflet_booking, seminar
from pleniere.catalogue.models import BankAccount
from pleniere.common.audits import checks
from pleniere.ledger.chart import CLIENTS, SUSPENSE
from pleniere.ledger.models import EntryLine
from pleniere.payment import actions, queries
from pleniere.payment.models import Attempt, CardRefund, Notice, Receipt
from pleniere.payment.providers import Said, Status
from pleniere.stock.actions import NotEnough

REFUSALS = (
    actions.CannotUndo,
    actions.NotACard,
    actions.NothingToPay,
    actions.NothingToRemit,
    actions.NotThatMuch,
    NotEnough,
)
AMOUNTS = st.sampled_from(["296.50", "296.50", "100.00", "296.49", "593.00"])
PLACE = st.integers(0, 5)  # of a row among those there are, round and round
payers = Bundle("payers")


class Desk(RuleBasedStateMachine):
    """Three rooms, whoever comes, and a bank that says things."""

    world = None  # made once; each run is rolled back to it

    def __init__(self):
        super().__init__()
        self.run = transaction.atomic()
        self.run.__enter__()
        self.now, self.keys = NOW, 0

    def teardown(self):
        """At the end of each history every audit of the floors below agrees."""
        found = [said for name, check in checks().items() if not name.startswith("accounting") for said in check()]
        transaction.set_rollback(True)
        self.run.__exit__(None, None, None)
        assert found == []

    # -- who pays

    @precondition(lambda self: Payer.objects.count() < 4)
    @rule(target=payers, method=st.sampled_from(["CARD", "CARD", "CHEQUE", "TRANSFER", "ORDER"]))
    def orders(self, method):
        try:
            with transaction.atomic():
                booking = leaflet_booking(self.world, method=method, at=self.now)
        except NotEnough:
            return None
        return booking.payers.select_related("booking__congress", "client", "method").get()

    @rule(payer=payers)
    def announces(self, payer):
        if payer:
            self.tries(actions.announce, payer)

    @rule(payer=payers)
    def goes_to_the_card_page(self, payer):
        if payer:
            self.tries(actions.open_card_attempt, payer)

    @rule(
        place=PLACE,
        status=st.sampled_from([Status.PAID, Status.PAID, Status.PAID, Status.REFUSED, Status.ABANDONED, Status.CHARGED_BACK]),
        amount=AMOUNTS,
        transaction=st.sampled_from(["t1", "t1", "t2"]),
        ref=st.sampled_from(["", "", "", "UNKNOWN"]),
        currency=st.sampled_from(["EUR", "EUR", "EUR", "USD"]),
    )
    def the_bank_says(self, place, status, amount, transaction, ref, currency):
        attempt = self.one(Attempt.objects.filter(kind="CARD"), place)
        if attempt is None:
            return
        name = ref or attempt.ref
        said = Said(self.key(), name, status, D(amount), currency, f"{name}-{transaction}", {})
        for _ in range(2):
            actions.act_on("sandbox", said, at=self.now)

    @rule(payer=payers, amount=AMOUNTS, kind=st.sampled_from(["CHEQUE", "TRANSFER", "CASH"]))
    def pays(self, payer, amount, kind):
        if payer:
            facts = {"kind": kind, "amount": D(amount), "on": self.today, "key": self.key()}
            first, again = (self.tries(actions.receive, payer, **facts) for _ in range(2))
            assert first.receipt == again.receipt

    @rule(payer=payers)
    def signs(self, payer):
        if payer and payer.method.firm_by_order:
            self.tries(actions.sign_order, payer, on=self.today)

    # -- who works

    @precondition(lambda self: self.of_nobody().count() < 3)
    @rule(amount=AMOUNTS, kind=st.sampled_from(["CHEQUE", "TRANSFER"]))
    def money_of_nobody_comes(self, amount, kind):
        self.tries(actions.receive_from_nobody, kind=kind, amount=D(amount), on=self.today, key=self.key())

    @rule(place=PLACE, one=payers, two=payers, amount=AMOUNTS, fits=st.booleans())
    def matches(self, place, one, two, amount, fits):
        receipt = self.one(self.of_nobody(), place)
        most = queries.rest_of(receipt) / 2 if receipt and fits else D(amount)
        parts = {payer: most.quantize(D("0.01"), ROUND_DOWN) for payer in (one, two) if payer}
        if receipt and most > 1 and parts:
            self.tries(actions.match, receipt, parts, key=self.key())

    @rule(place=PLACE, amount=st.sampled_from(["1.00", "593.00"]))
    def sends_back(self, place, amount):
        receipt = self.one(self.of_nobody(), place)
        if receipt:
            self.tries(actions.send_back, receipt, amount=D(amount), on=self.today, key=self.key())

    @rule(place=PLACE, bounced=st.booleans())
    def undoes(self, place, bounced):
        receipt = self.one(Receipt.objects.all(), place)
        if receipt:
            act = actions.bounce_cheque if bounced else actions.correct_receipt
            self.tries(act, receipt, on=self.today, reason="?")

    @rule(kind=st.sampled_from(["CHEQUE", "CARD"]))
    def remits(self, kind):
        found = list(queries.to_remit(SYSTEM, kind).values_list("pk", flat=True))
        act = actions.make_deposit_slip if kind == "CHEQUE" else actions.remit_cards
        if sum(Receipt.objects.filter(pk__in=found).values_list("amount", flat=True)) > 0:
            self.tries(act, found, on=self.today)

    @rule(payer=payers, place=PLACE, more=st.booleans(), answers=st.sampled_from([True, True, False, None]))
    def gives_back(self, payer, place, more, answers):
        amount = (queries.refundable(payer) if payer else D(0)) + (D("0.01") if more else D(0))
        if not amount:
            return
        card = self.one(Receipt.objects.filter(payer=payer, kind="CARD", amount__gt=0), place) if payer else None
        if card is not None:
            refund = self.tries(actions.refund_card, payer, receipt=card, amount=amount, key=self.key())
            if refund is not None and answers is not None:
                self.tries(actions.end_card_refund, refund, done=answers)
        elif payer:
            self.tries(actions.refund_by_transfer, payer, amount=amount, on=self.today, key=self.key())

    @rule(payer=payers, place=PLACE)
    def cancels(self, payer, place):
        line = self.one(payer.booking.lines.all(), place) if payer else None
        if line is not None:
            self.tries(cancel_lines, payer.booking, [line.pk], fees={})

    @rule(minutes=st.sampled_from([21, 24 * 60, 12 * 24 * 60]), worker=st.booleans())
    def time_passes(self, minutes, worker):
        self.now += timedelta(minutes=minutes)
        if worker:
            for task in (end_card_holds, list_expiring, lapse_options, actions.end_attempts):
                task(at=self.now)

    # -- what is always true

    @invariant()
    def a_payer_has_what_the_rows_say_and_no_more_goes_back(self):
        bookings = set(Line.objects.values_list("booking", flat=True))
        for pk, sums in queries.payer_sums(bookings).items():
            charges = Charge.objects.live().filter(payer=pk, line__state__in=Line.COUNTED)
            received = sum(Receipt.objects.filter(payer=pk).values_list("amount", flat=True), D(0))
            assert (sums.total, sums.received) == (sum(charges.values_list("total", flat=True), D(0)), received)
            assert self.held(CLIENTS, f"P:{self.reference(pk)}") == -received  # nothing is billed here

    @invariant()
    def suspense_holds_what_is_of_nobody(self):
        left = queries.rests(self.of_nobody())
        assert all(rest >= 0 for rest in left.values())
        assert self.held(SUSPENSE) == -sum(left.values(), D(0))

    @invariant()
    def one_telling_is_one_notice_and_one_money_one_receipt(self):
        paid = set(Notice.objects.filter(status="PAID", currency="EUR").values_list("transaction", flat=True))
        cards = Receipt.objects.filter(kind="CARD", reverses=None)
        assert {receipt.key for receipt in cards} == {f"sandbox:{name}" for name in paid}

    # -- small words

    @property
    def today(self):
        return self.now.date()

    def key(self):
        self.keys += 1
        return f"key-{self.keys}"

    def of_nobody(self):
        return Receipt.objects.filter(payer=None, supplier=None, source=None, reverses=None)

    def one(self, rows, place):
        found = list(rows.order_by("pk"))
        return found[place % len(found)] if found else None

    def reference(self, pk):
        return Payer.objects.values_list("reference", flat=True).get(pk=pk)

    def held(self, role, aux=None):
        lines = EntryLine.objects.filter(role=role, **({"aux": aux} if aux else {}))
        return sum((line.debit - line.credit for line in lines), D(0))

    def tries(self, action, *subject, **facts):
        try:
            with transaction.atomic():
                return action(*subject, **facts, by=SYSTEM, at=self.now)
        except REFUSALS:
            return None


@pytest.mark.django_db
def test_whatever_happens_in_whatever_order_no_money_is_lost_or_counts_twice():
    world = seminar(rooms=3)
    BankAccount.objects.create(
        supplier=world.house,
        holder="SEC",
        iban="FR7630001007941234567890185",
        iban_fingerprint="x",
        proposed_at=NOW,
        approved_at=NOW,
    )
    Desk.world = world
    run_state_machine_as_test(
        Desk,
        settings=settings(
            max_examples=6,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],  # a failure prints its steps as they were: shrinking takes minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert not CardRefund.objects.exists()  # every run was rolled back
