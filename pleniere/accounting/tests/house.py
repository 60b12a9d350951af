"""A house that events happen to: what is always true of it, how it is wound up, and the words its rules are said in."""

from collections import defaultdict
from decimal import ROUND_DOWN
from decimal import Decimal as D

from django.db import transaction
from django.db.models import Sum
from hypothesis.stateful import RuleBasedStateMachine, invariant

from pleniere.accounting.actions import PostedAlready, post_margin_vat
from pleniere.accounting.audit import audit
from pleniere.accounts.rights import SYSTEM
from pleniere.allotment.models import Block
from pleniere.booking import actions as booking
from pleniere.booking import queries as booking_queries
from pleniere.booking.models import Booking, Charge, Line, Payer
from pleniere.booking.tests.world import make_offer, make_service, make_supplier, make_user, rate_of
from pleniere.catalogue.models import BankAccount, Supplier, Terms
from pleniere.common.moves import IllegalMove
from pleniere.common.nights import DAY
from pleniere.congress.programme import forget
from pleniere.invoicing import actions as invoicing
from pleniere.invoicing.tests.world import balances, billing_world, sign_mandate
from pleniere.ledger.actions import MonthClosed, MonthNotOver, next_month
from pleniere.ledger.models import Entry
from pleniere.payment import actions as payment
from pleniere.payment import queries as money
from pleniere.payment.models import Receipt
from pleniere.payout import actions as payout
from pleniere.payout.models import Payout, PayoutLine
from pleniere.payout.owed import snapshot
from pleniere.payout.queries import Selection
from pleniere.payout.tests.world import give_account
from pleniere.stock.actions import NotEnough
from pleniere.stock.models import Claim, StockDay

# What the house may answer to a wish. Anything else is a bug.
REFUSALS = (
    booking.AlreadyPlaced,
    booking.LineGone,
    booking.TooManyOptions,
    IllegalMove,
    invoicing.AlreadyInvoiced,
    invoicing.NotACommission,
    invoicing.NothingToCredit,
    MonthClosed,
    MonthNotOver,
    PostedAlready,
    NotEnough,
    payment.CannotUndo,
    payment.NothingToRemit,
    payment.NotAnAmount,
    payment.NotThatMuch,
    payout.CannotMake,
    payout.CannotPay,
)
OTHERS = ("CLIENTS", "PRINCIPALS", "TOURIST_TAX", "SUPPLIERS", "DEPOSITS", "VAT_ON_DEPOSITS")
IBAN = "FR7630001007941234567890185"


