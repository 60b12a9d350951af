"""The leaflet's seminar with what the house sells itself, and money that has come."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

from pleniere.accounts.rights import SYSTEM
from pleniere.booking.actions import make_firm, take_offer
from pleniere.booking.models import Booking
from pleniere.booking.tests.world import NOW, leaflet_booking, make_cart, make_offer, make_service, make_supplier, order, seminar
from pleniere.catalogue.models import Contract
from pleniere.congress.models import Offer, Price
from pleniere.congress.programme import forget
from pleniere.ledger import chains
from pleniere.ledger.models import EntryLine
from pleniere.payment.models import Receipt

D = Decimal


def billing_world(**facts) -> SimpleNamespace:
    """The seminar; a guided visit of our own at 24.00 (20 %), and a tour bought from a guide, sold with VAT on the margin."""
    w = seminar(**facts)
    service, w.own_rate = make_service(w.house, "VISITE", "VISIT")
    w.own = make_offer(w, w.step["visits"], service, w.own_rate, "24.00", day=date(2027, 4, 7))
    w.guide = make_supplier("GUIDE", "GUIDE", mode="MARGIN")
    service, w.tour_rate = make_service(w.guide, "TOUR", "VISIT")
    w.tour = make_offer(w, w.step["visits"], service, w.tour_rate, "50.00", day=date(2027, 4, 8))
    Price.objects.create(congress=w.congress, rate=w.tour_rate, side="BUY", amount=D("30.00"), basis="GROSS")
    w.caterer = make_supplier("TRAITEUR", "CATERER", mode="OWN")
    service, w.dinner_rate = make_service(w.caterer, "DINER", "MEAL", vat="intermediate")
    w.dinner = make_offer(w, w.step["meals"], service, w.dinner_rate, "55.00", day=date(2027, 4, 8))
    Price.objects.create(congress=w.congress, rate=w.dinner_rate, side="BUY", amount=D("33.00"), basis="GROSS")
    forget()
    return w


def bought(world, *offers: Offer, firm: bool = True) -> Booking:
    """A placed booking of these offers, for one person."""
    booking, (person,) = make_cart(world)
    for offer in offers:
        rate = offer.service.rates.get()
        start, end = offer.starts or world.arrival, offer.ends or world.departure
        take_offer(booking, offer, rate, start=start, end=end, persons=[person], by=SYSTEM, at=NOW)
    booking = order(world, booking)
    if firm:
        make_firm(booking, booking.lines.values_list("pk", flat=True), reason="test", by=SYSTEM, at=NOW)
    return booking


def firm_leaflet(world) -> Booking:
    booking = leaflet_booking(world)
    make_firm(booking, booking.lines.values_list("pk", flat=True), reason="test", by=SYSTEM, at=NOW)
    return booking


def sign_mandate(supplier, siret="73282932000074"):
    supplier.billing_mandate_on, supplier.siret = date(2027, 1, 2), siret
    supplier.save()


def receive(payer, amount: str, on: date = date(2027, 3, 2)) -> Receipt:
    """Money in, as a chained row; what it posts is the payment floor's."""
    facts = {"amount": str(amount), "payer": payer.pk, "on": on}
    place = chains.append(chains.RECEIPTS, facts)
    return Receipt.objects.create(
        congress=payer.booking.congress,
        key=f"test-{place.number}",
        number=place.number,
        previous_hash=place.previous_hash,
        hash=place.hash,
        kind="TRANSFER",
        amount=D(amount),
        payer=payer,
        on=on,
        at=NOW,
        by="test",
    )


def balances(*roles: str) -> dict[str, Decimal]:
    """Debit less credit by account role and owner, zeros left out."""
    sums: dict[str, Decimal] = {}
    for line in EntryLine.objects.filter(**({"role__in": roles} if roles else {})):
        name = f"{line.role} {line.aux}".strip()
        sums[name] = sums.get(name, D(0)) + line.debit - line.credit
    return {name: amount for name, amount in sums.items() if amount}


__all__ = ["NOW", "Contract", "balances", "billing_world", "bought", "firm_leaflet", "receive", "sign_mandate"]
