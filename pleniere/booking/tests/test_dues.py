"""What falls due is each payer's own: its terms, its part of a line; and the audit of it asks as much of one booking as of many."""

from datetime import date
from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pleniere.accounts.models import Client
from pleniere.booking.actions import booking_dues, cancel_lines, settle
from pleniere.booking.audits import dues as audit_dues
from pleniere.booking.dues import together
from pleniere.booking.models import Booking, Charge, Payer
from pleniere.booking.tests.world import leaflet_booking, seminar
from pleniere.catalogue.models import Terms

ORDER, ARRIVAL = date(2027, 3, 1), date(2027, 4, 7)


@pytest.fixture
def world(db):
    return seminar()


def agreed(code, *clauses):
    terms = Terms.objects.create(code=code, name=code)
    for clause in clauses:
        terms.clauses.create(**clause)
    return terms


def deposit_terms():
    return agreed(
        "30",
        {"verb": "DUE", "start": "ORDER", "percent": D("30")},
        {"verb": "DUE", "start": "START", "days": -7},
        {"verb": "KEEP", "start": "ORDER", "percent": D("50")},
    )


def shared(world):
    """The leaflet's booking: the delegate pays by the congress's terms, the employer the room by its own."""
    booking = leaflet_booking(world)
    employer = Client.objects.create(kind="COMPANY", company="Ville de Saumur")
    facts = {"client": employer, "method": world.method["TRANSFER"], "terms": deposit_terms()}
    payer = Payer.objects.create(booking=booking, number=2, reference="200000000001", **facts)
    Charge.objects.filter(line__booking=booking, line__offer=world.room).update(payer=payer)
    return booking, booking.payers.get(number=1), payer


def found(booking):
    lines = list(booking.lines.counted().select_related("offer"))
    dues = booking_dues(booking, lines, list(Charge.objects.filter(line__in=lines)))
    return {(due.payer_id, due.line.offer.service.code, due.on): due.amount for due in dues if due.amount}


def test_each_line_falls_due_by_the_terms_of_who_pays_for_it(world):
    booking, delegate, employer = shared(world)
    assert found(booking) == {
        (delegate.pk, "FRAISINSCRIP", ORDER): D("60.00"),
        (delegate.pk, "RESTOEPHEM", ORDER): D("25.00"),
        (employer.pk, "DOUBLE", ORDER): D("63.45"),
        (employer.pk, "DOUBLE", date(2027, 3, 31)): D("148.05"),
    }


def test_a_line_two_pay_for_falls_due_for_each_by_its_own_terms(world):
    booking, delegate, employer = shared(world)
    room = Charge.objects.get(payer=employer)
    Charge.objects.filter(pk=room.pk).update(total=D("111.50"), bought=D("111.50"))
    room.pk, room.total, room.bought, room.payer = None, D("100.00"), D("100.00"), delegate
    room.save()
    rooms = {(payer, on): amount for (payer, code, on), amount in found(booking).items() if code == "DOUBLE"}
    assert rooms == {
        (employer.pk, ORDER): D("33.45"),
        (employer.pk, date(2027, 3, 31)): D("78.05"),
        (delegate.pk, ORDER): D("100.00"),
    }


def test_a_room_is_firm_once_its_payers_deposit_is_there_whatever_the_others_owe(world):
    booking, _delegate, employer = shared(world)
    firm = settle(booking, paid={employer.pk: D("63.45")}, by=world.agent, at=world.now).firm
    assert [line.offer.service.code for line in firm if line.offer == world.room] == ["DOUBLE"]
    assert not any(line.offer == world.fee for line in firm)


def test_what_is_kept_of_a_cancelled_line_is_by_the_terms_of_its_payer(world):
    booking, delegate, employer = shared(world)
    settle(booking, paid={delegate.pk: D("85.00"), employer.pk: D("211.50")}, by=world.agent, at=world.now)
    lines = booking.lines.filter(offer__in=[world.fee, world.room]).values_list("pk", flat=True)
    (penalty,) = cancel_lines(booking, lines, by=world.agent, at=world.now)
    assert [(c.payer, c.total) for c in penalty.charges.all()] == [(employer, D("105.75"))]


def test_the_audit_of_dues_asks_as_much_of_two_bookings_as_of_twenty_and_says_each_difference(world):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert list(audit_dues()) == []
        return len(queries)

    shared(world)
    leaflet_booking(world)
    few = asked()
    type(world.congress).objects.update(option_cap_email=1000)
    for _each in range(7):
        leaflet_booking(world)
    assert asked() == few <= 8
    assert Booking.objects.placed().count() == 9


def test_what_falls_due_within_a_week_is_told_as_one_sum_by_its_first_day():
    days = [(date(2027, 2, 8), D("703.92")), (date(2027, 2, 9), D("142.80")), (date(2027, 2, 10), D("21.00"))]
    assert together([*days, (date(2027, 2, 15), D("1.00"))]) == [
        (date(2027, 2, 8), D("867.72")),
        (date(2027, 2, 15), D("1.00")),
    ]
    assert together([]) == []
