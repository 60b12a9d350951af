"""A sub-block's life: made, asked, allocated, accepted, taken by its guests, given back; nothing lost, nothing invented."""

import random
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum

from pleniere.accounts.models import Link
from pleniere.accounts.rights import SYSTEM, NotAllowed
from pleniere.booking.actions import PersonFacts, cancel_lines, open_cart, prove_audience, set_persons, take_offer
from pleniere.booking.tests.world import NOW, order, reload_congress, seminar
from pleniere.congress.models import Offer, Price
from pleniere.congress.programme import programme
from pleniere.messaging.models import Message
from pleniere.stock.actions import NotEnough
from pleniere.stock.models import StockDay
from pleniere.stock.queries import audit
from pleniere.subblock import queries
from pleniere.subblock.actions import (
    CannotAnswer,
    NothingToReturn,
    Refused,
    TooFew,
    accept,
    allocate,
    ask,
    edit_sub_block,
    give_back,
    invite,
    link_of,
    make_sub_block,
    name_guests,
    propose,
    set_price,
    undo_return,
)
from pleniere.subblock.actions.making import Contact, StepFacts
from pleniere.subblock.models import ReturnStep, SubBlock
from pleniere.subblock.tasks import give_back as worker

CONTACT = Contact("Ines Roy", "ines@exposant.example", "fr")


@pytest.fixture
def w(db):
    return world()


def world():
    w = seminar()
    w.said = {"by": w.agent, "at": NOW}
    w.congress.help_email = "bureau@example.org"
    w.congress.save()
    w.block = make_sub_block(
        w.congress,
        "SPEAKERS",
        name={"fr": "Orateurs", "en": "Speakers"},
        secret="PAROLE",
        contact=CONTACT,
        pays_as=w.delegate,
        **w.said,
    )
    w.link = link_of(w.block)
    w.service = w.room.service
    reload_congress(w)
    w.nights = [w.arrival, w.arrival + timedelta(days=1)]
    return w


def give(w, count, key="a", **facts):
    return allocate(w.block, {(w.service.pk, night): count for night in w.nights}, key=key, **w.said, **facts)


def own_offer(w):
    return Offer.objects.select_related("service").get(pool=w.block.pool)


def guest(w, *, code=True, at=NOW):
    """Somebody registers, takes a room of the sub-block, and orders."""
    reload_congress(w)
    cart = open_cart(w.congress, language="fr", at=at)
    [person] = set_persons(cart, [PersonFacts(first_name="Ada", last_name="Roy")], by=SYSTEM, at=at)
    if code:
        prove_audience(cart, person, "parole", by=SYSTEM, at=at)
    offer = own_offer(w)
    take_offer(cart, offer, w.room_rate, start=w.arrival, end=w.departure, persons=[person], by=SYSTEM, at=at)
    return cart, offer


def counters(w, night=0):
    rows = StockDay.objects.filter(service=w.service, day=w.nights[night])
    return {row.pool.code: (row.granted, row.taken) for row in rows.select_related("pool")}


def test_the_contact_asks_the_office_allocates_the_contact_accepts(w):
    ask(w.block, {("DOUBLE", night): 3 for night in w.nights}, key="1", by=w.link, at=NOW)
    w.block.refresh_from_db()
    assert w.block.state == "ASKED"
    give(w, 2)
    w.block.refresh_from_db()
    assert w.block.state == "ALLOCATED" and counters(w) == {"CONGR": (8, 0), "SPEAKERS": (2, 0)}
    assert accept(w.block, version=1, by=w.link, at=NOW)
    assert not accept(w.block, version=1, by=w.link, at=NOW)
    w.block.refresh_from_db()
    assert w.block.state == "ACCEPTED" and w.block.accepted_by == "Ines Roy"
    assert audit() == []
    told = set(Message.objects.filter(template__startswith="subblock/").values_list("template", "to"))
    assert ("subblock/made", CONTACT.email) in told and ("subblock/allocated", CONTACT.email) in told
    assert ("subblock/asked", "bureau@example.org") in told and ("subblock/accepted", "bureau@example.org") in told


def test_a_yes_to_what_has_changed_meanwhile_is_no_yes(w):
    give(w, 2)
    give(w, 1, key="b")
    with pytest.raises(CannotAnswer):
        accept(w.block, version=1, by=w.link, at=NOW)
    w.block.refresh_from_db()
    assert w.block.state == "ALLOCATED" and w.block.version == 2


def test_each_key_counts_once(w):
    give(w, 2)
    give(w, 5)
    assert counters(w)["SPEAKERS"] == (2, 0)
    ask(w.block, {("DOUBLE", w.nights[0]): 3}, key="1", by=w.link, at=NOW)
    ask(w.block, {("DOUBLE", w.nights[0]): 9}, key="1", by=w.link, at=NOW)
    assert [each.rooms[0][2] for each in w.block.asks.all()] == [3]


