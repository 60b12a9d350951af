"""An option ends at the earlier of its method's days and the LAPSE of its terms, line by line."""

from datetime import UTC, datetime
from decimal import Decimal as D

import pytest

from pleniere.booking.tests.world import leaflet_booking, seminar
from pleniere.catalogue.models import Terms
from pleniere.congress.models import Congress, Offer
from pleniere.congress.programme import forget
from pleniere.stock.models import Claim

METHOD_ENDS = datetime(2027, 3, 11, 23, tzinfo=UTC)  # ten days after the 1st, midnight in Paris


@pytest.fixture
def world(db):
    return seminar()


def lapse(code, **facts):
    terms = Terms.objects.create(code=code, name=code)
    terms.clauses.create(verb="DUE", start="ORDER", percent=D("100"))
    terms.clauses.create(verb="LAPSE", **facts)
    return terms


def ends(booking):
    waiting = booking.lines.filter(state="OPTION")
    return {line.offer.service.code: line.until for line in waiting.select_related("offer__service")}


def test_the_terms_of_a_line_end_its_option_before_its_methods_days_do(world):
    Offer.objects.filter(pk=world.room.pk).update(terms=lapse("soon", start="ORDER", days=3, hours=12))
    forget()
    booking = leaflet_booking(world)
    room = datetime(2027, 3, 4, 11, tzinfo=UTC)
    assert ends(booking) == {"FRAISINSCRIP": METHOD_ENDS, "RESTOEPHEM": METHOD_ENDS, "DOUBLE": room}
    line = booking.lines.get(offer=world.room)
    assert set(Claim.objects.filter(owner=line.key).values_list("until", flat=True)) == {room}


def test_terms_that_let_it_stand_longer_give_no_more_than_the_methods_days(world):
    Congress.objects.filter(pk=world.congress.pk).update(terms=lapse("late", start="START", days=-7))
    world.congress.refresh_from_db()
    assert set(ends(leaflet_booking(world)).values()) == {METHOD_ENDS}


def test_who_orders_after_that_day_has_the_rest_of_the_day(world):
    Congress.objects.filter(pk=world.congress.pk).update(terms=lapse("over", start="START", days=-60))
    world.congress.refresh_from_db()
    assert set(ends(leaflet_booking(world)).values()) == {datetime(2027, 3, 1, 23, tzinfo=UTC)}