class House(RuleBasedStateMachine):
    """Two rooms, in every mode of selling. What happens to it is `test_machine.py`'s."""

    world = None  # made once; each run is rolled back to it

    def __init__(self):
        super().__init__()
        self.run = transaction.atomic()
        self.run.__enter__()
        self.now, self.keys, self.closed = self.world.now, 0, {}

    def teardown(self):
        """Every audit agrees, and when all is wound up nothing of others is left."""
        try:
            found = self.differences()
            self.winds_up()
            found += self.differences()
            left = balances(*OTHERS)
        finally:
            transaction.set_rollback(True)
            self.run.__exit__(None, None, None)
            forget()
        assert (found, left) == ([], {})

    # -- what is always true

    @invariant()
    def laws(self):
        """DOMAIN's list, as far as one house without screens can break it: 1 to 5 here, 9 where a change is made."""
        assert self.differences() == []
        self.no_room_is_sold_twice()
        self.what_ended_gave_its_stock_back()
        self.only_what_counts_is_in_a_total_and_all_totals_agree()
        self.a_closed_month_took_nothing_more()
        self.the_lines_of_a_payout_sum_to_its_transfer()
        self.no_charge_is_paid_out_beyond_its_price()
        self.nothing_is_payable_beyond_what_was_collected()

    def no_room_is_sold_twice(self):
        assert not StockDay.objects.exclude(short=0).exists()

    def what_ended_gave_its_stock_back(self):
        """A line holds its nights as what it is, and no other holds any. (Who needs a room takes it from a hold that is over.)"""
        kinds = {"HELD": "CART", "OPTION": "OPTION", "FIRM": "BOOKED"}
        lines = Line.objects.counted().filter(offer__pool__isnull=False, is_penalty=False)
        wanted = {line.key: (kinds[line.state], line.until) for line in lines}
        found = defaultdict(set)
        for owner, kind, until in Claim.objects.values_list("owner", "kind", "until"):
            found[owner].add((kind, until))
        over = {line.key for line in lines if line.state == "HELD" and line.until <= self.now}
        assert {key: {facts} for key, facts in wanted.items() if key not in over} == {
            key: facts for key, facts in found.items() if key not in over
        }

    def only_what_counts_is_in_a_total_and_all_totals_agree(self):
        """The booking screen's groups, the payers' sums, the supplier table, the margin and the list of bookings say one sum."""
        placed = list(Booking.objects.placed().select_related("congress"))
        listed = booking_queries.totals_by_booking([each.pk for each in placed])
        for each in placed:
            sold = booking_queries.booking_total(each)
            rows = booking_queries.rows(each)
            lines = [row for row in rows if row.line.state in ("HELD", "OPTION", "FIRM")]
            groups = booking_queries.by_supplier_and_pool(rows)
            assert sold == sum((group.subtotal for group in groups), D(0)) == sum((row.total for row in lines), D(0))
            assert sold == listed.get(each.pk, D(0)) == booking_queries.margin(each).sold
            at_the_hotel = sum(
                (c.total for row in lines for c in row.charges if c.struck_at is None and c.mode == "DIRECT"), D(0)
            )
            assert sum((sums.total for sums in money.payer_sums([each.pk]).values()), D(0)) == sold - at_the_hotel

    def a_closed_month_took_nothing_more(self):
        assert {first: self.written_in(first) for first in self.closed} == self.closed

    def nothing_is_payable_beyond_what_was_collected(self):
        """By payer: what may leave now, and what has left for good, is no more than what came; unless it left before that went."""
        found = snapshot(self.world.congress)
        by_payer = defaultdict(lambda: [D(0), D(0)])
        for each in found.standings:
            if each.counts_in_purse:
                by_payer[each.payer][0] += each.payable
                by_payer[each.payer][1] += each.paid - each.paid_back
        for payer, (payable, left) in by_payer.items():
            assert payable == 0 or payable + left <= max(found.collected(payer), D(0)), payer

    def the_lines_of_a_payout_sum_to_its_transfer(self):
        sums = dict(Payout.objects.values_list("pk").annotate(sum=Sum("lines__amount")).order_by())
        for each in Payout.objects.all():
            assert round(sums[each.pk] or 0, 2) == each.amount >= 0

    def no_charge_is_paid_out_beyond_its_price(self):
        """However often it is struck, paid back, rejected or returned: what has left for a charge lies between nothing and its price."""
        lines = PayoutLine.objects.filter(charge__isnull=False).exclude(payout__state__in=Payout.DEAD)
        left = defaultdict(D)
        for pk, amount in lines.values_list("charge", "amount"):
            left[pk] += amount
        for pk, amount in Receipt.objects.filter(charge__isnull=False).values_list("charge", "amount"):
            left[pk] -= amount
        for charge in Charge.objects.filter(pk__in=left):
            most = charge.bought if charge.mode != "DIRECT" else D(0)
            assert min(D(0), -charge.commission) <= left[charge.pk] <= most or charge.struck_at, (charge.pk, left[charge.pk])

    # -- the end

    def winds_up(self):
        """What a house does before it hands over its books; twice, for what a step brings to light the one before could not see."""
        for _ in range(3):
            for each in Payout.objects.filter(state="FILED"):
                payout.mark_sent(each.file, **self.by)
            self.everything_leaves()
            for payer in Payer.objects.all():
                sums = money.payer_sums([payer.booking_id])[payer.pk]
                if sums.total > sums.received:
                    facts = {"kind": "TRANSFER", "amount": sums.total - sums.received, "on": self.today, "key": self.key()}
                    payment.receive(payer, **facts, **self.by)
                elif (amount := money.refundable(payer)) > 0:
                    payout.prepare_refund(payer, amount=amount, holder="Moi", iban=IBAN, key=self.key(), **self.by)
            for each in Booking.objects.placed():
                invoicing.credit_struck(each, **self.by)
                invoicing.issue_invoices(each, **self.by)
            for supplier in (self.world.hotel, self.world.innkeeper):
                invoicing.issue_commission_invoice(supplier, self.world.congress, **self.by)
            payout.prepare_payouts(self.chosen, **self.by)
            self.everything_leaves()
            self.pays_back([each for each in snapshot(self.world.congress).standings if each.owed < 0])

    def everything_leaves(self):
        for each in Payout.objects.filter(state="DRAFT"):
            payout.approve(each, **self.by)
        for each in Payout.objects.filter(state="APPROVED", kind="CHEQUE"):
            payout.give_cheque(each, self.key().replace("-", ""), **self.by)
        ready = list(Payout.objects.filter(state="APPROVED", kind="TRANSFER").values_list("pk", flat=True))
        if ready:
            payout.mark_sent(payout.make_file(self.world.congress, ready, on=self.a_bank_day(), **self.by), **self.by)
        for each in Payout.objects.filter(state="SENT"):
            payout.execute(each, on=self.today, **self.by)

    # -- small words

    @property
    def by(self):
        return {"by": SYSTEM, "at": self.now}

    @property
    def today(self):
        return self.world.congress.local_date(self.now)

    @property
    def chosen(self):
        return Selection(self.world.congress)

    def a_bank_day(self):
        """The first day from today on which the bank works."""
        day = self.today
        while day.weekday() > 4 or (day.month, day.day) in {(5, 1), (3, 26), (3, 29)}:
            day += DAY
        return day

    def key(self):
        self.keys += 1
        return f"key-{self.keys}"

    def facts(self, name):
        offer = getattr(self.world, name)
        start, end = offer.starts or self.world.arrival, offer.ends or self.world.departure
        return {"offer": offer, "rate": rate_of(offer), "start": start, "end": end}

    def receives(self, payer, kind, share):
        sums = money.payer_sums([payer.booking_id])[payer.pk]
        amount = ((sums.total - sums.received) * share).quantize(D("0.01"), ROUND_DOWN)
        if amount > 0:
            facts = {"kind": kind, "amount": amount, "on": self.today, "key": self.key()}
            first, again = (self.tries(payment.receive, payer, **facts) for _ in range(2))
            assert first.receipt == again.receipt

    def posts_margin(self, first, basis="MONEY"):
        self.tries(post_margin_vat, first, basis=basis, today=self.today)

    def written_in(self, first):
        return Entry.objects.filter(date__gte=first, date__lt=next_month(first)).count()

    def acts_as_shown(self, order, action, *subject, **facts):
        """Rehearsed first: what is done is what was shown, or it is refused both times."""
        try:
            with transaction.atomic():
                shown = booking.rehearse(order, lambda: action(*subject, **facts, **self.by)).signature
        except REFUSALS:
            shown = None
        done = self.tries(lambda **by: booking.act_as_shown(order, lambda: action(*subject, **facts, **by), shown=shown))
        assert (done is None) == (shown is None)

    def pays_back(self, standings):
        by_supplier = defaultdict(dict)
        for each in standings:
            by_supplier[each.supplier][Charge.objects.get(pk=each.charge)] = -each.owed
        for supplier, parts in by_supplier.items():
            facts = {"on": self.today, "key": self.key()}
            payment.receive_from_supplier(Supplier.objects.get(pk=supplier), parts, **facts, **self.by)

    def of_nobody(self):
        return Receipt.objects.filter(payer=None, supplier=None, source=None, reverses=None)

    def one(self, rows, place):
        found = list(rows.order_by("pk"))
        return found[place % len(found)] if found else None

    def differences(self):
        return [f"{name}: {line}" for _done, _whole, name, found in audit() for line in found]

    def tries(self, action, *subject, **facts):
        try:
            with transaction.atomic():
                return action(*subject, **facts, **self.by)
        except REFUSALS:
            return None


