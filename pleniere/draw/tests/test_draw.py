"""Announced before, drawn once, replayed by anybody; groups together, the reason told to each."""

import io
import json
import subprocess
import sys
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from pleniere.accounts import links
from pleniere.accounts.models import Link
from pleniere.accounts.rights import SYSTEM, NotAllowed
from pleniere.booking.actions import PersonFacts, take_offer
from pleniere.booking.models import Line
from pleniere.booking.tests.world import ARRIVAL, DEPARTURE, NOW, make_cart
from pleniere.common.audits import checks
from pleniere.draw import replay
from pleniere.draw.actions import (
    CannotAnnounce,
    CannotEnter,
    EnteredAlready,
    NotYet,
    announce,
    cancel_draw,
    close_draw,
    draw_now,
    edit_draw,
    published,
    rehearse_draw,
    say_word,
    withdraw,
)
from pleniere.draw.models import Draw, Entry
from pleniere.messaging.models import Message
from pleniere.stock.actions import NotEnough
from pleniere.stock.models import Claim, StockDay
from pleniere.waiting.actions import answer, run
from pleniere.waiting.models import Proposal, Wish

from .world import CLOSES, DRAWS, buyer, choice, draw_world, enters, make_draw

pytestmark = pytest.mark.django_db
DAYS = [ARRIVAL, ARRIVAL + timedelta(days=1)]


@pytest.fixture
def world(db):
    return draw_world(rooms=2)


def silent() -> bool:
    return not [
        line for name, check in checks().items() for line in check() if name.split(":")[0] in ("draw", "stock", "waiting")
    ]


def free_of(w) -> list[int]:
    return [day.free for day in StockDay.objects.filter(service=w.room.service, day__in=DAYS).order_by("day")]


def drawn(w, at=DRAWS) -> Draw:
    assert draw_now(w.draw, by=SYSTEM, at=at)
    w.draw = Draw.objects.select_related("congress").get(pk=w.draw.pk)
    return w.draw


def test_announcing_sets_the_rooms_aside_and_publishes_the_mark_of_a_seed_nobody_sees(world):
    assert free_of(world) == [0, 0]
    passer, (person,) = make_cart(world, PersonFacts(first_name="Passer", last_name="By"))
    with pytest.raises(NotEnough):
        take_offer(passer, world.room, world.room_rate, start=ARRIVAL, end=DEPARTURE, persons=[person], by=SYSTEM, at=NOW)
    facts = published(world.draw)
    assert facts["commitment"] == replay.sha256(world.draw.seed) and world.draw.seed not in json.dumps(facts)
    assert not announce(world.draw, by=SYSTEM, at=NOW) and silent()
    with pytest.raises(CannotAnnounce):
        edit_draw(world.draw, by=SYSTEM, at=NOW, draws_at=DRAWS + timedelta(days=1))


def test_what_is_not_free_or_too_late_is_not_announced(db):
    w = draw_world(rooms=2, announced=False)
    taker, (person,) = make_cart(w, PersonFacts(first_name="Passer", last_name="By"))
    take_offer(taker, w.room, w.room_rate, start=ARRIVAL, end=DEPARTURE, persons=[person], by=SYSTEM, at=NOW)
    with pytest.raises(CannotAnnounce):
        announce(w.draw, by=SYSTEM, at=NOW)
    late = make_draw(w, rooms=1, announced=False, draws_at=NOW + timedelta(days=90))
    with pytest.raises(CannotAnnounce):
        announce(late, by=SYSTEM, at=NOW)
    assert silent() and not Claim.objects.filter(owner__startswith="draw-").exists()


def test_before_its_hour_nothing_is_drawn_and_after_the_close_nobody_enters_or_leaves(world):
    entry = enters(world)
    with pytest.raises(NotYet):
        close_draw(world.draw, by=SYSTEM, at=CLOSES - timedelta(seconds=1))
    assert close_draw(world.draw, by=SYSTEM, at=CLOSES) and not close_draw(world.draw, by=SYSTEM, at=CLOSES)
    for act in (lambda: enters(world, "Late", at=CLOSES), lambda: withdraw(entry, by=SYSTEM, at=CLOSES)):
        with pytest.raises(CannotEnter):
            act()
    with pytest.raises(NotYet):
        draw_now(world.draw, by=SYSTEM, at=DRAWS - timedelta(seconds=1))


