"""Refusals in words: what is full, on which night; for whom an offer is not."""

from __future__ import annotations

from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _

from pleniere.booking.actions import NotForThem
from pleniere.registration.visit import Visit
from pleniere.stock.actions import NotEnough


def what_is_full(visit: Visit, error: NotEnough) -> str:
    """ "Full: Adagio, Double room (8 April)." """
    names = {}
    for offer in visit.plan.offers.values():
        name = f"{offer.service.supplier}, {offer}" if offer.service.kind == "ROOM" else str(offer)
        names[offer.pool_id, offer.service_id] = name
    days: dict[str, list[str]] = {}
    for night in error.nights:
        name = names.get((night.pool, night.service), "")
        days.setdefault(name, []).append(date_format(night.day, "j F"))
    each = [f"{name} ({', '.join(on)})" if name else ", ".join(on) for name, on in days.items()]
    return _("Not enough left: %(what)s.") % {"what": "; ".join(each)}


def not_for(error: NotForThem) -> str:
    return _("This is not open to %(who)s.") % {"who": ", ".join(str(person) for person in error.persons)}