def whole_house():
    """The seminar in every mode of selling: in the hotel's name, our own, on the margin, paid at the inn; with a deposit."""
    world = billing_world(rooms=2)
    world.admin = make_user("ada@example.org", "ADMIN")
    world.innkeeper = make_supplier("AUBERGE", "HOTEL", mode="DIRECT", commission="10")
    service, rate = make_service(world.innkeeper, "CHAMBRE", "ROOM", room="DOUBLE", unit="NIGHT", vat="intermediate")
    world.inn = make_offer(world, world.step["lodging"], service, rate, "80.00", stock=2)
    for supplier in (world.house, world.hotel, world.atout, world.guide, world.caterer, world.innkeeper):
        give_account(supplier, world)
    assert BankAccount.objects.count() == 6
    sign_mandate(world.hotel)
    terms = Terms.objects.create(code="30", name="30 %")
    terms.clauses.create(verb="DUE", start="ORDER", percent=D("30"))
    terms.clauses.create(verb="DUE", start="START", days=-7)
    terms.clauses.create(verb="KEEP", start="START", days=-30, percent=D("50"))
    type(world.congress).objects.filter(pk=world.congress.pk).update(terms=terms)
    world.congress.refresh_from_db()
    contract = world.hotel.contracts.get()
    facts = {"supplier": world.hotel, "pool": world.pool, "contract": contract, "cutoff": world.arrival}
    world.block = Block.objects.create(congress=world.congress, retained_at=world.now, key="b", **facts)
    forget()
    return world
