"""Stock and bookings under any order of events: carts, orders, money, options that end, changes, releases, a worker that is late.

After each step the house's laws are asked of the rows themselves: no room twice, none lost, only what counts in a total.
"""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from pleniere.accounts.rights import SYSTEM
from pleniere.booking import actions
from pleniere.booking.actions.changing import KINDS
from pleniere.booking.models import Booking, Charge, Line
from pleniere.booking.queries import booking_total, totals_by_booking, totals_by_payer
from pleniere.booking.selling import line_nights
from pleniere.catalogue.models import Terms
from pleniere.common.money import total
from pleniere.common.nights import DAY
from pleniere.congress.pricing import NotSold
from pleniere.stock.actions import Night, NotEnough, grant
from pleniere.stock.actions import end_carts as end_claims
from pleniere.stock.models import Claim, StockDay
from pleniere.stock.queries import audit

from .world import NOW, make_offer, make_service, make_supplier, order, rate_of, seminar

State = Line.State
# What the world may answer to a wish. Anything else is a bug; money is never refused at all.
REFUSALS = (
    actions.AlreadyPlaced,
    actions.CannotRelocate,
    actions.NoMoreTime,
    actions.NotForThem,
    actions.NothingToOrder,
    actions.TooManyOptions,
    NotEnough,
    NotSold,
)
PEOPLE = (actions.PersonFacts(last_name="Un"), actions.PersonFacts(last_name="Deux"), actions.PersonFacts(last_name="Trois"))
OFFERS = st.sampled_from(["room", "room", "dinner", "visit"])
METHODS = st.sampled_from([None, None, "CARD", "CARD", "TRANSFER", "ORDER"])
PLACE = st.integers(0, 2)  # of a line in its booking, round and round
bookings = Bundle("bookings")


