"""A seminar: an enquiry, a venue's package, one quote, one account, one invoice; what is owed to the venue, what is left to us."""

from datetime import date
from decimal import Decimal as D

import pytest
from django.utils.translation import override

from pleniere.booking.actions import change_line
from pleniere.booking.models import Booking, Charge
from pleniere.booking.tests.world import make_supplier
from pleniere.catalogue.actions import Part, set_package
from pleniere.catalogue.models import Contract
from pleniere.common.words import LocalText
from pleniere.congress.actions import make_enquiry
from pleniere.invoicing.actions import issue_invoices
from pleniere.quote.actions import CannotQuote, accept_quote, edit_quote, make_quote, send_quote
from pleniere.quote.papers import paper_of, quote_pdf
from pleniere.quote.queries import view_of
from pleniere.quote.retained import facts_of
from pleniere.quote.seminar import Package, packages, seminar_from

from .world import NOW, built

pytestmark = pytest.mark.django_db
PARTS = [
    Part(LocalText(fr="Salle", en="Room"), "standard", D("20.00")),
    Part(LocalText(fr="Déjeuner et pauses", en="Lunch and breaks"), "intermediate", D("45.00")),
]


@pytest.fixture
def w():
    with override("en"):
        yield ready(built())


def ready(w):
    w.venue = make_supplier("LIEU", "VENUE", mode="OWN")
    w.rate = set_package(w.venue, "JOUR", PARTS, **w.by)
    facts = {"contact": "Métal Loire", "email": "t@metal.example", "heads": 30}
    w.enquiry = make_enquiry("Séminaire Métal", starts=date(2027, 5, 12), ends=date(2027, 5, 14), **facts, **w.by)
    return w


def quoted(w, **facts):
    return seminar_from(w.enquiry, "metal", Package(w.rate, 30, 2, facts.pop("unit", None)), **facts, **w.by)


def accepted(w, quote):
    link = send_quote(quote, **w.by)
    quote.refresh_from_db()
    accept_quote(quote, name="T. Girin", function="DRH", seen=quote.sha256, by=link, at=NOW)
    return Booking.objects.get(congress=quote.congress, kind="MASTER")


def test_one_quote_of_persons_by_days_with_the_vat_of_each_part(w):
    quote = quoted(w, unit=D("72.00"), fee=D("600.00"))
    assert not quote.congress.steps.exists()
    line = quote.lines.first()
    assert (line.quantity, line.days, line.each_day, line.total, line.buy) == (60, 2, 30, D("4320.00"), D("65.00"))
    sums = view_of(quote).organiser
    assert [(rate, net + vat) for rate, net, vat in sums.by_rate] == [(D(10), D("2991.00")), (D(20), D("1929.00"))]
    assert sums.gross == D("4920.00")
    words = str(paper_of(quote))
    assert "30 × 2" in words
    assert "65.00" not in words
    assert quote_pdf(quote, strict=True).startswith(b"%PDF")


def test_the_yes_makes_charges_that_are_the_quote_to_the_cent_and_owes_the_venue(w):
    quote = quoted(w, unit=D("72.01"), fee=D("600.00"))
    booking = accepted(w, quote)
    w.enquiry.refresh_from_db()
    assert w.enquiry.state == "WON"
    package = Charge.objects.live().filter(line__booking=booking, supplier=w.venue)
    said = sorted((vat, sum_) for vat, sum_ in quote.lines.first().by_vat)
    assert sorted((charge.vat, charge.total) for charge in package) == said
    assert sum(charge.total for charge in package) == D("4320.60")
    assert sum(charge.bought for charge in package) == D("3900.00")
    line = package.first().line
    assert (line.heads, line.quantity, line.state) == (30, 2, "FIRM")


def test_the_final_number_is_charged_at_the_price_agreed_and_billed_once(w):
    booking = accepted(w, quoted(w, unit=D("72.00"), fee=D("600.00")))
    line = booking.lines.get(offer__service__supplier=w.venue)
    change_line(booking, line, heads=28, **w.by)
    live = Charge.objects.live().filter(line=line)
    assert (sum(c.total for c in live), sum(c.bought for c in live)) == (D("4032.00"), D("3640.00"))
    billed = issue_invoices(booking, **w.by)
    assert [document.total for document in billed.invoices] == [D("4632.00")]
    assert issue_invoices(booking, **w.by).invoices == []


def test_a_venue_that_sells_itself_sells_at_its_price_and_leaves_a_commission(w):
    Contract.objects.filter(supplier=w.venue).update(mode="AGENT", commission=10)
    with pytest.raises(CannotQuote, match="own name"):
        quoted(w, unit=D("72.00"))
    booking = accepted(w, quoted(w))
    charges = Charge.objects.live().filter(line__booking=booking)
    assert (sum(c.total for c in charges), sum(c.commission for c in charges)) == (D("3900.00"), D("390.00"))
    assert all(c.bought == c.total for c in charges)


def test_an_amendment_charges_anew_what_differs_alone(w):
    quote = quoted(w, unit=D("72.00"), fee=D("600.00"))
    booking = accepted(w, quote)
    fee = booking.lines.exclude(offer__service__supplier=w.venue).get()
    second = make_quote(quote.congress, **w.by)
    package, ours = [facts_of(line) for line in second.lines.all()]
    more = [package.__class__(**vars(package) | {"quantity": 70, "days": 2}), ours]
    edit_quote(second, lines=more, text="", valid_until=second.valid_until, **w.by)
    accepted(w, second)
    line = booking.lines.counted().get(offer__service__supplier=w.venue)
    assert (line.heads, sum(c.total for c in line.charges.live())) == (35, D("5040.00"))
    assert fee.charges.live().get().struck_at is None


def test_what_cannot_be_is_refused(w):
    for package in (Package(w.rate, 0, 2), Package(w.rate, 30, 99), Package(w.rate, 10**6, 1)):
        with pytest.raises(CannotQuote):
            seminar_from(w.enquiry, "x", package, **w.by)
    quote = quoted(w, unit=D("72.00"))
    line = facts_of(quote.lines.first())
    other = line.__class__(**vars(line) | {"unit": D("80.00")})
    odd = line.__class__(**vars(line) | {"quantity": 61})
    for lines in ([line, other], [odd]):
        with pytest.raises(CannotQuote):
            edit_quote(quote, lines=lines, text="", valid_until=quote.valid_until, **w.by)
    set_package(w.venue, "JOUR", [], **w.by)
    assert not packages().exists()
