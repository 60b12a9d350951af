"""Room types are services; their formulas are rates."""

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError

from pleniere.accounts.models import Trace
from pleniere.accounts.rights import SYSTEM
from pleniere.catalogue.actions import edit_rate, edit_service, make_rate, make_service, retire_service, room_rate, room_service
from pleniere.catalogue.models import Supplier

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def hotel():
    return Supplier.objects.create(code="DEUXRIVES", name="Hôtel des Deux Rives", kind="HOTEL")


def test_a_room_type_is_made_once_and_then_found(hotel):
    first, again = room_service(hotel, "TWIN"), room_service(hotel, "TWIN")
    assert first == again
    assert (first.room_type, first.persons_most, first.kind) == ("TWIN", 2, "ROOM")
    assert first.name["en"] == "Twin room"


def test_a_formula_of_a_room_bears_the_trade_s_code_and_is_made_once(hotel):
    double = room_service(hotel, "DOUBLE")
    rate = room_rate(double, 1, "BREAKFAST")
    assert room_rate(double, 1, "BREAKFAST") == rate
    assert (rate.code, rate.unit, rate.vat) == ("CHBPDJ1P", "NIGHT", "intermediate")
    assert rate.name["en"] == "Room and breakfast, 1 person"
    assert room_rate(double, 2, "NONE").code == "CHB2P"


def test_a_room_without_type_and_a_code_taken_twice_are_refused(hotel):
    with pytest.raises(ValidationError) as refused:
        make_service(hotel, code="X", kind="ROOM", by=SYSTEM, at=NOW)
    assert "room_type" in refused.value.message_dict
    make_service(hotel, code="LUNCH", kind="MEAL", name={"fr": "Déjeuner"}, by=SYSTEM, at=NOW)
    with pytest.raises(ValidationError):
        make_service(hotel, code="LUNCH", kind="MEAL", by=SYSTEM, at=NOW)
    assert hotel.services.count() == 1


def test_a_service_with_formulas_keeps_its_kind_and_a_formula_its_unit(hotel):
    double = room_service(hotel, "DOUBLE")
    rate = make_rate(double, code="R1", occupancy=1, unit="NIGHT", board="NONE", vat="reduced", by=SYSTEM, at=NOW)
    with pytest.raises(ValidationError):
        edit_service(double, room_type="TWIN", by=SYSTEM, at=NOW)
    with pytest.raises(ValidationError):
        edit_rate(rate, unit="PIECE", by=SYSTEM, at=NOW)
    assert edit_rate(rate, name={"fr": "Nuit sèche"}, by=SYSTEM, at=NOW).name["fr"] == "Nuit sèche"
    assert Trace.objects.filter(verb="rate.edited").get().after["name"] == {"fr": "Nuit sèche"}


def test_a_retired_service_is_retired_once_and_makes_room_for_no_other(hotel):
    double = room_service(hotel, "DOUBLE")
    assert retire_service(double, retired=True, by=SYSTEM, at=NOW) is True
    assert retire_service(double, retired=True, by=SYSTEM, at=NOW) is False
    assert room_service(hotel, "DOUBLE") == double  # its code is taken: what was sold of it keeps its meaning
