"""Who waits is held to the hotel's rule of stay too: at the wish, at the offer, at the yes."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils.translation import override

from pleniere.accounts.rights import SYSTEM
from pleniere.booking.actions import NotThatStay, add_line, cancel_lines
from pleniere.booking.models import Line
from pleniere.booking.tests.world import ARRIVAL, DEPARTURE, NOW
from pleniere.congress.actions import make_stay_rule
from pleniere.stock.actions import Night, grant
from pleniere.stock.queries import audit
from pleniere.waiting.actions import answer, make_wish, run
from pleniere.waiting.models import Proposal, Wish

from .test_waiting import buyer, full_world

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
BY = {"by": SYSTEM, "at": NOW}


@pytest.fixture
def w(db):
    with override("en"):
        w = full_world()
        make_stay_rule(w.congress, least=2, **BY)
        w.congress.refresh_from_db()
        yield w


def waits(w, booking, *, end=DEPARTURE, **more):
    said = {"start": ARRIVAL, "end": end, "persons": list(booking.persons.all()), "email": "bob@example.org", **BY, **more}
    return make_wish(booking, w.room, w.room_rate, **said)


def test_a_wish_for_one_night_is_refused_where_two_are_the_least_unless_an_agent_says_why(w):
    booking = buyer(w, "Bob")
    with pytest.raises(NotThatStay):
        waits(w, booking, end=ARRIVAL + DAY)
    assert waits(w, booking, end=ARRIVAL + DAY, by=w.agent, despite="Speaker").despite == "Speaker"


def test_the_night_missing_from_a_stay_may_be_waited_for_alone(w):
    booking = buyer(w, "Bob")
    grant({Night(w.pool.pk, w.room.service_id, DEPARTURE): 1}, key="more", congress_id=w.congress.pk, **BY)
    grant({Night(w.pool.pk, w.room.service_id, DEPARTURE + DAY): 1}, key="next", congress_id=w.congress.pk, **BY)
    people = list(booking.persons.all())
    add_line(booking, w.room, w.room_rate, start=DEPARTURE, end=DEPARTURE + 2 * DAY, persons=people, by=w.agent, at=NOW)
    night = DEPARTURE - DAY
    wish = make_wish(booking, w.room, w.room_rate, start=night, end=DEPARTURE, persons=people, email="b@example.org", **BY)
    assert wish.state == Wish.State.WAITING


def test_of_a_part_only_what_may_be_sold_is_offered_and_only_that_is_taken(w):
    booking = buyer(w, "Bob")
    waits(w, booking, is_whole=False)
    grant({Night(w.pool.pk, w.room.service_id, ARRIVAL): 1}, key="one", congress_id=w.congress.pk, **BY)
    assert run(w.congress, at=NOW) == 0
    cancel_lines(w.ada, list(w.ada.lines.values_list("pk", flat=True)), by=SYSTEM, at=NOW)
    assert run(w.congress, at=NOW) == 1
    proposal = Proposal.objects.get(state="OPEN")
    with pytest.raises(NotThatStay):
        answer(proposal, [ARRIVAL], shown=proposal.total, by=SYSTEM, at=NOW)
    assert answer(proposal, [day for day, _rooms in proposal.days], shown=Decimal(proposal.total), by=SYSTEM, at=NOW)
    assert Line.objects.filter(booking=booking, offer=w.room).get().end == DEPARTURE and audit() == []
