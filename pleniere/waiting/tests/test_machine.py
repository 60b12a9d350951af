"""Stock from both its ends at once, in any order: what a hotel grants and takes back, what people hold, buy, change and wait for.

After each step the house's laws are asked of the rows themselves: no room twice, none lost, none kept for nobody.
"""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pleniere.accounts.rights import SYSTEM
from pleniere.allotment import actions as hotel
from pleniere.allotment.actions.ranging import NotUnderstoodRange, Range, edit_range, undo_range
from pleniere.allotment.actions.stepping import CannotStep
from pleniere.allotment.models import Block, Release
from pleniere.booking import actions as people
from pleniere.booking.models import Booking, Line
from pleniere.booking.queries import booking_total
from pleniere.booking.tests.world import ARRIVAL, DEPARTURE, NOW, order
from pleniere.common.nights import DAY
from pleniere.congress.pricing import NotSold
from pleniere.stock.actions import Night, NotEnough
from pleniere.stock.models import RESERVE, Claim, Grant, StockDay
from pleniere.stock.queries import audit
from pleniere.waiting import actions as waiting
from pleniere.waiting import owners
from pleniere.waiting.models import Proposal

from .city import ROOMS, city

REFUSALS = (
    CannotStep,
    NotEnough,
    NotSold,
    NotUnderstoodRange,
    hotel.CannotWithdraw,
    hotel.NothingToRelease,
    people.AlreadyPlaced,
    people.CannotRelocate,
    people.NotForThem,
    people.NothingToOrder,
    people.TooManyOptions,
    waiting.CannotWait,
    waiting.PriceMoved,
    waiting.TooLate,
)
PLACE = st.integers(0, 2)
FIRST = st.integers(0, 1)
bookings = Bundle("bookings")


