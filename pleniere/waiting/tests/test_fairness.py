"""Per person, for stock and never for a price that is over, with time to answer; and the office gives what it kept."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils.translation import override

from pleniere.accounts.rights import SYSTEM, NotAllowed
from pleniere.allotment.models import Block
from pleniere.booking.actions import PersonFacts
from pleniere.booking.models import Line
from pleniere.booking.tests.world import ARRIVAL, DEPARTURE, NOW, make_cart, make_offer, make_service
from pleniere.common.audits import checks
from pleniere.congress.models import Price, Window
from pleniere.congress.programme import forget
from pleniere.messaging.models import Message
from pleniere.stock.actions import Night, NotEnough, grant
from pleniere.waiting.actions import answer, give_kept, keep_for_office, make_wish, run
from pleniere.waiting.models import Proposal, Wish
from pleniere.waiting.words import in_words

from .test_waiting import DAYS, buyer, days_of, frees, full_world, waits

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db):
    return full_world()


def silent() -> bool:
    return not [line for name, check in checks().items() for line in check() if name.split(":")[0] in ("stock", "waiting")]


def test_two_people_of_one_cart_wait_each_for_a_room_and_each_is_offered_one(world):
    cart, (ann, ben) = make_cart(
        world, PersonFacts(first_name="Ann", last_name="A"), PersonFacts(first_name="Ben", last_name="B")
    )
    hers, his = (waits(world, booking=cart, persons=[person]) for person in (ann, ben))
    assert hers != his and waits(world, booking=cart, persons=[ann]) == hers
    grant(
        {Night(world.pool.pk, world.room.service_id, day): 2 for day in DAYS},
        key="more",
        by=SYSTEM,
        at=NOW,
        congress_id=world.congress.pk,
    )
    assert run(world.congress, at=NOW) == 2 and silent()
    for wish in (hers, his):
        proposal = wish.proposals.get()
        assert answer(proposal, DAYS, shown=proposal.total, by=SYSTEM, at=NOW) == DAYS
    assert cart.lines.filter(state=Line.State.HELD).count() == 2 and silent()


def test_it_is_offered_at_the_price_that_holds_when_the_one_it_was_wished_at_is_over(world):
    early = Window.objects.create(congress=world.congress, code="early", closes=date(2027, 3, 10))
    late = Window.objects.create(congress=world.congress, code="late", opens=date(2027, 3, 15))
    Price.objects.filter(rate=world.room_rate).update(window=early)
    Price.objects.create(congress=world.congress, rate=world.room_rate, window=late, amount=Decimal("130.00"), basis="GROSS")
    forget()
    wish = waits(world)
    frees(world)
    assert run(world.congress, at=datetime(2027, 3, 12, 10, tzinfo=UTC)) == 0  # no price holds: it waits on
    assert run(world.congress, at=datetime(2027, 3, 16, 10, tzinfo=UTC)) == 1
    wish.refresh_from_db()
    assert wish.state == Wish.State.OFFERED and wish.proposals.get().total == Decimal("260.00") and silent()


def cutoff(world, day: date) -> None:
    hotel = world.hotel
    facts = {"congress": world.congress, "supplier": hotel, "pool": world.pool, "contract": hotel.contracts.get()}
    Block.objects.create(**facts, cutoff=day, retained_at=NOW, retained_by="test", key="b")


def test_near_the_end_an_offer_ends_by_day_and_none_leaves_without_fair_time(world):
    cutoff(world, date(2027, 3, 20))  # the list ends at the first moment of the 18th, in Saint-Étienne
    wish = waits(world)
    frees(world)
    assert run(world.congress, at=datetime(2027, 3, 17, 16, tzinfo=UTC)) == 0  # 17:00 there: three hours of day are left
    run(world.congress, at=datetime(2027, 3, 17, 9, tzinfo=UTC))
    proposal = wish.proposals.get()
    assert proposal.until == datetime(2027, 3, 17, 19, tzinfo=UTC)  # 20:00 there, not midnight
    assert silent()


def test_the_office_gives_what_it_kept_and_who_waits_does_not_come_between(world):
    frees(world)
    until = NOW + timedelta(days=9)
    for day in DAYS:
        keep_for_office(
            Night(world.pool.pk, world.room.service_id, day), 1, congress=world.congress, until=until, by=SYSTEM, at=NOW
        )
    waits(world)
    vip = buyer(world, "Vip")
    facts = {"start": ARRIVAL, "end": DEPARTURE, "persons": list(vip.persons.all()), "at": NOW}
    with pytest.raises(NotAllowed):
        give_kept(vip, world.room, world.room_rate, by=world.accountant, **facts)
    line = give_kept(vip, world.room, world.room_rate, by=world.agent, **facts)
    assert line.state == Line.State.OPTION and not Proposal.objects.exists()
    assert [day.free for day in days_of(world)] == [0, 0] and silent()
    reason = vip.changes.get(verb="line.added", line=line).reason
    with override("fr"):
        assert in_words(reason) == "Sur les chambres gardées pour le bureau, par Sam"
    with pytest.raises(NotEnough):
        give_kept(vip, world.room, world.room_rate, by=world.agent, **facts)
    assert vip.lines.filter(offer=world.room).count() == 1 and silent()


def test_of_two_choices_free_at_once_the_better_is_offered_and_the_other_goes_to_the_next(world):
    twin, twin_rate = make_service(world.hotel, "TWIN", "ROOM", room="TWIN", unit="NIGHT")
    offer = make_offer(world, world.step["lodging"], twin, twin_rate, "90.00", stock=1)
    forget()

    def office(rooms: int) -> None:
        for day in DAYS:
            night = Night(world.pool.pk, twin.pk, day)
            keep_for_office(night, rooms, congress=world.congress, until=NOW + timedelta(days=9), by=SYSTEM, at=NOW)

    office(1)
    bob, cleo = buyer(world, "Bob"), buyer(world, "Cleo")
    facts = {"start": ARRIVAL, "end": DEPARTURE, "by": SYSTEM, "at": NOW}
    bobs = {"persons": list(bob.persons.all()), "email": "bob@example.org"}
    second = make_wish(bob, world.room, world.room_rate, rank=2, **bobs, **facts)
    facts["at"] = NOW + timedelta(seconds=1)
    behind = make_wish(cleo, world.room, world.room_rate, persons=list(cleo.persons.all()), email="cleo@example.org", **facts)
    first = make_wish(bob, offer, twin_rate, rank=1, **bobs, **{**facts, "at": NOW + timedelta(minutes=1)})
    frees(world)
    assert run(world.congress, at=NOW) == 1 and second.proposals.exists()  # there is no better one yet
    proposal = second.proposals.get()
    answer(proposal, [], shown=proposal.total, by=SYSTEM, at=NOW)
    second = make_wish(bob, world.room, world.room_rate, rank=2, **bobs, **facts)
    Wish.objects.filter(pk=second.pk).update(made_at=NOW - timedelta(days=1))  # the first in line again
    office(0)
    assert run(world.congress, at=NOW) == 2
    assert {each.wish_id for each in Proposal.objects.filter(state="OPEN")} == {first.pk, behind.pk}
    assert not Message.objects.filter(key__in=[f"waiting-{each.key}" for each in second.proposals.all()]).exists()
    second.refresh_from_db()
    assert second.state == Wish.State.WAITING and silent()
