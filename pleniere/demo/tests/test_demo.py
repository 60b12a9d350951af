"""The demo is whole: every state is there, the leaflet's figures too, and the audit finds no difference."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from pleniere.accounts.models import Bureau
from pleniere.booking.models import Booking, Line
from pleniere.booking.queries import booking_total, margin
from pleniere.demo.build import build
from pleniere.payment.queries import PayerState, booking_sums

NOW = datetime(2026, 11, 25, 15, tzinfo=UTC)


@pytest.mark.django_db
def test_the_demo_is_whole_and_its_books_agree():
    stage = build(NOW)
    placed = Booking.objects.placed().filter(congress=stage.here)
    assert placed.filter(persons__isnull=False).values("persons").distinct().count() >= 300
    assert set(Line.objects.values_list("state", flat=True)) >= {"DRAFT", "HELD", "OPTION", "FIRM", "CANCELLED"}
    states = {each.state for each in booking_sums(placed.values_list("pk", flat=True)).values()}
    assert states == set(PayerState)
    claire = placed.get(client__last_name="Fournier-Delacroix")
    assert str(booking_total(claire)) == "296.50"
    assert (str(margin(claire).with_commission), margin(claire).margin) == ("16.92", 0)
    out = StringIO()
    call_command("audit", stdout=out)
    assert "No difference" in out.getvalue() or "Aucun écart" in out.getvalue()


@pytest.mark.django_db
def test_a_bureau_of_ones_own_is_never_touched():
    Bureau.objects.create(pk=1, name="Ici")
    with pytest.raises(CommandError):
        call_command("demo", "--reset")
    assert Bureau.objects.get().name == "Ici"