class City(RuleBasedStateMachine):
    """A hotel that lets four rooms a night by a block of two steps, another of two, and up to six parties who want them."""

    world = None  # made once; each run is rolled back to it

    def __init__(self):
        super().__init__()
        self.run = transaction.atomic()
        self.run.__enter__()
        self.now, self.keys = NOW, 0

    def teardown(self):
        transaction.set_rollback(True)
        self.run.__exit__(None, None, None)

    # -- people

    @initialize(target=bookings)
    def three_have_come_and_one_waits(self):
        """So that what follows has something to act on: a full hotel, and who would have its rooms."""
        came = [self.comes("TRANSFER", 0, 2) for _party in range(3)]
        for pk in came[:2]:
            payer = self.of(pk).payers.get()
            people.settle(self.of(pk), paid={payer.pk: booking_total(self.of(pk))}, **self.by)
        self.waits(self.comes("TRANSFER", 1, 1), 1, False)
        return multiple(*came)

    @precondition(lambda self: Booking.objects.count() < 6)
    @rule(target=bookings, method=st.sampled_from([None, "TRANSFER", "TRANSFER"]), first=FIRST, nights=st.integers(1, 2))
    def comes(self, method, first, nights):
        booking = people.open_cart(self.world.congress, language="fr", at=self.now)
        persons = people.set_persons(booking, [people.PersonFacts(last_name="Un")], **self.by)
        start = ARRIVAL + first * DAY
        self.tries(
            people.take_offer,
            booking,
            self.world.room,
            self.world.room_rate,
            start=start,
            end=start + nights * DAY,
            persons=persons,
        )
        if method:
            with suppress(*REFUSALS):
                order(self.world, booking, method=method, at=self.now)
        return booking.pk

    @rule(pk=bookings, place=PLACE)
    def cancels(self, pk, place):
        self.tries(people.cancel_lines, self.of(pk), [line.pk for line in self.stays(pk, place)], fees={})

    @rule(pk=bookings, place=PLACE, later=st.integers(-1, 1))
    def moves_to_other_nights(self, pk, place, later):
        for line in self.stays(pk, place):
            self.tries(
                people.change_line, self.of(pk), line, start=line.start + later * DAY, end=line.end + later * DAY, quantity=1
            )

    @rule(pk=bookings, place=PLACE)
    def is_relocated(self, pk, place):
        moves = [people.Move(line, self.world.elsewhere, self.world.elsewhere_rate) for line in self.stays(pk, place)]
        self.tries(people.relocate, moves, bears=people.HOUSE, reason="")

    @rule(pk=bookings, rooms=st.integers(1, 2), whole=st.booleans())
    def waits(self, pk, rooms, whole):
        w, booking = self.world, self.of(pk)
        facts = {"persons": list(booking.persons.all()), "email": "un@example.org", "rooms": rooms, "is_whole": whole}
        self.tries(waiting.make_wish, booking, w.room, w.room_rate, start=ARRIVAL, end=DEPARTURE, **facts)

    @rule(nights=st.sampled_from([(0, 1), (0, 1), (0,), ()]))
    def answers(self, nights):
        for proposal in Proposal.objects.filter(state="OPEN").order_by("pk")[:1]:
            days = [ARRIVAL + n * DAY for n in nights]
            self.tries(waiting.answer, proposal, days, shown=proposal.total)

    # -- the hotel and the office

    @rule(rooms=st.integers(1, 2), first=FIRST)
    def gives_back_by_hand_twice(self, rooms, first):
        self.keys += 1
        for _twice in range(2):
            self.tries(hotel.release_block, self.block, key=f"hand-{self.keys}", rooms=self.night(rooms, first))
        assert Release.objects.filter(key=f"hand-{self.keys}").count() <= 1

    @rule(place=FIRST)
    def does_a_step_twice(self, place):
        for step in self.block.steps.order_by("on")[place : place + 1]:
            for _twice in range(2):
                self.tries(hotel.release_step, step)

    @precondition(lambda self: self.now > NOW + timedelta(days=10))
    @rule()
    def cuts_off(self):
        self.tries(hotel.release_block, self.block, key=f"cutoff-{self.block.cutoff}", is_cutoff=True)

    @rule(place=FIRST)
    def leaves_rooms_after_all(self, place):
        for release in Release.objects.filter(is_withdrawal=False).order_by("-pk")[place : place + 1]:
            until = self.world.congress.local_date(self.now) + 2 * DAY if self.block.released_at else None
            self.tries(hotel.undo_release, release, reason="", until=until)

    @rule(rooms=st.integers(1, 2), first=FIRST)
    def takes_sold_rooms_back(self, rooms, first):
        self.keys += 1
        self.tries(hotel.withdraw_rooms, self.block, self.night(rooms, first), reason="", key=f"back-{self.keys}")

    @rule(rooms=st.integers(-2, 2).filter(bool), undone=st.booleans())
    def puts_more_on_sale(self, rooms, undone):
        self.keys += 1
        w, wanted = self.world, Range(rooms, ARRIVAL, DEPARTURE - DAY)
        for _twice in range(2):
            self.tries(edit_range, w.congress, w.pool, w.room.service, wanted, key=str(self.keys))
        if undone:
            self.tries(undo_range, w.congress, str(self.keys))

    @rule(rooms=st.integers(0, 1), first=FIRST)
    def keeps_some_for_itself(self, rooms, first):
        night = Night(self.world.pool.pk, self.world.room.service_id, ARRIVAL + first * DAY)
        until = self.now + 2 * DAY
        self.tries(waiting.keep_for_office, night, rooms, congress=self.world.congress, until=until)

    # -- time

    @rule(hours=st.sampled_from([0, 1, 1, 30, 13 * 24]))
    def time_passes_and_the_worker_comes(self, hours):
        self.now += timedelta(hours=hours)
        for task in (people.end_carts, people.list_expiring, people.lapse_options):
            task(at=self.now)
        waiting.run(self.world.congress, at=self.now)
        assert waiting.run(self.world.congress, at=self.now) == 0  # what could be offered was

    # -- what is always true

    @invariant()
    def every_counter_is_what_its_rows_say(self):
        assert not audit()

    @invariant()
    def what_the_hotel_gave_is_there_or_went_back(self):
        """Granted by the block, at first, less each release that stands: what it still has, night by night."""
        gone = {}
        for release in Release.objects.filter(undone_at=None):
            for service, night, rooms in release.rooms:
                gone[service, night] = gone.get((service, night), 0) + rooms
        left = Grant.objects.filter(block=self.block.grant_block).values("stock_day__service", "stock_day__day")
        for row in left.annotate(rooms=Sum("rooms")):
            key = row["stock_day__service"], row["stock_day__day"].isoformat()
            again = self.partly_again(key)
            assert row["rooms"] == ROOMS - gone.get(key, 0) - again, key

    @invariant()
    def nothing_is_kept_for_nobody(self):
        """A claim is a line's, an open offer's, the reserve of a row, or the office's."""
        lines = set(Line.objects.values_list("key", flat=True))
        offers = {proposal.owner: sum(proposal.nights.values()) for proposal in Proposal.objects.filter(state="OPEN")}
        kept = {}
        for owner, rooms in Claim.objects.values_list("owner", "rooms"):
            if owner in lines or owner.startswith((RESERVE, owners.OFFICE)):
                continue
            assert owner in offers, owner
            kept[owner] = kept.get(owner, 0) + rooms
        assert all(rooms <= offers[owner] for owner, rooms in kept.items())

    @invariant()
    def a_shortfall_grows_by_a_withdrawal_alone(self):
        withdrawn = Release.objects.filter(is_withdrawal=True).exists()
        assert withdrawn or not StockDay.objects.exclude(short=0).exists()

    # -- small words

    @property
    def by(self):
        return {"by": SYSTEM, "at": self.now}

    @property
    def block(self):
        return Block.objects.select_related("congress").get(pk=self.world.block.pk)

    def partly_again(self, key):
        """Nights of an undone release that were past when it was undone did not come back."""
        gone, back = 0, 0
        for release in Release.objects.exclude(undone_at=None):
            gone += sum(rooms for service, night, rooms in release.rooms if (service, night) == key)
            days = Grant.objects.filter(key=f"again-{release.pk}", stock_day__service=key[0], stock_day__day=key[1])
            back += days.aggregate(rooms=Sum("rooms"))["rooms"] or 0
        return gone - back

    def of(self, pk):
        return Booking.objects.get(pk=pk)

    def night(self, rooms, first):
        return {(self.world.room.service_id, ARRIVAL + first * DAY): rooms}

    def stays(self, pk, place):
        found = list(self.of(pk).lines.filter(state__in=["OPTION", "FIRM"], is_penalty=False, offer=self.world.room))
        return found[place % len(found) :][:1] if found and self.of(pk).placed_at else []

    def tries(self, action, *subject, **facts):
        try:
            with transaction.atomic():
                action(*subject, **facts, **self.by)
        except REFUSALS:
            return


@pytest.mark.django_db
def test_whatever_hotel_office_and_guests_do_in_whatever_order_the_audit_is_silent():
    City.world = city()
    run_state_machine_as_test(
        City,
        settings=settings(
            max_examples=8,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],  # a failure prints its steps as they were: shrinking takes minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
