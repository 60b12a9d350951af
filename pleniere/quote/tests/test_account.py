"""What is accepted stands on the organiser's account."""

from decimal import Decimal

import pytest

from pleniere.booking.models import Charge
from pleniere.congress.programme import read
from pleniere.quote.papers import paper_of
from pleniere.quote.queries import view_of
from pleniere.quote.retained import LineFacts
from pleniere.quote.tests.world import COFFEE, HALL, account, live, sent, yes

pytestmark = pytest.mark.django_db


def test_the_organiser_s_items_are_firm_lines_to_bill_and_the_delegates_are_none(w):
    yes(*sent(w, HALL, COFFEE, LineFacts("Rooms", Decimal("105.75"), 10, Decimal(10), "DELEGATES")))
    assert live(w) == [
        ("Auditorium, 2 days", 2, Decimal("3700.00"), Decimal(20), "OWN"),
        ("Coffee", 440, Decimal("1936.00"), Decimal(10), "OWN"),
    ]
    booking = account(w)
    assert booking.client == w.client and booking.number and booking.payers.get().client == w.client
    assert set(booking.lines.values_list("state", flat=True)) == {"FIRM"}
    assert booking.changes.filter(verb="line.added").count() == 2
    assert "Hélène Astier, Directrice" in booking.changes.filter(verb="line.added").first().reason


def test_the_next_version_changes_the_account_by_difference(w):
    yes(*sent(w, HALL, COFFEE))
    before = {line.pk for line in account(w).lines.all()}
    hall = account(w).lines.get(charges__label__en="Auditorium, 2 days")
    more = LineFacts("Coffee", Decimal("4.40"), 460, Decimal(10), "ORGANISER", "Catering")
    tour = LineFacts("Guided tour", Decimal("150.00"), 3, Decimal("8.5"), "ORGANISER", "Visits")
    yes(*sent(w, more, tour))
    assert live(w) == [
        ("Coffee", 460, Decimal("2024.00"), Decimal(10), "OWN"),
        ("Guided tour", 3, Decimal("450.00"), Decimal("8.5"), "OWN"),
    ]
    hall.refresh_from_db()
    assert hall.state == "CANCELLED" and not hall.charges.live().exists()
    assert len({line.pk for line in account(w).lines.all()} - before) == 1, "coffee kept its line"
    assert not account(w).lines.filter(is_penalty=True).exists()
    quote, link = sent(w, more, tour)
    changes = account(w).changes.count()
    yes(quote, link)
    yes(quote, link)
    assert account(w).changes.count() == changes, "what says the same is left alone"


def test_a_supplier_s_item_is_owed_to_it_when_we_know_what_we_buy_it_for(w):
    dinner = LineFacts("Dinner", Decimal("60.00"), 20, Decimal(10), "ORGANISER", "Evening", w.adagio)
    buses = LineFacts("Buses", Decimal("400.00"), 2, Decimal(10), "ORGANISER", "Coach", w.terminus, Decimal("310.00"))
    unknown = LineFacts("Flowers", Decimal("90.00"), 1, Decimal(20), "ORGANISER", "Hall", w.terminus)
    quote, link = sent(w, dinner, buses, unknown)
    shown = repr(paper_of(quote)) + str(vars(view_of(quote)))
    assert "310.00" not in shown and "310,00" not in shown
    yes(quote, link)
    found = {c.text: (c.supplier.code, c.mode, c.bought, c.commission) for c in Charge.objects.live()}
    assert found == {
        "Dinner": ("ADAGIO", "AGENT", Decimal("1200.00"), Decimal("96.00")),
        "Buses": ("TERMINUS", "OWN", Decimal("620.00"), Decimal("0.00")),
        "Flowers": ("HOUSE", "OWN", Decimal("0.00"), Decimal("0.00")),
    }


def test_what_the_office_alone_sells_makes_no_page_of_the_form(w):
    yes(*sent(w))
    w.congress.refresh_from_db()
    assert all(offer.office_only for offer in w.congress.offers.all())
    assert read(w.congress).open_steps == []
