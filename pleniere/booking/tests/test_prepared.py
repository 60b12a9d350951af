"""A read whose SQL is made once: it finds what the queryset finds, with other numbers."""

import pytest
from django.db.models import Value

from pleniere.booking.content import with_content
from pleniere.booking.models import Booking
from pleniere.common.rows import Prepared, Rows, objects
from pleniere.congress.models import Step

from .world import seminar


@pytest.fixture
def bookings(db):
    congress = seminar().congress
    return [Booking.objects.create(congress=congress, number=number) for number in ("S-1", "S-2")]


def test_it_finds_what_the_queryset_finds(bookings):
    read = Prepared(lambda pk: with_content(Booking.objects.filter(pk=pk)))
    for booking in bookings:
        found, expected = read.first(booking.pk), with_content(Booking.objects.filter(pk=booking.pk)).first()
        assert found == expected and found.congress == expected.congress and found.client is None
        facts = [{name: value for name, value in vars(each).items() if name != "_state"} for each in (found, expected)]
        assert facts[0] == facts[1]
        assert vars(found.congress).keys() == vars(expected.congress).keys() and str(found.congress) == str(expected.congress)
        assert not found._state.adding and found._state.db == "default"
    assert read.first(0) is None


def test_its_values_reach_an_annotation_too(bookings):
    read = Prepared(
        lambda pk, congress: Booking.objects.filter(pk=pk).annotate(
            steps_=Rows(Step, "congress_id = %(expressions)s", of=Value(congress))
        )
    )
    mine, other = bookings[0], 10**12
    steps = {step.pk for step in objects(Step, read.first(mine.pk, mine.congress_id).steps_)}
    assert steps == set(mine.congress.steps.values_list("pk", flat=True)) != set()
    assert objects(Step, read.first(mine.pk, other).steps_) == []


def test_it_is_composed_once(bookings):
    made = []
    read = Prepared(lambda pk: made.append(1) or Booking.objects.filter(pk=pk))
    assert [read.first(booking.pk) for booking in bookings] == bookings
    assert made == [1]


def test_a_value_that_does_not_reach_the_statement_is_refused(bookings):
    with pytest.raises(AssertionError, match="does not reach"):
        Prepared(lambda pk: Booking.objects.filter(number=f"S-{pk}")).first(1)