def test_who_is_drawn_is_offered_the_room_and_who_is_not_waits_in_the_drawn_order(world):
    entries = [enters(world, name) for name in ("Ada", "Bob", "Cleo", "Dora")]
    draw = drawn(world)
    assert not draw_now(draw, by=SYSTEM, at=DRAWS)  # once
    won = list(Entry.objects.filter(got=1).select_related("booking", "wish"))
    lost = list(Entry.objects.filter(got=0).order_by("place"))
    assert len(won) == 2 and len(lost) == 2 and {each.number for each in (*won, *lost)} == {each.number for each in entries}
    assert [each.place for each in Entry.objects.order_by("place")] == [1, 2, 3, 4] == sorted(e.place for e in (*won, *lost))
    assert free_of(world) == [0, 0] and silent()
    waiting = Wish.objects.filter(state=Wish.State.WAITING).order_by("made_at", "rank", "pk")
    assert [wish.booking_id for wish in waiting] == [entry.booking_id for entry in lost]
    assert lost[0].refused == [{"choice": 1, "night": ARRIVAL.isoformat(), "left": 0, "needed": 1}]
    told = Message.objects.get(key=f"draw-{draw.pk}-{lost[0].number}")
    assert f"n°\u00a0{lost[0].number}" in told.text or str(lost[0].number) in told.text
    assert run(world.congress, at=DRAWS) == 0
    proposal = Proposal.objects.get(wish=won[0].wish)
    assert answer(proposal, [], shown=proposal.total, by=SYSTEM, at=DRAWS) == []
    assert run(world.congress, at=DRAWS) == 1  # the first who lost is the next in line
    assert Proposal.objects.filter(state="OPEN", wish__booking=lost[0].booking).exists() and silent()
    link = links.make(Link.Purpose.BOOKING, won[1].booking)
    other = Proposal.objects.get(wish=won[1].wish)
    assert answer(other, DAYS, shown=other.total, by=link, at=DRAWS) == DAYS
    assert won[1].booking.lines.get(offer=world.room).state == Line.State.OPTION and silent()


def test_anybody_replays_the_published_file_and_a_changed_one_is_told(world, tmp_path):
    first = enters(world, "Ada", choices=[choice(world), choice(world, end=DAYS[1])])
    for name in ("Bob", "Cleo"):
        enters(world, name)
    enters(world, "Dora", join=first.code)
    facts = published(drawn(world))
    file = tmp_path / "draw.json"
    file.write_text(json.dumps(facts))
    alone = subprocess.run([sys.executable, "-I", replay.__file__, str(file)], capture_output=True, text=True, check=True)
    assert "All agrees" in alone.stdout
    out = io.StringIO()
    call_command("replay_draw", str(file), stdout=out)
    assert "4 entries" in out.getvalue()
    assert not ({"Ada", "Hopes"} & set(json.dumps(facts).split('"')))  # numbers, no names
    for change in (
        {"seed": "0" * 64},
        {"list_sha256": "0" * 64},
        {"order": facts["order"][::-1]},
        {"result": [{**each, "choice": 0} for each in facts["result"]]},
        {"list": {**facts["list"], "rooms": {}}},
    ):
        file.write_text(json.dumps({**facts, **change}))
        with pytest.raises(CommandError):
            call_command("replay_draw", str(file), stdout=out)
    file.write_text("[]")
    with pytest.raises(CommandError):
        call_command("replay_draw", str(file), stdout=out)


def test_a_group_is_drawn_together_or_not_at_all(world):
    leader = enters(world, "Ada")
    member = enters(world, "Bob", join=leader.code.lower())
    with pytest.raises(CannotEnter):
        enters(world, "Cleo", join=leader.code)  # three rooms of two: never could be drawn
    for name in ("Dora", "Emma", "Fay"):
        enters(world, name)
    drawn(world)
    leader.refresh_from_db(), member.refresh_from_db()
    assert leader.place == member.place and leader.got == member.got
    assert Entry.objects.filter(got=1).count() == 2 and silent()