def test_more_than_is_free_is_refused_in_words_and_nothing_moves(w):
    with pytest.raises(TooFew, match="10"):
        give(w, 11)
    assert counters(w) == {"CONGR": (10, 0)} and not w.block.allocations.exists()
    w.block.refresh_from_db()
    assert w.block.state == "PREPARED"


def test_another_contact_s_link_asks_nothing_here(w):
    other = make_sub_block(w.congress, "X", name={"fr": "X"}, secret="AUTRE", contact=CONTACT, pays_as=w.delegate, **w.said)
    with pytest.raises(NotAllowed):
        ask(w.block, {("DOUBLE", w.nights[0]): 3}, key="1", by=link_of(other), at=NOW)
    assert list(SubBlock.objects.visible_to(link_of(other))) == [other]
    with pytest.raises(NotAllowed):
        allocate(w.block, {}, key="x", by=w.link, at=NOW)


def test_what_is_in_it_is_for_those_with_the_code_at_everybody_s_price(w):
    give(w, 2)
    reload_congress(w)
    plan = programme(w.congress)
    offer = plan.offers[own_offer(w).pk]
    assert not plan.admits(offer, w.delegate) and plan.admits(offer, plan.audiences[w.block.audience.pk])
    cart, _offer = guest(w)
    assert cart.lines.get().charges.first().unit == Decimal("105.75")
    assert counters(w)["SPEAKERS"] == (2, 1) and counters(w)["CONGR"] == (8, 0)


def test_what_was_reserved_to_those_they_pay_as_is_open_to_them_too(w):
    block = make_sub_block(
        w.congress, "EXPO", name={"fr": "Exposant"}, secret="STAND12", contact=CONTACT, pays_as=w.delegate, **w.said
    )
    assert block.audience in w.fee.audiences.all()


def test_a_price_of_its_own_holds_for_its_guests_alone_and_goes_again(w):
    give(w, 2)
    rate = w.room_rate
    set_price(w.block, rate, Decimal("80.00"), **w.said)
    cart, _offer = guest(w)
    assert cart.lines.get().charges.first().unit == Decimal("80.00")
    set_price(w.block, rate, None, **w.said)
    cart, _offer = guest(w)
    assert cart.lines.get().charges.first().unit == Decimal("105.75")


def test_whoever_is_admitted_later_pays_the_sub_block_s_price_and_who_no_longer_is_has_none(w):
    give(w, 2)
    set_price(w.block, w.room_rate, Decimal("80.00"), **w.said)
    facts = {"name": {"fr": "Orateurs"}, "secret": "PAROLE", "contact": CONTACT, **w.said}
    before = Price.objects.filter(pool=None).count()

    def priced():
        return set(Price.objects.filter(pool=w.block.pool, amount=80).values_list("audience", flat=True))

    edit_sub_block(w.block, also=[w.delegate], **facts)
    assert priced() == {w.block.audience_id, w.delegate.pk}
    edit_sub_block(w.block, **facts)
    assert priced() == {w.block.audience_id} and Price.objects.filter(pool=None).count() == before


def test_what_guests_have_never_goes_back_and_a_release_twice_is_once(w):
    give(w, 3)
    cart, _offer = guest(w)
    booking = order(w, cart)
    first = give_back(w.block, key="r", **w.said)
    assert first.room_nights == 4 and counters(w) == {"CONGR": (9, 0), "SPEAKERS": (1, 1)}
    assert give_back(w.block, key="r", **w.said) == first
    with pytest.raises(NothingToReturn):
        give_back(w.block, key="s", **w.said)
    assert undo_return(first, **w.said) and not undo_return(first, **w.said)
    assert counters(w) == {"CONGR": (7, 0), "SPEAKERS": (3, 1)}
    assert [row.names for row in queries.registered(w.block)] == ["Ada Roy"]
    assert booking.lines.filter(state="OPTION").exists() and audit() == []


def test_rooms_sold_meanwhile_do_not_come_back(w):
    give(w, 10)
    given = give_back(w.block, key="r", **w.said)
    cart = open_cart(w.congress, language="fr", at=NOW)
    [person] = set_persons(cart, [PersonFacts(first_name="A", last_name="B")], by=SYSTEM, at=NOW)
    take_offer(cart, w.room, w.room_rate, start=w.arrival, end=w.departure, persons=[person], by=SYSTEM, at=NOW)
    with pytest.raises(Refused):
        undo_return(given, **w.said)
    assert counters(w)["SPEAKERS"] == (0, 0) and audit() == []


