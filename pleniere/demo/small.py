"""What never meets the form: a day's seminar from its enquiry to its names, and what no delegate asked for."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from pleniere.booking.actions import Attendee, set_attendees
from pleniere.booking.models import Booking
from pleniere.catalogue.actions import Part, make_contract, make_supplier, set_package
from pleniere.catalogue.models import Supplier
from pleniere.common.words import LocalText
from pleniere.congress.actions import make_enquiry
from pleniere.payout.purchases import Order, buy
from pleniere.quote.actions import accept_quote, send_quote
from pleniere.quote.asking import answer_question, ask_question
from pleniere.quote.models import Quote
from pleniere.quote.seminar import Package, seminar_from

from .stage import Stage

VENUE = "GORGES"  # invented, as is all that is sold there
DAY = (
    ("Salle de réunion", "Meeting room", "standard", "18.00"),
    ("Déjeuner et pauses", "Lunch and breaks", "intermediate", "42.00"),
)
NIGHT = (*DAY, ("Dîner, nuit et petit déjeuner", "Dinner, night and breakfast", "intermediate", "115.00"))
TUTORS = ("Arnaud Lise", "Bertin Paul", "Chevalier Inès", "Dufour Marc", "Faure Élise", "Garnier Luc", "Henry Nadia", "Joly Rémi")


def seminar(stage: Stage) -> None:
    """A venue with its packages; a seminar quoted, discussed, accepted and half named. Another waits to be tried."""
    venue = _venue(stage)
    facts: dict[str, Any] = {"by": stage.agent, "at": stage.ago(9)}
    starts = stage.starts - timedelta(days=36)
    days: dict[str, Any] = {"starts": starts, "ends": starts + timedelta(days=1)}
    who: dict[str, Any] = {
        "contact": "Filière bois du Forez",
        "email": "formation@bois.example",
        "heads": 24,
        "budget": Decimal(2000),
    }
    enquiry = make_enquiry("Journée des tuteurs", **who, **days, source="bouche à oreille", **facts)
    package = Package(venue.services.get(code="FORFAIT").rates.get(code="JOUR"), 24, 1, Decimal("72.00"))
    quote = seminar_from(enquiry, "tuteurs", package, fee=Decimal("240.00"), **facts)
    link = send_quote(quote, **facts)
    quote = Quote.objects.get(pk=quote.pk)
    ask_question(quote, "Peut-on finir à 17 h 30 ?", key="demo-question", by=link, at=stage.ago(8, 9))
    answer_question(quote, "Oui, la salle est à vous jusqu’à 18 h.", key="demo-answer", by=stage.agent, at=stage.ago(8, 11))
    seen = quote.sha256
    accept_quote(quote, name="Claude Vial", function="responsable formation", seen=seen, by=link, at=stage.ago(7))
    account = Booking.objects.get(congress=quote.congress, kind=Booking.Kind.MASTER)
    names = [Attendee(*each.split(" ", 1)) for each in TUTORS]
    set_attendees(account, names, by=stage.agent, at=stage.ago(4))


def purchases(stage: Stage) -> None:
    """Covers guaranteed for the evening beyond those booked, and a coach to it."""
    evening = stage.here.starts + timedelta(days=1)
    facts: dict[str, Any] = {"by": stage.agent, "at": stage.ago(20)}
    covers = Order("COVERS", "Soirée, couverts garantis en plus", evening, 25, Decimal("38.50"), vat="intermediate")
    buy(stage.here, stage.suppliers["TROISPONTS"], covers, key="demo-covers", **facts)
    coach = Order("COACH", "Navette de la soirée", evening, 120, Decimal("390.00"), vat="intermediate", per=50)
    buy(stage.here, stage.suppliers["CARSFOREZ"], coach, key="demo-coach", **facts)


def _venue(stage: Stage) -> Supplier:
    facts: dict[str, Any] = {"by": stage.agent, "at": stage.ago(60)}
    where: dict[str, Any] = {"town": "Saint-Victor-sur-Loire", "postcode": "42230", "capacity": 80}
    venue = make_supplier(code=VENUE, name="Domaine des Gorges (démonstration)", kind=Supplier.Kind.VENUE, **where, **facts)
    make_contract(venue, code="std", mode="OWN", **facts)
    for code, parts in (("JOUR", DAY), ("RESID", NIGHT)):
        made = [Part(LocalText(fr=fr, en=en), vat, Decimal(share)) for fr, en, vat, share in parts]
        set_package(venue, code, made, **facts)
    return venue
