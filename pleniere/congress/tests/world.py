"""A congress set up by the actions people use, with a hotel, a caterer and the organiser's own fees to sell."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

from pleniere.accounts.models import Bureau, BureauRole, User
from pleniere.catalogue.models import Contract, Rate, Service, Supplier, Vat
from pleniere.congress.actions import PriceRow, make_congress, make_offer, make_step, set_method, set_terms, write_legal_text
from pleniere.congress.models import Congress
from pleniere.congress.programme import forget
from pleniere.congress.terms import PRESETS

NOW = datetime(2027, 1, 11, 9, tzinfo=UTC)  # a Monday
STARTS, ENDS = date(2027, 4, 7), date(2027, 4, 10)
DAY = timedelta(days=1)


def user(email: str, *roles: str) -> User:
    made = User.objects.create_user(email, "a-long-password", name=email.split("@")[0].title())
    BureauRole.objects.bulk_create(BureauRole(user=made, role=role) for role in roles)
    return made


def supplier(code: str, kind: str, mode: str = "AGENT", commission: str = "0") -> Supplier:
    made = Supplier.objects.create(code=code, kind=kind, name=code.title(), town="Saint-Étienne")
    Contract.objects.create(supplier=made, code="std", mode=mode, commission=Decimal(commission))
    return made


def service(owner: Supplier, code: str, kind: str, *, room: str = "", unit: str = "PIECE", vat: str = "standard") -> Service:
    made = Service.objects.create(supplier=owner, code=code, kind=kind, room_type=room, name={"fr": code, "en": code})
    Rate.objects.create(service=made, code=code, unit=unit, vat=vat, name={"fr": code, "en": code})
    return made


def congress(*, full: bool = True) -> SimpleNamespace:
    """`full`: with a fee, rooms and a lunch on sale, terms, a means of payment; else a bare beginning."""
    forget()
    w = SimpleNamespace(now=NOW)
    for code, percent in {"standard": "20", "intermediate": "10", "none": "0"}.items():
        Vat.objects.create(code=code, since=date(2014, 1, 1), percent=Decimal(percent))
    named = ["legal_name", "legal_form", "siret", "registration_number", "guarantor", "insurer", "mediator", "address"]
    named += ["postcode", "town", "phone", "email", "sender"]
    w.bureau = Bureau.objects.create(pk=1, name="Bureau", **dict.fromkeys(named, "x@y.fr"))
    w.agent, w.lead, w.outsider = user("sam@example.org", "AGENT"), user("lea@example.org", "LEAD"), user("olga@example.org")
    w.by = {"by": w.agent, "at": NOW}
    w.house = supplier("HOUSE", "HOUSE", mode="OWN")
    w.organiser = supplier("XORG", "ORGANISER")
    w.hotel = supplier("ADAGIO", "HOTEL", commission="8")
    w.caterer = supplier("PLATINE", "CATERER", mode="OWN")
    w.congress = make_congress(
        "ctv2027",
        title={"fr": "Séminaire", "en": "Seminar"},
        starts=STARTS,
        ends=ENDS,
        organiser={"company": "Cluster Tourisme en Ville", "email": "ctv@example.org"},
        help_email="aide@example.org",
        **w.by,
    )
    w.delegate, w.companion = w.congress.audiences.all()
    w.persons, w.fee_step, w.lodging = w.congress.steps.all()
    w.meals = make_step(w.congress, title={"fr": "Repas", "en": "Meals"}, **w.by)
    w.fee_service = service(w.organiser, "DROITINSCR", "FEE")
    w.room_service = service(w.hotel, "CHBPDJ1P", "ROOM", room="DOUBLE", unit="NIGHT", vat="intermediate")
    w.lunch_service = service(w.organiser, "RESTOEPHEM", "MEAL", vat="intermediate")
    if full:
        furnish(w)
    return w


def furnish(w: SimpleNamespace) -> None:
    row = PriceRow(Decimal("50.00"), basis="NET")
    facts = {"counted": False, "is_mandatory": True, "audiences": [w.delegate]}
    w.fee = make_offer(w.fee_step, w.fee_service, prices=[row], **facts, **w.by)
    w.room = make_offer(w.lodging, w.room_service, prices=[PriceRow(Decimal("105.75"))], **w.by)
    w.lunch = make_offer(w.meals, w.lunch_service, day=STARTS + DAY, prices=[PriceRow(Decimal("25.00"))], **w.by)
    set_terms(w.congress, PRESETS["balanced"][1], name="Balanced", **w.by)
    set_method(w.congress, "CHEQUE", hold_days=10, **w.by)
    write_legal_text(w.congress, {"fr": "Conditions", "en": "Terms"}, **w.by)


def reload(w: SimpleNamespace) -> Congress:
    w.congress = Congress.objects.get(pk=w.congress.pk)
    return w.congress
