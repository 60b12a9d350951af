"""A congress whose organiser is quoted: what is sent to it, and its yes."""

from datetime import date, timedelta
from decimal import Decimal

from pleniere.accounts.models import Client
from pleniere.allotment.tests import world as allotment
from pleniere.booking.models import Booking, Charge
from pleniere.catalogue.models import Vat
from pleniere.quote.actions import accept_quote, edit_quote, make_quote, send_quote
from pleniere.quote.retained import LineFacts

NOW = allotment.NOW
HALL = LineFacts("Auditorium, 2 days", Decimal("1850.00"), 2, Decimal(20), "ORGANISER", "Venue")
COFFEE = LineFacts("Coffee", Decimal("4.40"), 440, Decimal(10), "ORGANISER", "Catering")


def built():
    w = allotment.world()
    for code, percent in {"standard": "20", "intermediate": "10"}.items():
        Vat.objects.get_or_create(code=code, since=date(2014, 1, 1), defaults={"percent": Decimal(percent)})
    w.client = Client.objects.create(kind="COMPANY", company="Atout France", email="ctv@example.org")
    type(w.congress).objects.update(organiser=w.client)
    w.congress.refresh_from_db()
    w.agent, w.outsider = w.sam, w.olga
    w.by = {"by": w.agent, "at": NOW}
    return w


def retain(w):
    """Thirty doubles of the Adagio on three nights, as the hotel offered them."""
    allotment.ask(w)
    allotment.answer(w)
    return allotment.keep(w)


def sent(w, *lines):
    quote = make_quote(w.congress, **w.by)
    edit_quote(quote, lines=lines or (HALL, COFFEE), text="", valid_until=NOW.date() + timedelta(days=10), **w.by)
    link = send_quote(quote, **w.by)
    quote.refresh_from_db()
    return quote, link


def yes(quote, link, **facts):
    said = {
        "name": "Hélène Astier",
        "function": "Directrice",
        "seen": quote.sha256,
        "by": link,
        "at": NOW,
        "address": "192.0.2.7",
    }
    return accept_quote(quote, **said | facts)


def account(w):
    return Booking.objects.get(congress=w.congress, kind="MASTER")


def live(w):
    charges = Charge.objects.live().filter(line__booking=account(w)).order_by("pk")
    return [(charge.text, charge.units, charge.total, charge.vat, charge.mode) for charge in charges]
