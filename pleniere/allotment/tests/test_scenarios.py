"""What a scenario comes to: cost, margin at selling prices, distance, what it leaves uncovered."""

from decimal import Decimal

import pytest

from pleniere.allotment.actions import CannotChoose, make_scenario, retain, set_rooms
from pleniere.allotment.actions.retaining import Taken
from pleniere.allotment.comparing import compare
from pleniere.allotment.models import Cell, Invitation, Scenario
from pleniere.allotment.tests import grid
from pleniere.allotment.tests.world import make_user
from pleniere.catalogue.models import Contract

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked():
    """Two hotels, two nights of singles, 10 wanted a night: the first sells for us in our name, the second at 8 % commission."""
    asked = grid.make(hotels=2, nights=2, types=1, silent=0, need=10)
    asked.by = make_user("sam@example.org", "AGENT")
    asked.own, asked.agent = Invitation.objects.order_by("supplier__code")
    Cell.objects.filter(reply__invitation=asked.own).update(rooms=8, price=Decimal("80.00"))
    Cell.objects.filter(reply__invitation=asked.agent).update(rooms=8, price=Decimal("105.75"))
    return asked


def make(asked, rooms, **facts):
    scenario = make_scenario(asked, name=facts.pop("name", "A"), rooms=rooms, by=asked.by, at=asked.sent_at)
    Scenario.objects.filter(pk=scenario.pk).update(**facts)
    return compare(asked).figures[-1]


def test_the_figures_of_a_scenario_to_the_cent(asked):
    first, second = asked.stay
    rooms = {(asked.own.pk, "SINGLE", first): 5, (asked.agent.pk, "SINGLE", first): 5, (asked.agent.pk, "SINGLE", second): 2}
    figures = make(asked, rooms, markup=Decimal(10))
    assert figures.cost == Decimal("1140.25")  # 5 × 80 + 7 × 105.75
    assert figures.sold == Decimal("1180.25")  # the own ones at 88.00, the agent's at its price
    assert figures.margin == Decimal("40.00") + Decimal("42.30") + Decimal("16.92")  # 8 % of 528.75 and of 211.50
    assert len(figures.hotels) == 2 and figures.room_nights == 12
    assert figures.missing == {("SINGLE", second): 8} and figures.nights_uncovered == 1
    km = {row.invitation.pk: row.km for row in compare(asked).table.rows}
    assert figures.mean_km == pytest.approx((5 * km[asked.own.pk] + 7 * km[asked.agent.pk]) / 12)


def test_no_more_than_is_offered_less_what_is_retained(asked):
    night = asked.arrival
    reply = asked.agent.replies.get()
    contract = Contract.objects.get(supplier=asked.agent.supplier)
    wanted = {("SINGLE", night): Taken(6, Decimal("105.75"))}
    retain(reply, wanted, contract=contract, key="k", by=asked.by, at=asked.sent_at)
    with pytest.raises(CannotChoose):
        make_scenario(asked, name="A", rooms={(asked.agent.pk, "SINGLE", night): 3}, by=asked.by, at=asked.sent_at)
    figures = make(asked, {(asked.agent.pk, "SINGLE", night): 2})
    assert figures.missing["SINGLE", night] == 2, "10 wanted, 6 retained, 2 here"


def test_setting_the_same_rooms_twice_is_once_and_zero_takes_them_out(asked):
    scenario = make_scenario(asked, name="A", by=asked.by, at=asked.sent_at)
    key = (asked.own.pk, "SINGLE", asked.arrival)
    for rooms in ({key: 3}, {key: 3}):
        set_rooms(scenario, rooms, by=asked.by)
    assert scenario.cells.get().rooms == 3
    set_rooms(scenario, {key: 0}, by=asked.by)
    assert not scenario.cells.exists()


def test_rooms_of_another_request_never_enter(asked):
    other = Invitation.objects.get(pk=asked.own.pk)
    scenario = make_scenario(asked, name="A", by=asked.by, at=asked.sent_at)
    with pytest.raises(CannotChoose):
        set_rooms(scenario, {(other.pk + 1000, "SINGLE", asked.arrival): 1}, by=asked.by)
    with pytest.raises(CannotChoose):
        make_scenario(asked, name=" A ", by=asked.by, at=asked.sent_at)