def test_the_worker_gives_back_step_by_step_once_and_catches_up_in_order(w, monkeypatch):
    give(w, 4)
    soon, later = NOW.date() + timedelta(days=2), NOW.date() + timedelta(days=5)
    w.block.steps.create(on=soon, percent=50)
    w.block.steps.create(on=later, percent=100)
    cart, _offer = guest(w, at=NOW + timedelta(days=2))  # an open cart gives way at the step

    def at(days):
        monkeypatch.setattr("pleniere.subblock.tasks.timezone.now", lambda: NOW + timedelta(days=days))
        return worker()

    assert at(1) == 0
    assert at(2) == 1 and at(2) == 0
    assert counters(w) == {"CONGR": (8, 0), "SPEAKERS": (2, 0)}
    assert at(30) == 1 and counters(w) == {"CONGR": (10, 0), "SPEAKERS": (0, 0)}
    assert [r.is_by_hand for r in w.block.returns.all()] == [False, False] and audit() == []
    assert cart.lines.count() == 1


@pytest.mark.parametrize(
    "free, percent, goes", [(1, "50", 1), (3, "50", 2), (4, "50", 2), (7, "33.33", 3), (0, "50", 0), (5, "100", 5)]
)
def test_a_share_of_what_is_free_is_rounded_up(free, percent, goes):
    assert ReturnStep(percent=Decimal(percent)).rooms(free) == goes


def test_steps_are_days_to_come_one_a_day(w):
    with pytest.raises(Refused):
        make_sub_block(
            w.congress,
            "Y",
            name={"fr": "Y"},
            secret="YYYY",
            contact=CONTACT,
            pays_as=w.delegate,
            steps=[StepFacts(NOW.date())],
            **w.said,
        )


def test_a_proposal_meets_what_was_asked_as_far_as_rooms_go(w):
    asked = {("DOUBLE", w.nights[0]): 4, ("DOUBLE", w.nights[1]): 40}
    found = propose(w.block, asked)
    assert found == {(w.service.pk, w.nights[0]): 4, (w.service.pk, w.nights[1]): 10}
    allocate(w.block, found, key="p", **w.said)
    assert propose(w.block, asked) == found


def test_guests_are_named_in_lines_and_written_to_once(w):
    assert name_guests(w.block, "Ada; Roy; ada@x.example\nLin\tWu\tlin@x.example\nBob Martin", by=w.link, at=NOW) == 3
    assert name_guests(w.block, "Ada; Roy; ada@x.example", by=w.link, at=NOW) == 0
    with pytest.raises(CannotAnswer):
        name_guests(w.block, "Ada; Roy; ada@@x", by=w.link, at=NOW)
    guests = list(w.block.guests.all())
    assert invite(w.block, guests, by=w.link, at=NOW) == 2 and invite(w.block, guests, by=w.link, at=NOW) == 0
    mails = Message.objects.filter(template="subblock/invited")
    assert mails.count() == 2 and all("PAROLE" in each.text for each in mails)


def test_an_address_no_column_holds_is_refused_in_words(w):
    address = f"{'a' * 60}@{'.'.join(['b' * 60] * 4)}.example"
    with pytest.raises(CannotAnswer):
        name_guests(w.block, f"Ada;Roy;{address}", by=w.link, at=NOW)


def test_another_contact_has_another_link_and_the_former_one_ends(w):
    new = Contact("Paul", "paul@exposant.example", "en")
    edit_sub_block(w.block, name={"fr": "Orateurs"}, secret="PAROLE", contact=new, **w.said)
    assert Link.objects.get(pk=w.link.pk).revoked_at is not None
    w.block.refresh_from_db()
    assert link_of(w.block).is_live(NOW) and link_of(w.block).holder == new.email


@pytest.mark.parametrize("seed", range(4))
def test_any_sequence_of_allocate_take_release_and_move_back_leaves_the_audit_silent(w, seed):
    dice, returns = random.Random(seed), []
    give(w, 1, key="first")
    for step in range(40):
        act = dice.choice(["allocate", "take", "place", "cancel", "return", "undo", "step"])
        try:
            if act == "allocate":
                rooms = {(w.service.pk, night): dice.randrange(8) for night in w.nights}
                allocate(w.block, rooms, key=f"k{step}", **w.said)
            elif act in ("take", "place"):
                cart, _offer = guest(w)
                if act == "place":
                    order(w, cart)
            elif act == "cancel":
                rows = queries.registered(w.block)
                if rows:
                    line = dice.choice(rows).line
                    cancel_lines(line.booking, [line.pk], by=w.agent, at=NOW, reason="test")
            elif act == "return":
                returns.append(give_back(w.block, key=f"r{step}", **w.said))
            elif act == "undo" and returns:
                undo_return(dice.choice(returns), **w.said)
        except (TooFew, NotEnough, NothingToReturn, Refused):
            pass
        assert audit() == []
        assert StockDay.objects.filter(service=w.service).aggregate(sum=Sum("granted"))["sum"] == 30