class Congress(RuleBasedStateMachine):
    """One room a night, three places at dinner, and everybody wants them."""

    world = None  # made once; each run is rolled back to it

    def __init__(self):
        super().__init__()
        self.run = transaction.atomic()
        self.run.__enter__()
        self.now, self.paid, self.keys, self.withdrew = NOW, {}, 0, False

    def teardown(self):
        transaction.set_rollback(True)
        self.run.__exit__(None, None, None)

    # -- who buys

    @precondition(lambda self: Booking.objects.count() < 4)
    @rule(target=bookings, people=st.integers(1, 3), wishes=st.lists(OFFERS, max_size=2), method=METHODS)
    def comes(self, people, wishes, method):
        """With a full cart and an order, most often: so the steps that follow have something to act on."""
        booking = actions.open_cart(self.world.congress, language="fr", at=self.now)
        actions.set_persons(booking, PEOPLE[:people], **self.by)
        for offer in wishes:
            self.takes(booking.pk, offer, 0, 2, people)
        if method:
            self.orders(booking.pk, method)
        return booking.pk

    @rule(pk=bookings, offer=OFFERS, first=st.integers(0, 1), nights=st.integers(1, 2), people=st.integers(1, 3))
    def takes(self, pk, offer, first, nights, people):
        facts = self.span(offer, first, nights) | {"persons": list(self.of(pk).persons.all())[:people]}
        self.tries(actions.take_offer, self.of(pk), **facts, apart=False if offer == "dinner" else None)

    @rule(pk=bookings, place=PLACE)
    def drops(self, pk, place):
        self.tries(actions.drop_lines, self.of(pk), self.lines(pk, place))

    @rule(pk=bookings)
    def leaves(self, pk):
        stays = self.of(pk).persons.first()
        self.tries(actions.set_persons, self.of(pk), [actions.PersonFacts(last_name="Un", pk=stays.pk)])

    @rule(pk=bookings, again=st.booleans())
    def asks_for_time(self, pk, again):
        self.tries(actions.hold_again if again else actions.prolong_cart, self.of(pk))

    @rule(pk=bookings, method=METHODS.filter(bool))
    def orders(self, pk, method):
        try:
            order(self.world, self.of(pk), method=method, at=self.now)
        except REFUSALS:
            return

    @rule(pk=bookings, share=st.sampled_from(["-1", "0", "0.5", "1", "2"]), signed=st.booleans())
    def pays(self, pk, share, signed):
        """Too little, twice, late, taken back: whatever arrives lands in a clear state."""
        payer = self.of(pk).payers.first()
        if payer is None:
            return
        asked = booking_total(self.of(pk)) or D("100.00")
        self.paid[payer.pk] = max(D(0), self.paid.get(payer.pk, D(0)) + (asked * D(share)).quantize(D("0.01")))
        settled = actions.settle(
            self.of(pk), paid={payer.pk: self.paid[payer.pk]}, signed=[payer.pk] if signed else [], **self.by
        )
        spare = self.paid[payer.pk] - totals_by_payer([pk]).get(payer.pk, D(0))
        assert settled.spare.get(payer.pk, D(0)) == max(D(0), spare)
        again = actions.settle(self.of(pk), paid={payer.pk: self.paid[payer.pk]}, signed=[payer.pk] if signed else [], **self.by)
        assert not again.firm and not again.revived and again.spare == settled.spare

    # -- who works

    @rule(pk=bookings, offer=OFFERS, first=st.integers(0, 2), nights=st.integers(1, 3), quantity=st.integers(1, 2))
    def adds(self, pk, offer, first, nights, quantity):
        if self.of(pk).placed_at:
            self.tries(actions.add_line, self.of(pk), **self.span(offer, first, nights), quantity=quantity)

    @rule(pk=bookings, place=PLACE, later=st.integers(-1, 1), more=st.integers(-1, 1), quantity=st.integers(1, 2))
    def changes(self, pk, place, later, more, quantity):
        for line in self.of(pk).lines.filter(pk__in=self.lines(pk, place), state__in=KINDS, is_penalty=False):
            start, end = line.start + later * DAY, line.end + (later + more) * DAY
            if start < end and self.of(pk).placed_at:
                self.tries(actions.change_line, self.of(pk), line, start=start, end=end, quantity=quantity)

    @rule(pk=bookings, place=PLACE, fee=st.booleans())
    def cancels(self, pk, place, fee):
        if self.of(pk).placed_at:
            gone = self.lines(pk, place)
            fees = {line: actions.Fee(D("10.00"), D("5.00")) for line in gone} if fee else {}
            self.tries(actions.cancel_lines, self.of(pk), gone, fees=fees)

    @rule(pk=bookings, place=PLACE)
    def gives_time(self, pk, place):
        self.tries(actions.prolong_options, self.of(pk), self.lines(pk, place), until=self.now + 3 * DAY, reason="")

    @rule(nights=st.integers(-2, 2), first=st.integers(0, 2))
    def hotel_gives_or_takes_back(self, nights, first):
        self.keys += 1
        rooms = {Night(self.world.pool.pk, self.world.room.service_id, self.world.arrival + first * DAY): nights}
        for _ in range(2):
            self.tries(grant, rooms, key=f"key-{self.keys}", congress_id=self.world.congress.pk)

    @rule(first=st.integers(0, 2))
    def hotel_withdraws(self, first):
        """Even what is sold: carts end, and the stock says what is short."""
        self.keys += 1
        night = Night(self.world.pool.pk, self.world.room.service_id, self.world.arrival + first * DAY)
        end_claims(nights=[night], expired_only=False, at=self.now)
        self.tries(grant, {night: -1}, key=f"key-{self.keys}", congress_id=self.world.congress.pk, may_overrun=True)
        self.withdrew = True

    @rule(pk=bookings, other=bookings, place=PLACE, bears=st.sampled_from([actions.GUEST, actions.HOUSE]))
    def moves_to_another_hotel(self, pk, other, place, bears):
        """Stays of two bookings, in one act."""
        chosen = [*self.lines(pk, place), *(self.lines(other, place) if other != pk else [])]
        lines = Line.objects.filter(pk__in=chosen, state__in=["OPTION", "FIRM"], offer=self.world.room, is_penalty=False)
        moves = [actions.Move(line, self.world.elsewhere, self.world.elsewhere_rate) for line in lines]
        before = booking_total(self.of(pk))
        self.tries(actions.relocate, moves, bears=bears, reason="")
        if bears == actions.HOUSE:
            assert booking_total(self.of(pk)) <= before

    # -- what ends by time; between two rounds of the worker anything may happen

    @rule(minutes=st.sampled_from([6, 21, 24 * 60, 12 * 24 * 60]), worker=st.booleans())
    def time_passes(self, minutes, worker):
        self.now += timedelta(minutes=minutes)
        if worker:
            self.worker_comes()

    def worker_comes(self):
        for task in (actions.end_carts, actions.end_card_holds, actions.list_expiring, actions.lapse_options):
            task(at=self.now)
        assert not Claim.objects.filter(kind=Claim.Kind.CART, until__lte=self.now).exists()
        assert not Line.objects.filter(state=State.HELD, until__lte=self.now).exists()

    # -- what is always true

    @invariant()
    def every_counter_is_what_its_rows_say(self):
        assert not audit()  # what is granted from its grants, what is taken from its claims
        assert self.withdrew or not [str(day) for day in StockDay.objects.exclude(short=0)]

    @invariant()
    def every_line_has_what_its_state_says(self):
        """A hold whose time is over may have lost rooms to who needed them, never gained any."""
        claims = {}
        for claim in Claim.objects.select_related("stock_day"):
            day = claim.stock_day
            claims.setdefault(claim.owner, {})[Night(day.pool_id, day.service_id, day.day)] = (claim.rooms, claim.kind)
        for line in Line.objects.select_related("offer", "rate"):
            has = claims.pop(line.key, {})
            kind = None if line.is_penalty else KINDS.get(line.state)
            due = {night: (rooms, kind) for night, rooms in line_nights(line).items()} if kind else {}
            if line.state == State.HELD and (line.until <= self.now or self.withdrew):
                due = {night: due[night] for night in has if night in due}
            assert has == due, (line.state, line)
        assert not claims

    @invariant()
    def only_what_counts_is_in_a_total(self):
        sums, owed = {}, D(0)
        for charge in Charge.objects.live().select_related("line__booking"):
            line = charge.line
            assert line.state != State.CANCELLED
            if line.state in (State.HELD, State.OPTION, State.FIRM):
                sums[line.booking_id] = sums.get(line.booking_id, D(0)) + charge.total
                owed += charge.total if line.booking.placed_at else 0
        assert totals_by_booking(Booking.objects.values_list("pk", flat=True)) == sums
        assert total(totals_by_payer(sums).values()) == owed

    # -- small words

    @property
    def by(self):
        return {"by": SYSTEM, "at": self.now}

    def of(self, pk):
        return Booking.objects.get(pk=pk)

    def lines(self, pk, place):
        found = list(self.of(pk).lines.values_list("pk", flat=True))
        return found[place % len(found) :][:1] if found else []

    def span(self, name, first, nights):
        offer = getattr(self.world, name)
        if name == "room":
            start = self.world.arrival + first * DAY
            return {"offer": offer, "rate": self.world.room_rate, "start": start, "end": start + nights * DAY}
        return {"offer": offer, "rate": rate_of(offer), "start": offer.starts, "end": offer.ends}

    def tries(self, action, *subject, **facts):
        try:
            action(*subject, **facts, **self.by)
        except REFUSALS:
            return


@pytest.mark.django_db
def test_whatever_happens_in_whatever_order_no_room_is_sold_twice_or_lost():
    world = seminar(rooms=1)
    service, rate = make_service(world.atout, "DINER", "EVENING", unit="PERSON")
    world.dinner = make_offer(world, world.step["evenings"], service, rate, "40.00", stock=3, day=date(2027, 4, 8))
    world.visit = world.free["VISITMAM"]
    other = make_supplier("TERMINUS", "HOTEL", commission="5")
    room, world.elsewhere_rate = make_service(other, "DBL", "ROOM", room="DOUBLE", unit="NIGHT", vat="intermediate")
    world.elsewhere = make_offer(world, world.step["lodging"], room, world.elsewhere_rate, "120.00", stock=2)
    terms = Terms.objects.create(code="30", name="30 %")
    terms.clauses.create(verb="DUE", start="ORDER", percent=D("30"))
    terms.clauses.create(verb="DUE", start="START", days=-7)
    type(world.congress).objects.filter(pk=world.congress.pk).update(terms=terms)
    Congress.world = world
    run_state_machine_as_test(
        Congress,
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