def test_who_leads_a_group_and_leaves_hands_it_on(world):
    leader, other = enters(world, "Ada"), enters(world, "Zoe")
    member = enters(world, "Bob", join=leader.code)
    assert withdraw(leader, by=SYSTEM, at=NOW) and not withdraw(leader, by=SYSTEM, at=NOW)
    member.refresh_from_db()
    assert member.group is None and member.code == leader.code and member.choices.count() == 1
    drawn(world)
    assert {each["entry"] for each in world.draw.result["result"]} == {member.number, other.number}
    assert enters is not None and silent()


def test_the_second_choice_is_given_when_the_first_is_gone(db):
    w = draw_world(rooms=1)
    short = choice(w, end=DAYS[1])
    for name in ("Ada", "Bob"):
        enters(w, name, choices=[choice(w, start=DAYS[1]), short])
    drawn(w)
    assert sorted(Entry.objects.values_list("got", flat=True)) == [1, 2]
    second = Entry.objects.get(got=2)
    assert second.refused[0]["choice"] == 1 and second.wish.end == DAYS[1] and silent()


def test_what_met_no_choice_goes_to_those_who_wait_or_back_on_sale(world):
    enters(world)
    drawn(world)
    assert free_of(world) == [1, 1] and silent()


def test_one_person_has_one_entry_whatever_the_cart(world):
    entry = enters(world)
    with pytest.raises(EnteredAlready):
        enters(world, booking=entry.booking)
    with pytest.raises(EnteredAlready):
        enters(world, "ADA", email="Ada@Example.org")
    assert withdraw(entry, by=SYSTEM, at=NOW)
    assert enters(world, booking=entry.booking).number == 2


def test_an_outsider_enters_nobody_else_and_an_odd_choice_is_refused(world):
    mine, theirs = buyer(world, "Ada"), buyer(world, "Bob")
    link = links.make(Link.Purpose.BOOKING, mine)
    with pytest.raises(NotAllowed):
        enters(world, booking=theirs, by=link)
    assert enters(world, booking=mine, by=link)
    for odd in (
        {"choices": [choice(world, end=DEPARTURE + timedelta(days=1))]},
        {"choices": [choice(world), choice(world)]},
        {"rooms": 3},
        {"rooms": 0},
        {"persons": []},
        {"persons": list(mine.persons.all())},
        {"join": "NOBODY"},
    ):
        with pytest.raises(CannotEnter):
            enters(world, booking=theirs, **odd)


def test_a_public_word_announced_is_waited_for_and_part_of_the_draw(db):
    w = draw_world(rooms=1, public_source="Loto, 4 mars 2027")
    for name in ("Ada", "Bob"):
        enters(w, name)
    assert not say_word(w.draw, "1 2 3", by=SYSTEM, at=NOW)  # not before the close
    close_draw(w.draw, by=SYSTEM, at=CLOSES)
    with pytest.raises(NotYet):
        draw_now(w.draw, by=SYSTEM, at=DRAWS)
    assert say_word(w.draw, "4 8 15 16 23", by=SYSTEM, at=DRAWS) and not say_word(w.draw, "other", by=SYSTEM, at=DRAWS)
    facts = published(drawn(w))
    assert facts["public"] == "4 8 15 16 23" and not list(replay.check(facts))


def test_a_rehearsal_shows_the_mails_and_leaves_nothing(world):
    for name in ("Ada", "Bob", "Cleo"):
        enters(world, name)
    mails = rehearse_draw(world.draw, by=SYSTEM, at=NOW)
    assert len(mails) == 2
    world.draw.refresh_from_db()
    assert world.draw.state == Draw.State.ANNOUNCED and not Proposal.objects.exists() and not world.draw.frozen and silent()


def test_a_draw_cancelled_gives_its_rooms_back_and_tells_everybody_once(world):
    entry = enters(world)
    assert cancel_draw(world.draw, why="L’hôtel ferme", by=SYSTEM, at=NOW)
    assert not cancel_draw(world.draw, why="", by=SYSTEM, at=NOW) and not draw_now(world.draw, by=SYSTEM, at=DRAWS)
    assert free_of(world) == [2, 2] and silent()
    assert Message.objects.filter(key=f"draw-off-{world.draw.pk}-{entry.number}", to="ada@example.org").count() == 1


def test_who_may_not_set_draws_nothing(world):
    for act in (announce, close_draw, draw_now):
        with pytest.raises(NotAllowed):
            act(world.draw, by=world.accountant, at=DRAWS)
